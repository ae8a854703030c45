"""What is kept between runs: vectors and documents."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.cache import DocumentCache, VectorCache, digest
from index.errors import StoreDamagedError, StoreError
from index.types import Document, Reference

DOCUMENT = Document(
    "a/b.txt",
    "Zeile eins\r\nZeile zwei 𝄞 e\u0301 日本\ud800\0",
    "A title",
    "2024-11-13",
    (0, 5),
    (Reference(1, "https://example.org"),),
    ("a table was left out",),
    "package",
)


def test_vectors_come_back_in_the_texts_order_to_the_bit(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v.sqlite", "words")
    texts = [f"text {n}" for n in range(1203)]
    vectors = np.random.default_rng(1).standard_normal((1203, 8)).astype(np.float32)
    cache.put(texts, vectors)
    found = cache.get([*reversed(texts), "never seen"])
    assert found[-1] is None
    assert np.array_equal(np.stack([v for v in found[:-1] if v is not None]), vectors[::-1])
    assert cache.get([]) == []
    cache.close()


def test_each_embedder_has_its_own_vectors(tmp_path: Path) -> None:
    one, other = VectorCache(tmp_path / "v.sqlite", "one"), VectorCache(tmp_path / "v.sqlite", "other")
    one.put(["text"], np.ones((1, 2), dtype=np.float32))
    assert other.get(["text"]) == [None]
    one.close()
    other.close()


def test_a_document_comes_back_as_it_was(tmp_path: Path) -> None:
    cache = DocumentCache(tmp_path / "d.sqlite")
    cache.put("key", DOCUMENT)
    assert cache.get("key") == DOCUMENT
    assert cache.get("other") is None
    cache.put("other", DOCUMENT)
    assert cache.keys() == {"key", "other"}
    cache.keep_only(["other", "missing"])
    assert cache.keys() == {"other"}
    cache.close()
    reader = DocumentCache(tmp_path / "d.sqlite", write=False)
    assert reader.get("other") == DOCUMENT
    reader.close()


def test_a_reader_sees_what_a_writer_that_is_still_there_has_kept(tmp_path: Path) -> None:
    writer = DocumentCache(tmp_path / "d.sqlite")
    reader = DocumentCache(tmp_path / "d.sqlite", write=False)
    writer.put("key", DOCUMENT)
    assert reader.get("key") == DOCUMENT
    writer.close()
    reader.close()


def test_what_a_killed_writer_kept_is_still_there(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from index.cache import DocumentCache\n"
        "from index.types import Document\n"
        "cache = DocumentCache(Path(sys.argv[1]))\n"
        "cache.put('key', Document('a', 'text', 'title')); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "d.sqlite")], check=False)
    for write in (False, True, False):
        cache = DocumentCache(tmp_path / "d.sqlite", write=write)
        assert cache.get("key") is not None
        cache.close()


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be one" * 100, b"\0" * 8192])
def test_a_damaged_cache_is_begun_anew_by_a_writer_and_told_by_a_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "d.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreDamagedError, match="run `python -m qa index`"):
        DocumentCache(path, write=False).keys()
    cache = DocumentCache(path)
    assert cache.keys() == set()
    cache.put("key", DOCUMENT)
    cache.close()


def test_damage_inside_is_noticed_when_a_writer_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite"
    cache = VectorCache(path, "words")
    cache.put([f"text {n}" for n in range(500)], np.ones((500, 64), dtype=np.float32))
    cache.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\0" * (len(content) - 8192)
    path.write_bytes(content)
    cache = VectorCache(path, "words")
    assert cache.get(["text 1"]) == [None]
    cache.close()


def test_a_cache_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreDamagedError):
        DocumentCache(tmp_path / "missing.sqlite", write=False)
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        DocumentCache(tmp_path / "folder.sqlite")


def test_a_digest_tells_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a\ud800") == digest("a\ud800")
    assert digest(b"abc") == digest("abc")
    assert len(digest("a")) == 64
