"""Is a generation sound? Run as `python -m index.check`, because opening a damaged store can end the process; its
folder comes by standard input once it is written; what opening it needs is loaded by then."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import FootnoteError, StoreDamagedError
from index.generations import read_manifest
from index.lexical import LexicalIndex
from index.quick_chromadb import quick_chromadb
from index.store import PassageStore

if TYPE_CHECKING:
    from index.embed import Vectors

SAMPLE = 50
"""Passages that have to find themselves."""
TOLERATED = 0.2
"""Part of them that need not. A sound HNSW graph does not lead to every passage: with ef_search 400 it missed 5 in
1,000 among ten thousand passages of documentation. One that has lost vectors misses at least as many as it has lost."""
FURTHER = 2_000
"""Passages searched for where too many did not find themselves: of 100,000 vectors that were all equally far apart a
quarter did not, in a sound graph."""


def check(generation: Path) -> None:
    """Compares the counts, and has passages spread over the collection find themselves.

    Raises:
        StoreDamagedError: something does not add up; the message says what.
    """
    manifest = read_manifest(generation)
    lexical = LexicalIndex.open(generation / "lexical")
    passages = PassageStore.open(generation / "chroma")
    try:
        held, ids, vectors = passages.sample(SAMPLE)
        counts = {
            "manifest": manifest.passages,
            "vectors": held,
            "lexical index": len(lexical),
            "documents": sum(record.passages for record in manifest.documents),
        }
        if len(set(counts.values())) != 1:
            raise StoreDamagedError("counts differ: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        if missing := set(ids) - lexical.holding(ids):
            raise StoreDamagedError(f"passage {min(missing)} is not in the lexical index")
        wanted = min(10, held)
        if vectors.size and (few := len(passages.nearest(vectors[0], wanted))) < wanted:
            raise StoreDamagedError(f"a search for {wanted} passages finds {few}")
        lost = [vector for vector in vectors if not _found(passages, vector, wanted)]
        if len(lost) > len(ids) * TOLERATED:
            # What is only hard to reach is found by a search that goes further.
            lost = [vector for vector in lost if not _found(passages, vector, min(FURTHER, held))]
        if len(lost) > len(ids) * TOLERATED:
            raise StoreDamagedError(f"{len(lost)} of {len(ids)} passages do not find themselves")
    finally:
        passages.close()


def _found(passages: PassageStore, vector: Vectors, wanted: int) -> bool:
    """Whether a search for that many passages leads to one with this very vector, shape (dimension,): passages with the
    same text have the same, and any of them may come first."""
    nearest = passages.nearest(vector, wanted)
    return bool(nearest) and nearest[0][1] >= 0.999


def main() -> None:
    """Ends the process with a message where the generation is not sound; whoever asks may also ask for nothing."""
    with quick_chromadb():
        import chromadb  # noqa: F401
    if folder := sys.stdin.buffer.read():
        try:
            check(Path(os.fsdecode(folder)))
        except FootnoteError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
