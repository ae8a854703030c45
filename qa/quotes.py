"""A stretch of a passage → a `Citation`, and the document's own reference marks → what they point to. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from index.references import MARKS, mark_numbers
from index.types import Passage, Reference
from qa.types import Citation


def cite(number: int, passage: Passage, start: int, end: int, references: Sequence[Reference]) -> Citation:
    """The citation of document.text[start:end], which lies in the passage; `references` is its document's source
    list."""
    quote = passage.text[start - passage.start : end - passage.start]
    sources = {reference.number: reference.text for reference in references}
    marked = [n for match in MARKS.finditer(quote) for n in mark_numbers(match[0])]
    return Citation(
        number=number,
        document=passage.document,
        title=passage.title,
        date=passage.date,
        page=passage.page,
        section=passage.section,
        start=start,
        end=end,
        quote=quote,
        references=tuple(dict.fromkeys(sources[n] for n in marked if n in sources)),
    )


def prose(quote: str) -> str:
    """A quote as a sentence of an answer: without reference marks and line breaks, otherwise verbatim."""
    return "".join(char for char, _ in _kept(quote))


def prose_span(quote: str, start: int, end: int) -> tuple[int, int] | None:
    """Where quote[start:end] stands in `prose(quote)`; None where nothing of it is left."""
    inside = [place for place, (_, at) in enumerate(_kept(quote)) if start <= at < end]
    return (inside[0], inside[-1] + 1) if inside else None


def _kept(quote: str) -> list[tuple[str, int]]:
    """The characters that `prose` keeps, each with its place in the quote; a run of white space is one space."""
    marks = {at for match in MARKS.finditer(quote) for at in range(*match.span())}
    kept: list[tuple[str, int]] = []
    for at, char in enumerate(quote):
        if at in marks:
            continue
        if not char.isspace():
            kept.append((char, at))
        elif kept and kept[-1][0] != " ":
            kept.append((" ", at))
    return kept[:-1] if kept and kept[-1][0] == " " else kept
