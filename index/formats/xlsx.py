"""Spreadsheets (XLSX): a heading for each sheet, and each row with its columns' names. Values as last calculated.

With openpyxl (MIT), which knows number formats and dates; hidden sheets are left out.
"""

from __future__ import annotations

import datetime
import io
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from index.errors import LoadError
from index.formats import Extracted
from index.formats.outline import Outline
from index.formats.package import Package, properties
from index.formats.table import add_named

_MOST_ROWS = 200_000
_EMPTY_ROWS = 1_000
"""Rows without a value after which a sheet is over: some say that they have a million."""


def read(package: Package) -> Extracted:
    """An XLSX file's text."""
    import openpyxl  # type: ignore[import-untyped]

    package.check()
    outline = Outline()
    try:
        book = openpyxl.load_workbook(io.BytesIO(package.data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()
            rows = _rows(sheet.iter_rows(), outline)
            if rows and (
                len(book.worksheets) > 1 or not sheet.title.lower().startswith(("sheet", "tabelle", "blad", "feuil"))
            ):
                outline.heading(2, sheet.title)
            while rows and len(rows[0]) > 1 and sum(bool(cell) for cell in rows[0]) == 1 and len(rows) > 1:
                outline.paragraph(next(filter(None, rows.pop(0))))  # a title above the table
            add_named(rows, outline)
    except MemoryError:
        raise
    except Exception as error:
        raise LoadError(f"damaged: it does not open as a spreadsheet ({error})"[:160]) from None
    core = properties(package, "docProps/core.xml")
    return outline.extracted(core.get("title"), made=core.get("created"))


def _rows(cells: Iterable[Sequence[Any]], outline: Outline) -> list[list[str]]:
    rows: list[list[str]] = []
    empty = 0
    for row in itertools.islice(cells, 10 * _MOST_ROWS):
        told = [_told(cell) for cell in row]
        empty = 0 if any(told) else empty + 1
        if empty > _EMPTY_ROWS:
            break
        if any(told):
            rows.append(told)
        if len(rows) >= _MOST_ROWS:
            outline.warnings.append(f"only the first {_MOST_ROWS:,} rows of a sheet were read")
            break
    widest = max((at + 1 for row in rows for at, cell in enumerate(row) if cell), default=0)
    return [(row + [""] * widest)[:widest] for row in rows]


def _told(cell: Any) -> str:
    """A value as the sheet shows it, as far as that can be told without drawing it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return f"{value * 100:.10g} %"
        return f"{value:.15g}" if abs(value) < 1e15 else str(value)
    return str(value)
