"""Near misses made by rule: a passage that almost answers a question, or a question that almost fits its passage.

A passage that is about something else teaches a reader little; what deceives it is the sentence that says all that the
question says but for what it asks ("A technician closed the ticket." – "Which technician closed the ticket?"), or says
it of another round, year or person. After the questions of SQuAD 2.0 without an answer, which people wrote in these
ways (Rajpurkar et al. 2018, arXiv:1806.03822, table 1: entity swap, antonym and others); here rules make them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from index.terms import ordinal

Span = tuple[int, int]

_DETERMINER = r"(?:the|an|a|his|her|its|their)\s+"
_PREPOSITION = re.compile(
    r"\s*\b(?:in|on|at|by|from|to|for|with|of|since|until|during|near|around|about|under|through|after|before|as|"
    rf"because of|due to|up to|more than|at least)\s+(?:{_DETERMINER})?$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(rf"\b{_DETERMINER}$", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b")
_ASKED_KIND = re.compile(
    r"\b(?:which|what)(?: (?:is|was|are|were) the (?:name|names|title|identity) of)?(?: the)? ((?:[a-z][a-z-]+ ?){1,2})"
)
_NO_KIND = re.compile(
    r"\b(?:is|was|are|were|be|did|does|do|has|had|have|can|could|will|would|should|may|might|of|in|on|at|by|for|to|that|"
    r"who|with|and|or|than|when|happens?|happened|made|makes?|caused?|causes|\w+ed)\b.*"
)
_NAME = re.compile(r"\b[A-Z][\w'’-]*(?:\s+(?:of\s+|de\s+|the\s+)?[A-Z][\w'’-]*)*")
_OPENING = frozenset(
    """who whom whose what when where which why how in on at by from to for with of since during after before according
    is was are were do does did has have had can could will would the a an i if name""".split()
)

LONGEST = 90
"""Characters of an answer that may be left out."""
SOMEBODY = (
    "someone",
    "a man",
    "a woman",
    "one of them",
    "a person",
    "a group",
    "an official",
    "a company",
    "they",
    "it",
)
SOMETHING = ("something", "this", "it", "something else", "one thing", "that")
SOME = ("several", "some", "many", "a number of", "the", "a few")

OPPOSITES: tuple[tuple[str, ...], ...] = (
    ("first", "last", "second", "third"),
    ("largest", "smallest"),
    ("biggest", "smallest"),
    ("highest", "lowest"),
    ("oldest", "youngest", "newest"),
    ("earliest", "latest"),
    ("longest", "shortest"),
    ("best", "worst"),
    ("most", "least", "fewest"),
    ("more", "fewer", "less"),
    ("before", "after"),
    ("north", "south", "east", "west"),
    ("northern", "southern", "eastern", "western"),
    ("left", "right"),
    ("increase", "decrease", "fall"),
    ("win", "lose"),
    ("won", "lost"),
    ("buy", "sell"),
    ("bought", "sold"),
    ("born", "buried", "married", "educated"),
    ("died", "retired", "married"),
    ("mother", "father", "sister", "brother", "daughter", "son", "wife", "husband"),
    ("president", "vice-president", "secretary", "treasurer", "spokesman", "patron"),
    ("chairman", "secretary", "deputy chairman", "treasurer"),
    ("director", "deputy director", "founder", "owner"),
    ("author", "translator", "publisher", "editor", "illustrator"),
    ("built", "demolished", "repaired", "sold", "designed"),
    ("founded", "dissolved", "sold", "renamed"),
    ("opened", "closed", "repaired", "sold"),
    ("began", "ended", "resumed"),
    ("start", "end"),
    ("started", "ended", "resumed"),
    ("proposed", "rejected", "withdrawn"),
    ("length", "width", "height", "weight", "depth", "price"),
    ("cost", "weigh", "earn"),
    ("price", "weight", "size", "colour"),
    ("country", "city", "street"),
    ("men", "women", "children"),
    ("summer", "winter", "spring", "autumn"),
    ("january", "march", "june", "september", "november"),
    ("february", "april", "july", "october", "december"),
    ("monday", "wednesday", "friday", "sunday"),
)
"""Words of which one stands for another in a question that its passage then no longer answers."""


def without_answer(text: str, answers: Sequence[Span], question: str, chance: random.Random) -> str | None:
    """The passage with its answer left out, or put in terms that leave it open; the rest is as it was.

    Args:
        answers: a span of the passage for each annotator.

    Returns:
        None where the annotators marked different places, more than `LONGEST` characters, or something that the
        passage says again.
    """
    start, end = min(a for a, _ in answers), max(b for _, b in answers)
    common = max(a for a, _ in answers), min(b for _, b in answers)
    if common[0] >= common[1] or end - start > LONGEST:
        return None
    answer = text[start:end]
    before, after = text[:start], text[end:]
    if any(text[a:b].casefold() in f"{before} {after}".casefold() for a, b in answers):
        return None
    after = after.removeprefix("%")
    kind = _asked_kind(question)
    number = bool(_NUMBER.match(answer)) and not _YEAR.match(answer)
    named = answer[0].isupper() and (bool(before.rstrip()) and before.rstrip()[-1] not in ".!?\"'“")
    opens = _opens(before)
    if before.rstrip().endswith(",") and after.lstrip()[:1] in {",", "."} and chance.random() < 0.8:
        return before.rstrip()[:-1] + after.lstrip()
    found = _PREPOSITION.search(before)
    if found and not (number and after[:2].strip().isalpha()) and chance.random() < 0.75:
        return before[: found.start()] + after
    if number and after[:1] == " ":
        return before + chance.choice(SOME) + after
    before = _ARTICLE.sub("", before)
    if kind and chance.random() < 0.7:
        vague = f"{chance.choice(('the', 'a', 'one', 'the', 'another'))} {kind}"
    elif named or opens or question.casefold().startswith(("who", "whom")):
        vague = chance.choice(SOMEBODY)
    else:
        vague = chance.choice(SOMETHING)
    return before + (vague[0].upper() + vague[1:] if _opens(before) else vague) + after


def _opens(before: str) -> bool:
    """Whether what follows these words opens a sentence."""
    return not before.strip() or before.rstrip()[-1] in ".!?"


def _asked_kind(question: str) -> str:
    """What a question asks the name of: "Which furniture chain placed …" → "furniture chain"; empty where unclear."""
    found = _ASKED_KIND.search(question[:1].lower() + question[1:])
    return _NO_KIND.sub("", found[1]).strip() if found else ""


def exchanged(
    question: str, text: str, answers: Sequence[Span], names: Sequence[str], chance: random.Random
) -> tuple[str, str] | None:
    """Question and passage that no longer fit, as something that both say is another thing in one of them.

    A year, a number, a name or a word of `OPPOSITES` of the question is exchanged for another; half of the time that
    is done in the passage instead, wherever it stands there.

    Args:
        names: names from the same article or domain.

    Returns:
        None where the two share nothing that could be exchanged.
    """
    said = text.casefold()
    marked = {text[a:b].casefold() for a, b in answers}
    ways = [
        (old, new)
        for old, new in (
            *_other_numbers(question, text, chance),
            *_other_names(question, said, marked, names, chance),
            *_opposites(question, said, chance),
        )
        if new
    ]
    if not ways:
        return None
    old, new = chance.choice(ways)
    word = re.compile(rf"\b{re.escape(old)}\b")
    if chance.random() < 0.5 or any(old.casefold() in answer for answer in marked):
        return word.sub(lambda _: new, question), text
    changed = re.sub(word.pattern, lambda _: new, text, flags=re.IGNORECASE)
    return (question, changed) if changed != text else None


def _other_numbers(question: str, text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Years, ordinals and numbers that question and passage share, each with another one, as often as they count."""
    said = text.casefold()
    for match in _YEAR.finditer(question):
        if match[0] in text:
            year = int(match[0])
            yield from [(match[0], _unsaid(lambda year=year: str(year + chance.choice(_YEARS)), said))] * 3
    for match in _ORDINAL.finditer(question):
        if match[0] in text:
            place = int(match[1])
            yield from [(match[0], _unsaid(lambda at=place: ordinal(max(1, at + chance.choice(_STEPS))), said))] * 3
    for match in _NUMBER.finditer(question):
        if match[0] in text and not _YEAR.fullmatch(match[0]) and question[match.end() : match.end() + 1] not in "stnr":
            yield from [(match[0], _unsaid(lambda: str(chance.randrange(2, 99)), said))] * 2


_YEARS = (-10, -5, -3, -2, -1, 1, 2, 3, 5, 10)
_STEPS = (-2, -1, 1, 2, 3, 5)


def _other_names(
    question: str, said: str, marked: set[str], names: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, str]]:
    for match in _NAME.finditer(question):
        name = match[0]
        words = name.split()
        if match.start() == 0 or words[0].casefold() in _OPENING or len(name) < 3:
            continue
        if name.casefold() in said and not any(name.casefold() in answer for answer in marked):
            others = [
                other for other in names if not set(other.split()) & set(words) and other.casefold() not in marked
            ]
            if others:
                yield from [(name, chance.choice(others))] * 3


def _opposites(question: str, said: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    for group in OPPOSITES:
        for word in group:
            if re.search(rf"\b{word}\b", question) and re.search(rf"\b{word}\b", said):
                other = chance.choice([other for other in group if other != word])
                if other not in said:
                    yield word, other


def _unsaid(make: Callable[[], str], said: str) -> str:
    """The first of a few that the passage does not say; empty where it says all."""
    return next((new for new in (make() for _ in range(6)) if new.casefold() not in said), "")


@cache
def names_in(text: str) -> tuple[str, ...]:
    """Names of a passage: runs of capitalised words that do not open a sentence, longest first."""
    found = {
        match[0]
        for match in _NAME.finditer(text)
        if match.start() > 1 and text[match.start() - 2] not in '.!?"“' and len(match[0]) > 3
    }
    return tuple(sorted(found, key=lambda name: (-len(name.split()), name)))
