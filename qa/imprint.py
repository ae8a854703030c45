"""Who wrote a document, and when: by its by-line, its signature and its dateline. Pure but for what it asks of the
index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from index.dates import find_dates
from index.terms import STOPWORDS, content_terms
from index.types import Kind, Passage
from qa.compose import Choice, compose
from qa.inventory import stated_date
from qa.meant import PHRASE, documents_meant
from qa.named import conditions, meeting
from qa.phrases import people_at
from qa.question import Question
from qa.rank import SALUTATION
from qa.sorts import Expected
from qa.sources import SURROUNDINGS, Draft, Sources
from qa.types import Evidence

_AHEAD = re.compile(r"\b(?:will|going to|next)\b", re.IGNORECASE)
_DATE_OF = re.compile(
    r"\b(?:date|dated|dateline|publish(?:ed)?|publication|issued|released?|weekday|c[ao]me\s+out)\b", re.IGNORECASE
)
_DATE_ALONE = re.compile(
    r"\bdated\b|^\W*(?:the\s+)?(?:exact\s+)?(?:publication|release)\s+date\b|^\W*(?:the\s+)?date\s+of\s+publication\b",
    re.IGNORECASE,
)
_OF_DOCUMENT = re.compile(
    r"\b(?:article|document|report|brief|text|paper|file|dateline|published|publication)\b", re.IGNORECASE
)
_MADE = re.compile(
    r"^\W*when\s+(?:was|were)\s+(?:the|this|that)\s+(?:[\w’'-]+\s+){0,2}?(?:letter|e-?mail|memo|note|statement"
    r"|leaflet|guide|faq|frequently asked questions|document|report|article|text)s?\s+(?:last\s+)?"
    r"(?:written|signed|sent|updated|revised)\W*$",
    re.IGNORECASE,
)
"""Asks when a document was made, which may be a day that it tells of: a contract, so, is none of these."""


def dateline(question: Question, sources: Sources) -> Draft | None:
    """The place where a document gives its own date, where that is what is asked; None for any other question."""
    asks = question.expected is Expected.TIME or _DATE_ALONE.search(question.text)
    of_document = _DATE_OF.search(question.text) and _OF_DOCUMENT.search(question.text)
    if not (asks and (of_document or _MADE.match(question.text))):
        return None
    if _AHEAD.search(question.text):
        return None  # what will be published is none of the documents
    found = meeting(question, sources.retrieve(question.text, SURROUNDINGS))
    dates = {record.path: record.date for record in sources.documents()}
    path = _meant(question, found, sources)
    date = dates.get(path)
    chosen = stated_date(sources.passages(path)[:2], date) if date else []
    return compose(chosen, sources, confidence=0.8, evidence=found[:5]) if chosen else None


_HELD = re.compile(
    r"^\W*(?:when|where|(?:in|on|at)?\s*(?:what|which)\s+(?:day|date|dates|days|month|year|city|town|country|place))\s+"
    r"(?:was|were|did|does|do|is|will|has|had)\s+(?:the\s+)?(?:[\w’'–-]+\s+){0,6}?(?P<what>[\w’'–-]+)"
    r"(?:\s+(?:been\s+|be\s+)?(?:held|hold|take\s+place|taken\s+place|meet|convene[d]?|happen|be))?\W*$",
    re.IGNORECASE,
)
"""Asks when or where something was held, and nothing else of it."""
_PLACED = re.compile(r"[\W_]*(?P<place>[A-Z][^\d|.;:]{2,60}?),?\s+(?:on\s+|from\s+)?(?=\d{1,2}\b|[A-Z][a-z]{2,8}\s+\d)")
"""How a dateline begins: "Port Ellen, 4 May 2021"."""
_LABELS = {
    "date": re.compile(r"[\W_]*(?:dates?|when|day|time)\s*:[\W_]*", re.IGNORECASE),
    "place": re.compile(r"[\W_]*(?:venue|place|location|where|address)\s*:[\W_]*", re.IGNORECASE),
}
_HEAD = 8
"""Segments at a document's head that may be its dateline."""


def held(question: Question, draft: Draft, sources: Sources, paths: Sequence[str]) -> Draft | None:
    """The dateline of the report of an occasion, where it is asked when or where that was held, and the answer found is
    no sentence of it, or has no day; None where it is, and for any other question."""
    if not (asks := _asks_of_dateline(question)):
        return None
    best = draft.sentences[0].text if draft.sentences else ""
    of_it = any(condition.noun in content_terms(best) for condition in conditions(question))
    if of_it and not best.startswith("|") and (asks == "place" or any(date.day for date in find_dates(best))):
        return None
    return _placed_and_dated(asks, paths, sources)


_EVENTS = (
    "workshop|meeting|seminar|conference|event|summit|symposium|webinar|hearing|forum|festival|fair|training|course"
    "|exercise|dialogue|session|round|congress"
)
_EVENT = re.compile(rf"\bthe\s+(?:[\w’'-]+\s+){{0,4}}?(?:{_EVENTS})\b", re.IGNORECASE)


def event(question: Question, sources: Sources) -> Draft | None:
    """The dateline of the one document that is called after an event, where it is asked when or where that is held;
    None for any other question, and of a counted one."""
    if any(condition.noun for condition in conditions(question)):
        return None
    asks, said = _asks_of_dateline(question), _EVENT.search(question.text)
    wanted = set(content_terms(said[0])) - STOPWORDS if asks and said else set()
    if not wanted:
        return None
    called = [record.path for record in sources.documents() if wanted <= set(content_terms(record.title))]
    return _placed_and_dated(asks, called, sources) if len(called) == 1 else None


def _placed_and_dated(asks: str, paths: Sequence[str], sources: Sources) -> Draft | None:
    """A line at the head of documents with a place and a date, the place or the date in it marked."""
    head = [(passage, part) for path in paths for passage in sources.passages(path)[:2] for part in passage.segments]
    label = _LABELS[asks]
    for passage, part in head[: _HEAD * len(paths)]:
        line = passage.quote(part)
        if (said := label.match(line)) and (asks == "place" or find_dates(line)):
            choice = Choice(passage, part.start, part.end, ((part.start + said.end(), part.end),))
            return compose([choice], sources, confidence=0.8)
        dates = [date for date in find_dates(line) if date.month]
        place = _PLACED.match(line)
        if len(line) <= _LONGEST_DATELINE and dates and place:
            start, end = place.span("place") if asks == "place" else (dates[0].start, dates[-1].end)
            choice = Choice(passage, part.start, part.end, ((part.start + start, part.start + end),))
            return compose([choice], sources, confidence=0.8)
    return None


_LONGEST_DATELINE = 100


def _asks_of_dateline(question: Question) -> str:
    """The "date" or the "place" where a question is for nothing but when or where something is held, else nothing."""
    asked = _HELD.match(question.text)
    counted = {condition.noun for condition in conditions(question)}
    if not asked or not (
        re.fullmatch(_EVENTS, asked["what"], re.IGNORECASE) or counted & set(content_terms(asked["what"]))
    ):
        return ""
    if question.expected is Expected.TIME:
        return "date"
    return "place" if question.expected in (Expected.PLACE, Expected.VENUE) else ""


_WROTE = re.compile(
    r"\bwho\b.{0,20}\b(?:wrote|written|authored|drafted|compiled|penned|signed|sent|authors?)\b|\bauthors?\b",
    re.IGNORECASE,
)
_WRITING = re.compile(
    r"\b(?:article|document|report|brief|text|paper|file|study|summary|manual|guide|leaflet|essay|review|analysis|note"
    r"|letter|e-?mail|statement)s?\b",
    re.IGNORECASE,
)
_BY = re.compile(
    r"\W*(?:(?:written|prepared|compiled|drafted|edited)\s+by\b|by\b|(?P<label>authors?)\W*:)\W*(?=[^\W\d_])",
    re.IGNORECASE,
)
_LONGEST_BYLINE = 200


def _meant(question: Question, found: Sequence[Evidence], sources: Sources) -> str:
    """The path of the one document that a question means by its words, else of the first that was found; empty where
    none was."""
    said = re.search(PHRASE, question.text, re.IGNORECASE)
    meant = documents_meant(said[0].rstrip(" ?"), sources) if said else []
    return meant[0] if len(meant) == 1 else found[0].passage.document if found else ""


def byline(question: Question, sources: Sources) -> Draft | None:
    """The line in which a document says who wrote it, where that is what is asked; None for any other question, and
    where it says nowhere."""
    if question.expected is not Expected.PERSON or not (
        _WROTE.search(question.text) and _WRITING.search(question.text)
    ):
        return None
    found = meeting(question, sources.retrieve(question.text, SURROUNDINGS))
    path = _meant(question, found, sources)
    head = sources.passages(path)[:2] if path else []
    for passage, part in [(each, part) for each in head for part in each.segments[:8]]:
        line = passage.quote(part)
        # "Water Quality and Public Health" looks like two people's names; above a section it is none.
        if (part.kind is not Kind.HEADING or _BY.match(line)) and (span := _authors(line)):
            spans = ((part.start + span[0], part.start + span[1]),)
            choice = Choice(passage, part.start, part.end, spans)
            return compose([choice], sources, confidence=0.8, evidence=found[:5])
    signed = signature(sources.passages(path)) if path else []
    return compose(signed, sources, confidence=0.8, evidence=found[:5]) if signed else None


_LONGEST_SIGNATURE = 80
_MOST_SIGNED = 2
"""Lines of a signature: a name and an office."""


def signature(passages: Sequence[Passage]) -> list[Choice]:
    """The short lines below "Yours sincerely"."""
    parts = [(passage, part) for passage in passages for part in passage.segments]
    closing = [
        at
        for at, (passage, part) in enumerate(parts)
        if SALUTATION.fullmatch(line := passage.quote(part)) and not line.lstrip().lower().startswith("dear")
    ]
    below = parts[closing[-1] + 1 :][:_MOST_SIGNED] if closing else []
    lines = takewhile(lambda entry: len(entry[0].quote(entry[1])) <= _LONGEST_SIGNATURE, below)
    return [Choice(passage, part.start, part.end) for passage, part in lines if part.kind is not Kind.REFERENCE]


def _authors(line: str) -> tuple[int, int] | None:
    """Where the names stand in a line that begins with them, or with "By" and them; None in any other."""
    says = _BY.match(line)
    ends = line.rstrip(" *_").endswith(".") and not (says and says["label"])
    if len(line) > _LONGEST_BYLINE or ends:
        return None
    if says and says["label"]:  # "Authors: R. Adeyemi, M. Sato" need not look like names
        listed = re.split(r"\s*(?:\*\*|·|\||\s[\w ]+:)", line[says.end() :].rstrip(" *_"), maxsplit=1)[0]
        return says.end(), says.end() + len(listed)
    begin = says.end() if says else len(line) - len(line.lstrip(" *_"))
    names: list[tuple[int, int]] = []
    for start, end in people_at(line):
        if start != begin and (
            not names or not re.fullmatch(r"\s*(?:,|and|&|;|,\s*and)\s*", line[names[-1][1] : start])
        ):
            break
        names.append((start, end))
    if not names:
        return None
    # "Port Ellen, 4 May 2021" is where and when; a name alone says of nobody that he wrote it.
    placed = not says and len(names) == 1
    return None if placed else (names[0][0], names[-1][1])


_SAYS = re.compile(
    r"^\W*[Ww]hat\s+(?:does|did|do)\s+(?P<who>(?:[A-Z][\w’'-]+\s+){0,3}?(?P<name>[A-Z][\w’'-]+))\s+"
    r"(?:say|write|state|report|tell\s+us)\s+(?P<about>(?:about|on|of|regarding)\s+[^?]+)"
)


def said_by_its_writer(text: str, found: Sequence[Evidence], sources: Sources) -> tuple[str, frozenset[str]]:
    """ "What does Ada Brook say about the roof?", where she signed a letter that was found: what is said about it, and
    the paths of what she signed; of any other text itself, and no paths."""
    asked = _SAYS.match(text)
    if not asked:
        return text, frozenset()
    wanted = set(content_terms(asked["name"]))
    signed = {
        path
        for path in {item.passage.document for item in found}
        if any(wanted <= set(content_terms(line.text)) for line in signature(sources.passages(path)))
    }
    return (f"What is said {asked['about']}?", frozenset(signed)) if signed else (text, frozenset())
