"""The learning curves of `README.md` beside this file as a picture, `learning_curves.svg`.

    python -m training.plot_curves

The points are the measurements that its tables give; a new measurement is added to both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.plots import line, svg, text

Points = Sequence[tuple[float, float]]

SPANS: Mapping[str, Points] = {
    "no teacher": (
        (10_884, 0.570),
        (36_564, 0.643),
        (48_668, 0.656),
        (61_052, 0.670),
        (79_848, 0.630),
        (98_747, 0.647),
    ),
    "taught by MPNet": ((180_000, 0.730), (610_000, 0.727)),
    "MPNet itself": ((130_000, 0.817),),
}
"""F1 on the gold paragraphs of XQuAD's development half, by pairs seen."""
AIM = 0.78

WRITTEN: Mapping[str, Points] = {
    "told apart (AUROC)": (
        (0, 0.584),
        (9_600, 0.901),
        (19_200, 0.924),
        (28_800, 0.924),
        (38_400, 0.926),
        (48_000, 0.929),
    ),
    "exact spans": ((0, 0.475), (9_600, 0.561), (19_200, 0.536), (28_800, 0.559), (38_400, 0.573), (48_000, 0.567)),
}
"""Of written questions held out, by pairs of tuning: those that their passage answers against the near misses."""

_LEFT, _WIDTH, _HEIGHT = 56, 430, 220


def panel(
    title: str, axis: str, lines: Mapping[str, Points], top: float, ticks: Sequence[float], log: bool, aim: float = 0.0
) -> list[str]:
    """One plot below the other: a line for each of `lines`, a dot for each of its points."""
    low, high = ticks[0], ticks[-1]
    scores = [0.45, 0.55, 0.65, 0.75, 0.85, 0.95]

    def x(pairs: float) -> float:
        share = math.log(pairs / low) / math.log(high / low) if log else (pairs - low) / (high - low)
        return _LEFT + _WIDTH * share

    def y(score: float) -> float:
        return top + _HEIGHT * (1 - (score - scores[0]) / (scores[-1] - scores[0]))

    parts = [text(12, top - 14, title), text(_LEFT + _WIDTH / 2, top + _HEIGHT + 40, axis, "middle", "dim")]
    parts += [text(x(tick), top + _HEIGHT + 20, f"{tick:,.0f}", "middle", "dim") for tick in ticks]
    for score in scores:
        parts.append(f'<path class="grid" d="M{_LEFT} {y(score):.0f}H{_LEFT + _WIDTH}"/>')
        parts.append(text(_LEFT - 8, y(score) + 4, f"{score:.2f}", "end", "dim"))
    if aim:
        parts.append(f'<path class="ideal" d="M{_LEFT} {y(aim):.0f}H{_LEFT + _WIDTH}"/>')
        parts.append(text(_LEFT + _WIDTH + 22, y(aim) + 4, "the aim", style="dim"))
    for number, (name, points) in enumerate(lines.items()):
        placed = [(x(pairs), y(score)) for pairs, score in points]
        parts += [f'<circle class="line s{number}" cx="{a:.0f}" cy="{b:.0f}" r="2"/>' for a, b in placed]
        parts += line(number, placed, _LEFT + _WIDTH + 22, top + 22 * number + 12, name)
    return parts


def main() -> None:
    parts = panel(
        "Spans: F1 on the gold paragraph",
        "pairs seen",
        SPANS,
        36,
        (10_000, 30_000, 100_000, 300_000, 1_000_000),
        True,
        AIM,
    )
    parts += panel(
        "Tuned with written questions, held out",
        "pairs of tuning",
        WRITTEN,
        366,
        (0, 12_000, 24_000, 36_000, 48_000),
        False,
    )
    out = Path(__file__).parent / "learning_curves.svg"
    out.write_text(svg(720, 640, "Learning curves of the reader", parts), "utf-8")


if __name__ == "__main__":
    main()
