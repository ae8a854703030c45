"""Two runs side by side: which differences are real. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.intervals import SIGNIFICANT, mcnemar, paired_bootstrap
from eval.record import Row, by_question
from eval.summary import METRICS, Metric, show, summarise


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in both runs, over the questions that both asked. `low` and `high` bound b - a at 95 % (None where the
    metric is no mean over questions); `real` is None where that cannot be told."""

    metric: Metric
    a: float | None
    b: float | None
    low: float | None = None
    high: float | None = None
    real: bool | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`lost` went from right to wrong between a and b, `won` the other way; `p` is McNemar's exact two-sided p."""

    shared: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    lost: tuple[str, ...]
    won: tuple[str, ...]
    p: float
    differences: tuple[Difference, ...]


def compare(a: Sequence[Row], b: Sequence[Row]) -> Comparison:
    """Compares over the questions that both runs asked in the same words; repeats are averaged first."""
    rows_a, rows_b = by_question(a), by_question(b)
    shared = [id_ for id_ in rows_a if id_ in rows_b and rows_a[id_][0]["digest"] == rows_b[id_][0]["digest"]]
    kept = set(shared)
    lost = tuple(id_ for id_ in shared if _mean(rows_a[id_], "right") > 0.5 >= _mean(rows_b[id_], "right"))
    won = tuple(id_ for id_ in shared if _mean(rows_b[id_], "right") > 0.5 >= _mean(rows_a[id_], "right"))
    summary_a = summarise([one for one in a if one["id"] in kept])
    summary_b = summarise([one for one in b if one["id"] in kept])
    p = mcnemar(len(lost), len(won))
    differences = []
    for metric in METRICS:
        one, other = summary_a[metric.name].value, summary_b[metric.name].value
        if one is None and other is None:
            continue
        pairs = [
            (_mean(rows_a[id_], metric.name), _mean(rows_b[id_], metric.name))
            for id_ in shared
            if _has(rows_a[id_], metric.name) and _has(rows_b[id_], metric.name)
        ]
        if not pairs or metric.unit != "share":
            differences.append(Difference(metric, one, other))
            continue
        low, high = paired_bootstrap([x for x, _ in pairs], [y for _, y in pairs])
        real = p < SIGNIFICANT if metric.name == "right" else low > 0 or high < 0
        differences.append(Difference(metric, one, other, low, high, real))
    return Comparison(
        shared=len(shared),
        only_a=tuple(id_ for id_ in rows_a if id_ not in kept),
        only_b=tuple(id_ for id_ in rows_b if id_ not in kept),
        lost=lost,
        won=won,
        p=p,
        differences=tuple(differences),
    )


def _has(rows: Sequence[Row], name: str) -> bool:
    return any(one["scores"].get(name) is not None for one in rows)


def _mean(rows: Sequence[Row], name: str) -> float:
    values = [float(one["scores"][name]) for one in rows if one["scores"].get(name) is not None]
    return sum(values) / len(values)


def table(found: Comparison, name_a: str = "A", name_b: str = "B") -> str:
    """The comparison for a terminal; also readable as Markdown's plain text."""
    width = max((len(one.metric.title) for one in found.differences), default=6)
    lines = [f"A: {name_a}", f"B: {name_b}", f"{found.shared} questions asked in both."]
    if found.only_a or found.only_b:
        lines.append(
            f"Left out: {len(found.only_a)} only in A or changed since, {len(found.only_b)} only in B or changed."
        )
    lines += ["", f"{'':{width}}  {'A':>12}  {'B':>12}  {'B - A, 95 % interval':>22}"]
    for one in found.differences:
        interval = "" if one.low is None or one.high is None else f"{100 * one.low:+.1f} to {100 * one.high:+.1f}"
        mark = ""
        if one.real and one.a is not None and one.b is not None:
            mark = "better" if (one.b > one.a) == (one.metric.better == "higher") else "worse"
        values = f"{show(one.metric, one.a):>12}  {show(one.metric, one.b):>12}"
        lines.append(f"{one.metric.title:{width}}  {values}  {interval:>22}  {mark}".rstrip())
    word = "a real difference" if found.p < SIGNIFICANT else "no more than chance would bring"
    lines += ["", f"{len(found.lost)} lost, {len(found.won)} won: {word} (McNemar p = {found.p:.3f})."]
    lines += [f"  lost  {id_}" for id_ in found.lost] + [f"  won   {id_}" for id_ in found.won]
    return "\n".join(lines)
