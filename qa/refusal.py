"""Whether a sentence is beside the point, however much else speaks for it: rules for what fitted coefficients cannot
learn from the questions that they are fitted on. Pure.

A wrong answer is worse than none: each rule refuses, and what it was made for stands in its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from index.chunk import context
from index.dates import find_dates
from index.terms import content_terms
from index.types import Passage
from qa import persons, rank
from qa.facts import equivalents, opposites, read
from qa.phrases import MONTH, month_number, people_at
from qa.question import Question
from qa.rank import Candidate
from qa.sorts import LABEL, Expected, roles_in
from qa.types import Evidence

_DEMOTED = 1.0
"""Log-odds by which the sentence that is taken, as it has such a thing, may be behind another that has none."""
_NAMES = 0.5
"""Share of a question's names that may be untold where a sentence answers with a person, a time, a place or a reason.
Where more is untold, 6 of 9 such answers over XQuAD are wrong; of those with numbers and others half are right."""
PREMISE = 0.5
"""Share of a question for a reason that a passage has at least to tell what it gives the reason of."""
_ALIKE = 0.5
"""Similarity of such a question and a sentence that has a reason, from which on it tells the premise in other words."""
_SAYS_WHY = 2.0
"""Margin from which on a sentence is believed to give the reason, though it does not repeat what it is the reason of.
Of XQuAD's few questions why, the right ones have 2.9 and more, the others at most 1.2."""
_WITHOUT_A_WORD = 4.0
"""The same for a sentence without any word that says that it gives a reason."""
_BARELY = 0.1
"""Share of a question below which a sentence says next to nothing of it, and only the reader can speak for it."""
_BELIEVED = 1.0
"""Margin of such belief. Over XQuAD all three such sentences below it are wrong."""
_ALL_THE_SAME = 4.0
"""Margin from which on a sentence is believed that names something else than the question does. Over XQuAD ten such
sentences are below it, eight of them wrong."""
_OF_WHAT_IS_NAMED = (
    Expected.PERSON,
    Expected.TIME,
    Expected.PLACE,
    Expected.VENUE,
    Expected.BUILDING,
    Expected.REASON,
)
_FOLLOWS = re.compile(
    r"\b(?:before|after|previous(?:ly)?|former(?:ly)?|predecessors?|successors?|succeed(?:ed|s)?|replaced?)\b",
    re.IGNORECASE,
)
ASKS_FUTURE = re.compile(r"\b(?:will|next|upcoming|future|scheduled|planned)\b", re.IGNORECASE)


_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_AFTER_MONTH = re.compile(rf"\bafter\s+(?P<month>{MONTH.pattern})", re.IGNORECASE)


def ahead(question: Question, ranked: list[Candidate], evidence: Sequence[Evidence]) -> list[Candidate]:
    """Without the sentences whose dates and years all lie behind, where a time or a place to come is asked for: on the
    day of its document or before it nothing was "next"."""
    if question.expected not in (Expected.TIME, Expected.PLACE, Expected.VENUE):
        return ranked
    if not ASKS_FUTURE.search(question.text):
        return ranked

    def behind(candidate: Candidate) -> bool:
        written = evidence[candidate.evidence].passage.date or ""
        dates = [found.iso for found in find_dates(candidate.text) if found.iso]
        years = _YEAR.findall(candidate.text)
        later = _AFTER_MONTH.search(question.text)
        if later and any(found.month == month_number(later["month"]) for found in find_dates(candidate.text)):
            return True
        if not written or not years:
            return False
        return all(date[: len(written)] <= written for date in dates) and all(
            year < written[:4] or (dates and year == written[:4]) for year in years
        )

    return [candidate for candidate in ranked if not behind(candidate)]


def beside_the_point(question: Question, ranked: Sequence[Candidate], similar: float, passage: Passage) -> bool:
    """Whether the best sentence lacks what its kind of answer needs, however much else speaks for it.

    `similar` is how alike the question and that sentence are, `passage` where the sentence stands.
    """
    best = ranked[0]
    reason = question.expected is Expected.REASON
    unreasoned = bool(best.features["kind_missing"])
    told = best.features["covers_passage"] >= PREMISE
    margin = best.features["margin"]
    return (
        bool(best.features["exact_missing"] or best.features["repeats"] or best.features["asks"])
        or max(c.score for c in ranked) - best.score > _DEMOTED
        or (question.expected in _OF_WHAT_IS_NAMED and best.features["names_missing"] >= _NAMES)
        or (reason and not told and (unreasoned or similar < _ALIKE) and margin < _SAYS_WHY)
        or (reason and unreasoned and margin < _WITHOUT_A_WORD)
        or (best.features["covers"] < _BARELY and margin < _BELIEVED)
        or (margin < _ALL_THE_SAME and not question.decides and _of_another_name(best))
        or _says_the_opposite(question, best)
        or _of_another_year(question, best, passage)
        or _of_another_label(question, best)
        or (margin < rank.SURE and _counts_something_else(question, best, passage))
        or persons.belonging_elsewhere(question, best.text)
    )


def _says_the_opposite(question: Question, best: Candidate) -> bool:
    """Whether a sentence has instead of a word of the question its opposite: when it opened is not when it closed. The
    opposite answers what can be answered by yes or no."""
    said = set(content_terms(best.text))
    return not question.decides and any(
        not said.isdisjoint(opposites().get(term, ())) for term in question.terms if term not in said
    )


def _of_another_name(best: Candidate) -> bool:
    """Whether a sentence names something, and nothing around it any of the question's names: what is said of Ghent is
    not said of Bruges."""
    return best.features["names_missing"] >= 1 and any(
        fact.kind == "name" and fact.sure for statement in read(best.text) for fact in statement.facts
    )


def _of_another_year(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a question names years of which neither the sentence, nor what stands before it or above, nor the
    document's date has one, while the sentence has another, or the document a date."""
    asked = set(_YEAR.findall(question.text))
    before = passage.text[: best.segment.end - passage.start]
    date = passage.date or ""
    return (
        bool(asked)
        and asked.isdisjoint(_YEAR.findall(f"{context(passage)} {before} {date}"))
        and bool(date or _YEAR.search(best.text))
    )


_VALUE = re.compile(r"[^\w\n]*\d[^\n]{0,40}")


@cache
def _summed() -> frozenset[str]:
    """Terms that a label may add to what is asked without being of something else."""
    return frozenset(content_terms("average number total overall annual amount"))


def _of_another_label(question: Question, best: Candidate) -> bool:
    """Whether a line is a label and a figure, and the label neither is of the question's words nor has all of those
    that what stands above the line does not say: "Net sales: 12" gives no net profit."""
    label = LABEL.match(best.text)
    if not label or not _VALUE.fullmatch(best.text[label.end() :]):
        return False
    says = set(content_terms(label[0])) - _summed()
    own = {term for term in question.terms if term not in question.asking and term not in best.above}
    return not says <= set(question.terms) and not own - _summed() <= says


_DEED = re.compile(
    r"\bhow many\s+(?:[\w-]+\s+){1,4}?(?:(?:were|was|have|had|has|are|been)\s+)*(?P<said>\w{2,}(?:ed|en))\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many\s+(?:(?:more|other|different|new|total)\s+)?(?P<said>[\w-]+)", re.IGNORECASE)


@cache
def _anybody() -> frozenset[str]:
    """Terms of what is counted that a passage need not repeat: it says who, when or of what measure instead."""
    return frozenset(content_terms("people persons times things square cubic"))


def _counts_something_else(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether something is counted of which, or who did or suffered what the passage tells nothing like: how many were
    aboard is not how many died, nor the number of nurses that of doctors."""
    told = set(content_terms(f"{best.text} {context(passage)} {passage.text}"))

    def untold(said: str) -> bool:
        terms = set(content_terms(said)) - _anybody()
        return bool(terms) and told.isdisjoint(terms.union(*(equivalents().get(term, ()) for term in terms)))

    deed, counted = _DEED.search(question.text), _COUNTED.search(question.text)
    return bool(deed and untold(deed["said"])) or bool(counted and not question.measure and untold(counted["said"]))


def names_only_whom_it_names(question: Question, best: Candidate) -> bool:
    """Whether people are asked for, and a sentence names only those of the question and tells of nobody else by a role:
    "Ada Brook took over" does not say who was it before Ada Brook."""
    if question.expected is not Expected.PERSON:
        return False
    asked = set(question.terms)
    runs: dict[tuple[int, int, int], set[str]] = {}
    for at, statement in enumerate(read(persons.without_offices(best.text))):
        for fact in statement.facts:
            if fact.kind == "name" and fact.sure:
                runs.setdefault((at, *fact.run), set()).update(content_terms(fact.name))
    if not runs or any(name.isdisjoint(asked) for name in runs.values()):
        return False
    return roles_in(best.text) <= asked or bool(_FOLLOWS.search(question.text))


_BEHIND_SOMEBODY = 4.0
"""Log-odds by which a sentence that names somebody may be behind one that tells of nobody. XQuAD has no question where
that changes an answer."""


def somebody_first(question: Question, ranked: list[Candidate]) -> list[Candidate]:
    """Where people are asked for and the best sentence has neither a person's name nor a role, the best one little
    behind that names somebody ahead of it: that a meeting was held in Ghent does not say who spoke there."""
    if question.expected is not Expected.PERSON or not ranked or people_at(ranked[0].text) or roles_in(ranked[0].text):
        return ranked
    near = (c for c in ranked if c.score >= ranked[0].score - _BEHIND_SOMEBODY and people_at(c.text))
    first = next(near, None)
    return [first, *(c for c in ranked if c is not first)] if first else ranked


def tells_of_each(question: Question, picked: Sequence[Candidate], evidence: Sequence[Evidence]) -> bool:
    """Whether one sentence tells of each of several things that the question counts: what is said of the sixth alone
    does not decide whether it came before the seventh."""

    def counted(text: str) -> set[float]:
        return {fact.value for statement in read(text) for fact in statement.facts if fact.kind == "ordinal"}

    asked = {fact.value for fact in question.named if fact.kind == "ordinal"}
    above = (context(evidence[candidate.evidence].passage) for candidate in picked)
    told = (counted(f"{candidate.text}\n{title}") for candidate, title in zip(picked, above, strict=True))
    return len(asked) < 2 or any(asked <= ordinals for ordinals in told)
