"""PDF, with pypdfium2 (Apache-2.0/BSD-3-Clause; PDFium, the engine of Chrome): text by pages.

Lines are PDFium's; what they are to one another is told by size, weight and place: larger or bold short lines are
headings, lines that fill the width run on into the next. Lines that the pages repeat at their top or foot are left out.
A word that was broken at a line's end is joined again, with its hyphen where the document writes it so elsewhere.

A PDF has no tables, only text in places: three lines or more whose words stand in the same columns, with white space
between the columns all the way down, are one. What its first line is to the others tells whether it is their header.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from index.errors import LoadError
from index.formats import MOST_PAGES, Extracted
from index.formats.outline import Outline, one_line

_SOFT = "\x02\ufffe\xad"
"""What stands for a hyphen at a line's end; PDFium puts the first two in place of hyphen and line end."""
_LINE = re.compile(r"[^\r\n\x02\ufffe]*[\x02\ufffe]?")
_BLANK = " \t\x02\ufffe"
_SIGNS = r"[•‣◦▪▫■□●○◆◇▶►➤✓✔❖\uf0b7\uf0a7–*-]"
_BULLET = re.compile(rf"{_SIGNS}\s+(?=\S)")
_NUMBER = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-z]\)|\[\d{1,3}\])\s+\S")
_ENDED = re.compile(r"[.!?:;…。！？]['\"”’»)\]]*(?:\s?\[[\d,\s–-]+\])*$")
_JUNK_TITLE = re.compile(r"microsoft (?:word|powerpoint|excel) - (?P<name>.*)", re.IGNORECASE)
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*[\divxlc]{1,6}$")
_PAGE_NUMBER = re.compile(r"(?P<first>\d{1,4})\b|.*?\b(?P<last>\d{1,4})(?:\s?(?:/|of|von|van|de)\s?\d+)?$")
_FOLD = re.compile(r"\d+|\b[ivxlc]+\b")

_Key = tuple[str, str]

_GAP = 0.9
"""Space between two words, as a part of the size of type, from which on they may stand in different columns."""
_ROWS = 3
"""Lines that a table has at least."""
_PROSE = 28
"""Characters that the cells of either column have on average where two columns are text side by side, and no table."""
_MARK = re.compile(_SIGNS + r"|\(?\d{1,3}[.)]|\(?[a-z]\)|\[\d{1,3}\]")
_FIGURE = re.compile(
    r"[(<>~≈±+−–-]?\s?[$€£¥]?\s?\d[\d.,'’\s]*(?:%|‰|[$€£¥]|[a-zA-Zµ°]{1,4}\d?)?\)?|[–—-]|n/?a", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/–-]\d{2,4})?")


@dataclass(frozen=True, slots=True)
class _Cell:
    """Words of a line with no wide space between them."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it stands on its page: size of type in points, left and right edge, base and top, bold or not."""

    text: str
    size: float
    left: float
    right: float
    bottom: float
    top: float
    bold: bool
    cells: tuple[_Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of cells, one for each column; the columns' edges, and whether the first row names them."""

    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[float, float], ...]
    headed: bool


def read(data: bytes) -> Extracted:
    """A PDF's text; `page_starts` has an offset for each page, also for those without text."""
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        raise LoadError("encrypted with a password" if locked else "damaged: it does not open as a PDF") from None
    if len(document) > MOST_PAGES:
        raise LoadError(f"more than {MOST_PAGES:,} pages")
    pages = [_lines(document, number) for number in range(len(document))]
    if not any(char.isalnum() for page in pages for line in page for char in line.text):
        raise LoadError("no text layer")
    outline = _Layout(pages).outline()
    empty = [str(number) for number, page in enumerate(pages, start=1) if not page]
    if empty:
        shown = ", ".join(empty[:10]) + (" …" if len(empty) > 10 else "")
        outline.warnings.append(f"no text layer on page{'s' if len(empty) > 1 else ''} {shown}")
    told = document.get_metadata_dict()
    title = one_line(told.get("Title", ""))
    junk = _JUNK_TITLE.fullmatch(title)
    made = re.match(r"D:(\d{4})(\d\d)(\d\d)", told.get("CreationDate", ""))
    return outline.extracted((junk["name"] if junk else title) or None, made="-".join(made.groups()) if made else None)


def _lines(document: Any, number: int) -> list[_Line]:
    """A page's lines in the order of its content; none for a page that cannot be read."""
    import pypdfium2
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    try:
        text = text_page.get_text_range()
        return [
            _line(raw, text_page, text, match.start(), match[0])
            for match in _LINE.finditer(text)
            if match[0].strip(_BLANK)
        ]
    finally:
        text_page.close()
        page.close()


def _line(raw: Any, text_page: Any, text: str, start: int, piece: str) -> _Line:
    """Measures a line at its first and last visible characters. Characters beyond U+FFFF count twice in PDFium."""
    beyond = sum(ord(char) > 0xFFFF for char in text[:start]) if not text.isascii() else 0
    first = start + beyond + len(piece) - len(piece.lstrip())
    last = start + beyond + len(piece.rstrip()) - 1 + sum(ord(char) > 0xFFFF for char in piece)
    if piece.rstrip()[-1] in _SOFT and last > first:
        last -= 1
    left, bottom, top = _box(raw, text_page, first)[0], *_box(raw, text_page, first)[2:]
    right = _box(raw, text_page, last)[1]
    size = raw.FPDFText_GetFontSize(text_page, first) or 0.0
    # Type of one point scaled up by the page's matrix is measured by its height instead.
    height = max(
        top - bottom, _box(raw, text_page, min(first + 1, last))[3] - _box(raw, text_page, min(first + 1, last))[2]
    )
    middle = (first + last) // 2
    bold = all(
        raw.FPDFText_GetFontWeight(text_page, at) >= 600 or _named_bold(raw, text_page, at) for at in (first, middle)
    )
    points = round(size if size > 3 else height * 1.4, 1)
    cells = _cells(raw, text_page, piece, start + beyond, points) if not beyond and max(piece) <= "\uffff" else ()
    return _Line(piece.strip(), points, left, right, bottom, top, bold, cells)


def _cells(raw: Any, text_page: Any, piece: str, start: int, size: float) -> tuple[_Cell, ...]:
    """The line's words, parted where the space between them is wide."""
    found: list[_Cell] = []
    for match in re.finditer(r"[^ \t\x02\ufffe]+", piece):
        left = _box(raw, text_page, start + match.start())[0]
        right = _box(raw, text_page, start + match.end() - 1)[1]
        if found and left - found[-1].right <= _GAP * size:
            found[-1] = _Cell(f"{found[-1].text} {match[0]}", found[-1].left, right)
        else:
            found.append(_Cell(match[0], left, right))
    return tuple(found)


def _box(raw: Any, text_page: Any, at: int) -> tuple[float, float, float, float]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(text_page, at, left, right, bottom, top)
    return left.value, right.value, bottom.value, top.value


def _named_bold(raw: Any, text_page: Any, at: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    length = raw.FPDFText_GetFontInfo(text_page, at, name, 128, flags)
    return 0 < length <= 128 and (b"bold" in name.value.lower() or b"black" in name.value.lower())


class _Layout:
    """Pages of lines → headings, paragraphs and items."""

    def __init__(self, pages: Sequence[Sequence[_Line]]) -> None:
        repeated = _furniture(pages)
        self._pages = [_without(page, number, repeated) for number, page in enumerate(pages)]
        lines = [line for page in self._pages for line in page]
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[line.size] += len(line.text)
        self._body = sizes.most_common(1)[0][0] if sizes else 10.0
        mostly_bold = sum(len(line.text) for line in lines if line.bold) * 2 > sum(sizes.values())
        self._bold_heads = not mostly_bold
        larger = sorted({line.size for line in lines if line.size >= self._body * 1.12}, reverse=True)
        self._levels = {size: min(at, 4) + 1 for at, size in enumerate(larger)}
        self._words = Counter(word for line in lines for word in re.findall(r"\w+(?:-\w+)+", line.text.lower()))

    def outline(self) -> Outline:
        outline = Outline()
        held: list[_Line] = []
        before: _Table | None = None
        for lines in self._pages:
            page = self._with_tables(lines)
            outgoing = held
            held = []
            # A paragraph that runs on over the page's end belongs to the page that it begins on.
            if outgoing and page and not self._goes_on(outgoing, page[0], over_page=True):
                self._put(outgoing, outline)
                outgoing = []
            if not page:
                held = outgoing
                outline.page()
                continue
            if outgoing:
                held = outgoing
                first = True
            else:
                outline.page()
                first = False
            for at, block in enumerate(page):
                if held and not self._goes_on(held, block, over_page=first and at == 0):
                    self._put(held, outline)
                    held = []
                    if first:
                        outline.page()
                        first = False
                if isinstance(block, _Table):
                    # A table that goes on over the page's end keeps its header.
                    if block.headed or before is None or not _same(before, block):
                        before = block
                    outline.table(block.rows[block.headed :], before.rows[0] if before.headed else ())
                else:
                    before = None
                    held.append(block)
            if first:
                outline.page()
        self._put(held, outline)
        return outline

    def _with_tables(self, page: Sequence[_Line]) -> list[_Line | _Table]:
        """The page's lines, those that are rows of a table as one."""
        found: list[_Line | _Table] = []
        rows = list(_side_by_side(page))
        whole = [_joined_cells(row) for row in rows]
        at = 0
        while at < len(rows):
            run = self._aligned(whole[at:])
            table = _table(*run) if run else None
            if run and table:
                found.append(table)
                at += len(run[0])
            else:
                found += rows[at]
                at += 1
        return found

    def _aligned(self, lines: Sequence[_Line]) -> tuple[list[_Line], list[tuple[float, float]]] | None:
        """The first of the lines that stand in the same columns, with the columns' edges; None where there are too few
        of them, or they are two columns of prose."""
        columns: list[tuple[float, float]] = []
        taken: list[_Line] = []
        for line in lines:
            wider = self._widened(columns, line)
            if wider is None or (taken and not 0 < taken[-1].bottom - line.bottom < 4 * self._body):
                break
            if not taken and len(line.cells) < 2:
                return None
            columns = wider
            taken.append(line)
        # A line behind the last row may only happen to stand below a column.
        while taken and len(taken[-1].cells) < 2 and len(taken) - 1 not in _wrapped(taken, len(columns)):
            taken.pop()
        rows = [line for line in taken if len(line.cells) > 1]
        if len(rows) < _ROWS:
            return None
        if len(columns) == 2:
            if all(fmean(len(line.cells[side].text) for line in rows) > _PROSE for side in (0, -1)):
                return None
            if sum(bool(_MARK.fullmatch(line.cells[0].text)) for line in rows) * 2 > len(rows):
                return None
        return taken, columns

    def _widened(self, columns: Sequence[tuple[float, float]], line: _Line) -> list[tuple[float, float]] | None:
        """The columns with room for the line's cells; None where it does not fit between them, or is no row."""
        if not line.cells or line.size in self._levels or _LEADERS.search(line.text):
            return None
        space = 0.5 * self._body
        edges = list(columns)
        for cell in line.cells:
            touched = [edge for edge in edges if cell.left < edge[1] + space and cell.right > edge[0] - space]
            if len(touched) > 1:
                return None
            if touched:
                edges.remove(touched[0])
            edges.append(
                (min([cell.left, *(edge[0] for edge in touched)]), max([cell.right, *(edge[1] for edge in touched)]))
            )
        edges.sort()
        apart = all(one[1] + space <= other[0] for one, other in pairwise(edges))
        return edges if apart else None

    def _goes_on(self, held: Sequence[_Line], block: _Line | _Table, *, over_page: bool) -> bool:
        return isinstance(block, _Line) and self._continues(held, block, over_page=over_page)

    def _level(self, line: _Line) -> int:
        """The level of a heading by type, else 0."""
        if len(line.text) > 160 or _LEADERS.search(line.text) or not any(char.isalpha() for char in line.text):
            return 0
        if line.size in self._levels:
            return self._levels[line.size]
        short = len(line.text) <= 90 and not _ENDED.search(line.text)
        return (
            len(set(self._levels.values())) + 1
            if self._bold_heads and line.bold and short and line.size >= self._body * 0.95
            else 0
        )

    def _continues(self, held: Sequence[_Line], line: _Line, *, over_page: bool) -> bool:
        """True where the line goes on with the block that the lines before it make."""
        last = held[-1]
        if last.text[-1] in _SOFT:
            return True
        if _LEADERS.search(last.text) or _LEADERS.search(line.text):
            return False
        if self._level(last) or self._level(line):
            return (
                self._level(last) == self._level(line)
                and not over_page
                and abs(last.size - line.size) < 0.3
                and self._near(last, line)
            )
        if _BULLET.match(line.text) or _NUMBER.match(line.text):
            # A number at the start of a line may be the end of a sentence before it.
            return (
                bool(_NUMBER.match(line.text))
                and not _ENDED.search(last.text)
                and not _NUMBER.match(held[0].text)
                and self._full(held, last)
            )
        if over_page:
            return not _ENDED.search(last.text) and line.text[0].islower()
        if not self._near(last, line):
            return False
        if not _ENDED.search(last.text):
            return line.text[0].islower() or self._full(held, last) or last.text[-1] in "-" + _SOFT
        indented = line.left > last.left + 8 and len(held) > 1
        return self._full(held, last) and not indented

    def _near(self, last: _Line, line: _Line) -> bool:
        """True where no more than the usual space parts the lines; a jump up the page begins another column."""
        gap = last.bottom - line.top
        return -2.5 * self._body < gap < 0.95 * max(last.size, 6) or line.bottom > last.top + 20

    def _full(self, held: Sequence[_Line], last: _Line) -> bool:
        """True where a line is as wide as its neighbours, so that its end says nothing."""
        width = max(line.right - line.left for line in held)
        page_width = max(width, self._width())
        return last.right - min(line.left for line in held) > 0.8 * page_width

    def _width(self) -> float:
        """The usual width of a full line: the upper quartile."""
        if not hasattr(self, "_usual"):
            widths = sorted(
                line.right - line.left for page in self._pages for line in page if abs(line.size - self._body) < 0.6
            )
            self._usual = widths[len(widths) * 3 // 4] if widths else 0.0
        return self._usual

    def _put(self, held: Sequence[_Line], outline: Outline) -> None:
        if not held:
            return
        text = self._joined([line.text for line in held])
        if level := self._level(held[0]):
            outline.heading(level, text)
        elif bullet := _BULLET.match(text):
            outline.item(text[bullet.end() :])
        else:
            outline.paragraph(text)

    def _joined(self, lines: Sequence[str]) -> str:
        """Lines as one, words that were broken between them whole again."""
        text = ""
        for line in lines:
            if text and text[-1] in "-" + _SOFT and len(text) > 1 and text[-2].isalpha() and line[:1].islower():
                before, after = re.search(r"\w*$", text[:-1]), re.match(r"\w+", line)
                whole = f"{before[0] if before else ''}-{after[0] if after else ''}".lower()
                text = text[:-1] + ("-" if whole in self._words else "") + line
            elif text and text[-1] in _SOFT:
                text = text[:-1] + "-" + line
            else:
                text = f"{text} {line}" if text else line
        return re.sub(rf"[{_SOFT}]", "-", text)


def _side_by_side(page: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Lines that follow one another on the same height, from left to right: PDFium parts what stands far apart."""
    row: list[_Line] = []
    for line in page:
        if row and (line.left <= row[-1].right or abs(line.bottom - row[-1].bottom) > 0.35 * line.size):
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _joined_cells(row: Sequence[_Line]) -> _Line:
    """Lines on one height as one line."""
    if len(row) == 1:
        return row[0]
    return replace(
        row[0],
        text=" ".join(line.text for line in row),
        size=max(line.size for line in row),
        right=row[-1].right,
        bottom=min(line.bottom for line in row),
        top=max(line.top for line in row),
        bold=all(line.bold for line in row),
        cells=tuple(cell for line in row for cell in line.cells),
    )


def _wrapped(lines: Sequence[_Line], columns: int) -> set[int]:
    """Which lines of a table go on with the row before them: not in every column, and closer to it than rows are."""
    steps = [one.bottom - other.bottom for one, other in pairwise(lines)]
    full = [step for step, line in zip(steps, lines[1:], strict=True) if len(line.cells) == columns]
    usual = median(full or steps or [0.0])
    return {
        at
        for at, (step, line) in enumerate(zip(steps, lines[1:], strict=True), start=1)
        if len(line.cells) < columns and step < 0.85 * usual
    }


def _table(lines: Sequence[_Line], columns: Sequence[tuple[float, float]]) -> _Table | None:
    """Lines in columns → rows."""
    wrapped = _wrapped(lines, len(columns))
    rows: list[list[str]] = []
    bold: list[bool] = []
    for at, line in enumerate(lines):
        cells = [""] * len(columns)
        for cell in line.cells:
            place = next(n for n, (left, right) in enumerate(columns) if left <= cell.left and cell.right <= right)
            cells[place] = f"{cells[place]} {cell.text}".strip()
        if at in wrapped:
            rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
            bold.append(line.bold)
    if len(rows) < _ROWS:
        return None
    return _Table(tuple(map(tuple, rows)), tuple(columns), _headed(rows, bold[0] and not all(bold)))


def _headed(rows: Sequence[Sequence[str]], bold: bool) -> bool:
    """True where the first row names the columns: it alone is bold, or it has words or years where figures follow."""
    head, body = rows[0], rows[1:]
    if sum(map(bool, head)) < max(2, len(head) - 1):
        return False
    if bold:
        return True
    for name, column in zip(head, zip(*body, strict=True), strict=True):
        told = [cell for cell in column if cell]
        figures = bool(told) and all(_FIGURE.fullmatch(cell) for cell in told)
        years = figures and all(_YEAR.fullmatch(cell) for cell in told)
        if figures and (any(char.isalpha() for char in name) or (_YEAR.fullmatch(name) and not years)):
            # One figure in the place of a name says that the first row is one like the others.
            return not any(_FIGURE.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in head if cell)
    return False


def _same(one: _Table, other: _Table) -> bool:
    """True where two tables have the same columns."""
    if len(one.columns) != len(other.columns):
        return False
    return all(a[0] < b[1] and b[0] < a[1] for a, b in zip(one.columns, other.columns, strict=True))


def _furniture(pages: Sequence[Sequence[_Line]]) -> set[_Key]:
    """What marks the lines that stand first or last on half of the pages, and on three at least: a place with a text,
    numbers aside, or a number that goes up with the pages."""
    counts = Counter(key for number, page in enumerate(pages) for keys in _keys(page, number) for key in keys)
    return {key for key, count in counts.items() if count >= max(3, sum(map(bool, pages)) / 2)}


def _keys(page: Sequence[_Line], number: int) -> Iterator[set[_Key]]:
    """Of each line at an edge of a page: its place with its text, numbers aside; its number less the page's."""
    for place, line in _edges(page):
        told = _PAGE_NUMBER.match(line.text) if len(line.text) <= 100 else None
        stated = {("page", str(int(told["first"] or told["last"]) - number))} if told else set()
        yield {(str(place), _FOLD.sub("#", line.text))} | stated


def _edges(page: Sequence[_Line]) -> Iterator[tuple[int, _Line]]:
    """The first or two first lines of a page, if a gap parts them from what follows, and the last ones likewise."""
    if len(page) < 4:
        return
    lines = sorted(page, key=lambda line: -line.top)

    def gap(above: _Line, below: _Line) -> bool:
        return above.bottom - below.top > 0.8 * max(above.size, below.size)

    if gap(lines[1], lines[2]):
        yield 1, lines[1]
    if gap(lines[1], lines[2]) or gap(lines[0], lines[1]):
        yield 0, lines[0]
    if gap(lines[-3], lines[-2]):
        yield -2, lines[-2]
    if gap(lines[-3], lines[-2]) or gap(lines[-2], lines[-1]):
        yield -1, lines[-1]


def _without(page: Sequence[_Line], number: int, repeated: set[_Key]) -> list[_Line]:
    """The page's lines but those that the pages repeat."""
    dropped = {id(line) for (_, line), keys in zip(_edges(page), _keys(page, number), strict=True) if keys & repeated}
    return [line for line in page if id(line) not in dropped]
