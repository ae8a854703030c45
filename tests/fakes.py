"""Stand-ins for the outside: an embedder that needs no model, whose vectors rank by shared words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.embed import Progress
from index.terms import content_terms


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
