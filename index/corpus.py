"""The index as readers see it: one generation, open, and a way to notice that there is a newer one."""

from __future__ import annotations

from pathlib import Path

from index.cache import DocumentCache
from index.errors import StoreDamagedError, StoreMismatchError
from index.generations import DocumentRecord, Manifest, current, read_manifest
from index.lexical import LexicalIndex
from index.store import PassageStore
from index.types import Document


class Corpus:
    """Passages, terms and documents of the current generation. Reads only."""

    def __init__(self, store: Path, generation: Path, manifest: Manifest) -> None:
        self.store = store
        self.generation = generation
        self.manifest = manifest
        self.passages = PassageStore.open(generation / "chroma")
        self.lexical = LexicalIndex.open(generation / "lexical")
        self._records = {record.path: record for record in manifest.documents}
        self._documents: dict[str, Document] = {}

    @classmethod
    def open(cls, store: Path, embedder: str) -> Corpus:
        """Opens the current generation.

        Raises:
            NoIndexError: there is no index yet.
            StoreMismatchError: it was built with another embedder than the one named.
            StoreDamagedError: it cannot be opened.
        """
        generation = current(store)
        manifest = read_manifest(generation)
        if manifest.embedder != embedder:
            raise StoreMismatchError(
                f"The index in {store} was built with the embedder {manifest.embedder}, not {embedder}: "
                "run `python -m qa index --rebuild`, or set QA_EMBEDDER back."
            )
        return cls(store, generation, manifest)

    @property
    def is_current(self) -> bool:
        """False once another generation has been published."""
        return current(self.store) == self.generation

    def close(self) -> None:
        """Lets go of the files."""
        self.passages.close()

    def record(self, path: str) -> DocumentRecord | None:
        """What the manifest says of a document."""
        return self._records.get(path)

    def document(self, path: str) -> Document:
        """A document as it was indexed: what the offsets of its passages count in.

        Raises:
            KeyError: there is no such document in the index.
            StoreDamagedError: its text is not kept any more.
        """
        if path not in self._documents:
            record = self._records[path]
            if record.failure is not None:
                raise KeyError(path)
            cache = DocumentCache(self.store / "documents.sqlite")
            try:
                document = cache.get(record.key)
            finally:
                cache.close()
            if document is None:
                raise StoreDamagedError(f"The index has lost the text of {path}: run `python -m qa index --rebuild`.")
            if len(self._documents) >= 64:
                self._documents.pop(next(iter(self._documents)))
            self._documents[path] = document
        return self._documents[path]
