"""Which documents the words of a question mean."""

from __future__ import annotations

import re

import pytest
from fakes import TextSources

from qa import broad
from qa.meant import PHRASE, documents_meant, title
from qa.question import parse


@pytest.fixture
def sources() -> TextSources:
    third, fourth = (f"The {number} summit met for two days, and all farmers came.\n" for number in ("third", "fourth"))
    return TextSources(
        spring=f"Third Harvest Summit Opens In Ghent\nGhent, 4 May 2021.\n{third}",
        autumn=f"Fourth Harvest Summit Status Report\nPublished on: 2022-10-09\n{fourth}",
        graves="Burials\n\nA leaflet of the city.\n\nAnyone who has lived in the city may have a grave in it.\n",
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("both reports", {"spring", "autumn", "graves"}),
        ("any document", {"spring", "autumn", "graves"}),
        ("the documents", {"spring", "autumn", "graves"}),
        ("the 2022 report", {"autumn"}),
        ("the Ghent article", {"spring"}),
        ("the report on the fourth summit", {"autumn"}),
        ("the status report", {"autumn"}),
        ("the leaflet", {"graves"}),
        ("the latest report", {"autumn"}),
        ("the second report", {"autumn"}),
        ("the first article", {"spring"}),
        ("the summit documents", {"spring", "autumn"}),
        ("the fifth report", set()),
        ("the report", {"autumn"}),
        ("the memo", set()),
        ("the 1999 report", set()),
    ],
)
def test_documents_are_called_by_title_date_or_order(sources: TextSources, said: str, meant: set[str]) -> None:
    assert re.fullmatch(PHRASE, said, re.IGNORECASE)
    assert {path.removesuffix(".txt") for path in documents_meant(said, sources)} == meant


def test_the_only_document_is_meant_by_whatever_it_is_called(sources: TextSources) -> None:
    assert documents_meant("the report", TextSources(a="Talks\n\nThey talked.\n")) == ["a.txt"]


def test_of_very_many_documents_those_that_are_found_are_meant(
    sources: TextSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.meant._MOST_READ", 2)
    assert documents_meant("the report on the fourth summit", sources) == ["autumn.txt"]


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("What is the title of the second report?", ["Fourth Harvest Summit Status Report"]),
        ("How is the leaflet called?", ["Burials"]),
        ("What are the titles of the summit documents?", ["Fourth", "Third"]),
        ("What is the title of the mayor?", None),
        ("What is the name of the report's author?", None),
    ],
)
def test_the_title_of_a_document_is_told(sources: TextSources, question: str, titles: list[str] | None) -> None:
    draft = title(parse(question), sources)
    said = [sentence.text for sentence in draft.sentences] if draft else None
    assert said == titles or (said and titles and [text.split()[0] for text in said] == titles)


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Summarise the status report.", "autumn.txt"),
        ("What is the leaflet about?", "graves.txt"),
        ("Give me the key points of the 2021 article", "spring.txt"),
    ],
)
def test_an_overview_is_of_the_document_that_is_meant(sources: TextSources, question: str, document: str) -> None:
    draft = broad.overview(parse(question), sources)
    assert draft is not None and {citation.document for citation in draft.citations} == {document}
