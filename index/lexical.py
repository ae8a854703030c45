"""BM25 over passages (Tantivy, MIT): which passages share the question's terms, and how rare each term is.

Documents and questions are cut into terms by `index.terms` before Tantivy sees them; it only splits at spaces, so that a
question can never be read as query syntax.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreDamagedError
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

    def __init__(self, index: Index) -> None:
        self._index = index
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
            raise StoreDamagedError(f"The index in {folder.parent} has lost its lexical index.")
        try:
            return cls(Index(_schema(), path=str(folder), reuse=True))
        except (ValueError, OSError) as error:
            raise StoreDamagedError(f"The lexical index in {folder} cannot be opened ({_first_line(error)}).") from None

    def update(self, add: Iterable[tuple[str, str]], remove: Iterable[str]) -> None:
        """Adds (id, text) pairs and removes ids, in one atomic commit."""
        from tantivy import Document

        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        for identifier in remove:
            writer.delete_documents_by_term("id", identifier)
        for identifier, text in add:
            writer.add_document(Document(id=identifier, terms=" ".join(terms(text))))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        """How many passages there are."""
        return int(self._searcher.num_docs)

    def frequency(self, term: str) -> int:
        """In how many passages the term occurs."""
        return int(self._searcher.doc_freq("terms", term))

    def search(self, query: Sequence[str], n: int) -> list[tuple[str, float]]:
        """(id, BM25 score) of the n best passages that hold any of the terms, best first, ties by id."""
        from tantivy import Occur, Query

        clauses: list[tuple[Occur, Query]] = [
            (Occur.Should, Query.term_query(self._index.schema, "terms", term, "freq")) for term in dict.fromkeys(query)
        ]
        if not clauses:
            return []
        hits = self._searcher.search(Query.boolean_query(clauses), limit=n, count=False).hits
        found = [(str(self._searcher.doc(address)["id"][0]), float(score)) for score, address in hits]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
