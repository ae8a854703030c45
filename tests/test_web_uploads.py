"""Uploads: what comes in stays inside the folder, whole, and of a kind that is read."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fakes import run

from index.errors import UsageError
from web import uploads
from web.uploads import UploadError


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _add(folder: Path, name: str, *pieces: bytes) -> str:
    return run(uploads.add(folder, name, _pieces(*(pieces or (b"text",)))))


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.txt",
        "a/b.txt",
        "/etc/passwd",
        "C:\\windows\\x.txt",
        "..\\x.txt",
        "..",
        ".",
        "",
        ".hidden.txt",
        "con.txt",
        "NUL.md",
        "aux",
        "com1.txt",
        "LPT9.txt",
        "a\x00b.txt",
        "a\nb.txt",
        "a\u202etxt.exe.txt",
        "zero\u200bwidth.txt",
        "program.exe",
        "archive.zip",
        "README.md",
        "~$open.txt",
        " lead.txt",
        "trail.txt ",
        "dot.txt.",
        "star*.txt",
        "stream.txt:hidden",
        "x" * 250 + ".txt",
    ],
)
def test_a_name_that_is_more_than_a_name_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    with pytest.raises(UploadError):
        _add(folder, name)
    assert list(tmp_path.rglob("*")) == [folder]


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    assert _add(tmp_path, "überblick 2026.md", b"# One\n", b"two\n") == "überblick 2026.md"
    assert (tmp_path / "überblick 2026.md").read_bytes() == b"# One\ntwo\n"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["report.txt", "Report.TXT", "REPORT.txt"])
def test_nothing_is_replaced_whatever_the_case(tmp_path: Path, name: str) -> None:
    (tmp_path / "report.txt").write_text("first", "utf-8")
    with pytest.raises(UploadError, match="already"):
        _add(tmp_path, name)
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]
    assert (tmp_path / "report.txt").read_text("utf-8") == "first"


@pytest.mark.parametrize("links", [True, False])
def test_what_came_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.setattr(os, "link", _no_links)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"mine"
        (tmp_path / "report.txt").write_text("theirs", "utf-8")

    with pytest.raises(UploadError, match="already"):
        run(uploads.add(tmp_path, "report.txt", slowly()))
    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [("report.txt", "theirs")]


def test_a_file_system_without_links_takes_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _no_links)
    assert _add(tmp_path, "report.txt", b"text") == "report.txt"
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]


def _no_links(*_: object) -> None:
    raise OSError(95, "Operation not supported")


def test_a_link_that_points_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    outside = tmp_path / "outside.txt"
    (folder / "link.txt").symlink_to(outside)
    with pytest.raises(UploadError):
        _add(folder, "link.txt")
    assert not outside.exists()


def test_a_file_that_is_too_large_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UPLOAD", 10)
    with pytest.raises(UploadError, match="larger"):
        _add(tmp_path, "big.txt", b"12345", b"67890", b"!")
    with pytest.raises(UploadError, match="empty"):
        _add(tmp_path, "empty.txt", b"")
    assert list(tmp_path.iterdir()) == []


def test_there_is_a_most_number_of_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_DOCUMENTS", 1)
    _add(tmp_path, "one.txt")
    with pytest.raises(UploadError, match="already"):
        _add(tmp_path, "two.txt")


def test_only_a_document_of_the_folder_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt"):
        (folder / name).write_text("x", "utf-8")
    outside = tmp_path / "outside.txt"
    outside.write_text("keep", "utf-8")
    for name in ("../outside.txt", str(outside), "missing.txt", "sub", ""):
        with pytest.raises(UsageError):
            uploads.remove(folder, name)
    uploads.remove(folder, "sub/b.txt")
    assert not (folder / "sub" / "b.txt").exists()
    with pytest.raises(UsageError, match="only document"):
        uploads.remove(folder, "a.txt")
    assert outside.read_text("utf-8") == "keep"


def test_a_folder_that_is_a_link_is_not_emptied(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "documents", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "a.txt").write_text("x", "utf-8")
    (elsewhere / "b.txt").write_text("keep", "utf-8")
    (folder / "b.txt").symlink_to(elsewhere / "b.txt")
    with pytest.raises(UsageError, match="outside"):
        uploads.remove(folder, "b.txt")
    assert (elsewhere / "b.txt").exists()
