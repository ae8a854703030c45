"""Passages in Chroma: what comes back is what was put in, and reading leaves the files alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder

from index.chunk import chunk
from index.corpus import Corpus
from index.errors import StoreDamagedError, StoreError
from index.load import document
from index.store import PassageStore, freeze
from index.types import Passage

TEXT = "# Über uns\n\nThe same line.\n\n- the same line.\n- 日本 𝄞 item\r\n\n# End\n\nThe same line.\n"
PASSAGES = [
    *chunk(document("a/ü b.md", TEXT, date="2024-11-13")),
    *(replace(passage, page=4) for passage in chunk(document("b.txt", "Nothing of the kind. A keeper lived here."))),
]


def vectors(passages: list[Passage]) -> np.ndarray:  # type: ignore[type-arg]
    return WordEmbedder().embed([passage.text for passage in passages])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a generation of a store would have its passages, with some."""
    folder = tmp_path / "store" / "generations" / "0001" / "chroma"
    folder.mkdir(parents=True)
    store = PassageStore.open(folder, create=True)
    store.put(PASSAGES, vectors(PASSAGES))
    store.close()
    freeze(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_passages_come_back_as_they_were_put_in(place: Path) -> None:
    store = PassageStore.open(place)
    ids = [passage.id for passage in PASSAGES]
    found, rows = store.get([*reversed(ids), "missing"])
    assert found == PASSAGES[::-1]
    assert np.allclose(rows, vectors(PASSAGES)[::-1], atol=1e-6)
    assert store.of_document("a/ü b.md") == [passage for passage in PASSAGES if passage.document == "a/ü b.md"]
    assert store.ids_of("b.txt") == {passage.id for passage in PASSAGES if passage.document == "b.txt"}
    assert store.ids_of("missing") == set()
    assert store.get([])[0] == store.get(["missing"])[0] == []
    assert len(store) == len(PASSAGES)
    held, sampled, rows = store.sample(100)
    assert held == len(store)
    assert sorted(sampled) == sorted(ids) and rows.shape == (len(ids), 64)
    assert len(store.sample(2)[1]) == 2
    store.close()


def test_the_nearest_come_first_and_ties_by_id(place: Path) -> None:
    store = PassageStore.open(place)
    asked = WordEmbedder().embed(["keeper lived"])[0]
    found = store.nearest(asked, 10)
    assert len(found) == len(PASSAGES)
    assert store.get([found[0][0]])[0][0].document == "b.txt"
    assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))
    assert found[0][1] == pytest.approx(float(vectors(PASSAGES)[-1] @ asked), abs=1e-5)
    store.close()


def test_putting_replaces_and_deleting_forgets(place: Path) -> None:
    store = PassageStore.open(place, create=True)
    changed = replace(PASSAGES[0], title="Another title")
    store.put([changed], vectors([changed]))
    store.delete([PASSAGES[1].id, "missing"])
    store.delete([])
    assert store.get([PASSAGES[0].id])[0] == [changed]
    assert len(store) == len(PASSAGES) - 1
    assert PASSAGES[1].id not in dict(store.nearest(vectors(PASSAGES)[1], 10))
    store.close()


def test_more_passages_than_chroma_takes_at_once_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "generations" / "0001" / "chroma"
    folder.mkdir(parents=True)
    many = [replace(PASSAGES[0], id=f"{n:032d}", start=n, end=n + 1) for n in range(6_000)]
    rows = np.random.default_rng(0).standard_normal((6_000, 8)).astype(np.float32)
    store = PassageStore.open(folder, create=True)
    store.put(many, rows)
    assert len(store) == 6_000
    assert store.nearest(rows[5_999], 1)[0][0] == many[5_999].id
    store.delete([passage.id for passage in many[:5_990]])
    assert len(store) == 10
    store.close()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_reading_leaves_the_files_alone(tmp_path: Path, count: int) -> None:
    """Readers in other processes share them, and an update copies them."""
    folder = tmp_path / "store" / "generations" / "0001" / "chroma"
    folder.mkdir(parents=True)
    store = PassageStore.open(folder, create=True)
    store.put(PASSAGES[:count], vectors(PASSAGES[:count]))
    store.close()
    freeze(folder)
    before = contents(folder)
    assert any(name.endswith("index_metadata.pickle") for name in before)
    for _ in range(2):
        store = PassageStore.open(folder)
        assert len(store) == count
        assert store.nearest(vectors(PASSAGES)[0], 1)[0][0] == PASSAGES[0].id
        assert len(store.of_document(PASSAGES[0].document)) == min(count, len(PASSAGES) - 1)
        store.close()
    assert contents(folder) == before


def test_a_frozen_store_can_be_written_again(place: Path) -> None:
    store = PassageStore.open(place, create=True)
    store.put([replace(PASSAGES[0], id="new")], vectors(PASSAGES[:1]))
    store.close()
    freeze(place)
    store = PassageStore.open(place)
    assert len(store) == len(PASSAGES) + 1
    store.close()


def test_several_threads_may_read_at_once(place: Path) -> None:
    store = PassageStore.open(place)
    asked = vectors(PASSAGES)[0]
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(store.nearest(asked, 3))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 16
    store.close()


def test_a_store_that_is_missing_is_told_and_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "generations" / "0001" / "chroma"
    with pytest.raises(StoreDamagedError, match="has lost its vectors: run `python -m qa index`"):
        PassageStore.open(folder)
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"not a database" * 1000])
def test_a_store_that_is_damaged_is_told_in_a_line(place: Path, content: bytes) -> None:
    (place / "chroma.sqlite3").write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read") as told:
        PassageStore.open(place)
    assert "\n" not in str(told.value)


_READ_ONLY = """
import os, sys
from pathlib import Path
import chromadb, chromadb.api.rust, chromadb.telemetry.product.posthog, tantivy, numpy, encodings.idna
import index.cache, index.corpus, index.lexical, index.store, index.terms
if os.geteuid() == 0:  # permissions do not bind the superuser
    os.setgid(65534)
    os.setuid(65534)
corpus = index.corpus.Corpus.open(Path(sys.argv[1]), "all-MiniLM-L6-v2-int8")
print(len(corpus.passages), len(corpus.lexical), len(corpus.lexical.search(["6th"], 3)))
for record in corpus.manifest.readable:
    corpus.document(record.path)
    passages = corpus.passages.of_document(record.path)
    _, vectors = corpus.passages.get([passages[0].id])
    print(corpus.passages.nearest(vectors[0], 1)[0][0] == passages[0].id)
corpus.close()
print(sorted(Path(os.environ["TMPDIR"]).iterdir()))
"""


def test_a_store_that_is_read_only_can_be_read(store: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    temporary = tmp_path / "temporary"
    temporary.mkdir(mode=0o777)
    temporary.chmod(0o777)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o055)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = contents(copy)
    environment = os.environ | {"TMPDIR": str(temporary), "HOME": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, str(copy)], env=environment, capture_output=True, text=True, check=False
    )
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert done.returncode == 0, done.stderr
    total, terms, hits = map(int, done.stdout.splitlines()[0].split())
    assert total == terms > 5 and hits > 0
    assert done.stdout.splitlines()[1:] == ["True", "True", "[]"]
    assert contents(copy) == before


def test_a_corpus_may_be_read_by_several_threads(store: Path) -> None:
    corpus = Corpus.open(store, "all-MiniLM-L6-v2-int8")
    paths = [record.path for record in corpus.manifest.readable]
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for path in paths * 20:
                document = corpus.document(path)
                for passage in corpus.passages.of_document(path)[:2]:
                    assert document.text[passage.start : passage.end] == passage.text
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    corpus.close()
    assert failures == []
    with pytest.raises(KeyError):
        corpus.document("missing.txt")


def test_chroma_is_imported_without_comparing_its_methods_and_others_are_compared_again_after_it() -> None:
    script = """
import overrides
from index.quick_chromadb import quick_chromadb
before = overrides.override
with quick_chromadb():
    import chromadb
    chromadb.EphemeralClient(chromadb.config.Settings(anonymized_telemetry=False)).heartbeat()
assert overrides.override is before
class Base:
    def area(self, side: int) -> int: ...
try:
    class Other(Base):
        @overrides.override
        def volume(self) -> int: ...
except TypeError:
    print("compared")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "compared"), done.stderr
