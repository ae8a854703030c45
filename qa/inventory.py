"""Questions about the documents themselves: which there are, which is newest, their sources and abbreviations. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.chunk import context
from index.dates import find_dates
from index.terms import content_terms, terms, word_list
from index.types import Kind, Passage
from qa.compose import Choice, compose
from qa.named import meeting
from qa.question import OF_THE_LIST, Question
from qa.quotes import prose
from qa.sorts import Expected
from qa.sources import NOT_FOUND, SURROUNDINGS, DocumentInfo, Draft, Sources
from qa.types import Evidence

LOOKED_AT = 60
"""Passages that are looked at for a topic; where there are fewer in all, each is."""
MOST = 20
"""Documents that an answer names."""

_THINGS = r"(?:documents?|files?|sources?|texts?|articles?|papers?|reports?)"
_WHICH = re.compile(
    rf"\b(?:which|what|list|name|show|how many)\b(?:\s+(?:me|all|of|the|your|these|those|different))*\s+{_THINGS}\b"
    r"(?:\s+(?:do|can|are|is|have|did)\b.*\b(?:you|there|have|indexed|available|loaded|contain(?:ed)?|know|here"
    r"|access|use)\b.*"
    r"|(?:\s+(?:are|is|do you have))?\s+in (?:the|this|your|my) (?:set|folder|collection|index|library|archive|corpus)"
    r"|\s+(?:you have|there|do you have))?\W*$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^\W*(?:which|what|list|name|show|give|how many|in which)\b(?:\s+(?:me|all|of|the|your|these|those|are))*\s+"
    rf"{_THINGS}\b[^?]*?\b(?:about|on|mention(?:s|ed|ing)?|discuss(?:es|ed|ing)?|deals? with|dealing with"
    r"|talks? (?:about|of)|cover(?:s|ed|ing)?|concern(?:s|ed|ing)?|refers? to|speaks? of|regarding|name(?:s|d)?)\s+"
    r"(?P<topic>[^?]+)",
    re.IGNORECASE,
)
"""Asks which documents are about something."""
_NEWEST = re.compile(
    rf"\b(?:most recent|newest|latest|last|oldest|earliest|first)\b(?:\s+(?:published|dated|available|of the"
    rf"|one of the))*\s+{_THINGS}\b"
    rf"|\bwhich\s+(?:of the\s+)?(?:{_THINGS}\s+)?is\s+(?:the\s+)?(?:most recent|newest|latest|newer|older|oldest"
    rf"|earliest)\b"
    r"|^\W*what(?:'s| is) (?:the )?(?:most recent|newest|latest)(?: one)?\W*$",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_OLD = re.compile(r"\b(?:oldest|earliest|first|older)\b", re.IGNORECASE)


def answer(text: str, sources: Sources) -> Draft | None:
    """The answer to a question about the set, cited to each document's title; None for any other question."""
    newest = _NEWEST.search(text)
    if newest and _LIST_OF_SOURCES.search(text[: newest.start()]):
        return None  # its sources are asked for
    if newest and not _only_asks_for(text, newest):
        return None
    if not newest and not _WHICH.search(text):
        return None
    documents = list(sources.documents())
    if newest:
        aged = _by_age(documents, old=bool(_OLD.search(newest[0])))
        if aged is None:
            return None
        documents = [aged]
    chosen = [choice for record in documents[:MOST] for choice in titled(record, sources, dated=bool(newest))]
    if not chosen:
        return None
    more = len(documents) - MOST
    notice = f"{more} more documents are not listed." if more > 0 else None
    return compose(chosen, sources, confidence=1.0, notice=notice, listed=len(documents) > 1)


def about(question: Question, sources: Sources) -> Draft | None:
    """The titles of the documents that have every term of a topic, where these are asked for, those first that have
    them in one passage; None for any other question, and where none has."""
    match = _ABOUT.search(question.text)
    topic = set(content_terms(match["topic"])) if match else set()
    if not topic:
        return None
    records = {record.path: record for record in sources.documents()}
    texts: dict[str, list[set[str]]] = {}
    for item in sources.retrieve(" ".join(sorted(topic)), LOOKED_AT):
        texts.setdefault(item.passage.document, []).append(_read_terms(item.passage))
    # A topic of several words may be in a document, and in no passage of it.
    whole = len(records) <= MOST and sum(map(len, texts.values())) < LOOKED_AT
    if whole:
        texts = {path: [_read_terms(passage) for passage in sources.passages(path)] for path in records}
    found = [records[path] for path, each in texts.items() if any(topic <= terms for terms in each)]
    if not found:
        found = [records[path] for path, each in texts.items() if topic <= set().union(*each)]
    chosen = [choice for record in found[:MOST] for choice in titled(record, sources, dated=False)]
    if not chosen:
        return None
    notice = (
        None if len(records) <= MOST else "There may be more: only the passages closest to the topic were looked at."
    )
    return compose(chosen, sources, confidence=0.8, notice=notice, listed=True)


def _read_terms(passage: Passage) -> set[str]:
    return set(content_terms(f"{context(passage)}\n{passage.text}"))


def of_aged_document(text: str, documents: Sequence[DocumentInfo]) -> tuple[str, frozenset[str]]:
    """A question without the words by which it says that its answer stands in the newest or the oldest document, and
    that document: "What does the latest report say on fees?" asks what "the document" says. The question as it is,
    and none, where it says no such thing, or no document has a date."""
    match = _AGED.search(text)
    aged = match and _by_age(documents, old=bool(_OLD.search(match["age"])))
    if not match or not aged or len(documents) < 2:
        return text, frozenset()
    instead = "" if match["before"] else "the document"
    rest = " ".join(f"{text[: match.start()]}{instead}{text[match.end() :]}".split()).lstrip(" ,;:")
    return (rest, frozenset({aged.path})) if len(rest.split()) >= 3 else (text, frozenset())


def _by_age(documents: Sequence[DocumentInfo], *, old: bool) -> DocumentInfo | None:
    """The document with the latest date, or the earliest; None where none has one."""
    dated = sorted((record for record in documents if record.date), key=lambda record: (record.date or "", record.path))
    return (dated[0] if old else dated[-1]) if dated else None


def _only_asks_for(text: str, newest: re.Match[str]) -> bool:
    """Whether a question asks for the newest document itself, and nothing of it."""
    around = content_terms(f"{text[: newest.start()]} {text[newest.end() :]}")
    return not _WHO.search(text) and set(around) <= _asking()


def _asking() -> frozenset[str]:
    return word_list(
        """is are was were the a of in me us which what show tell give name names title called titled date dated
    dates published publication available document documents file files source sources text texts article articles paper
    papers report reports set folder collection index one please know there have list"""
    )


_AGED = re.compile(
    r"(?P<before>\b(?:in|of|from|by|per|within|according to)\s+)?\b(?:the|your|our)\s+"
    r"(?P<age>most recent|newest|latest|last|oldest|earliest|first)\s+"
    r"(?:document|file|text|article|paper|report|brief)\b(?:['’]s\b)?",
    re.IGNORECASE,
)
_LIST_OF_SOURCES = re.compile(
    r"\b(?:sources?|references?|bibliography|websites?|links?|citations?|works cited)\b", re.IGNORECASE
)
_ASKS_LIST = re.compile(
    r"\b(?:which|what|list|name|show|give)\b.*\b(?:cites?|cited|lists?|listed|relies|relied|rely|drawn?|uses?|used"
    r"|based|names?|gives?|given|refers?|"
    r"has|have|behind|its|their|of the|sources)\b",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\[\^?(?P<bracket>\d{1,3})\]|\b(?:reference|footnote|source|note|mark)\s+(?:number\s+"
    r"|no\.?\s*)?(?P<number>\d{1,3})\b",
    re.I,
)
_REFERS = re.compile(
    r"\b(?:refers?|points?|stands?)\b.{0,20}\bto\b|\bwhat\s+(?:does|do|is|are)\s+(?:the\s+)?(?:mark|reference"
    r"|footnote|source|note)?\s*"
    r"(?:number\s+)?\[?\^?\d"
    r"|\b(?:behind|meaning of)\s+\[",
    re.IGNORECASE,
)


def references(question: Question, sources: Sources) -> Draft | None:
    """What a document's own mark points to, or all that its list of sources holds; None for any other question."""
    mark = _MARK.search(question.text)
    asks_for_all = _ASKS_LIST.search(question.text) and not OF_THE_LIST.match(question.text)
    listed = asks_for_all and _LIST_OF_SOURCES.search(question.text)
    if not (mark and _REFERS.search(question.text)) and not listed:
        return None
    found = meeting(question, sources.retrieve(question.text, SURROUNDINGS))
    for path in dict.fromkeys(item.passage.document for item in found):
        known = sources.references(path)
        if not known:
            continue
        entries = [
            Choice(passage, part.start, part.end)
            for passage in sources.passages(path)
            for part in passage.segments
            if part.kind is Kind.REFERENCE
        ]
        if mark:
            number = int(mark["bracket"] or mark["number"])
            text = next((reference.text for reference in known if reference.number == number), None)
            entries = [choice for choice in entries if text and choice.text.endswith(text)][:1]
        if entries:
            return compose(entries[:MOST], sources, confidence=0.9, evidence=found[:5], listed=len(entries) > 1)
    return None


_STANDS_FOR = re.compile(
    r"\b(?:stands? for|mean(?:s|t)?|abbreviat\w+|acronym|short for|full (?:name|form)|spelled out|expan(?:d|sion))\b",
    re.IGNORECASE,
)


_SHORT = re.compile(r"\b[A-Z][A-Za-z]{0,3}[A-Z]{1,6}\b|\b[A-Z]{2,8}\b")


def abbreviation(question: Question, sources: Sources) -> Draft | None:
    """What an abbreviation stands for, where a document writes both side by side; None for any other question."""
    shorts = _SHORT.findall(question.text)
    if not shorts or not _STANDS_FOR.search(question.text):
        return None
    found = sources.retrieve(question.text, SURROUNDINGS)
    for short in shorts:
        if draft := _spelled_out(short, found, sources):
            return draft
    asked = set(question.terms) - question.asking - set(terms("stand mean abbreviation acronym short full name form"))
    if asked == set(terms(shorts[0])) and _merely_used(shorts[0], [item.passage.text for item in found]):
        said = f"{NOT_FOUND} They use {shorts[0]}; no passage was found that spells it out."
        return Draft("not_found", said, evidence=found[:5])
    return None


def only_spelled_out(question: Question, found: Sequence[Evidence], sources: Sources) -> Draft | None:
    """What an abbreviation stands for, where that is all that the passages `found` say to "What is the WHO?"; None for
    any other question."""
    shorts = _SHORT.findall(question.text)
    if (
        question.expected is not Expected.ANY
        or len(shorts) != 1
        or set(question.terms) - question.asking != set(terms(shorts[0]))
    ):
        return None
    return _spelled_out(shorts[0], found, sources)


def _spelled_out(short: str, found: Sequence[Evidence], sources: Sources) -> Draft | None:
    for item in found:
        for part in item.passage.segments:
            if match := _beside(short, item.passage.quote(part)):
                span = (part.start + match[0], part.start + match[1])
                choice = Choice(item.passage, part.start, part.end, (span,))
                return compose([choice], sources, confidence=0.95, evidence=found[:5])
    return None


def _merely_used(short: str, texts: Sequence[str]) -> bool:
    """Whether texts have an abbreviation, and none goes on to say what it is."""
    used = re.compile(rf"\b{short}\b")
    tells = re.compile(rf"\b{short}\b\s*(?:[,:?]|–|—|is\b|are\b|was\b|means?\b|refers?\b|stands?\b|denotes?\b)")
    return any(map(used.search, texts)) and not any(map(tells.search, texts))


_LONGEST = 12
"""Words that a long form has at most."""


def _beside(short: str, quote: str) -> tuple[int, int] | None:
    """Where the long form stands in "Long Form (LF)" or "LF (Long Form)"."""
    for match in re.finditer(rf"\(\s*(?:[A-Z]{{2,5}}\s+)?{re.escape(short)}s?\s*\)", quote):
        words = list(re.finditer(r"[^\W_]+", quote[: match.start()]))
        first = _first_of_long_form(short.lower(), [word[0] for word in words])
        if first is not None:
            return words[first].start(), words[-1].end()
    inside = re.search(rf"\b{re.escape(short)}\s*\(([^)]{{4,80}})\)", quote)
    return inside.span(1) if inside else None


def _first_of_long_form(letters: str, words: Sequence[str]) -> int | None:
    """From which of the words on they are what the letters abbreviate; None where they are not."""
    spelled = None
    for first in range(len(words) - 1, max(-1, len(words) - _LONGEST), -1):
        kept = [word.lower() for word in words[first:] if word.lower() not in _LITTLE]
        initials = "".join(word[0] for word in kept)
        if initials == letters:
            return first
        # Every word begins a letter and has the rest: "Communications Networks, Content and Technology (CNECT)".
        begins = spelled is None and len(kept) > 1 and initials[0] == letters[0]
        if begins and _runs_through(initials, letters) and _runs_through(letters, "".join(kept)):
            spelled = first
    if spelled is not None:
        return spelled
    longer = words[-len(letters) - 1 :]  # "Industrial Control Systems Works (ICS)"
    if all(word[0].isupper() for word in longer) and "".join(word[0].lower() for word in longer[:-1]) == letters:
        return len(words) - len(longer)
    capital = [at for at, word in enumerate(words) if word[0].isupper()]
    begun = capital[-len(letters) :][:1]
    return begun[0] if begun and words[begun[0]][0].lower() == letters[0] else None


def _runs_through(letters: str, text: str) -> bool:
    """Whether letters stand in a text in their order, with others between them or none."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


_LITTLE = frozenset({"of", "the", "and", "for", "in", "on", "to", "a", "an", "de", "la"})


def titled(record: DocumentInfo, sources: Sources, *, dated: bool) -> list[Choice]:
    """The place where a document gives its title, and for its date the place where it gives that."""
    passages = sources.passages(record.path)
    if not passages:
        return []
    spoken = [prose(passages[0].quote(part)) for part in passages[0].segments]
    found = [_whole(passages[0], spoken.index(record.title) if record.title in spoken else 0)]
    if dated and record.date:
        found += stated_date(passages[:2], record.date)
    return found


def _whole(passage: Passage, at: int) -> Choice:
    segment = passage.segments[at]
    return Choice(passage, segment.start, segment.end)


_WORDS_OF_A_DATE = 4
"""Words of a line that is but a date, which may look like a heading."""


def stated_date(passages: Sequence[Passage], date: str) -> list[Choice]:
    """The first line of the passages that gives a date; empty where none does."""
    for passage in passages:
        for at, segment in enumerate(passage.segments[:8]):
            quote = passage.quote(segment)
            line = segment.kind is not Kind.HEADING or len(quote.split()) <= _WORDS_OF_A_DATE
            if line and any(found.iso == date for found in find_dates(quote)):
                return [_whole(passage, at)]
    return []
