"""Draws a page of a PDF with places marked, in a process of its own: `python -m web.draw BYTES`, one page and out.

PDFium is a C library that is given files from anywhere: what it does to this process harms no other. Standard input has
a line of JSON, then the file; standard output a line of JSON, then the picture as PNG.
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
import unicodedata
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from index.apart import limit

WIDEST, HIGHEST = 1240, 2400
"""Pixels: about 150 to the inch for a page of office paper."""
LARGEST = 3 * 2**20
"""Bytes of a picture; one that is larger is drawn smaller."""
_MOST_CHARACTERS = 60_000
"""Characters of a page that places are looked for in."""
_SHORTEST = 16
"""Letters and digits of a quote that must be on a page, where the rest runs on over its end."""
_FOOTER = 200
"""Letters and digits that may stand between them and the page's end."""
_CURRENT, _OTHER = (255, 222, 130), (253, 243, 207)
_LINE = (201, 138, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A quote, how many letters and digits of its page come before it as the index has it, and whether it is the one to
    be seen first."""

    text: str
    before: int
    current: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels from the picture's upper left corner; the ends are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def main() -> None:
    """Answers the one request."""
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    limit(int(sys.argv[1]))
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    said, picture = draw(data, request["page"], [Place(**place) for place in request["places"]])
    answers.write(json.dumps(said).encode() + b"\n" + picture)
    answers.flush()


def folded(text: str) -> str:
    """The letters and digits of a text, however they are typeset: what a page and its text in the index share. Line
    breaks, hyphens at them, ligatures, accents and case do not count."""
    if text.isascii():
        return "".join(filter(str.isalnum, text)).lower()
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def found(page: str, quote: str, before: int) -> tuple[int, int] | None:
    """Where a folded quote lies in a folded page: of several places the one with about as much before it as `before`.
    Where the page ends within the quote, its beginning."""
    if not quote:
        return None
    places = list(_occurrences(page, quote))
    if places:
        start = min(places, key=lambda place: abs(place - before))
        return start, start + len(quote)
    for start in range(max(0, len(page) - len(quote)), len(page) - _SHORTEST + 1):
        if quote.startswith(page[start:]):
            return start, len(page)
    # A footer stands between the page's last words of the quote and its end.
    low, high = 0, len(quote)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if quote[:middle] in page else (low, middle - 1)
    start = page.rfind(quote[:low])
    if low < max(_SHORTEST, len(quote) // 4) or len(page) - start - low > _FOOTER:
        return None
    return start, start + low


def _occurrences(page: str, quote: str) -> Iterator[int]:
    start = page.find(quote)
    while start >= 0:
        yield start
        start = page.find(quote, start + 1)


def draw(data: bytes, number: int, places: Sequence[Place]) -> tuple[dict[str, Any], bytes]:
    """The page of that number, counted from 1, or the next one where the current place is on that: what it says of
    itself, and the PNG. `top` is where the current place begins, as a share of the picture's height; None where it is
    not found."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(data)
    number = max(1, min(number, len(document)))
    wanted = next((place for place in places if place.current), None)
    text = _Text(document[number - 1])
    if wanted and number < len(document) and found(text.folded, folded(wanted.text), wanted.before) is None:
        following = _Text(document[number])
        if found(following.folded, folded(wanted.text), 0) is not None:
            number, text = number + 1, following
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(WIDEST / max(width, 1), HIGHEST / max(height, 1), 4.0)
    while True:
        bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
        picture = _Picture(bitmap)
        top: int | None = None
        for place in sorted(places, key=lambda place: place.current):
            boxes = text.boxes(place, picture.width, picture.height)
            for box in boxes:
                picture.mark(box, current=place.current)
            if place.current and boxes:
                top = min(box.top for box in boxes)
        made = picture.png()
        if len(made) <= LARGEST or scale < 0.2:
            break
        scale *= 0.7
    said = {
        "page": number,
        "pages": len(document),
        "width": picture.width,
        "height": picture.height,
        "top": None if top is None else round(top / picture.height, 4),
    }
    return said, made


class _Picture:
    """A bitmap as RGB."""

    def __init__(self, bitmap: Any) -> None:
        self.width, self.height = bitmap.width, bitmap.height
        self._channels, self._stride = bitmap.n_channels, bitmap.stride
        self._data = bytearray(bitmap.buffer)

    def mark(self, box: Box, *, current: bool) -> None:
        """Colours a place as a highlighter would: what is dark stays dark."""
        left, right = max(0, box.left - 1), min(self.width, box.right + 1)
        for y in range(max(0, box.top - 1), min(self.height, box.bottom + 2)):
            lined = current and y >= box.bottom
            for channel, value in enumerate(_LINE if lined else _CURRENT if current else _OTHER):
                first = y * self._stride + left * self._channels + channel
                last = y * self._stride + right * self._channels
                row = slice(first, last, self._channels)
                self._data[row] = self._data[row].translate(_shaded(value))

    def png(self) -> bytes:
        """The picture as a PNG file."""
        rows = bytearray()
        for y in range(self.height):
            row = self._data[y * self._stride : y * self._stride + self.width * self._channels]
            if self._channels == 4:
                del row[3::4]
            elif self._channels == 1:
                row = bytearray(value for value in row for _ in range(3))
            rows += b"\0" + row
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 4)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )


@cache
def _shaded(value: int) -> bytes:
    """The table that multiplies a channel by value / 255."""
    return bytes(at * value // 255 for at in range(256))


class _Text:
    """A page's characters, folded, and where each of them stands."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as raw  # type: ignore[import-untyped]

        self._page, self._raw = page, raw
        self._text_page = page.get_textpage()
        folds: list[str] = []
        starts: list[int] = []
        self._characters: list[int] = []
        length = 0
        for at in range(min(self._text_page.count_chars(), _MOST_CHARACTERS)):
            fold = folded(self._character(at))
            if fold:
                folds.append(fold)
                starts.append(length)
                self._characters.append(at)
                length += len(fold)
        self.folded = "".join(folds)
        self._starts = starts

    def _character(self, at: int) -> str:
        """A character, or a space behind the last one."""
        return chr(self._raw.FPDFText_GetUnicode(self._text_page, at) or 32)

    def boxes(self, place: Place, width: int, height: int) -> list[Box]:
        """The rectangles of a place, one for each line, in a picture of that size; none where it is not here."""
        span = found(self.folded, folded(place.text), place.before)
        if span is None:
            return []
        first = self._characters[bisect_right(self._starts, span[0]) - 1]
        last = self._characters[bisect_right(self._starts, span[1] - 1) - 1]
        # The full stop belongs to the sentence.
        while not place.text[-1:].isalnum() and unicodedata.category(self._character(last + 1)).startswith("P"):
            last += 1
        lines: list[Box] = []
        for at in range(first, last + 1):
            box = self._box(at, width, height)
            if box is None:
                continue
            line = lines[-1] if lines else None
            middle = (box.top + box.bottom) // 2
            if line and line.top <= middle < line.bottom and box.left >= line.left - 2:
                lines[-1] = Box(
                    line.left, min(line.top, box.top), max(line.right, box.right), max(line.bottom, box.bottom)
                )
            else:
                lines.append(box)
        return lines

    def _box(self, at: int, width: int, height: int) -> Box | None:
        if self._character(at).isspace():
            return None
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        if not self._raw.FPDFText_GetCharBox(self._text_page, at, left, right, bottom, top):
            return None
        x1, y1 = self._device(left.value, top.value, width, height)
        x2, y2 = self._device(right.value, bottom.value, width, height)
        box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        inside = 0 <= box.left < width and 0 <= box.top < height
        return box if inside and (box.right > box.left or box.bottom > box.top) else None

    def _device(self, x: float, y: float, width: int, height: int) -> tuple[int, int]:
        to_x, to_y = ctypes.c_int(), ctypes.c_int()
        self._raw.FPDF_PageToDevice(self._page, 0, 0, width, height, 0, x, y, to_x, to_y)
        return to_x.value, to_y.value


if __name__ == "__main__":
    main()
