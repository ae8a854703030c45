"""What an answerer may ask of an index, and nothing else: the seam between answering and storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.types import Passage, Reference
from qa.reader import Reading
from qa.types import AnswerSentence, Citation, Evidence, Status

SURROUNDINGS = 30
"""Passages looked at for what a question names, for a list, or for what there is to say on a topic. Retrieving them
costs no more than retrieving five, and every kind of question asks for as many, so that they are retrieved once."""

References = Callable[[str], Sequence[Reference]]
"""A document's own list of sources, by its path."""


class DocumentInfo(Protocol):
    """What is known of a document without reading it."""

    @property
    def path(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def date(self) -> str | None: ...


class Sources(Protocol):
    """An index, as answering sees it."""

    def retrieve(self, question: str, k: int) -> tuple[Evidence, ...]:
        """The k best passages, best first."""
        ...

    def read(self, question: str, evidence: Sequence[Evidence]) -> Sequence[Reading]:
        """What the reader sees in each passage; nothing at all where there is no reader."""
        ...

    def similarity(self, question: str, text: str) -> float:
        """Cosine similarity of the shipped embedder's vectors, whichever embedder the index is made with."""
        ...

    def weight(self, term: str) -> float:
        """How much a term of a question tells; most where no passage has it."""
        ...

    def frequency(self, term: str) -> int:
        """In how many passages a term occurs."""
        ...

    def references(self, document: str) -> Sequence[Reference]:
        """A document's own list of sources."""
        ...

    def documents(self) -> Sequence[DocumentInfo]:
        """The documents, by path."""
        ...

    def passages(self, document: str) -> Sequence[Passage]:
        """A document's passages, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Inside:
    """An index as if it held only some of its documents: what a question is asked of that names them."""

    sources: Sources
    paths: frozenset[str]

    def retrieve(self, question: str, k: int) -> tuple[Evidence, ...]:
        """Those of these documents among the best passages of all, at most k."""
        found = self.sources.retrieve(question, max(k, SURROUNDINGS))
        return tuple(item for item in found if item.passage.document in self.paths)[:k]

    def read(self, question: str, evidence: Sequence[Evidence]) -> Sequence[Reading]:
        """As of all."""
        return self.sources.read(question, evidence)

    def similarity(self, question: str, text: str) -> float:
        """As of all."""
        return self.sources.similarity(question, text)

    def weight(self, term: str) -> float:
        """As in all."""
        return self.sources.weight(term)

    def frequency(self, term: str) -> int:
        """As in all."""
        return self.sources.frequency(term)

    def references(self, document: str) -> Sequence[Reference]:
        """As of all."""
        return self.sources.references(document)

    def documents(self) -> Sequence[DocumentInfo]:
        """These documents."""
        return [record for record in self.sources.documents() if record.path in self.paths]

    def passages(self, document: str) -> Sequence[Passage]:
        """As of all."""
        return self.sources.passages(document)


def unranked(passages: Iterable[Passage]) -> list[Evidence]:
    """Passages as evidence that no search found: all of a document."""
    return [Evidence(passage, 0.0, 0.0, 0.0) for passage in passages]


NOT_FOUND = "The documents do not say."


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
