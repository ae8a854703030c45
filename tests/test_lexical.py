"""BM25: what is found, how often terms occur, and what is no query syntax."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.errors import StoreDamagedError, StoreError
from index.lexical import LexicalIndex

TEXTS = {
    "a": "The harbour crane lifts forty tonnes.",
    "b": "The lighthouse keeper watched the harbour.",
    "c": "Sixth dialogue: lighthouse, lighthouse, lighthouse.",
}


@pytest.fixture
def lexical(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex.open(tmp_path / "lexical", create=True)
    index.update(TEXTS.items(), [])
    return index


def test_the_passages_that_share_terms_are_found_best_first(lexical: LexicalIndex) -> None:
    assert [id_ for id_, _ in lexical.search(["lighthous"], 5)] == ["c", "b"]
    assert [id_ for id_, _ in lexical.search(["harbour", "crane"], 5)] == ["a", "b"]
    assert [id_ for id_, _ in lexical.search(["6th"], 5)] == ["c"]
    assert lexical.search(["harbour"], 1)[0][1] > 0
    assert lexical.search(["unknown"], 5) == lexical.search([], 5) == []


def test_ties_are_in_the_order_of_ids(tmp_path: Path) -> None:
    index = LexicalIndex.open(tmp_path / "lexical", create=True)
    index.update([(id_, "same words") for id_ in "dbca"], [])
    assert [id_ for id_, _ in index.search(["word"], 4)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("term", ["AND", "a:b", '"', "(", "*", "a~2", "\\", "+x -y", "\0", "x" * 100_000, "日本"])
def test_nothing_is_query_syntax(lexical: LexicalIndex, term: str) -> None:
    assert lexical.search([term], 5) == []
    assert lexical.frequency(term) == 0


def test_counts_leave_out_what_was_deleted_and_count_what_was_replaced_once(lexical: LexicalIndex) -> None:
    assert (len(lexical), lexical.frequency("harbour"), lexical.frequency("lighthous")) == (3, 2, 2)
    lexical.update([("a", "The harbour crane lifts fifty tonnes.")], ["a", "b"])
    assert (len(lexical), lexical.frequency("harbour"), lexical.frequency("lighthous")) == (2, 1, 1)
    assert [id_ for id_, _ in lexical.search(["harbour"], 5)] == ["a"]
    assert lexical.frequency("40") == lexical.frequency("forti") == 0
    assert lexical.holding(["a", "b", "x"]) == {"a"}
    assert lexical.holding([]) == set()


def test_a_reader_sees_what_was_there_when_it_opened(lexical: LexicalIndex, tmp_path: Path) -> None:
    reader = LexicalIndex.open(tmp_path / "lexical")
    lexical.update([("d", "A new buoy.")], ["c"])
    assert (len(reader), len(lexical)) == (3, 3)
    assert reader.frequency("buoy") == 0
    assert LexicalIndex.open(tmp_path / "lexical").frequency("buoy") == 1


def test_it_may_be_searched_from_several_threads(lexical: LexicalIndex) -> None:
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([id_ for id_, _ in lexical.search(["lighthous"], 5)]))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["c", "b"]] * 16


def test_an_index_that_is_missing_or_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreDamagedError, match="has lost its terms"):
        LexicalIndex.open(tmp_path / "missing")
    LexicalIndex.open(tmp_path / "lexical", create=True)
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(StoreDamagedError, match="cannot be read"):
        LexicalIndex.open(tmp_path / "lexical")


def test_an_index_that_cannot_be_written_is_told(lexical: LexicalIndex, tmp_path: Path) -> None:
    other = LexicalIndex.open(tmp_path / "lexical")
    writer = other._index.writer(heap_size=64 * 2**20, num_threads=1)
    with pytest.raises(StoreError, match="cannot be written"):
        lexical.update([("d", "A new buoy.")], [])
    writer.rollback()
