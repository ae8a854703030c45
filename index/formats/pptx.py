"""Presentations (PPTX): a heading and a page for each slide, bullets by depth, tables, speaker's notes."""

from __future__ import annotations

import posixpath
from xml.etree.ElementTree import Element

from index.formats import Extracted
from index.formats.docx import add_table
from index.formats.outline import Outline
from index.formats.package import Package, attribute, descend, local, properties


def read(package: Package) -> Extracted:
    """A PPTX file's text; its pages are the slides."""
    outline = Outline()
    targets = _relations(package, "ppt/presentation.xml")
    for element in package.xml("ppt/presentation.xml").iter():
        if local(element) != "sldId":
            continue
        slide = targets.get(next((v for k, v in element.attrib.items() if k.endswith("}id")), ""), ("", ""))[1]
        outline.page()
        if slide not in package:
            continue
        root = package.xml(slide)
        if attribute(root, "show") == "0":
            continue
        _slide(root, outline)
        for kind, target in _relations(package, slide).values():
            if kind.endswith("/notesSlide") and (notes := package.maybe_xml(target)) is not None:
                _notes(notes, outline)
    core = properties(package, "docProps/core.xml")
    return outline.extracted(core.get("title"), made=core.get("created"))


def _relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """By id: the kind of relation, and the part that it leads to."""
    folder, name = posixpath.split(part)
    root = package.maybe_xml(f"{folder}/_rels/{name}.rels")
    found = {}
    for relation in root if root is not None else ():
        target = relation.get("Target", "")
        place = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[relation.get("Id", "")] = (relation.get("Type", ""), place)
    return found


def _placeholder(shape: Element) -> str | None:
    for element in descend(shape, "txBody"):
        if local(element) == "ph":
            return element.get("type", "body")
    return None


def _shapes(root: Element) -> list[Element]:
    return [element for element in descend(root, "Fallback") if local(element) in ("sp", "graphicFrame")]


def _slide(root: Element, outline: Outline) -> None:
    shapes = _shapes(root)
    titles = [shape for shape in shapes if _placeholder(shape) in ("title", "ctrTitle")]
    for shape in titles:
        outline.heading(2, " ".join(text for text, _, _ in _paragraphs(shape)))
    for shape in shapes:
        kind = _placeholder(shape)
        if shape in titles or kind in ("dt", "ftr", "sldNum", "hdr"):
            continue
        if local(shape) == "graphicFrame":
            rows = [
                [" ".join(text for text, _, _ in _paragraphs(cell)) for cell in row if local(cell) == "tc"]
                for row in shape.iter()
                if local(row) == "tr"
            ]
            add_table(rows, outline)
            continue
        for text, depth, bullet in _paragraphs(shape):
            if bullet or (bullet is None and kind in ("body", "obj")):
                outline.item(text, depth)
            else:
                outline.paragraph(text)


def _notes(root: Element, outline: Outline) -> None:
    for shape in _shapes(root):
        if _placeholder(shape) == "body":
            for text, _, _ in _paragraphs(shape):
                outline.paragraph(text)


def _paragraphs(shape: Element) -> list[tuple[str, int, bool | None]]:
    """(text, depth, whether it has a bullet; None where the layout decides) of each paragraph."""
    found = []
    for paragraph in shape.iter():
        if local(paragraph) != "p":
            continue
        text, depth, bullet = "", 0, None
        for part in paragraph.iter():
            name = local(part)
            if name == "t":
                text += part.text or ""
            elif name == "br":
                text += "\n"
            elif name == "pPr":
                depth = int(part.get("lvl", "0")) if part.get("lvl", "0").isdigit() else 0
            elif name in ("buChar", "buAutoNum", "buBlip"):
                bullet = True
            elif name == "buNone":
                bullet = False
        if text.strip():
            found.append((text, depth, bullet))
    return found
