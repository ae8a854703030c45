"""Sentences that say what is asked, but of another."""

from __future__ import annotations

import pytest
from fakes import TextSources

from qa.extractive import answer
from qa.misattributed import (
    follows_nobody,
    names_nothing_more,
    of_another_rank,
    of_another_unit,
    of_nothing_so_called,
    of_that_office_elsewhere,
    plainly_to_another,
)
from qa.question import parse


@pytest.mark.parametrize(
    ("question", "text", "another"),
    [
        ("How much will Marevia pay for the buoys?", "Tolland will pay 2 million crowns for the buoys.", True),
        ("How much will Marevia pay for the buoys?", "Marevia will pay 2 million crowns.", False),
        ("How much will Marevia pay for the buoys?", "It will pay 2 million crowns.", False),
        ("When did the Bank of Marevia raise its rate?", "The Policy Board raised the rate in May.", False),
        ("Who curated the gallery?", "The gallery, opened in May by the explorer Ada Brook, is new.", True),
        ("Who curated the gallery?", "The gallery was curated by Ada Brook.", False),
        ("Who wrote the song?", "Ada Brook had it in her head for years.", False),
        ("What does exit code 7 mean?", "0: success", True),
        ("What does exit code 7 mean?", "7: no vault", False),
        ("What did Ada Brook die of?", "Her husband died in 1952 of pneumonia.", True),
        ("What did Ada Brook's husband die of?", "Her husband died in 1952 of pneumonia.", False),
        ("When did Ada Brook die?", "She died in 1960, and her son died a year later.", False),
    ],
)
def test_what_is_plainly_said_of_another(question: str, text: str, another: bool) -> None:
    assert plainly_to_another(parse(question), text) is another


@pytest.mark.parametrize(
    ("rule", "question", "text", "another"),
    [
        (of_another_unit, "How long is the ship in metres?", "The ship is 38 years old.", True),
        (of_another_unit, "How long is the ship in metres?", "The ship measures 38 metres.", False),
        (of_another_rank, "Who is the prime minister?", "The Minister of Ports, Ada Brook, spoke.", True),
        (of_another_rank, "Who is the prime minister?", "Prime Minister Ada Brook spoke.", False),
        (of_another_rank, "Who is the vice chair?", "Ada Brook (deputy chair) spoke.", False),
        (of_another_rank, "Who is the head of section's deputy?", "Ada Brook, head of section, spoke.", True),
        (of_that_office_elsewhere, "Who was the captain of the Dawn?", "Captain Ada Brook of the Pilots spoke.", True),
        (of_that_office_elsewhere, "Who was the captain of the Dawn?", "Captain Ada Brook of the Dawn spoke.", False),
        (follows_nobody, "Who succeeded Ada Brook?", "In 1947 she was made director in Aldersgate.", True),
        (follows_nobody, "Who succeeded Ada Brook?", "Carl Stone took over from Ada Brook.", False),
        (names_nothing_more, "What is the name of the man who calls himself Quill?", 'He goes by "Quill".', True),
        (names_nothing_more, "What is the name of the man who calls himself Quill?", "Quill is Carl Stone.", False),
    ],
)
def test_a_rule(rule: object, question: str, text: str, another: bool) -> None:
    assert rule(parse(question), text) is another  # type: ignore[operator]


def test_what_nothing_around_has_a_word_for_is_not_called_so() -> None:
    asked = parse("What was the name of the bakery in the village?")
    assert of_nothing_so_called(asked, "The mill Hallam, founded in 1887, is closed.", "")
    assert not of_nothing_so_called(asked, "The mill Hallam is closed.", "With it the bakery closed.")


def test_an_item_that_is_not_of_what_is_named() -> None:
    text = "Acquisitions\n\n- 86 glass negatives by Albert Moss, bought for £4,200;\n- the tool chest of Jonas Pike.\n"
    found = answer("How much did the tool chest of Jonas Pike cost?", TextSources(museum=text), 5)
    assert "4,200" not in found.text
