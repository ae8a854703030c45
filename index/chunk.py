"""A `Document` → `Passage`s: runs of whole sentences and list items of one section. Pure.

A passage begins at a heading or where the one before is full, and its offsets are those of its first and last segment.
Paragraphs are kept apart once a passage has a fair length; a paragraph too long for one passage is cut into equal parts
between sentences.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.load import front_matter_end
from index.references import reference_blocks
from index.segment import Block, segments
from index.types import Document, Kind, Passage, Segment

CHUNKER = "sections-1"
"""Part of the index's fingerprint: changed whenever the same document would be cut differently."""

FULL = 900
"""Characters that a passage holds at most, unless one sentence is longer: about 200 tokens of English."""
FAIR = 350
"""Characters from which on a passage takes no further paragraph that would not leave it under `FULL`."""


def chunk(document: Document) -> list[Passage]:
    """The document's passages, in order. Every segment of the text is in exactly one of them."""
    found, parts = segments(document.text)
    members, _ = reference_blocks(document.text, found)
    begin = front_matter_end(document.text)
    parts = [
        replace(part, kind=Kind.REFERENCE) if part.block in members else part for part in parts if part.start >= begin
    ]
    return [
        _passage(document, section, run)
        for section, group in _sections(document, found, parts)
        for run in _runs(found, group)
    ]


def context(passage: Passage) -> str:
    """What the passage is part of, for embedding, BM25 and the reader, never for a citation: title, date, section."""
    head = f"{passage.title} ({passage.date})" if passage.date else passage.title
    return f"{head} › {passage.section}" if passage.section else head


def indexed_text(passage: Passage) -> str:
    """What is embedded and counted: the passage behind its context, without the heading lines that the context repeats."""
    body = passage.segments[0].start
    for segment in passage.segments:
        body = segment.start
        if segment.kind is not Kind.HEADING:
            break
    return f"{context(passage)}\n{passage.text[body - passage.start :]}"


def _sections(
    document: Document, found: Sequence[Block], parts: Sequence[Segment]
) -> Iterator[tuple[str, list[Segment]]]:
    """(heading path, segments) of each section; headings that stand directly above one another share a section.

    The path leaves out a heading that only repeats the document's title.
    """
    path: list[tuple[int, str]] = []
    group: list[Segment] = []
    section = ""
    for part in parts:
        if part.kind is Kind.HEADING:
            if group and group[-1].kind is not Kind.HEADING:
                yield section, group
                group = []
            level = found[part.block].level
            path = [entry for entry in path if entry[0] < level]
            path.append((level, " ".join(document.text[part.start : part.end].split())))
            section = " › ".join(text for _, text in path if text != document.title)
        group.append(part)
    if group:
        yield section, group


def _runs(found: Sequence[Block], parts: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Cuts a section's segments into passages."""
    run: list[Segment] = []
    for block, length in _blocks(found, parts):
        held = block[0].start - run[0].start if run else 0
        headed = bool(run) and run[-1].kind is Kind.HEADING
        whole = block[-1].end - run[0].start if run else length
        paragraph = found[block[0].block].kind is Kind.SENTENCE
        if run and not headed and (whole > FULL or (held >= FAIR and paragraph)):
            yield run
            run = []
        if length <= FULL:
            run += block
            continue
        share = length / -(-length // FULL)
        for part in block:
            full = run and run[-1].kind is not Kind.HEADING and part.end - run[0].start > FULL
            if full or (run and run[-1].block == part.block and part.start - run[0].start >= share):
                yield run
                run = []
            run.append(part)
    if run:
        yield run


def _blocks(found: Sequence[Block], parts: Sequence[Segment]) -> Iterator[tuple[list[Segment], int]]:
    """The segments of each block with its length in characters."""
    group: list[Segment] = []
    for part in parts:
        if group and part.block != group[0].block:
            yield group, group[-1].end - group[0].start
            group = []
        group.append(part)
    if group:
        yield group, group[-1].end - group[0].start


def _passage(document: Document, section: str, run: Sequence[Segment]) -> Passage:
    start, end = run[0].start, run[-1].end
    text = document.text[start:end]
    page = bisect_right(document.page_starts, start) if document.page_starts else None
    key = f"{document.path}\0{start}\0{end}\0{text}".encode("utf-8", "surrogatepass")
    return Passage(
        id=hashlib.sha256(key).hexdigest()[:32],
        document=document.path,
        title=document.title,
        date=document.date,
        section=section,
        page=page,
        start=start,
        end=end,
        text=text,
        segments=tuple(run),
    )
