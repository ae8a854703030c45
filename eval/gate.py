"""Did it pass? Thresholds for the whole, a baseline for each question, and invariants that hold for every answer.

Extractive answers are deterministic, so one question newly wrong is a fact and fails, unless its confidence is so
close to the threshold that the processor decides. A model's answers vary: there the lower end of an interval is held
against the threshold, and the baseline by a paired test.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.dataset import ROOT, DatasetError
from eval.intervals import SIGNIFICANT, mcnemar
from eval.record import Row, by_question
from eval.summary import BY_NAME, Measured, show
from qa.rank import default_model
from qa.types import Mode

THRESHOLDS = ROOT / "thresholds.toml"
BASELINE = ROOT / "baseline.json"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the gate failed: which metric (or `baseline`), a sentence, and the question where it is one."""

    metric: str
    message: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on a metric, from below or from above."""

    metric: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bounds by mode, and the invariants, which hold in every mode and for every set of questions."""

    invariants: tuple[Limit, ...]
    modes: Mapping[str, tuple[Limit, ...]]


def load_thresholds(path: Path = THRESHOLDS) -> Thresholds:
    """Reads thresholds.toml: `[invariants]`, `[extractive]`, `[generative]`, each with lines like
    `metric = {least = 0.9}` or `metric = {most = 0}`.

    Raises:
        DatasetError: unreadable, an unknown metric, or no bound.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DatasetError(f"The thresholds {path} cannot be read: {error}.") from None
    limits = {
        name: tuple(_limit(path, metric, bound) for metric, bound in table.items()) for name, table in tables.items()
    }
    return Thresholds(limits.pop("invariants", ()), limits)


def _limit(path: Path, metric: str, bound: Any) -> Limit:
    if metric not in BY_NAME:
        raise DatasetError(f"{path}: “{metric}” is no metric; known are {', '.join(BY_NAME)}.")
    if not isinstance(bound, dict) or not bound or set(bound) - {"least", "most"}:
        raise DatasetError(f"{path}: {metric} needs {{least = …}} or {{most = …}}.")
    return Limit(metric, bound.get("least"), bound.get("most"))


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was right when the baseline was last accepted: mode → question id → (digest of the case, right)."""

    modes: Mapping[str, Mapping[str, tuple[str, bool]]]


def load_baseline(path: Path = BASELINE) -> Baseline:
    """Reads baseline.json; an absent file is an empty baseline.

    Raises:
        DatasetError: it is there and cannot be read.
    """
    if not path.exists():
        return Baseline({})
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return Baseline(
            {
                mode: {id_: (entry.split()[1], entry.split()[0] == "right") for id_, entry in questions.items()}
                for mode, questions in entries.items()
            }
        )
    except (OSError, ValueError, AttributeError, IndexError) as error:
        raise DatasetError(
            f"The baseline {path} cannot be read ({error}): restore it, or write it anew with --update-baseline."
        ) from None


def save_baseline(baseline: Baseline, mode: Mode, rows: Sequence[Row], path: Path = BASELINE) -> None:
    """Writes the rows as the mode's baseline, other modes unchanged: a line a question, so that a review reads the
    diff. With repeats, a question is right where most of them are."""
    modes = {name: dict(questions) for name, questions in baseline.modes.items()}
    modes[mode] = {id_: (repeats[0]["digest"], mostly_right(repeats)) for id_, repeats in by_question(rows).items()}
    entries = {
        name: {id_: f"{'right' if right else 'wrong'} {digest}" for id_, (digest, right) in sorted(questions.items())}
        for name, questions in sorted(modes.items())
    }
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def mostly_right(repeats: Sequence[Row]) -> bool:
    """Whether more than half of a question's repeats are right."""
    return 2 * sum(bool(one["right"]) for one in repeats) > len(repeats)


@dataclass(frozen=True, slots=True)
class Regressions:
    """Against the baseline: ids that were right and are wrong, the other way round, in no baseline, no longer asked,
    and asked differently than when the baseline was taken."""

    newly_wrong: tuple[str, ...] = ()
    newly_right: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def regressions(rows: Sequence[Row], baseline: Mapping[str, tuple[str, bool]], *, whole: bool = True) -> Regressions:
    """Compares question by question; `whole` is false where only some of the questions were asked, so that none is
    gone."""
    now = {id_: (repeats[0]["digest"], mostly_right(repeats)) for id_, repeats in by_question(rows).items()}
    both = [id_ for id_ in now if id_ in baseline]
    return Regressions(
        newly_wrong=tuple(id_ for id_ in both if baseline[id_][1] and not now[id_][1]),
        newly_right=tuple(id_ for id_ in both if not baseline[id_][1] and now[id_][1]),
        unknown=tuple(id_ for id_ in now if id_ not in baseline),
        gone=tuple(id_ for id_ in baseline if id_ not in now) if whole else (),
        changed=tuple(id_ for id_ in both if baseline[id_][0] != now[id_][0]),
    )


def gate(
    rows: Sequence[Row],
    measured: Mapping[str, Measured],
    mode: Mode,
    thresholds: Thresholds,
    baseline: Mapping[str, tuple[str, bool]] | None,
    *,
    whole: bool = True,
) -> list[Failure]:
    """Everything that fails, invariants first; empty where the run passes.

    `baseline` None: there is none to hold the questions against (somebody's own questions). `whole` false: only
    some of the questions were asked, so that thresholds for the whole say nothing and are left out.
    """
    failures = [failure for limit in thresholds.invariants if (failure := _broken(limit, measured, rows, certain=True))]
    if whole:
        limits = thresholds.modes.get(mode, ())
        failures += [f for limit in limits if (f := _broken(limit, measured, rows, certain=mode == "extractive"))]
    if baseline is not None:
        found = regressions(rows, baseline, whole=whole)
        failures += _against_baseline(rows, found, mode)
    return failures


def _broken(limit: Limit, measured: Mapping[str, Measured], rows: Sequence[Row], *, certain: bool) -> Failure | None:
    """Whether the bound is missed. A metric that applies to no question misses a lower bound: a system that cites
    nothing has no citation to be unsound, and must not pass by that; but questions of which none can have it ask
    for nothing."""
    metric, one = BY_NAME[limit.metric], measured[limit.metric]
    if one.value is None:
        if limit.least is None or not _applies(limit.metric, rows):
            return None
        return Failure(metric.name, f"{metric.title} is undefined: no answer has anything that it could be measured on")
    low = one.value if certain or one.low is None else one.low
    high = one.value if certain or one.high is None else one.high
    words = "" if certain else " at the end of its 95 % interval"
    if limit.least is not None and low < limit.least - 1e-9:
        return Failure(
            metric.name,
            f"{metric.title} is {show(metric, low)}{words}, below the least of {show(metric, limit.least)}",
        )
    if limit.most is not None and high > limit.most + 1e-9:
        return Failure(
            metric.name,
            f"{metric.title} is {show(metric, high)}{words}, above the most of {show(metric, limit.most)}",
        )
    return None


_OF_ANSWERABLE = frozenset(
    {
        "citation_validity", "citation_recall", "citation_precision", "gold_citation_hit", "gold_citation_recall",
        "faithfulness", "verbatim",
    }
)  # fmt: skip


def _applies(name: str, rows: Sequence[Row]) -> bool:
    asked = [one for one in rows if one["answerable"] and one["supports"]]
    if name == "verbatim":  # a model's answers need not be
        asked = [one for one in asked if (one["answer"] or {}).get("mode") != "generative"]
    return name in _OF_ANSWERABLE and bool(asked)


def _against_baseline(rows: Sequence[Row], found: Regressions, mode: Mode) -> list[Failure]:
    wrong = {id_ for id_, repeats in by_question(rows).items() if not mostly_right(repeats)}
    failures = []
    if unknown := [id_ for id_ in found.unknown if id_ in wrong]:
        message = f"{len(unknown)} wrong and in no baseline: {_some(unknown)}. Mend, or accept with --update-baseline"
        failures.append(Failure("baseline", message))
    if found.gone:
        message = (
            f"{len(found.gone)} in the baseline and no longer asked: {_some(found.gone)}. Accept with --update-baseline"
        )
        failures.append(Failure("baseline", message))
    if mode == "extractive":
        close = {one["id"] for one in rows if _on_the_edge(one)}
        certain = [id_ for id_ in found.newly_wrong if id_ not in close]
        failures += [Failure("baseline", f"{id_} was right and is wrong", id_) for id_ in certain]
        return failures
    p = mcnemar(len(found.newly_wrong), len(found.newly_right))
    if p < SIGNIFICANT and len(found.newly_wrong) > len(found.newly_right):
        message = (
            f"{len(found.newly_wrong)} were right and are wrong, {len(found.newly_right)} the other way round "
            f"(McNemar p = {p:.3f}): {_some(found.newly_wrong)}"
        )
        failures.append(Failure("baseline", message))
    return failures


_EDGE = 0.02
"""Confidence by which an answer may be on the other side of the threshold on another processor: int8 products are
summed differently with and without VNNI."""


def _on_the_edge(one: Row) -> bool:
    """Whether an answer, or a refusal, is one by so little that another processor may give the other."""
    confidence = one["answer"]["confidence"] if one["answer"] else 0.0
    return bool(abs(confidence - default_model().threshold) < _EDGE)


def _some(ids: Collection[str], most: int = 8) -> str:
    shown = list(ids)[:most]
    return ", ".join(shown) + (f" and {len(ids) - most} more" if len(ids) > most else "")
