"""A stretch of a passage → a `Citation`, and the document's own reference marks → what they point to. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from index.references import MARKS, mark_numbers, strip_marks
from index.types import Passage, Reference
from qa.types import Citation


def cite(number: int, passage: Passage, start: int, end: int, references: Sequence[Reference]) -> Citation:
    """The citation of document.text[start:end], which lies in the passage; `references` is the document's source list."""
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
    return " ".join(strip_marks(quote).split())
