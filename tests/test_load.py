"""A folder's files → documents: which of them, their characters, title and date."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from index.encoding import decode
from index.errors import DocumentsError, LoadError
from index.load import document, load, read, scan
from index.types import Document


def put(folder: Path, name: str, data: bytes | str = "Some text.\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def loaded(folder: Path, name: str) -> Document:
    entry = next(entry for entry in scan(folder) if entry.name == name)
    return load(entry, read(entry))


# The folder


def test_what_is_and_what_is_no_document(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden", ".git/config", "README.md", "sub/readme", "README.de.txt"):
        put(tmp_path, name)
    for name in ("~$a.docx", "Thumbs.db", "reading list.txt"):
        put(tmp_path, name)
    assert [entry.name for entry in scan(tmp_path)] == ["a.md", "b.txt", "reading list.txt", "sub/c.txt"]


def test_the_ignore_file(tmp_path: Path) -> None:
    for name in ("a.txt", "a.tmp", "keep.tmp", "drafts/x.txt", "sub/drafts/y.txt", "sub/z.txt", "only/here.txt"):
        put(tmp_path, name)
    put(tmp_path, ".qaignore", "# what is left out\n*.tmp\n!keep.tmp\ndrafts/\n/only\n")
    assert [entry.name for entry in scan(tmp_path)] == ["a.txt", "keep.tmp", "sub/z.txt"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DocumentsError, match="No documents folder at"):
        scan(tmp_path / "missing")
    with pytest.raises(DocumentsError, match="is a file, not a folder"):
        scan(put(tmp_path, "a.txt"))
    assert scan(tmp_path / "..") != []


def test_files_are_listed_without_opening_any_and_each_folder_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it takes with ten thousand is measured by `benchmarks.scale`."""
    for n in range(100):
        folder = tmp_path / f"d{n % 5}"
        folder.mkdir(exist_ok=True)
        (folder / f"f{n}.txt").touch()
    listed: list[str] = []
    opened: list[str] = []
    real = os.scandir

    def scandir(path: str) -> Any:
        listed.append(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "open", lambda path, *_: opened.append(path))
    found = scan(tmp_path)
    monkeypatch.undo()
    assert len(found) == 100 and opened == []
    assert len(listed) == len(set(listed)) == 6


def test_a_change_of_content_is_seen_though_size_and_time_are_the_same(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", "one")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    before = scan(tmp_path)[0]
    time.sleep(0.02)
    path.write_text("two")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert scan(tmp_path)[0].modified > before.modified


# Characters


@pytest.mark.parametrize(
    "text",
    ["One.\r\nTwo.\r\n", "One.\rTwo.", "\ufeffOne.", "A 😀 e\u0301 東京.\n", "One.\fTwo.\x00"[:9], "\tOne.  \n\n"],
)
def test_utf8_text_is_the_files_own_content(tmp_path: Path, text: str) -> None:
    put(tmp_path, "a.txt", text)
    assert loaded(tmp_path, "a.txt").text == text


@pytest.mark.parametrize(
    ("data", "text", "guess"),
    [
        ("Grüße — “so”".encode(), "Grüße — “so”", None),
        ("Grüße 東京".encode("utf-16"), "Grüße 東京", None),
        ("Greetings to all".encode("utf-16-le"), "Greetings to all", "UTF-16-LE"),
        ("Greetings to all".encode("utf-16-be"), "Greetings to all", "UTF-16-BE"),
        (
            "Das Café öffnet – “täglich” für 5 €.".encode("cp1252"),
            "Das Café öffnet – “täglich” für 5 €.",
            "Windows-1252",
        ),
        (
            ("Обычный русский текст о разных вещах. " * 9).encode("cp1251"),
            "Обычный русский текст о разных вещах. " * 9,
            "cp1251",
        ),
    ],
)
def test_encodings(data: bytes, text: str, guess: str | None) -> None:
    assert decode(data) == (text, guess)


def test_shift_jis_is_told_from_western_text() -> None:
    text = "これは日本語の文章です。今日は天気がいいですね。" * 10
    assert decode(text.encode("cp932"))[0] == text


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + bytes(500), b"\xff\xfeA"])
def test_bytes_that_are_no_text(data: bytes) -> None:
    with pytest.raises(LoadError):
        decode(data)


def test_a_guessed_encoding_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "Das Café öffnet.".encode("cp1252"))
    assert loaded(tmp_path, "a.txt").warnings == ("the encoding was guessed: Windows-1252",)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t ", "empty"),
        ("a.txt", b"--- *** ---", "no readable text"),
        ("a.txt", bytes(range(256)), "not a text file"),
        ("a.xyz", b"Some text.", "the format .xyz is not supported"),
        ("a.png", b"\x89PNG", "the format .png is not supported"),
    ],
)
def test_reasons(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    put(tmp_path, name, data)
    with pytest.raises(LoadError, match=f"^{reason}$"):
        loaded(tmp_path, name)


def test_a_number_at_the_end_of_a_name_is_no_format(tmp_path: Path) -> None:
    put(tmp_path, "minutes.2024")
    assert loaded(tmp_path, "minutes.2024").text == "Some text.\n"


# Title and date


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: 'From the fields'\n---\n# A heading\n", "From the fields"),
        ("# *A* heading #\n\nText.\n", "A* heading"),
        ("A first line\n\nThat is above a text.\n", "A first line"),
        ("From: Anna\nTo: Bob\nSubject: The fair\n\nHi Bob, all is well.\n", "The fair"),
        ("Rules:\n- One.\n- Two.\n", "Rules"),
        (
            "TOWN COUNCIL\nRoads Committee\n\nMinutes of the meeting held on 3 May 2022 in the hall\n\nPresent: Ada.\n",
            "Minutes of the meeting held on 3 May 2022 in the hall",
        ),
        ("PRESS RELEASE\nThe Ministry\n4 May 2022\n\nMinisters Meet in Lyon\n\nThey met.\n", "Ministers Meet in Lyon"),
        ("this is a text that begins with a sentence. " * 5, "a"),
        (
            "NAME   WHO\nDATE   WHEN\n\n           The Real Title of This\n\nIt begins here with a text.\n",
            "The Real Title of This",
        ),
    ],
)
def test_title(text: str, title: str) -> None:
    assert document("sub/a.md", text).title == title


@pytest.mark.parametrize(
    "stated", ["Untitled", "Microsoft Word - x.doc"[17:], "report.pdf", "Presentation1", "PowerPoint Presentation", " "]
)
def test_a_title_that_a_program_made_up_does_not_count(stated: str) -> None:
    assert document("a.docx", "# The heading\n\nText.\n", title=stated).title == "The heading"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Title\nTokyo, Wednesday, 13 November 2024.\nText goes here, and goes on.\n", "2024-11-13"),
        ("Title\nPublished on: 2026-01-30\nText.\n", "2026-01-30"),
        ("---\ndate: 2024-03-05\n---\n# T\n\nIn force from 1 January 2025.\n", "2024-03-05"),
        ("---\ndate: 2024\n---\n# T\n", "2024"),
        (
            "# Water\n\nMarine Institute, 15 January 2025\n\nNitrate fell in the inner basin over all the years.\n",
            "2025-01-15",
        ),
        (
            "第7回対話の開催\n\n令和8年1月28日\n\n対話が開催されました。\n・第6回は2024年11月に東京で開催。\n",
            "2026-01-28",
        ),
        ("Log\n\nMonday 10 February 2025\n\nAll quiet.\n\nTuesday 11 February 2025\n\nAll quiet.\n", None),
        ("Report on the storm of 14 February 2025\n\nThe storm came at night and left at noon.\n", None),
        ("# Council minutes, 4 March 2025\n\n## Roads\n\nThe road is closed.\n", "2025-03-04"),
        (
            "COUNCIL\n\nMinutes of the meeting held on Tuesday 3 May 2022 at 7 pm in the old hall\n\n1. Last meeting\n"
            "The minutes of 5 April 2022 were approved.\n",
            "2022-05-03",
        ),
        ("Minutes of the meeting held on 9 April 2024\n\nAll came.\n\n# Next meeting\n\n11 June 2024\n", "2024-04-09"),
        ("# Call for papers\n\nDeadline: 4 May 2022\n\nSend them to us.\n", None),
        ("# Letter\n\nThank you for your letter of 3 March 2024.\n\nIt was kind.\n", None),
        ("# The fire of Lisbon, 25 August 1988\n\n## Causes\n\nIt began in a shop.\n", None),
        ("INQUIRY\nEvidence on the new ferry\nTuesday 14 March 2023, Room 3\n\nIt comes in two years.\n", "2023-03-14"),
        (
            "Title\n\nThe talks on the ferry between the island and the coast were held in the old town hall on\n"
            "14 March 2023 in the city, and had no result.\n",
            None,
        ),
        ("Title\n\nThe talks that were held on 3 May 2020 in the city were long and had no result at all.\n", None),
    ],
)
def test_date(text: str, date: str | None) -> None:
    assert document("a.txt", text).date == date


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("minutes-2025-03-04.md", "2025-03-04"),
        ("sub/2025_03_04 minutes.md", "2025-03-04"),
        ("2025-13-04.md", None),
        ("order-12025-03-04.md", None),
        ("a-2025-03-04-b.md", None),
        ("20250304.md", None),
    ],
)
def test_the_date_in_a_file_s_name_counts_where_the_text_states_none(name: str, date: str | None) -> None:
    assert document(name, "# Title\n\nText.\n").date == date
    assert document(name, "Title\nPublished on: 2026-01-30\nText.\n").date == "2026-01-30"


def test_the_day_a_file_was_made_counts_last() -> None:
    assert document("a.docx", "Title\n\nText.\n", made="2013-12-23").date == "2013-12-23"
    assert document("a.docx", "Title\nTokyo, 13 November 2024\nText.\n", made="2013-12-23").date == "2024-11-13"
