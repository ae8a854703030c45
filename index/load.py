"""A file → a `Document`: its text to the character, and the title and date that the document itself states.

The text of a UTF-8 text file is the file's own content, unchanged, line ends and all. Other formats are told by their
first bytes and their suffix, and are parsed in a process that can be killed (`index.formats`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePosixPath

from index.dates import find_dates
from index.encoding import decode
from index.errors import LoadError
from index.folder import LARGEST_FILE, FileEntry, read, scan
from index.references import reference_blocks
from index.segment import Block, blocks, front_matter
from index.types import Document, Kind

__all__ = ["LARGEST_FILE", "LOADER", "TEXT_SUFFIXES", "FileEntry", "decode", "document", "load", "read", "scan"]

LOADER = "formats-4"
"""Changed whenever the same file would be read differently."""
TEXT_SUFFIXES = frozenset(
    {".txt", ".text", ".md", ".markdown", ".mdown", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ".log", ""}
)
_TITLE_LENGTH = 200
_LATER = re.compile(r"\.\d+")
_DATE_LABEL = re.compile(
    r"(?i)^\W*(?:published|publication date|date|datum|updated|last (?:updated|changed|modified)|issued|released"
    r"|created|posted|version of|stand|veröffentlicht|gepubliceerd|publié|publicado|pubblicato|fecha|data|日付|発行日)"
    r"\b[^:：\n]{0,20}[:：]"
)
_WRITTEN_ON_A_DAY = re.compile(
    r"\b(?:minutes|newsletter|bulletin|notes|agenda|memo|report|log|letter|statement|press release|update|digest)\b",
    re.IGNORECASE,
)
_HELD_ON = re.compile(
    r"(?i)^\W*(?:\w+ ){0,3}(?:minutes|notes|record|report|agenda)\b.{0,40}\b(?:meeting|session|call)\b"
)
"""A line that says of which meeting a document tells, whose date is when it was written."""
_DATED_BELOW = re.compile(
    r"[^\s.,;]\n(?P<line>(?:[A-Z][a-z]+day,? )?\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]+ \d{4}\b[^\n]{0,45}(?<![.!?]))\Z"
)
"""A line under a title that begins with a date: "Oral evidence on ferries", "Tuesday 14 March 2023, Room 3"."""
_TO_COME = re.compile(r"(?i)\b(?:next|upcoming|deadline|due|until|expires?|valid)\b")
"""What says of a date, in its line or in the line above it, that it lies ahead."""
_OF_ANOTHER = re.compile(
    r"(?i)\b(?:minutes|letter|e-?mail|message|call|report|meeting|session|decision|notice|invoice|order|agreement)s?\s+"
    r"(?:of|from|dated|held on)(?:\s+\w+)?\s*$"
)
"""What stands before the date of another paper: "The minutes of 9 January were approved."."""
_GENRE = re.compile(
    r"(?i)\W*(?:(?:press|news|media) release|press notice|memo(?:randum)?|minutes|newsletter|bulletin|report|notice"
    r"|agenda|policy brief|brief|fact ?sheet|statement|confidential|draft|for immediate release)\W*"
)
"""A first line that says what kind of paper it is, and not what it is about."""
_ISO = r"(?:19|20)\d\d[-_](?:0[1-9]|1[0-2])[-_](?:0[1-9]|[12]\d|3[01])"
_ISO_IN_NAME = re.compile(rf"\A{_ISO}(?!\d)|(?<!\d){_ISO}\Z")
_NOT_A_TITLE = re.compile(
    r"(?i)untitled.*|(?:document|presentation|präsentation|dokument|slide|folie|book|mappe)\s?\d*|powerpoint.presentation"
    r"|\S+\.(?:docx?|pdf|tex|dvi|indd|qxd|pptx?|xlsx?|odt|rtf|html?)|[\W\d_]*"
)
_SUBJECT = re.compile(r"(?i)(?:subject|title|re|betreff|onderwerp|objet|asunto|oggetto|件名)\s?[:：]\s*(?P<title>\S.*)")
_KEY_LINE = re.compile(r"[^\W\d_][\w /&'’.-]{0,30}:\s+\S")


def load(entry: FileEntry, data: bytes) -> Document:
    """Makes a document of a file's bytes.

    Raises:
        LoadError: it cannot be read as a document; the message is a reason that a person understands.
    """
    from index.formats import sniff

    if not data:
        raise LoadError("empty")
    suffix = PurePosixPath(entry.name).suffix.lower()
    if module := sniff(suffix, data):
        from index.formats.process import extract

        found = extract(module, data)
        _check(found.text)
        return document(
            entry.name,
            found.text,
            title=found.title,
            date=_iso(found.date),
            made=_iso(found.made),
            page_starts=found.page_starts,
            warnings=found.warnings,
            format=module,
        )
    if suffix not in TEXT_SUFFIXES and not _LATER.fullmatch(suffix):
        raise LoadError(f"the format {suffix} is not supported")
    text, guess = decode(data)
    _check(text)
    return document(entry.name, text, warnings=(f"the encoding was guessed: {guess}",) if guess else ())


def _check(text: str) -> None:
    if not any(char.isalnum() for char in text):
        raise LoadError("no readable text" if text.strip("\ufeff \t\r\n") else "empty")


def _iso(stated: str | None) -> str | None:
    """The day of a date as formats write it, "2024-03-05T10:00:00Z" or "3 March 2024"; a bare year stays one."""
    if not stated:
        return None
    if re.fullmatch(r"(?:1[0-9]|20|21)\d\d(?:-(?:0[1-9]|1[0-2]))?", stated):
        return stated
    return next((date.iso for date in find_dates(stated) if date.iso), None)


def document(
    name: str,
    text: str,
    *,
    title: str | None = None,
    date: str | None = None,
    made: str | None = None,
    page_starts: tuple[int, ...] = (),
    warnings: tuple[str, ...] = (),
    format: str | None = None,
) -> Document:
    """A `Document` from its text; title and date are looked for in the text where the format states none. `made` is the
    date of the file's making as the format has it, for a text that states no date."""
    fields, _ = front_matter(text)
    found = blocks(text)
    if title and _NOT_A_TITLE.fullmatch(title.strip()):
        title = None
    found_title = title or fields.get("title") or _title(text, found[:30]) or PurePosixPath(name).stem
    found_date = date or _stated_date(fields) or _date(text, found) or _date_in_name(name) or made
    _, references = reference_blocks(text, found)
    shown = " ".join(found_title.split())[:_TITLE_LENGTH]
    return Document(name, text, shown, found_date, page_starts, references, warnings, format)


def _title(text: str, head: Sequence[Block]) -> str | None:
    """The first heading where it opens the document, else the subject that its head lines name, else the first line
    where it is short enough to be a title. What says which meeting it is of tells more than the body that met, and the
    heading below "PRESS RELEASE" more than that."""
    lines = [text[block.start : block.end] for block in head]
    for block, line in zip(head[:6], lines, strict=False):
        if _HELD_ON.match(line) and find_dates(line) and len(line) <= 110:
            return _plain(line)
        if block.kind is Kind.ITEM:
            break
    if lines and _GENRE.fullmatch(lines[0]):
        # Who sends it and when stand above its heading.
        above = takewhile(lambda pair: len(pair[1]) <= 110 and not pair[1].endswith("."), zip(head, lines, strict=True))
        if headings := [line for block, line in [*above][1:8] if block.kind is Kind.HEADING]:
            return _plain(headings[-1])
    for at, (block, line) in enumerate(zip(head, lines, strict=True)):
        if block.kind is Kind.HEADING:
            return _plain(line)
        if match := _SUBJECT.fullmatch(line):
            return match["title"]
        # A title may stand below a letterhead, or below the lines that say who wrote what and when.
        if at >= 2 and block.kind is not Kind.ROW and not _KEY_LINE.match(line):
            break
    if head and head[0].kind is Kind.SENTENCE and head[0].end - head[0].start <= 110:
        line = text[head[0].start : head[0].end]
        return None if _KEY_LINE.match(line) and len(head) > 1 else line
    return None


def _plain(line: str) -> str:
    """A title's line without the marks of markup around it and a colon at its end."""
    return line.strip("*_# ").rstrip(":：")


def _stated_date(fields: dict[str, str]) -> str | None:
    for key in ("date", "published", "publication_date", "updated", "lastmod"):
        if key in fields and (stated := _iso(fields[key])):
            return stated
    return None


def _date(text: str, found: Sequence[Block]) -> str | None:
    """The date of a dateline: a short line near the top that is little more than a date, or is labelled as one.

    A heading counts where it is the date alone, or ends in it behind a comma, and is the only one such: headings that
    are dates, one after the other, are the days of a diary. The first heading is a title, whose date may be that of
    what it tells of; it counts where it names what is written on a day, such as minutes.
    """
    for at, block in enumerate(found[:12]):
        line = text[block.start : block.end]
        if block.kind is Kind.SENTENCE and (below := _DATED_BELOW.search(line)):
            line = below["line"]
        dates = [date for date in find_dates(line) if date.iso] if len(line) <= 120 else []
        if not dates:
            continue
        date = dates[0]
        if _DATE_LABEL.match(line):
            return date.iso
        if at >= 8 or block.kind in (Kind.ITEM, Kind.CODE, Kind.REFERENCE):
            continue
        if _HELD_ON.match(line) and not line.endswith("."):
            return date.iso
        before = text[found[at - 1].start : found[at - 1].end] if at else ""
        if _TO_COME.search(f"{before} {line}"):
            continue
        if block.kind is Kind.HEADING:
            alone = _is_dateline(line) and sum(_is_dateline(_heading(text, other)) for other in found) == 1
            if alone and (at or _WRITTEN_ON_A_DAY.search(line)):
                return date.iso
            continue
        rest = f"{line[: date.start]} {line[date.end :]}"
        if line.endswith(".") and _OF_ANOTHER.search(line[: date.start]):
            continue
        # Signs of East Asian scripts say twice as much as letters.
        around = sum(2 if ord(char) > 0x2E80 else 1 for char in rest) - 1
        if around <= 45:
            return date.iso
    return None


def _date_in_name(name: str) -> str | None:
    """The ISO date that a file's name begins or ends with: "2025-03-04 minutes.md", "minutes_2025-03-04.md"."""
    match = _ISO_IN_NAME.search(PurePosixPath(name).stem)
    return next((found.iso for found in find_dates(match[0].replace("_", "-"))), None) if match else None


def _heading(text: str, block: Block) -> str:
    return text[block.start : block.end] if block.kind is Kind.HEADING and block.end - block.start <= 120 else ""


def _is_dateline(line: str) -> bool:
    """True for a date with its day and nothing else but a weekday, or behind a comma."""
    dates = [date for date in find_dates(line) if date.iso and date.day] if line else []
    if len(dates) != 1 or line[dates[0].end :].strip(" ."):
        return False
    before = line[: dates[0].start].strip()
    return not before or before.endswith(",") or (before.isalpha() and len(before) <= 12)
