"""Questions about a list as a whole: how many it has, where no sentence says so, which of its points are such, and all
dates.

A number that no document states could not be checked in one; the points could. Pure but for what it asks of the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from index.dates import find_dates
from index.terms import STOPWORDS, content_terms, ordinal
from index.types import Kind, Passage
from qa import broad, inventory, persons
from qa.compose import Choice, compose
from qa.meant import PHRASE, documents_meant
from qa.named import same_name
from qa.phrases import ordinal_in
from qa.question import OF_THE_LIST, Question, parse
from qa.sources import SURROUNDINGS, Draft, Sources

_LISTED = r"listed|named|mentioned|given|cited|described|considered|identified|recommended|proposed|included|set out"
_LISTS = r"list|name|mention|give|cite|describe|consider|identify|recommend|propose|include|contain|have|set out"
_HOW_MANY = re.compile(
    r"^\W*how\s+many\s+(?P<what>(?:[^\W\d_][\w’'-]*\s+){1,5}?)"
    rf"(?:(?:are|were)\s+(?:there|{_LISTED})(?P<of>\s+(?:in|by|of|for)\s+[^?]+)?"
    rf"|(?:does|do|did)\s+{PHRASE}\s+(?:{_LISTS})"
    rf"|(?:do|does)\s+(?:\w+\s+){{1,3}}?have)\W*$",
    re.IGNORECASE,
)
_UNCOUNTED = "The documents do not say how many; this is what they list."


def counted(question: Question, sources: Sources) -> Draft | None:
    """The list of what a question wants counted; None for any other question, and where nothing is so listed."""
    match = _HOW_MANY.match(question.text)
    if not match:
        return None
    cited = parse(f"List the {match['what'].strip()} that are cited.")
    listing = parse(f"List the {match['what'].strip()}{match['of'] or ''}.")
    for kind, asked in ((inventory.references, cited), (broad.items, listing), (persons.named_people, listing)):
        draft = kind(asked, sources)
        if draft and len(draft.citations) > 1:
            return replace(draft, notice=" ".join(filter(None, (draft.notice, _UNCOUNTED))))
    return None


def such(question: Question, sources: Sources) -> Draft | None:
    """ "Which of the risks are economic?": the points of the list that say so; None where no point does, and for any
    other question."""
    match = OF_THE_LIST.match(question.text)
    wanted = set(content_terms(match["such"])) - STOPWORDS if match else set()
    if not match or not wanted:
        return None

    def is_such(text: str) -> bool:
        here = set(content_terms(text))
        return all(any(same_name(term, other) for other in here) for term in wanted)

    found = broad.points(parse(f"List the {match['what'].strip()}."), sources)
    points = tuple(choice for choice in found.choices if is_such(choice.text)) if found else ()
    return replace(found, choices=points).draft(sources) if found and points else None


_ATTENDED = re.compile(
    r"^\W*who\s+(?:all\s+)?(?:attended|came\s+to|took\s+part\s+in|participated\s+in|was\s+present\s+at|were\s+present\s+at"
    r"|was\s+at|were\s+at|spoke\s+at)\s+(?P<what>[^?]+?)\W*$",
    re.IGNORECASE,
)
_PRESENT = ("participants", "attendees", "attendance", "speakers")
"""What a list of who was there is called."""


def attended(question: Question, sources: Sources) -> Draft | None:
    """Who is listed as having been there; None for any other question, and where there is no such list."""
    match = _ATTENDED.match(question.text)
    lists = (broad.items(parse(f"List the {name} of {match['what']}."), sources) for name in _PRESENT) if match else ()
    return next((draft for draft in lists if draft and len(draft.citations) > 1), None)


_DATES = re.compile(
    r"^\W*(?:(?:please\s+)?(?:list|show|give|name|find|make)(?:\s+(?:me|us))?\s+(?:(?:all|the|every|any|a)\s+)*"
    r"|(?:which|what)\s+(?:(?:is|are)\s+the\s+)?)(?:(?:important|key|main|relevant)\s+)?"
    r"(?:dates|(?P<line>timeline|chronology)(?:\s+of\s+(?:the\s+)?events)?)"
    rf"(?:\s+(?:are|were)\s+(?:mentioned|named|given|there|listed|in))?(?:\s+(?:mentioned\s+|named\s+)?(?:in\s+)?(?P<in>{PHRASE}))?\W*$",
    re.IGNORECASE,
)
_MOST_DOCUMENTS = 10
"""Documents that are looked through for dates."""
_MOST_PASSAGES = 500
"""Passages of them, which takes four tenths of a second."""


def dates(question: Question, sources: Sources) -> Draft | None:
    """The sentences and lines with a date in them, the dates marked, of the documents that are meant; by date where a
    timeline is asked for. None for any other question."""
    match = _DATES.match(question.text)
    paths = documents_meant(match["in"] or "all documents", sources) if match else []
    if not match or not 0 < len(paths) <= _MOST_DOCUMENTS:
        return None
    found: list[tuple[tuple[int, int, int], Choice]] = []
    notices: list[str] = []
    for path in paths:
        passages = sources.passages(path)
        if len(passages) > (most := _MOST_PASSAGES // len(paths)):
            notices.append(f"Of “{passages[0].title}” only the first part was looked through.")
        here = [entry for passage in passages[:most] for entry in _dated(passage)]
        found += sorted(here, key=lambda entry: entry[0]) if match["line"] else here
    if (left_out := len(found) - inventory.MOST) > 0:
        notices.append(f"{left_out} more are not listed.")
    chosen = [choice for _, choice in found[: inventory.MOST]]
    notice = " ".join(notices) or None
    return compose(chosen, sources, confidence=0.9, notice=notice, listed=len(chosen) > 1) if chosen else None


def _dated(passage: Passage) -> Iterator[tuple[tuple[int, int, int], Choice]]:
    """The segments of a passage that have a date with a month, each with its first such date."""
    for part in passage.segments:
        if part.kind is Kind.REFERENCE:
            continue
        dated = [date for date in find_dates(passage.quote(part)) if date.month]
        if dated:
            spans = tuple((part.start + date.start, part.start + date.end) for date in dated)
            first = dated[0]
            year = first.year or int((passage.date or "0")[:4])  # "12 November" is of its document's year
            yield (year, first.month or 0, first.day or 0), Choice(passage, part.start, part.end, spans)


_NTH = re.compile(
    r"^\W*(?:(?:what|which|who)\s+(?:is|was|does|did)|explain|describe|define|quote|show(?:\s+me)?|give(?:\s+me)?|tell\s+me(?:\s+about)?)"
    r"\s+the\s+(?P<nth>[\w-]+)\s+(?P<what>(?:[a-z][\w’'-]*\s+)?[a-z][\w’'-]+)(?:\s+(?:say|mean|recommend|state)s?)?\W*$",
    re.IGNORECASE,
)


def nth(question: Question, sources: Sources) -> Draft | None:
    """ "Explain the second hypothesis": that point of the list of hypotheses; None for any other question, where a
    document counts them itself, and where there is no such list in one place."""
    match = _NTH.match(question.text)
    found = ordinal_in(match["nth"]) if match else None
    if not match or not found:
        return None
    if any(
        _counts(item.passage.text, found[0], match["what"]) for item in sources.retrieve(question.text, SURROUNDINGS)
    ):
        return None
    whole = broad.points(parse(f"List the {match['what']}."), sources)
    if not whole or len({(choice.passage.document, choice.passage.section) for choice in whole.choices}) > 1:
        return None
    point = whole.choices[found[0] - 1 : found[0]]
    return replace(whole, choices=point).draft(sources) if point else None


def _counts(text: str, number: int, what: str) -> bool:
    """Whether a text speaks of the second, say, of something."""
    said = content_terms(text)
    wanted = [ordinal(number), *content_terms(what)]
    return any(said[at : at + len(wanted)] == wanted for at, term in enumerate(said) if term == wanted[0])
