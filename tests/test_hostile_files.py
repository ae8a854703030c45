"""Files that are broken or mean harm: each fails alone, in time, with a reason that a person understands."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import made_files as made
import pytest

from index.errors import LoadError
from index.folder import FileEntry
from index.formats import process
from index.formats.process import Parser
from index.load import load, read, scan

_POSIX = pytest.mark.skipif(os.name != "posix", reason="needs links, pipes or permissions")


@pytest.fixture(scope="module", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    process._parser.close()


def outcomes(folder: Path) -> dict[str, str]:
    """By name: the text, or the reason behind "! "."""
    found = {}
    for entry in scan(folder):
        try:
            found[entry.name] = load(entry, read(entry)).text
        except LoadError as error:
            found[entry.name] = f"! {error}"
    return found


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file, file.open("word/document.xml", "w") as part:
        for _ in range(300):
            part.write(b"<p>" * (1 << 19))
    return packed.getvalue()


def test_every_file_ends_alone_and_in_time(tmp_path: Path) -> None:
    good = made.docx(made.word("Hello world."))
    page = made.pdf([made.prose("Hello, this is a page of text. " * 30)])
    flipped = bytearray(made.archive({"word/document.xml": "".join(f"<p>{n}</p>" for n in range(999))}))
    flipped[len(flipped) // 2] ^= 0xFF
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    tables = "<w:tbl><w:tr><w:tc>" * 2_000 + made.word("deep") + "</w:tc></w:tr></w:tbl>" * 2_000
    item, behind = "<text:list><text:list-item>", "</text:list-item></text:list>"
    files: dict[str, tuple[bytes, str]] = {
        "good.docx": (good, "Hello world.\n"),
        "cut.docx": (good[: len(good) // 2], "! damaged or cut off"),
        "flipped.docx": (bytes(flipped), "! damaged"),
        "zero.docx": (b"", "! empty"),
        "text.docx": (b"just some text", "! its content is not what its name says"),
        "zip.docx": (made.archive({"a": "b"}), "! an archive, not a document"),
        "locked.docx": (ole + "EncryptedPackage".encode("utf-16-le"), "! encrypted with a"),
        "old.doc": (ole + bytes(600), "! an old Office format: save it as .docx"),
        "bomb.docx": (_bomb(), "! unpacks to more than 256 MB"),
        "entities.docx": (
            made.archive({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'}),
            "! refused: word/document.xml declares XML entities",
        ),
        "deep.docx": (made.docx("<w:p>" * 10_000 + "<w:r><w:t>deep</w:t></w:r>" + "</w:p>" * 10_000), "deep\n"),
        "tables.docx": (made.docx(tables), "deep\n"),
        "deep.odt": (made.odt(item * 10_000 + "<text:p>deep</text:p>" + behind * 10_000), " " * 16),
        "deep.html": (b"<div>" * 10_000 + b"deep", "deep\n"),
        "table.html": (b"<table><tr><td>" * 10_000 + b"deep", "deep\n"),
        "script.html": (b"<html><script>" * 20_000, "! empty"),
        "deep.rtf": (b"{\\rtf1 " + b"{" * 10_000 + b"deep" + b"}" * 10_000 + b"}", "deep\n"),
        "cut.rtf": (b"{\\rtf1 Hello", "! damaged or cut off"),
        "page.pdf": (page, "Hello, this is a page"),
        "cut.pdf": (page[:300], "! damaged: it does not open as a PDF"),
        "locked.pdf": (made.pdf([made.prose("Hi")], encrypt="22"), "! encrypted with a password"),
        "scan.pdf": (made.pdf([[], []]), "! no text layer"),
        "a.pdf.txt": (page, "Hello, this is a page"),
        "page.html.pdf": (b"<!doctype html><p>Hi there</p>", "Hi there\n"),
        "cut.xlsx": (made.xlsx({"A": [["a", "b"]]})[:900], "! damaged"),
        "quote.csv": (b'a,b\n"open,' + b"x\n" * 50_000, "| a: open,x x"),
        "cut.epub": (made.archive({"META-INF/container.xml": "<container/>"}), "! damaged: the part"),
        "noise.eml": (bytes(range(256)) * 30, "! not a letter"),
        "picture.png": (b"\x89PNG\r\n", "! the format .png is not supported"),
    }  # fmt: skip
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    found = outcomes(tmp_path)
    assert {name: text for name, text in found.items() if not text.startswith(files[name][1])} == {}
    assert len(found) == len(files)


def test_a_long_pdf_is_read_and_one_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [made.prose(f"This is page {n} of the book, and it says something of its own.") for n in range(1, 501)]
    entry = FileEntry("a.pdf", Path("a.pdf"), 0, 0)
    found = load(entry, made.pdf(pages))
    assert len(found.page_starts) == 500
    assert found.text[found.page_starts[499] :].startswith("This is page 500")
    from index.formats import pdf

    monkeypatch.setattr(pdf, "MOST_PAGES", 499)
    with pytest.raises(LoadError, match="more than 499 pages"):
        pdf.read(made.pdf(pages))


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    parser = Parser(seconds=1)
    with pytest.raises(LoadError, match="takes longer than 1 seconds to read"):
        parser.extract("html", b"<!--" * 50_000)  # the tokenizer takes the square of it
    assert parser._process is None
    patient = Parser()
    assert patient.extract("html", b"<p>Hello").text == "Hello\n"
    patient.close()


@_POSIX
def test_a_file_that_needs_too_much_memory_is_given_up() -> None:
    parser = Parser(memory=128 * 2**20)
    body = made.word("A paragraph of text.") * 150_000
    with pytest.raises(LoadError, match="memory"):
        parser.extract("package", made.docx(body))
    assert parser.extract("html", b"<p>Hello").text == "Hello\n"
    parser.close()


def test_a_process_that_dies_is_replaced() -> None:
    parser = Parser()
    assert parser.extract("html", b"<p>One").text == "One\n"
    assert parser._process
    first = parser._process
    first.kill()
    first.wait()
    assert parser.extract("html", b"<p>Two").text == "Two\n"
    assert parser._process is not first
    parser.close()
    assert parser._process is None


def test_many_threads_share_one_process() -> None:
    parser = Parser()
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(parser.extract("html", f"<p>Text {n}".encode()).text))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(f"Text {n}\n" for n in range(8))
    parser.close()


@_POSIX
def test_no_process_outlives_a_program_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, time; from index.formats import process as p; p.extract('html', b'<p>x'); "
        "print(p._parser._process.pid, flush=True); time.sleep(60)"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert program.stdout
    child = int(program.stdout.readline())
    program.kill()
    program.wait()
    program.stdout.close()
    for _ in range(100):
        state = Path(f"/proc/{child}/stat")
        if not _alive(child) or (state.exists() and state.read_text().split(")")[-1].split()[0] == "Z"):
            return
        time.sleep(0.05)
    pytest.fail("the parsing process is still there")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_modules_in_the_working_folder_are_not_run(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('this is not your json')")
    (tmp_path / "html.py").write_text("raise SystemExit('nor your html')")
    parser = Parser()
    assert parser.extract("html", b"<p>Hello").text == "Hello\n"
    parser.close()


# The folder


@_POSIX
def test_links_pipes_and_odd_names(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "docs"
    outside.mkdir()
    (folder / "sub").mkdir(parents=True)
    (outside / "secret.txt").write_text("A secret.")
    (folder / "real.txt").write_text("Some text.")
    (folder / "link.txt").symlink_to("real.txt")
    (folder / "out.txt").symlink_to(outside / "secret.txt")
    (folder / "outdir").symlink_to(outside)
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "loop").symlink_to("loop")
    (folder / "gone").symlink_to("nothing")
    (folder / "two\nlines\x1b[31m.txt").write_text("Odd name.")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt")).write_text("Odder name.")
    os.mkfifo(folder / "pipe.txt")
    assert outcomes(folder) == {
        "real.txt": "Some text.",
        "link.txt": "Some text.",
        "out.txt": "! a link that leads out of the documents folder",
        "outdir": "! a link that leads out of the documents folder",
        "loop": "! a link that leads in a circle or cannot be followed",
        "gone": "! a link to a file that does not exist",
        "two\\nlines\\x1b[31m.txt": "Odd name.",
        "\\xff\\xfe.txt": "Odder name.",
        "pipe.txt": "! not a regular file",
    }


@contextmanager
def _unprivileged() -> Iterator[None]:
    """Root reads everything: for a while it is nobody."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@_POSIX
def test_what_may_not_be_read() -> None:
    # Not in tmp_path, which lies in a folder that only its owner may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file in ("a.txt", "b.txt"):
            (folder / file).write_text("Some text.")
        (folder / "sub").mkdir()
        (folder / "a.txt").chmod(0)
        (folder / "sub").chmod(0)
        with _unprivileged():
            found = outcomes(folder)
        (folder / "sub").chmod(0o700)
    assert found == {
        "a.txt": "! cannot be read (permission denied)",
        "b.txt": "Some text.",
        "sub": "! the folder cannot be read (permission denied)",
    }


def test_an_error_of_the_disk_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Some text.")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    entry = scan(tmp_path)[0]
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(LoadError, match=r"cannot be read \(permission denied\)"):
        read(entry)


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Some text.")
    entry = scan(tmp_path)[0]
    real, changes = os.fstat, iter(range(100))
    times = [0, 1, 2, 2]

    def moving(number: int) -> os.stat_result:
        found = list(real(number))
        stated = times[min(next(changes), len(times) - 1)]
        return os.stat_result(found, {"st_mtime_ns": stated})

    monkeypatch.setattr(os, "fstat", moving)
    assert read(entry) == b"Some text."  # changed during the first reading, still during the second

    restless = iter(range(100))
    monkeypatch.setattr(os, "fstat", lambda number: os.stat_result(list(real(number)), {"st_mtime_ns": next(restless)}))
    with pytest.raises(LoadError, match="it changes while it is read"):
        read(entry)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(65 * 2**20)
    assert outcomes(tmp_path) == {"a.txt": "! larger than 64 MB"}


def test_a_file_that_is_gone_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Some text.")
    entry = scan(tmp_path)[0]
    path.unlink()
    with pytest.raises(LoadError, match="cannot be read"):
        read(entry)
