"""Which documents the words of a question mean: "the 2021 report", "both articles", "the minutes of the summit". Pure
but for what it asks of the index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from index.terms import STOPWORDS, content_terms, ordinal
from qa.compose import compose
from qa.inventory import LOOKED_AT, MOST, of_aged_document, titled
from qa.named import file_words
from qa.question import Question
from qa.sources import DocumentInfo, Draft, Sources

_MOST_OPENED = 20
"""Documents whose first lines are looked at where no title or file name tells; of more only these are."""
_MOST_READ = 2_000
"""Documents whose titles are read; of more only those that have one of the passages nearest to the words."""
_OPENING = 200
"""Characters of a document's first lines."""
_NOUNS = """agreement article blog brief briefing brochure bulletin commentary contract decision declaration diary
document email essay file guide handbook interview leaflet letter list log lease manual memo memorandum minutes
newsletter note opinion paper policy presentation release report review ruling schedule source speech statement study
summary survey text transcript update""".split()
NOUN = rf"(?:{'|'.join(_NOUNS)}|articles|briefs|documents|files|letters|notes|papers|reports|sources|statements|texts)"
"""A word for a document, as alternatives of a pattern."""
PHRASE = (
    rf"(?:(?:the|this|that|your|our|its|both|either|any|each|all|one|every)\s+(?:[\w’'-]+\s+){{0,6}}?{NOUN}\b"
    r"(?:\s+(?:of|on|from|about)\s+[^?]{1,50}?)?|both(?:\s+of\s+them)?)"
)
"""Words that mean documents, as a pattern that what follows has to bound."""


def documents_meant(said: str, sources: Sources) -> list[str]:
    """The paths of the documents that words mean: all, those so called or of a year, the newest, the second by date;
    none where that is not clear."""
    records = list(sources.documents())
    own = set(content_terms(said)) - STOPWORDS
    wanted = own - _nouns()
    if len(records) == 1 and not wanted:
        return [records[0].path]
    plural = said.lower().endswith("s") and not said.endswith("minutes")
    if not wanted and (plural or said.split()[0].lower() in _ALL):
        return [record.path for record in records]
    if aged := of_aged_document(f"what is said in {said}", records)[1]:
        return sorted(aged)
    called_so = records
    if len(records) > _MOST_READ:
        near = {item.passage.document for item in sources.retrieve(said, LOOKED_AT)}
        called_so = [record for record in records if record.path in near]
    for needed in (own, wanted):  # "the status report" may be called so, or be a report whose title has "status"
        if needed and (called := _called(needed, called_so, sources)) and (wanted or len(called) == 1):
            return called
    dated = sorted((record.date, record.path) for record in records if record.date)
    return [path for number, (_, path) in enumerate(dated, 1) if wanted == {ordinal(number)}]


_ALL = frozenset("both either any each all every one".split())


def _called(needed: set[str], records: Sequence[DocumentInfo], sources: Sources) -> list[str]:
    """The documents that have all terms in title, date and file name, or else in their first lines."""
    names = {record.path: f"{record.title} {record.date or ''} {file_words(record.path)}" for record in records}
    called = [path for path, name in names.items() if needed <= set(content_terms(name))]
    if called or len(records) > _MOST_OPENED:
        return called
    opening = {path: "".join(passage.text for passage in sources.passages(path)[:1])[:_OPENING] for path in names}
    return [path for path, name in names.items() if needed <= set(content_terms(f"{name} {opening[path]}"))]


@cache
def _nouns() -> frozenset[str]:
    return frozenset(term for word in (*_NOUNS, *_ALL) for term in content_terms(word))


_TITLE = re.compile(
    rf"^\W*what(?:['’]s|\s+is|\s+was|\s+are)\s+(?:the\s+)?(?:full\s+)?(?:titles?|names?|headlines?)\s+of\s+(?P<what>{PHRASE})\W*$"
    rf"|^\W*(?:what|how)\s+is\s+(?P<it>{PHRASE})\s+(?:called|titled|named|entitled)\W*$",
    re.IGNORECASE,
)


def title(question: Question, sources: Sources) -> Draft | None:
    """The titles of the documents that are meant, where they are asked for; None for any other question."""
    match = _TITLE.match(question.text)
    paths = documents_meant(match["what"] or match["it"], sources) if match else []
    chosen = [
        choice
        for record in sources.documents()
        if record.path in paths[:MOST]
        for choice in titled(record, sources, dated=False)
    ]
    return compose(chosen, sources, confidence=0.95, listed=len(chosen) > 1) if chosen else None
