"""E-books (EPUB): the chapters in reading order, each as the web page that it is."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from index.errors import LoadError
from index.formats import Extracted
from index.formats.html import PageReader, decode_page
from index.formats.outline import Outline
from index.formats.package import Package, local, properties


def read(package: Package) -> Extracted:
    """An EPUB file's text."""
    container = package.xml("META-INF/container.xml")
    rootfile = next((element for element in container.iter() if local(element) == "rootfile"), None)
    opf = rootfile.get("full-path", "") if rootfile is not None else ""
    root = package.xml(opf)
    folder = posixpath.dirname(opf)
    pages = {
        item.get("id", ""): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in root.iter()
        if local(item) == "item" and "html" in item.get("media-type", "") and "nav" not in item.get("properties", "")
    }
    spine = [
        pages[i] for element in root.iter() if local(element) == "itemref" and (i := element.get("idref", "")) in pages
    ]
    locked = package.maybe_xml("META-INF/encryption.xml")
    if locked is not None and {element.get("URI") for element in locked.iter()} & set(spine):
        raise LoadError("encrypted (copy protection)")
    outline = Outline()
    for name in spine:
        if name in package and not outline.full:
            PageReader(outline).read(decode_page(package.read(name)))
    meta = properties(package, opf)
    return outline.extracted(meta.get("title"), date=meta.get("date"))
