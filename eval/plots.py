"""The report's four plots, as SVG text: no library, no script, colours by CSS class so that they follow light and
dark. Pure. Text that comes from data is escaped; sizes are the SVG's own units, which the page scales to its column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from eval.intervals import percentile
from eval.metrics import reliability
from eval.record import Row
from eval.summary import Measured

WIDTH = 520
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def scores_by_kind(kinds: Mapping[str, Measured]) -> str:
    """Horizontal bars of the share right, lowest first, each with its 95 % interval and its number of questions."""
    rows = sorted(kinds.items(), key=lambda item: (item[1].value or 0.0, item[0]))
    left, right, step = 150, WIDTH - 60, 36
    wide = right - left
    height = step * len(rows) + 34
    parts = [_tick_x(left + share * wide, 4, height - 28, f"{100 * share:.0f} %") for share in _QUARTERS]
    for place, (kind, one) in enumerate(rows):
        share, y = one.value or 0.0, 8 + place * step
        low, high = left + (one.low or 0.0) * wide, left + (1.0 if one.high is None else one.high) * wide
        parts.append(
            _named(
                f"{kind}: {100 * share:.1f} % of {one.n}",
                _text("label", left - 8, y + 17, kind, "end"),
                _bar(left, y + 2, max(1.0, share * wide), step - 14),
                f'<path class="whisker" d="M{low:.1f} {y + 13}H{high:.1f}M{low:.1f} {y + 9}v8M{high:.1f} {y + 9}v8"/>',
                _text("value", WIDTH - 2, y + 17, f"{round(share * one.n)}/{one.n}", "end"),
            )
        )
    return _svg(height, "Share of right answers by kind of question", parts)


def confidence_reliability(judged: Sequence[tuple[float, bool]]) -> str:
    """For each tenth of confidence the share right; a dot's area is the number of answers, the diagonal perfection."""
    height, left, bottom, top, right = 264, 48, 220, 12, WIDTH - 16
    wide, tall = right - left, bottom - top
    parts = [_tick_x(left + share * wide, top, bottom, f"{share:g}") for share in _QUARTERS]
    parts += [_tick_y(bottom - share * tall, left, right, f"{100 * share:.0f} %") for share in _QUARTERS]
    parts.append(f'<path class="ideal" d="M{left} {bottom}L{right} {top}"/>')
    bins = [found for found in reliability(judged) if found[2]]
    most = max((len(members) for _, _, members in bins), default=1)
    for confidence, share, members in bins:
        x, y = left + confidence * wide, bottom - share * tall
        radius = 4 + 14 * (len(members) / most) ** 0.5
        words = f"confidence {confidence:.2f}: {100 * share:.0f} % of {len(members)} right"
        parts.append(_named(words, f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'))
    parts.append(_text("axis", (left + right) / 2, height - 6, "confidence of the answer"))
    return _svg(height, "Share of right answers against the confidence given", parts)


RANK_BINS = (("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4–5", 4, 5), ("6–10", 6, 10), ("11–20", 11, 20))


def missed_evidence(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """(rank, supports) of the supports of wrong answers: where the evidence stood that did not make the answer right.
    The last is what retrieval did not find at all."""
    ranks = [rank for one in rows if not one["right"] for rank in one["ranks"]]
    found = [(label, sum(rank is not None and low <= rank <= high for rank in ranks)) for label, low, high in RANK_BINS]
    return [*found, ("not found", sum(rank is None for rank in ranks))]


def evidence_ranks(rows: Sequence[Row]) -> str:
    """Columns: at which rank retrieval had the evidence of the questions that went wrong."""
    counted = missed_evidence(rows)
    height, left, bottom, top, right = 190, 16, 142, 22, WIDTH - 16
    tallest = max(count for _, count in counted) or 1
    step = (right - left) / len(counted)
    parts = [f'<path class="grid" d="M{left} {bottom}H{right}"/>']
    for place, (label, count) in enumerate(counted):
        tall, x = count / tallest * (bottom - top), left + place * step
        style = "bar bad" if place == len(counted) - 1 else "bar"
        parts.append(
            _named(
                f"{label}: {count}",
                _bar(x + step * 0.16, bottom - tall, step * 0.68, tall, style),
                _text("value", x + step / 2, bottom - tall - 6, str(count)),
                _text("label", x + step / 2, bottom + 17, label),
            )
        )
    parts.append(_text("axis", (left + right) / 2, height - 8, "rank of the passage that holds it"))
    return _svg(height, "Retrieval rank of the evidence of wrong answers", parts)


def latency(seconds: Sequence[float]) -> str:
    """Columns of the time to an answer, with the median and the 95th percentile marked."""
    if not seconds:
        return _svg(60, "Latency", [_text("axis", WIDTH / 2, 34, "nothing was answered")])
    bins, most = 24, max(percentile(seconds, 0.99), 1e-4)
    counts = [0] * bins
    for one in seconds:
        counts[min(bins - 1, int(one / most * bins))] += 1
    height, left, bottom, top, right = 196, 40, 152, 34, WIDTH - 24
    wide, tall, tallest = right - left, bottom - top, max(counts)
    parts = [_tick_y(bottom - share * tall, left, right, f"{share * tallest:.0f}") for share in (0.0, 0.5, 1.0)]
    parts += [_tick_x(left + share * wide, bottom, bottom, _time(share * most)) for share in _QUARTERS]
    for place, count in enumerate(counts):
        words = f"{_time(place * most / bins)} to {_time((place + 1) * most / bins)}: {count}"
        high = count / tallest * tall
        parts.append(_named(words, _bar(left + place * wide / bins + 1, bottom - high, wide / bins - 2, high)))
    for share, name, y in ((0.5, "median", 12), (0.95, "95 %", 26)):
        value = percentile(seconds, share)
        x = left + min(1.0, value / most) * wide
        beside, anchor = (x - 5, "end") if x > right - 90 else (x + 5, "start")
        parts.append(f'<path class="mark" d="M{x:.1f} {y - 10}V{bottom}"/>')
        parts.append(_text("value", beside, y, f"{name} {_time(value)}", anchor))
    parts.append(_text("axis", (left + right) / 2, height - 6, "time to the answer"))
    return _svg(height, "Latency of the answers", parts)


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _tick_x(x: float, top: float, bottom: float, label: str) -> str:
    return f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>' + _text("tick", x, bottom + 16, label)


def _tick_y(y: float, left: float, right: float, label: str) -> str:
    return f'<path class="grid" d="M{left} {y:.1f}H{right}"/>' + _text("tick", left - 6, y + 4, label, "end")


def _text(style: str, x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _bar(x: float, y: float, width: float, height: float, style: str = "bar") -> str:
    return f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2"/>'


def _named(words: str, *parts: str) -> str:
    """A group with a tooltip."""
    return f"<g><title>{escape(words)}</title>{''.join(parts)}</g>"


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    body = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">{body}</svg>'
