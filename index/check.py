"""Is a generation sound? Run as `python -m index.check FOLDER`, because opening a damaged store can end the process."""

from __future__ import annotations

import sys
from pathlib import Path

from index.errors import FootnoteError, StoreDamagedError
from index.generations import read_manifest
from index.lexical import LexicalIndex
from index.store import PassageStore

SAMPLE = 20
"""Passages that have to find themselves."""


def check(generation: Path) -> None:
    """Compares the counts, and has passages spread over the collection find themselves.

    Raises:
        StoreDamagedError: something does not add up; the message says what.
    """
    manifest = read_manifest(generation)
    lexical = LexicalIndex.open(generation / "lexical")
    passages = PassageStore.open(generation / "chroma")
    try:
        counts = {
            "manifest": manifest.passages,
            "vectors": len(passages),
            "lexical index": len(lexical),
            "documents": sum(record.passages for record in manifest.documents),
        }
        if len(set(counts.values())) != 1:
            raise StoreDamagedError("counts differ: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
        for id_, vector in passages.sample(SAMPLE):
            if not lexical.holding([id_]):
                raise StoreDamagedError(f"passage {id_} is not in the lexical index")
            nearest = passages.nearest(vector, min(10, len(passages)))
            # Passages with the same text have the same vector, and any of them may come first.
            if not nearest or nearest[0][1] < 0.999:
                raise StoreDamagedError(f"passage {id_} does not find itself")
    finally:
        passages.close()


if __name__ == "__main__":
    try:
        check(Path(sys.argv[1]))
    except FootnoteError as error:
        sys.exit(str(error))
