"""Counted occasions: where a document reports the 4th meeting, "the meeting" in it is the 4th. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

from index.terms import content_terms
from qa.mismatch import ordinals as ordinals_in
from qa.named import conditions, file_words, ordinals
from qa.question import Question, parse

_OF_NAME = re.compile(r"\s+of\s+(?:the\s+)?(?P<name>[A-Z][\w’'–-]*(?:\s+[A-Z][\w’'–-]*)*)")


def reported(question: Question, titles: Mapping[str, str]) -> frozenset[str]:
    """The paths of the documents that report an occasion which a question names by its ordinal, "the 4th meeting" or
    "the 3rd and the 4th meeting", as their titles or file names say.

    Args:
        question: the question.
        titles: {path: title} of the documents that it may mean.
    """
    numbers = ordinals_in(question.text)
    if not numbers:
        return frozenset()
    nouns = {condition.noun for condition in conditions(question) if condition.noun}
    wanted = set(product(numbers, nouns))
    counted = {path: {*ordinals(title), *ordinals(file_words(path))} for path, title in titles.items()}
    if not nouns:  # "the 6th and the 7th" alone
        return frozenset(
            path for path, found in counted.items() if not numbers.isdisjoint(number for number, _ in found)
        )
    return frozenset(path for path, found in counted.items() if not wanted.isdisjoint(found))


def asked_there(question: Question, texts: str) -> tuple[Question, str]:
    """A question about one occasion as it is asked of the documents that report it, whose `texts` are given: without
    the name of what the occasion is of, which they have once, and the words to retrieve by, without the ordinal too."""
    occasion = next((condition for condition in conditions(question) if condition.noun), None)
    if occasion is None:
        return question, question.text
    before, ordinal, after = question.text.partition(occasion.text)
    noun = re.search(rf"\b{re.escape(occasion.spelled)}\b", after, re.IGNORECASE)
    if not ordinal or not noun:
        return question, question.text
    head, rest = after[: noun.end()], after[noun.end() :]
    of = _OF_NAME.match(rest)
    if of and set(content_terms(of["name"])) <= set(content_terms(texts)):
        rest = rest[of.end() :]
    return parse(f"{before}{ordinal}{head}{rest}"), f"{before.rstrip()} {head.lstrip()}{rest}"


def of_another(question: Question, text: str) -> bool:
    """Whether a sentence tells of others of what a question counts, and not of the one that it names."""
    wanted = {condition.noun: condition.number for condition in conditions(question) if condition.noun}
    there = ordinals(text) if wanted else []
    if any(number in wanted.values() for number, _ in there):
        return False
    return any(noun in wanted for _, noun in there)
