"""Passages in Chroma: the only module that knows chromadb.

One collection, cosine distance, vectors given by the caller. A passage's text is the record's document, its other
fields are flat metadata, so that any application that opens the collection finds them under their own names.
"""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
import tempfile
import weakref
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import SettingsError, StoreDamagedError, StoreError
from index.generations import writing_failed
from index.quick_chromadb import quick_chromadb
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
_EQUAL = 8
"""Equal vectors that are left as they are: half of the neighbours that a vector has."""
_APART = 0.003
"""How far a further one is moved, as a part of its length: enough for Chroma, too little for a ranking."""
_DATABASE = "chroma.sqlite3"
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,500}[a-zA-Z0-9]")
_PATIENCE = 60.0
"""Seconds that a server may take for an answer."""
_PAGE = 20_000
"""Ids that a server is asked for at a time."""


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
        with quick_chromadb():
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
            ids = [passage.id for passage in batch]
            records: dict[str, Any] = {
                "ids": ids,
                "embeddings": _told_apart(ids, vectors[at : at + _BATCH]),
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

    def sample(self, n: int) -> tuple[int, list[str], Vectors]:
        """How many passages there are, up to n ids spread over them, and their vectors, shape (found, dimension)."""
        import numpy as np

        ids = self._read(partial(self._collection.get, include=[]))["ids"]
        drawn = ids[:: -(-len(ids) // n) or 1]
        found = self._read(partial(self._collection.get, ids=drawn, include=["embeddings"])) if drawn else None
        if found is None:
            return len(ids), [], np.zeros((0, 0), dtype=np.float32)
        return len(ids), found["ids"], np.asarray(found["embeddings"], dtype=np.float32)


class ServerStore(PassageStore):
    """The same collection in a Chroma server, and beside it one of named texts: what else readers have to share.

    `url` is `http://HOST:PORT`, with `/NAME` where the collection is not to be called `passages`.
    """

    @classmethod
    def connect(cls, url: str) -> ServerStore:
        """Connects, and makes the collections where they are not there yet.

        Raises:
            SettingsError: the address is none.
            StoreError: nothing answers there, or something else than Chroma.
        """
        import httpx

        with quick_chromadb():
            import chromadb
            from chromadb.config import Settings

        for name in ("chromadb", "httpx"):  # httpx tells of every request
            logging.getLogger(name).setLevel(logging.CRITICAL)
        parts = urlsplit(url)
        name = parts.path.strip("/") or NAME
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        try:
            port = parts.port or (443 if parts.scheme == "https" else 8000)
        except ValueError:
            port = 0
        if parts.scheme not in ("http", "https") or not parts.hostname or not port or not _NAME.fullmatch(name):
            raise SettingsError(f"QA_CHROMA_URL is {url!r}: set it to http://HOST:PORT, or http://HOST:PORT/NAME.")
        client: Any = None
        try:
            # A server that hangs would hold up Chroma's client for good.
            httpx.get(f"{parts.scheme}://{host}:{port}/api/v2/heartbeat", timeout=_PATIENCE).raise_for_status()
            client = chromadb.HttpClient(
                parts.hostname, port, ssl=parts.scheme == "https", settings=Settings(anonymized_telemetry=False)
            )
            for session in _sessions(client):
                session.timeout = _PATIENCE
            collection = client.get_or_create_collection(
                name, configuration={"hnsw": {**_HNSW, "sync_threshold": 1000}}, embedding_function=None
            )
            texts = client.get_or_create_collection(f"{name}-texts", embedding_function=None)
        except Exception as error:
            if client is not None:
                _close(client, None)
            raise _unanswered(url, error) from None
        return cls(client, collection, texts, url)

    def __init__(self, client: Client, collection: Collection, texts: Collection, url: str) -> None:
        super().__init__(client, collection, Path())
        self._texts = texts
        self._url = url

    def _read(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            raise _unanswered(self._url, error) from None

    def _write(self, call: Callable[[], Any]) -> None:
        self._read(call)

    def ids(self) -> list[str]:
        """The ids of all passages, those of no published version among them."""
        found: list[str] = []
        while page := self._read(partial(self._collection.get, include=[], limit=_PAGE, offset=len(found)))["ids"]:
            found += page
        return found

    def texts(self, ids: Sequence[str]) -> dict[str, str]:
        """The named texts that exist."""
        found = self._read(partial(self._texts.get, ids=list(ids), include=["documents"])) if ids else None
        return dict(zip(found["ids"], found["documents"], strict=True)) if found else {}

    def text_ids(self) -> list[str]:
        """The names of all texts."""
        return list(self._read(partial(self._texts.get, include=[]))["ids"])

    def put_text(self, id_: str, text: str, *, keep: bool = False) -> None:
        """Stores a text under a name; `keep` leaves one alone that is there already: so writers take turns."""
        write = self._texts.add if keep else self._texts.upsert
        self._write(partial(write, ids=[id_], documents=[text], embeddings=_one([1.0])))

    def delete_texts(self, ids: Sequence[str]) -> None:
        """Removes named texts."""
        for at in range(0, len(ids), _BATCH):
            self._write(partial(self._texts.delete, ids=list(ids[at : at + _BATCH])))


def _told_apart(ids: Sequence[str], vectors: Vectors) -> Vectors:
    """The vectors, those that repeat an earlier one for more than the `_EQUAL`th time moved by a little.

    Many equal vectors fill each other's links in an HNSW graph, and no way leads out of them: with 3,000 copies beside
    300 other passages a search missed 123 of the 300; with the copies moved by `_APART`, 3.
    """
    import numpy as np

    seen: Counter[bytes] = Counter()
    moved = np.array(vectors, dtype=np.float32)
    for row, id_ in enumerate(ids):
        key = moved[row].tobytes()
        seen[key] += 1
        if seen[key] > _EQUAL:
            step = np.random.default_rng(zlib.crc32(id_.encode())).standard_normal(moved.shape[1])
            there = moved[row] + _APART * np.linalg.norm(moved[row]) * step / np.linalg.norm(step)
            moved[row] = there / np.linalg.norm(there)
    return moved


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
    sessions = _sessions(client)
    client.close()
    for session in sessions:
        session.close()
    if temporary:
        shutil.rmtree(temporary, ignore_errors=True)


def _unanswered(url: str, error: Exception) -> StoreError:
    return StoreError(
        f"The Chroma server at {url} did not do what it was asked ({_reason(error)}): "
        "check that it runs and that QA_CHROMA_URL is right, then try again."
    )


def _one(vector: Any) -> Any:
    return [vector]


def _sessions(client: Any) -> list[Any]:
    """The HTTP clients inside a server's client, which it neither closes nor lets time out; none of an embedded one."""
    holders = (client, getattr(client, "_admin_client", None))
    found = (getattr(getattr(holder, "_server", None), "_session", None) for holder in holders)
    return [session for session in found if session is not None]


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
