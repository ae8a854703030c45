"""Questions that the rows of a table answer together."""

from __future__ import annotations

import pytest
from fakes import TextSources

from qa.extractive import answer

TABLES = """Harbour Museum Report

Visitors and staff

The museum was open on 310 days.

| Year | Visitors | School groups | Income (EUR) |
|---|---|---|---|
| 2021 | 12,400 | 40 | 88,000 |
| 2022 | 31,900 | 112 | 201,500 |
| 2023 | 36,250 | 98 | 222,000 |
| Total | 80,550 | 250 | 511,500 |

Pumps

Three pumps were compared.

| Property | Aqua 3 | Blue Jet | Calmo |
|---|---|---|---|
| Price per unit | 640 euros | 890 euros | 415 euros |
| Weight | 4 kg | 6.5 kg | 3 kg |
| Battery life | 36 months | 14 months | 24 months |
| Flow | 30 to 40 l | 42 l | 28 l |

Actions

| No. | Action | Owner | Deadline |
|---|---|---|---|
| A1 | Sign the contract | Ada Brook | 31 May |
| A2 | Ask for three quotations | Carl Stone | 21 June |
| A3 | Draw the plan | Ada Brook | 14 July |
| A4 | Paint the boat | Edda Flint | 2 August |
"""


@pytest.fixture(scope="module")
def sources() -> TextSources:
    return TextSources(report=TABLES)


@pytest.mark.parametrize(
    ("question", "row", "marked"),
    [
        ("Which year had the most visitors?", "| 2023 |", "2023"),
        ("Which year had the fewest school groups?", "| 2021 |", "2021"),
        ("When was the income highest?", "| 2023 |", "2023"),
        ("What was the lowest income?", "| 2021 |", "88,000"),
        ("Which pump is the cheapest?", "| Price", "415 euros"),
        ("which pump is the most expensive to buy?", "| Price", "890 euros"),
        ("Which pump is the lightest?", "| Weight", "3 kg"),
        ("Which pump has the longest battery life?", "| Battery", "36 months"),
        ("How much does the cheapest pump cost?", "| Price", "415 euros"),
    ],
)
def test_the_most_or_the_least_is_found_by_comparing(
    sources: TextSources, question: str, row: str, marked: str
) -> None:
    found = answer(question, sources, 5)
    said = found.sentences[-1]
    assert said.text.startswith(row) and len(found.sentences) == 2
    assert marked in [said.text[slice(*span)] for span in said.highlights]
    assert "comparing" in (found.notice or "")


@pytest.mark.parametrize(
    "question",
    [
        "Which year had the most volunteers?",
        "Which pump is the loudest?",
        "Which pump has the highest flow?",  # one of them has a range
        "Which year had the most visitors from Denmark?",
        "Did 2023 have the most visitors?",
    ],
)
def test_what_the_table_does_not_tell_is_not_compared(sources: TextSources, question: str) -> None:
    assert "comparing" not in (answer(question, sources, 5).notice or "")


def test_a_tie_is_given_as_one() -> None:
    table = "Boats\n\n| Boat | Seats |\n|---|---|\n| Tern | 40 |\n| Heron | 60 |\n| Gull | 60 |\n"
    found = answer("Which boat has the most seats?", TextSources(boats=table), 5)
    assert [sentence.text.split(" | ")[0] for sentence in found.sentences] == ["| Boat", "| Heron", "| Gull"]


def test_figures_of_two_units_are_not_compared() -> None:
    table = "Boats\n\n| Boat | Length |\n|---|---|\n| Tern | 40 ft |\n| Heron | 12 m |\n| Gull | 30 ft |\n"
    assert "comparing" not in (answer("Which boat is the longest?", TextSources(boats=table), 5).notice or "")


def test_all_rows_that_have_what_is_named(sources: TextSources) -> None:
    found = answer("What are Ada Brook's actions?", sources, 5)
    assert [sentence.text.split(" | ")[0] for sentence in found.sentences] == ["| No.", "| A1", "| A3"]
    assert "A2" not in answer("Which actions of Ada Brook are there?", sources, 5).text


PORTS = """Ports

| Port | Country | Own tug | Days closed |
|---|---|---|---|
| Quarrin | Estmark | yes | 12 |
| Norrby | Estmark | no | 31 |
| Little Haven | Caldoria | yes | 4 |
| Santa Brisa | Caldoria | yes | 0 |
"""


def test_a_column_of_yes_and_no_decides_which_rows_are_meant() -> None:
    ports = TextSources(ports=PORTS)
    found = answer("Which ports of Caldoria are there?", ports, 5)
    assert "Little Haven" in found.text and "Santa Brisa" in found.text and "Norrby" not in found.text
    found = answer("Which ports of Estmark have a tug of their own?", ports, 5)
    assert "Norrby" not in found.text


def test_of_a_table_that_is_too_long_nothing_is_compared() -> None:
    rows = "".join(f"| B{n} | {n} |\n" for n in range(1100))
    found = answer(
        "Which boat has the most seats?", TextSources(boats=f"Boats\n\n| Boat | Seats |\n|---|---|\n{rows}"), 5
    )
    assert "comparing" not in (found.notice or "")
