"""OpenDocument text (ODT): headings, lists, tables, footnotes; tracked deletions left out."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from index.errors import LoadError
from index.formats import Extracted
from index.formats.docx import add_table
from index.formats.outline import Outline, one_line
from index.formats.package import Package, attribute, descend, local, properties

_SKIPPED = ("tracked-changes", "annotation", "note-body", "forms")


def read(package: Package) -> Extracted:
    """An ODT file's text."""
    manifest = package.maybe_xml("META-INF/manifest.xml")
    if manifest is not None and any(local(element) == "encryption-data" for element in manifest.iter()):
        raise LoadError("encrypted with a password")
    root = package.xml("content.xml")
    body = next((element for element in root.iter() if local(element) == "text"), None)
    if body is None:
        raise LoadError("an OpenDocument file that is no text: save it as .xlsx or .pptx")
    outline = Outline()
    _blocks(body, outline)
    for note in (element for element in body.iter() if local(element) == "note"):
        number = next((one_line(_text(part)) for part in note if local(part) == "note-citation"), "")
        text = " ".join(_text(p) for part in note if local(part) == "note-body" for p in part)
        outline.paragraph(f"[^{number}]: {one_line(text)}" if text.strip() else "")
    meta = properties(package, "meta.xml")
    return outline.extracted(meta.get("title"), made=meta.get("creation-date") or meta.get("date"))


def _blocks(body: Element, outline: Outline) -> None:
    """Walks the body with the depth of lists; not recursive, since nesting may be deep."""
    pending = [(iter(body), -1)]
    while pending:
        children, depth = pending[-1]
        element = next(children, None)
        if element is None:
            pending.pop()
            continue
        name = local(element)
        if name == "h":
            level = attribute(element, "outline-level") or "1"
            outline.heading(int(level) if level.isdigit() else 1, _text(element))
        elif name == "p" and depth >= 0:
            outline.item(_text(element), depth)
        elif name == "p":
            outline.paragraph(_text(element))
        elif name == "table":
            add_table(_rows(element), outline)
        elif name not in _SKIPPED:
            pending.append((iter(element), depth + (name == "list")))


def _rows(table: Element) -> list[list[str]]:
    return [
        [
            " ".join(_text(part) for part in descend(cell) if local(part) in ("p", "h"))
            for cell in row
            if local(cell) == "table-cell"
        ]
        for row in _table_rows(table)
    ]


def _table_rows(table: Element) -> Iterator[Element]:
    """The rows of a table, in groups or not; a table inside a cell is text of that cell."""
    pending = list(reversed(table))
    while pending:
        found = pending.pop()
        if local(found) == "table-row":
            yield found
        elif local(found) in ("table-header-rows", "table-rows", "table-row-group"):
            pending.extend(reversed(found))


def _text(element: Element) -> str:
    """The characters of a paragraph: its own, its spans', white space that is written as elements."""
    parts: list[str] = []
    pending: list[Element | str] = [element]
    while pending:
        found = pending.pop()
        if isinstance(found, str):
            parts.append(found)
            continue
        name = local(found)
        if name in _SKIPPED:
            continue
        if name == "note-citation" and found is not element:
            parts.append(f"[^{one_line(found.text or '')}]")
            continue
        parts.append({"tab": " ", "s": " ", "line-break": "\n"}.get(name, ""))
        parts.append(found.text or "")
        for child in reversed(found):
            if child.tail:
                pending.append(child.tail)
            pending.append(child)
    return "".join(parts)
