"""A run as one HTML page that needs nothing but itself: no script, style, font or image from anywhere else. Pure.

Everything from documents, questions and answers is escaped by the template engine (autoescape is on); only the
plots, which escape for themselves, go in as they are. The page's own Content-Security-Policy forbids every load.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval import plots
from eval.record import Row
from eval.report import Run, expected
from eval.summary import BY_NAME, METRICS, by_kind, confidences, show

TEMPLATE = Path(__file__).resolve().parent / "templates" / "report.html"
_FIGURES = ("right", "joint", "citation_validity", "false_answer_rate", "over_refusal", "latency_p50")


def page(run: Run) -> str:
    """The whole page."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=False, keep_trailing_newline=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    about = run.about
    failed = {failure.metric for failure in run.failures}
    ordered = sorted(run.rows, key=lambda one: (one["right"], one["id"] not in run.changes.newly_wrong))
    return template.render(
        title="Footnote evaluation",
        subtitle=_subtitle(run),
        headline=_headline(run),
        run=run,
        figures=[{"title": BY_NAME[name].title, "value": _value(run, name)} for name in _FIGURES],
        plots=_plots(run),
        scores=[
            {
                "title": metric.title,
                "meaning": metric.meaning,
                "value": show(metric, one.value),
                "interval": "" if one.low is None or one.high is None else f"{100 * one.low:.1f}–{100 * one.high:.1f}",
                "n": one.n,
                "fails": metric.name in failed,
            }
            for metric in METRICS
            if (one := run.measured[metric.name]).value is not None
        ],
        judged=run.judged,
        kinds=sorted({one["kind"] for one in run.rows}),
        sets=sorted({one["set"] for one in run.rows}),
        cases=[_case(one, place, one["id"] in run.changes.newly_wrong) for place, one in enumerate(ordered)],
        footer="Versions: " + ", ".join(f"{name} {value}" for name, value in about.get("versions", {}).items()),
    )


def _value(run: Run, name: str) -> str:
    return show(BY_NAME[name], run.measured[name].value)


def _subtitle(run: Run) -> str:
    about = run.about
    parts = [f"{len({one['id'] for one in run.rows})} questions", f"{about.get('mode', '')} mode"]
    if about.get("repeats", 1) > 1:
        parts.append(f"{about['repeats']} repeats")
    if about.get("model"):
        parts.append(str(about["model"]))
    if about.get("time"):
        parts.append(str(about["time"])[:16].replace("T", " ") + " UTC")
    return " · ".join(parts)


def _headline(run: Run) -> str:
    wrong = sum(not one["right"] for one in run.rows)
    if not run.gated and run.passed:
        return f"{len(run.rows) - wrong} of {len(run.rows)} right"
    state = "Passed" if run.passed else "Failed"
    return f"{state}: {len(run.rows) - wrong} of {len(run.rows)} right, {len(run.changes.newly_wrong)} newly wrong"


def _plots(run: Run) -> list[dict[str, str]]:
    missed = sum(count for _, count in plots.missed_evidence(run.rows))
    return [
        {
            "title": "Right answers by kind of question",
            "caption": "Lowest first; the line is the 95 % interval.",
            "svg": plots.scores_by_kind(by_kind(run.rows)),
        },
        {
            "title": "Does confidence mean what it says?",
            "caption": "On the dashed line it does: of those given with 0.8, 80 % are right. Larger dots: more.",
            "svg": plots.confidence_reliability(confidences(run.rows)),
        },
        {
            "title": "Where the evidence of wrong answers ranked",
            "caption": f"{missed} supports. On the left retrieval had found them, on the right it had not.",
            "svg": plots.evidence_ranks(run.rows),
        },
        {
            "title": "Time to an answer",
            "caption": "All questions of this run, wall clock; the last column holds everything slower.",
            "svg": plots.latency([one["seconds"] for one in run.rows if one["answer"]]),
        },
    ]


def _case(one: Row, place: int, new: bool) -> dict[str, Any]:
    answer = one["answer"] or {}
    ranks = one["ranks"] or [None] * len(one["supports"])
    asked = one["question"].strip()
    return {
        "anchor": f"q{place}",
        "id": one["id"] + (f" #{one['repeat'] + 1}" if one["repeat"] else ""),
        "kind": one["kind"],
        "set": one["set"],
        "tags": one["tags"],
        "new": new,
        "right": one["right"],
        "reasons": one["reasons"],
        "history": one["history"],
        "question": asked,
        "read_as": answer.get("standalone_question")
        if answer.get("standalone_question", asked).strip() != asked
        else None,
        "expected": expected(one),
        "confidence": f"{answer['confidence']:.2f}" if answer else None,
        "time": f"{1000 * one['seconds']:.0f} ms",
        "notice": answer.get("notice"),
        "text": answer.get("text", one["error"] or ""),
        "sentences": [
            {**sentence, "parts": _marked(sentence["text"], sentence["highlights"])}
            for sentence in answer.get("sentences", [])
        ],
        "citations": answer.get("citations", []),
        "passages": answer.get("passages", []),
        "supports": [
            {**support, "rank": "not retrieved" if rank is None else f"ranked {rank}"}
            for support, rank in zip(one["supports"], ranks, strict=False)
        ],
    }


def _marked(text: str, highlights: list[list[int]]) -> list[dict[str, Any]]:
    """The text in parts, those that answer marked."""
    parts: list[dict[str, Any]] = []
    at = 0
    for start, end in sorted(map(tuple, highlights)):
        if start < at or end > len(text):
            continue
        parts += [{"text": text[at:start], "mark": False}, {"text": text[start:end], "mark": True}]
        at = end
    return [part for part in [*parts, {"text": text[at:], "mark": False}] if part["text"]]
