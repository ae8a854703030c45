"""What was computed once and need not be again: vectors by text, documents by file content. SQLite, beside the
generations.

Both survive a kill (write-ahead log) and can be deleted at any time: what is missing is computed again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import StoreDamagedError
from index.generations import writing_failed
from index.types import Document, Reference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_VARIABLES = 500
"""Parameters in one SQL statement."""


def digest(*parts: str | bytes) -> str:
    """A hash that identifies the parts, 64 hexadecimal digits."""
    joined = b"\0".join(part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in parts)
    return hashlib.sha256(joined).hexdigest()


def _connect(path: Path, table: str) -> sqlite3.Connection:
    """Opens the database to write it; one that is damaged is set aside, since all of it can be computed again.

    Raises:
        StoreError: it cannot be opened.
    """
    for attempt in (1, 2):
        connection = None
        try:
            connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            connection.commit()
            # Reads every page's header: damage that shows up only later would stop an update half way.
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("malformed")
            return connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if attempt == 2 or not _damaged(error):
                raise writing_failed(path.parent, error) from None
            for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                name.unlink(missing_ok=True)
    raise AssertionError("unreachable")


def _damaged(error: sqlite3.Error) -> bool:
    return any(said in str(error) for said in ("malformed", "not a database", "has no column", "no such column"))


def _connect_reader(path: Path) -> sqlite3.Connection:
    """Opens the database to read it only, in a folder that may be read-only too.

    Raises:
        StoreDamagedError: it is missing or damaged.
    """
    uri = path.absolute().as_uri() + "?mode=ro"
    for attempt in (uri, uri + "&immutable=1"):
        connection = None
        try:
            connection = sqlite3.connect(attempt, uri=True, timeout=60, check_same_thread=False)
            connection.execute("SELECT count(*) FROM sqlite_master")
            return connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            # Even to read, SQLite writes beside a database with a write-ahead log. Where it may not, it is told that
            # nobody else writes either.
            if attempt == uri and ("readonly" in str(error) or "unable to open" in str(error)) and path.is_file():
                continue
            raise _lost(path) from None
    raise AssertionError("unreachable")


def _lost(path: Path) -> StoreDamagedError:
    return StoreDamagedError(f"{path} is missing or damaged: run `python -m qa index`.")


class VectorCache:
    """Vectors by (embedder, text)."""

    def __init__(self, path: Path, embedder: str) -> None:
        self._path = path
        self._db = _connect(path, "vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        self._embedder = embedder

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def get(self, texts: Sequence[str]) -> list[Vectors | None]:
        """The vector of each text, None where it was never embedded."""
        import numpy as np

        keys = [digest(self._embedder, text) for text in texts]
        found: dict[str, bytes] = {}
        for at in range(0, len(keys), _VARIABLES):
            batch = keys[at : at + _VARIABLES]
            marks = ",".join("?" * len(batch))
            found.update(self._db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", batch))
        return [np.frombuffer(found[key], dtype="<f4") if key in found else None for key in keys]

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keeps the vectors, shape (len(texts), dimension), on disk before it returns."""
        rows = [
            (digest(self._embedder, text), row.astype("<f4").tobytes())
            for text, row in zip(texts, vectors, strict=True)
        ]
        with _writing(self._db, self._path):
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


class DocumentCache:
    """Documents as they were read, by a key that their file's name and content determine."""

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self._path = path
        table = "documents (key TEXT PRIMARY KEY, fields TEXT NOT NULL, text BLOB NOT NULL)"
        self._db = _connect(path, table) if write else _connect_reader(path)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def keys(self) -> set[str]:
        """The keys of all documents that are kept.

        Raises:
            StoreDamagedError: the file is damaged.
        """
        try:
            return {key for (key,) in self._db.execute("SELECT key FROM documents")}
        except sqlite3.Error:
            raise _lost(self._path) from None

    def get(self, key: str) -> Document | None:
        """The document, or None where it is not kept.

        Raises:
            StoreDamagedError: the file is damaged.
        """
        try:
            row = self._db.execute("SELECT fields, text FROM documents WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            raise _lost(self._path) from None
        if row is None:
            return None
        return _document(json.loads(row[0]), row[1].decode("utf-8", "surrogatepass"))

    def put(self, key: str, document: Document) -> None:
        """Keeps the document, on disk before it returns."""
        fields = _fields(document)
        with _writing(self._db, self._path):
            self._db.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
                (key, json.dumps(fields), document.text.encode("utf-8", "surrogatepass")),
            )

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forgets every document but those."""
        with _writing(self._db, self._path):
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY)")
            self._db.execute("DELETE FROM kept")
            self._db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in keys))
            self._db.execute("DELETE FROM documents WHERE key NOT IN (SELECT key FROM kept)")


def encode_document(document: Document) -> str:
    """A document as JSON, in ASCII, as it is kept outside a cache."""
    return json.dumps(_fields(document) | {"text": document.text})


def decode_document(encoded: str, place: object) -> Document:
    """The document that `encode_document` encoded.

    Raises:
        StoreDamagedError: it is none; the message says so of `place`.
    """
    try:
        fields = json.loads(encoded)
        return _document(fields, fields["text"])
    except (ValueError, KeyError, TypeError):
        raise StoreDamagedError(f"A document in {place} is damaged: run `python -m qa index --rebuild`.") from None


def _fields(document: Document) -> dict[str, Any]:
    return {
        "path": document.path,
        "title": document.title,
        "date": document.date,
        "page_starts": document.page_starts,
        "references": [(reference.number, reference.text) for reference in document.references],
        "warnings": document.warnings,
        "format": document.format,
    }


def _document(fields: dict[str, Any], text: str) -> Document:
    return Document(
        path=fields["path"],
        text=text,
        title=fields["title"],
        date=fields["date"],
        page_starts=tuple(fields["page_starts"]),
        references=tuple(Reference(number, entry) for number, entry in fields["references"]),
        warnings=tuple(fields["warnings"]),
        # An index of an earlier release is read until it is brought up to date.
        format=fields.get("format"),
    )


class _writing:
    """A transaction whose failure is one clear line."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            try:
                self._db.commit()
                return
            except sqlite3.Error as failed:
                error = failed
        self._db.rollback()
        if isinstance(error, sqlite3.Error):
            raise writing_failed(self._path.parent, error) from None
