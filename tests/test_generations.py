"""Generations: published whole, sealed, replaced, and told apart."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.errors import NoIndexError, StoreDamagedError, StoreError, StoreMismatchError
from index.generations import (
    VERSION,
    DocumentRecord,
    Manifest,
    check_is_store,
    check_seal,
    current,
    others,
    publish,
    read_manifest,
    seal,
    stage,
    token,
    write_manifest,
    writing_failed,
)

RECORD = DocumentRecord("a/ü b.txt", 12, 1_700_000_000_123_456_789, "ab" * 32, "cd" * 32, "A title", "2024-11", 3)
FAILED = DocumentRecord("b.pdf", 0, 0, "", "ef" * 32, failure="no text layer")
MANIFEST = Manifest("words", "sections-1", 1_700_000_000.25, 3, (RECORD, FAILED), churn=7)


def make(store: Path, base: Path | None = None, text: str = "content") -> Path:
    staging = stage(store, base)
    (staging / "part").mkdir(exist_ok=True)
    (staging / "part" / "data.bin").write_text(text)
    write_manifest(staging, MANIFEST)
    seal(staging)
    return publish(store, staging)


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST
    assert MANIFEST.readable == (RECORD,)
    assert MANIFEST.failed == (FAILED,)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", f'{{"version": {VERSION}}}', f'{{"version": {VERSION}, "documents": [1]}}', "\0\0"],
)
def test_a_manifest_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreDamagedError, match=r"manifest\.json is damaged or missing: run"):
        read_manifest(tmp_path)


def test_a_manifest_of_another_version_is_told(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"version": VERSION + 1, "something": "else"}))
    with pytest.raises(StoreMismatchError, match="--rebuild"):
        read_manifest(tmp_path)


def test_publishing_numbers_generations_and_keeps_the_one_before(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="qa index"):
        current(tmp_path / "store")
    first = make(tmp_path)
    assert (first.name, current(tmp_path), others(tmp_path)) == ("0001", first, [])
    second = make(tmp_path, first, "other")
    assert (second.name, others(tmp_path)) == ("0002", [first])
    assert (first / "part" / "data.bin").read_text() == "content"
    third = make(tmp_path, second)
    assert (current(tmp_path), others(tmp_path)) == (third, [second])
    assert not first.exists()


def test_current_is_another_file_and_never_the_same_one_written_anew(tmp_path: Path) -> None:
    """Who reads it, or is killed, in the middle of the writing finds the name before or the one after."""
    first = make(tmp_path)
    before = (tmp_path / "CURRENT").stat().st_ino
    make(tmp_path, first)
    assert (tmp_path / "CURRENT").stat().st_ino != before


def test_the_generation_in_use_stays_when_a_newer_one_was_never_put_in_its_place(tmp_path: Path) -> None:
    first = make(tmp_path)
    staging = stage(tmp_path, first)
    write_manifest(staging, MANIFEST)
    staging.rename(tmp_path / "generations" / "0002")  # killed before CURRENT was written
    third = make(tmp_path, first)
    assert third.name == "0003"
    assert others(tmp_path) == [first]


def test_leftovers_of_killed_writers_are_removed(tmp_path: Path) -> None:
    first = make(tmp_path)
    (tmp_path / "generations" / ".new-1").mkdir()
    (tmp_path / "CURRENT.tmp").write_text("00")
    make(tmp_path, first)
    assert sorted(os.listdir(tmp_path)) == ["CURRENT", "generations"]
    assert sorted(os.listdir(tmp_path / "generations")) == ["0001", "0002"]


def test_a_copy_is_staged_without_what_belongs_to_the_original_alone(tmp_path: Path) -> None:
    first = make(tmp_path)
    (first / "part" / "writer.lock").write_text("")
    staging = stage(tmp_path, first)
    assert [path.relative_to(staging).as_posix() for path in staging.rglob("*")] == ["part", "part/data.bin"]


@pytest.mark.parametrize("text", ["", "x", "0009", "../..", "\0\0\0\0", "٣"])
def test_a_current_that_names_no_generation_is_told(tmp_path: Path, text: str) -> None:
    first = make(tmp_path)
    (tmp_path / "CURRENT").write_text(text)
    with pytest.raises(StoreDamagedError, match=r"CURRENT is damaged"):
        current(tmp_path)
    assert others(tmp_path) == [first]


def test_a_removed_index_that_was_built_anew_is_another(tmp_path: Path) -> None:
    make(tmp_path)
    before = token(tmp_path)
    assert token(tmp_path) == before
    (tmp_path / "keep").write_text("")  # so that the file system gives CURRENT another inode or time
    (tmp_path / "CURRENT").unlink()
    with pytest.raises(NoIndexError):
        token(tmp_path)
    make(tmp_path)
    assert token(tmp_path) != before


@pytest.mark.parametrize("size", [0, 1, 4096, 300_000, 3_000_000])
def test_a_seal_notices_what_was_lost_cut_or_blanked(tmp_path: Path, size: int) -> None:
    generation = make(tmp_path)
    path = generation / "part" / "data.bin"
    content = os.urandom(size)
    path.write_bytes(content)
    seal(generation)
    check_seal(generation)
    for harmed in (
        None,
        content[:-1],
        content + b"\0",
        b"\0" * size,
        content[: size // 2] + b"\0" * (size - size // 2),
    ):
        if harmed == content or (size == 0 and harmed == b""):
            continue
        path.unlink()
        if harmed is not None:
            path.write_bytes(harmed)
        with pytest.raises(StoreDamagedError, match=r"part/data\.bin is missing or damaged"):
            check_seal(generation)
        path.write_bytes(content)
    check_seal(generation)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"part/data.bin": 1}'])
def test_a_seal_that_is_damaged_is_told(tmp_path: Path, text: str) -> None:
    generation = make(tmp_path)
    (generation / "seal.json").write_text(text)
    with pytest.raises(StoreDamagedError, match="is damaged"):
        check_seal(generation)


def test_a_sealed_file_is_readable_to_whom_the_manifest_is(tmp_path: Path) -> None:
    staging = stage(tmp_path, None)
    (staging / "private").write_text("x")
    (staging / "private").chmod(0o600)
    write_manifest(staging, MANIFEST)
    seal(staging)
    assert (staging / "private").stat().st_mode == (staging / "manifest.json").stat().st_mode


def test_only_an_empty_folder_or_an_index_is_built_into(tmp_path: Path) -> None:
    check_is_store(tmp_path / "missing")
    check_is_store(tmp_path)
    (tmp_path / "lock").write_text("")
    check_is_store(tmp_path)
    (tmp_path / "lock").unlink()
    (tmp_path / "photo.jpg").write_text("")
    with pytest.raises(StoreError, match="holds other files"):
        check_is_store(tmp_path)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "The disk is full"),
        (RuntimeError("(code: 13) database or disk is full"), "The disk is full"),
        (OSError(13, "Permission denied"), r"cannot be written \(Permission denied\): check the folder's permissions"),
        (ValueError("two\nlines"), r"cannot be written \(two lines\): check the disk"),
        (RuntimeError(), r"cannot be written \(RuntimeError\)"),
    ],
)
def test_what_went_wrong_in_writing_is_said_in_a_line(error: Exception, said: str) -> None:
    message = str(writing_failed(Path(".qa"), error))
    assert "\n" not in message
    with pytest.raises(StoreError, match=said):
        raise writing_failed(Path(".qa"), error)
