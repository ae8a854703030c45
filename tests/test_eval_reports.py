"""Reports: complete, well formed, explained, and with nothing of a document's that could act."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from test_eval_gate import row
from test_eval_systems import AlwaysRefuses, Perfect, rows_of

from eval import plots
from eval.compare import compare, table
from eval.dataset import DatasetError
from eval.docs import BEGIN, END, by_set, replaced, section
from eval.gate import Baseline, Failure, Thresholds, load_thresholds
from eval.page import page
from eval.record import read_rows, write_rows
from eval.report import Run, junit, markdown, terminal
from eval.session import Plan, about, graded, write_reports
from eval.summary import METRICS
from eval.support import Agreement
from qa.settings import Settings

EVIL = "<script>alert(1)</script><img src=https://evil.example onerror=x>|[1]: https://evil.example \x00\ud800"


def run_of(rows: Any, baseline: dict[str, tuple[str, bool]] | None = None) -> Run:
    modes = {"extractive": baseline} if baseline is not None else {}
    return graded(
        rows, "extractive", load_thresholds(), Baseline(modes), about={"mode": "extractive", "time": "2026-01-02T03:04"}
    )


@pytest.fixture(scope="module")
def bad() -> Run:
    rows = list(rows_of(AlwaysRefuses))
    return run_of(rows, {one["id"]: (one["digest"], True) for one in rows})


def evil_row() -> dict[str, Any]:
    cited = {"number": 1, "document": EVIL, "start": 0, "end": 3, "quote": EVIL, "references": [EVIL]}
    answer = {
        "standalone_question": EVIL, "status": "answered", "text": EVIL, "confidence": 0.5, "notice": EVIL,
        "sentences": [{"text": EVIL, "citations": [1], "supported": False, "highlights": [[0, 8]]}],
        "citations": [cited], "tokens": None,
        "passages": [{"document": EVIL, "start": 0, "end": 3, "score": 0.5, "text": EVIL}],
    }  # fmt: skip
    supports = [{"document": EVIL, "quote": EVIL}]
    return row(
        EVIL, False, question=EVIL, kind=EVIL, set=EVIL, answer=answer, supports=supports, reasons=[EVIL], tags=[EVIL]
    )


# Terminal


def test_the_table_explains_each_failure(bad: Run) -> None:
    text = terminal(bad, most=500)
    assert "Over-refusal" in text and "<< fails" in text
    block = text[text.index("  typo-cochairred (typo) — was right before") :].split("\n\n")[0]
    assert "asked     who co-chairred the 6th dialoge" in block
    assert "expected  Maciej Stadejek and Yukio Saita" in block
    assert "got       not found: The documents do not say. (confidence 0.00)" in block
    assert "because   refuses although the documents say it" in block
    assert re.search(r"evidence  “The discussions were co-chaired.*” (ranked \d|was not)", block)
    assert text.rstrip().splitlines()[-1].startswith("  baseline: ")


def test_a_passed_run_says_so_and_nothing_else() -> None:
    text = terminal(run_of(list(rows_of(Perfect)), {one["id"]: (one["digest"], True) for one in rows_of(Perfect)}))
    assert text.endswith("Passed.") and "Wrong" not in text


def test_own_questions_are_measured_not_passed() -> None:
    run = graded([row("a")], "extractive", Thresholds((), {}), Baseline({}), gold=False)
    assert terminal(run).endswith("there is no baseline for these questions to pass.")


# Markdown


def test_the_job_summary_has_regressions_first(bad: Run) -> None:
    text = markdown(bad)
    assert text.startswith("## Evaluation: failed")
    assert text.index("### Newly wrong") < text.index("### Scores") < text.index("### Right by kind")
    for line in text.splitlines():
        if line.startswith("| ") and "refuses although" in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 5, line


def test_document_text_cannot_act_in_markdown() -> None:
    text = markdown(run_of([evil_row()]))
    assert "<script" not in text and "<img" not in text
    assert not re.search(r"^\[1\]:", text, re.MULTILINE)


# JUnit


def test_junit_has_a_case_per_question_and_the_gates_own(bad: Run) -> None:
    root = ElementTree.fromstring(junit(bad))
    questions = [case for case in root.iter("testcase") if case.get("classname") != "eval.gate"]
    assert len(questions) == len(bad.rows)
    wrong = [case for case in questions if case.find("failure") is not None]
    assert len(wrong) == sum(not one["right"] for one in bad.rows)
    failure = next(case.find("failure") for case in wrong if case.get("name") == "typo-cochairred")
    assert failure is not None and failure.text is not None and "expected: Maciej Stadejek" in failure.text
    gate = root.find("testsuite[@name='gate']")
    assert gate is not None and int(gate.get("failures", "0")) == len(bad.failures)
    for suite in root.iter("testsuite"):
        assert int(suite.get("tests", "0")) == len(suite.findall("testcase"))


def test_junit_survives_what_xml_cannot_hold() -> None:
    assert ElementTree.fromstring(junit(run_of([evil_row(), row("boom", False, error="x\x00", answer=None)])))


# The page


class Tags(HTMLParser):
    """What a browser would make of it: the tags, and every attribute that loads or runs something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.risky: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "action", "background") or name.startswith("on"):
                self.risky.append((tag, name, value))
            if name == "href" and not (value or "").startswith("#"):
                self.risky.append((tag, name, value))


def test_the_page_is_self_contained_and_escapes_everything() -> None:
    parsed = Tags()
    parsed.feed(page(run_of([evil_row(), row("fine")])))
    assert parsed.risky == []
    assert parsed.tags.count("script") == 1 and "img" not in parsed.tags and "link" not in parsed.tags


def test_the_page_holds_plots_filters_and_every_question(bad: Run) -> None:
    text = page(bad)
    parsed = Tags()
    parsed.feed(text)
    assert parsed.tags.count("svg") == 4 and parsed.tags.count("details") == len(bad.rows)
    assert text.count('data-outcome="wrong new"') == len(bad.changes.newly_wrong)
    assert "prefers-color-scheme: dark" in text and "default-src &#39;none&#39;" not in text
    assert "default-src 'none'" in text
    for kind in {one["kind"] for one in bad.rows}:
        assert f"<option>{kind}</option>" in text


def test_highlights_are_marked_inside_the_sentence() -> None:
    sentence = {"text": "Two boats sank.", "citations": [1], "supported": True, "highlights": [[0, 3]]}
    answer = evil_row()["answer"] | {"sentences": [sentence]}
    assert "<mark>Two</mark> boats sank." in page(run_of([row("a", answer=answer)]))


def test_plots_count_what_they_show() -> None:
    rows = [row("a", False, ranks=[1, None, 12]), row("b", ranks=[1]), row("c", False, ranks=[5])]
    assert dict(plots.missed_evidence(rows)) == {
        "1": 1, "2": 0, "3": 0, "4–5": 1, "6–10": 0, "11–20": 1, "not found": 1,
    }  # fmt: skip
    for svg in (plots.latency([]), plots.latency([0.0]), plots.confidence_reliability([]), plots.evidence_ranks([])):
        ElementTree.fromstring(svg)
    assert "confidence 0.95: 50 % of 2 right" in plots.confidence_reliability([(0.95, True), (0.95, False)])


# Files


def test_all_reports_are_written_and_can_be_read_back(bad: Run, tmp_path: Path) -> None:
    written = write_reports(tmp_path / "deep" / "reports", bad)
    assert {path.name for path in written} == {
        "results.jsonl",
        "summary.json",
        "summary.md",
        "junit.xml",
        "report.html",
    }
    assert read_rows(tmp_path / "deep" / "reports") == list(bad.rows)
    summary = json.loads((tmp_path / "deep" / "reports" / "summary.json").read_text())
    assert summary["passed"] is False and set(summary["metrics"]) == {metric.name for metric in METRICS}
    assert summary["newly_wrong"] == list(bad.changes.newly_wrong)


def test_what_is_no_report_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_rows(tmp_path)
    for text in ("", "nonsense", "[1]\n", '{"id": "a"}\n'):
        (tmp_path / "results.jsonl").write_text(text)
        with pytest.raises(DatasetError, match="not what"):
            read_rows(tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error_to_read(bad: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="--reports"):
        write_reports(tmp_path / "file", bad)


# Two runs side by side


def test_a_comparison_tells_real_differences_from_chance() -> None:
    a = [row(str(i), i < 12) for i in range(30)]
    b = [row(str(i), i < 24) for i in range(30)]
    found = compare(a, b)
    right = next(one for one in found.differences if one.metric.name == "right")
    assert (len(found.lost), len(found.won)) == (0, 12) and found.p < 0.001
    assert right.real and right.low is not None and right.low > 0
    assert "a real difference" in table(found) and "better" in table(found)
    few = compare([row(str(i)) for i in range(30)], [row(str(i), i > 2) for i in range(30)])
    assert len(few.lost) == 3 and not next(one for one in few.differences if one.metric.name == "right").real
    assert "no more than chance" in table(few)


def test_only_questions_asked_alike_in_both_are_compared() -> None:
    found = compare([row("a"), row("b"), row("old")], [row("a"), row("b", False, digest="changed"), row("new")])
    assert found.shared == 1 and found.only_a == ("b", "old") and found.only_b == ("b", "new")
    assert compare([row("x")], [row("y")]).shared == 0
    assert "0 questions asked in both" in table(compare([row("x")], [row("y")]))


def test_a_run_equals_itself(tmp_path: Path) -> None:
    rows = list(rows_of(Perfect))
    write_rows(tmp_path / "results.jsonl", rows)
    found = compare(rows, read_rows(tmp_path))
    assert found.p == 1.0 and not any(one.real for one in found.differences)


# Documentation


def test_the_numbers_go_between_the_markers_and_nowhere_else(bad: Run) -> None:
    agreement = Agreement(10, 0.9, (0.6, 0.98), 0.8, (0.5, 0.95), 0.85, (("number", 4, 5),), ())
    new = section(bad, agreement)
    text = replaced(f"# Before\n\n{BEGIN}\nyesterday's\n{END}\n\nAfter\n", new)
    assert text.startswith("# Before\n\n") and text.endswith("\n\nAfter\n") and "yesterday" not in text
    assert replaced(text, new) == text
    assert "precision 90.0 % (60.0 to 98.0)" in text and "| number | 4 | 5 |" in text
    assert "| document set | right, of what can be answered | answered, of what cannot be |" in text
    for broken in ("", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{END}"):
        with pytest.raises(DatasetError, match="two markers"):
            replaced(broken, new)


def test_each_document_set_has_its_right_and_its_false_answers() -> None:
    refused, given = {"status": "not_found"}, {"status": "answered"}
    rows = [
        row("a", set="one", answer=given),
        row("b", False, set="one", answer=given),
        row("c", False, set="one", answerable=False, answer=given),
        row("d", set="one", answerable=False, answer=refused),
        row("e", set="two", answer=given),
    ]
    assert by_set(rows) == [("one", 1, 2, 1, 2), ("two", 1, 1, 0, 0)]


def test_evaluation_page_explains_every_metric_and_holds_its_numbers() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "evaluation.md").read_text(encoding="utf-8")
    words = " ".join(text.split())
    for metric in METRICS:
        assert f"**{metric.title}**" in words, f"{metric.title} is not explained"
    numbers = text[text.index(BEGIN) : text.index(END)]
    assert re.search(r"\| Right answers \| [\d.]+\u00a0% \|", numbers)
    assert re.search(r"support test on \d{3} labelled pairs: precision [\d.]+ %", numbers)
    for line in numbers.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


def test_failures_reach_every_report() -> None:
    run = Run(
        [row("a")],
        run_of([row("a")]).measured,
        [Failure("right", "Right answers is too low")],
        run_of([row("a")]).changes,
    )
    for text in (terminal(run), markdown(run), junit(run), page(run)):
        assert "Right answers is too low" in text


def test_what_a_report_says_of_its_making_holds_no_key_address_or_place(tmp_path: Path) -> None:
    private = {
        "documents": tmp_path / "hidden-documents", "store": tmp_path / "hidden-store", "api_key": "hidden-key",
        "base_url": "http://hidden-model/v1", "chroma_url": "http://hidden-store:8000", "auth": "hidden:word",
        "host": "hidden-host",
    }  # fmt: skip
    settings = Settings(model="tiny", **private)  # type: ignore[arg-type]
    said = json.dumps(about(Plan([], {}, settings), "generative", {}, 1.0))
    assert "hidden" not in said and str(tmp_path) not in said
    assert '"model": "tiny"' in said and '"embedder": "local"' in said
