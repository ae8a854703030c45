"""A document's text → headings, sentences, list items, table rows, each with its exact place. Pure.

Lines make blocks first (a heading, a list item with its continuation lines, a table row, a paragraph), and only inside a
block are sentences sought: no splitter of sentences knows that a heading has ended. Every segment is found by walking the
text once, so its offsets are exact by construction; nothing is ever searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.types import Kind, Segment

LONGEST = 1200
"""Characters after which a sentence is cut at a clause, and after twice as many anywhere: a file can be one line."""

_LINE = re.compile(r"[^\n\r\f\v\x85\u2028\u2029]*(?:\r\n|[\n\r\f\v\x85\u2028\u2029]|\Z)")
_BULLET = re.compile(r"(?:[-*+•‣◦▪▫■□●○·–—※]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\([ivxlc]{1,5}\)|[ivxlc]{1,5}\))[ \t\u3000]+(?=\S)")
_NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})*)[.)]?[ \t\u3000]+(?=\S)")
_ATX = re.compile(r"(?P<marks>#{1,6})[ \t]+(?=\S)")
_FENCE = re.compile(r"(?:```|~~~)")
_RULE = re.compile(r"[-=_*~#+\s|:]{3,}")
_KEY_VALUE = re.compile(r"[^\W\d_][\w /&'’-]{0,30}:\s+\S")
_STRAY_NUMBER = re.compile(r"\d{1,3}\s+[a-z]")
_STRAY_NUMBER_DOT = re.compile(r"(?!1[.)])\d{1,3}[.)]\s")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？]['\"”’»)\]]*(?:\[\d[\d,\s–-]*\])*$")
_SPACE = " \t\r\n\f\v\x85\u2028\u2029\u3000\ufeff\u00a0"
_MARKS_ONLY = re.compile(r"\s*(?:\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\]\s*)+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or stretch of code; `level` of a heading counts from 1."""

    kind: Kind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's own text at text[start:end] without surrounding space; `indent` counts leading white space."""

    start: int
    end: int
    indent: int
    text: str

    @property
    def blank(self) -> bool:
        return not self.text


def blocks(text: str) -> list[Block]:
    """The blocks of the text in order; blank lines, rules and table separators belong to none."""
    lines = list(_lines(text))
    found: list[Block] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.blank or _RULE.fullmatch(line.text):
            at += 1
        elif _FENCE.match(line.text):
            at = _code(lines, at, found)
        elif match := _ATX.match(line.text):
            end = line.start + len(line.text.rstrip("# \t"))
            found.append(Block(Kind.HEADING, line.start + match.end(), end, len(match["marks"])))
            at += 1
        elif at + 1 < len(lines) and (level := _underline(line, lines[at + 1])):
            found.append(Block(Kind.HEADING, line.start, line.end, level))
            at += 2
        elif level := _heading_level(lines, at, blocks_above=len(found)):
            found.append(Block(Kind.HEADING, line.start, line.end, level))
            at += 1
        elif _is_row(line.text, lines[at - 1].text if at else "", lines[at + 1].text if at + 1 < len(lines) else ""):
            found.append(Block(Kind.ROW, line.start, line.end))
            at += 1
        else:
            at = _paragraph(lines, at, found)
    return found


def segments(text: str) -> tuple[list[Block], list[Segment]]:
    """The blocks, and the segments they are made of; `Segment.block` is an index into the blocks."""
    found = blocks(text)
    parts: list[Segment] = []
    for number, block in enumerate(found):
        if block.kind in (Kind.HEADING, Kind.ROW, Kind.REFERENCE) and block.end - block.start <= LONGEST:
            parts.append(Segment(block.kind, block.start, block.end, number))
        elif block.kind is Kind.CODE:
            parts += [Segment(block.kind, start, end, number) for start, end in _pieces(text, block.start, block.end)]
        else:
            for start, end in sentences(text, block.start, block.end):
                parts += [Segment(block.kind, a, b, number) for a, b in _pieces(text, start, end)]
    return found, parts


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """(start, end) of each sentence of text[start:end], without surrounding space.

    Boundaries are sentencex's (Wikimedia, MIT); reference marks that follow a full stop stay with their sentence.
    """
    from sentencex import get_sentence_boundaries

    piece = text[start:end]
    language = "ja" if len(_CJK.findall(piece[:2000])) * 5 > min(len(piece), 2000) else "en"
    found: list[tuple[int, int]] = []
    for boundary in get_sentence_boundaries(language, piece):
        a, b = boundary["start_index"], boundary["end_index"]
        if found and (marks := _MARKS_ONLY.match(piece, a, b)):
            found[-1] = (found[-1][0], _trim(text, start + a, start + marks.end())[1])
            a = marks.end()
        a, b = _trim(text, start + a, start + b)
        if a < b:
            if found and not any(char.isalnum() for char in text[a:b]):
                found[-1] = (found[-1][0], b)
            else:
                found.append((a, b))
    return found


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _SPACE:
        start += 1
    while end > start and text[end - 1] in _SPACE:
        end -= 1
    return start, end


def _lines(text: str) -> Iterator[_Line]:
    for match in _LINE.finditer(text):
        if match.start() == match.end():
            continue
        start, end = _trim(text, match.start(), match.end())
        yield _Line(start, end, start - match.start(), text[start:end])


def _code(lines: Sequence[_Line], at: int, found: list[Block]) -> int:
    """Takes a fenced stretch of code; an unclosed fence ends with the text."""
    last = at + 1
    while last < len(lines) and not _FENCE.match(lines[last].text):
        last += 1
    inside = [line for line in lines[at + 1 : last] if not line.blank]
    if inside:
        found.append(Block(Kind.CODE, inside[0].start, inside[-1].end))
    return last + 1


def _underline(line: _Line, below: _Line) -> int:
    """The level of a heading that is underlined with = or -, else 0."""
    if line.blank or len(below.text) < 3 or _BULLET.match(line.text) or _is_row(line.text):
        return 0
    return {"=": 1, "-": 2, "~": 3}.get(below.text[0], 0) if len(set(below.text)) == 1 else 0


def _is_row(line: str, above: str = "", below: str = "") -> bool:
    """True for a table's row: framed by bars, or cells parted by tabs, or as many bars as in a line beside it (a formula
    such as |x| + |y| stands alone)."""
    bars = line.count("|")
    framed = bars >= 2 and line[0] == "|" == line[-1] and " " in line
    return framed or line.count("\t") >= 2 or (bars >= 2 and bars in (above.count("|"), below.count("|")))


def _heading_level(lines: Sequence[_Line], at: int, *, blocks_above: int) -> int:
    """The level of a heading without markup, else 0.

    Such a heading is short, ends no sentence, begins like one, and stands above something: a longer line, a list or another
    heading. A numbered line is one if its neighbours are not numbered too, which would make it a list.
    """
    line = lines[at]
    text = line.text
    if len(text) > 110 or len(text.split()) > 16 or _ENDS_SENTENCE.search(text) or text[-1] in ",;·|":
        return 0
    below = next((other for other in lines[at + 1 : at + 4] if not other.blank), None)
    if below is None or (below is lines[at + 1] and _runs_on(line, below)):
        return 0
    if match := _NUMBERED.match(text):
        if _in_numbered_run(lines, at) or not text[match.end()].isalpha():
            return 0
        return min(2 + match["number"].count("."), 6)
    if _BULLET.match(text) or not (text[0].isupper() or text[0].isdigit() or ord(text[0]) > 0x2E80):
        return 0
    if _continues(lines, at) or not any(char.isalpha() for char in text):
        return 0
    if blocks_above == 0:
        return 1
    if text.endswith(":"):
        return 2 if len(text.split()) <= 6 and not below.text.endswith(":") else 0
    above = lines[at - 1].text if at else ""
    if _KEY_VALUE.match(text) and (blocks_above < 6 or _KEY_VALUE.match(above) or _KEY_VALUE.match(below.text)):
        return 0  # "Published on: …", "From: …" and the like head nothing; they stand at the top or together
    stands_above = (
        len(below.text) > 1.3 * len(text)
        or _ENDS_SENTENCE.search(below.text)
        or _BULLET.match(below.text)
        or _NUMBERED.match(below.text)
    )
    return 2 if stands_above else 0


def _in_numbered_run(lines: Sequence[_Line], at: int) -> bool:
    """True where the line above or below, blank lines aside, carries the number before or after this line's."""

    def number(line: _Line) -> list[int] | None:
        match = _NUMBERED.match(line.text)
        return [int(part) for part in match["number"].split(".")] if match else None

    mine = number(lines[at])
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if not line.blank), None)
    below = next((line for line in lines[at + 1 : at + 4] if not line.blank), None)
    for other, step in ((above, -1), (below, 1)):
        theirs = number(other) if other else None
        if mine and theirs and len(mine) == len(theirs) and theirs[-1] - mine[-1] == step:
            return True
    return False


def _continues(lines: Sequence[_Line], at: int) -> bool:
    """True where the line above is a full line of hard-wrapped text that runs on into this one."""
    return at > 0 and not lines[at - 1].blank and _wraps(lines, at - 1, _width(lines, at - 1))


def _width(lines: Sequence[_Line], at: int) -> int:
    """The longest line, in characters with its indent, of the run of lines without a blank one around `at`."""
    first = last = at
    while first > 0 and not lines[first - 1].blank and at - first < 50:
        first -= 1
    while last + 1 < len(lines) and not lines[last + 1].blank and last - at < 50:
        last += 1
    return max(line.indent + len(line.text) for line in lines[first : last + 1])


def _wraps(lines: Sequence[_Line], at: int, width: int) -> bool:
    """True where the break after the line is only for width: the next line's first word would not have fitted.

    Text whose lines are paragraphs has lines of any length, so a wide run is never taken for hard-wrapped text.
    """
    if at + 1 >= len(lines) or lines[at + 1].blank:
        return False
    line, below = lines[at], lines[at + 1]
    if _runs_on(line, below):
        return True
    if not 30 <= width <= 132:
        return False
    if _BULLET.match(below.text) or _ATX.match(below.text) or _is_row(below.text) or _RULE.fullmatch(below.text):
        return False
    word = below.text.split(maxsplit=1)[0]
    return line.indent + len(line.text) + 1 + len(word) > 0.94 * width


def _runs_on(line: _Line, below: _Line) -> bool:
    """True where a line stops in mid-sentence and the next goes on with a small letter or a stray number ("O" / "2 is")."""
    if _ENDS_SENTENCE.search(line.text) or line.text[-1] in ":;|" or len(line.text) < 40:
        return False
    if below.text[0].islower():
        return not _BULLET.match(below.text)
    if _STRAY_NUMBER.match(below.text):
        return True
    return len(line.text) > 110 and bool(_STRAY_NUMBER_DOT.match(below.text))


def _paragraph(lines: Sequence[_Line], at: int, found: list[Block]) -> int:
    """Takes a paragraph or list item with the lines that it was wrapped onto."""
    line = lines[at]
    marker = _BULLET.match(line.text)
    start = line.start + (marker.end() if marker else 0)
    width = _width(lines, at)
    last = at
    while _wraps(lines, last, width) or (marker and _hangs(lines, at, last)):
        last += 1
    found.append(Block(Kind.ITEM if marker else Kind.SENTENCE, start, lines[last].end))
    return last + 1


def _hangs(lines: Sequence[_Line], item: int, last: int) -> bool:
    """True where the next line continues a list item by standing further in than its marker."""
    if last + 1 >= len(lines) or lines[last + 1].blank:
        return False
    below = lines[last + 1]
    return below.indent > lines[item].indent and not (
        _BULLET.match(below.text) or _is_row(below.text) or _FENCE.match(below.text)
    )


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch whole, or cut after clauses, else words, else anywhere, where it is longer than a sentence can be."""
    while end - start > LONGEST:
        window = text[start : start + LONGEST]
        cut = max(window.rfind(mark, LONGEST // 2) + 1 for mark in (";", ":", ",", "\n", "、", "，"))
        cut = cut or window.rfind(" ", LONGEST // 2) + 1 or LONGEST
        a, b = _trim(text, start, start + cut)
        if a < b:
            yield a, b
        start += cut
    start, end = _trim(text, start, end)
    if start < end:
        yield start, end
