"""BM25 over passages (Tantivy, MIT): which passages share the question's terms, and how rare each term is.

Documents and questions are cut into terms by `index.terms` before Tantivy sees them; it only splits at spaces, so that
a question can never be read as query syntax.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreDamagedError
from index.generations import writing_failed
from index.terms import terms

if TYPE_CHECKING:
    from tantivy import Index, Query, Schema

_HEAP = 64 * 2**20
"""Bytes that one writer may hold before it flushes."""


def _schema() -> Schema:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class LexicalIndex:
    """An open BM25 index. `search` sees what was written before it was opened or last reloaded."""

    def __init__(self, index: Index, folder: Path) -> None:
        self._index = index
        self._folder = folder
        self._searcher = index.searcher()

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> LexicalIndex:
        """Opens the index in the folder; `create` makes an empty one where there is none.

        Raises:
            StoreDamagedError: what is there cannot be read.
        """
        from tantivy import Index

        if create:
            folder.mkdir(parents=True, exist_ok=True)
        elif not (folder / "meta.json").is_file():
            raise StoreDamagedError(f"The index in {folder.parent} has lost its terms: run `python -m qa index`.")
        try:
            return cls(Index(_schema(), path=str(folder), reuse=True), folder)
        except (ValueError, OSError) as error:
            if create or not any(said in str(error) for said in ("PermissionDenied", "ReadOnlyFilesystem")):
                raise _damaged(folder, error) from None
        # Tantivy takes a lock even to read. Where it may not, its files are linked to a place where it may.
        try:
            temporary = Path(tempfile.mkdtemp(prefix="footnote-"))
            try:
                for path in folder.glob("[!.]*"):
                    (temporary / path.name).symlink_to(path.resolve())
                shutil.copyfile(folder / ".managed.json", temporary / ".managed.json")
                return cls(Index(_schema(), path=str(temporary), reuse=True), folder)
            finally:
                _remove(temporary)
        except (ValueError, OSError) as error:
            raise _damaged(folder, error) from None

    def update(self, add: Iterable[tuple[str, str]], remove: Iterable[str]) -> None:
        """Adds (id, text) pairs and removes ids, in one atomic commit.

        Raises:
            StoreError: it cannot be written.
        """
        from tantivy import Document

        try:
            writer = self._index.writer(heap_size=_HEAP, num_threads=1)
            for identifier in remove:
                writer.delete_documents_by_term("id", identifier)
            for identifier, text in add:
                writer.add_document(Document(id=identifier, terms=" ".join(terms(text))))
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
        except (ValueError, OSError) as error:  # Tantivy's own errors are ValueErrors
            raise writing_failed(self._folder.parents[2], error) from None
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        """How many passages there are."""
        return int(self._searcher.num_docs)

    def frequency(self, term: str) -> int:
        """In how many passages the term occurs."""
        from tantivy import Query

        # Tantivy's own doc_freq goes on counting what was deleted until the segment is merged.
        query = Query.term_query(self._index.schema, "terms", term, "freq")
        return int(self._searcher.search(query, limit=1, count=True).count or 0)  # type: ignore[attr-defined]

    def with_prefix(self, prefix: str) -> list[tuple[str, int]]:
        """(term, frequency) of every term that begins so."""
        return [(str(term), int(count)) for term, count in self._searcher.terms_with_prefix("terms", prefix)]

    def holding(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are in the index."""
        from tantivy import Query

        if not ids:
            return set()
        hits = self._searcher.search(Query.term_set_query(self._index.schema, "id", list(ids)), limit=len(ids)).hits
        return {str(self._searcher.doc(address)["id"][0]) for _, address in hits}

    def search(self, query: Sequence[str], n: int, also: Mapping[str, float] | None = None) -> list[tuple[str, float]]:
        """(id, BM25 score) of the n best passages that hold any of the terms, best first, ties by id; `also` are terms
        that count for a share of what they tell."""
        from tantivy import Occur, Query

        clauses: list[tuple[Occur, Query]] = [
            (Occur.Should, Query.term_query(self._index.schema, "terms", term, "freq")) for term in dict.fromkeys(query)
        ]
        for term, share in (also or {}).items():
            asked = Query.term_query(self._index.schema, "terms", term, "freq")
            clauses.append((Occur.Should, Query.boost_query(asked, share)))
        if not clauses:
            return []
        try:
            hits = self._searcher.search(Query.boolean_query(clauses), limit=n, count=False).hits
            found = [(str(self._searcher.doc(address)["id"][0]), float(score)) for score, address in hits]
        except (ValueError, OSError) as error:
            raise _damaged(self._folder, error) from None
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))


def _remove(folder: Path) -> None:
    """Removes a folder in which a thread of Tantivy's may still make and remove its lock, for a second at most."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def _damaged(folder: Path, error: Exception) -> StoreDamagedError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return StoreDamagedError(f"The terms in {folder} cannot be read ({reason}): run `python -m qa index`.")
