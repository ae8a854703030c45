"""Files that are not plain text → their text, structure kept as marks that `index.segment` knows.

One small module for each family, each with `read(data: bytes) -> Extracted`, imported only in the process that parses
(`index.formats.worker`) and only when such a file turns up. Zip archives are told apart by `index.formats.package`, and
their modules `read` a `Package`. Headings become `# …` lines, list items `- …`, rows of a table `| … |` with each cell
behind its column's name, so that a row that is quoted alone still says what it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SECONDS = 60
"""Time that one file may take to be parsed."""
MEMORY = 2 * 2**30
"""Bytes of address space that parsing may use, where the system can limit it."""
MOST_PAGES = 5_000
"""Pages of a PDF; a longer one is refused."""
MOST_TEXT = 30_000_000
"""Characters that a file may yield; what follows is left out, with a warning."""
MOST_UNZIPPED = 256 * 2**20
"""Bytes that the parts of an archive (DOCX, EPUB, …) that are read may unpack to together."""

SUFFIXES = {
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "package",
    ".docm": "package",
    ".dotx": "package",
    ".pptx": "package",
    ".pptm": "package",
    ".ppsx": "package",
    ".xlsx": "package",
    ".xlsm": "package",
    ".epub": "package",
    ".eml": "eml",
    ".rtf": "rtf",
    ".odt": "package",
    ".ott": "package",
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
}
"""Suffix → module of this package."""

_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b",
    re.I | re.S,
)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a file says. `date` is ISO 8601 and as published; `made` is when the file itself was made, which counts only
    where the text states no date. `page_starts` are offsets in `text`."""

    text: str
    title: str | None = None
    date: str | None = None
    made: str | None = None
    page_starts: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


def sniff(suffix: str, data: bytes) -> str | None:
    """The module that reads the file, by its first bytes where they tell, else by its suffix; None for plain text.

    A file may carry the wrong suffix: a page saved as `.pdf`, a Word file renamed to `.txt`.
    """
    head = data[:4096]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "package"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    named = SUFFIXES.get(suffix)
    if named in (None, "pdf", "package", "rtf") and _HTML.match(head):
        return None if suffix in (".md", ".markdown") else "html"
    return named
