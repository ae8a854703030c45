"""Pages of PDFs as pictures with the cited places marked: made when somebody looks, a few kept."""

from __future__ import annotations

import json
import subprocess
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index import apart
from index.cache import digest
from index.errors import FootnoteError, LoadError, UsageError
from index.folder import read, scan
from index.formats import MEMORY
from index.generations import DocumentRecord
from index.types import Document
from web.draw import Place, folded

_SECONDS = 60.0
_AT_ONCE = 2
_KEPT = 24
_LONGEST = 20_000
"""Characters of a quote that are looked for."""


class PictureError(FootnoteError):
    """The page cannot be drawn; the message says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of a page; `top` is where the place begins, as a share of its height, or None where it was not found."""

    png: bytes
    page: int
    top: float | None


def has_pages(document: Document) -> bool:
    """True for a document whose pages can be drawn."""
    return document.format == "pdf"


def page_of(document: Document, start: int) -> int:
    """The page, counted from 1, that a place begins on."""
    return max(1, bisect_right(document.page_starts, start))


def place_on_page(document: Document, start: int, end: int, *, current: bool) -> Place:
    """A place of the document as it is to be looked for on its page."""
    page = document.page_starts[page_of(document, start) - 1]
    return Place(document.text[start : min(end, start + _LONGEST)], len(folded(document.text[page:start])), current)


class Pictures:
    """Draws pages of the documents in a folder. Safe to use from several threads, a few of which draw at a time."""

    def __init__(self, folder: Path, *, seconds: float = _SECONDS, memory: int = MEMORY) -> None:
        self._folder = folder
        self._seconds = seconds
        self._memory = memory
        self._drawing = threading.Semaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Picture] = OrderedDict()

    def draw(self, record: DocumentRecord, page: int, places: Sequence[Place]) -> Picture:
        """The page of a document as it was indexed.

        Raises:
            UsageError: the file has changed since, or is gone.
            PictureError: it cannot be drawn.
        """
        request = json.dumps({"page": page, "places": [asdict(place) for place in places]})
        key = digest(record.hash, request)
        if known := self._known(key):
            return known
        with self._drawing:
            # Two who asked for the same page at once.
            if known := self._known(key):
                return known
            made = self._drawn(self._data(record), request)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def _known(self, key: str) -> Picture | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _data(self, record: DocumentRecord) -> bytes:
        entry = next((entry for entry in scan(self._folder) if entry.name == record.path), None)
        if entry is None:
            raise UsageError(f"{record.path} is not in the documents folder any more: its text is still here.")
        try:
            data = read(entry)
        except LoadError as error:
            raise PictureError(f"{record.path} cannot be read ({error}): its text is still here.") from None
        if digest(data) != record.hash:
            raise UsageError(f"{record.path} has changed since it was indexed: its text is still here.")
        return data

    def _drawn(self, data: bytes, request: str) -> Picture:
        try:
            done = subprocess.run(
                apart.command("web.draw", str(self._memory)),
                input=request.encode() + b"\n" + data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=apart.environment(),
                timeout=self._seconds,
                check=True,
            )
        except (subprocess.SubprocessError, OSError):
            raise PictureError("The page cannot be drawn: its text is still here.") from None
        head, _, png = done.stdout.partition(b"\n")
        said = json.loads(head)
        return Picture(png, said["page"], said["top"])
