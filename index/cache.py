"""What was computed once and need not be again: vectors by text, documents by file content. SQLite, beside the generations.

Both survive a kill (write-ahead log) and can be deleted at any time: what is missing is computed again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError
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
    """Opens the database; one that is damaged is set aside, since all of it can be computed again."""
    for attempt in (1, 2):
        try:
            connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            connection.commit()
            return connection
        except sqlite3.DatabaseError as error:
            damaged = "malformed" in str(error) or "not a database" in str(error)
            if attempt == 2 or not damaged:
                raise StoreError(f"{path} cannot be opened ({error}): check the disk and the folder's permissions.") from None
            for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                name.unlink(missing_ok=True)
    raise AssertionError("unreachable")


class VectorCache:
    """Vectors by (embedder, text)."""

    def __init__(self, path: Path, embedder: str) -> None:
        self._db = _connect(path, "vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        self._embedder = embedder

    def close(self) -> None:
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
            (digest(self._embedder, text), row.astype("<f4").tobytes()) for text, row in zip(texts, vectors, strict=True)
        ]
        with _writing(self._db):
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


class DocumentCache:
    """Documents as they were read, by a key that their file's name and content determine."""

    def __init__(self, path: Path) -> None:
        self._db = _connect(path, "documents (key TEXT PRIMARY KEY, fields TEXT NOT NULL, text BLOB NOT NULL)")

    def close(self) -> None:
        self._db.close()

    def get(self, key: str) -> Document | None:
        """The document, or None where it is not kept."""
        row = self._db.execute("SELECT fields, text FROM documents WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        fields = json.loads(row[0])
        return Document(
            path=fields["path"],
            text=row[1].decode("utf-8", "surrogatepass"),
            title=fields["title"],
            date=fields["date"],
            page_starts=tuple(fields["page_starts"]),
            references=tuple(Reference(number, text) for number, text in fields["references"]),
            warnings=tuple(fields["warnings"]),
        )

    def put(self, key: str, document: Document) -> None:
        """Keeps the document, on disk before it returns."""
        fields = {
            "path": document.path,
            "title": document.title,
            "date": document.date,
            "page_starts": document.page_starts,
            "references": [(reference.number, reference.text) for reference in document.references],
            "warnings": document.warnings,
        }
        with _writing(self._db):
            self._db.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
                (key, json.dumps(fields), document.text.encode("utf-8", "surrogatepass")),
            )

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forgets every document but those."""
        with _writing(self._db):
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY)")
            self._db.execute("DELETE FROM kept")
            self._db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in keys))
            self._db.execute("DELETE FROM documents WHERE key NOT IN (SELECT key FROM kept)")


class _writing:
    """A transaction whose failure is one clear line."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

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
            raise StoreError(f"The index cannot be written ({error}): check the disk's space and permissions.") from None
