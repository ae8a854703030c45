"""Passages in Chroma: the only module that knows chromadb.

One collection, cosine distance, vectors given by the caller. A passage's text is the record's document, its other
fields are flat metadata, so that any application that opens the collection finds them under their own names.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import StoreDamagedError, StoreError
from index.generations import writing_failed
from index.types import Kind, Passage, Segment

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

NAME = "passages"
_BATCH = 5_000
"""Records in one call; Chroma's own limit is 5,461."""
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 16, "sync_threshold": 2}
"""At ef_search 100 identical builds answered 1 of 200 queries differently; at 400 none, with recall 1.0. The smallest
threshold that Chroma takes has every write put the graph on disk: else every reader would build it and write it."""
_DATABASE = "chroma.sqlite3"


class PassageStore:
    """Passages and their vectors in one Chroma collection.

    It closes itself when nobody holds it any more, so that a thread that is still answering from it can finish.
    """

    def __init__(self, client: Client, collection: Collection, place: Path, temporary: Path | None = None) -> None:
        self._client = client
        self._collection = collection
        self._place = place
        self._close = weakref.finalize(self, _close, client, temporary)

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> PassageStore:
        """Opens the embedded store in the folder, to write it where `create` says so.

        Raises:
            StoreDamagedError: there is no collection in it, or Chroma cannot open it.
        """
        if not create and not (folder / _DATABASE).is_file():
            raise StoreDamagedError(f"The index in {folder.parent} has lost its vectors: run `python -m qa index`.")
        try:
            return cls._open(folder, create, folder, None)
        except Exception as error:  # chromadb raises errors of many kinds, its Rust core's among them
            if create:
                raise writing_failed(folder.parents[2], error) from None
            if "readonly" not in str(error) and "unable to open" not in str(error):
                raise _unreadable(folder, error) from None
        temporary = Path(tempfile.mkdtemp(prefix="footnote-"))
        try:
            _mirror(folder, temporary)
            return cls._open(temporary, False, folder, temporary)
        except Exception as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise _unreadable(folder, error) from None

    @classmethod
    def _open(cls, folder: Path, create: bool, place: Path, temporary: Path | None) -> PassageStore:
        import chromadb
        from chromadb.config import Settings

        # chromadb tells its log of telemetry events that it does not send.
        logging.getLogger("chromadb").setLevel(logging.CRITICAL)
        client: Any = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        try:
            if create:
                collection = client.get_or_create_collection(
                    NAME,
                    configuration={"hnsw": _HNSW},
                    embedding_function=None,
                )
            else:
                collection = client.get_collection(NAME, embedding_function=None)
        except Exception:
            client.close()
            raise
        return cls(client, collection, place, temporary)

    def close(self) -> None:
        """Lets go of the files."""
        self._close()

    def __len__(self) -> int:
        """How many passages the collection says it has."""
        return int(self._read(self._collection.count))

    def ids_of(self, document: str) -> set[str]:
        """The ids of the document's passages."""
        return set(self._read(partial(self._collection.get, where={"document": document}, include=[]))["ids"])

    def put(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Adds passages, or replaces those with the same id; `vectors` has shape (len(passages), dimension)."""
        for at in range(0, len(passages), _BATCH):
            batch = passages[at : at + _BATCH]
            records: dict[str, Any] = {
                "ids": [passage.id for passage in batch],
                "embeddings": vectors[at : at + _BATCH],
                "documents": [passage.text for passage in batch],
                "metadatas": [_metadata(passage) for passage in batch],
            }
            # A single record is below the threshold from which on Chroma puts the graph on disk.
            for _ in range(2 if len(batch) == 1 else 1):
                self._write(partial(self._collection.upsert, **records))

    def delete(self, ids: Sequence[str]) -> None:
        """Removes the passages with these ids."""
        for at in range(0, len(ids), _BATCH):
            batch = list(ids[at : at + _BATCH])
            self._write(partial(self._collection.delete, ids=batch))

    def _read(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            raise _unreadable(self._place, error) from None

    def _write(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except Exception as error:
            raise writing_failed(self._place.parents[2], error) from None

    def nearest(self, vector: Vectors, n: int) -> list[tuple[str, float]]:
        """(id, cosine similarity) of the n passages nearest to a vector, shape (dimension,), best first, ties by id."""
        query = partial(self._collection.query, query_embeddings=_one(vector), n_results=n, include=["distances"])
        found = self._read(query)
        distances = (found["distances"] or [[]])[0]
        pairs = [(id_, 1.0 - float(distance)) for id_, distance in zip(found["ids"][0], distances, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def get(self, ids: Sequence[str]) -> tuple[list[Passage], Vectors]:
        """The passages with these ids that exist, in the ids' order, and their vectors, shape (found, dimension)."""
        import numpy as np

        if not ids:
            return [], np.zeros((0, 0), dtype=np.float32)
        fields: Any = ["documents", "metadatas", "embeddings"]
        found = self._read(partial(self._collection.get, ids=list(ids), include=fields))
        place = {id_: at for at, id_ in enumerate(found["ids"])}
        order = [place[id_] for id_ in ids if id_ in place]
        passages = [_passage(found["ids"][at], found["documents"][at], found["metadatas"][at]) for at in order]
        vectors = np.asarray(found["embeddings"], dtype=np.float32)
        return passages, vectors[order] if order else np.zeros((0, 0), dtype=np.float32)

    def of_document(self, document: str) -> list[Passage]:
        """All passages of a document, in its order."""
        fields: Any = ["documents", "metadatas"]
        found = self._read(partial(self._collection.get, where={"document": document}, include=fields))
        rows = zip(found["ids"], found["documents"], found["metadatas"], strict=True)
        return sorted((_passage(*row) for row in rows), key=lambda passage: passage.start)

    def sample(self, n: int) -> Iterator[tuple[str, Vectors]]:
        """Up to n (id, vector) pairs spread over the collection."""
        import numpy as np

        total = len(self)
        for offset in range(0, total, max(1, total // n)):
            found = self._read(partial(self._collection.get, limit=1, offset=offset, include=["embeddings"]))
            if len(found["ids"]):
                yield found["ids"][0], np.asarray(found["embeddings"][0], dtype=np.float32)


def freeze(folder: Path) -> None:
    """Has a closed store stay as it is while it is only read: Chroma notes every opening in a table that nothing reads.

    Without this, readers would write the file that they share and that an update copies.
    """
    with closing(sqlite3.connect(folder / _DATABASE)) as database, database:
        database.execute(
            "CREATE TRIGGER IF NOT EXISTS readers_write_nothing BEFORE INSERT ON acquire_write "
            "BEGIN SELECT RAISE(IGNORE); END"
        )


def _mirror(folder: Path, temporary: Path) -> None:
    """A copy of a store that cannot be written, since Chroma opens no other kind. The graph is only linked."""
    shutil.copyfile(folder / _DATABASE, temporary / _DATABASE)
    for path in folder.iterdir():
        if path.is_dir():
            (temporary / path.name).symlink_to(path.resolve())


def _close(client: Client, temporary: Path | None) -> None:
    client.close()
    if temporary:
        shutil.rmtree(temporary, ignore_errors=True)


def _one(vector: Vectors) -> Any:
    return [vector]


def _unreadable(folder: Path, error: Exception) -> StoreError:
    if "too many open files" in str(error).lower():
        return StoreError("Too many files are open: close other programs, or raise the limit (ulimit -n).")
    return StoreDamagedError(f"The vectors in {folder} cannot be read ({_reason(error)}): run `python -m qa index`.")


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
