"""The noun phrases, names, dates and numbers of a text, by how they are written. Pure.

There is no parser and no recogniser of names behind this: a name is a run of capitals, a noun phrase what stands
between words that end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from index.dates import find_dates
from index.irregular import IRREGULAR
from index.terms import STOPWORDS, terms

QUESTION_WORD = re.compile(
    r"\b(?:who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|has|have|had|will|would|can|could"
    r"|should|may|might|list|name|tell|give|show|describe|explain|compare|summari[sz]e|define|say|says|said)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+(?:[-'’.&/][^\W_]+)*")
VERB_LIKE = frozenset(
    """held hold take takes took taken place happen happens happened occur occurs occurred begin begins began start
    starts end ends say says said mean means meant stand stands discuss agree cover covers include includes mention
    mentions describe focus aim chair attend host join lead make made give given come came go went see seen work works
    do done call called about regarding concerning differ compare change""".split()
)
_ADVERBS = frozenset("far long often ever yet still now today then soon later again well much many lot".split())
MODAL = r"(?:will|would|can|could|should|must|may|might)"
AUXILIARY = rf"(?:is|are|was|were|has|have|had|{MODAL}|do|does|did)"
"""Verbs that stand in front of what a question is about, as alternatives of a pattern."""
POSSESSIVE = re.compile(r"['’]s?$")
_NOT_A_PERSON = frozenset(
    """agency ambassador assembly association authority bank board bureau cabinet chair chairman chancellor chief
    college commission commissioner committee company conference congress corporation council court department deputy
    dialogue director directorate division federation forum foundation general government group head institute kingdom
    league manager managing minister ministry mission nations office officer organisation organization parliament
    partnership party policy president prime programme project republic school secretary section senate service
    services society states summit team treaty union unit university vice week act area association award centre center
    club coast college county district estate fund harbour hospital hotel house inc joint limited ltd media minutes
    museum plan point port report review route royal square station statement strait systems tower trust prize medal
    glacier bridge ice shelf island islands mountain river war games book street road lake sea coordinator
    administrator registrar treasurer clerk spokesman spokeswoman spokesperson ombudsman supervisor adviser advisor
    inspector undersecretary commander""".split()
)
_OFFICE = (
    r"ambassador|captain|chair(?:man|woman)?|chancellor|chief|commissioner|deputy|director|doctor|dr|general|judge"
    r"|mayor|minister|mr|mrs|ms|officer|president|prime|prof(?:essor)?|secretary|vice"
)
_OFFICES = re.compile(rf"\A(?:(?:{_OFFICE})\.?\s+)+", re.IGNORECASE)
_RANK = re.compile(
    r"\A(?:(?:rear|vice|lieutenant|lt|brigadier|major)\.?[\s-]+)?(?:admiral|brigadier|colonel|commander|commodore|corporal"
    r"|general|lieutenant|major|sergeant|superintendent|councillor|senator)\s+(?=[^\W\d_a-z][\w’'-]*\s+[^\W\d_a-z])",
    re.IGNORECASE,
)
"""A rank in front of a name of two words."""
_BY_OFFICE = re.compile(rf"\A(?:[^\W_]+\s+){{1,3}}?(?i:{_OFFICE})\s+(?=[^\W\d_a-z][\w’'-]*\s+[^\W\d_a-z])")
"""What stands in front of a name of two words: "Harbour Commissioner"."""
_HOLDERS = re.compile(rf"(?:\s*\b\w+\s+)?\b(?:{_OFFICE})s\b", re.IGNORECASE)
"""Those who hold an office, with the word in front of it: "fisheries ministers" names nobody."""
_DID_SOMEBODY = re.compile(r"\b(?:[Dd]o|[Dd]oes|[Dd]id)(?:\s+[^\W\d_a-z][\w’'-]*)+")
_PREDICATE = frozenset(
    """open closed free due available ready allowed possible necessary required important likely uncertain valid
    compulsory""".split()
)
_DOES = re.compile(r"\b(?:do|does|did)\b", re.IGNORECASE)
_INVERTED = re.compile(rf"\b{MODAL}\s+(?:(?:the|an?|its|their|his|her|our|my|your)\b|[^\W\d_a-z])")
"""A question whose verb stands behind what it is said of: "when will the hall open"."""
_INSIDE = frozenset({"of", "and", "for", "on", "in", "to", "between", "with", "the", "&"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase at text[start:end] of a question."""

    text: str
    start: int
    end: int


def ordinal_in(text: str) -> tuple[int, int, int] | None:
    """(number, start, end) of the first ordinal."""
    for match in WORD.finditer(text):
        found = terms(match[0])
        if len(found) == 1 and re.fullmatch(r"\d+(?:st|nd|rd|th)", found[0]):
            return int(found[0][:-2]), match.start(), match.end()
    return None


def dates_in(text: str) -> list[tuple[int, int]]:
    years = [match.span() for match in re.finditer(r"\b(?:1[5-9]|2[01])\d\d\b", text)]
    return [(date.start, date.end) for date in find_dates(text)] or years


_MONTHS = "january february march april may june july august september october november december".split()
MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b", re.IGNORECASE)


def month_number(name: str) -> int:
    """1 for January to 12 for December, of a month's full name in any case."""
    return _MONTHS.index(name.lower()) + 1


def months_in(text: str) -> list[tuple[int, int]]:
    """Where months stand; "may" in small letters is none, nor "May" that begins a question."""
    return [m.span() for m in MONTH.finditer(text) if m[0] != "may" and (m[0] != "May" or m.start())]


def letters_in(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\b[B-HJ-Z]\b|\bA\b(?!\s+[a-z])", text)]


def numbers_in(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\b\d+(?:[.,]\d+)*\b", text)]


_MYSELF = re.compile(r"I(?:['’]\w+)?")


_BEGINNING = frozenset(
    """since until till with without within during before after under over near between among against about above across
    around behind below beside besides beyond despite except inside outside per through throughout toward towards upon
    via while though although because unless whether anything something nothing everything anybody somebody nobody
    everybody anyone someone everyone""".split()
)
"""Words that begin a text with a capital and name nobody."""


def names_in(text: str) -> list[tuple[int, int]]:
    """Spans of runs of capitalised words that do not merely begin the text; "I" and "I'm" name nobody."""
    found = []
    for match in re.finditer(r"[^\W\d_a-z][\w’'-]*(?:\s+(?:of\s+|de\s+|the\s+)?[^\W\d_a-z][\w’'-]*)*", text):
        if _MYSELF.fullmatch(match[0]):
            continue
        first = POSSESSIVE.sub("", match[0].split()[0].lower())  # "What's"
        start = match.start()
        if start == 0 and (first in STOPWORDS or first in _BEGINNING or QUESTION_WORD.fullmatch(first)):
            rest = re.match(r"\S+\s+(?=[^\W\d_a-z])", match[0])
            if not rest:
                continue
            start += rest.end()
        name = POSSESSIVE.sub("", text[start : match.end()])
        if not MONTH.fullmatch(name) and not _MYSELF.fullmatch(name):
            found.append((start, start + len(name)))
    return found


_LABEL = re.compile(r"^\W*[A-Z][^:.!?]{1,60}:\s")


def truecased(text: str, read: Iterable[str]) -> str:
    """A text in small letters with capitals for the words that what was read has in runs of capitals or behind "in",
    and in small letters never: "dimitri lasko" → "Dimitri Lasko". A text that has a capital is left as it is."""
    if any(char.isupper() for char in text[1:]):
        return text
    # A heading's capitals say nothing, nor do a label's ("Scenario Outlook: ").
    lines = (_LABEL.sub("", line.strip()) for part in read for line in part.splitlines())
    joined = "\n".join(line for line in lines if len(line.split()) > 8 or line.endswith((".", "!", "?", ";", ")")))
    small = {stem for word in WORD.findall(joined) if word.islower() for stem in terms(word)}
    small.update(stem for match in _HOLDERS.finditer(text) for stem in terms(match[0]))

    def cased(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < 3 or word in STOPWORDS or not word.isalpha() or not small.isdisjoint(terms(word)):
            return word
        name = re.escape(word.capitalize())
        run = rf"[A-Z][\w’'.-]* {name}\b|\b{name} (?:& )?[A-Z]|\b(?:in|at|from|near) {name}\b"
        return word.capitalize() if re.search(run, joined) else word

    return WORD.sub(cased, text)


def people(text: str) -> list[str]:
    """Runs of two to five capitalised words without a word for an office or a body, which is what people's names look
    like, in order."""
    return [text[start:end] for start, end in people_at(text)]


def people_at(text: str) -> list[tuple[int, int]]:
    """Where `people` stand in the text, without the office in front ("Minister Ada Brook")."""
    named = [
        (end - len(_OFFICES.sub("", _BY_OFFICE.sub("", _RANK.sub("", text[start:end])))), end)
        for start, end in names_in(text)
    ]
    return [
        (start, end)
        for start, end in named
        if 2 <= len(words := text[start:end].split()) <= 5
        and words[0][:1].isupper()  # of "Chair of Trustees" the office leaves "of Trustees"
        and len(words[-1]) > 1  # "Option B"
        and not {"of", "the"} & set(words)  # "Protection of Undersea Infrastructure"
        and not any(char.isdigit() for char in text[start:end])
        and not _NOT_A_PERSON & {word.lower() for word in words}
    ]


def topic_of(question: str) -> Phrase | None:
    """The noun phrase that a question is about: the one with an ordinal or a name, else the last one with an
    article."""
    if found := ordinal_in(question):
        return phrase_at(question, found[1])
    if named := names_in(question):
        return phrase_at(question, named[-1][0])
    articles = list(re.finditer(r"\b(?:the|an?)\s+(?=\w)", question, re.IGNORECASE))
    if articles:
        return phrase_at(question, articles[-1].end())
    words = [
        match
        for match in WORD.finditer(question)
        if (word := match[0].lower()) not in STOPWORDS | _ADVERBS and not word.endswith("ed") and word not in IRREGULAR
        if not _PREDICATED.search(question, max(0, match.start() - _NEAR), match.start())
    ]
    return phrase_at(question, words[-1].start()) if words else None


_EVENT = re.compile(
    r"\b(?:the|an?)\s+(?:[\w-]+\s+)?[\w-]{3,}(?:[st]ion|ment|ance|ence|[^\W\d_]{3}ing)\s+of\s+(?=(?:the|an?)\b|[^\W\d_a-z])",
    re.IGNORECASE,
)


def event_of(question: str) -> Phrase | None:
    """The happening that a question is about, "the restoration of the bridge"; what it is about where there is none."""
    about, event = topic_of(question), _EVENT.search(question)
    if about and event and event.end() == about.start:
        return Phrase(question[event.start() : about.end], event.start(), about.end)
    return about


_SAYS_HOW_IT_IS = re.compile(
    r"\W*(?:(?P<why>why)\s+|(?:until\s+)?when\s+|how\s+long\s+)?(?:is|are|was|were)\b", re.IGNORECASE
)


def _says_how_it_is(question: str, last: str) -> bool:
    """Whether a question's last word is what is said of its topic: "why is the road wet", "is the hall open"."""
    asked = _SAYS_HOW_IT_IS.match(question)
    return asked is not None and (asked["why"] is not None or last in _PREDICATE)


_NEAR = 40
"""Characters in front of a word that are looked at for what it is said of."""
_PREDICATED = re.compile(r"\bwhich(?:\s+ones?)?\s+(?:is|are|was|were)\s+$", re.IGNORECASE)
"""What stands before what is only said of a topic: "which one is cheaper?"."""


def phrase_at(text: str, place: int) -> Phrase:
    """The noun phrase around a place: words to both sides up to a verb, an auxiliary or a pronoun."""
    words = [(match[0], match.start(), match.end()) for match in WORD.finditer(text)]
    at = next((i for i, (_, start, end) in enumerate(words) if start <= place < end), 0)
    did = _DID_SOMEBODY.search(text)

    def is_letter(i: int) -> bool:
        return i > 0 and len(words[i][0]) == 1 and words[i][0].isupper() and words[i][0] != "I"

    def inside(i: int) -> bool:
        word = words[i][0].lower()
        gap = text[words[i - 1][2] : words[i][1]] if i else " "
        if any(mark in gap for mark in ",;:?!()") or word in VERB_LIKE:
            return False
        if word in ("am", "pm") and i and words[i - 1][0].isdigit():
            return True  # "the 4 am group"
        if is_letter(i):
            return True  # "hypothesis A"
        if i == len(words) - 1 and (_DOES.search(text) or _INVERTED.search(text) or _says_how_it_is(text, word)):
            return False  # "what does the plan recommend", "why is the plan late": the last word is none of the phrase
        if did and words[i - 1][2] == did.end() and word.islower() and not POSSESSIVE.search(did[0]):
            return False  # "how did Ada Brook convince the town"
        asks = QUESTION_WORD.fullmatch(POSSESSIVE.sub("", word))  # "what's"
        return word not in STOPWORDS and not asks and not word.endswith("ed")

    first = last = at
    while first > 0 and inside(first - 1):
        first -= 1
    if first > 0 and words[first - 1][0].lower() in ("the", "a", "an"):
        first -= 1
    while last + 1 < len(words) and not is_letter(last):
        if inside(last + 1):
            last += 1
        elif (
            words[last + 1][0].lower() in _INSIDE
            and last + 2 < len(words)
            and (words[last + 2][0][0].isupper() or words[last + 1][0].lower() == "of")
            and inside(last + 2)
        ):
            last += 2
        else:
            break
    return Phrase(text[words[first][1] : words[last][2]], words[first][1], words[last][2])
