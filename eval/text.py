"""Comparing wordings: texts as sequences of tokens, so that a match sits on token boundaries. Pure, standard library
only.

SQuAD's own normalisation deletes punctuation, which makes "$5.2" equal to "52" and "1/2" equal to "12", and
finding a wording as a substring finds "12" in "2012". Here a number keeps its sign, decimals, currency, percent
and magnitude as one token, thousands separators and typographic variants are levelled, and characters that nobody
sees are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u02bc\uff07"), "'")
_LEVEL = _DASHES | _QUOTES

_MARK = (
    r"[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
)
_SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"""
    (?P<number>
        (?: (?<![\w.)\]%]) [+-] )?                          # a sign, not the hyphen of "12-15" or "EU-6"
        (?: [$€£¥] [ ]? )?
        \d{{4}}-\d{{2}}-\d{{2}}(?![\d-])                    # 2024-11-13 is one thing
      | (?: (?<![\w.)\]%]) [+-] )?
        (?: [$€£¥] [ ]? )?
        (?: (?<=[$€£¥]) [+-] )?
        (?: \d{{1,3}}(?:,\d{{3}})+(?!\d) (?:\.\d+)? | \d+ (?:[.,:/\u2044]\d+)* )
        [\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2150-\u215e]*
        (?: [ ]? [%‰°] | [ ]? (?:hundred|thousand|million|billion|trillion) \b )?
        (?:(?![{_SPACELESS}])[^\W\d_])*                     # 6th, 4x, 131km
      | [\u00bc-\u00be\u2150-\u215e]
    )
    | (?P<spaceless>[{_SPACELESS}])                         # no spaces between words: each sign a token
    | (?P<word>(?:(?![{_SPACELESS}])[^\W_]|{_MARK})+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_IN_NUMBER = re.compile(r",(?=\d{3}(?!\d))|[ ]")
_THIN_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d))")
_FUNCTION_WORDS = """
    a an and any are as at be been both but by can could did do does during for from give had has have he her him
    his how i if in into is it its just me might more most much my no not of on one or our over please put she should so
    some tell than that the their them then there these they this those to under up us was we were what when where
    which while who whom whose why will with would you your"""
_STOPWORDS = frozenset(_FUNCTION_WORDS.split())


def level(text: str) -> str:
    """The text without differences that nobody means: Unicode composition and widths, case, dashes, apostrophes, runs
    of white space, invisible characters. Fractions and superscripts stay what they are: NFKC would make 10² into
    102."""
    kept = []
    for char in unicodedata.normalize("NFC", _THIN_SPACE.sub(",", text)).translate(_LEVEL):
        category = unicodedata.category(char)
        if category == "Cf" or char == "\u00ad":
            continue
        kept.append(char if category == "No" else unicodedata.normalize("NFKC", char))
    return " ".join("".join(kept).translate(_LEVEL).casefold().split())


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, levelled.

    >>> tokens("Costs fell by -1,250.50 euros (12 %) in 2012")
    ('costs', 'fell', 'by', '-1250.50', 'euros', '12%', 'in', '2012')
    >>> tokens("$5.2 million, 1/2, 12-15 November")
    ('$5.2million', '1/2', '12', '15', 'november')
    """
    found = []
    for match in _TOKEN.finditer(level(text)):
        found.append(_IN_NUMBER.sub("", match[0]) if match["number"] else match[0])
    return tuple(found)


def tokens_with_spans(text: str) -> list[tuple[str, int, int]]:
    """(token, start, end) in a text as it stands, for finding token boundaries; not levelled."""
    return [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


def contains(text: str, wording: str) -> bool:
    """Whether the wording's tokens stand in the text, together and in order. An empty wording is in no text.

    >>> contains("It was held on 11 November 2024.", "november 2024"), contains("in 2012", "12")
    (True, False)
    """
    inside, wanted = tokens(text), tokens(wording)
    width = len(wanted)
    return bool(wanted) and any(inside[i : i + width] == wanted for i in range(len(inside) - width + 1))


def meets(text: str, wordings: Iterable[str]) -> bool:
    """Whether the text has any of the accepted wordings."""
    return any(contains(text, wording) for wording in wordings)


def content_words(text: str) -> frozenset[str]:
    """The words that carry matter, crudely stemmed: to prove that a paraphrase shares none with its source."""
    return frozenset(_stem(token) for token in tokens(text) if token not in _STOPWORDS and len(token) > 1)


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
