"""A file → a `Document`: its text to the character, and the title and date that the document itself states.

The text of a UTF-8 text file is the file's own content, unchanged, line ends and all. Formats are told by suffix; each is a
function `bytes → text`, imported only when such a file turns up.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.dates import find_dates
from index.errors import DocumentsError, LoadError
from index.references import reference_blocks
from index.segment import Block, blocks
from index.types import Document, Kind

LARGEST_FILE = 64 * 2**20
"""Bytes; a larger file is refused rather than read into memory."""

LOADER = "text-1"
"""Changed whenever the same file would be read differently."""
TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".rst", ".log", ""})
_TITLE_LENGTH = 200
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<fields>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DATE_LABEL = re.compile(
    r"(?i)^\W*(?:published|publication date|date|datum|updated|last updated|issued|released|created|posted|version of)\b[^:\n]{0,20}:"
)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the documents folder: `name` is its path below the folder with forward slashes, `size` in bytes,
    `modified` in nanoseconds."""

    name: str
    path: Path
    size: int
    modified: int


def scan(folder: Path) -> list[FileEntry]:
    """The files of the folder that are meant as documents, by name: no hidden ones and no README.

    Raises:
        DocumentsError: the folder is missing, is not a folder, or cannot be read.
    """
    if not folder.exists():
        raise DocumentsError(f"No documents folder at {folder}: create it, or name another with --documents FOLDER.")
    if not folder.is_dir():
        raise DocumentsError(f"{folder} is a file, not a folder: name the folder that holds it with --documents FOLDER.")
    try:
        os.listdir(folder)
    except OSError as error:
        raise DocumentsError(f"The documents folder {folder} cannot be read ({error.strerror}): check its permissions.") from None
    return sorted(_walk(folder), key=lambda entry: entry.name)


def _walk(folder: Path) -> Iterator[FileEntry]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if name.startswith((".", "~$")) or Path(name).stem.casefold() == "readme":
                continue
            path = Path(root, name)
            try:
                stat = path.stat()
            except OSError:
                stat = os.stat_result((0,) * 10)
            relative = path.relative_to(folder).as_posix()
            # A name need not be valid UTF-8; shown and stored, it has to be.
            yield FileEntry(relative.encode("utf-8", "replace").decode(), path, stat.st_size, stat.st_mtime_ns)


def read(entry: FileEntry) -> bytes:
    """The file's bytes.

    Raises:
        LoadError: it is no regular file, too large, or cannot be read.
    """
    if not entry.path.is_file():
        raise LoadError("not a regular file")
    if entry.size > LARGEST_FILE:
        raise LoadError(f"larger than {LARGEST_FILE // 2**20} MB")
    try:
        return entry.path.read_bytes()
    except OSError as error:
        raise LoadError(f"cannot be read ({(error.strerror or 'error').lower()})") from None


def load(entry: FileEntry, data: bytes) -> Document:
    """Makes a document of a file's bytes.

    Raises:
        LoadError: it cannot be read as a document; the message is a reason that a person understands.
    """
    if entry.path.suffix.lower() not in TEXT_SUFFIXES:
        raise LoadError(f"the format {entry.path.suffix} is not supported")
    text = decode(data)
    if not any(char.isalnum() for char in text):
        raise LoadError("empty" if not text.strip() else "no readable text")
    return document(entry.name, text)


def decode(data: bytes) -> str:
    """Bytes → text: UTF-8, UTF-16 with its mark, else Windows-1252.

    Raises:
        LoadError: the bytes are not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise LoadError("damaged UTF-16 text") from None
    if b"\0" in data[:65536]:
        raise LoadError("not a text file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        control = sum(byte < 9 or 13 < byte < 32 for byte in data[:65536])
        if control * 50 > len(data[:65536]):
            raise LoadError("not a text file") from None
        return data.decode("cp1252", "replace")


def document(name: str, text: str, *, title: str | None = None, date: str | None = None) -> Document:
    """A `Document` from its text; title and date are looked for in the text where the format states none."""
    fields = _front_matter(text)
    found = blocks(text)
    head = found[:8]
    found_title = title or fields.get("title") or _title(text, head) or Path(name).stem
    found_date = date or _stated_date(fields) or _date(text, head)
    _, references = reference_blocks(text, found)
    return Document(name, text, " ".join(found_title.split())[:_TITLE_LENGTH], found_date, references=references)


def _front_matter(text: str) -> dict[str, str]:
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}
    lines = (line.partition(":") for line in match["fields"].splitlines())
    return {key.strip().lower(): value.strip().strip("\"'") for key, _, value in lines if value.strip()}


def front_matter_end(text: str) -> int:
    """The offset at which the document proper begins, behind its front matter."""
    match = _FRONT_MATTER.match(text)
    return match.end() if match else 0


def _title(text: str, head: Sequence[Block]) -> str | None:
    """The first heading where it opens the document, else the first line where it is short enough to be a title."""
    for block in head[:3]:
        if block.kind is Kind.HEADING:
            return text[block.start : block.end].strip("*_# ")
    if head and head[0].kind is Kind.SENTENCE and head[0].end - head[0].start <= 110:
        return text[head[0].start : head[0].end]
    return None


def _stated_date(fields: dict[str, str]) -> str | None:
    for key in ("date", "published", "publication_date", "updated", "lastmod"):
        if key in fields and (dates := find_dates(fields[key])):
            return dates[0].iso
    return None


def _date(text: str, head: Sequence[Block]) -> str | None:
    """The date of a dateline: a short line near the top that is little more than a date, or is labelled as one."""
    for block in head:
        line = text[block.start : block.end]
        dates = [date for date in find_dates(line) if date.iso]
        if dates and len(line) <= 120:
            date = dates[0]
            around = len(line) - (date.end - date.start)
            if _DATE_LABEL.match(line) or (around <= 45 and block.kind is not Kind.HEADING):
                return date.iso
    return None
