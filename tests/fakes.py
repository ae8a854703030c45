"""Stand-ins for the outside: an embedder that needs no model, and an index that needs no disk."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.check import check
from index.chunk import chunk, indexed_text
from index.embed import Progress
from index.load import document
from index.terms import content_terms, terms
from index.types import Document, Passage, Reference
from qa.reader import Reading
from qa.types import Evidence

T = TypeVar("T")


class CheckHere:
    """Checks a new generation without a process of its own, in place of `index.build.Checker`."""

    def start(self) -> None:
        pass

    def check(self, staging: Path) -> None:
        check(staging)

    def close(self) -> None:
        pass


class WordEmbedder:
    """Adds up a fixed random direction for each term, so that texts with the same words are near each other.

    `calls` counts the texts embedded so far; `fail_after` makes the embedder raise once so many have been.
    """

    def __init__(self, name: str = "words", dimension: int = 64, fail_after: int | None = None) -> None:
        self.name = name
        self.calls = 0
        self._dimension = dimension
        self._fail_after = fail_after

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            if self._fail_after is not None and self.calls >= self._fail_after:
                raise KeyboardInterrupt
            self.calls += 1
            for term in content_terms(text) or ["-"]:
                rows[row] += self._direction(term)
            rows[row] /= np.linalg.norm(rows[row]) or 1.0
        if progress:
            progress(len(texts))
        return rows

    def _direction(self, term: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self._dimension).astype(np.float32)


class TextSources:
    """`qa.sources.Sources` over texts in memory: passages rank by shared words, and there is no reader."""

    def __init__(self, **texts: str) -> None:
        self._documents = {f"{name}.txt": document(f"{name}.txt", text) for name, text in texts.items()}
        self._passages = {name: chunk(found) for name, found in self._documents.items()}
        every = [passage for passages in self._passages.values() for passage in passages]
        self._counts = Counter(term for passage in every for term in set(terms(indexed_text(passage))))
        self._every = every

    def retrieve(self, question: str, k: int) -> tuple[Evidence, ...]:
        asked = set(content_terms(question))
        scored = [(len(asked & set(terms(indexed_text(p)))) / max(len(asked), 1), p) for p in self._every]
        scored.sort(key=lambda pair: -pair[0])
        return tuple(Evidence(passage, score, score, score) for score, passage in scored[:k])

    def read(self, question: str, evidence: Sequence[Evidence]) -> Sequence[Reading]:
        return ()

    def similarity(self, question: str, text: str) -> float:
        asked = set(content_terms(question))
        return 0.3 + 0.5 * len(asked & set(content_terms(text))) / max(len(asked), 1)

    def weight(self, term: str) -> float:
        return math.log(1 + 50 / (self.frequency(term) + 0.5))

    def frequency(self, term: str) -> int:
        return self._counts[term]

    def references(self, document: str) -> Sequence[Reference]:
        return self._documents[document].references

    def documents(self) -> Sequence[Document]:
        return [self._documents[name] for name in sorted(self._documents)]

    def passages(self, document: str) -> Sequence[Passage]:
        return self._passages[document]

    def vocabulary(self, prefix: str) -> list[tuple[str, int]]:
        return [(term, count) for term, count in self._counts.items() if term.startswith(prefix)]


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine in a thread of its own: the browser's driver keeps an event loop in the tests' thread."""
    return apart(lambda: asyncio.run(coroutine))


def apart(call: Callable[[], T]) -> T:
    """What the call returns in a thread of its own, in which no event loop runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()
