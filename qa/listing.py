"""Questions about a list as a whole: how many it has, where no sentence says so, and which of its points are such.

A number that no document states could not be checked in one; the points could. Pure but for what it asks of the index.
"""

from __future__ import annotations

import re
from dataclasses import replace

from index.terms import STOPWORDS, content_terms
from qa import broad, inventory, persons
from qa.meant import PHRASE
from qa.mentioned import same
from qa.question import OF_THE_LIST, Question, parse
from qa.sources import Draft, Sources

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
    listing = parse(f"List the {match['what'].strip()}{match['of'] or ''}.")
    found = (
        inventory.references(parse(f"List the {match['what'].strip()} that are cited."), sources),
        broad.items(listing, sources),
        persons.named_people(listing, sources),
    )
    for draft in found:
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
        return all(any(term == other or same(term, other) for other in here) for term in wanted)

    return broad.items(parse(f"List the {match['what'].strip()}."), sources, is_such)
