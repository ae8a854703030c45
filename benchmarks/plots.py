"""The single measurements of benchmarks/raw/ as pictures: `python -m benchmarks.plots` draws all of them again.

SVG without a library, as the evaluation's report has it; colours follow the reader's light or dark.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from benchmarks.measure import ROOT

RAW = ROOT / "benchmarks" / "raw"
PLOTS = ROOT / "benchmarks" / "plots"

_STYLE = """<style>
svg{background:#fff;font:13px system-ui,sans-serif}text{fill:#24292f}.dim{fill:#667078}.grid{stroke:#e3e6ea}
.b0{fill:#1b6ca8}.b1{fill:#c8873d}.b2{fill:#8e7aa8}.s0{stroke:#1b6ca8}.s1{stroke:#2a9d6f}.s2{stroke:#c8553d}
.s3{stroke:#8e5ea2}.s4{stroke:#c79100}.s5{stroke:#6b7278}.line{fill:none;stroke-width:2}.ideal{stroke:#9aa3ab;
stroke-dasharray:4 4;fill:none}.whisker{stroke:#24292f}
@media (prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.dim{fill:#9aa6b2}.grid{stroke:#2a3139}
.b0{fill:#4ea1dc}.b1{fill:#d9a15e}.b2{fill:#a996c6}.whisker{stroke:#e6edf3}.s0{stroke:#4ea1dc}.s5{stroke:#9aa6b2}}
</style>"""


def svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(title)}">{_STYLE}{"".join(parts)}</svg>\n'
    )


def text(x: float, y: float, words: str, anchor: str = "start", style: str = "") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def line(colour: int, points: Sequence[tuple[float, float]], left: float, at: float, name: str) -> list[str]:
    """A line in a plot, and what it is called, with a dash of its colour, from (`left`, `at`) on."""
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return [
        f'<polyline class="line s{colour}" points="{path}"/>',
        f'<path class="line s{colour}" d="M{left} {at - 4}h14"/>',
        text(left + 20, at, name),
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def bars(panels: Sequence[tuple[str, Mapping[str, Sequence[float]]]], title: str) -> str:
    """A panel for each figure: a bar for the median of each system's measurements, a line from their least to their
    most. Panels stand in one column, so that they can be read on a phone.

    Args:
        panels: (what was measured and which way is better, {system: measurements}).
    """
    label, width, step = 250, 720, 24
    room = width - label - 90
    parts: list[str] = []
    y = 10.0
    for name, systems in panels:
        parts.append(text(12, y + 14, name))
        y += 24
        most = max(max(values) for values in systems.values()) or 1.0
        for place, (system, values) in enumerate(systems.items()):
            median, low, high = statistics.median(values), min(values), max(values)
            size = max(1.0, median / most * room)
            parts.append(text(label - 8, y + 14, system, "end", "dim"))
            parts.append(
                f'<rect class="b{place % 3}" x="{label}" y="{y + 3:.0f}" width="{size:.1f}" height="{step - 8}"/>'
            )
            if high > low:
                a, b, middle = label + low / most * room, label + high / most * room, y + step / 2 - 1
                parts.append(f'<path class="whisker" d="M{a:.1f} {middle:.1f}H{b:.1f}"/>')
            parts.append(text(label + max(size, high / most * room) + 6, y + 14, _number(median)))
            y += step
        y += 12
    return svg(width, y, title, parts)


def beside(raw: Mapping[str, Any]) -> str:
    """This program beside the plain scripts."""

    def scaled(key: str, by: float = 1.0) -> dict[str, list[float]]:
        return {name: [value * by for value in values] for name, values in raw[key].items()}

    def mean(key: str) -> dict[str, list[float]]:
        return {name: [statistics.mean(values)] for name, values in raw[key].items()}

    return bars(
        [
            ("environment, MB (less is better)", scaled("environment_mb")),
            ("cold question on two documents, s (less is better)", scaled("cold_s")),
            ("warm question, ms (less is better)", scaled("warm_s", 1000)),
            ("resident after ten questions, MB (less is better)", scaled("memory_mb")),
            ("indexing, thousand characters a second (more is better)", scaled("indexing", 1e-3)),
            ("embedding, passages a second (more is better)", scaled("embedding")),
            ("XQuAD: what is shown first holds the answer (more is better)", mean("right")),
            ("XQuAD: words of what is shown first (less is better)", scaled("words")),
        ],
        "This program beside plain scripts",
    )


_LINES: Sequence[tuple[str, Callable[[Mapping[str, Any]], float]]] = (
    ("made", lambda one: one["made"]),
    ("on disk", lambda one: one["disk"]),
    ("one document updated", lambda one: statistics.median(one["updates"])),
    ("retrieval, p95", lambda one: one["retrieval_p95"]),
    ("cold ask", lambda one: statistics.median(one["cold"])),
    ("resident", lambda one: one["memory"]),
)


def growth(raw: Mapping[str, Any]) -> str:
    """How many times its first value each figure has, by passages, both on logarithmic scales."""
    found = raw["growth"]
    left, top, width, height = 60, 20, 430, 300
    first, last = found[0]["passages"], found[-1]["passages"]
    most = max(last / first, 10.0)

    def x(passages: float) -> float:
        return left + width * math.log(passages / first) / math.log(most)

    def y(times: float) -> float:
        return top + height * (1 - math.log(max(times, 1.0)) / math.log(most))

    parts = [
        text(left + width / 2, top + height + 44, "passages", "middle"),
        f'<text transform="translate(14 {top + height}) rotate(-90)">times its value at {first:,} passages</text>',
        f'<path class="ideal" d="M{x(first):.0f} {y(1):.0f}L{x(last):.0f} {y(last / first):.0f}"/>',
    ]
    parts += [text(x(one["passages"]), top + height + 22, f"{one['passages']:,}", "middle") for one in found]
    for power in range(int(math.log10(most)) + 1):
        at = y(10**power)
        parts.append(f'<path class="grid" d="M{left} {at:.0f}H{left + width}"/>')
        parts.append(text(left - 8, at + 4, str(10**power), "end", "dim"))
    drawn = sorted(enumerate(_LINES), key=lambda line: -line[1][1](found[-1]) / line[1][1](found[0]))
    for place, (colour, (name, of)) in enumerate(drawn):
        points = [(x(one["passages"]), y(of(one) / of(found[0]))) for one in found]
        times = of(found[-1]) / of(found[0])
        parts += line(colour, points, 508, top + 22 * place + 12, f"{name}: {times:.1f} ×")
    parts.append(f'<path class="ideal" d="M508 {top + 22 * len(drawn) + 8}h14"/>')
    parts.append(text(528, top + 22 * len(drawn) + 12, "as the passages", style="dim"))
    return svg(760, 380, "How each figure grows with the passages", parts)


def answers(raw: Mapping[str, Any]) -> str:
    """Of the questions that can be answered and of those that cannot, how many came out right, in each folder."""
    names = {
        "nothing": "everything there",
        "articles": "articles missing (far)",
        "paragraphs": "paragraphs missing (near)",
    }

    def share(setting: str, answerable: bool) -> list[float]:
        one = raw[setting]
        key = "right" if answerable else "refused"
        kept = [right for right, there in zip(one[key], one["answerable"], strict=True) if there == answerable]
        return [100 * sum(kept) / len(kept)] if kept else []

    panels = []
    for answerable, title in ((True, "answered rightly, % of what is there"), (False, "refused, % of what is missing")):
        found = {name: share(setting, answerable) for setting, name in names.items()}
        panels.append((title, {name: values for name, values in found.items() if values}))
    return bars(panels, "Answers on XQuAD")


def seconds(raw: Mapping[str, Any]) -> str:
    """Measurements of one kind, a bar each."""
    unit = 1000 if max(max(values) for values in raw.values()) < 2 else 1
    named = {name: [value * unit for value in values] for name, values in raw.items()}
    return bars([("milliseconds (less is better)" if unit > 1 else "seconds (less is better)", named)], "Seconds")


_DRAWN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "beside-a-plain-script": beside,
    "how-it-grows": growth,
    "answers-on-xquad": answers,
    "cold-answer": seconds,
    "from-nothing-to-the-first-answer": seconds,
    "warm-answer": seconds,
}


def draw(slug: str) -> bool:
    """Draws a section's kept measurements; False for one that has no plot."""
    if slug not in _DRAWN:
        return False
    PLOTS.mkdir(exist_ok=True)
    raw = json.loads((RAW / f"{slug}.json").read_text("utf-8"))["raw"]
    (PLOTS / f"{slug}.svg").write_text(_DRAWN[slug](raw), "utf-8")
    return True


if __name__ == "__main__":
    for path in sorted(RAW.glob("*.json")):
        draw(path.stem)
