"""A run as text: the table for the terminal, Markdown for a job's summary, JUnit XML for a build server. Pure: rows
in, text out."""

from __future__ import annotations

import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.gate import Failure, Regressions
from eval.record import Row
from eval.summary import METRICS, Measured, by_kind, interval, show


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that the reports show. `about` is what summary.json says of documents, configuration and versions;
    `judged` the model judge's means, apart from the rest; `gated` is false where there was nothing to pass."""

    rows: Sequence[Row]
    measured: Mapping[str, Measured]
    failures: Sequence[Failure]
    changes: Regressions
    about: Mapping[str, Any] = field(default_factory=dict)
    judged: Mapping[str, Any] | None = None
    gated: bool = True

    @property
    def passed(self) -> bool:
        return not self.failures


def wrong_rows(rows: Sequence[Row], first: Sequence[str] = ()) -> list[Row]:
    """The rows that are wrong, those of `first` before the others."""
    wrong = [one for one in rows if not one["right"]]
    return sorted(wrong, key=lambda one: one["id"] not in first)


# Terminal


def terminal(run: Run, *, width: int = 100, most: int = 40) -> str:
    """The scores, then each failure explained: expected, got, why, where the evidence ranked; at most `most` of
    those."""
    lines = [*_score_lines(run), "", *_kind_lines(run.rows)]
    wrong = wrong_rows(run.rows, run.changes.newly_wrong)
    if wrong:
        lines += ["", f"Wrong ({len(wrong)})"]
        for one in wrong[:most]:
            lines += ["", *_explained(one, width, new=one["id"] in run.changes.newly_wrong)]
        if len(wrong) > most:
            lines += ["", f"… and {len(wrong) - most} more, in the reports."]
    if run.changes.newly_right:
        lines += ["", f"Newly right: {', '.join(run.changes.newly_right)}"]
    if run.changes.changed:
        lines += ["", f"Asked differently than in the baseline: {', '.join(run.changes.changed)}"]
    lines += ["", *verdict_lines(run)]
    return "\n".join(lines)


def verdict_lines(run: Run) -> list[str]:
    """Passed or failed, and each reason on a line."""
    if not run.gated and run.passed:
        return ["Measured; there is no baseline for these questions to pass."]
    if run.passed:
        return ["Passed."]
    return [
        f"Failed ({len(run.failures)}):",
        *(f"  {failure.metric}: {failure.message}" for failure in run.failures),
    ]


def _score_lines(run: Run) -> list[str]:
    shown = [(metric, run.measured[metric.name]) for metric in METRICS if run.measured[metric.name].value is not None]
    width = max(len(metric.title) for metric, _ in shown)
    failed = {failure.metric for failure in run.failures}
    lines = [f"{'':{width}}  {'value':>12}  {'95 % interval':>15}  {'n':>5}"]
    for metric, one in shown:
        mark = "  << fails" if metric.name in failed else ""
        within = interval(one.low, one.high)
        lines.append(f"{metric.title:{width}}  {show(metric, one.value):>12}  {within:>15}  {one.n:>5}{mark}")
    return lines


def _kind_lines(rows: Sequence[Row]) -> list[str]:
    lines = []
    for kind, one in by_kind(rows).items():
        share = one.value or 0.0
        lines.append(
            f"{kind:22} {round(share * one.n):>4} of {one.n:<4} {'█' * round(20 * share):20} {100 * share:5.1f} %"
        )
    return lines


def _explained(one: Row, width: int, *, new: bool) -> list[str]:
    def block(label: str, text: str) -> list[str]:
        wrapped = textwrap.wrap(" ".join(text.split()), max(20, width - 14)) or [""]
        return [f"    {label:9} {wrapped[0]}", *(f"    {'':9} {line}" for line in wrapped[1:])]

    head = f"  {one['id']} ({one['kind']}){' — was right before' if new else ''}"
    asked = " → ".join([*one["history"], one["question"]])
    lines = [head, *block("asked", asked)]
    if one["history"] and one["answer"]:
        lines += block("read as", one["answer"]["standalone_question"])
    lines += block("expected", expected(one)) + block("got", given(one)) + block("because", "; ".join(one["reasons"]))
    if one["supports"]:
        lines += block("evidence", evidence(one))
    return lines


def expected(one: Row) -> str:
    """What a right answer would have been, in words."""
    if not one["answerable"] and "answered" not in one["statuses"]:
        return f"no answer: {one['reference']}" if "not_found" in one["statuses"] else "a friendly reply"
    return str(one["reference"])


def given(one: Row) -> str:
    """What came instead, as the reader saw it."""
    answer = one["answer"]
    if not answer:
        return f"an error: {one['error']}"
    words = " / ".join(sentence["text"] for sentence in answer["sentences"]) or answer["text"]
    status = {"not_found": "not found: ", "reply": "a reply: "}.get(answer["status"], "")
    return f"{status}{words} (confidence {answer['confidence']:.2f})"


def evidence(one: Row) -> str:
    """Where each support ranked, and which of them was cited."""
    parts = []
    for support, rank in zip(one["supports"], one["ranks"] or [None] * len(one["supports"]), strict=False):
        quote = textwrap.shorten(support["quote"], 60, placeholder="…")
        parts.append(f"“{quote}” {'was not retrieved' if rank is None else f'ranked {rank}'}")
    return "; ".join(parts)


# Markdown


def markdown(run: Run, *, most: int = 30) -> str:
    """For a job's summary: verdict, regressions first, then the scores, then the other failures."""
    lines = [f"## Evaluation: {'passed' if run.passed else 'failed'}", ""]
    lines += [f"- **{failure.metric}**: {_cell(failure.message)}" for failure in run.failures]
    new = [one for one in run.rows if one["id"] in run.changes.newly_wrong and not one["right"]]
    if new:
        lines += ["", f"### Newly wrong ({len(new)})", "", *_failure_table(new, most)]
    if run.changes.newly_right:
        lines += ["", f"### Newly right ({len(run.changes.newly_right)})", ""]
        lines += [", ".join(_cell(id_) for id_ in run.changes.newly_right)]
    lines += ["", "### Scores", "", *score_table(run.measured)]
    lines += ["", "### Right by kind of question", "", "| kind | right | of |", "|---|---:|---:|"]
    lines += [
        f"| {_cell(kind)} | {100 * (one.value or 0):.0f} % | {one.n} |" for kind, one in by_kind(run.rows).items()
    ]
    if run.judged:
        lines += ["", "### A model as judge (no part of the gate)", "", *judged_lines(run.judged)]
    others = [one for one in run.rows if not one["right"] and one["id"] not in run.changes.newly_wrong]
    if others:
        lines += [
            "",
            f"### Wrong as in the baseline, or new ({len(others)})",
            "",
            *_failure_table(others, most),
        ]
    return "\n".join(lines) + "\n"


def judged_lines(judged: Mapping[str, Any]) -> list[str]:
    """A line for each thing the model judge scored."""
    return [f"- {name}: {value}" for name, value in judged.items()]


def score_table(measured: Mapping[str, Measured]) -> list[str]:
    """The scores as a Markdown table; metrics that apply to nothing are left out."""
    lines = ["| metric | value | 95 % interval | n |", "|---|---:|---:|---:|"]
    for metric in METRICS:
        one = measured[metric.name]
        if one.value is None:
            continue
        lines.append(f"| {metric.title} | {show(metric, one.value)} | {interval(one.low, one.high)} | {one.n} |")
    return lines


def _failure_table(rows: Sequence[Row], most: int) -> list[str]:
    lines = ["| question | expected | got | why |", "|---|---|---|---|"]
    for one in rows[:most]:
        cells = (f"{one['id']}: {one['question']}", expected(one), given(one), "; ".join(one["reasons"]))
        lines.append("| " + " | ".join(_cell(textwrap.shorten(cell, 220, placeholder="…")) for cell in cells) + " |")
    if len(rows) > most:
        lines.append(f"| … and {len(rows) - most} more | | | |")
    return lines


def _cell(text: str) -> str:
    """Document text in a table: no pipe, line end, tag or link of its own."""
    text = " ".join(text.split())
    for char, safe in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("|", "\\|"),
        ("[", "\\["),
        ("](", "]\\("),
        ("!", "\\!"),
    ):
        text = text.replace(char, safe)
    return text


# JUnit


def junit(run: Run) -> str:
    """JUnit XML: a suite per kind, a case per question and repeat; the gate's own failures as a suite `gate`."""
    root = ElementTree.Element("testsuites", name="footnote evaluation")
    kinds: dict[str, list[Row]] = {}
    for one in run.rows:
        kinds.setdefault(one["kind"], []).append(one)
    for kind, rows in kinds.items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_xml(kind),
            tests=str(len(rows)),
            failures=str(sum(not one["right"] and not one["error"] for one in rows)),
            errors=str(sum(bool(one["error"]) for one in rows)),
            time=f"{sum(one['seconds'] for one in rows):.3f}",
        )
        for one in rows:
            name = one["id"] if not one["repeat"] else f"{one['id']} (repeat {one['repeat'] + 1})"
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=_xml(f"eval.{one['set']}.{kind}"),
                name=_xml(name),
                time=f"{one['seconds']:.3f}",
            )
            if one["right"]:
                continue
            what = ElementTree.SubElement(case, "error" if one["error"] else "failure")
            what.set("message", _xml("; ".join(one["reasons"])))
            what.text = _xml(
                f"asked: {one['question']}\nexpected: {expected(one)}\ngot: {given(one)}\nevidence: {evidence(one)}"
            )
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name="gate",
        tests=str(max(1, len(run.failures))),
        failures=str(len(run.failures)),
        errors="0",
        time="0",
    )
    for place, failure in enumerate(run.failures):
        case = ElementTree.SubElement(
            suite, "testcase", classname="eval.gate", name=_xml(f"{failure.metric} {place + 1}"), time="0"
        )
        ElementTree.SubElement(case, "failure", message=_xml(failure.message))
    if not run.failures:
        ElementTree.SubElement(suite, "testcase", classname="eval.gate", name="passed", time="0")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold, such as most control characters and lone surrogates."""
    return "".join(
        char
        if char in "\t\n\r" or "\x20" <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
        else "\ufffd"
        for char in text
    )
