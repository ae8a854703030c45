"""Measure the reader on forms of text that it was not trained for: the project's own documents, lists, tables, logs.

    python -m training.measure_forms [--reader qa/models]

For every gold question with one supporting quote, the passage that holds the quote is read alone, and the best
sentence, list item or table row in it is counted as right where the quote lies in it. Beside it stands what choosing by
chance would reach. Questions of a conversation are asked as they stand alone.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from eval.dataset import SETS, Case, load_gold
from eval.intervals import wilson
from index.chunk import chunk
from index.folder import read, scan
from index.load import load
from index.types import Kind, Passage, Segment
from qa.rank import quotable_segments
from qa.reader import MODELS, Reader, heading_of

GOLD = Path(__file__).resolve().parent.parent / "eval" / "gold"


def passages_of(folder: Path) -> list[Passage]:
    """The passages of all documents of a folder."""
    return [passage for entry in scan(folder) for passage in chunk(load(entry, read(entry)))]


def asked(cases: list[Case], passages: dict[str, list[Passage]]) -> Iterator[tuple[Case, Passage, Segment]]:
    """Every question with one supporting quote, the passage and the segment that hold it."""
    for case in cases:
        if not case.answerable or len(case.supports) != 1 or (case.history and not case.standalone):
            continue
        support = case.supports[0]
        for passage in passages[case.set]:
            if passage.document != support.document:
                continue
            holding = [part for part in quotable_segments(passage) if support.quote in passage.quote(part)]
            if holding:
                yield case, passage, holding[0]
                break


def form(passage: Passage, part: Segment) -> str:
    """What a segment is, in words."""
    if part.kind is Kind.SENTENCE and any(other.kind is Kind.ITEM for other in passage.segments):
        return "sentence beside list items"
    return {Kind.SENTENCE: "sentence of prose", Kind.ITEM: "list item", Kind.ROW: "table row"}.get(part.kind, part.kind)


def best_segment(reader: Reader, question: str, passage: Passage) -> Segment | None:
    """The quotable segment that holds the reader's best span."""
    above = heading_of(passage.title, passage.section)
    reading = reader.read(question, [passage.text], [above])[0]
    scored = [
        (span.score, part)
        for part in quotable_segments(passage)
        if (span := reading.best_within(part.start - passage.start, part.end - passage.start))
    ]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, default=MODELS, help="folder of the reader (%(default)s)")
    arguments = parser.parse_args()
    reader = Reader(arguments.reader)
    passages = {name: passages_of(folder) for name, folder in SETS.items()}
    cases = [case for file in sorted(GOLD.glob("*.jsonl")) for case in load_gold(file)]
    found: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for case, passage, part in asked(cases, passages):
        right = best_segment(reader, case.standalone or case.question, passage) == part
        chance = 1 / len(quotable_segments(passage))
        for group in (case.set, form(passage, part)):
            found[group].append((right, chance))
    print("| | questions | right | 95 % | by chance |\n|---|---:|---:|---|---:|")
    for group, results in found.items():
        right = sum(hit for hit, _ in results)
        low, high = wilson(right, len(results))
        by_chance = sum(chance for _, chance in results) / len(results)
        print(f"| {group} | {len(results)} | {right / len(results):.2f} | {low:.2f}–{high:.2f} | {by_chance:.2f} |")


if __name__ == "__main__":
    main()
