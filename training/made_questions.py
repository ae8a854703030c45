"""Questions made from passages by rule: a phrase is taken out of a sentence, and a question word stands for it.

After Lewis et al. 2019 (Unsupervised Question Answering by Cloze Translation, arXiv:1906.04980), with plain rules for
all of it: "The treaty was signed in Ghent in 1814." → "When the treaty was signed in Ghent in?". Such questions are
rough, and what the phrase says is often no good answer. A reader learns from them only what its teacher makes of them,
never from the phrase itself.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

STOPWORDS = frozenset(
    """a an the of in on at by for to from with and or but as is are was were be been being it its this that these those
    he she they his her their him them i you we my your our not no than then so if into over under about after before
    during which who whom whose what when where has have had do does did will would can could may might there here also
    more most very just""".split()
)
MONTHS = tuple(
    "january february march april may june july august september october november december".split()  # also prefixes
)
_TOKEN = re.compile(r"\w[\w'’.-]*\w|\w|[^\w\s]")
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_BREAK = re.compile(r"[,;:()–—.]\s|\s(?:and|but|which|while|because|although|who)\s")
FEWEST, MOST = 6, 60
"""Tokens of a sentence that a question is made from."""
LONGEST = 240
"""Characters of a question."""


class _Token(NamedTuple):
    text: str
    start: int
    end: int


def make(text: str, sentence: tuple[int, int], chance: random.Random) -> tuple[str, tuple[int, int]] | None:
    """A question about `text[start:end]`, one of its sentences.

    Returns:
        The question and the span of `text` that was taken out; None where the sentence yields none.
    """
    begin, end = sentence
    said = text[begin:end].rstrip()
    tokens = [_Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(said)]
    phrases = _phrases(tokens)
    if not FEWEST <= len(tokens) <= MOST or not phrases:
        return None
    phrase = _part(chance.choices(phrases, [_interest(found) for found in phrases])[0], chance)
    opening, closing = phrase[0].start, phrase[-1].end
    closing += said[closing : closing + 1] == "%"
    before, after = said[:opening], said[closing:]
    word = _question_word(said[opening:closing], before, chance)
    if chance.random() < 0.75:
        before, after = _clause(before, after, chance)
    first, second = before.split(), after.strip().rstrip(".!?").split()
    if len(first) + len(second) < 3:
        return None
    question = _worded(word, first, second, chance)[:LONGEST]
    question = question[0].upper() + question[1:]
    if chance.random() < 0.85:
        question = question.rstrip(" ,;:") + "?"
    return question, (begin + opening, begin + closing)


def _phrases(tokens: list[_Token]) -> list[list[_Token]]:
    """The longest runs of words that are no stopwords."""
    runs: list[list[_Token]] = [[]]
    for token in tokens:
        if token.text.lower() in STOPWORDS or not token.text[0].isalnum():
            runs.append([])
        else:
            runs[-1].append(token)
    return [run for run in runs if run]


def _interest(phrase: list[_Token]) -> int:
    """Figures and names are asked for more often."""
    figure = any(character.isdigit() for token in phrase for character in token.text)
    return 3 if figure or (phrase[0].text[0].isupper() and phrase[0].start > 0) else 1


def _part(phrase: list[_Token], chance: random.Random) -> list[_Token]:
    """The phrase, or half of the time a piece of it: its names and figures where it has other words too."""
    if len(phrase) == 1 or chance.random() < 0.5:
        return phrase
    named = [token for token in phrase if token.text[0].isupper() or token.text[0].isdigit()]
    if named and len(named) < len(phrase):
        return named if named[-1].end - named[0].start < 60 else named[:1]
    size = chance.randrange(1, len(phrase) + 1)
    at = chance.randrange(len(phrase) - size + 1)
    return phrase[at : at + size]


def _question_word(answer: str, before: str, chance: random.Random) -> str:
    previous = before.split()[-1].lower() if before.split() else ""
    if _YEAR.fullmatch(answer) or answer.lower().startswith(MONTHS):
        return chance.choice(("when", "when", "in what year", "what year"))
    if any(character.isdigit() for character in answer):
        return chance.choice(("how many", "how many", "how much", "what"))
    if answer[0].isupper() and previous in ("in", "at", "from", "near", "to"):
        return chance.choice(("where", "what", "which place", "what country"))
    if answer[0].isupper():
        return chance.choice(("who", "who", "what", "which"))
    because = "why" if previous in ("because", "due") else "what"
    return chance.choice(("what", "what", "what kind of", "how", because))


def _clause(before: str, after: str, chance: random.Random) -> tuple[str, str]:
    """What stands before and after the phrase, cut down to a clause."""
    breaks = [match.end() for match in _BREAK.finditer(before)]
    if breaks:
        before = before[chance.choice(breaks[-2:]) :]
    stop = _BREAK.search(after)
    if stop and len(before.split()) + len(after[: stop.start()].split()) >= 4:
        after = after[: stop.start()]
    return before, after


def _worded(word: str, first: list[str], second: list[str], chance: random.Random) -> str:
    """The question word in front of the clause, in its place, or before its words in a heap; some words fall out."""
    lost = chance.choice((0.0, 0.0, 0.1, 0.2))
    first, second = ([part for part in words if chance.random() >= lost] for words in (first, second))
    way = chance.random()
    if way < 0.35:
        words = [word, *second, *first]
    elif way < 0.7:
        words = [word, *first, *second]
    elif way < 0.85:
        words = [*first, word, *second]
    else:
        kept = [part for part in (*first, *second) if part.lower() not in STOPWORDS or chance.random() < 0.5]
        words = [word, *kept]
    return " ".join(words)
