"""What a question becomes: `Evidence`, and an `Answer` whose sentences carry `Citation`s. Nothing here changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.types import Passage

Status = Literal["answered", "not_found", "reply"]
Mode = Literal["extractive", "generative"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A retrieved passage. `score` is the fused score in [0, 1], comparable within one question; `dense` is the
    cosine similarity of question and passage, `lexical` the BM25 score (0 where the passage shares no term)."""

    passage: Passage
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence comes from: `quote` is the document's text[start:end], to the character.

    `references` is what the document's own marks inside the quote point to, where the document says.
    """

    number: int
    document: str
    title: str
    date: str | None
    page: int | None
    section: str
    start: int
    end: int
    quote: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer, without markup. `citations` are numbers of `Answer.citations`; `highlights` are the
    words that answer, as (start, end) offsets in `text`; `supported` is false where its citations do not bear a
    model's sentence out."""

    text: str
    citations: tuple[int, ...]
    supported: bool = True
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a model's answer used, in tokens; `cost` in the user's currency where a price is set."""

    prompt: int
    completion: int
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock seconds; `first_token` only where a model wrote the answer."""

    retrieve: float
    answer: float
    total: float
    first_token: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question. `confidence` is the probability that it answers the question, in [0, 1]."""

    question: str
    standalone_question: str
    status: Status
    mode: Mode
    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Evidence, ...]
    confidence: float
    notice: str | None
    model: str | None
    tokens: Tokens | None
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a conversation."""

    question: str
    answer: Answer
