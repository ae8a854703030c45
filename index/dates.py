"""Dates as documents write them → ISO 8601. Pure.

Day, month and year in the orders that English, ISO and East Asian text use, and month names of a few European
languages. All-numeric dates are read only where they are unambiguous (`13/11/2024` is, `03/04/2024` is not): a
date guessed wrong is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = {
    1: "january jan januari janvier januar enero gennaio janeiro",
    2: "february feb februari février fevrier februar febrero febbraio fevereiro",
    3: "march mar maart mars märz maerz marzo março marco",
    4: "april apr avril abril aprile",
    5: "may mei mai mayo maggio maio",
    6: "june jun juni juin junio giugno junho",
    7: "july jul juli juillet julio luglio julho",
    8: "august aug augustus août aout agosto",
    9: "september sep sept septembre septiembre settembre setembro",
    10: "october oct oktober octobre octubre ottobre outubro okt",
    11: "november nov novembre noviembre novembro",
    12: "december dec december décembre decembre dezember diciembre dicembre dezembro dez",
}
MONTH_NUMBERS = {name: number for number, names in _MONTHS.items() for name in names.split()}

_MONTH = "(?P<month>" + "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|\.)?"
_YEAR = r"(?P<year>(?:1[0-9]|20|21)\d\d)"
_LAST = r"(?:\s?(?:[-–—]|to|and|until)\s?(?P<last>\d{1,2})(?:st|nd|rd|th|\.)?)?"

_PATTERNS = (
    *tuple(
        re.compile(rf"(?<![\w.,/-])(?:{pattern})(?![\w/])", re.IGNORECASE)
        for pattern in (
            rf"{_YEAR}-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?:T\d{{2}}:\d{{2}}[\d:.]*(?:Z|[+-]\d{{2}}:?\d{{2}})?)?",
            rf"{_YEAR}/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})",
            rf"{_DAY}{_LAST}\s+(?:of\s+|de\s+)?{_MONTH},?\s+(?:de\s+)?{_YEAR}",
            rf"{_MONTH}\s+{_DAY}{_LAST},?\s+{_YEAR}",
            rf"(?P<day>\d{{1,2}})[./-](?P<month>\d{{1,2}})[./-]{_YEAR}",
            rf"{_MONTH},?\s+(?:of\s+|de\s+)?{_YEAR}",
            rf"{_DAY}{_LAST}\s+(?:of\s+|de\s+)?{_MONTH}",
            rf"{_MONTH}\s+{_DAY}{_LAST}",
        )
    ),
    re.compile(
        rf"(?:(?<!\d){_YEAR}|(?P<era>明治|大正|昭和|平成|令和)(?P<era_year>\d{{1,2}}|元))\s?[年년]"
        r"\s?(?:(?P<month>\d{1,2})\s?[月월]\s?(?:(?P<day>\d{1,2})\s?[日일])?)?"
    ),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일]"),
)
_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
"""The year before the first of each Japanese era."""


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date at text[start:end]. `year` is None where the text leaves it out, `month` and `day` likewise; `last` is
    the last day of a range such as 12-15 November."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    last: int | None = None

    @property
    def iso(self) -> str | None:
        """ISO 8601 to the precision that is stated, or None without a year."""
        if self.year is None:
            return None
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
            if self.day is not None:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)

    def matches(self, other: FoundDate) -> bool:
        """True where no stated part contradicts: 11 November matches 11 November 2024, and November 2024 too."""
        for mine, theirs in ((self.year, other.year), (self.month, other.month)):
            if mine is not None and theirs is not None and mine != theirs:
                return False
        if self.day is None or other.day is None:
            return True
        mine_last, their_last = self.last or self.day, other.last or other.day
        return self.day <= their_last and other.day <= mine_last


def find_dates(text: str) -> tuple[FoundDate, ...]:
    """All dates in the text, in order, the longest reading of each place."""
    return tuple(sorted(_find(text), key=lambda date: date.start))


def _find(text: str) -> Iterator[FoundDate]:
    taken = bytearray(len(text))
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]):
                continue
            date = _date(match)
            if date is not None:
                taken[start:end] = b"\1" * (end - start)
                yield date


def _date(match: re.Match[str]) -> FoundDate | None:
    groups = match.groupdict()
    name = unicodedata.normalize("NFC", groups["month"] or "").lower()
    day_first = groups.get("day") is not None and match.start("day") < match.start("month")
    numeric = name.isdigit() and day_first
    month = int(name) if name.isdigit() else MONTH_NUMBERS.get(name)
    day = int(groups["day"]) if groups.get("day") else None
    last = int(groups["last"]) if groups.get("last") else None
    year = int(groups["year"]) if groups.get("year") else None
    if era := groups.get("era"):
        year = _ERAS[era] + (1 if groups["era_year"] == "元" else int(groups["era_year"]))
    if numeric and day is not None and month is not None:
        if month > 12 >= day:
            day, month = month, day
        elif day <= 12 and day != month:
            return None
    if month is not None and not 1 <= month <= 12:
        return None
    if day is not None and not 1 <= day <= (_DAYS[month] if month else 31):
        return None
    if last is not None and (day is None or not day <= last <= 31):
        last = None
    if name in {"may", "mar", "mars", "march"} and year is None and match["month"].islower():
        return None  # "may 5 people" and "march 3 abreast" are verbs
    return FoundDate(match.start(), match.end(), year, month, day, last)
