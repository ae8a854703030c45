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
from qa.unsaid import leaves_unsaid, tells_of_no_such_deed


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
        ("How much does the sauna in Lindenhof cost?", "A wash costs €1.80.", True),
        ("How much did the meeting cost?", "The project costs 85 million.", True),
        ("How much did the bridge cost?", "The final cost was £93,100.", False),
        ("How much did the bridge cost?", "It cost £93,100.", False),
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


@pytest.mark.parametrize(
    ("question", "text", "left_out"),
    [
        ("On what day did the board meet?", "The board met in March 2025.", True),
        ("On what day did the board meet?", "The board met on 4 March 2025.", False),
        ("What time does sports day start?", "27 June: Sports day, playing field", True),
        ("What time does sports day start?", "Sports day starts at 9:30.", False),
        ("What are the visiting hours?", "Call the ward at once.", True),
        ("Who won the third round?", "They held the third round in Ghent.", True),
        ("Who won the third round?", "The jury chose Ada Brook.", False),
        ("Who is the secretary of the club?", "The place of the secretary falls vacant.", True),
        ("Who is the secretary of the club?", "Its secretary is Ada Brook.", False),
        ("Which ship cut the cable?", "The cable was cut on 18 December.", True),
        ("Which ship cut the cable?", "The cable was cut by the Tern.", False),
        ("What did Ada Brook say about nuclear power?", "Ada Brook is right to say that we need tables.", True),
        ("What is the fee for the music room?", "A fee of £8 is charged for each outing.", True),
    ],
)
def test_what_is_left_unsaid(question: str, text: str, left_out: bool) -> None:
    assert leaves_unsaid(parse(question), text, text) is left_out


@pytest.mark.parametrize(
    ("question", "around", "untold"),
    [
        ("When was the dam privatised?", "The dam was built between 1956 and 1963.", True),
        ("When was the dam repaired?", "The repair of the dam took until 1963.", False),
        ("Where did Ada Brook study?", "Ada Brook chaired the meeting in Ghent.", True),
        ("Why did Ada Brook turn down the prize?", "She refused it, as it was too small.", False),
        ("Why did Finland leave the group?", "Finland signed because the terms were good.", True),
    ],
)
def test_a_deed_that_nothing_around_tells_of(question: str, around: str, untold: bool) -> None:
    assert tells_of_no_such_deed(parse(question), around) is untold


def test_rows_of_another_year_or_kind() -> None:
    sales = (
        "Sales\n\n| Company | Revenue 2022 | Revenue 2023 | Margin 2023 |\n|---|---|---|---|\n"
        "| Norrbike | 254 | 262 | 7.5% |\n| Velotek | 812 | 798 | 4.1% |\n"
    )
    limits = (
        "Limits\n\n| Item | Limit |\n|---|---|\n| Dinner when travelling | £28 |\n| Lunch when travelling | £12 |\n"
    )
    sources = TextSources(sales=sales, limits=limits)
    assert "7.5%" in answer("What was the margin of Norrbike in 2023?", sources, 5).text
    assert answer("What was the margin of Norrbike in 2022?", sources, 5).status == "not_found"
    assert answer("What is the limit for breakfast when travelling?", sources, 5).status == "not_found"
    assert "£12" in answer("What is the limit for lunch when travelling?", sources, 5).text
