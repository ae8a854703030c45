"""Tables as text (CSV, TSV): each row with its columns' names, so that it says what it means when quoted alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from index.encoding import decode
from index.errors import LoadError
from index.formats import Extracted
from index.formats.outline import Outline

_NUMBER = re.compile(r"[-+]?[\d.,\s%€$£]+")
_LONGEST_CELL = 1 << 20


def read(data: bytes) -> Extracted:
    """The rows of a CSV or TSV file."""
    text, guess = decode(data)
    text = text.removeprefix("\ufeff")
    csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text)) if any(row)]
    except csv.Error as error:
        raise LoadError(f"not a table that can be read ({error})") from None
    outline = Outline()
    add_named(rows, outline)
    if guess:
        outline.warnings.append(f"the encoding was guessed: {guess}")
    return outline.extracted()


def _delimiter(text: str) -> str:
    """The sign that parts the most lines of the beginning into as many cells as the first."""
    lines = [line for line in text[:20_000].splitlines()[:50] if line.strip()]

    def agreement(sign: str) -> tuple[int, int]:
        counts = [
            sum(1 for _ in csv.reader([line], delimiter=sign)) and len(next(csv.reader([line], delimiter=sign)))
            for line in lines
        ]
        alike = sum(count == counts[0] for count in counts) if counts and counts[0] > 1 else 0
        return alike, counts[0] if counts else 0

    return max(",;\t|", key=agreement)


def add_named(rows: Sequence[Sequence[str]], outline: Outline) -> None:
    """A table; its first row is the header where every cell is a name: no number, one empty at most, none twice."""
    if not rows:
        return
    first = [cell.strip() for cell in rows[0]]
    names = [cell for cell in first if cell]
    headed = (
        len(rows) > 1
        and len(names) >= max(1, len(first) - 1)
        and len(set(names)) == len(names)
        and not any(_NUMBER.fullmatch(name) for name in names)
    )
    outline.table(rows[1:] if headed else rows, first if headed else None)
