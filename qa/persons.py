"""Questions for the people that documents name: "who is mentioned?", "who works for the ministry?", "who appears in
both?". Pure but for what it asks of the index.

There is no recogniser of names here. A run of capitalised words counts as a person only beside what people alone have,
an office, a title or a verb of speaking: a list with a place in it would be worse than one that is too short.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from index.terms import content_terms, word_list
from index.types import Kind
from qa.compose import Choice, compose
from qa.facts import equivalents, read, with_equivalents
from qa.named import conditions, meeting
from qa.occasion import reported
from qa.phrases import people_at
from qa.question import Question
from qa.sorts import LABEL, Expected
from qa.sources import SURROUNDINGS, Draft, Sources

_MOST_DOCUMENTS = 10
_MOST_PLACES = 14
_PEOPLE = r"(?:people|persons?|officials?|individuals?|names|experts?|men|women)"
_SHARED = re.compile(
    r"\bwho\b.*\b(?:both|more than one)\b"
    r"|\bwho\b.*\b(?:each|all(?: of)? the|several|two)\b(?:\s+[\w-]+){0,2}?\s+(?:documents?|reports?|articles?|texts?"
    r"|files?|sources?|dialogues?|lists?|meetings?|of them)\b"
    rf"|\b{_PEOPLE}\b.*\b(?:both|in common|each|all (?:of )?(?:the )?(?:documents|reports|articles|texts|files))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:named|mentioned|listed|identified|appears?)\b", re.IGNORECASE)
_LISTED = re.compile(
    rf"^\W*(?:please\s+)?(?:list|name|enumerate|give me|show me|which|what|who (?:are|were))\b[^?]*?\b{_PEOPLE}\b",
    re.IGNORECASE,
)
_BELONGS = re.compile(
    r"^\W*who\b(?:\s+(?:else|all))?\s+(?:(?:is|are|was|were|does|did)\s+)?"
    r"(?:(?:from|with)|(?:work|works|worked|working|speaks?|spoke|speaking|employed|acts?|acted|comes?|came|belongs?|belonged"
    r"|there)\s+(?:for|at|by|with|to|from|on behalf of)|represent(?:s|ed|ing)?)\b",
    re.IGNORECASE,
)
"""Asks for people by what they belong to."""
_LEADS = re.compile(
    r"^\W*who\s+(?:(?:co-?)?(?:leads?|led|heads?|headed|chairs?|chaired)|(?:is|was|were|are)\s+(?:the\s+)?(?:heads?|leaders?"
    r"|chairs?)\s+of)\s+(?:the\s+)?(?:[\w-]+\s+){1,3}?(?P<side>side|delegation|team)\b",
    re.IGNORECASE,
)
"""Asks who led one of the sides that met."""
_LEADS_FOR = re.compile(
    r"^\W*who\s+(?:co-?)?(?:leads?|led|heads?|headed|chairs?|chaired)\s+[^?]{2,40}?\s+(?:for|on\s+behalf\s+of)\s+(?:the\s+)?"
    r"(?P<side>[\w’'-]+(?:\s+(?-i:[A-Z])[\w’'-]+)*)(?:\s+(?:in|at|on)\s+[^?]+)?\W*$",
    re.IGNORECASE,
)
"""The same, "who led the talks for Japan in Kyoto?"."""
_LED = re.compile(r"\b(?:[Cc]o-?)?(?:[Cc]hair(?:s|ed|ing)?|led|leads?|head(?:s|ed))\b")
"""How a sentence tells that its people led."""
_ONLY_ASKS = """name named names list listed enumerate give show me people person persons official officials
individual individuals man men woman women mention mentioned identify identified appear appears refer referred role
roles title titles position positions job jobs function functions work works worked working speak speaks spoke
speaking act acts acted come comes came belong belongs belonged employed represent represents represented representing
behalf do does all every key main important please document documents report reports article articles text texts file
files brief paper set source sources across both two three different"""
_OFFICE = (
    r"(?:[A-Za-z]*(?:master|officer|director|manager|chair(?:man|woman|person)?|minister|president|secretary|leader|captain"
    r"|engineer|inspector|doctor|nurse|teacher|author|owner|king|queen|ambassador|commissioner|professor|envoy|analyst"
    r"|deputy|representative|spokes(?:man|woman|person)|governor|mayor|judge|general|colonel|founder|scientist|researcher"
    r"|economist|lawyer|editor|reporter|coach|architect|curator|keeper|pilot|senator|delegate|councillor|coordinator"
    r"|consultant|chancellor|premier|surveyor|technician|historian|biologist|chemist|physicist|librarian|treasurer)"
    r"|head|chief|member|CEO|CTO|CFO|MP|MEP)"
)
_OFFICE_AFTER = re.compile(
    rf"\s*[,(–—-]\s*(?:the |an? |its |their |our )?(?:[\w-]+ ){{0,4}}?{_OFFICE}\b", re.IGNORECASE
)
_OF_WHAT = re.compile(r"(?:\s+(?:of|for|at|to)(?:\s+the)?(?:\s+[A-Z][\w’'-]+)+)*")
_OFFICE_BEFORE = re.compile(rf"(?:\b{_OFFICE}|\b(?:Mr|Mrs|Ms|Dr|Prof|Sir|Dame|Lord|Lady)\.?),?\s+$", re.IGNORECASE)
_SPEAKS = re.compile(r"\s+(?:said|says|told|wrote|writes|argued|argues|thanked|asked|replied|added|explained)\b")


@dataclass(frozen=True, slots=True)
class _Place:
    """A person named in a segment of a document; `about` is what follows the name, up to the next one."""

    name: str
    about: str
    choice: Choice


def named_people(question: Question, sources: Sources) -> Draft | None:
    """The people that the documents name, each where a document first does; of an institution or a role that the
    question names only those. None for any other question, and where none is found."""
    leads_for = _LEADS_FOR.match(question.text)
    leads = leads_for or _LEADS.search(question.text)
    belongs = leads or _BELONGS.search(question.text)
    naming = belongs or (
        _NAMED.search(question.text) and (question.expected is Expected.PERSON or _LISTED.search(question.text))
    )
    if not naming and not _LISTED.search(question.text):
        return None
    found = meeting(question, sources.retrieve(question.text, SURROUNDINGS))
    stated = conditions(question)
    meant = {condition.term for condition in stated}
    meant |= {term for condition in stated if condition.date for term in content_terms(condition.text)}
    meant |= _counted(question, {item.passage.title for item in found})
    wanted = [term for term in question.terms if term not in _only_asks() | meant]
    if leads_for:
        wanted = content_terms(leads_for["side"])
    elif leads:
        wanted = [term for term in wanted if term not in content_terms(f"{leads['side']} co") and not _LED.search(term)]
    if belongs and not wanted:
        return None  # "who works for it?"
    if wanted and not naming:
        return None  # "the people of the island" need not be named
    paths = list(dict.fromkeys(item.passage.document for item in found)) if meant else _all(sources)
    if not paths or len(paths) > _MOST_DOCUMENTS:
        return None
    chosen: list[Choice] = []
    for path in paths:
        seen: set[str] = set()
        for place in _names_in(path, sources, sure=True):
            if leads and not _LED.search(place.choice.text):
                continue
            if place.name not in seen and all(_told(term, place) for term in wanted):
                seen.add(place.name)
                chosen.append(place.choice)
    if not chosen:
        return None
    left_out = len(chosen) - _MOST_PLACES
    notice = f"{left_out} more are not listed." if left_out > 0 else None
    said = _merged(chosen[:_MOST_PLACES])
    return compose(said, sources, confidence=0.8, evidence=found[:5], notice=notice, listed=len(said) > 1)


def people_of(path: str, sources: Sources) -> list[Choice]:
    """The first place of each person that a document names."""
    first: dict[str, Choice] = {}
    for place in _names_in(path, sources, sure=True):
        first.setdefault(place.name, place.choice)
    return _merged(list(first.values())[:_MOST_PLACES])


def belonging_elsewhere(question: Question, text: str) -> bool:
    """Whether people are asked for by what they belong to, and a text does not name that: who stands beside somebody of
    the ministry need not be of the ministry."""
    if not _BELONGS.search(question.text):
        return False
    said = content_terms(text)
    named = {term for fact in question.named if fact.kind == "name" for term in content_terms(fact.name)}
    return not all(_has(term, said) for term in named)


_HOLDER = re.compile(
    r"\bwho(?:['’]s| is| was| are| were| became| will be)\s+"
    r"(?:(?:the|its|their|his|her|our)\s+(?:[\w’'-]+\s+){0,4}?"
    rf"(?P<office>{_OFFICE})s?\s+(?:of|at|for|in|on|to|from|with|when|now|behind)\b"
    rf"|(?:[\w-]+\s+){{0,4}}?[\w-]+['’]s?\s+(?:[\w-]+\s+){{0,3}}?(?P<theirs>{_OFFICE})s?\W*$)",
    re.IGNORECASE,
)
"""Asks who holds an office, "the chair of it" or "its members' chair"."""
_HOLDS = re.compile(
    r"^\W*who\s+(?:(?:will|would)\s+)?(?:co-?)?(?:leads?|led|heads?|headed|chairs?|chaired|directs?|directed"
    r"|presid(?:es?|ed))\b",
    re.IGNORECASE,
)
"""Asks the same by what its holder does."""
_NAMED_SO = re.compile(
    r"\b[A-Z][\w’'-]+(?:\s+(?:de|van|von|der|al|bin|[A-Z]\.))*\s+[A-Z][\w’'-]+|\b(?:named|called)\s+[A-Z]"
)
"""What a name may look like, though nothing shows that it is a person's."""


def of_no_holder(question: Question, text: str, around: Iterable[str]) -> bool:
    """Whether the holder of an office is asked for, and a text neither has the office nor do the terms `around` it; or
    who does what its holder does, and the text has no new name of two words: what tells of an institute does not say
    who its director is. Of the answers to 660 questions on near misses (`eval/near_misses`) no right one is so refused,
    and six wrong ones are."""
    if asked := _HOLDER.search(question.text):
        office = set(content_terms(asked["office"] or asked["theirs"]))
        return office.isdisjoint(around) and with_equivalents(office).isdisjoint(content_terms(text))
    if not _HOLDS.search(question.text) or people_at(text):
        return False
    return all(set(content_terms(name[0])) & set(question.terms) for name in _NAMED_SO.finditer(text))


_WHO_IS_THE = re.compile(
    r"\bwho(?:['’]s|\s+is|\s+was|\s+are|\s+were)\s+(?:the|its|their|his|her|our)\s+(?:[\w’'-]+\s+){0,3}?"
    rf"(?P<office>{_OFFICE}|patron|trustee|warden|dean|rector|bursar|registrar)s?\b(?!\s+[a-z]+(?:s|ed)\b)",
    re.IGNORECASE,
)
_ANY_OFFICE = re.compile(rf"\b{_OFFICE}s?\b", re.IGNORECASE)


def of_another_office(question: Question, text: str) -> bool:
    """Whether the holder of an office is asked for, and a text tells of another office and not of that one. Of 9,000
    questions of SQuADShifts one has such an answer."""
    asked = _WHO_IS_THE.search(question.text)
    if not asked or asked["office"].isupper():  # "CFO" may be spelled out
        return False
    office = with_equivalents(set(content_terms(asked["office"])))
    return office.isdisjoint(content_terms(text)) and bool(_ANY_OFFICE.search(text))


_WHO_IS_OF = re.compile(r"^\W*who\s+(?:is|was|are|were)\s+the\s+(?P<what>[a-z-]{4,})\s+(?:of|for|at)\b", re.IGNORECASE)


def of_no_such_person(question: Question, text: str, above: Iterable[str]) -> bool:
    """Whether it is asked who is the auditor of something, say, and neither a line of names nor what stands above it
    has a word for that."""
    asked = _WHO_IS_OF.match(question.text)
    what = with_equivalents(set(content_terms(asked["what"]))) if asked else frozenset()
    return bool(what) and what.isdisjoint(content_terms(text)) and what.isdisjoint(above)


def in_office(question: Question, text: str) -> bool:
    """Whether a text names somebody with what the question asks for beside the name: "Ada Brook (chair)" says who
    chaired, "Apologies: Ada Brook" who was absent."""
    if question.expected is not Expected.PERSON:
        return False
    label = LABEL.match(text)
    if label and people_at(text[label.end() :]):
        says = set(content_terms(label[0]))
        if any(term in says or not says.isdisjoint(equivalents().get(term, ())) for term in question.terms):
            return True
    return bool(holders_at(question, text))


_DOERS = tuple(
    (
        re.compile(rf"^\W*who\s+(?:(?:will|would|has|had|have)\s+)?(?:co-?)?(?:{asks})\b", re.I),
        re.compile(rf"\b(?:{tells})", re.I),
    )
    for asks, tells in (
        (
            r"leads?|led|heads?|headed|chairs?|chaired|directs?|directed|presides?|presided|moderates?|moderated",
            r"(?:co-?)?chair|head|lead|led\b|direct|presid|moderat|manag|run|ran\b|took\s+over|in\s+charge|at\s+the\s+helm|guid",
        ),
        (r"opens?|opened|inaugurates?|inaugurated", r"open|inaugurat|launch|welcom|cut\s+the|address|greet|kick"),
        (r"hosts?|hosted", r"host|h[eo]ld|organi[sz]|welcom|invit|venue|present"),
        (
            r"funds?|funded|finances?|financed|sponsors?|sponsored|pays?\s+for|paid\s+for",
            r"fund|financ|sponsor|pa(?:y|id)|grant|donat|support|contribut|budget|cost|mon(?:ey|ie)|expens|gave|giv|subsid"
            r"|invest|charg|bear|borne|bought|rais",
        ),
        (
            r"organi[sz]es?|organi[sz]ed",
            r"organi[sz]|host|h[eo]ld|arrang|run|ran\b|fund|financ|sponsor|pa(?:y|id)|grant|donat|support|contribut|budget"
            r"|(?:co-?)?chair|by\s+(?:the\s+)?[A-Z]",
        ),
    )
)
"""Asks who does something, and what tells that somebody does."""
_STRICTLY = re.compile(
    r"^\W*who\s+(?:(?:will|would|has|had|have)\s+)?(?:co-?)?(?:chairs?|chaired|presides?|presided|hosts?|hosted|funds?|funded|finances?|financed|sponsors?|sponsored|pays?\s+for|paid\s+for)\b",
    re.I,
)
"""Asks who does what nobody who is merely named does."""


def of_no_doer(question: Question, text: str) -> bool:
    """Whether it is asked who leads, opens or funds something, and a text has no word for that and names no person, or
    names one where it is asked who chairs or hosts it. Of 9,000 questions of SQuADShifts none has such a sentence as
    its answer."""
    asked = next((tells for asks, tells in _DOERS if asks.match(question.text)), None)
    return (
        asked is not None
        and not asked.search(text)
        and (_STRICTLY.match(question.text) is not None or not people_at(text))
    )


def offices_asked(question: Question) -> set[str]:
    """The terms of a question for people that are offices."""
    asked = set(question.terms) if question.expected is Expected.PERSON else set()
    return asked & _offices()


def holders_at(question: Question, text: str) -> list[tuple[int, int]]:
    """Where the people stand in a text who have the office that the question asks for beside their names."""
    asked = {term for term in question.terms if term in _offices()}
    found: list[tuple[int, int]] = []
    for start, end in people_at(text):
        beside = _OFFICE_AFTER.match(text, end) or _OFFICE_BEFORE.search(text[:start])
        if beside and not asked.isdisjoint(content_terms(beside[0])):
            found.append((start, end))
    return found


def without_offices(text: str) -> str:
    """A text without the offices that stand behind people's names: "Ada Brook, Chair of Trustees" → "Ada Brook"."""
    kept, place = "", 0
    for start, end in people_at(text):
        kept += text[place:end] if start >= place else ""
        place = max(place, end)
        if office := _OFFICE_AFTER.match(text, end):
            of = _OF_WHAT.match(text, office.end())
            place = of.end() if of else office.end()
    return kept + text[place:]


@cache
def _offices() -> frozenset[str]:
    """Terms of what somebody may be, and of doing that: "chair" and "chaired"."""
    return frozenset(
        content_terms(
            "chair chairman chairwoman chairperson director manager minister president secretary treasurer leader head"
            " chief captain mayor governor ambassador commissioner officer editor coach principal clerk deputy"
        )
    )


def shared_people(question: Question, sources: Sources) -> Draft | None:
    """ "Who appears in both documents?": people's names that stand in more than one document, each with its places."""
    if not _SHARED.search(question.text):
        return None
    titles = {record.path: record.title for record in sources.documents()}
    named = reported(question, titles)
    paths = [path for path in titles if path in named or len(named) < 2]
    if not 2 <= len(paths) <= _MOST_DOCUMENTS:
        return None
    places: dict[str, dict[str, Choice]] = {}
    for path in paths:
        for name, choice in ((place.name, place.choice) for place in _names_in(path, sources, sure=False)):
            places.setdefault(name, {}).setdefault(path, choice)
    chosen = [choice for found in places.values() if len(found) > 1 for choice in found.values()]
    return compose(chosen, sources, confidence=0.8, listed=True) if chosen else None


def _counted(question: Question, titles: Iterable[str]) -> set[str]:
    """Terms of what an ordinal of the question counts, as far as titles of documents have them: of "the 4th harvest
    summit in Ghent" harvest and summit."""
    known = set(content_terms(" ".join(titles)))
    found: set[str] = set()
    for statement in read(question.text):
        for fact in statement.facts:
            if fact.kind == "ordinal":
                words = (set(content_terms(token.text)) for token in statement.tokens[fact.last + 1 :])
                found |= set().union(*takewhile(lambda terms: terms <= known, words))
    return found


def _only_asks() -> frozenset[str]:
    return word_list(_ONLY_ASKS)


def _all(sources: Sources) -> list[str]:
    return [record.path for record in sources.documents()]


def _told(term: str, place: _Place) -> bool:
    """Whether what is said of a person has the term, or what it is derived from: "Japanese" for Japan."""
    return _has(term, content_terms(f"{place.name} {place.about}"))


def _has(term: str, said: Iterable[str]) -> bool:
    return any(
        term == other or (min(len(term), len(other)) >= 4 and (term.startswith(other) or other.startswith(term)))
        for other in said
    )


def _names_in(path: str, sources: Sources, *, sure: bool) -> Iterator[_Place]:
    """The places of a document that look like people's names; `sure` leaves those that something else tells too."""
    for passage in sources.passages(path):
        for part in passage.segments:
            if part.kind in (Kind.HEADING, Kind.REFERENCE):
                continue
            quote = passage.quote(part)
            spans = [span for span in people_at(quote) if not sure or _is_person(quote, *span)]
            until = [start for start, _ in spans[1:]] + [len(quote)]
            for (start, end), following in zip(spans, until, strict=False):
                span = (part.start + start, part.start + end)
                choice = Choice(passage, part.start, part.end, (span,))
                yield _Place(quote[start:end], quote[end:following], choice)


def _is_person(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end:]
    return bool(_OFFICE_AFTER.match(after) or _OFFICE_BEFORE.search(before) or _SPEAKS.match(after))


def _merged(choices: Sequence[Choice]) -> list[Choice]:
    """Choices of the same words as one, with all their names marked."""
    merged: dict[tuple[str, int, int], Choice] = {}
    for choice in choices:
        key = (choice.passage.document, choice.start, choice.end)
        spans = (*(merged[key].spans if key in merged else ()), *choice.spans)
        merged[key] = Choice(choice.passage, choice.start, choice.end, spans)
    return list(merged.values())
