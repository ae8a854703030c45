"""Questions about one of several counted occasions, and where and when an event is."""

from __future__ import annotations

import pytest
from fakes import TextSources

from qa.extractive import answer
from qa.occasion import of_another, reported
from qa.question import parse

SECOND = """Second Meeting of the Quay Forum
Port Ellen, 4–5 May 2021

Opening

The meeting was co-chaired by Ada Brook, Director of the Institute, and Carl Stone.
Mara Flint of the University spoke about dredging. She asked for a deeper channel.

Points

- The crane is to be tested by the harbour office before the winter.
- A fund for the repair of sheds was proposed by the tenants of the quay.

Next steps

The third meeting is planned for the spring of 2022 in Ghent.

Speakers

- Ada Brook, Director of the Institute (co-chair)
- Carl Stone, Harbour Office (co-chair)
- Mara Flint, University
"""
THIRD = """Third Meeting of the Quay Forum
Ghent, 7–8 April 2022

Opening

The meeting was co-chaired by Edda Holm, Head of the Office, and Piet Voss.
It was attended by 54 participants, the largest number since the Forum began.
Mara Flint of the University presented the first trial of an electric ferry on the river.

Next steps

The fourth meeting will be held in Port Ellen.

Speakers

- Edda Holm, Head of the Office (co-chair)
- Piet Voss, Ferry Company (co-chair)
- Mara Flint, University
"""
AGENDA = """Workshop on Tides
Agenda

Date: Thursday, 19 September 2024, 09:00–17:30

Venue: Lighthouse Hall, Quarrin

Purpose

The workshop takes stock of the first six months of the tide log. Registration is open until 30 August 2024.
"""


@pytest.fixture(scope="module")
def sources() -> TextSources:
    return TextSources(second=SECOND, third=THIRD, agenda=AGENDA)


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("Where was the 3rd meeting held?", "Ghent, 7–8 April 2022", "Port Ellen"),
        ("When was the second meeting?", "4–5 May 2021", "spring"),
        ("Who co-chaired the 2nd meeting of the Quay Forum?", "Ada Brook", "Edda"),
        ("Who co-chaired the third meeting?", "Edda Holm", "Ada"),
        ("How many participants attended the 3rd meeting?", "54 participants", "second"),
        ("Who attended the second meeting?", "- Mara Flint, University", "Edda"),
        ("When does the workshop take place?", "19 September 2024", "30 August"),
        ("Where is the workshop held?", "Lighthouse Hall", "Ghent"),
    ],
)
def test_what_is_asked_of_one_occasion_is_sought_in_its_report(
    sources: TextSources, question: str, holds: str, lacks: str
) -> None:
    found = answer(question, sources, 5)
    assert found.status == "answered" and holds in found.text and lacks not in found.text


def test_who_was_at_both_is_sought_in_both_reports_alone() -> None:
    found = answer("Who attended both the second and the third meeting?", TextSources(a=SECOND, b=THIRD, c=AGENDA), 5)
    assert {citation.document for citation in found.citations} == {"a.txt", "b.txt"}
    assert all("Mara Flint" in sentence.text for sentence in found.sentences)


def test_occasions_are_compared_by_what_their_reports_are_of(sources: TextSources) -> None:
    topics = answer("How do the 2nd and the 3rd meeting differ in topics?", sources, 5)
    assert {citation.document for citation in topics.citations} == {"second.txt", "third.txt"}
    assert "electric ferry" in topics.text and "The crane is to be tested" in topics.text
    people = answer("How do the 2nd and 3rd meetings differ in participants?", sources, 5)
    assert (
        "Ada Brook" in people.text
        and "Edda Holm" in people.text
        and "ferry" not in people.text.lower().split("mara")[0]
    )


def test_which_documents_report_an_occasion() -> None:
    titles = {"a.md": "Third Meeting of the Forum", "b.md": "Quay notes", "fourth-forum-meeting.md": "Summary"}
    assert reported(parse("Who spoke at the 3rd meeting?"), titles) == {"a.md"}
    assert reported(parse("Who spoke at the fourth meeting?"), titles) == {"fourth-forum-meeting.md"}
    assert reported(parse("How do the 3rd and 4th meetings differ?"), titles) == {"a.md", "fourth-forum-meeting.md"}
    assert not reported(parse("Who spoke at the 5th meeting?"), titles)
    assert not reported(parse("Who spoke at the third seminar?"), titles)


@pytest.mark.parametrize(
    ("question", "text", "another"),
    [
        ("Where was the 4th meeting held?", "The fifth meeting is planned for Brill.", True),
        ("Where was the 4th meeting held?", "The fourth and the fifth meeting were held in Brill.", False),
        ("Where was the 4th meeting held?", "It was held in the third hall.", False),
        ("Who was the first doctor to travel?", "The eleventh doctor was the first to travel.", False),
        ("Where was the meeting held?", "The fifth meeting is planned for Brill.", False),
    ],
)
def test_a_sentence_of_another_occasion(question: str, text: str, another: bool) -> None:
    assert of_another(parse(question), text) is another
