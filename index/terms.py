"""Text → terms, the same for documents and questions: what BM25 counts and what ranking compares. Pure.

A term is a word folded (compatibility forms, case, accents), its ordinal or number word turned to digits ("sixth" and
"6th" are both `6th`), or brought to its regular form ("held" to "hold") and stemmed with the English Snowball stemmer.
Runs of scripts without spaces become pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from index.irregular import IRREGULAR

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

_SPACELESS = "぀-ヿ㐀-䶿一-鿿豈-﫿가-힯฀-๿຀-໿က-႟ក-៿"
_WORD = re.compile(rf"[{_SPACELESS}]+|(?:(?![{_SPACELESS}])[^\W_])+(?:[.,](?=\d)\d+)*", re.UNICODE)

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_ORDINALS = {
    word: number
    for number, word in enumerate(
        (
            "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
            "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
        ).split()
    )
} | {
    "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50,
    "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100,
}  # fmt: skip
NUMBER_WORDS: dict[str, int] = {word: number for number, word in enumerate(_UNITS)} | _TENS
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_COMPOUND = re.compile(rf"\b({'|'.join(_TENS)})[\s-]({'|'.join([*_UNITS[1:10], *list(_ORDINALS)[1:10]])})\b", re.I)

STOPWORDS = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing down during each either else ever few for from further get give given had has
    have having he her here hers him his how i if in into is it its itself just let like many may me might more most
    much must my no nor not of off on once one only or other our out over own per please same shall she should so
    some such tell than that the their theirs them then there these they this those through to too under until up us
    very was we were what when where which while who whom whose why will with within without would you your
    """.split()
)


def ordinal(number: int) -> str:
    """The number with its English suffix: 1st, 2nd, 3rd, 11th."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def fold(text: str) -> str:
    """Compatibility forms, case and accents folded; characters may be added or lost, so offsets do not carry over."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char) or char in "゙゚")
    return unicodedata.normalize("NFC", bare)


def words(text: str) -> list[tuple[str, int, int]]:
    """(word, start, end) of every word as it stands, offsets into the text."""
    return [(match[0], *match.span()) for match in _WORD.finditer(text)]


@lru_cache(maxsize=50_000)
def _word_terms(word: str) -> tuple[str, ...]:
    folded = fold(word)
    if not folded:  # marks alone, which a few scripts have letters of
        return ()
    if re.match(rf"[{_SPACELESS}]", folded):
        return (folded,) if len(folded) == 1 else tuple(folded[i : i + 2] for i in range(len(folded) - 1))
    if folded in _ORDINALS:
        return (ordinal(_ORDINALS[folded]),)
    if match := _ORDINAL.fullmatch(folded):
        return (ordinal(int(match[1])),)
    if folded[0].isdigit():
        return (folded.replace(",", ""),)
    return tuple(_stemmer().analyze(IRREGULAR.get(folded, folded)))


def terms(text: str) -> list[str]:
    """The terms of the text in order, stopwords included."""
    joined = _COMPOUND.sub(_join_number, text)
    return [term for match in _WORD.finditer(joined) for term in _word_terms(match[0])]


def content_terms(text: str) -> list[str]:
    """The terms of the text in order, without stopwords; all of them where nothing else is left."""
    joined = _COMPOUND.sub(_join_number, text)
    found = [
        term
        for match in _WORD.finditer(joined)
        if match[0].casefold() not in STOPWORDS and not _is_ending(joined, match)
        for term in _word_terms(match[0])
    ]
    return found or terms(text)


@cache
def word_list(words: str) -> frozenset[str]:
    """The terms of a list of words, each taken alone, made when they are first needed."""
    return frozenset(term for word in words.split() for term in content_terms(word))


def _is_ending(text: str, match: re.Match[str]) -> bool:
    """True for what stands behind an apostrophe: the s of "the insurer's", the t of "isn't"."""
    return text[match.start() - 1 : match.start()] in _APOSTROPHES and match[0].casefold() in _ENDINGS


_APOSTROPHES = frozenset("'’")
_ENDINGS = frozenset("s t d m ll re ve".split())


def _join_number(match: re.Match[str]) -> str:
    """Twenty-first → 21st, twenty one → 21."""
    tens, unit = _TENS[match[1].lower()], match[2].lower()
    return ordinal(tens + _ORDINALS[unit]) if unit in _ORDINALS else str(tens + NUMBER_WORDS[unit])


@cache
def _stemmer() -> TextAnalyzer:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()
