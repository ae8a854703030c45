"""Adding documents to the folder and removing them from it, and never anything outside it."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from collections.abc import AsyncIterable
from pathlib import Path

from index.errors import FootnoteError, UsageError
from index.formats import SUFFIXES
from index.load import LARGEST_FILE, TEXT_SUFFIXES, scan

LARGEST_UPLOAD = min(LARGEST_FILE, 50 * 2**20)
MOST_DOCUMENTS = 10_000
_LONGEST_NAME = 200
"""Bytes, below what common file systems take."""
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?:\..*)?")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


class UploadError(FootnoteError):
    """A file that cannot be taken; the message says why."""


def suffixes() -> tuple[str, ...]:
    """The endings of the files that can be read."""
    return tuple(sorted(suffix for suffix in {*TEXT_SUFFIXES, *SUFFIXES} if suffix))


def clean_name(stated: str) -> str:
    """The file's name, if it is one that means the same on every system.

    Raises:
        UploadError: it is a path, a device, hidden, of a kind that is not read, or cannot be a name.
    """
    name = unicodedata.normalize("NFC", stated)
    if not name or name != name.strip() or name.endswith((".", " ")):
        raise UploadError("The file's name is empty, or begins or ends in a space or a dot: rename it.")
    if _FORBIDDEN.search(name) or any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in name
    ):
        raise UploadError("The file's name holds characters that a file name cannot have: rename it.")
    if name.startswith((".", "~$")) or Path(name).stem.casefold() == "readme":
        raise UploadError("Hidden files and READMEs are not read as documents: rename it.")
    if _DEVICES.fullmatch(name):
        raise UploadError("That is the name of a device on some systems: rename the file.")
    if len(name.encode("utf-8")) > _LONGEST_NAME:
        raise UploadError("The file's name is too long: shorten it.")
    if Path(name).suffix.lower() not in suffixes():
        raise UploadError(f"Files of this kind are not read; these are: {', '.join(suffixes())}.")
    return name


async def add(folder: Path, stated: str, pieces: AsyncIterable[bytes]) -> str:
    """Writes an uploaded file into the folder; returns its name there.

    It appears whole or not at all. An existing document of another spelling of the name is not replaced, nor is one
    of the same name: who wants that removes it first.

    Raises:
        UploadError: the name, the size or the number of documents is not acceptable, or it cannot be written.
    """
    name = clean_name(stated)
    if not folder.is_dir():
        raise UploadError("There is no documents folder to put it into.")
    taken = {unicodedata.normalize("NFC", entry).casefold() for entry in os.listdir(folder)}
    if name.casefold() in taken:
        raise UploadError(f"There is a document named {name} already: remove it first, or rename the file.")
    if len(scan(folder)) >= MOST_DOCUMENTS:
        raise UploadError(f"There are {MOST_DOCUMENTS:,} documents already: remove some first.")
    temporary = folder / f".upload-{secrets.token_hex(8)}"
    size = 0
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        with os.fdopen(descriptor, "wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST_UPLOAD:
                    raise UploadError(f"The file is larger than {LARGEST_UPLOAD // 2**20} MB: split it.")
                file.write(piece)
        if size == 0:
            raise UploadError("The file is empty.")
        _link(temporary, folder / name)
    except OSError as error:
        raise UploadError(f"The file cannot be written ({error.strerror}): check the documents folder.") from None
    finally:
        temporary.unlink(missing_ok=True)
    return name


def _link(temporary: Path, target: Path) -> None:
    """Gives the file its name, unless something has that name by now: a link never replaces."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise UploadError(f"There is a document named {target.name} already: remove it first.") from None
    except OSError:
        # A file system without links.
        if os.path.lexists(target):
            raise UploadError(f"There is a document named {target.name} already: remove it first.") from None
        os.rename(temporary, target)


def remove(folder: Path, name: str) -> None:
    """Removes one of the documents that the folder holds, whatever folder below it that lies in.

    Raises:
        UsageError: it holds no such document, or no other one.
        UploadError: it cannot be removed.
    """
    entries = scan(folder)
    found = next((entry for entry in entries if entry.name == name), None)
    if found is None:
        raise UsageError("There is no such document.")
    if len(entries) == 1:
        raise UsageError("This is the only document: add another before you remove it.")
    if found.path.is_symlink() or not found.path.parent.resolve().is_relative_to(folder.resolve()):
        raise UsageError("This document lies outside the documents folder: remove it there.")
    try:
        found.path.unlink()
    except OSError as error:
        raise UploadError(
            f"The document cannot be removed ({error.strerror}): check the folder's permissions."
        ) from None
