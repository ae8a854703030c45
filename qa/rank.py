"""How likely each sentence of the evidence is to answer: the reader's scores and plain features through a fitted
logistic model. Pure.

The coefficients lie in `models/ranking.json`; `training/fit_ranking.py` fits them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from index.chunk import context
from index.dates import find_dates
from index.references import strip_marks
from index.terms import content_terms
from index.types import Kind, Passage, Segment
from qa.facts import equivalents, opposites, with_equivalents
from qa.named import proper_names, related
from qa.question import Question
from qa.reader import Reading
from qa.sorts import LABEL, Expected, answers_kind, weekday_terms, weekdays_within
from qa.types import Evidence

MODEL = Path(__file__).parent / "models" / "ranking.json"

Weight = Callable[[str], float]
"""How much a term of the question tells."""
Similarity = Callable[[str, str], float]
"""How alike a question and a text are, by the embedder's vectors."""

_SYNONYM = 0.6
"""What a near-synonym of a question's term counts for."""
_ASKING = 0.2
"""What a term that only asks counts for."""
SURE = 4.3
"""Margin of the first passage from which on no other is read. Over XQuAD this reads one passage instead of three for
two thirds of the questions, and picks as good a sentence (.868 right, .869 with three)."""
_UNREAD = -4.0
"""What the best candidate's margin counts as where no reader has read it: as one that does not answer."""
_MARGIN = 15.0
"""Logits beyond which a reader's margin tells no more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, list item or row that might answer. `evidence` is its passage's place in the evidence; `features`
    what the model sees, by name; `span` the words in it that answer, as offsets in the document, where the reader sees
    any; `asked` the question that the document itself puts before it; `above` the terms of what stands above its
    passage; `score` a log-odds that it answers, comparable within one question."""

    evidence: int
    segment: Segment
    text: str
    features: dict[str, float]
    span: tuple[int, int] | None = None
    asked: str = ""
    above: frozenset[str] = frozenset()
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """Two logistic models: one orders the candidates, one says from the best whether there is an answer at all.
    `threshold` is the probability below which there is none."""

    candidate: dict[str, float]
    answerable: dict[str, float]
    threshold: float

    @classmethod
    def load(cls, path: Path = MODEL) -> Model:
        """Reads the fitted coefficients."""
        fields = json.loads(path.read_text("utf-8"))
        return cls(fields["candidate"], fields["answerable"], fields["threshold"])


@cache
def default_model() -> Model:
    """The model that the program ships with."""
    return Model.load()


def candidates(
    question: Question, evidence: Sequence[Evidence], weight: Weight, readings: Sequence[Reading]
) -> list[Candidate]:
    """Every quotable segment of the evidence with its features, unscored, in the evidence's order.

    `readings` are what the reader saw in the evidence's passages, one each; empty where there is no reader.
    """
    weights = _weights(question, weight)
    margins = [_clipped(reading.margin) for reading in readings]
    best_margin = max(margins, default=0.0)
    total = sum(weights.values()) or 1.0
    terms_of = frozenset(question.terms)
    asks_day = not terms_of.isdisjoint(weekday_terms())
    named = {term: weights[term] for _, parts in proper_names(question) for term in parts if term in weights}
    pairs = set(zip(question.terms, question.terms[1:], strict=False))
    codes = {term for term in question.terms if _CODE.fullmatch(term)}
    found: list[Candidate] = []
    for place, item in enumerate(evidence):
        passage = item.passage
        quotable = quotable_segments(passage)
        texts = [strip_marks(passage.quote(part)) for part in quotable]
        asked = [_asked_before(part, passage) for part in quotable]
        own = [content_terms(text) for text in texts]
        if asks_day:
            own = [[*said, *weekdays_within(text)] for said, text in zip(own, texts, strict=True)]
        around = set(content_terms(context(passage)))
        everything = around.union(*own) if own else around
        header = _header_terms(passage)

        def share(have: set[str] | frozenset[str]) -> float:
            return sum(weight * _held(term, have, question.decides) for term, weight in weights.items()) / total

        reading = readings[place] if readings else None
        for at, part in enumerate(quotable):
            span = reading.best_within(part.start - passage.start, part.end - passage.start) if reading else None
            margin = _clipped(span.score - reading.no_answer) if span and reading else -_MARGIN if reading else 0.0
            near = set(own[at]).union(*own[max(0, at - 1) : at + 2])
            block = set().union(*(own[i] for i, other in enumerate(quotable) if other.block == part.block))
            told = around.union(*(own[i] for i, other in enumerate(quotable[: at + 1]) if other.block == part.block))
            told |= header if part.kind is Kind.ROW else set()
            fits = answers_kind(question.expected, terms_of, texts[at], question.measure)
            # What a document asks before it answers ("How do I get alerts? Send …") it does not say again.
            about = {*own[at], *content_terms(asked[at])}
            matched = terms_of.intersection(about)
            features = {
                "covers": share(about),
                "covers_near": share(near),
                "covers_block": share(block | around),
                "covers_passage": share(everything),
                "pairs": len(pairs.intersection(zip(own[at], own[at][1:], strict=False))) / max(len(pairs), 1),
                "matched": min(len(matched), 6) / 6,
                "adds": min(len(set(own[at]) - terms_of), 12) / 12,
                "names_missing": _untold(named, told),
                "labelled": float(_is_labelled(texts[at], terms_of)),
                "other_code": float(bool(codes) and codes.isdisjoint(own[at])),
                "asks": float(part.kind is Kind.SENTENCE and _asks(texts[at], terms_of)),
                "repeats": float(is_fragment(part, texts[at]) and _repeats(question, own[at], passage.title)),
                "kind_missing": float(not fits and question.expected is not Expected.ANY),
                "exact_missing": float(not fits and question.expected in EXACT),
                "item": float(part.kind is Kind.ITEM),
                "passage_behind": evidence[0].score - item.score,
                "passage_first": float(place == 0),
                "passage_dense": item.dense,
                "margin": margin,
                "margin_behind": best_margin - margin,
            }
            words = (passage.start + span.start, passage.start + span.end) if span else None
            found.append(Candidate(place, part, texts[at], features, words, asked[at], frozenset(around)))
    return found


def _header_terms(passage: Passage) -> set[str]:
    """The terms of a passage's first row, which says what the columns of the others are of."""
    first = next((part for part in passage.segments if part.kind is Kind.ROW), None)
    return set(content_terms(passage.quote(first))) if first else set()


_CODE = re.compile(r"(?=.*[^\W\d_])(?=.*\d)(?!\d+(?:st|nd|rd|th)\Z)\w{2,12}")
"""A term that is the name of one thing among its like: E2, A4, R290."""


def _untold(named: dict[str, float], told: set[str]) -> float:
    """How much of the names is in nothing that a reader of the candidate has come by: neither in it, nor in its
    paragraph before it, nor in what stands above the passage."""
    missing = sum(
        weight for term, weight in named.items() if term not in told and not any(related(term, o) for o in told)
    )
    return missing / sum(named.values()) if missing else 0.0


def _is_labelled(text: str, asked: frozenset[str]) -> bool:
    """Whether a line begins with a label of words that the question has: "Order intake: 12" for "what was the order
    intake?"."""
    label = LABEL.match(text)
    return bool(label) and asked.issuperset(content_terms(label[0] if label else ""))


def _repeats(question: Question, said: Sequence[str], title: str) -> bool:
    """Whether at least half of what a line says is in the document's title: a title said again. One that is asked of
    some sort, such as a time, answers with what else it holds, and a title may decide what yes or no would do for."""
    known = with_equivalents(set(content_terms(title)))
    said = tuple(dict.fromkeys(said))
    asks_what = question.expected is Expected.ANY and not question.decides
    return asks_what and 2 * sum(term in known for term in said) >= len(said) > 0


def _weights(question: Question, weight: Weight) -> dict[str, float]:
    """How much each term of the question tells; what only asks tells little."""
    return {term: weight(term) * (_ASKING if term in question.asking else 1.0) for term in question.terms}


_PLANTED = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|questions?|above|previous"
    r"|prior|documents?)\b"
    r"|^\W*(?:system|assistant|user|instructions?|prompt)\s*(?:prompt|message|note|override)?\s*:"
    r"|\b(?:you are|act as|pretend to be|as)\s+(?:now\s+)?an?\s+(?:ai|assistant|language model|chatbot|bot|pirate)\b"
    r"|\b(?:ai|assistants?|language models?|chatbots?|llms?)\b.{0,30}\b(?:must|should|shall|are to|have to)\b"
    r"|\b(?:answer|reply|respond)\s+(?:only\s+)?(?:with|that|every question|all questions|in the style)\b"
    r"|\b(?:reveal|print|repeat|output)\b.{0,20}\b(?:system prompt|instructions|password|api key)\b",
    re.IGNORECASE,
)


def is_planted(text: str) -> bool:
    """True for text that addresses whoever answers, to make it do something else."""
    return _PLANTED.search(text) is not None


_HIDDEN = re.compile(
    r"<[a-z][^<>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|\shidden\b"
    r"|opacity\s*:\s*0(?![.\d]))"
    r"[^<>]*>|<!--",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"</[a-z]+\s*>|-->", re.IGNORECASE)


SALUTATION = re.compile(
    r"\W*(?:Dear\s[^.!?\n]{1,60}|(?:Yours(?:\s(?:sincerely|faithfully|truly|ever))?|(?:Kind|Best|Warm)\s(?:regards|wishes)"
    r"|Regards|Sincerely(?:\syours)?|Respectfully(?:\syours)?|Faithfully))\W*",
    re.IGNORECASE,
)
"""A line that a letter begins or ends with."""


def quotable_segments(passage: Passage) -> list[Segment]:
    """The segments that may be an answer: no heading, no source list, no head of a table, nothing that markup hides
    from whoever reads the document, and nothing that addresses whoever answers, since a document's text is never an
    instruction; and not the line that gives the document's own date, which is when it was written and not when what
    it tells of was, nor a letter's salutation."""
    kept: list[Segment] = []
    before = None
    hidden = False
    for part in passage.segments:
        quote = passage.quote(part)
        opening = _HIDDEN.search(quote)
        unseen = hidden or opening is not None
        if unseen:
            hidden = _SHOWN.search(quote, opening.end() if opening else 0) is None
        head = part.kind is Kind.ROW and (before is None or before.kind is not Kind.ROW) and _rows(passage) > 1
        before = part
        if part.kind in (Kind.REFERENCE, Kind.HEADING) or head or unseen or is_planted(quote):
            continue
        if SALUTATION.fullmatch(quote):
            continue
        if passage.date and part.kind is not Kind.ROW and _is_of_the_head(part, quote, passage.date):
            continue
        kept.append(part)
    return kept


@lru_cache(maxsize=4096)
def is_dateline(text: str, date: str) -> bool:
    """True for a line that says little but the ISO `date`: "Ghent, 4 May 2021.", "Published on: 2021-05-04"."""
    stated = [found for found in find_dates(text) if found.iso == date]
    if not stated:
        return False
    rest = f"{text[: stated[0].start]} {text[stated[0].end :]}"
    return len(re.findall(r"[^\W\d_]+", rest)) <= _DATELINE_WORDS


def _is_of_the_head(part: Segment, text: str, date: str) -> bool:
    """True for a line that gives the document's own `date`: one that says little else, or one above the text that is no
    sentence, "Minutes of the council, Monday 4 May 2021, Room 3"."""
    stated = part.start < _HEAD and is_fragment(part, text) and any(found.iso == date for found in find_dates(text))
    return stated or is_dateline(text, date)


def _rows(passage: Passage) -> int:
    return sum(part.kind is Kind.ROW for part in passage.segments)


_HEAD = 300
"""Characters in which a document's head stands."""
_DATELINE_WORDS = 4
"""Words beside the date that a dateline has at most: a place, a weekday, "Published on"."""
_FRAGMENT = 1.5
"""Log-odds that a line without a sentence's end loses: a label or a caption tells little. None of the questions that
the coefficients are fitted on has such lines."""
_LABELLED = 2.5
"""Log-odds that a line gains whose label is asked for. XQuAD has no such lines."""
_REPEATED = 3.0
"""Log-odds that a line loses besides that only says the document's title again."""
_QUESTION = 6.0
"""Log-odds that a sentence loses that asks: what answers stands behind it, and has its words counted as its own."""


EXACT = (
    Expected.TIME,
    Expected.NUMBER,
    Expected.PERSON,
    Expected.VENUE,
    Expected.BUILDING,
    Expected.FORM,
)
"""What a sentence either holds or cannot answer with. Of 72 questions of XQuAD for a time, a number or a person 69 are
answered by a sentence that holds one."""


def is_fragment(part: Segment, text: str) -> bool:
    """True for a line of prose that is no sentence, such as a caption or a by-line."""
    return part.kind is Kind.SENTENCE and not text.rstrip("\"'”’)]").endswith((".", "!", "?", "。", "…", ":", ";"))


def _empty(candidate: Candidate) -> float:
    """What a candidate loses for being a line that tells little, or nothing, as it asks or says the title again; less
    than nothing for one whose label is what is asked."""
    if candidate.features["asks"]:
        return _QUESTION
    if candidate.features["labelled"]:
        return -_LABELLED
    return _FRAGMENT * is_fragment(candidate.segment, candidate.text) + _REPEATED * candidate.features["repeats"]


_ENTRY = 60
"""Characters below which what stands right under a heading is told by that."""
_RELAYED = re.compile(
    r"\b(?:asked|wonder(?:ed|ing)|enquired|inquired|wanted to know)\b(?:\s+[\w.’'-]+){0,3}?\s+"
    r"(?:whether|if|who|what|when|where|why|how|which)\b",
    re.IGNORECASE,
)
"""A question that somebody put, as it is retold."""


def _asks(text: str, asked: frozenset[str] = frozenset()) -> bool:
    """Whether a sentence is a question, or retells one and is not `asked` for that: "what did the member ask?"."""
    said = text.rstrip("\"'”’)]* ").endswith(("?", "？")) or _RELAYED.search(text)
    return bool(said) and asked.isdisjoint(_asking_terms())


@cache
def _asking_terms() -> frozenset[str]:
    return frozenset(content_terms("ask question wonder enquire inquire"))


def _asked_before(part: Segment, passage: Passage) -> str:
    """What a document says before a segment that is what that answers: the last question in its paragraph, or the
    line or heading right above that; the heading of a line that is no sentence ("Next meeting", "3 May at noon")."""
    before = [other for other in passage.segments if other.start < part.start]
    if not before or _asks(passage.quote(part)):
        return ""
    inside = [other for other in before if other.block == part.block]
    above = [other for other in before if other.block != part.block][-1:]
    if not inside and above and above[0].kind is Kind.HEADING and part.end - part.start < _ENTRY:
        return passage.quote(above[0])
    return next((quote for other in [*reversed(inside), *above] if _asks(quote := passage.quote(other))), "")


def _held(term: str, have: set[str] | frozenset[str], decides: bool = False) -> float:
    """1 where the term is there, `_SYNONYM` where a near-synonym is, or for a yes/no question its opposite ("is it
    closed?", "it is open"), else 0."""
    if term in have:
        return 1.0
    if not have.isdisjoint(equivalents().get(term, ())) or (decides and not have.isdisjoint(opposites().get(term, ()))):
        return _SYNONYM
    return 0.0


def score(found: Sequence[Candidate], model: Model) -> list[Candidate]:
    """The candidates with their scores, best first, ties in the evidence's order."""
    scored = [replace(c, score=round(linear(model.candidate, c.features) - _empty(c), 6)) for c in found]
    return sorted(
        scored,
        key=lambda c: (c.features["exact_missing"], c.features["other_code"], -c.score, c.evidence, c.segment.start),
    )


def answerable_features(
    question: Question, ranked: Sequence[Candidate], weight: Weight, similarity: Similarity
) -> dict[str, float]:
    """What tells an answerable question from another: how good the best candidate is, and what nothing in it
    explains.

    The best candidate alone is compared with the question by the embedder. That tells much where both say the same in
    other words (near case .887 -> .907), and nothing about which candidate is best.
    """
    weights = _weights(question, weight)
    total = sum(weights.values()) or 1.0
    best = ranked[0]
    unknown = weight("\0")
    return {
        "best": best.score,
        "ahead": best.score - ranked[1].score if len(ranked) > 1 else 2.0,
        "covers": best.features["covers"],
        "covers_near": best.features["covers_near"],
        "covers_passage": best.features["covers_passage"],
        "kind_missing": best.features["kind_missing"],
        "exact_missing": best.features["exact_missing"],
        "passage_dense": best.features["passage_dense"],
        "passage_behind": best.features["passage_behind"],
        "margin": best.features["margin"] if any(c.features["margin"] for c in ranked) else _UNREAD,
        "margin_behind": best.features["margin_behind"],
        "similar": max(similarity(question.text, text) for text in _tellings(best)),
        "unknown": sum(weight for weight in weights.values() if weight >= unknown) / total,
        "terms": min(len(question.terms), 10) / 10,
    }


def _tellings(candidate: Candidate) -> list[str]:
    """A candidate's text, and the same with the question that it answers before it."""
    return [candidate.text, f"{candidate.asked} {candidate.text}"] if candidate.asked else [candidate.text]


def _clipped(margin: float) -> float:
    return max(-_MARGIN, min(_MARGIN, margin))


def linear(coefficients: dict[str, float], features: dict[str, float]) -> float:
    """Intercept plus the weighted features, a log-odds."""
    return coefficients["intercept"] + sum(coefficients.get(name, 0.0) * value for name, value in features.items())


def probability(log_odds: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))
