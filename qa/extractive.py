"""Evidence → the sentences that answer, verbatim, each with its citation; or an honest refusal. No model of language. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.types import Kind, Reference
from qa import rank
from qa.named import Frequency, meeting, unmet
from qa.question import parse
from qa.quotes import cite, prose
from qa.rank import Candidate
from qa.types import AnswerSentence, Citation, Evidence, Status

NOT_FOUND = "The documents do not say."
_LIST = 12
"""List items that an answer gives at most."""
_CLOSE = 1.0
"""Log-odds by which a second sentence may be behind the first and still be given."""

References = Callable[[str], Sequence[Reference]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer makes of a question; `qa.assistant` adds the rest of an `Answer`."""

    status: Status
    text: str
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    notice: str | None = None
    evidence: tuple[Evidence, ...] = ()


def answer(
    text: str,
    evidence: Sequence[Evidence],
    *,
    surroundings: Sequence[Evidence],
    idf: rank.Idf,
    frequency: Frequency,
    references: References,
    model: rank.Model | None = None,
) -> Draft:
    """Answers from the evidence, or says that it does not hold the answer.

    `surroundings` is the evidence and what ranked below it, looked at only for what the question names; `references` gives a
    document's own list of sources by its path.
    """
    model = model or rank.default_model()
    question = parse(text)
    if missing := unmet(question, surroundings, frequency):
        return Draft("not_found", f"{NOT_FOUND} {missing.explanation}")
    allowed = meeting(question, surroundings)[: len(evidence)]
    ranked = rank.score(rank.candidates(question, allowed, idf), model)
    if not ranked:
        return Draft("not_found", NOT_FOUND)
    confidence = rank.probability(rank.linear(model.answerable, rank.answerable_features(question, ranked, idf)))
    confidence = round(confidence, 4)
    if confidence < model.threshold:
        return Draft("not_found", NOT_FOUND, confidence=confidence)
    chosen = _list_around(ranked[0], ranked) if question.several else []
    if len(chosen) < 2:
        chosen = _few(ranked)
    return compose(chosen, allowed, references, confidence)


def _few(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence, and one more where it is nearly as good and covers something that the first does not."""
    best = ranked[0]
    for other in ranked[1:4]:
        new = other.features["covers"] > 0.5 and other.features["covers"] + best.features["covers"] > 1.2
        if best.score - other.score <= _CLOSE and new and other.text != best.text:
            return [best, other]
    return [best]


def _list_around(best: Candidate, ranked: Sequence[Candidate]) -> list[Candidate]:
    """All items of the list that the best candidate is an item of, in order."""
    if best.segment.kind is not Kind.ITEM:
        return []
    items = [c for c in ranked if c.evidence == best.evidence and c.segment.kind is Kind.ITEM]
    items.sort(key=lambda c: c.segment.start)
    at = next(i for i, c in enumerate(items) if c.segment == best.segment)
    first = last = at
    while first > 0 and items[at].segment.block - items[first - 1].segment.block <= at - first + 1:
        first -= 1
    while last + 1 < len(items) and items[last + 1].segment.block - items[last].segment.block <= 1:
        last += 1
    return items[first : last + 1][:_LIST]


def compose(
    chosen: Sequence[Candidate], evidence: Sequence[Evidence], references: References, confidence: float
) -> Draft:
    """Sentences and their citations, numbered in the order in which they are given."""
    sentences, citations = [], []
    for number, candidate in enumerate(chosen, start=1):
        passage = evidence[candidate.evidence].passage
        part = candidate.segment
        citations.append(cite(number, passage, part.start, part.end, references(passage.document)))
        sentences.append(AnswerSentence(prose(citations[-1].quote), (number,)))
    listed = len(chosen) > 2
    lines = [f"{sentence.text} [{sentence.citations[0]}]" for sentence in sentences]
    text = "\n".join(f"- {line}" for line in lines) if listed else " ".join(lines)
    return Draft("answered", text, tuple(sentences), tuple(citations), confidence, evidence=tuple(evidence))
