"""Word files (DOCX): headings by style, lists, tables, footnotes; deleted and hidden text left out.

Read straight from the XML: python-docx gives neither lists nor footnotes in place, and loads lxml for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from index.formats import Extracted
from index.formats.outline import Outline, one_line
from index.formats.package import Package, attribute, descend, local, properties

_SKIPPED = ("del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "tblPr", "sectPr", "sdtPr")
_HEADING = re.compile(r"(?:heading|überschrift|titre|kop|título|titolo|rubrik|otsikko|nagłówek)\s?(\d)", re.IGNORECASE)


def read(package: Package) -> Extracted:
    """A DOCX file's text."""
    body = package.xml("word/document.xml")
    styles = _styles(package.maybe_xml("word/styles.xml"))
    outline = Outline()
    _blocks(body, styles, outline)
    for part in ("footnotes", "endnotes"):
        root = package.maybe_xml(f"word/{part}.xml")
        for note in root if root is not None else ():
            number = attribute(note, "id") or ""
            if attribute(note, "type") is None and number.lstrip("-").isdigit() and int(number) > 0:
                text = one_line(" ".join(_text(paragraph) for paragraph in note.iter() if local(paragraph) == "p"))
                outline.paragraph(f"[^{number}]: {text}" if text else "")
    core = properties(package, "docProps/core.xml")
    return outline.extracted(core.get("title"), made=core.get("created"))


def _styles(root: Element | None) -> dict[str, int]:
    """Heading level by style id; a style takes the level of the one that it is based on."""
    levels: dict[str, int] = {}
    based: dict[str, str] = {}
    for style in root if root is not None else ():
        identity = attribute(style, "styleId") if local(style) == "style" else None
        if identity is None:
            continue
        for part in style.iter():
            name, value = local(part), attribute(part, "val") or ""
            if name == "name" and (match := _HEADING.fullmatch(value)):
                levels[identity] = int(match[1])
            elif name == "name" and value.lower() == "title":
                levels[identity] = 1
            elif name == "outlineLvl" and value.isdigit() and int(value) < 9:
                levels.setdefault(identity, int(value) + 1)
            elif name == "basedOn":
                based[identity] = value
    for identity in based:
        seen, style_id = {identity}, identity
        while style_id not in levels and (parent := based.get(style_id)) and parent not in seen:
            seen.add(parent)
            style_id = parent
        if style_id in levels:
            levels.setdefault(identity, levels[style_id])
    return levels


def _blocks(root: Element, styles: dict[str, int], outline: Outline) -> None:
    pending = [iter(root)]
    while pending:
        element = next(pending[-1], None)
        if element is None:
            pending.pop()
        elif local(element) == "p":
            _paragraph(element, styles, outline)
        elif local(element) == "tbl":
            _table(element, outline)
        elif local(element) not in _SKIPPED:
            pending.append(iter(element))


def _paragraph(paragraph: Element, styles: dict[str, int], outline: Outline) -> None:
    text = _text(paragraph)
    if not text.strip():
        return
    level, depth = 0, -1
    for part in descend(paragraph, "r", "del", "rPr"):
        if local(part) == "pStyle":
            style = attribute(part, "val") or ""
            level = styles.get(style, 0)
            if style.lower().startswith("list"):
                depth = max(depth, 0)
        elif local(part) == "outlineLvl":
            value = attribute(part, "val") or ""
            level = level or (int(value) + 1 if value.isdigit() and int(value) < 9 else 0)
        elif local(part) == "numPr":
            values = {local(child): attribute(child, "val") or "0" for child in part}
            if values.get("numId") != "0":
                depth = int(values["ilvl"]) if values.get("ilvl", "").isdigit() else 0
    if level and len(text) <= 300:
        outline.heading(level, text)
    elif depth >= 0:
        outline.item(text, depth)
    else:
        outline.paragraph(text)


def _text(paragraph: Element) -> str:
    return "".join(_characters(paragraph))


def _characters(paragraph: Element) -> Iterator[str]:
    for run in descend(paragraph, *_SKIPPED):
        name = local(run)
        if name == "r" and any(local(mark) == "vanish" for mark in _run_properties(run)):
            continue
        if name == "r":
            for part in run:
                yield _piece(part)


def _piece(part: Element) -> str:
    name = local(part)
    if name == "t":
        return part.text or ""
    if name in ("footnoteReference", "endnoteReference"):
        return f"[^{attribute(part, 'id')}]"
    return {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}.get(name, "")


def _run_properties(run: Element) -> Iterator[Element]:
    for part in run:
        if local(part) == "rPr":
            yield from part


def _table(table: Element, outline: Outline) -> None:
    add_table([[_cell(cell) for cell in _own(row, "tc")] for row in _own(table, "tr")], outline)


def _own(element: Element, name: str) -> Iterator[Element]:
    """A table's rows or a row's cells, wherever changes or controls wrap them, but not those of tables inside."""
    pending = list(reversed(element))
    while pending:
        found = pending.pop()
        if local(found) == name:
            yield found
        elif local(found) not in ("tbl", "tr", "tc", *_SKIPPED):
            pending.extend(reversed(found))


def _cell(cell: Element) -> str:
    return " ".join(_text(part) for part in descend(cell, *_SKIPPED) if local(part) == "p")


def add_table(rows: list[list[str]], outline: Outline) -> None:
    """A table whose first row is its header, unless that has a gap or the table is only a frame around text."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return
    widest = max(len(row) for row in rows)
    if widest == 1:
        for row in rows:
            outline.paragraph(row[0])
    elif len(rows) > 1 and len(rows[0]) == widest and sum(bool(cell.strip()) for cell in rows[0]) >= widest - 1:
        outline.table(rows[1:], rows[0])
    else:
        outline.table(rows)
