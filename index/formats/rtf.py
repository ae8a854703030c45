"""Rich text (RTF), with striprtf (BSD): paragraphs, tables as rows; title and date from its information group."""

from __future__ import annotations

import re

from index.errors import LoadError
from index.formats import Extracted
from index.formats.docx import add_table
from index.formats.outline import Outline

_TITLE = re.compile(r"\{\\title\s+([^{}]*)\}")
_MADE = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_ROW = re.compile(r"(.*\|)\s*")
_BULLET = re.compile(r"\s*[•·▪◦‣o-]\t\s*")


def read(data: bytes) -> Extracted:
    """An RTF file's text."""
    from striprtf.striprtf import rtf_to_text

    source = data.decode("latin-1")
    if not source.startswith("{\\rtf"):
        raise LoadError("its content is not what its name says")
    if source.rstrip("\0\r\n \t").count("}") < source.count("{\\fonttbl") or not source.rstrip("\0\r\n \t").endswith(
        "}"
    ):
        raise LoadError("damaged or cut off: the RTF does not end")
    text = str(rtf_to_text(source, errors="ignore"))  # type: ignore[no-untyped-call]
    outline = Outline()
    rows: list[list[str]] = []
    for line in text.split("\n"):
        if _ROW.fullmatch(line) and line.count("|") > 1:
            rows.append(line.rstrip().removesuffix("|").split("|"))
            continue
        add_table(rows, outline)
        rows = []
        if bullet := _BULLET.match(line):
            outline.item(line[bullet.end() :])
        else:
            outline.paragraph(line)
    add_table(rows, outline)
    title, made = _TITLE.search(source), _MADE.search(source)
    stated = str(rtf_to_text("{\\rtf1 " + title[1] + "}")).strip() if title else None  # type: ignore[no-untyped-call]
    return outline.extracted(stated or None, made=f"{made[1]}-{int(made[2]):02d}-{int(made[3]):02d}" if made else None)
