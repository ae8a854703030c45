"""A question → the passages most likely to answer it: dense and BM25 rankings, fused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.corpus import Corpus
from index.embed import Embedder
from index.terms import content_terms
from qa.facts import with_equivalents
from qa.types import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES = 40
"""Passages taken from each ranking."""
DENSE_WEIGHT = 0.55
"""Weight of the cosine similarity in the fused score, of BM25 the rest."""
SYNONYM = 0.3
"""What a near-synonym of a question's term counts for in BM25."""
_BACKGROUND = 50
_K1 = 1.2
"""Tantivy's BM25 saturation, which bounds a term's share of the score."""


def retrieve(corpus: Corpus, embedder: Embedder, question: str, k: int) -> tuple[Evidence, ...]:
    """The k best passages for the question, best first, ties by document and place.

    Score: a convex combination of cosine similarity and BM25 over its upper bound for this question, each within
    [0, 1] (Bruch, Gai and Ingber 2023, 'An Analysis of Fusion Functions for Hybrid Retrieval', with theoretical
    bounds). Unlike rank fusion it does not depend on what else was found.
    """
    vector = embedder.embed([question])[0]
    terms = content_terms(question)
    near = with_equivalents(terms).difference(terms)
    lexical = dict(corpus.lexical.search(terms, CANDIDATES, dict.fromkeys(sorted(near), SYNONYM)))
    dense = [id_ for id_, _ in corpus.passages.nearest(vector, CANDIDATES)]
    passages, vectors = corpus.passages.get(sorted({*lexical, *dense}))
    similarities = _similarities(vectors, vector)
    bound = upper_bound(corpus, terms)
    found = [
        Evidence(
            passage=passage,
            score=round(
                DENSE_WEIGHT * max(similarity, 0.0) + (1 - DENSE_WEIGHT) * lexical.get(passage.id, 0.0) / bound, 6
            ),
            dense=round(similarity, 6),
            lexical=round(lexical.get(passage.id, 0.0), 6),
        )
        for passage, similarity in zip(passages, similarities, strict=True)
    ]
    found.sort(key=lambda evidence: (-evidence.score, evidence.passage.document, evidence.passage.start))
    return tuple(found[:k])


def upper_bound(corpus: Corpus, terms: Sequence[str]) -> float:
    """The BM25 score that no passage can exceed for these terms: every term, endlessly often.

    A term's inverse document frequency is Tantivy's, ln(1 + (N - n + 0.5) / (n + 0.5)) over N passages.
    """
    total = len(corpus.lexical)
    counts = [min(corpus.lexical.frequency(term), total) for term in set(terms)]
    return sum(math.log(1 + (total - n + 0.5) / (n + 0.5)) * (_K1 + 1) for n in counts) or 1.0


def weight(corpus: Corpus, term: str) -> float:
    """How much a term of the question tells: its inverse document frequency, with `_BACKGROUND` passages added that
    hold it half a time. In a folder of one page every word is in every passage; without them none would count."""
    total = len(corpus.lexical)
    n = min(corpus.lexical.frequency(term), total)
    return math.log(1 + (total + _BACKGROUND - n) / (n + 0.5))


def _similarities(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> list[float]:
    return [float(value) for value in vectors @ vector] if len(vectors) else []
