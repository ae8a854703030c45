"""Markers in a model's text ↔ citations. Pure.

The model is asked to put `[2]` behind what passage 2 says, and writes `[1, 2]`, `【1】`, `[^1]` or `[1-3]`, before the
full stop or behind it. `Splitter` turns text, as it arrives, into `Piece`s: sentences, rows and code, each with the
markers that belong to it and none in its text. `resolve` finds the sentences of a passage that bear a piece out.
`Numbering` counts quotes 1, 2, 3 in order of first use. Text is only ever taken from a piece once it cannot change any
more, so that no marker is seen half-written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from index.references import strip_marks
from index.segment import sentences
from index.types import Kind, Passage
from qa.verify import overlap

PieceKind = Literal["sentence", "row", "code", "heading", "layout"]

_DIGITS = r"[\d０-９]{1,4}"
_NUMBER = rf"(?:\^|#|source\s|passage\s|doc\s|ref\s)?\s?{_DIGITS}(?:†[^\]】]{{0,40}})?"
_LIST = rf"{_NUMBER}(?:\s?(?:,|;|、|，|-|–|—|and|&)\s?{_NUMBER}){{0,20}}"
MARKER = re.compile(
    rf"(?:<sup>)?(?:\\?\[\s?{_LIST}\s?\\?\](?:\([^()\s]{{0,200}}\))?|\[\[{_LIST}\]\]|[【［]\s?{_LIST}\s?[】］])(?:</sup>)?",
    re.IGNORECASE,
)
"""One marker as models write them, a link behind it included."""

_UNFINISHED = re.compile(
    r"(?:<s?u?p?>?)?(?:\\?\[\[?|[【［])[^\[\]【】［］\n]{0,60}\\?$|(?:<s?u?p?|[\\*_]+|<sup>)$|\\?\[[^\[\]\n]{0,60}\]\([^()\s]{0,200}$",
    re.IGNORECASE,
)
"""What may become a marker, or emphasis, when more text arrives."""

_EMPHASIS = re.compile(r"\*\*|__(?=\w)|(?<=\w)__")
_PREFIX = re.compile(r"\s*(?:(?:[-*+•‣◦–]|\d{1,3}[.)])\s+|>\s?)*")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_ROW = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r"\s*[|:\-=_*\s]{3,}$")
_HEADING = re.compile(r"\s*#{1,6}\s+")
_LIST_OF_SOURCES = re.compile(
    r"\s*(?:\*\*|#+\s*)?(?:sources?|references?|citations?|footnotes?)\s*:?\s*(?:\*\*)?:?\s*$", re.IGNORECASE
)
_DEFINITION = re.compile(rf"\s*(?:[-*]\s+)?(?:\[\^?{_DIGITS}\]|【{_DIGITS}】):?\s")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an answer. `before` is the layout in front of it (line ends, bullets), `text` itself without markers
    and emphasis, `after` what closes it (a row's last bar); `markers` are the numbers as the model wrote them."""

    kind: PieceKind
    before: str
    text: str
    after: str = ""
    markers: tuple[int, ...] = ()


def numbers(marker: str) -> tuple[int, ...]:
    """The numbers in a marker, ranges spelled out: `[1, 3-5]` → 1, 3, 4, 5. A range of more than 20 is its two ends."""
    plain = (
        unicodedata.normalize("NFKC", re.sub(r"†[^\]】]*|\([^()]*\)", "", marker)).replace("—", "-").replace("–", "-")
    )
    found: list[int] = []
    for match in re.finditer(r"(\d+)(?:\s?-\s?\^?(\d+))?", plain):
        first, last = int(match[1]), int(match[2] or match[1])
        found += range(first, last + 1) if 0 <= last - first <= 20 else (first, last)
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Unmarked:
    """Text without markers and emphasis. `marks` are (offset in `text`, numbers) of each marker; `origin` tells where
    each character of `text` stood."""

    text: str
    marks: tuple[tuple[int, tuple[int, ...]], ...]
    origin: tuple[int, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """All numbers of the markers, in order."""
        return tuple(dict.fromkeys(n for _, found in self.marks for n in found))


_CODE_OR_MARKER = re.compile(
    rf"(?P<code>`[^`\n]*`)|(?P<marker>{MARKER.pattern})|(?P<emphasis>{_EMPHASIS.pattern})", re.IGNORECASE
)


def take_markers(text: str) -> Unmarked:
    """Takes markers and emphasis out, with the space in front of a marker unless a word follows. What stands between
    backticks is code and left alone, and so is `[0]`: passages count from 1."""
    kept: list[int] = []
    marks: list[tuple[int, tuple[int, ...]]] = []
    at = 0
    for match in _CODE_OR_MARKER.finditer(text):
        found = numbers(match[0]) if match["marker"] else ()
        if match["code"] or (match["marker"] and not any(found)):
            continue
        kept += range(at, match.start())
        at = match.end()
        if match["marker"]:
            if not text[at : at + 1].isalnum():
                while kept and text[kept[-1]] in " \t":
                    kept.pop()
            marks.append((len(kept), found))
    kept += range(at, len(text))
    return Unmarked("".join(text[i] for i in kept), tuple(marks), tuple(kept))


@dataclass(slots=True)
class Splitter:
    """Text that arrives in parts → `Piece`s that cannot change any more.

    `feed` returns what has settled; `shown` is what may already be shown of the rest; `finish` settles it. The pieces
    do not depend on how the text was cut into parts.
    """

    _rest: str = ""
    _before: str = ""
    _in_code: bool = False
    _in_sources: bool = False
    _code: list[str] = field(default_factory=list)

    def feed(self, text: str) -> list[Piece]:
        """Takes more text and returns the pieces that it settled."""
        self._rest += text.replace("\r\n", "\n").replace("\r", "\n")
        found: list[Piece] = []
        while "\n" in self._rest:
            line, self._rest = self._rest.split("\n", 1)
            found += self._line(line, whole=True)
            if not self._in_code:
                self._before += "\n"
        if not self._in_code and not self._in_sources and not _held(self._rest):
            found += self._line(self._rest, whole=False)
        return found

    def shown(self) -> str:
        """What may be shown of the sentence that is still being written: it only ever grows."""
        if self._in_code or self._in_sources or _held(self._rest):
            return ""
        prefix, body = _prefix(self._rest)
        body = body[: match.start()] if (match := _UNFINISHED.search(body)) else body
        body = body[: body.rfind("`")] if body.count("`") % 2 else body
        clean = take_markers(body).text.strip()
        return self._before + prefix + clean if clean else ""

    def finish(self) -> list[Piece]:
        """Settles what is left."""
        found = self._line(self._rest, whole=True) if self._rest else []
        self._rest = ""
        if self._in_code:
            found.append(self._closed_code(""))
        return found

    def _line(self, line: str, *, whole: bool) -> list[Piece]:
        if self._in_code:
            if _FENCE.match(line):
                return [self._closed_code("\n" + line)]
            self._code.append(line)
            return []
        if _FENCE.match(line):
            self._in_code, self._code, self._before = True, [], self._before + line + "\n"
            return []
        if self._in_sources and (not line.strip() or _DEFINITION.match(line) or _prefix(line)[0].strip()):
            self._before = ""
            return []
        self._in_sources = False
        if not line.strip():
            return []
        if whole and (_LIST_OF_SOURCES.match(line) or re.match(rf"\s*\[\^?{_DIGITS}\]:\s", line)):
            self._in_sources = True
            return []
        if whole and _RULE.match(line):
            return [self._piece("layout", line, "", ())]
        if whole and _ROW.match(line):
            row = take_markers(line.strip())
            return [self._piece("row", "| ", row.text.strip().strip("|").strip(), row.numbers, " |")]
        if match := _HEADING.match(line):
            heading = take_markers(line[match.end() :])
            return [self._piece("heading", match[0], heading.text.strip(), heading.numbers)]
        return self._prose(line, whole)

    def _prose(self, line: str, whole: bool) -> list[Piece]:
        """The settled sentences of a line: all of a whole one, else those with a further one begun behind them."""
        prefix, body = _prefix(line)
        if not whole:
            body = body[: match.start()] if (match := _UNFINISHED.search(body)) else body
            body = body[: body.rfind("`")] if body.count("`") % 2 else body
        unmarked = take_markers(body)
        clean = unmarked.text
        spans = [part for span in sentences(clean, 0, len(clean)) for part in _bounded(clean, *span)]
        if not spans:  # a line of nothing but markers belongs to what stands above it
            return [self._piece("layout", "", "", unmarked.numbers)] if whole and unmarked.marks else []
        settled = len(spans) if whole else len(spans) - 1
        pieces: list[Piece] = []
        for place, (start, end) in enumerate(spans[:settled]):
            until = spans[place + 1][0] if place + 1 < len(spans) else len(clean) + 1
            since = spans[place][0] if place else -1
            mine = [n for at, found in unmarked.marks if since < at <= until for n in found]
            lead = prefix if place == 0 else clean[spans[place - 1][1] : start]
            pieces.append(self._piece("sentence", lead, clean[start:end], tuple(dict.fromkeys(mine))))
        if not whole and settled:
            last = spans[settled][0]
            self._before = clean[spans[settled - 1][1] : last]
            self._rest = line[len(prefix) + unmarked.origin[last] :]
        return pieces

    def _closed_code(self, fence: str) -> Piece:
        self._in_code = False
        return self._piece("code", "", "\n".join(self._code), (), fence)

    def _piece(self, kind: PieceKind, lead: str, text: str, marks: tuple[int, ...], after: str = "") -> Piece:
        piece = Piece(kind, self._before + lead, text, after, marks)
        self._before = ""
        return piece


LONGEST_SENTENCE = 1500
"""Characters after which a sentence that does not end is cut at a space: what has settled is not looked at again."""


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        cut = text.rfind(" ", start + 1, start + LONGEST_SENTENCE)
        cut = cut if cut > 0 else start + LONGEST_SENTENCE
        yield start, cut
        start = cut + (text[cut] == " ")
    if start < end:
        yield start, end


def _prefix(line: str) -> tuple[str, str]:
    """A line's bullets and indent, and what they stand before."""
    match = _PREFIX.match(line)
    end = match.end() if match else 0
    return line[:end], line[end:]


_SOURCE_WORDS = ("sources:", "references:", "citations:", "footnotes:")


def _held(rest: str) -> bool:
    """Whether a line that has only begun may still turn out to be a row, heading, fence, rule or list of sources."""
    start = rest.lstrip()
    while match := MARKER.match(start):
        start = start[match.end() :].lstrip()
    if (
        not start
        or start[0] in "|#~="
        or start.startswith("``")
        or re.fullmatch(r"[-=_*:|\s`]*|[\d.)\-*+•_>]{1,4}\s*", start)
    ):
        return True
    if (match := _UNFINISHED.match(start)) and match.end() == len(start):
        return True
    word = re.sub(r"^[\W_]+", "", start).lower().rstrip("* ")
    return any(name.startswith(word) or word == name for name in _SOURCE_WORDS)


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a document that bears something out: text[start:end] of `passage`'s document is `text`."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


MOST_QUOTES = 3
"""How many separate sentences of one passage a marker may stand for."""


def resolve(claim: str, passage: Passage) -> tuple[Quote, ...]:
    """The sentences of the passage that bear the claim out best, in the passage's order, neighbours joined; at least
    one.

    Greedy: the sentence with most of the claim's words, then whichever adds two more, or a number, date or name.
    """
    parts = [s for s in passage.segments if s.kind not in (Kind.HEADING, Kind.REFERENCE)] or list(passage.segments)
    if not parts:
        return (Quote(passage, passage.start, passage.end),)
    words, exact = overlap(claim, [strip_marks(passage.quote(part)) for part in parts])
    chosen: list[int] = []
    had: set[int] = set()
    while len(chosen) < MOST_QUOTES:
        gains = [len(cover - had) + len((cover & exact) - had) for cover in words]
        best = max(range(len(parts)), key=lambda n: (gains[n], -(parts[n].end - parts[n].start), -n))
        if chosen and gains[best] < 2:
            break
        chosen.append(best)
        had |= words[best]
    return tuple(_joined(passage, [(parts[n].start, parts[n].end, n) for n in sorted(chosen)]))


def _joined(passage: Passage, spans: Sequence[tuple[int, int, int]]) -> Iterator[Quote]:
    start, end, place = spans[0]
    for next_start, next_end, next_place in spans[1:]:
        if next_place == place + 1:
            end, place = next_end, next_place
            continue
        yield Quote(passage, start, end)
        start, end, place = next_start, next_end, next_place
    yield Quote(passage, start, end)


@dataclass(slots=True)
class Numbering:
    """Quotes → 1, 2, 3 in order of first use. The same place in the same document keeps its number."""

    quotes: list[Quote] = field(default_factory=list)
    _numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def number(self, quote: Quote) -> int:
        """The quote's number, a new one where it was not used yet."""
        key = (quote.passage.document, quote.start, quote.end)
        if key not in self._numbers:
            self.quotes.append(quote)
            self._numbers[key] = len(self.quotes)
        return self._numbers[key]


def with_marks(piece: Piece, used: Sequence[int]) -> str:
    """The piece as it is shown: layout, text, and its citation numbers `[1][2]` behind it."""
    marks = "".join(f"[{number}]" for number in used)
    gap = " " if marks and piece.text else ""
    return f"{piece.before}{piece.text}{gap}{marks}{piece.after}"
