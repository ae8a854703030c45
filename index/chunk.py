"""A `Document` → `Passage`s: runs of whole sentences and list items of one section and page. Pure.

A passage begins at a heading, at a page's first sentence, or where the one before is full, and its offsets are those of
its first and last segment. Paragraphs are kept apart once a passage has a fair length; a paragraph too long for one
passage is cut into equal parts between sentences. A passage that begins inside a table names the table's columns in its
section, so that no row loses its header.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.references import reference_blocks
from index.segment import Block, segments
from index.types import Document, Kind, Passage, Segment

CHUNKER = "sections-4"
"""Part of the index's fingerprint: changed whenever the same document would be cut differently."""

_NAMED_CELL = re.compile(r"\| [^|:]{1,60}: ")
"""A row whose cells carry their columns' names, as tables of other formats than text are written."""

FULL = 900
"""Characters that a passage holds at most, unless one sentence is longer: about 200 tokens of English."""
FAIR = 350
"""Characters from which on a passage takes no further paragraph that would not leave it under `FULL`."""


def chunk(document: Document) -> list[Passage]:
    """The document's passages, in order. Every segment of the text is in exactly one of them."""
    found, parts = segments(document.text)
    members, _ = reference_blocks(document.text, found)
    parts = [replace(part, kind=Kind.REFERENCE) if part.block in members else part for part in parts]
    columns = _columns(document.text, parts)
    return [
        _passage(document, " › ".join(filter(None, (section, columns.get(run[0].start)))), run)
        for section, group in _sections(document, found, parts)
        for paged in _pages(document.page_starts, group)
        for run in _runs(found, paged)
    ]


def context(passage: Passage) -> str:
    """What the passage is part of, for embedding, BM25 and the reader, never for a citation: title, date, section."""
    head = f"{passage.title} ({passage.date})" if passage.date else passage.title
    return f"{head} › {passage.section}" if passage.section else head


def indexed_text(passage: Passage) -> str:
    """What is embedded and counted: the passage behind its context, without the heading lines that it repeats."""
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
            path.append((level, " ".join(document.text[part.start : part.end].split()).rstrip(":：")))
            section = " › ".join(text for _, text in path if text != document.title)
        group.append(part)
    if group:
        yield section, group


def _pages(starts: Sequence[int], parts: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    """Cuts a section where a page begins, so that a passage's page is that of all its sentences; a heading at the foot
    of a page goes with what it heads."""
    if not starts:
        yield parts
        return
    group: list[Segment] = []
    for part in parts:
        page = bisect_right(starts, part.start)
        if group and group[-1].kind is not Kind.HEADING and bisect_right(starts, group[-1].start) != page:
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _columns(text: str, parts: Sequence[Segment]) -> dict[int, str]:
    """By the offset of each row that is not its table's first: the names of the columns, as the first row has them."""
    names: dict[int, str] = {}
    header = ""
    for before, part in zip([None, *parts], parts, strict=False):
        if part.kind is not Kind.ROW:
            continue
        if before is None or before.kind is not Kind.ROW:
            first = text[part.start : part.end]
            named = not first.startswith("|") or len(first) > 200 or _NAMED_CELL.match(first)
            header = "" if named else " | ".join(cell.strip() for cell in first.strip("| ").split("|"))
        elif header:
            names[part.start] = header
    return names


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
    told = next((part.start for part in run if part.kind is not Kind.HEADING), start)
    page = bisect_right(document.page_starts, told) if document.page_starts else None
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
