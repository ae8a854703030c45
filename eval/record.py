"""A result as JSON and back: what `results.jsonl` holds, a line a question and repeat. All reports are made from
these rows, so that a run of last month can be shown, compared and explained without asking anything again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from eval.dataset import DatasetError, Support
from eval.metrics import facts_met
from eval.run import CaseResult
from qa.render import answer_json, dumps

Row = dict[str, Any]


def row(result: CaseResult) -> Row:
    """The result as JSON values only."""
    case, answer = result.case, result.answer
    facts = (*case.required, *case.corrects)
    return {
        "id": case.id,
        "repeat": result.repeat,
        "set": case.set,
        "kind": case.kind,
        "tags": list(case.tags),
        "group": case.group,
        "digest": case.digest(),
        "history": [earlier.question for earlier in case.history],
        "question": case.question,
        "standalone": case.standalone,
        "answerable": case.answerable,
        "statuses": list(case.statuses),
        "reference": case.reference,
        "required": [list(fact) for fact in case.required],
        "forbidden": [list(fact) for fact in case.forbidden],
        "supports": [_support(support) for support in case.supports],
        "right": result.verdict.right,
        "reasons": list(result.verdict.reasons),
        "scores": dict(result.scores),
        "outcome": [answer.status, *facts_met(answer, facts)] if answer else None,
        "ranks": list(result.ranks),
        "seconds": round(result.seconds, 6),
        "standalone_right": result.standalone_right,
        "error": result.error,
        "answer": answer_json(answer) if answer else None,
    }


def _support(support: Support) -> Row:
    entry: Row = {"document": support.document, "quote": support.quote}
    if support.alternatives:
        entry["or"] = [_support(other) for other in support.alternatives]
    return entry


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Writes results.jsonl."""
    path.write_text("".join(dumps(one) + "\n" for one in rows), encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """The rows of a results.jsonl, or of the one in a folder of reports.

    Raises:
        DatasetError: there is none, or a line is not a result.
    """
    file = path / "results.jsonl" if path.is_dir() else path
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise DatasetError(
            f"{file} cannot be read ({error.strerror}): name a folder that `python -m eval` wrote."
        ) from None
    except ValueError:
        raise DatasetError(f"{file} is not what `python -m eval` writes: it holds a line that is no JSON.") from None
    if not rows or not all(isinstance(one, dict) and {"id", "right", "scores"} <= one.keys() for one in rows):
        raise DatasetError(f"{file} is not what `python -m eval` writes: it holds no results.")
    return rows


def by_question(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Id → its repeats, in the order of the rows."""
    found: dict[str, list[Row]] = {}
    for one in rows:
        found.setdefault(one["id"], []).append(one)
    return found
