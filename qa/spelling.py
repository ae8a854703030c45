"""Words of a question that no document has → the words that were probably meant. Pure.

Only what nobody could have meant is touched: a word that stands in no passage, and is two known words run together or
one slip away from a known one (Damerau 1964). Short words and short names are left alone: China is not chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from index.irregular import IRREGULAR
from index.terms import STOPWORDS, terms
from qa.lexicon import EQUIVALENT

Frequency = Callable[[str], int]
Vocabulary = Callable[[str], Iterable[tuple[str, int]]]
"""(term, frequency) of every term that begins with a prefix."""

Words = Callable[[], frozenset[str]]

_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{5,40}(?![^\W\d_])")
_COMMON = (
    STOPWORDS
    | set(EQUIVALENT)
    | set(IRREGULAR)
    | set(
        """summarise summarize summary overview compare comparison differ difference differences describe explain
        outline topic topics document documents article articles report reports latest newest recent oldest published
        publish hello thanks please according mention mentions mentioned answer question questions people person place
        number population budget price author wrote building city country""".split()
    )
)
"""Words that questions are made of; that no document has them does not make them slips."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def corrected(question: str, frequency: Frequency, vocabulary: Vocabulary, words: Words = frozenset) -> str:
    """The question with words mended; unchanged where every word is known or nothing is near.

    `words` gives common words that are no slips, asked for only where a word stands in no passage.
    """

    first = _FIRST.match(question)
    asks = _asking_word(first[0]) if first else None
    if first and asks and not any(map(frequency, terms(first[0]))) and not _is_word(first[0].lower(), words()):
        question = asks + question[first.end() :]

    def mend(match: re.Match[str]) -> str:
        word = match[0]
        found = terms(word)
        if word.lower() in _COMMON or len(found) != 1 or frequency(found[0]) or _is_word(word.lower(), words()):
            return word
        return _parts(word, frequency) or _with_ending(word, found[0], vocabulary) or word

    return _WORD.sub(mend, question)


_FIRST = re.compile(r"^[^\W\d_]{3,6}(?=\s)")
_ASKING = ("which", "where", "what", "when", "whose", "does")


def _asking_word(word: str) -> str | None:
    """The word that asks which the first word of a question is a slip from, "wich" or "waht"; None where it is none."""
    lower = word.lower()
    if lower in STOPWORDS:
        return None
    return next((asks for asks in _ASKING if _is_slip(lower, asks)), None)


def _is_slip(word: str, meant: str) -> bool:
    """Whether a word is another with its letters in another order, or one letter of it left out or doubled: "whale" is
    not "while"."""
    if sorted(word) == sorted(meant):
        return True
    return len(word) != len(meant) and word[0] == meant[0] and _distance(word, meant, 1) <= 1


_INFLECTED = ("s", "es", "r", "er", "rs", "ers", "d", "ed", "ing", "ly")


def _is_word(word: str, words: frozenset[str]) -> bool:
    """True for one of the words, or an inflected form of one."""
    return word in words or any(word.endswith(end) and word[: -len(end)] in words for end in _INFLECTED)


def _parts(word: str, frequency: Frequency) -> str | None:
    """Two known words run together, as in "cyberdialogue", the most even cut first."""

    def known(part: str) -> bool:
        found = terms(part)
        return len(found) == 1 and frequency(found[0]) > 0

    humps = _CAMEL.split(word)
    if len(humps) > 1 and all(known(hump) for hump in humps):
        return " ".join(humps)
    cuts = sorted(range(3, len(word) - 2), key=lambda cut: abs(len(word) / 2 - cut))
    return next((f"{word[:cut]} {word[cut:]}" for cut in cuts if known(word[:cut]) and known(word[cut:])), None)


def _with_ending(word: str, term: str, vocabulary: Vocabulary) -> str | None:
    """The near term with the ending that stemming took off the word, so that a plural stays one."""
    near = _near(word, term, vocabulary)
    if near is None:
        return _before_ending(word, vocabulary)
    ending = word[len(term) :] if word.lower().startswith(term) else ""
    return near + ending


_ENDINGS = (
    "ence ance ation tion sion ment ness ity ing ings able ible ive ion ions ments ies er ers or ors al ally ed".split()
)
_SHARED = 5
"""Letters that a word has to begin with like a known one, where its slip is in the ending that stemming takes off."""


def _before_ending(word: str, vocabulary: Vocabulary) -> str | None:
    """A known stem with the ending that was probably meant: "confidense" → "confidence"."""
    lower = word.lower()
    if len(lower) < _SHARED + 3 or word[0].isupper():
        return None
    near = [
        (distance, -count, form)
        for other, count in vocabulary(lower[:_SHARED])
        for ending in _ENDINGS
        if abs(len(form := other + ending) - len(lower)) <= 1
        and (distance := _distance(lower, form, 1)) <= 1
        and terms(form) == [other]
    ]
    return min(near)[2] if near else None


_SHORT_NAME = 6
_LONG_NAME = 7
"""Letters from which on a name that no document has may be one slip away from one that is meant."""


def _near(word: str, term: str, vocabulary: Vocabulary) -> str | None:
    """The most frequent known term one slip away, two for a long word; for a short name the same letters in another
    order, "Ghandi" for "Gandhi"."""
    name = word[0].isupper()
    if len(term) < (_SHORT_NAME if name else 5):
        return None
    allowed = 2 if len(term) >= 9 and not name else 1

    def slips(other: str) -> int:
        if name and len(term) < _LONG_NAME:
            return 0 if sorted(other) == sorted(term) else allowed + 1
        return _distance(term, other, allowed)

    near = [
        (distance, -count, other)
        for other, count in vocabulary(term[0])
        if abs(len(other) - len(term)) <= allowed and len(other) >= 5 and (distance := slips(other)) <= allowed
    ]
    return min(near)[2] if near else None


def _distance(a: str, b: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 where it is more."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        new = [i]
        for j, y in enumerate(b, start=1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (x != y))
            if before and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            new.append(cost)
        if min(new) > most:
            return most + 1
        before, row = row, new
    return min(row[-1], most + 1)
