"""An answer on a terminal while it is written: its text as it comes, and in its place the checked answer.

Only what changed is drawn again, so that nothing jumps where the checked answer begins with what was shown. What has
left the top of the screen cannot be drawn again: where it would have to be, the answer is printed whole below.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

from qa.render import wrapped

_COLOUR = re.compile(r"\x1b\[[\d;]*m")


class Terminal(Protocol):
    """Where it is drawn."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class Live:
    """`width` is where text is wrapped; `columns` and `rows` are the terminal's."""

    def __init__(self, out: Terminal, *, width: int, columns: int, rows: int) -> None:
        self._out = out
        self._width = width
        self._columns = max(columns, 1)
        self._screen = max(rows - 1, 1)
        self._text = ""
        self._lines: list[str] = []

    def add(self, text: str) -> None:
        """Shows more of the text."""
        if not text:
            return
        self._text += text
        lines = wrapped(self._text.rstrip(), self._width).split("\n")
        if not self._draw(lines):
            self._out.write("\n")
            self._lines = []
            self._draw(lines)

    def settle(self, answer: str) -> None:
        """Puts the answer in place of what was shown, and ends the line."""
        if not self._draw(answer.split("\n")):
            self._out.write(f"\n\n{answer}")
        self._out.write("\n")
        self._out.flush()
        self._text, self._lines = "", []

    def _draw(self, lines: list[str]) -> bool:
        """Changes what stands there into these lines; False where a line that differs has left the screen."""
        if not self._lines:
            self._out.write("\n".join(lines))
        else:
            first = 0
            while first < min(len(lines), len(self._lines)) - 1 and lines[first] == self._lines[first]:
                first += 1
            while first < len(self._lines) - 1 and self._height(self._lines[first:]) > self._screen:
                if first >= len(lines) or _plain(lines[first]) != self._lines[first]:
                    return False
                first += 1
            up = self._height(self._lines[first:]) - 1
            self._out.write((f"\x1b[{up}A" if up else "") + "\r\x1b[J" + "\n".join(lines[first:]))
        self._out.flush()
        self._lines = lines
        return True

    def _height(self, lines: list[str]) -> int:
        """Rows of the screen that the lines take: one without a space to break at may take several."""
        return sum(max(1, -(-_cells(line) // self._columns)) for line in lines)


def _plain(line: str) -> str:
    return _COLOUR.sub("", line)


def _cells(line: str) -> int:
    """Columns that a line takes: East Asian characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in _plain(line)
    )
