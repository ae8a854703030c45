"""Documents that answer a question differently: the other's sentence beside the first, the newest first where what
holds now is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.terms import content_terms
from qa import rank
from qa.facts import read
from qa.lexicon import NEGATIONS
from qa.question import Question
from qa.rank import Candidate
from qa.sorts import Expected
from qa.types import Evidence

_MAY_DIFFER = (Expected.NUMBER, Expected.TIME, Expected.REASON)
"""Sorts of answer of which two documents can give two."""
_RIVAL = 2.5
"""Log-odds by which another document's sentence may be behind and still contradict the first."""
_FAR = 4.5
"""The same for one that the reader, or its covering all of the question, speaks for besides."""
LATEST = re.compile(
    r"\b(?:latest|newest|current(?:ly)?|now(?:adays)?|today|most recent(?:ly)?|still|next)\b", re.IGNORECASE
)


def differing_from(question: Question, ranked: Sequence[Candidate], evidence: Sequence[Evidence]) -> list[Candidate]:
    """The best sentences of other documents that answer nearly as well, but otherwise: with another number, time or
    reason, no where the first says yes, or newer where what holds today is asked."""
    if not may_differ(question):
        return []
    if LATEST.search(question.text) and question.expected not in _MAY_DIFFER:
        newer = _rivals(
            ranked[:12],
            evidence,
            0.4,
            lambda c: c.features["margin"] > 0 and _date(c, evidence) > _date(ranked[0], evidence) > "",
            behind=_FAR,
        )
        words = _answering(ranked[0], evidence)
        return [
            other
            for other in newer
            if not _say_the_same(other, ranked[0]) or words.isdisjoint(_answering(other, evidence))
        ][:1]
    if question.decides and question.expected not in _MAY_DIFFER:
        denies = _denies(ranked[0].text)
        rivals = _rivals(ranked[:12], evidence, 0.7, lambda c: _denies(c.text) is not denies)
        return (rivals or _rivals(ranked[:12], evidence, 1.0, lambda c: _denies(c.text) is not denies, behind=_FAR))[:1]
    if question.expected is Expected.REASON:
        rivals = _rivals(
            ranked[:8], evidence, 0.9, lambda c: not c.features["kind_missing"] and c.features["margin"] >= 0
        )
        return [other for other in rivals if not _say_the_same(other, ranked[0])][:2]
    rivals = _rivals(
        ranked[:12],
        evidence,
        0.7,
        lambda c: not c.features["exact_missing"] and c.features["margin"] >= 0 and bool(_figures(c, evidence)),
    )
    said = [_figures(ranked[0], evidence)]
    found: list[Candidate] = []
    for other in rivals:
        figures = _figures(other, evidence)
        if all(known and figures[0] not in known and known[0] not in figures for known in said):
            found.append(other)
        said.append(figures)
    return found[:3]


def may_differ(question: Question) -> bool:
    """Whether two documents may answer the question in two ways."""
    return question.expected in _MAY_DIFFER or question.decides or bool(LATEST.search(question.text))


def _denies(text: str) -> bool:
    """Whether a sentence says no to something."""
    return any(token.base in NEGATIONS or token.base.endswith("n't") for st in read(text) for token in st.tokens)


def _date(candidate: Candidate, evidence: Sequence[Evidence]) -> str:
    return evidence[candidate.evidence].passage.date or ""


def _rivals(
    ranked: Sequence[Candidate],
    evidence: Sequence[Evidence],
    share: float,
    answers: Callable[[Candidate], bool],
    *,
    behind: float = _RIVAL,
) -> list[Candidate]:
    """Of each other document the first sentence that answers, is little behind the best, and covers at least `share`
    of what the best covers of the question, or surely answers as the reader sees it."""
    best = ranked[0]
    first = {evidence[best.evidence].passage.document: best}
    for other in ranked[1:]:
        covers = other.features["covers"] >= share * best.features["covers"] or other.features["margin"] > rank.SURE
        if covers and best.score - other.score <= behind and answers(other):
            first.setdefault(evidence[other.evidence].passage.document, other)
    return list(first.values())[1:]


def _say_the_same(one: Candidate, other: Candidate) -> bool:
    """Whether most of the shorter sentence's words are in the other, too."""
    ours, theirs = set(content_terms(one.text)), set(content_terms(other.text))
    return len(ours & theirs) > 0.6 * min(len(ours), len(theirs))


def _answering(candidate: Candidate, evidence: Sequence[Evidence]) -> set[str]:
    """The terms of the words that answer."""
    return set(content_terms(_answering_words(candidate, evidence)))


def _answering_words(candidate: Candidate, evidence: Sequence[Evidence]) -> str:
    passage = evidence[candidate.evidence].passage
    start, end = candidate.span or (candidate.segment.start, candidate.segment.end)
    return passage.text[start - passage.start : end - passage.start]


def _figures(candidate: Candidate, evidence: Sequence[Evidence]) -> list[str]:
    """The numbers, dates and names in the words that answer, as terms, in their order."""
    quote = _answering_words(candidate, evidence)
    return [str(fact.value) if fact.kind == "number" else fact.text for st in read(quote) for fact in st.facts]


def newest_first(candidates: Sequence[Candidate], evidence: Sequence[Evidence]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: evidence[c.evidence].passage.date or "", reverse=True)
