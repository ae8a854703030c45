"""Headings, paragraphs, items and rows, in order → one text with the marks that `index.segment` knows. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.formats import MOST_TEXT, Extracted

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAME = 80


class Outline:
    """A text in the making. Blocks are parted by blank lines; items of a list and rows of a table stand together."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last = ""
        self._page_starts: list[int] = []
        self.warnings: list[str] = []
        self.full = False

    def __bool__(self) -> bool:
        return self._length > 0

    def page(self) -> None:
        """Begins a page: the next block is its first."""
        self._page_starts.append(-1)

    def heading(self, level: int, text: str) -> None:
        self._add("heading", "#" * max(1, min(level, 6)) + " ", one_line(text))

    def paragraph(self, text: str) -> None:
        self._add("paragraph", "", "\n".join(filter(None, (one_line(line) for line in text.split("\n")))))

    def item(self, text: str, depth: int = 0, marker: str = "-") -> None:
        self._add("item", "  " * min(depth, 8) + marker + " ", one_line(text))

    def code(self, text: str) -> None:
        body = _CONTROL.sub("", text).strip("\n")
        self._add("code", "", f"```\n{body}\n```" if body.strip() else "")

    def table(self, rows: Sequence[Sequence[str]], header: Sequence[str] | None = None) -> None:
        """Rows of a table; with a header, each cell is written behind its column's name, empty ones not at all."""
        names = [one_line(name)[:_LONGEST_NAME].rstrip(":") for name in header or ()]
        for at, row in enumerate(rows):
            cells = [one_line(cell) for cell in row]
            if names:
                told = [*names, *[""] * (len(cells) - len(names))]
                cells = [f"{name}: {cell}" if name else cell for name, cell in zip(told, cells, strict=False) if cell]
            if any(cells):
                self._add("row" if at else "first row", "", f"| {' | '.join(cells)} |")
        self._last = "table"

    def _add(self, kind: str, mark: str, text: str) -> None:
        if not text or self.full:
            return
        if self._length + len(text) > MOST_TEXT:
            self.full = True
            self.warnings.append(f"only the first {MOST_TEXT:,} characters were read")
            return
        together = kind == self._last == "item" or kind == "row"
        between = "" if not self._parts else "\n" if together else "\n\n"
        for at, start in enumerate(self._page_starts):
            if start < 0:
                self._page_starts[at] = self._length + len(between)
        self._parts += [between, mark, text]
        self._length += len(between) + len(mark) + len(text)
        self._last = kind

    def extracted(self, title: str | None = None, date: str | None = None, made: str | None = None) -> Extracted:
        """The finished text, with a line end."""
        starts = tuple(self._length if start < 0 else start for start in self._page_starts)
        text = "".join(self._parts)
        return Extracted(text + "\n" if text else "", title, date, made, starts, tuple(self.warnings))


def one_line(text: str) -> str:
    """The text with every run of white space as one space, and without control characters and lone surrogates."""
    return " ".join(_CONTROL.sub("", text).split())
