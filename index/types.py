"""What a folder becomes: `Document`s, cut into `Passage`s made of `Segment`s. Standard library only.

All offsets count characters (Unicode code points) of `Document.text`, end exclusive, so that
`document.text[start:end]` is the thing itself. Nothing here is changed after it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a segment is in its document."""

    HEADING = "heading"
    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"
    CODE = "code"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of a document's own list of sources: what its mark `[number]` points to."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text and what the document says of itself.

    `path` is relative to the documents folder, with forward slashes. `date` is ISO 8601 (a day, or only a month
    or year) as the document states it, never the file's modification time. `page_starts` holds the offset at which
    each page begins, empty for formats without pages. `warnings` says what had to be left out or guessed. `format`
    is the module of `index.formats` that read the file, whatever its name ends in, or None for plain text.
    """

    path: str
    text: str
    title: str
    date: str | None = None
    page_starts: tuple[int, ...] = ()
    references: tuple[Reference, ...] = ()
    warnings: tuple[str, ...] = ()
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """The smallest thing that is quoted: a sentence, a heading, a table row; `block` numbers the paragraph, list
    item or row of the document that it belongs to, so that a list item of several sentences can be kept whole."""

    kind: Kind
    start: int
    end: int
    block: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole segments of one section: what is embedded, indexed and retrieved.

    `text == document.text[start:end]`. `section` is the heading path, outermost first, joined by ' › '; `page`
    counts from 1. `id` is a hash of document path, span and text.
    """

    id: str
    document: str
    title: str
    date: str | None
    section: str
    page: int | None
    start: int
    end: int
    text: str
    segments: tuple[Segment, ...]

    def quote(self, segment: Segment) -> str:
        """The segment's text, exact to the character."""
        return self.text[segment.start - self.start : segment.end - self.start]
