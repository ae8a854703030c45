"""What a sentence states that can be checked exactly: its numbers, quantities, ordinals, dates and names. Pure.

`read` turns a text into `Statement`s, one a sentence, of `Token`s and `Fact`s. Claim and evidence go through the same
reading, so that "sixth", "6th" and "5.2 million", "5,200,000" meet as equals.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from index.dates import FoundDate, find_dates
from index.irregular import IRREGULAR
from index.segment import segments, sentences
from index.terms import NUMBER_WORDS, STOPWORDS, fold, terms
from qa.lexicon import (
    EQUIVALENT,
    FRAMING,
    NEGATIONS,
    OPPOSITE,
    PRONOUNS,
    SCALES,
    UNITS,
)
from qa.phrases import POSSESSIVE

_SPACELESS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff"
_TOKEN = re.compile(
    rf"(?P<spaceless>[{_SPACELESS}]+)"
    r"|(?P<dotted>(?:[^\W\d_]\.){2,})"
    r"|(?P<number>\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?(?![\d])|\d+(?:[.,]\d+)?)(?P<suffix>st|nd|rd|th|s)?(?![^\W\d_]|\d)"
    r"|(?P<attached>\d+(?:\.\d+)?)(?=(?:km|cm|mm|kg|mg|m|g|l|kb|mb|gb|tb|hz|w|kw|mw|gw|k|bn|mn)\b)"
    rf"|(?P<word>(?:(?![{_SPACELESS}])[^\W_])+(?:['’](?:(?![{_SPACELESS}])[^\W\d_])+)?(?:[²³])?)"
    r"|(?P<mark>°[CF]|US\$|[^\w\s])",
    re.UNICODE,
)
_ONES = {word: number for word, number in NUMBER_WORDS.items() if number < 20}
_TITLE_CASE_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or punctuation mark at text[start:end] of its sentence. `base` is the word folded, without a
    possessive; `stem` what words are compared by; `content` is false for words that carry no matter of their own."""

    text: str
    start: int
    end: int
    base: str
    stem: str
    kind: Literal["word", "number", "mark"]
    content: bool


Beside = Mapping[tuple[str, bool], float]
"""(stem, stands after) of the content words near a place in a sentence → weight, one over the distance in content
words."""


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """Tokens first..last of a statement that state something exact.

    `value` is the number (in base units of `dimension` where a unit stands beside it), `date` the date, `name` the
    folded name, `plain` the number without its unit. `decade` marks 1990s, `ordinal` 6th.
    A name of several words is several facts, whose `run` is the whole name's first and last token; `sure` is false for
    a capital at a sentence's beginning that may only be that.
    """

    kind: Literal["number", "ordinal", "date", "name"]
    text: str
    first: int
    last: int
    value: float = 0.0
    dimension: str = ""
    unit: str = ""
    date: FoundDate | None = None
    name: str = ""
    decade: bool = False
    plain: float | None = None
    sure: bool = True
    run: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A sentence as it is compared. `places` are the indexes of its words and numbers by stem; `beside` tells what
    stands near each fact; `negated` are the indexes of tokens in the scope of a negation."""

    text: str
    tokens: tuple[Token, ...]
    facts: tuple[Fact, ...]
    places: Mapping[str, tuple[int, ...]]
    beside: tuple[Beside, ...]
    negated: frozenset[int]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The form that words are compared by, a term."""
    found = terms(word)
    return found[0] if found else word


@cache
def equivalents() -> Mapping[str, frozenset[str]]:
    """A stem → the stems of its near-synonyms."""
    found: dict[str, frozenset[str]] = {}
    for word, groups in EQUIVALENT.items():
        same = {stem(other) for other, theirs in EQUIVALENT.items() if theirs & groups}
        found[stem(word)] = found.get(stem(word), frozenset()) | same
    return found


def with_equivalents(terms: Collection[str]) -> frozenset[str]:
    """Terms and their near-synonyms."""
    return frozenset(terms).union(*(equivalents().get(term, ()) for term in terms))


@cache
def opposites() -> Mapping[str, frozenset[str]]:
    """A stem → the stems of its opposites."""
    found: dict[str, frozenset[str]] = {}
    for word, others in OPPOSITE.items():
        found[stem(word)] = found.get(stem(word), frozenset()) | {stem(other) for other in others}
    return found


@lru_cache(maxsize=1024)
def read(text: str) -> tuple[Statement, ...]:
    """The sentences, headings, list items and rows of the text, each read."""
    spans = sentences(text, 0, len(text)) if "\n" not in text else [(s.start, s.end) for s in segments(text)[1]]
    return tuple(_statement(text[start:end]) for start, end in spans)


def _statement(text: str) -> Statement:
    tokens = tuple(_tokens(text))
    facts: list[Fact] = []
    taken: set[int] = set()
    for date in find_dates(text):
        inside = [i for i, token in enumerate(tokens) if token.start < date.end and date.start < token.end]
        if inside:
            taken.update(inside)
            facts.append(Fact("date", text[date.start : date.end], inside[0], inside[-1], date=date))
    facts += _numbers(text, tokens, taken)
    facts += _names(tokens, taken)
    facts.sort(key=lambda fact: fact.first)
    facts = [replace(fact, run=_run(tokens, facts, fact)) for fact in facts]
    places: dict[str, tuple[int, ...]] = {}
    for i, token in enumerate(tokens):
        if token.kind != "mark":
            places[token.stem] = (*places.get(token.stem, ()), i)
    nearby = tuple(beside(tokens, *fact.run) for fact in facts)
    return Statement(text, tokens, tuple(facts), places, nearby, _negated(tokens))


def _run(tokens: Sequence[Token], facts: Sequence[Fact], fact: Fact) -> tuple[int, int]:
    """The whole name that the fact is a word of: names in a row, up to a possessive."""
    if fact.kind != "name":
        return fact.first, fact.last
    names = {other.first for other in facts if other.kind == "name"}
    first = last = fact.first
    while first - 1 in names and not POSSESSIVE.search(tokens[first - 1].text):
        first -= 1
    while last + 1 in names and not POSSESSIVE.search(tokens[last].text):
        last += 1
    return first, last


def beside(tokens: Sequence[Token], first: int, last: int) -> Beside:
    """What stands near tokens first..last: five content words to each side."""
    found: dict[tuple[str, bool], float] = {}
    for after, at, step in ((False, first - 1, -1), (True, last + 1, 1)):
        distance = 0
        while 0 <= at < len(tokens) and distance < 5:
            token = tokens[at]
            if token.content:
                distance += token.kind == "word"  # a date of three numbers puts nothing further away
                found.setdefault((token.stem, after), 1 / max(distance, 1))
            at += step
    return found


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        group = match.lastgroup
        if group == "spaceless":
            pairs = [(i, min(i + 2, end)) for i in range(start, max(end - 1, start + 1))]
            found += [Token(text[a:b], a, b, text[a:b], text[a:b], "word", True) for a, b in pairs]
        elif match["number"] or group == "attached":
            found.append(Token(match[0], start, end, match[0], match[0], "number", True))
        elif group == "mark":
            found.append(Token(match[0], start, end, match[0], match[0], "mark", False))
        else:
            base = fold(match[0].replace(".", "") if group == "dotted" else POSSESSIVE.sub("", match[0]))
            negating = base.endswith(("n't", "n’t"))
            if not negating:
                base = re.sub(r"(?<=.)['’](?:m|s|ve|re|ll|d)$", "", base)
            content = base not in STOPWORDS and base not in FRAMING and base not in NEGATIONS and not negating
            content = content and base not in PRONOUNS and base not in _AUXILIARIES
            content = content or (match[0].isupper() and (len(base) > 1 or _is_label(match[0], found)))
            content = content or (base in FRAMING and match[0][0].isupper() and _goes_on_a_name(found, start))
            found.append(Token(match[0], start, end, base, stem(base), "word", content))
    return found


def _is_label(letter: str, before: Sequence[Token]) -> bool:
    """Whether a single capital names something: option B, and hypothesis A, where "a" and "I" could be mere words."""
    if letter == "I" or not letter.isalpha() or not before:
        return False
    return letter != "A" or (before[-1].kind == "word" and before[-1].content)


def _goes_on_a_name(before: Sequence[Token], start: int) -> bool:
    """Whether what begins at `start` stands right behind a capitalised word: the United States."""
    return bool(before) and before[-1].content and before[-1].text[0].isupper() and start - before[-1].end == 1


_AUXILIARIES = frozenset(
    """is are was were be been being am has have had having do does did done will would shall should can could may
    might must s t re ve ll d m it's isn aren wasn weren hasn haven hadn doesn don didn won wouldn shouldn
    couldn""".split()
)


def _numbers(text: str, tokens: tuple[Token, ...], taken: set[int]) -> list[Fact]:
    found: list[Fact] = []
    at = 0
    while at < len(tokens):
        reading = None if at in taken else _number(text, tokens, at)
        if reading is None:
            at += 1
            continue
        taken.update(range(reading.first, reading.last + 1))
        found.append(reading)
        at = reading.last + 1
    for position in range(len(found) - 1, 0, -1):  # "12 to 15 km": the first number's unit stands after the second
        left, right = found[position - 1], found[position]
        between = [token.base for token in tokens[left.last + 1 : right.first]]
        if right.dimension and not left.dimension and between in (["-"], ["–"], ["—"], ["to"], ["and"], ["or"]):
            factor = UNITS[right.unit][1]
            found[position - 1] = Fact(
                left.kind,
                left.text,
                left.first,
                left.last,
                left.value * factor,
                right.dimension,
                right.unit,
                plain=left.value,
            )
    return found


def _number(text: str, tokens: tuple[Token, ...], at: int) -> Fact | None:
    token = tokens[at]
    last = at
    kind: Literal["number", "ordinal"] = "number"
    decade = False
    if token.kind == "number":
        digits = re.sub(r"(?:st|nd|rd|th|s)$", "", token.text)
        if re.fullmatch(r"\d{1,3}(?:[,\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?", digits):
            digits = re.sub(r"[,\u00a0\u202f\u2009]", "", digits)
        value = float(digits.replace(",", "."))
        if token.text.endswith(("st", "nd", "rd", "th")):
            kind = "ordinal"
        decade = token.text.endswith("s") and kind == "number"
        before = text[: token.start]
        if re.search(r"(?:^|[\s(])[-−]$", before):
            value = -value
    else:
        words = _number_words(tokens, at)
        if words is None:
            return None
        value, last, kind = words
    while last + 1 < len(tokens) and kind == "number" and tokens[last + 1].base in SCALES:
        last += 1
        value *= SCALES[tokens[last].base]
    first, dimension, unit, plain = at, "", "", value
    if kind == "number" and not decade:
        after = tokens[last + 1 : last + 3]
        if at and tokens[at - 1].text in ("$", "€", "£", "¥", "US$"):
            unit, first = fold(tokens[at - 1].text), at - 1
        elif after and after[0].base in ("-", "‑") and len(after) > 1 and after[1].base in UNITS:
            unit, last = after[1].base, last + 2  # a 5-year plan
        elif (
            after
            and after[0].base in UNITS
            and not (after[0].base in ("m", "s", "g", "l", "w", "second") and value == 1)
        ):
            unit, last = after[0].base, last + 1
        elif len(after) > 1 and after[0].base == "per" and after[1].base == "cent":
            unit, last = "%", last + 2
        if unit:
            dimension, factor = UNITS[unit]
            value *= factor
    stated = text[tokens[first].start : tokens[last].end]
    return Fact(kind, stated, first, last, value, dimension, unit, decade=decade, plain=plain)


def _number_words(tokens: tuple[Token, ...], at: int) -> tuple[float, int, Literal["number", "ordinal"]] | None:
    """Reads "twenty-five", "three hundred and five", "sixth", "twenty-first" from tokens[at] on."""
    total, last, seen = 0.0, at - 1, False
    position = at
    while position < len(tokens):
        base = tokens[position].base
        if base in NUMBER_WORDS:
            if (
                seen
                and not (base in _ONES and NUMBER_WORDS[base] < 10 and total % 100 >= 20 and total % 10 == 0)
                and (total % 100 != 0 or total == 0)
            ):
                break
            total, last, seen = total + NUMBER_WORDS[base], position, True
        elif base == "hundred" and seen and total < 100:
            total, last = total * 100, position
        elif (place := _ordinal_word(base)) is not None and (base != "second" or not seen):
            return total + place, position, "ordinal"
        elif not (
            seen
            and base in ("-", "and")
            and position + 1 < len(tokens)
            and _joins(base, tokens[position + 1].base, total)
        ):
            break
        position += 1
    if not seen or (at == last and _idle_one(tokens, at)):
        return None
    return total, last, "number"


def _joins(mark: str, following: str, total: float) -> bool:
    small = following in NUMBER_WORDS or _ordinal_word(following) is not None
    return small and (
        (mark == "-" and 20 <= total % 100 < 100) or (mark == "and" and total >= 100 and total % 100 == 0)
    )


def _ordinal_word(base: str) -> float | None:
    """6 for "sixth", else None."""
    if base.isalpha() and (term := terms(base)) and term[0][:1].isdigit() and term[0][-1:].isalpha():
        return float(term[0].rstrip("stndrh"))
    return None


def _idle_one(tokens: tuple[Token, ...], at: int) -> bool:
    """True for the pronoun "one" ("one of the", "the one", "no one"), which counts nothing."""
    if tokens[at].base != "one":
        return False
    after = tokens[at + 1].base if at + 1 < len(tokens) else ""
    before = tokens[at - 1].base if at else ""
    return after in ("of", "another", "can", "may", "must", "") or before in (
        "the",
        "no",
        "any",
        "each",
        "every",
        "this",
        "that",
    )


def _names(tokens: tuple[Token, ...], taken: set[int]) -> list[Fact]:
    words = [i for i, token in enumerate(tokens) if token.kind == "word" and token.text[:1].isalpha()]
    capital = [i for i in words if tokens[i].text[0].isupper()]
    if len(words) > 6 and len(capital) >= _TITLE_CASE_SHARE * len(words):
        return []  # a headline's capitals name nothing
    found = []
    for i in capital:
        token = tokens[i]
        if i in taken or not token.content or token.base in UNITS or token.base in SCALES:
            continue
        sure = i != words[0] or _name_at_start(tokens, i)
        if sure or not _ORDINARY.search(token.base):
            found.append(Fact("name", token.text, i, i, name=token.base, sure=sure))
    found += [
        Fact("name", tokens[i].text, i, i, name=tokens[i].base)
        for i in words
        if not tokens[i].text[0].isupper() and any(c.isdigit() for c in tokens[i].text) and i not in taken
    ]
    return found


def _name_at_start(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether a sentence's first word is a name: more than its first letter is a capital, or another name follows, or
    it stands without an article right before a verb, as a common noun in the singular would not."""
    token = tokens[at]
    if any(char.isupper() or char.isdigit() for char in token.text[1:]) or token.text.endswith(("'s", "’s")):
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is None or after.kind != "word":
        return False
    if after.text[0].isupper() and after.content:
        return True
    if _ORDINARY.search(token.base):
        return False
    return after.base in _AUXILIARIES or bool(re.search(r"(?:[^e]ed|[^s]s)$", after.base)) or after.base in IRREGULAR


_ORDINARY = re.compile(r"(?:ing|ed|ly|[^s]s|men|people|tion|ment|ness|ity|ism|ance|ence)$")
"""Endings of words that begin a sentence without an article and are no names."""

_NOT_NEGATING = {
    ("not", "only"),
    ("not", "just"),
    ("not", "merely"),
    ("not", "simply"),
    ("no", "doubt"),
    ("no", "longer"),
}
_SCOPE = 4


def _negated(tokens: tuple[Token, ...]) -> frozenset[int]:
    """Indexes of content tokens that a negation before them governs: up to four words on, within the clause."""
    found: set[int] = set()
    for i, token in enumerate(tokens):
        negating = token.base in NEGATIONS or token.base.endswith(("n't", "n’t"))
        after = tokens[i + 1].base if i + 1 < len(tokens) else ""
        if not negating or (token.base, after) in _NOT_NEGATING:
            continue
        reached = 0
        for j in range(i + 1, len(tokens)):
            if tokens[j].text in ",;:.()—" or tokens[j].base in (
                "but",
                "because",
                "although",
                "while",
                "until",
                "unless",
            ):
                break
            if tokens[j].content:
                found ^= {j}
                reached += 1
                if reached == 2:
                    break
            if j - i > _SCOPE + 2:
                break
    return frozenset(found)
