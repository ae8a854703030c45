"""What a question names must be met: an 8th dialogue is not answered from the 7th. Pure.

Ordinals, years and dates are hard conditions on the passage that answers (or on its document, where the passage itself names
no other). A name that stands in no document at all is a reason to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.chunk import context
from index.dates import FoundDate, find_dates
from index.terms import fold, ordinal, terms
from qa.facts import Fact, read, stem
from qa.question import Question
from qa.types import Evidence

Frequency = Callable[[str], int]

_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_FEW = 5


@dataclass(frozen=True, slots=True)
class Unmet:
    """Something that the question names and the documents do not; `explanation` is a sentence for people."""

    named: str
    explanation: str


@dataclass(frozen=True, slots=True)
class _Condition:
    """An ordinal with the noun that it counts, or a date."""

    fact: Fact
    term: str = ""
    noun: str = ""
    date: FoundDate | None = None


def conditions(question: Question) -> tuple[_Condition, ...]:
    """The hard conditions that the question states: its ordinals, dates and years."""
    found = []
    for statement in read(question.text):
        for fact in statement.facts:
            if fact.kind == "ordinal":
                after = [token for token in statement.tokens[fact.last + 1 : fact.last + 5] if token.content]
                found.append(_Condition(fact, ordinal(int(fact.value)), after[-1].stem if after else ""))
            elif fact.kind == "date" and fact.date is not None:
                found.append(_Condition(fact, date=fact.date))
            elif _is_year(fact):
                year = FoundDate(0, 0, int(fact.value), None, None)
                found.append(_Condition(fact, date=year))
    return tuple(found)


def meeting(question: Question, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that meets the question's conditions; all of it where there are none.

    Two ordinals or dates in one question are alternatives ("the 6th and the 7th"), so that one suffices.
    """
    wanted = conditions(question)
    if not wanted:
        return tuple(evidence)
    return tuple(item for item in evidence if any(_meets(condition, item, evidence) for condition in wanted))


def unmet(question: Question, evidence: Sequence[Evidence], frequency: Frequency) -> Unmet | None:
    """What the question names that no document does, if anything: an ordinal, a date, or a name.

    `frequency` tells in how many passages a term occurs.
    """
    for condition in conditions(question):
        if condition.term and not any(_meets(condition, item, evidence) for item in evidence):
            return Unmet(condition.term, _ordinals_there(condition, evidence))
    for statement in read(question.text):
        for fact in statement.facts:
            if fact.kind != "name" or statement.tokens[fact.first].stem in _ASKING:
                continue
            parts = terms(fact.text)
            if parts and all(frequency(part) == 0 for part in parts):
                return Unmet(fact.text, f"The documents do not mention {fact.text}.")
    return None


_ASKING = frozenset(
    stem(word)
    for word in [
        "who",
        "what",
        "when",
        "where",
        "which",
        "why",
        "how",
        "whom",
        "whose",
        "list",
        "name",
        "tell",
        "give",
        "show",
        "explain",
        "describe",
        "summarise",
        "summarize",
        "compare",
        "define",
        "please",
        "find",
    ]
)


def _is_year(fact: Fact) -> bool:
    return fact.kind == "number" and not fact.dimension and fact.text.isdigit() and 1500 <= fact.value <= 2200


def _meets(condition: _Condition, item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether the passage, its context, or failing a contradiction its document, names what the condition does."""
    here = f"{context(item.passage)}\n{item.passage.text}"
    if condition.date is not None:
        dates = [*find_dates(here), *_years(here)]
        return any(condition.date.matches(date) and date.year is not None for date in dates)
    if condition.term in terms(here):
        return True
    if condition.noun and any(noun == condition.noun for _, noun in _counted(here)):
        return False  # the passage counts the same thing, and counts another
    same = (other for other in evidence if other.passage.document == item.passage.document)
    return any(condition.term in terms(other.passage.text) for other in same)


def _years(text: str) -> list[FoundDate]:
    return [
        FoundDate(m.start(), m.end(), int(m[0]), None, None) for m in re.finditer(r"\b(?:1[5-9]|2[01])\d\d\b", text)
    ]


def _counted(text: str) -> list[tuple[int, str]]:
    """(ordinal, stem of the noun that it counts) for every ordinal of the text."""
    found = []
    for statement in read(text):
        for fact in statement.facts:
            if fact.kind == "ordinal":
                after = [token.stem for token in statement.tokens[fact.last + 1 : fact.last + 6] if token.content]
                found += [(int(fact.value), noun) for noun in after]
    return found


def _ordinals_there(condition: _Condition, evidence: Sequence[Evidence]) -> str:
    """A sentence that says which of the counted things the documents do mention."""
    there = sorted(
        {
            number
            for item in evidence
            for number, noun in _counted(f"{item.passage.title}\n{item.passage.text}")
            if noun == condition.noun
        }
    )
    noun = _spelled(condition, evidence)
    if not there or not noun or len(there) > _FEW:
        return f"The documents do not mention {_article(condition.term)} {noun or 'one'}."
    named = [ordinal(number) for number in there]
    listed = named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]
    return f"The documents mention the {listed} {noun}, not {_article(condition.term)}."


def _spelled(condition: _Condition, evidence: Sequence[Evidence]) -> str:
    """The counted noun as the documents write it, in small letters."""
    for item in evidence:
        for statement in read(item.passage.text):
            for token in statement.tokens:
                if token.content and token.stem == condition.noun:
                    return fold(token.text)
    return ""


def _article(term: str) -> str:
    return f"an {term}" if term.startswith(("8", "11th", "18th")) else f"a {term}"
