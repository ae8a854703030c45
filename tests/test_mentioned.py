"""Whether documents mention something is told by the first place in each that does, or by a document's title."""

from __future__ import annotations

import pytest
from fakes import TextSources

from qa import mentioned
from qa.extractive import answer

SPRING = """Third Harvest Summit Opens In Ghent
Ghent, 4 May 2021.
The summit heard Ada Brook, minister of the Farmers Trade Union (FTU). Later Ada Brook left.

# Grain Storage

Carl Stone told the summit of prices.
"""
AUTUMN = """Fourth Harvest Summit Report
Published on: 2022-10-09
The summit met in Lyon. Carl Stone spoke of prices for the FTU.
"""


@pytest.fixture
def sources() -> TextSources:
    return TextSources(spring=SPRING, autumn=AUTUMN)


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("Is Carl Stone mentioned?", ["autumn.txt", "spring.txt"]),
        ("Is Carl Stone mentioned in both reports?", ["autumn.txt", "spring.txt"]),
        ("Did Stone appear in both?", ["autumn.txt", "spring.txt"]),
        ("Is Ada Brook named in the 2021 report?", ["spring.txt"]),
        ("Is there any mention of Ada Brook?", ["spring.txt"]),
        ("Does the first report mention Ada Brook?", ["spring.txt"]),
        ("Does the oldest document mention Ada Brook?", ["spring.txt"]),
        ("Is Carl Stone in the Ghent article as well?", ["spring.txt"]),
        ("Is Carl Stone in the report on the fourth summit?", ["autumn.txt"]),
        ("Does either document mention prices?", ["autumn.txt", "spring.txt"]),
        ("Is the Farmers Trade Union mentioned in the 2022 report?", ["autumn.txt"]),
        ("Is grain storage mentioned?", ["spring.txt"]),
        ("Does the 2021 report contain prices?", ["spring.txt"]),
        ("Are there prices in the 2022 report?", ["autumn.txt"]),
    ],
)
def test_each_document_s_first_mention_is_given(sources: TextSources, question: str, documents: list[str]) -> None:
    draft = mentioned.answer(question, sources, sources.retrieve(question, 30))
    assert draft is not None and draft.status == "answered"
    assert sorted(citation.document for citation in draft.citations) == documents
    assert draft.notice is None
    for citation in draft.citations:
        assert citation.quote in (SPRING if citation.document == "spring.txt" else AUTUMN)


def test_the_first_mention_is_the_one_given_with_its_words_marked(sources: TextSources) -> None:
    draft = answer("Is Ada Brook mentioned?", sources, 5)
    (sentence,) = draft.sentences
    assert sentence.text.startswith("The summit heard Ada Brook")
    assert [sentence.text[slice(*span)] for span in sentence.highlights] == ["Ada Brook"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Is Ada Brook in the 2022 report?", "“Fourth Harvest Summit Report” does not mention Ada Brook."),
        ("Does the second report mention Ghent?", "“Fourth Harvest Summit Report” does not mention Ghent."),
        ("Is Norway mentioned?", "The documents do not mention Norway."),
    ],
)
def test_a_name_that_is_not_there_is_refused_by_its_document(sources: TextSources, question: str, said: str) -> None:
    draft = answer(question, sources, 5)
    assert draft.status == "not_found" and draft.text == f"The documents do not say. {said}"


def test_what_only_one_of_both_mentions_is_given_and_said(sources: TextSources) -> None:
    draft = answer("Is Ada Brook mentioned in both reports?", sources, 5)
    assert [citation.document for citation in draft.citations] == ["spring.txt"]
    assert draft.notice == "“Fourth Harvest Summit Report” does not mention Ada Brook."
    draft = answer("Are Ada Brook and Eve Marsh mentioned?", sources, 5)
    assert [citation.document for citation in draft.citations] == ["spring.txt"]
    assert draft.notice == "The documents do not mention Eve Marsh."
    draft = answer("Are Ada Brook and Carl Stone mentioned in the 2022 report?", sources, 5)
    assert [citation.document for citation in draft.citations] == ["autumn.txt"]
    assert draft.notice == "“Fourth Harvest Summit Report” does not mention Ada Brook."


@pytest.mark.parametrize(
    "question",
    [
        "Does the report mention who came?",
        "Is there anything in the report?",
        "Are wages mentioned in the documents?",  # they may be, in other words
        "Was the summit in Lyon?",
        "Is Carl Stone in the unknown memo?",
        "Is Carl Stone in the 1999 report?",
        "Who is mentioned?",
        "Is the the in both?",
        "Are and mentioned?",
        "Does it mention it?",
        f"Is {'the harvest ' * 20}mentioned?",
    ],
)
def test_other_questions_are_left_to_others(sources: TextSources, question: str) -> None:
    assert mentioned.answer(question, sources, sources.retrieve(question, 30)) is None


def test_a_document_not_at_hand_of_many_is_sought_by_retrieval() -> None:
    many = {f"note{number}": f"Note {number}\n\nNothing of it.\n" for number in range(15)}
    sources = TextSources(spring=SPRING, **many)
    draft = mentioned.answer("Do the documents mention Ada Brook?", sources, ())
    assert draft is not None and [citation.document for citation in draft.citations] == ["spring.txt"]


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("Find all mentions of Carl Stone", 2),
        ("How often is Carl Stone mentioned?", 2),
        ("How many times does Ada Brook appear in the 2021 report?", 2),
        ("count the mentions of prices in the 2022 report", 1),
    ],
)
def test_every_place_is_given_with_how_many_there_are(sources: TextSources, question: str, places: int) -> None:
    draft = answer(question, sources, 5)
    assert len(draft.citations) == places
    assert (draft.notice or "").startswith("One place" if places == 1 else f"{places} places")


def test_what_is_mentioned_nowhere_is_refused(sources: TextSources) -> None:
    assert answer("How often is Denmark mentioned?", sources, 5).status == "not_found"
