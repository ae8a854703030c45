"""A document's text → headings, sentences, list items, table rows, each with its exact place. Pure.

Lines make blocks first (a heading, a list item with its continuation lines, a table row, a paragraph), and only inside
a block are sentences sought: no splitter of sentences knows that a heading has ended. Every segment is found by walking
the text once, so its offsets are exact by construction; nothing is ever searched for.

What belongs to no segment: white space, front matter, list markers and quotation bars at the start of a block, rules
and underlines, the fences of code, comments in markup, the header and footer lines that a paged text repeats.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from index.types import Kind, Segment

LONGEST = 1200
"""Characters after which a sentence is cut at a clause, and after twice as many anywhere: a file can be one line."""

_LINE = re.compile(r"[^\n\r\f\v\x85\u2028\u2029]*(?:\r\n|[\n\r\f\v\x85\u2028\u2029]|\Z)")
_ESCAPED = re.compile(
    r"(?:\\r)?\\n(?![a-z])"
    r"|(?:[\"']?[\]}]{0,2}\s?,\s{0,2}[\[{]{0,2}|\[?\{)\s{0,2}[\"'][\w .-]{1,30}[\"']\s?:\s{0,2}[\"']?"
)
"""What parts the lines and the fields of records that a file keeps in one line: breaks that are escaped, and keys."""
_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"
_BULLET = re.compile(
    r"(?:[-*+•‣◦▪▫■□●○◆◇▶►➤✓✔☐☑❖\uf0b7·–—※](?:[ \t\u3000]+|(?<=[•‣◦▪■□●○◆◇▶►➤✓✔☐☑❖\uf0b7※])(?=\w))|・[ \u3000]*"
    r"|o[ ]{2,}|\(?\d{1,3}[.)][ \t\u3000]+|\d{1,2}[.)．、]?\u3000+|（\d{1,3}）[ \u3000]*|[①-⑳][ \u3000]*"
    r"|(?:\(?[a-zA-Z]\)|[a-zA-Z]\.|\(?[ivxlc]{1,5}\))[ \t\u3000]+)(?:\[[ xX]\][ \t]+)?(?=\S)"
)
_CAPITAL = re.compile(r"(?P<letter>[A-Z])\.\s")
_COPYRIGHT = re.compile(r"\([cC]\)\s+(?:\d{4}|[A-Z])")
_NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})*)(?P<stop>[.)]?)[ \t\u3000]+(?=\S)")
_ATX = re.compile(r"(?P<marks>#{1,6})[ \t]+(?=\S)")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?=\S)(?P<inside>[^*_]+)(?P=mark):?")
_FENCE = re.compile(r"(?P<fence>```|~~~)(?P<info>.*)")
_QUOTE = re.compile(r"(?:>[ \t]*(?!\d))+(?=\S)")
_RULE = re.compile(r"[-=_*~#+\s|:.^]{3,}|\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?|>+")
_UNDERLINE = re.compile(r"(?P<mark>[=~^\"'`*+#-])(?P=mark){2,}")
_COMMENT = "<!--"
_KEY_VALUE = re.compile(r"(?:\*\*|__)?[^\W\d_][\w /&'’.-]{0,30}(?:\*\*|__)?:(?:\*\*|__)?\s+\S")
_STAMP = re.compile(
    r"[\[(<]?\d{4}-\d\d-\d\d[T ,]+\d\d:\d\d|\[?\d\d:\d\d(?::\d\d)?[\].,]?\s|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d "
)
_ENTRY = re.compile(r"\[\^?[^\]\s]{1,40}\]:|\[\^?\d{1,3}\]\s")
_STRAY_NUMBER = re.compile(r"\d{1,3}\s+[a-z]")
_STRAY_NUMBER_DOT = re.compile(r"(?!1[.)])\d{1,3}[.)]\s")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？؟۔।॥;](?<!;)['\"”’»)\]」』）*_]*(?:\s?\[\^?[\w\s,–-]{1,20}\])*$")
_MAY_END = re.compile(r"[^\w\s,:/(-]|\n[ \t\r]*\n")
_GOES_ON = re.compile(r"\w")
_LEADERS = re.compile(r"(?:\.{4,}|(?:\s\.){3,}|…{2,}|·{4,})\s*[\divxlc]{1,6}$")
_GAP = re.compile(r"\S {3,}(?=\S)")
_MARKS_ONLY = re.compile(r"\s*(?:\[(?:\^[^\]\s]{1,40}|\d{1,3}(?:\s?[,–-]\s?\d{1,3})*)\]\s*)+")
_ENUMERATOR = re.compile(r"(?:§+\s?)?\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,5})[.)]")
_ABBREVIATED = re.compile(r"(?:^|[\s(])[^\W\d_]\.$")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<fields>(?:.*\r?\n){1,200}?)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_FIELD = re.compile(r"[\w][\w .-]*:(?:\s|$)")
_FIELD_MORE = re.compile(r"[ \t]|#|-(?:\s|$)|[\]}]|$")

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_COMMON = {
    "en": "the of and to in is that for it was with as on are by this be from have not or which has",
    "de": "der die und das den von zu mit ist des im für nicht ein eine dem auf sich auch werden wird",
    "fr": "le les des et la est du une dans pour que qui sur pas par au avec sont ce cette aux",
    "es": "el los las y del que por una con para es se al lo su como más fue entre sobre",
    "it": "il di che è della per non una sono con del nel alla gli dei le si anche più questo",
    "pt": "o os da do que em não uma para com dos as mais foi pelo pela são ao seu também",
    "nl": "het een van en de dat niet zijn op te met voor er aan ook als bij worden deze werd",
    "sv": "och att det som en på är av för med till den inte om ett har de var",
    "pl": "i w na się nie z do jest że o jak po przez od dla oraz są tym został",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _COMMON.items():
    for _word in _words.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or stretch of code; `level` of a heading counts from 1."""

    kind: Kind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's own text at text[start:end] without surrounding space and quotation bars; `indent` counts leading white
    space, `quoted` the bars."""

    start: int
    end: int
    indent: int
    text: str
    quoted: int = 0

    @property
    def blank(self) -> bool:
        return not self.text


def blocks(text: str) -> list[Block]:
    """The blocks of the text in order; blank lines, rules, table separators and front matter belong to none."""
    return list(_blocks(text))


@lru_cache(maxsize=2)
def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(_Blocks(text).found)


def segments(text: str) -> tuple[list[Block], list[Segment]]:
    """The blocks, and the segments they are made of; `Segment.block` is an index into the blocks."""
    found = blocks(text)
    speech = language(text)
    parts: list[Segment] = []
    for number, block in enumerate(found):
        if block.kind in (Kind.HEADING, Kind.ROW, Kind.REFERENCE) and block.end - block.start <= LONGEST:
            parts.append(Segment(block.kind, block.start, block.end, number))
        elif block.kind in (Kind.CODE, Kind.ROW):
            parts += [Segment(block.kind, start, end, number) for start, end in _pieces(text, block.start, block.end)]
        else:
            for start, end in sentences(text, block.start, block.end, speech):
                parts += [Segment(block.kind, a, b, number) for a, b in _pieces(text, start, end)]
    return found, parts


def front_matter(text: str) -> tuple[dict[str, str], int]:
    """The fields of the YAML block that opens a document, lower-case keys, and the offset behind it; else ({}, 0).

    A rule, some prose and another rule are no front matter: every line has to read as a field, and one at least.
    """
    match = _FRONT_MATTER.match(text)
    lines = match["fields"].splitlines() if match else []
    if not match or not any(_FIELD.match(line) for line in lines):
        return {}, 0
    if not all(_FIELD.match(line) or _FIELD_MORE.match(line) for line in lines):
        return {}, 0
    pairs = (line.partition(":") for line in lines if _FIELD.match(line))
    return {key.strip().lower(): value.strip().strip("\"'") for key, _, value in pairs if value.strip()}, match.end()


def language(text: str) -> str:
    """A guess, as an ISO 639-1 code, from the script or the commonest small words of the text's beginning; else "en".

    It only decides which abbreviations and number forms do not end a sentence.
    """
    sample = text[:4000]
    letters = sum(char.isalpha() for char in sample)
    for code, script in _SCRIPTS:
        if len(script.findall(sample)) * 5 > letters:
            return code
    counts: Counter[str] = Counter()
    for word in re.findall(r"[^\W\d_]+", sample.lower()):
        counts.update(_LANGUAGES_OF.get(word, ()))
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] > counts["en"] else "en"


def sentences(text: str, start: int, end: int, speech: str | None = None) -> list[tuple[int, int]]:
    """(start, end) of each sentence of text[start:end], without surrounding space; `speech` is a language code.

    Boundaries are sentencex's (Wikimedia, MIT); reference marks that follow a full stop stay with their sentence, and a
    boundary is undone where no sentence can end: behind the number that opens a clause ("6.1. Either party"), before a
    small letter, between initials.
    """
    piece = text[start:end]
    end_mark = _MAY_END.search(piece)
    if not (end_mark and _GOES_ON.search(piece, end_mark.end())):
        start, end = _trim(text, start, end)
        return [(start, end)] if start < end else []
    from sentencex import get_sentence_boundaries

    found: list[tuple[int, int]] = []
    for boundary in get_sentence_boundaries(speech or language(piece), piece):
        a, b = boundary["start_index"], boundary["end_index"]
        if found and (marks := _MARKS_ONLY.match(piece, a, b)):
            found[-1] = (found[-1][0], _trim(text, start + a, start + marks.end())[1])
            a = marks.end()
        a, b = _trim(text, start + a, start + b)
        if a < b:
            if found and (not any(char.isalnum() for char in text[a:b]) or _unbroken(text, *found[-1], a)):
                found[-1] = (found[-1][0], b)
            else:
                found.append((a, b))
    return found


def _unbroken(text: str, start: int, end: int, after: int) -> bool:
    """True where text[start:end] is no whole sentence, seen what follows at `after`."""
    if end - start <= 12 and _ENUMERATOR.fullmatch(text, start, end):
        return True
    if after == end and text[end - 1] in ".!?" and not (text[after].isalpha() or text[after] in "\"'“‘„«([{¿¡"):
        return True  # "<!-- a" in mark-up, "?!" and "v1.-2"
    if text[end - 1] == ".":
        tail = text[max(start, end - 4) : end]
        return text[after].islower() or (after == end and bool(_ABBREVIATED.search(tail)))
    return text[end - 1] in "」』）" and after == end and text[after] in "とっなはがをにのでも、"


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _SPACE:
        start += 1
    while end > start and text[end - 1] in _SPACE:
        end -= 1
    return start, end


def _lines(text: str, begin: int) -> Iterator[_Line]:
    for begins, ends in _line_spans(text, begin):
        start, end = _trim(text, begins, ends)
        indent = start - begins
        quoted = 0
        if text.startswith(">", start) and (bars := _QUOTE.match(text, start, end)):
            quoted = bars[0].count(">")
            start = bars.end()
        yield _Line(start, end, indent, text[start:end], quoted)


def _line_spans(text: str, begin: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each line. One that is longer than a sentence can be may be whole texts, as logs and exports keep
    them, and is parted as those are."""
    for match in _LINE.finditer(text, begin):
        start, end = match.span()
        if end - start > LONGEST:
            for escaped in _ESCAPED.finditer(text, start, end):
                # A field of one word, such as who speaks, tells nothing by itself.
                told = escaped[0].startswith("\\") or " " in text[start : escaped.start()].strip()
                yield start, escaped.start() if told else start
                start = escaped.end()
        if start < end:
            yield start, end


@dataclass(slots=True)
class _Blocks:
    """One walk over a text's lines. `found` holds the blocks so far; `last_item` and `last_heading` the numbers that
    the last numbered ones carried, by depth; `blanks` and `fences` the indexes of such lines; `capitals` the letters
    that lines begin with as "A. " does; no comment ends behind the offset `comments_end`."""

    text: str
    found: list[Block] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)
    fences: dict[str, list[int]] = field(default_factory=lambda: {"```": [], "~~~": []})
    capitals: set[str] = field(default_factory=set)
    last_item: dict[int, int] = field(default_factory=dict)
    last_heading: dict[int, int] = field(default_factory=dict)
    comments_end: int = 0

    def __post_init__(self) -> None:
        self.lines = list(_lines(self.text, front_matter(self.text)[1]))
        self.comments_end = self.text.rfind("-->")
        for at in _furniture(self.text, self.lines):
            line = self.lines[at]
            self.lines[at] = _Line(line.start, line.start, 0, "")
        for at, line in enumerate(self.lines):
            # An address of 300 characters says nothing of the width that the rest was wrapped to.
            self.lengths.append(line.indent + len(line.text) if " " in line.text else 0)
            if line.blank:
                self.blanks.append(at)
            elif fence := _FENCE.match(line.text):
                if not fence["info"].strip("`~ \t"):
                    self.fences[fence["fence"]].append(at)
            elif capital := _CAPITAL.match(line.text):
                self.capitals.add(capital["letter"])
        at = 0
        while at < len(self.lines):
            at = self._take(at)

    def _take(self, at: int) -> int:
        """Takes the block that begins at the line; returns the line behind it."""
        line = self.lines[at]
        if line.blank:
            return at + 1
        if line.text.startswith(_COMMENT) and (last := self._comment(at)) is not None:
            return last
        if (fence := _FENCE.match(line.text)) and (closing := self._closing(at, fence["fence"])) is not None:
            inside = [line for line in self.lines[at + 1 : closing] if not line.blank]
            if inside:
                self.found.append(Block(Kind.CODE, inside[0].start, inside[-1].end))
            return closing + 1
        if _RULE.fullmatch(line.text):
            return at + 1
        if match := _ATX.match(line.text):
            end = line.start + len(line.text.rstrip("#").rstrip())
            return self._heading(line.start + match.end(), end, len(match["marks"]), at + 1)
        if level := self._underlined(at):
            return self._heading(line.start, line.end, level, at + 2)
        if (bold := _BOLD.fullmatch(line.text)) and len(line.text) <= 110 and not _ENDS_SENTENCE.search(bold["inside"]):
            return self._heading(line.start + bold.start("inside"), line.start + bold.end("inside"), 3, at + 1)
        if level := self._heading_level(at):
            if match := _NUMBERED.match(line.text):
                self.last_heading[match["number"].count(".")] = int(match["number"].rsplit(".", 1)[-1])
            return self._heading(line.start, line.end, level, at + 1)
        if self._is_row(at):
            self.found.append(Block(Kind.ROW, line.start, line.end))
            return at + 1
        return self._paragraph(at)

    def _heading(self, start: int, end: int, level: int, behind: int) -> int:
        self.found.append(Block(Kind.HEADING, start, end, level))
        self.last_item.clear()
        return behind

    def _comment(self, at: int) -> int | None:
        """The line behind a comment in markup, or the one that it ends on if more follows; None if it never ends."""
        if self.lines[at].start > self.comments_end:
            return None
        end = self.text.find("-->", self.lines[at].start)
        last = at
        while self.lines[last].end < end + 3:
            last += 1
        start, stop = _trim(self.text, end + 3, self.lines[last].end)
        if start >= stop:
            return last + 1
        self.lines[last] = _Line(start, stop, 0, self.text[start:stop])
        return last

    def _closing(self, at: int, fence: str) -> int | None:
        """The line that closes the fence; None where it stays open, which makes it no fence (a rule of tildes)."""
        closers = self.fences[fence]
        place = bisect_right(closers, at)
        return closers[place] if place < len(closers) else None

    def _line(self, at: int) -> _Line | None:
        return self.lines[at] if 0 <= at < len(self.lines) else None

    def _below(self, at: int, reach: int = 4) -> _Line | None:
        """The next line that is not blank, no more than `reach` away."""
        return next((line for line in self.lines[at + 1 : at + 1 + reach] if not line.blank), None)

    def _marker(self, line: _Line) -> re.Match[str] | None:
        """The list marker that a line begins with. "J. Smith" begins with none unless an "I." or "K." is about too."""
        match = _BULLET.match(line.text)
        if match is None or _COPYRIGHT.match(line.text):
            return None
        if capital := _CAPITAL.match(line.text):
            letter = ord(capital["letter"])
            return match if {chr(letter - 1), chr(letter + 1)} & self.capitals else None
        return match

    def _underlined(self, at: int) -> int:
        """The level of a heading that is underlined, else 0."""
        line, below = self.lines[at], self._line(at + 1)
        if below is None or len(line.text) > 200 or not _UNDERLINE.fullmatch(below.text):
            return 0
        above = self._line(at - 1)
        runs_on = above is not None and not above.blank and not _RULE.fullmatch(above.text)
        if self._marker(line) or self._is_row(at) or (runs_on and _ENDS_SENTENCE.search(line.text)):
            return 0  # under a list item, a table row or the last line of a paragraph, dashes are a rule
        if below.text[0] not in "=-" and len(below.text) < len(line.text):
            return 0
        return {"=": 1, "-": 2}.get(below.text[0], 3)

    def _is_row(self, at: int) -> bool:
        """True for a table's row: framed by bars, or cells parted by tabs, or as many bars as in a line beside it (a
        formula such as |x| + |y| stands alone), or columns made with spaces as in a line beside it, or dots that
        lead to a page number."""
        line = self.lines[at].text
        if not ("|" in line or "\t" in line or "   " in line or (line[-1].isalnum() and _LEADERS.search(line))):
            return False
        beside = [other for other in (at - 1, at + 1) if 0 <= other < len(self.lines) and not self.lines[other].blank]
        bars = line.count("|")
        if bars >= 2:
            if line[0] == "|" == line[-1] and " " in line:
                return True
            if any(self.lines[other].text.count("|") == bars for other in beside):
                return True
        if line.count("\t") >= 2 or _LEADERS.search(line):
            return True
        return self._gaps(at) and any(self._gaps(other) for other in beside)

    def _gaps(self, at: int) -> bool:
        """True where the line has columns: three spaces or more inside it, behind a list marker if there is one."""
        line = self.lines[at]
        if "   " not in line.text:
            return False
        marker = _BULLET.match(line.text) or _NUMBERED.match(line.text)
        return bool(_GAP.search(line.text, marker.end() if marker else 0))

    def _heading_level(self, at: int) -> int:
        """The level of a heading without markup, else 0.

        Such a heading is short, ends no sentence, begins like one, and stands above something: a longer line, a list or
        another heading. A numbered line is one unless it belongs to a numbered list.
        """
        line = self.lines[at]
        text = line.text
        if len(text) > 110 or len(text.split()) > 16 or _ENDS_SENTENCE.search(text) or text[-1] in ",;·|-":
            return 0
        below = self._below(at)
        if below is None or line.quoted or "\t" in text or _STAMP.match(text) or _ENTRY.match(text):
            return 0
        adjacent = below is self.lines[at + 1]
        if (adjacent and _runs_on(line, below)) or self._gaps(at) or _LEADERS.search(text):
            return 0
        if match := _NUMBERED.match(text):
            return self._numbered_level(at, match)
        if self._marker(line) or not _capital(text) or self._continues(at) or not any(char.isalpha() for char in text):
            return 0
        if not self.found:
            # A letter's "From: …" above "To: …" is no title.
            return 0 if adjacent and _KEY_VALUE.match(text) and _KEY_VALUE.match(below.text) else 1
        if text.endswith((":", "：")):
            return 2 if len(text.split()) <= 6 and not below.text.endswith(":") and not below.quoted else 0
        above = self.lines[at - 1].text if at else ""
        if _KEY_VALUE.match(text) and (len(self.found) < 6 or _KEY_VALUE.match(above) or _KEY_VALUE.match(below.text)):
            return 0  # "Published on: …", "From: …" and the like head nothing; they stand at the top or together
        if _ENTRY.match(below.text):
            return 2 if len(text.split()) <= 6 else 0  # "Sources" above "[1] …"
        names = self.found[-1].kind is Kind.SENTENCE and 0 < len(above) <= 60 and not _ENDS_SENTENCE.search(above)
        if names and not (_KEY_VALUE.match(above) or above.isupper() or text.isupper()):
            return 0  # the last of some short lines, such as names without bullets
        stands_above = (
            len(below.text) > 1.3 * len(text)
            or _ENDS_SENTENCE.search(below.text)
            or self._marker(below)
            or _NUMBERED.match(below.text)
            or _ATX.match(below.text)
            or (text.isupper() and not below.text.isupper())
            or (line.indent >= 8 and below.indent < line.indent)
        )
        return 2 if stands_above and not below.quoted else 0

    def _numbered_level(self, at: int, match: re.Match[str]) -> int:
        """The level of a numbered line as a heading; 0 where it is an item of a list."""
        text = self.lines[at].text
        depth = match["number"].count(".")
        first = text[match.end()]
        if self._in_numbered_run(at) or not (first.isalpha() or first in "\"'“‘«„(「*_"):
            return 0
        if not match["stop"] and not depth and (first.islower() or len(match["number"]) > 2):
            return 0  # "5 people came"
        mine = int(match["number"].rsplit(".", 1)[-1])
        item = self.last_item.get(depth)
        if item == mine - 1 and self.last_heading.get(depth) != mine - 1:
            return 0  # a list goes on behind the paragraph that belongs to the item before
        if item is not None and item < mine and self.found[-1].kind is Kind.ITEM and not self.lines[at - 1].blank:
            return 0  # and one that leaves out numbers
        return min(2 + depth, 6)

    def _in_numbered_run(self, at: int) -> bool:
        """True where the line above or below, blank lines aside, carries the number before or after this line's."""

        def number(line: _Line | None) -> list[int] | None:
            match = _NUMBERED.match(line.text) if line else None
            return [int(part) for part in match["number"].split(".")] if match else None

        mine = number(self.lines[at])
        above = next((line for line in reversed(self.lines[max(0, at - 3) : at]) if not line.blank), None)
        for other, step in ((above, -1), (self._below(at, 3), 1)):
            theirs = number(other)
            if mine and theirs and len(mine) == len(theirs) and theirs[-1] - mine[-1] == step:
                return True
        return False

    def _continues(self, at: int) -> bool:
        """True where the line above is a full line of hard-wrapped text that runs on into this one."""
        return at > 0 and not self.lines[at - 1].blank and self._wraps(at - 1, self._width(at - 1))

    def _width(self, at: int) -> int:
        """The longest line, in characters with its indent, of the run of lines without a blank one around `at`."""
        place = bisect_right(self.blanks, at)
        first = max(self.blanks[place - 1] + 1 if place else 0, at - 50)
        last = min(self.blanks[place] if place < len(self.blanks) else len(self.lines), at + 51)
        return max(self.lengths[first:last])

    def _wraps(self, at: int, width: int) -> bool:
        """True where the break after the line is only for width: the next line's first word would not have fitted.

        Text whose lines are paragraphs has lines of any length, so a wide run is never taken for hard-wrapped text.
        """
        line, below = self.lines[at], self._line(at + 1)
        if below is None or below.blank or below.quoted != line.quoted or _FENCE.match(below.text):
            return False
        if _ENTRY.match(below.text) and (_ENTRY.match(line.text) or below.text.find(":") == below.text.find("]") + 1):
            return False
        if _STAMP.match(below.text) or _ATX.match(below.text) or _RULE.fullmatch(below.text) or self._is_row(at + 1):
            return False
        if _KEY_VALUE.match(below.text) and _KEY_VALUE.match(line.text):
            return False
        if _runs_on(line, below):
            return True
        if not 30 <= width <= 132 or self._marker(below):
            return False
        if _KEY_VALUE.match(below.text) and _ENDS_SENTENCE.search(line.text):
            return False
        if width < 60 and _ENDS_SENTENCE.search(line.text):
            return False  # a dateline above a text of a few short lines
        word = below.text.split(maxsplit=1)[0]
        return line.indent + len(line.text) + 1 + len(word) > 0.94 * width

    def _paragraph(self, at: int) -> int:
        """Takes a paragraph or list item with the lines that it was wrapped onto."""
        line = self.lines[at]
        marker = self._marker(line)
        if marker and (number := _NUMBERED.match(line.text)):
            self.last_item[number["number"].count(".")] = int(number["number"].rsplit(".", 1)[-1])
        start = line.start + (marker.end() if marker else 0)
        width = self._width(at)
        last = at
        while self._wraps(last, width) or (marker and self._hangs(at, last)):
            last += 1
        self.found.append(Block(Kind.ITEM if marker else Kind.SENTENCE, start, self.lines[last].end))
        return last + 1

    def _hangs(self, item: int, last: int) -> bool:
        """True where the next line continues a list item by standing further in than its marker."""
        below = self._line(last + 1)
        if below is None or below.blank or below.quoted != self.lines[item].quoted:
            return False
        return below.indent > self.lines[item].indent and not (
            self._marker(below) or self._is_row(last + 1) or _FENCE.match(below.text)
        )


def _capital(text: str) -> bool:
    """True where a line begins as a heading does: with a capital, a digit, a letter of a script without case, or §."""
    first = text.lstrip("\"'“‘«„¿¡([（「【《〈")[:1]
    return first in "§☆★■◆" or first.isdigit() or (first.isalpha() and not first.islower()) if first else False


def _runs_on(line: _Line, below: _Line) -> bool:
    """True where a line stops in mid-sentence and the next goes on: with a small letter or a number ("O" / "2 is")."""
    if _ENDS_SENTENCE.search(line.text) or line.text[-1] in ":;|" or len(line.text) < 40:
        return False
    if below.text[0].islower():
        return not _BULLET.match(below.text)
    if _STRAY_NUMBER.match(below.text):
        return True
    return len(line.text) > 110 and bool(_STRAY_NUMBER_DOT.match(below.text))


def _furniture(text: str, lines: Sequence[_Line]) -> list[int]:
    """Indexes of the lines that a paged text repeats at the top or foot of its pages, numbers aside.

    Pages are parted by form feeds; a line counts that stands in the same place on half of them, and on three at least.
    """
    if "\f" not in text:
        return []
    breaks = [match.start() for match in re.finditer("\f", text)]
    pages: list[list[int]] = [[] for _ in range(len(breaks) + 1)]
    for at, line in enumerate(lines):
        if not line.blank:
            pages[bisect_right(breaks, line.start)].append(at)
    edges = [(at, place) for page in pages for place, at in _edges(page)]
    keys = {at: (place, re.sub(r"\d+|[ivxlc]+$", "#", " ".join(lines[at].text.split()))) for at, place in edges}
    counts = Counter(keys.values())
    full = sum(bool(page) for page in pages)
    return [at for at, key in keys.items() if counts[key] >= max(3, full / 2)]


def _edges(page: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(place, line) of the first line of a page, or the first two, if a gap parts them from what follows; and likewise
    from the end. `page` holds the indexes of its lines, blank ones left out."""
    if len(page) < 4:
        return
    if page[1] > page[0] + 1 or page[2] > page[1] + 1:
        yield 0, page[0]
    if page[1] == page[0] + 1 and page[2] > page[1] + 1:
        yield 1, page[1]
    if page[-1] > page[-2] + 1 or page[-2] > page[-3] + 1:
        yield -1, page[-1]
    if page[-1] == page[-2] + 1 and page[-2] > page[-3] + 1:
        yield -2, page[-2]


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
