"""Dates as documents write them."""

from __future__ import annotations

import pytest

from index.dates import find_dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tokyo, Wednesday, 13 November 2024.", ["2024-11-13"]),
        ("Published on: 2026-01-30", ["2026-01-30"]),
        ("2024-03-05T10:00:00Z", ["2024-03-05"]),
        ("March 3rd, 2021", ["2021-03-03"]),
        ("on the 5th of May, 1999", ["1999-05-05"]),
        ("13. November 2024", ["2024-11-13"]),
        ("le 1er mars 2020", ["2020-03-01"]),
        ("3 de marzo de 2021", ["2021-03-03"]),
        ("Tue, 5 Mar 2024 10:00:00 +0100", ["2024-03-05"]),
        ("May 2020", ["2020-05"]),
        ("31/12/2024", ["2024-12-31"]),
        ("11.11.2024", ["2024-11-11"]),
        ("2024年11月13日", ["2024-11-13"]),
        ("令和8年1月28日", ["2026-01-28"]),
        ("平成元年1月", ["1989-01"]),
        ("from 12-15 November 2024 on", ["2024-11-12"]),
        ("1 May 2020 and 2 June 2021", ["2020-05-01", "2021-06-02"]),
        ("03/04/2024", []),
        ("30 February 2024", ["2024-02"]),
        ("2024-13-01", []),
        ("12024年3月", []),
        ("20240305", []),
        ("you may 5 times 2020", []),
        ("", []),
    ],
)
def test_find_dates(text: str, expected: list[str]) -> None:
    assert [date.iso for date in find_dates(text)] == expected


def test_a_date_without_a_year_has_no_iso_form_but_matches() -> None:
    day, full = find_dates("11 November")[0], find_dates("11 November 2024")[0]
    assert day.iso is None and day.matches(full) and full.matches(day)
    assert not find_dates("12 November")[0].matches(full)
    assert find_dates("1月26日")[0].day == 26


def test_a_range_matches_its_days() -> None:
    days = find_dates("12-15 November 2024")[0]
    assert (days.day, days.last) == (12, 15)
    assert days.matches(find_dates("14 November 2024")[0])
    assert not days.matches(find_dates("16 November 2024")[0])


def test_places_are_exact_and_many_dates_are_quick() -> None:
    text = "😀 on 11 May 2024, then " * 20_000
    found = find_dates(text)
    assert len(found) == 20_000
    assert all(text[date.start : date.end] == "11 May 2024" for date in found)
