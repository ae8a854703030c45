"""Questions about the set of documents itself: which there are, how many, which is the newest. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.dates import find_dates
from index.types import Kind, Passage
from qa.compose import Choice, compose
from qa.sources import DocumentInfo, Draft, Sources

MOST = 20
"""Documents that an answer names."""

_THINGS = r"(?:documents?|files?|sources?|texts?|articles?|papers?|reports?)"
_WHICH = re.compile(
    rf"\b(?:which|what|list|name|show|how many)\b(?:\s+(?:me|all|of|the|your|these|those|different))*\s+{_THINGS}\b"
    r"(?:\s+(?:do|can|are|is|have|did)\b.*\b(?:you|there|have|indexed|available|loaded|contain(?:ed)?|know|here|access|use|set)\b.*"
    r"|\s+(?:you have|there|do you have|in the (?:set|folder|collection|index)))?\W*$",
    re.IGNORECASE,
)
_NEWEST = re.compile(
    rf"\b(?:most recent|newest|latest|last|oldest|earliest|first)\b(?:\s+(?:published|dated|available|of the|one of the))*\s+{_THINGS}\b"
    rf"|\bwhich\s+(?:of the\s+)?(?:{_THINGS}\s+)?is\s+(?:the\s+)?(?:most recent|newest|latest|newer|older|oldest|earliest)\b"
    r"|^\W*what(?:'s| is) (?:the )?(?:most recent|newest|latest)(?: one)?\W*$",
    re.IGNORECASE,
)
_OLD = re.compile(r"\b(?:oldest|earliest|first|older)\b", re.IGNORECASE)


def answer(text: str, sources: Sources) -> Draft | None:
    """The answer to a question about the set, cited to each document's title; None for any other question."""
    newest = _NEWEST.search(text)
    if not newest and not _WHICH.search(text):
        return None
    documents = list(sources.documents())
    if newest:
        dated = [record for record in documents if record.date]
        if not dated:
            return None
        dated.sort(key=lambda record: (record.date or "", record.path))
        documents = [dated[0] if _OLD.search(newest[0]) else dated[-1]]
    chosen = [choice for record in documents[:MOST] for choice in _titled(record, sources, dated=bool(newest))]
    if not chosen:
        return None
    more = len(documents) - MOST
    notice = f"{more} more documents are not listed." if more > 0 else None
    return compose(chosen, sources, confidence=1.0, notice=notice, listed=len(documents) > 1)


def _titled(record: DocumentInfo, sources: Sources, *, dated: bool) -> list[Choice]:
    """The place where a document gives its title, and for its date the place where it gives that."""
    passages = sources.passages(record.path)
    if not passages:
        return []
    found = [_whole(passages[0], 0)]
    if dated and record.date:
        found += _dateline(passages[:2], record.date)
    return found


def _whole(passage: Passage, at: int) -> Choice:
    segment = passage.segments[at]
    return Choice(passage, segment.start, segment.end)


def _dateline(passages: Sequence[Passage], date: str) -> list[Choice]:
    for passage in passages:
        for at, segment in enumerate(passage.segments[:8]):
            stated = find_dates(passage.quote(segment))
            if segment.kind is not Kind.HEADING and any(found.iso == date for found in stated):
                return [_whole(passage, at)]
    return []
