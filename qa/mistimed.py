"""Whether a sentence is of another year, season or day than the one that a question names. Pure."""

from __future__ import annotations

import re

from index.chunk import context
from index.dates import find_dates
from index.types import Kind, Passage, Segment
from qa.question import Question
from qa.rank import Candidate
from qa.sorts import Expected

YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_SEASON = re.compile(r"(?<![\d/.–-])(?P<first>(?:1[5-9]|20)\d\d)[/–-](?:\d\d)?(?P<last>\d\d)(?![\d/–-])")


def _seasons(text: str) -> set[str]:
    """The years of two halves that a text names, 2025/26 or 2025–2026, each by its first."""
    return {match["first"] for match in _SEASON.finditer(text) if (int(match["first"]) + 1) % 100 == int(match["last"])}


def of_another_season(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a question names a year of two halves, and a sentence, or else its paragraph or table, or else what
    stands above, another."""
    asked = _seasons(question.text)
    if not asked:
        return False
    told = map(_seasons, (best.text, " ".join(_before(best.segment, passage)), context(passage)))
    return asked.isdisjoint(next(filter(None, told), asked))


def _before(own: Segment, passage: Passage) -> list[str]:
    """What stands before a sentence in its paragraph, or before a row in its table."""
    row = own.kind is Kind.ROW
    return [
        passage.quote(part)
        for part in passage.segments
        if part.end <= own.start and (part.kind is Kind.ROW if row else part.block == own.block)
    ]


def of_another_year(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a question names years and a sentence is of none of them. Of which years it is it says itself, with what
    stands before it in its paragraph; else that does; else what stands above; else the document's date, or anything
    before it."""
    asked = set(YEAR.findall(question.text))
    if not asked:
        return False
    first = min(part.start for part in passage.segments if part.block == best.segment.block)
    before = passage.text[: best.segment.start - passage.start]
    paragraph = set(YEAR.findall(before[first - passage.start :]))
    above = set(YEAR.findall(context(passage)))
    if own := set(YEAR.findall(best.text)):
        if question.expected is Expected.NUMBER and _counted_in_another(asked, best.text):
            own = set(YEAR.findall(_MERELY_COMPARED.sub(" ", best.text)))
            return asked.isdisjoint(own | paragraph | set(YEAR.findall(f"{passage.title} {passage.section}")))
        return asked.isdisjoint(own | paragraph | above | set(YEAR.findall(passage.date or "")))
    if stated := paragraph or above:
        return asked.isdisjoint(stated)
    return bool(passage.date) and asked.isdisjoint(YEAR.findall(f"{passage.date} {before}"))


_IN_A_YEAR = re.compile(r"\bin\s+(?P<year>(?:1[5-9]|20)\d\d)\b")
_MERELY_COMPARED = re.compile(
    r"\b(?:than|as|compared (?:with|to)|versus|against"
    r"|(?:more|less|fewer|up|down|increase|rise|decrease|fall) (?:on|from))\s+"
    r"(?:in\s+|that\s+of\s+)?(?:1[5-9]|20)\d\d\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"\b(?:against|than|compared|from|versus|since|before|after)\b[^,;]*$", re.IGNORECASE)


def _counted_in_another(asked: set[str], text: str) -> bool:
    """Whether a sentence says of a figure in which year it was, another than the `asked`, and not only of one that it
    is compared to; the date of its document is then not its year, nor is one of "more than in 2022"."""
    return any(
        match["year"] not in asked and not _COMPARES.search(re.sub(r"\bfrom\b.*?\bto\b", "", text[: match.start()]))
        for match in _IN_A_YEAR.finditer(text)
    )


_ON = re.compile(r"\bon\s+(?:the\s+)?(?:\w+day,?\s+)?$", re.IGNORECASE)
_OF = re.compile(r"\bof\s+(?:the\s+)?(?:\w+day,?\s+)?$", re.IGNORECASE)
_OF_SEVERAL_DAYS = re.compile(
    r"\b(?:since|until|till|from|between)\s+(?:\w+\s+){0,2}?\d|\d{4}\s*[–—-]\s*\d", re.IGNORECASE
)


def of_another_day(question: Question, best: Candidate) -> bool:
    """Whether a question is for what was on a day of a year, and a sentence has such days, but not that one nor several
    of which it may be one. What is said of another day decides what can be answered by yes or no, but for what is "of"
    that day."""
    which = _OF if question.decides else _ON
    asked = [day for day in find_dates(question.text) if day.day and which.search(question.text[: day.start])]
    said = [day for day in find_dates(best.text) if day.day]
    if not asked or not said or _OF_SEVERAL_DAYS.search(best.text):
        return False
    return not any(day.matches(other) for day in asked for other in said)


_PUBLISHED = re.compile(
    r"^[\W_]*(?:first\s+|last\s+)?(?:published|posted|updated|issued|printed|revised|accessed|retrieved)\b",
    re.IGNORECASE,
)
_OF_A_TEXT = re.compile(
    r"publi|post|updat|issu|print|revis|accessed|retriev|writ|wrote|report|article|document|releas|paper|brief|text",
    re.IGNORECASE,
)


def of_publication(question: Question, text: str) -> bool:
    """Whether it is asked when something was, and a line only says when a document came out."""
    return (
        question.expected is Expected.TIME
        and _PUBLISHED.match(text) is not None
        and not _OF_A_TEXT.search(question.text)
    )
