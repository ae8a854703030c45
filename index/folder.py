"""A folder → the files in it that are meant as documents, and their bytes. Nothing in it can make this hang.

Left out are hidden files and folders, `README*`, what office programs and editors leave beside a file, what a
`.qaignore` at the top of the folder names, in the syntax of gitignore, and an index, which may lie among the documents.
What stands for a document but cannot be read as one (a link out of the folder, a folder without permission) is listed
with its fault, so that it is reported.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import DocumentsError, LoadError

LARGEST_FILE = 64 * 2**20
"""Bytes; a larger file is refused rather than read into memory."""
IGNORE_FILE = ".qaignore"

_NOT_DOCUMENTS = re.compile(r"\.|~\$|.*~\Z|readme(?:[._-].*)?\Z|thumbs\.db\Z|desktop\.ini\Z", re.IGNORECASE)
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the documents folder.

    `name` is its path below the folder with forward slashes; what cannot be printed in it is escaped. `size` is in
    bytes. `modified` is in nanoseconds, of the last change to content or permissions. `fault` is why it cannot be a
    document, where the folder alone shows it.
    """

    name: str
    path: Path
    size: int
    modified: int
    fault: str | None = None


def scan(folder: Path) -> list[FileEntry]:
    """The files of the folder that are meant as documents, by name.

    Raises:
        DocumentsError: the folder is missing, is not a folder, or cannot be read.
    """
    if not folder.exists():
        raise DocumentsError(f"No documents folder at {folder}: create it, or name another with --documents FOLDER.")
    if not folder.is_dir():
        raise DocumentsError(
            f"{folder} is a file, not a folder: name the folder that holds it with --documents FOLDER."
        )
    try:
        os.listdir(folder)
    except OSError as error:
        raise DocumentsError(
            f"The documents folder {folder} cannot be read ({error.strerror}): check its permissions."
        ) from None
    return sorted(_walk(folder, _ignored(folder)), key=lambda entry: entry.name)


def _ignored(folder: Path) -> Callable[[str], bool]:
    """Whether `.qaignore` names a path below the folder; a folder's path ends in a slash."""
    try:
        lines = (folder / IGNORE_FILE).read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return lambda name: False
    except OSError as error:
        raise DocumentsError(
            f"{folder / IGNORE_FILE} cannot be read ({error.strerror}): check its permissions."
        ) from None
    from pathspec import GitIgnoreSpec

    try:
        spec = GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise DocumentsError(f"{folder / IGNORE_FILE} cannot be understood ({error}): mend that line.") from None
    return spec.match_file


def left_out(folder: Path) -> Callable[[str], bool]:
    """Whether a file by its path below the folder, with forward slashes, is left out by name. What the ignore file says
    may change, and counts as a document would.

    Raises:
        DocumentsError: the ignore file cannot be understood.
    """
    ignored = _ignored(folder)

    def is_left_out(name: str) -> bool:
        return name != IGNORE_FILE and (any(map(_NOT_DOCUMENTS.match, name.split("/"))) or ignored(name))

    return is_left_out


def _is_index(place: str) -> bool:
    """True for a folder that holds an index of this program: it may lie among the documents."""
    return os.path.isfile(f"{place}/lock") and any(os.path.isdir(f"{place}/{n}") for n in ("generations", "server"))


def _walk(folder: Path, ignored: Callable[[str], bool]) -> Iterator[FileEntry]:
    root = os.path.realpath(folder)
    pending = [("", os.fspath(folder))]
    while pending:
        prefix, place = pending.pop()
        try:
            entries = list(os.scandir(place))
        except OSError as error:
            fault = f"the folder cannot be read ({(error.strerror or 'error').lower()})"
            yield FileEntry(_printable(prefix.rstrip("/")), Path(place), 0, 0, fault)
            continue
        for entry in entries:
            name = prefix + entry.name
            if _NOT_DOCUMENTS.match(entry.name):
                continue
            try:
                link, inner = entry.is_symlink(), entry.is_dir(follow_symlinks=False)
            except OSError:
                link, inner = False, False
            if ignored(f"{name}/" if inner else name):
                continue
            if inner:
                if not _is_index(entry.path):
                    pending.append((f"{name}/", entry.path))
            elif link:
                yield from _link(name, entry, root)
            else:
                yield _entry(name, Path(entry.path), entry.stat)


def _link(name: str, entry: os.DirEntry[str], root: str) -> Iterator[FileEntry]:
    """A link to a file of the folder is that file again, one to a folder in it adds nothing, others have a fault."""
    fault = None
    try:
        target = os.path.realpath(entry.path, strict=True)
        if os.path.commonpath((root, target)) != root:
            fault = "a link that leads out of the documents folder"
        elif os.path.isdir(target):
            return
    except FileNotFoundError:
        fault = "a link to a file that does not exist"
    except (OSError, ValueError):
        fault = "a link that leads in a circle or cannot be followed"
    if fault:
        yield FileEntry(_printable(name), Path(entry.path), 0, 0, fault)
    else:
        yield _entry(name, Path(target), lambda: os.stat(target))


def _entry(name: str, path: Path, stat_of: Callable[[], os.stat_result]) -> FileEntry:
    try:
        found = stat_of()
    except OSError as error:
        return FileEntry(_printable(name), path, 0, 0, _reason(error))
    # The time of the last change of permissions counts too: a file that was unreadable is tried again.
    return FileEntry(_printable(name), path, found.st_size, max(found.st_mtime_ns, found.st_ctime_ns))


def _printable(name: str) -> str:
    r"""The name in valid Unicode on one line: bytes that are no UTF-8, line ends and controls as `\xff` and so on."""
    text = name.replace(os.sep, "/") if os.sep != "/" else name
    text = os.fsencode(text).decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
    )


def read(entry: FileEntry) -> bytes:
    """The file's bytes.

    Raises:
        LoadError: it is no regular file, too large, cannot be read, or does not stay the same while it is read.
    """
    if entry.fault:
        raise LoadError(entry.fault)
    # Opening a pipe would wait for somebody to write to it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        if not stat.S_ISREG(os.stat(entry.path).st_mode):
            raise LoadError("not a regular file")
        for _ in range(_ATTEMPTS):
            with open(os.open(entry.path, flags), "rb") as file:
                before = os.fstat(file.fileno())
                if not stat.S_ISREG(before.st_mode):
                    raise LoadError("not a regular file")
                data = file.read(LARGEST_FILE + 1)
                after = os.fstat(file.fileno())
            if len(data) > LARGEST_FILE:
                raise LoadError(f"larger than {LARGEST_FILE // 2**20} MB")
            same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
            if same and len(data) == after.st_size:
                return data
    except OSError as error:
        raise LoadError(_reason(error)) from None
    raise LoadError("it changes while it is read")


def _reason(error: OSError) -> str:
    return f"cannot be read ({(error.strerror or 'error').lower()})"
