"""Passages in Chroma: the only module that knows chromadb.

One collection, cosine distance, vectors given by the caller. A passage's text is the record's document, its other fields
are flat metadata, so that any application that opens the collection finds them under their own names.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import StoreDamagedError, StoreError
from index.types import Kind, Passage, Segment

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

NAME = "passages"
_BATCH = 5_000
"""Records in one call; Chroma's own limit is 5,461."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 16}
"""At ef_search 100 identical builds answered 1 of 200 queries differently; at 400 none, with recall 1.0."""


class PassageStore:
    """Passages and their vectors in one Chroma collection."""

    def __init__(self, client: ClientAPI, collection: Collection) -> None:
        self._client = client
        self._collection = collection

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> PassageStore:
        """Opens the embedded store in the folder.

        Raises:
            StoreDamagedError: there is no collection in it, or Chroma cannot open it.
        """
        import chromadb
        from chromadb.config import Settings

        # chromadb tells its log of telemetry events that it does not send.
        logging.getLogger("chromadb").setLevel(logging.CRITICAL)
        if not create and not (folder / "chroma.sqlite3").is_file():
            raise StoreDamagedError(f"The index in {folder.parent} has lost its vectors.")
        client = None
        try:
            client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
            if create:
                collection = client.get_or_create_collection(
                    NAME,
                    configuration={"hnsw": _HNSW},  # type: ignore[arg-type]
                    embedding_function=None,
                )
            else:
                collection = client.get_collection(NAME, embedding_function=None)
        except Exception as error:  # chromadb raises errors of many kinds, its Rust core's among them
            if client is not None:
                client.close()
            raise StoreDamagedError(f"The vectors in {folder} cannot be opened ({_reason(error)}).") from None
        return cls(client, collection)

    def close(self) -> None:
        """Lets go of the files."""
        self._client.close()

    def __len__(self) -> int:
        """How many passages the collection says it has."""
        return int(self._collection.count())

    def ids_of(self, document: str) -> set[str]:
        """The ids of the document's passages."""
        return set(self._collection.get(where={"document": document}, include=[])["ids"])

    def put(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Adds passages, or replaces those with the same id; `vectors` has shape (len(passages), dimension)."""
        for at in range(0, len(passages), _BATCH):
            batch = passages[at : at + _BATCH]
            try:
                self._collection.upsert(
                    ids=[passage.id for passage in batch],
                    embeddings=vectors[at : at + _BATCH],
                    documents=[passage.text for passage in batch],
                    metadatas=[_metadata(passage) for passage in batch],
                )
            except Exception as error:
                raise StoreError(f"The index cannot be written ({_reason(error)}): check the disk's space.") from None

    def delete(self, ids: Sequence[str]) -> None:
        """Removes the passages with these ids."""
        for at in range(0, len(ids), _BATCH):
            self._collection.delete(ids=list(ids[at : at + _BATCH]))

    def nearest(self, vector: Vectors, n: int) -> list[tuple[str, float]]:
        """(id, cosine similarity) of the n passages nearest to a vector of shape (dimension,), best first, ties by id."""
        try:
            found = self._collection.query(query_embeddings=[vector], n_results=n, include=["distances"])
        except Exception as error:
            raise StoreDamagedError(f"The index cannot be searched ({_reason(error)}).") from None
        distances = (found["distances"] or [[]])[0]
        pairs = [(id_, 1.0 - float(distance)) for id_, distance in zip(found["ids"][0], distances, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def get(self, ids: Sequence[str]) -> tuple[list[Passage], Vectors]:
        """The passages with these ids that exist, in the ids' order, and their vectors, shape (found, dimension)."""
        import numpy as np

        found: Any = self._collection.get(ids=list(ids), include=["documents", "metadatas", "embeddings"])
        place = {id_: at for at, id_ in enumerate(found["ids"])}
        order = [place[id_] for id_ in ids if id_ in place]
        passages = [_passage(found["ids"][at], found["documents"][at], found["metadatas"][at]) for at in order]
        vectors = np.asarray(found["embeddings"], dtype=np.float32)
        return passages, vectors[order] if order else np.zeros((0, 0), dtype=np.float32)

    def of_document(self, document: str) -> list[Passage]:
        """All passages of a document, in its order."""
        found: Any = self._collection.get(where={"document": document}, include=["documents", "metadatas"])
        rows = zip(found["ids"], found["documents"], found["metadatas"], strict=True)
        return sorted((_passage(*row) for row in rows), key=lambda passage: passage.start)

    def sample(self, n: int) -> Iterator[tuple[str, Vectors]]:
        """Up to n (id, vector) pairs spread over the collection."""
        import numpy as np

        total = len(self)
        for offset in range(0, total, max(1, total // n)):
            found: Any = self._collection.get(limit=1, offset=offset, include=["embeddings"])
            if len(found["ids"]):
                yield found["ids"][0], np.asarray(found["embeddings"][0], dtype=np.float32)


def _metadata(passage: Passage) -> dict[str, str | int]:
    """Flat metadata; fields that are None are left out, since Chroma has no null."""
    fields: dict[str, str | int | None] = {
        "document": passage.document,
        "title": passage.title,
        "date": passage.date,
        "section": passage.section,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "segments": " ".join(
            f"{part.kind.value}:{part.start - passage.start}:{part.end - passage.start}:{part.block}"
            for part in passage.segments
        ),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _passage(id_: str, text: str, fields: dict[str, Any]) -> Passage:
    start = int(fields["start"])
    parts = (part.split(":") for part in str(fields["segments"]).split())
    return Passage(
        id=id_,
        document=str(fields["document"]),
        title=str(fields["title"]),
        date=fields.get("date"),
        section=str(fields["section"]),
        page=fields.get("page"),
        start=start,
        end=int(fields["end"]),
        text=text,
        segments=tuple(Segment(Kind(kind), start + int(a), start + int(b), int(block)) for kind, a, b, block in parts),
    )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
