"""Web pages (HTML): headings, lists, tables, preformatted text; scripts, navigation and hidden parts left out.

On the standard library's tokenizer, which builds no tree: 10,000 nested tags are 10,000 events.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from index.formats import Extracted
from index.formats.outline import Outline, one_line

_SKIPPED = frozenset("script style noscript template svg math nav iframe object select button canvas".split())
_BLOCKS = frozenset(
    "p div section article main header footer aside blockquote figure figcaption dl dt dd ul ol li table caption thead "
    "tbody tfoot tr td th pre hr address details summary h1 h2 h3 h4 h5 h6 fieldset body html center".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(?:article:published_time|og:published_time|datepublished|pubdate|publish[-_]?date|publication_date|citation_(?:publication_)?date"
    r"|date|dc\.date(?:\.issued)?|dcterms\.(?:date|issued|created)|sailthru\.date|parsely-pub-date)",
    re.IGNORECASE,
)
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|<\?xml[^>]{0,80}encoding=[\"']([\w.-]{2,40})", re.I
)


def read(data: bytes) -> Extracted:
    """An HTML file's text."""
    reader = PageReader(Outline())
    reader.read(decode_page(data))
    return reader.outline.extracted(reader.title, date=reader.date)


def decode_page(data: bytes) -> str:
    """A page's characters, in the encoding that it declares, if that fits."""
    from index.encoding import decode

    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        name = (declared[1] or declared[2]).decode("ascii", "replace").lower()
        name = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "shift_jis": "cp932", "gb2312": "gb18030"}.get(name, name)
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    return decode(data)[0]


class PageReader(HTMLParser):
    """Events of a page → blocks of an outline. `title` and `date` are what the page's head says."""

    def __init__(self, outline: Outline) -> None:
        super().__init__(convert_charrefs=True)
        self.outline = outline
        self.date: str | None = None
        self._titles: dict[str, str] = {}
        self._text: list[str] = []
        self._skip = ""
        self._skip_depth = 0
        self._heading = 0
        self._lists: list[list[object]] = []
        self._item = False
        self._pre = 0
        self._tables: list[_Table] = []
        self._grab: str | None = None
        self._sup: int | None = None

    @property
    def title(self) -> str | None:
        """The page's own title. `<title>` often ends in the name of the site, which the first heading leaves out."""
        full, heading = self._titles.get("title"), self._titles.get("h1")
        if full and heading and heading in full:
            return heading
        return self._titles.get("meta") or full or heading

    def read(self, text: str) -> None:
        """Takes a whole page."""
        self.feed(text)
        self.close()
        self._flush()
        while self._tables:
            self._end_table()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skip:
            # The end tag of a paragraph or list item may be left out.
            if self._skip in ("p", "li", "td", "th") and tag in _BLOCKS:
                self._skip = ""
            else:
                self._skip_depth += tag == self._skip
                return
        values = {key: value or "" for key, value in attrs}
        if tag == "meta":
            self._meta(values)
        elif tag == "script" and values.get("type") == "application/ld+json":
            self._grab = "json"
        elif tag == "title":
            self._flush()
            self._grab = "title"
        elif tag in _SKIPPED or (tag not in _VOID and self._hidden(values) and tag not in ("html", "body")):
            if tag in _BLOCKS:
                self._flush()
            self._skip, self._skip_depth = tag, 1
        elif tag == "br":
            self._text.append("\v")
        elif tag == "sup":
            self._sup = len(self._text)
        elif tag in _BLOCKS:
            self._start_block(tag, values)
        if tag == "time" and ("pubdate" in values or values.get("itemprop") == "datePublished"):
            self._dated(values.get("datetime", ""))

    @staticmethod
    def _hidden(values: dict[str, str]) -> bool:
        return "hidden" in values or bool(_HIDDEN.search(values.get("style", "")))

    def _start_block(self, tag: str, values: dict[str, str]) -> None:
        cell = bool(self._tables) and self._tables[-1].open
        if cell and tag not in ("td", "th", "tr", "table", "thead", "tbody", "tfoot", "caption"):
            self._text.append(" ")
            return
        self._flush()
        if tag[0] == "h" and tag[1:].isdigit():
            self._heading = int(tag[1])
        elif tag in ("ul", "ol"):
            start = values.get("start", "")
            self._lists.append([tag == "ol", int(start) if start.isdigit() and len(start) < 6 else 1])
        elif tag == "li":
            self._item = True
        elif tag == "pre":
            self._pre += 1
        elif tag == "table":
            self._tables.append(_Table())
        elif self._tables and tag in ("tr", "td", "th"):
            self._tables[-1].start(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skip:
            if tag == self._skip:
                self._skip_depth -= 1
                if self._skip_depth == 0:
                    self._skip = ""
            return
        if self._grab and tag in ("title", "script"):
            self._end_grab()
        elif tag == "sup" and self._sup is not None:
            mark = "".join(self._text[self._sup :])
            if mark.strip().isdigit() and self._sup > 0:
                self._text[self._sup :] = [f"[{mark.strip()}]"]
            self._sup = None
        elif tag in _BLOCKS:
            self._end_block(tag)

    def _end_block(self, tag: str) -> None:
        cell = bool(self._tables) and self._tables[-1].open
        if cell and tag not in ("td", "th", "tr", "table"):
            self._text.append(" ")
            return
        self._flush()
        if tag[0] == "h" and tag[1:].isdigit():
            self._heading = 0
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._item = False
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag == "table" and self._tables:
            self._end_table()

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self._text.append(data.replace("\v", " "))

    def _meta(self, values: dict[str, str]) -> None:
        name = values.get("property") or values.get("name") or values.get("itemprop") or ""
        content = values.get("content", "")
        if name.lower() in ("og:title", "dc.title", "dcterms.title", "citation_title"):
            self._titles.setdefault("meta", one_line(content))
        elif _PUBLISHED.fullmatch(name):
            self._dated(content)

    def _dated(self, stated: str) -> None:
        if self.date is None and re.match(r"\d{4}-\d\d", stated):
            self.date = stated

    def _end_grab(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if self._grab == "title":
            self._titles.setdefault("title", one_line(text))
        else:
            try:
                found = re.search(r'"datePublished"\s*:\s*("[^"]{4,40}")', text)
                self._dated(str(json.loads(found[1])) if found else "")
            except ValueError:
                pass
        self._grab = None

    def _flush(self) -> None:
        """Ends the block that is open."""
        if self._grab:
            self._end_grab()
        text = "".join(self._text)
        self._text.clear()
        self._sup = None
        if self._tables and self._tables[-1].open:
            self._tables[-1].add(text)
            return
        if not text.strip():
            return
        if self._pre:
            self.outline.code(text.replace("\v", "\n"))
        elif self._heading:
            if self._heading == 1:
                self._titles.setdefault("h1", one_line(text))
            self.outline.heading(self._heading, text)
        elif self._item and self._lists:
            ordered, number = self._lists[-1]
            self.outline.item(text, len(self._lists) - 1, f"{number}." if ordered else "-")
            self._lists[-1][1] = int(str(number)) + 1
            self._item = False
        else:
            self.outline.paragraph("\n".join(one_line(line) for line in text.split("\v")))

    def _end_table(self) -> None:
        table = self._tables.pop()
        rows = [cells for cells, _ in table.rows if any(cell.strip() for cell in cells)]
        heads = [head for cells, head in table.rows if any(cell.strip() for cell in cells)]
        if self._tables and self._tables[-1].open:
            self._text.append(" ".join(" ".join(row) for row in rows))
        elif rows and max(len(row) for row in rows) > 1:
            headed = heads[0] and len(rows) > 1 and len(rows[0]) > 1
            self.outline.table(rows[1:] if headed else rows, rows[0] if headed else None)
        else:
            for row in rows:
                self.outline.paragraph(row[0])


class _Table:
    """Rows of cells, each row with whether all of its cells are header cells."""

    def __init__(self) -> None:
        self.rows: list[tuple[list[str], bool]] = []
        self.open = False

    def start(self, tag: str) -> None:
        if tag == "tr" or not self.rows:
            self.rows.append(([], True))
            self.open = False
        if tag != "tr":
            cells, head = self.rows[-1]
            cells.append("")
            self.rows[-1] = (cells, head and tag == "th")
            self.open = True

    def add(self, text: str) -> None:
        self.rows[-1][0][-1] += text
        self.open = False
