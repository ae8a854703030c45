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
from qa.named import NUMBERED
from qa.phrases import MONTH, WORD, month_number, people_at
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
_PRONOUN = re.compile(r"\b(?:I|my|he|him|his|she|her|we|our|they|their)\b", re.IGNORECASE)
"""Words by which a sentence tells of somebody without a name."""
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
        or (
            question.expected in _OF_WHAT_IS_NAMED
            and best.features["names_missing"] >= _NAMES
            and not (margin >= rank.SURE and _PRONOUN.search(best.text))
        )
        or (reason and not told and (unreasoned or similar < _ALIKE) and margin < _SAYS_WHY)
        or (reason and unreasoned and margin < _WITHOUT_A_WORD)
        or (best.features["covers"] < _BARELY and margin < _BELIEVED)
        or (margin < _ALL_THE_SAME and not question.decides and _of_another_name(best))
        or _says_the_opposite(question, best)
        or (reason and _denies(question, best))
        or _of_another_year(question, best, passage)
        or _of_another_label(question, best)
        or _of_another_number(question, best)
        or _of_another_office(question, best)
        or (question.decides and rank.is_fragment(best.segment, best.text) and margin < rank.SURE)
        or (margin < rank.SURE and _counts_something_else(question, best, passage))
        or persons.belonging_elsewhere(question, best.text)
    )


_BUT = re.compile(r"\b(?:except|apart from|other than|unless)\b", re.IGNORECASE)
_BESIDE = 4
"""Words on either side of an opposite of which one is the question's where the opposite is said of the same thing."""


def _says_the_opposite(question: Question, best: Candidate) -> bool:
    """Whether a sentence has instead of a word of the question its opposite, of the same thing: when it opened is not
    when it closed, but that sales fell because the rent rose tells why they fell, and what is open except on Mondays is
    closed then. The opposite answers what can be answered by yes or no."""
    words = [content_terms(word) for word in WORD.findall(best.text)]
    said = {term for terms in words for term in terms}
    against = {other for term in question.terms if term not in said for other in opposites().get(term, ())}
    if question.decides or said.isdisjoint(against) or _BUT.search(best.text):
        return False
    return any(
        not against.isdisjoint(terms)
        and any(not set(question.terms).isdisjoint(near) for near in words[max(0, at - _BESIDE) : at + _BESIDE + 1])
        for at, terms in enumerate(words)
    )


_DENIED = re.compile(r"(?:\b(?:not|never)|n['’]t)\s+(?:\w+ly\s+)?(?P<verb>\w+)", re.IGNORECASE)


def _denies(question: Question, best: Candidate) -> bool:
    """Whether a sentence says that what the question takes for granted is not so: why it was upheld is not answered by
    why it was not."""
    if _DENIED.search(question.text):
        return False
    return any(not set(question.terms).isdisjoint(content_terms(said["verb"])) for said in _DENIED.finditer(best.text))


def _of_another_name(best: Candidate) -> bool:
    """Whether a sentence names something, and nothing around it any of the question's names: what is said of Ghent is
    not said of Bruges."""
    return best.features["names_missing"] >= 1 and any(
        fact.kind == "name" and fact.sure for statement in read(best.text) for fact in statement.facts
    )


def _of_another_year(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a question names years and a sentence is of none of them. Of which years it is it says itself, with what
    stands before it in its paragraph; else that does; else what stands above; else the document's date, or anything
    before it."""
    asked = set(_YEAR.findall(question.text))
    if not asked:
        return False
    first = min(part.start for part in passage.segments if part.block == best.segment.block)
    before = passage.text[: best.segment.start - passage.start]
    paragraph = set(_YEAR.findall(before[first - passage.start :]))
    above = set(_YEAR.findall(context(passage)))
    if own := set(_YEAR.findall(best.text)):
        return asked.isdisjoint(own | paragraph | above | set(_YEAR.findall(passage.date or "")))
    if stated := paragraph or above:
        return asked.isdisjoint(stated)
    return bool(passage.date) and asked.isdisjoint(_YEAR.findall(f"{passage.date} {before}"))


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


_ONE_OF_ITS_KIND = re.compile(
    rf"\b(?P<kind>[A-Z]{{1,6}}-?|(?:[A-Z]{{2,6}}|(?i:{NUMBERED}))\s)(?P<number>\d{{1,4}})\b(?![.,:/-]?\d|\s*%)"
)


def _of_another_number(question: Question, best: Candidate) -> bool:
    """Whether a question names one of several things told by their numbers, and a sentence another and not that one:
    the DH-12 for the DH-20."""

    def numbers(text: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for match in _ONE_OF_ITS_KIND.finditer(text):
            found.setdefault(match["kind"].lower(), set()).add(match["number"])
        return found

    said = numbers(best.text)
    return any(kind in said and said[kind].isdisjoint(asked) for kind, asked in numbers(question.text).items())


_DEPUTY = re.compile(
    r"\b(?P<rank>deputy|vice|assistant|acting|interim|former|ex|honorary|junior|associate)[\s-]+(?P<office>[\w-]+)",
    re.IGNORECASE,
)


def _of_another_office(question: Question, best: Candidate) -> bool:
    """Whether a sentence tells of the deputy of an office, and not of the office that is asked for."""
    if _DEPUTY.search(question.text):
        return False
    deputies = [terms for match in _DEPUTY.finditer(best.text) if (terms := content_terms(match["office"]))]
    own = set(content_terms(_DEPUTY.sub(" ", best.text)))
    return any(set(terms) <= set(question.terms) and own.isdisjoint(terms) for terms in deputies)


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
    """Whether something is counted that neither the sentence nor the one before it nor what stands above tells of, or
    that did or suffered what the passage tells nothing like: how many were aboard is not how many died, nor the number
    of nurses that of doctors."""
    above = context(passage)
    block = [part for part in passage.segments if part.block == best.segment.block and part.end <= best.segment.start]
    last = passage.quote(block[-1]) if block else ""

    def untold(said: str, text: str) -> bool:
        terms = set(content_terms(said)) - _anybody()
        told = content_terms(text)
        return bool(terms) and terms.union(*(equivalents().get(term, ()) for term in terms)).isdisjoint(told)

    deed, counted = _DEED.search(question.text), _COUNTED.search(question.text)
    return bool(deed and untold(deed["said"], f"{best.text} {above} {passage.text}")) or bool(
        counted and not question.measure and untold(counted["said"], f"{best.text} {above} {last}")
    )


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
