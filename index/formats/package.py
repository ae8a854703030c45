"""Zip archives that are documents: opened within limits, told apart by what is in them. XML without entities."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from index.errors import LoadError
from index.formats import MOST_UNZIPPED, Extracted

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MOST_PARTS = 20_000


class Package:
    """An archive's parts by name. What is read is counted: a few kilobytes can unpack to gigabytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if not data.startswith(b"PK"):
            raise LoadError("its content is not what its name says")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise LoadError("damaged or cut off: it does not open as an archive") from None
        infos = self._zip.infolist()
        if len(infos) > _MOST_PARTS:
            raise LoadError(f"an archive of more than {_MOST_PARTS:,} parts")
        self._infos = {info.filename.replace("\\", "/").lstrip("/"): info for info in infos}
        self._unpacked = 0

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def check(self) -> None:
        """Counts everything at once, for a reader that opens the archive itself."""
        for info in self._infos.values():
            self._count(info)

    def _count(self, info: zipfile.ZipInfo) -> None:
        self._unpacked += info.file_size
        if self._unpacked > MOST_UNZIPPED:
            raise LoadError(f"unpacks to more than {MOST_UNZIPPED // 2**20} MB")
        if info.flag_bits & 1:
            raise LoadError("encrypted with a password")

    def read(self, name: str) -> bytes:
        """A part's bytes; never more than it declares to have.

        Raises:
            LoadError: there is no such part, it is damaged, encrypted or too large.
        """
        info = self._infos.get(name)
        if info is None:
            raise LoadError(f"damaged: the part {name} is missing")
        self._count(info)
        try:
            with self._zip.open(info) as part:
                return part.read(info.file_size + 1)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
            raise LoadError(f"damaged or cut off ({str(error) or 'unreadable part'})"[:120]) from None
        except Exception as error:
            if type(error).__module__ in ("zlib", "lzma"):
                raise LoadError("damaged or cut off") from None
            raise

    def xml(self, name: str) -> Element:
        """A part's root element."""
        return parse_xml(self.read(name), name)

    def maybe_xml(self, name: str) -> Element | None:
        """A part's root element, None where there is no such part or it is no XML."""
        try:
            return self.xml(name) if name in self else None
        except LoadError:
            return None


def parse_xml(data: bytes, name: str) -> Element:
    """The root element. Entities of a document's own are refused: a few lines of them can unpack to gigabytes.

    Raises:
        LoadError: it is no XML, or declares entities.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

    try:
        root: Element = fromstring(data)
    except ParseError as error:
        raise LoadError(f"damaged: {name} is not valid XML ({error})"[:160]) from None
    except DefusedXmlException:
        raise LoadError(f"refused: {name} declares XML entities") from None
    except (ValueError, LookupError):
        raise LoadError(f"damaged: {name} is in an unknown encoding") from None
    return root


def local(element: Element) -> str:
    """The element's name without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its name without namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return None


def descend(element: Element, *skipped: str) -> Iterator[Element]:
    """The element and all below it in order, but nothing of those named. Not recursive: nesting may be deep."""
    pending = [element]
    while pending:
        found = pending.pop()
        if local(found) in skipped:
            continue
        yield found
        pending.extend(reversed(found))


def properties(package: Package, name: str) -> dict[str, str]:
    """The texts of a part of metadata by element name: `title`, `created`, …"""
    root = package.maybe_xml(name)
    found: dict[str, str] = {}
    for element in root.iter() if root is not None else ():
        if element.text and element.text.strip():
            found.setdefault(local(element), element.text.strip())
    return found


def read(data: bytes) -> Extracted:
    """Tells by an archive's parts which document it is, and reads it."""
    package = Package(data)
    if "word/document.xml" in package:
        kind = "docx"
    elif "ppt/presentation.xml" in package:
        kind = "pptx"
    elif "xl/workbook.xml" in package:
        kind = "xlsx"
    elif "META-INF/container.xml" in package:
        kind = "epub"
    elif "content.xml" in package:
        kind = "odt"
    else:
        raise LoadError("an archive, not a document: unpack it")
    extracted: Extracted = import_module(f"index.formats.{kind}").read(package)
    return extracted
