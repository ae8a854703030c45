"""Who speaks in a transcript that names speakers by their office alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fakes import TextSources

from qa.extractive import answer
from qa.speakers import unnamed
from qa.types import Evidence

SPEECH = """Harvest speech

THE MAYOR: Good evening. We will build two reservoirs before the summer.

THE CROWD: Two more!

THE MAYOR: I will lower the water fee to 3 euros a month. And my friends, Ada Brook is with us tonight.
"""


def test_a_speaker_whom_the_documents_do_not_name_is_asked_about_by_office_and_name() -> None:
    sources = TextSources(speech=SPEECH, other="Mill\n\nThe mill will build nothing before the summer.\n")
    draft = answer("How many reservoirs does Mayor Joan Lask say that we will build?", sources, 5)
    assert [sentence.text for sentence in draft.sentences] == ["We will build two reservoirs before the summer."]
    assert draft.notice == "The documents do not mention Joan Lask; the Mayor who speaks here is not named in them."


def test_a_possessive_stays_one() -> None:
    found = unnamed("What is Mayor Lask's fee, and what did Lask build?", _evidence(SPEECH), lambda term: 0)
    assert found is not None and found.text == "What is their fee, and what did they build?"
    assert found.paths == {"speech.txt"}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does Mayor Brook promise?", SPEECH),  # somebody else, whom the documents mention
        ("What does Governor Lask promise?", SPEECH),  # no governor speaks
        ("What does the mayor promise?", SPEECH),
        ("What does Mayor Lask promise?", "Notes\n\nMAYOR: to be elected in May.\n"),  # a label, no speaker
        ("What does Mayor Lask promise?", SPEECH.replace("THE MAYOR", "MAYOR HILL")),  # one with a name
    ],
)
def test_nobody_else_is_taken_for_the_speaker(question: str, text: str) -> None:
    sources = TextSources(speech=text)
    assert unnamed(question, sources.retrieve(question, 30), sources.frequency) is None


def _evidence(text: str) -> Sequence[Evidence]:
    return TextSources(speech=text).retrieve("mayor", 30)
