"""Whether documents mention something: "is it named in the report of 2021?", "does any article mention storage?".

The answer is the first place in each document that does. Pure but for what it asks of the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from index.terms import STOPWORDS, content_terms, terms
from index.types import Kind, Passage, Segment
from qa.compose import Choice, compose
from qa.inventory import LOOKED_AT, MOST
from qa.meant import NOUN, PHRASE, documents_meant
from qa.named import Held, same_name
from qa.phrases import people
from qa.rank import SALUTATION, quotable_segments
from qa.sources import NOT_FOUND, Draft, Sources, unranked
from qa.types import Evidence

_MOST_DOCUMENTS = 10
"""Documents that are looked at whole."""
_MOST_PASSAGES = 1_000
"""Passages that are read at most."""
_LONGEST = 300
"""Characters of such a question at most."""
_MOST_WORDS = 12
"""Words of something that may be mentioned; more are a statement."""
_IN = rf"(?P<in>{PHRASE})"
_ADVERB = r"(?:also|ever|explicitly|actually|even|already|specifically|really)"
_VERB = r"(?:mention|name|cite|list|quote|contain|include)"
_END = r"(?:,?\s+(?:as well|too|also|anywhere|at all|by name|either|again|or not))*\W*$"
_ASKS = tuple(
    re.compile(rf"^\W*(?:(?:and|so|but|please)\s+)?{pattern}{_END}", re.IGNORECASE)
    for pattern in (
        rf"(?:is|are|was|were)\s+there\s+(?:any\s+|an?\s+)?(?:mentions?|references?)\s+(?:of|to)\s+(?P<what>.+?)(?:\s+in\s+{_IN})?",
        rf"(?:is|are|was|were)\s+(?P<what>.+?)\s+(?:{_ADVERB}\s+)?(?:mentioned|named|cited|listed|quoted|referred\s+to)"
        rf"(?:\s+(?:anywhere\s+|by\s+name\s+)?(?:in|by)\s+{_IN})?",
        rf"(?:is|are|was|were)\s+there\s+(?P<what>.+?)\s+in\s+{_IN}",
        rf"(?:do|does|did)\s+{_IN}\s+(?:{_ADVERB}\s+)?(?:{_VERB}|refer\s+to)\s+(?P<what>.+?)",
        rf"(?:do|does|did)\s+(?P<what>.+?)\s+(?:{_ADVERB}\s+)?(?:appear|feature|figure|occur|come\s+up)(?:\s+in\s+{_IN})?",
        rf"(?:is|are|was|were)\s+(?P<what>.+?)\s+(?:{_ADVERB}\s+)?in\s+{_IN}",
    )
)
_CLAUSE = re.compile(
    r"^(?:who\w*|what|when|where|why|how|which|whether|if|that|there|anything|something)\b", re.IGNORECASE
)
_LITTLE = re.compile(r"^(?:(?:any|an?|the|some|all|both|either)\s+)+", re.IGNORECASE)
_VAGUE = re.compile(rf"(?:the|this|that)\s+{NOUN}", re.IGNORECASE)
_EACH = re.compile(r"^(?:both|each|all|every)\b", re.IGNORECASE)
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|or)\s+", re.IGNORECASE)
_NAME = re.compile(r"[A-Z0-9][\w.’'&/-]*(?:\s+(?:[A-Z0-9][\w.’'&/-]*|of|the|and|for|de|van|von|der))*")
_MOST_LACKING = 3
"""Things not mentioned that a notice tells."""


def answer(text: str, sources: Sources, found: Sequence[Evidence]) -> Draft | None:
    """Where the documents that are meant first mention it; None for any other question, and for what is no name where
    none of them does: it may stand there in other words.

    Args:
        text: the question.
        found: passages that were found for it.
    """
    if len(text) > _LONGEST:
        return None
    match = next(filter(None, (pattern.match(text) for pattern in _ASKS)), None)
    what = _LITTLE.sub("", match["what"]).strip(" ?.") if match else ""
    if not match or not what or _CLAUSE.match(what) or len(what.split()) > _MOST_WORDS:
        return None
    records = {record.path: record for record in sources.documents()}
    where = match["in"] or ""
    meant = documents_meant(where or "all documents", sources)
    if not meant and _VAGUE.fullmatch(where):  # "the report", where there are several
        meant = list(records)
    parts = [part for part in _AND.split(what) if set(content_terms(part)) - STOPWORDS or _capitals(part)]
    if not meant or not parts:
        return None
    passages, _ = _passages(what, meant, sources)
    held = Held([*found, *unranked(passages)])
    if whole := _first(what, passages, held):
        parts, places = [what], [whole]
    else:
        places = [_first(part, passages, held) for part in parts]
    chosen = [place[path] for path in meant for place in places if path in place]
    names = [(part, place) for part, place in zip(parts, places, strict=True) if _NAME.fullmatch(part)]
    if len(meant) == len(records) and not _EACH.match(where):
        lacking = [f"The documents do not mention {part}." for part, place in names if not place]
    else:
        lacking = [
            f"“{records[path].title}” does not mention {part}."
            for part, place in names
            for path in meant
            if path not in place
        ]
    said = " ".join(lacking[:_MOST_LACKING]) or None
    if chosen:
        return compose(chosen, sources, confidence=0.9, evidence=found[:5], notice=said, listed=len(chosen) > 1)
    return Draft("not_found", f"{NOT_FOUND} {said}", evidence=tuple(found[:5])) if said else None


_MENTIONS = r"(?:mentions|occurrences|references|instances|uses)"
_EVERYWHERE = tuple(
    re.compile(rf"^\W*{pattern}\W*$", re.IGNORECASE)
    for pattern in (
        rf"(?:please\s+)?(?:find|list|show|give|count|quote)(?:\s+me)?\s+(?:(?:all|every|the)\s+)*{_MENTIONS}\s+(?:of|to)\s+"
        rf"(?P<what>.+?)(?:\s+in\s+{_IN})?",
        rf"how\s+(?:often|many\s+times)\s+(?:is|are|was|were)\s+(?P<what>.+?)\s+(?:mentioned|named|cited|used|referred\s+to)"
        rf"(?:\s+in\s+{_IN})?",
        rf"how\s+(?:often|many\s+times)\s+(?:do|does|did)\s+(?P<what>.+?)\s+(?:appear|occur|come\s+up)(?:\s+in\s+{_IN})?",
        rf"how\s+(?:often|many\s+times)\s+(?:do|does|did)\s+{_IN}\s+{_VERB}\s+(?P<what>.+?)",
    )
)


def everywhere(text: str, sources: Sources, found: Sequence[Evidence]) -> Draft | None:
    """Every sentence that mentions something, with how many those are; None for any other question, and where none
    does."""
    match = (
        next(filter(None, (pattern.match(text) for pattern in _EVERYWHERE)), None) if len(text) <= _LONGEST else None
    )
    what = _LITTLE.sub("", match["what"]).strip(" ?.\"'“”‘’") if match else ""
    if not match or not what or len(what.split()) > _MOST_WORDS:
        return None
    meant = documents_meant(match["in"] or "all documents", sources) or [record.path for record in sources.documents()]
    passages, every = _passages(what, meant, sources)
    held = Held([*found, *unranked(passages)])
    chosen = [choice for _, choice in _mentions(what, passages, held)]
    if not chosen:
        return None
    said = f"{len(chosen)} places mention it" if len(chosen) > 1 else "One place mentions it"
    if not every:
        said = f"At least {said[0].lower()}{said[1:]}"
    said += f"; the first {MOST} are given." if len(chosen) > MOST else "."
    return compose(chosen[:MOST], sources, confidence=0.9, evidence=found[:5], notice=said, listed=len(chosen) > 1)


def _passages(what: str, meant: Sequence[str], sources: Sources) -> tuple[list[Passage], bool]:
    """The passages that may mention it, and whether they are all there are."""
    if len(meant) <= _MOST_DOCUMENTS:
        passages: list[Passage] = []
        for path in meant:
            passages += sources.passages(path)
            if len(passages) > _MOST_PASSAGES:
                break
        else:
            return passages, True
    found = sources.retrieve(what, LOOKED_AT)
    return [item.passage for item in found if item.passage.document in meant], False


def _first(what: str, passages: Sequence[Passage], held: Held) -> dict[str, Choice]:
    """For each document the first sentence that has all words, or else the first heading, with the words marked."""
    found: dict[str, Choice] = {}
    headings: dict[str, Choice] = {}
    unread = (passage for passage in passages if passage.document not in found)
    for part, choice in _mentions(what, unread, held):
        place = headings if part.kind is Kind.HEADING else found
        place.setdefault(choice.passage.document, choice)
    return headings | found


def _mentions(what: str, passages: Iterable[Passage], held: Held) -> Iterator[tuple[Segment, Choice]]:
    """The sentences and headings of passages that have all words, marked."""
    capitals, called = _capitals(what), _called(what)
    wanted = tuple(term for term in content_terms(what) if term.upper() not in capitals)
    for passage in passages:
        quotable = quotable_segments(passage)
        for part in passage.segments:
            quote = passage.quote(part)
            if part.kind is not Kind.HEADING and part not in quotable and not SALUTATION.fullmatch(quote):
                continue
            if title := called and called.search(quote):
                spans: tuple[tuple[int, int], ...] = ((part.start + title.start(), part.start + title.end()),)
            elif all(re.search(rf"\b{word}\b", quote) for word in capitals) and held.holds(
                frozenset(terms(quote)), wanted, same_name
            ):
                spans = _marks(wanted, quote, part)
            else:
                continue
            yield part, Choice(passage, part.start, part.end, spans)


def _capitals(what: str) -> list[str]:
    """Words in capitals that in small letters would be little words: the US, IT, the WHO."""
    return [word for word in re.findall(r"\b[A-Z]{2,}\b", what) if word.lower() in STOPWORDS]


def _called(what: str) -> re.Pattern[str] | None:
    """How somebody is called whose full name is given: "Ms Brook" for Ada Brook; None where it is no such name."""
    if people(what) != [what]:
        return None
    return re.compile(
        rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof(?:essor)?|Sir|Dame|Lord|Lady)\.?\s+{re.escape(what.split()[-1])}\b"
    )


def _marks(wanted: Sequence[str], quote: str, part: Segment) -> tuple[tuple[int, int], ...]:
    """Where the words stand, those beside each other as one."""
    spans: list[tuple[int, int]] = []
    for match in re.finditer(r"[^\W_]+", quote):
        if not set(terms(match[0])) & set(wanted):
            continue
        start, end = part.start + match.start(), part.start + match.end()
        if spans and not quote[spans[-1][1] - part.start : match.start()].strip(" -–’'"):
            start = spans.pop()[0]
        spans.append((start, end))
    return tuple(spans)
