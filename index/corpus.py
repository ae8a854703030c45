"""The index as readers see it: one generation, open, and a way to notice that there is a newer one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from index.cache import DocumentCache
from index.errors import NoIndexError, StoreDamagedError, StoreError, StoreMismatchError
from index.generations import DocumentRecord, Manifest, check_seal, current, read_manifest, token
from index.lexical import LexicalIndex
from index.store import PassageStore
from index.types import Document

_TRIES = 5
"""Times that a reader opens the index anew because it was replaced, twice, while it was being opened."""
_KEPT_DOCUMENTS = 64


class Corpus:
    """Passages, terms and documents of the current generation. Reads only; usable from several threads.

    Whoever holds it can go on reading when a newer generation was published; it is closed when nobody holds it any
    more.
    """

    def __init__(
        self,
        store: Path,
        generation: Path,
        manifest: Manifest,
        mark: tuple[int, int],
        open_passages: Callable[[LexicalIndex], PassageStore] | None = None,
    ) -> None:
        self.store = store
        self.generation = generation
        self.manifest = manifest
        self._token = mark
        self._records = {record.path: record for record in manifest.documents}
        self._documents: dict[str, Document] = {}
        self._lock = threading.Lock()
        self._cache = DocumentCache(store / "documents.sqlite", write=False)
        try:
            if not self._cache.keys() >= {record.key for record in manifest.readable}:
                raise StoreDamagedError(f"The index in {store} has lost texts of documents: run `python -m qa index`.")
            self.lexical = LexicalIndex.open(generation / "lexical")
            self.passages = open_passages(self.lexical) if open_passages else PassageStore.open(generation / "chroma")
        except BaseException:
            self._cache.close()
            raise

    @classmethod
    def open(cls, store: Path, embedder: str, url: str | None = None) -> Corpus:
        """Opens the current generation, or with `url` the version that a Chroma server has.

        Raises:
            NoIndexError: there is no index yet.
            StoreMismatchError: it was built with another embedder than the one named.
            StoreDamagedError: it is damaged; an update mends it.
        """
        if url:
            from index.server import ServerCorpus

            return ServerCorpus.connect(store, embedder, url)
        for left in reversed(range(_TRIES)):
            current(store)
            mark = token(store)
            generation = current(store)
            try:
                manifest = read_manifest(generation)
                check_embedder(manifest, embedder, store)
                check_seal(generation)
                return cls(store, generation, manifest, mark)
            except StoreDamagedError:
                if not left or token(store) == mark:
                    raise
        raise AssertionError("unreachable")

    @property
    def is_current(self) -> bool:
        """False once another generation has been published, or the index was removed. Where CURRENT cannot be read, the
        generation that is open is the best there is."""
        try:
            return token(self.store) == self._token
        except NoIndexError:
            return False
        except StoreError:
            return True

    def close(self) -> None:
        """Lets go of the files, at once."""
        self.passages.close()
        self._cache.close()

    def record(self, path: str) -> DocumentRecord | None:
        """What the manifest says of a document."""
        return self._records.get(path)

    def document(self, path: str) -> Document:
        """A document as it was indexed: what the offsets of its passages count in.

        Raises:
            KeyError: there is no such document in the index.
            StoreDamagedError: its text is not kept any more.
        """
        with self._lock:
            if path not in self._documents:
                record = self._records[path]
                if record.failure is not None:
                    raise KeyError(path)
                document = self._cache.get(record.key)
                if document is None:
                    raise StoreDamagedError(f"The index has lost the text of {path}: run `python -m qa index`.")
                if len(self._documents) >= _KEPT_DOCUMENTS:
                    self._documents.pop(next(iter(self._documents)))
                self._documents[path] = document
            return self._documents[path]


def check_embedder(manifest: Manifest, embedder: str, place: object) -> None:
    """Raises:
    StoreMismatchError: the index was built with another embedder.
    """
    if manifest.embedder != embedder:
        raise StoreMismatchError(
            f"The index in {place} was built with the embedder {manifest.embedder}, not {embedder}: "
            "run `python -m qa index --rebuild`, or set QA_EMBEDDER back."
        )
