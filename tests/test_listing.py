"""Questions about a list as a whole, and follow-ups about all that an answer gave."""

from __future__ import annotations

import pytest
from fakes import TextSources
from test_conversation import turn

from qa.conversation import standalone
from qa.extractive import answer
from qa.phrases import people
from qa.question import parse
from qa.rank import candidates
from qa.refusal import goes_on_with_the_name
from qa.sorts import Expected, answers_kind

HARBOUR = """Harbour Board Report
Ghent, 4 May 2021.
The harbour board met on 2 May 2021 in Ghent. Ada Brook spoke at the meeting of both boards.

Findings and Outlook
- Storage (2021): The northern shed leaks; repairs cost more than a new roof.
- Dredging: The channel loses nine centimetres of depth a year.
- Danish traffic: Ferries from Denmark call twice as often as before.
- Outlook:
- Good: A second crane is bought.
- Bad: The shed falls in.

Duties and Rights
- Duties: Tenants keep the quay clean.
- Moorings: A mooring may be kept for a year.
- Rights: Tenants may use the crane.

Open Questions
- Who pays for the roof.
- When the crane is tested.

Sources
- port.example.org
- ferries.example.dk
"""


@pytest.fixture
def sources() -> TextSources:
    return TextSources(harbour=HARBOUR)


def points(question: str, sources: TextSources) -> list[str]:
    return [sentence.text.split(":")[0] for sentence in answer(question, sources, 5).sentences]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("List the findings", ["Storage (2021)", "Dredging", "Danish traffic"]),
        ("What are the duties and rights?", ["Duties", "Moorings", "Rights"]),
        ("What are the findings and the open questions?", 5),
        ("How many findings are there?", ["Storage (2021)", "Dredging", "Danish traffic"]),
        ("How many open questions does the report list?", 2),
        ("How many sources does the report list?", ["port.example.org", "ferries.example.dk"]),
        ("Which of the findings are Danish?", ["Danish traffic"]),
        ("Which of the findings are about dredging?", ["Dredging"]),
        ("Do any of the findings mention repairs?", ["Storage (2021)"]),
    ],
)
def test_a_list_as_a_whole(sources: TextSources, question: str, said: list[str] | int) -> None:
    found = points(question, sources)
    assert found == said or len(found) == said


def test_what_the_documents_do_not_count_is_listed_and_that_is_said(sources: TextSources) -> None:
    assert "do not say how many" in (answer("How many findings are there?", sources, 5).notice or "")
    assert answer("List the findings", sources, 5).notice is None


def test_what_no_list_holds_is_not_counted(sources: TextSources) -> None:
    assert answer("How many lighthouses are there?", sources, 5).status == "not_found"


def test_of_a_list_without_such_a_point_nothing_is_given(sources: TextSources) -> None:
    assert "Storage" not in answer("Which of the findings are Norwegian?", sources, 5).text


def test_one_that_counts_nothing_is_no_number() -> None:
    asked = parse("How many risks are there?")
    for text in ("The risk that one must repair it.", "Harm if one party leaves.", "No one sees a risk."):
        assert not answers_kind(Expected.NUMBER, frozenset(asked.terms), text)
    assert answers_kind(Expected.NUMBER, frozenset(asked.terms), "There is one risk.")


def test_the_first_year_is_no_year_of_several(sources: TextSources) -> None:
    assert "1st" not in answer("What was bought in the first year?", sources, 5).text
    assert "6th" in answer("What was said at the 6th meeting?", sources, 5).text


@pytest.mark.parametrize(
    ("before", "follow_up", "expected"),
    [
        ("What are the risks?", "how many are there?", "How many risks are there?"),
        ("What are the risks?", "how many of them are there?", "How many risks are there?"),
        ("What does the board recommend?", "Which of these are urgent?", "Which of the recommendations are urgent?"),
        ("Which risks are there?", "which ones are new?", "which of the risks are new?"),
        ("List the key risks", "which is the most serious?", "which of the key risks is the most serious?"),
        ("Which of the risks are new?", "and the old ones?", "Which of the risks are old?"),
        ("Which of the risks is new?", "why?", "why is one of the risks new?"),
        ("Which boat is new?", "Which port is older?", "Which port is older?"),
        ("When was the shed built?", "how many are there?", None),
    ],
)
def test_some_of_what_was_listed(before: str, follow_up: str, expected: str | None) -> None:
    found = standalone(follow_up, [turn(before, "One thing.", "Another thing.")])
    assert found == expected if expected else "shed" not in found


def test_some_of_those_who_were_named() -> None:
    said = turn("Who spoke?", "The meeting was opened by Ada Brook and Carl Stone.")
    assert standalone("Which of them is Danish?", [said]) == "Which of Ada Brook and Carl Stone is Danish?"


def test_who_has_an_office_in_front_of_the_name_is_named_by_the_name() -> None:
    text = "It was led by Deputy Minister Ada Brook and Harbour Commissioner Carl Stone."
    assert people(text) == ["Ada Brook", "Carl Stone"]


def test_what_was_asked_about_in_turn_is_compared() -> None:
    before = [turn("Summarise the 2nd meeting", "It met."), turn("Summarise the 3rd meeting", "It met again.")]
    assert standalone("compare them", before) == "How do the 2nd meeting and the 3rd meeting differ?"
    assert standalone("what do they have in common?", before).startswith("What do the 2nd meeting and the 3rd")
    plans = [turn("What is option A?", "A crane."), turn("What is option B?", "A roof.")]
    assert standalone("What is the difference?", plans) == "How do option A and option B differ?"
    assert standalone("compare them", plans[:1]) != "How do option A and option A differ?"


@pytest.mark.parametrize(
    ("before", "follow_up", "expected"),
    [
        ("Which sheds were broken into?", "when?", "when were the sheds broken into?"),
        ("What does Ada Brook say about the wall?", "what about the roof?", "What does Ada Brook say about the roof?"),
        ("Who was absent?", "how many are there?", "How many people were absent?"),
        ("How many ship calls were there in 2023?", "and passengers?", "How many passengers were there in 2023?"),
        ("How many vegan meals were sold?", "and vegetarian?", "How many vegetarian meals were sold?"),
        ("Who chaired the 6th dialogue?", "Who attended the 7th then?", "Who attended the 7th dialogue then?"),
        ("Who chaired the 6th dialogue?", "When was the 7th?", "When was the 7th dialogue?"),
        ("Who chaired the 6th dialogue?", "When was the 7th fair?", "When was the 7th fair?"),
        ("Tell me about the lease", "How long is it?", "How long is the lease?"),
        ("Which of the rules need a permit?", "and dogs?", "What is said about dogs?"),
    ],
)
def test_follow_ups_of_questions_with_a_noun_of_their_own(before: str, follow_up: str, expected: str) -> None:
    assert standalone(follow_up, [turn(before, "One thing was so.")]) == expected


def test_who_has_the_office_asked_for_is_marked_and_meant() -> None:
    present = "Present: Philippa Brook (chair), Dev Stone (secretary), Agnes Field (treasurer), Jo Hill."
    draft = answer("Who is the treasurer?", TextSources(notes=f"Notes of the board\n\n{present}\n"), 5)
    (sentence,) = draft.sentences
    assert [sentence.text[slice(*span)] for span in sentence.highlights] in (["Agnes Field"], [])


def test_what_is_said_of_somebody_is_no_name() -> None:
    before = [turn("Which of the clerks is Japanese?", "The clerk Ada Brook came from Osaka.")]
    assert "Japanese's" not in standalone("What is her title?", before)


@pytest.mark.parametrize(
    ("question", "told"),
    [("Did Ada Brook speak at both boards?", False), ("Did the harbour board meet in all cities?", True)],
)
def test_a_sentence_about_one_of_several_is_said_to_be_no_more(sources: TextSources, question: str, told: bool) -> None:
    draft = answer(question, sources, 5)
    assert draft.status == "answered"
    assert ("for all of them" in (draft.notice or "")) == told


LETTER = """Borough Council
17 February 2024

Dear Ms Brook,

Thank you for your letter. The council is willing to renew the lease of the harbour for fifteen years.

The rent would rise from 1,450 to 1,900 euros and be reviewed every five years.

We are waiting for the results of a test of the soil, since the land was a scrapyard, and will write again.

Yours sincerely,
Harriet Stone
Estates Manager
"""
NOTES = """Notes of the board
Ghent, 4 March 2024.

The roof was discussed at length.

ACTION: Ada Brook to obtain quotes for the roof by May.

DECISION: No cameras are to be put up.
"""


def test_a_letter_is_signed_by_whom_its_end_names() -> None:
    sources = TextSources(letter=LETTER)
    assert answer("Who signed the letter?", sources, 5).text.startswith("Harriet Stone [1]")
    assert "Dear" not in answer("Who wrote to the council?", sources, 5).text


def test_when_a_letter_was_signed_and_what_who_signed_it_says() -> None:
    sources = TextSources(letter=LETTER, notes=NOTES)
    assert answer("When was the letter signed?", sources, 5).text == "17 February 2024 [1]"
    said = answer("What does Harriet Stone say about the rent?", sources, 5)
    assert said.status == "answered" and said.text.startswith("The rent would rise")


def test_somebody_is_mentioned_who_is_called_by_title_and_surname() -> None:
    draft = answer("Is Ada Brook mentioned in the letter?", TextSources(letter=LETTER, notes=NOTES), 5)
    assert draft.text == "Dear Ms Brook, [1]"


def test_a_letter_is_summed_up_by_its_paragraphs() -> None:
    said = [s.text.split()[1] for s in answer("Summarise the letter", TextSources(letter=LETTER), 5).sentences]
    assert said == ["council", "rent", "are"]


def test_what_stands_behind_a_label_in_capitals_is_listed() -> None:
    (action,) = answer("List the action points", TextSources(notes=NOTES), 5).sentences
    assert action.text.startswith("ACTION: Ada Brook")


def test_a_comparison_is_on_what_it_asks_about() -> None:
    rules = "Rules of the garden\n\nHens may be kept behind a fence. Bees need a permit from the clerk of the garden.\n"
    minutes = "Minutes of the garden board\n\nThe leak at the pump was repaired. The wait is 26 months on average.\n"
    draft = answer("How do the rules and the minutes differ on bees?", TextSources(rules=rules, minutes=minutes), 5)
    assert [sentence.text for sentence in draft.sentences] == ["Bees need a permit from the clerk of the garden."]
    assert "the minutes" in (draft.notice or "")


def test_who_holds_an_office_is_not_told_by_there_being_one() -> None:
    rules = "Rules\n\nThe board consists of the chair, the secretary and four members.\n"
    notes = "Notes of the board\n\nPresent: Ada Brook (chair), Carl Stone (secretary), Jo Field.\n"
    draft = answer("Who chairs the board?", TextSources(rules=rules, notes=notes), 5)
    assert draft.text.startswith("Present: Ada Brook")


BOARD = """Report of the harbour board

The talks were led by Ioana Peters and by Commissioner Ada Brook.

## People

In June the board appointed Ada Brook as commissioner. She succeeded Carl Stone, who retired after nineteen years.

Calls of ships fell slightly, as larger vessels replaced smaller ones.

## Figures

| | 2022 | 2023 | 2024 |
|---|---|---|---|
| Revenue (million euros) | 21.4 | 22.9 | 24.1 |
| Staff | 143 | 139 | 146 |
"""


def test_who_was_it_before_is_told_by_who_followed_whom() -> None:
    draft = answer("Who was commissioner before Brook?", TextSources(board=BOARD), 5)
    assert "as commissioner" in draft.text and "Peters" not in draft.text


def test_the_next_sentence_has_the_name_of_whom_the_first_is_about() -> None:
    asked = "Who succeeded Carl Stone?"
    (found, *_) = TextSources(board=BOARD).retrieve(asked, 5)
    read = {c.text: c for c in candidates(parse(asked), [found], lambda term: 1.0, ())}
    first = next(c for text, c in read.items() if text.startswith("In June"))
    following = goes_on_with_the_name(parse(asked), first, found.passage)
    assert following is not None and found.passage.quote(following).startswith("She succeeded")
    assert goes_on_with_the_name(parse("Who succeeded Ioana Peters?"), first, found.passage) is None


def test_a_row_is_named_by_its_label_without_the_unit() -> None:
    draft = answer("What was the revenue in 2023?", TextSources(board=BOARD), 5)
    row = draft.sentences[-1]
    assert [row.text[slice(*span)] for span in row.highlights] == ["22.9"]


def test_a_list_that_is_a_table_is_given_whole_with_its_head() -> None:
    said = answer("List the figures", TextSources(board=BOARD), 5).text.splitlines()
    assert [line.split("|")[1].strip() for line in said] == ["", "Revenue (million euros)", "Staff"]


FAQ = """Night ferry: frequently asked questions
Updated 12 January 2026

Can I bring my bicycle?
Yes. Bicycles cost 8 euros and must be booked in advance.

Can I get a cancellation of my ticket?
Up to 48 hours before departure you get a full refund. Later than that nothing is refunded.
"""


def test_what_a_leaflet_says_of_what_it_asks_is_a_point_and_not_the_question() -> None:
    said = answer("What do the documents say about cancellation?", TextSources(faq=FAQ), 5)
    assert [sentence.text.split()[0] for sentence in said.sentences] == ["Up", "Later"]


def test_a_yes_alone_is_no_second_sentence() -> None:
    assert "Yes." not in answer("What does a bicycle cost?", TextSources(faq=FAQ), 5).text


def test_when_a_leaflet_was_updated() -> None:
    assert answer("When was the FAQ updated?", TextSources(faq=FAQ), 5).text == "Updated 12 January 2026 [1]"


def test_as_gives_a_reason() -> None:
    assert answers_kind(Expected.REASON, frozenset(), "Calls fell slightly, as larger vessels replaced smaller ones.")
    assert not answers_kind(Expected.REASON, frozenset(), "The sheds fell, as well as the crane.")


def test_what_is_a_little_word_in_small_letters_is_mentioned_in_capitals() -> None:
    talks = "Notes of talks\n\nThe talks of three were led by the US and told us much. The roof was tested.\n"
    said = answer("Is the US mentioned?", TextSources(talks=talks, notes=NOTES), 5)
    assert [citation.document for citation in said.citations] == ["talks.txt"]
    assert answer("Is the WHO mentioned?", TextSources(talks=talks), 5).status == "not_found"


def test_the_report_may_be_any_of_several() -> None:
    sources = TextSources(board=BOARD, notes=NOTES)
    assert answer("Does the report mention the roof?", sources, 5).citations[0].document == "notes.txt"


def test_what_there_is_none_of_is_not_told_by_something_else() -> None:
    sources = TextSources(board=BOARD)
    assert answer("Is there any disagreement about ships?", sources, 5).status == "not_found"


def test_all_dates_are_listed_and_a_timeline_is_in_their_order() -> None:
    log = "Report of the mill\nPublished on: 2021-06-01\n\nThe fair was on 3 May. The talks began on 2 March 2021.\n"
    sources = TextSources(log=log)
    listed = answer("Which dates are mentioned?", sources, 5)
    assert [s.text[slice(*s.highlights[0])].rstrip(".") for s in listed.sentences] == [
        "2021-06-01",
        "3 May",
        "2 March 2021",
    ]
    line = answer("Give me a timeline of events", sources, 5)
    assert [s.text[slice(*s.highlights[0])].rstrip(".") for s in line.sentences] == [
        "2 March 2021",
        "3 May",
        "2021-06-01",
    ]
    assert answer("What date was the fair?", sources, 5).text.startswith("The fair was on 3 May.")


@pytest.mark.parametrize("question", ["What is this about?", "what is it about", "give me the key takeaways"])
def test_what_says_no_topic_is_about_all_documents(sources: TextSources, question: str) -> None:
    assert answer(question, sources, 5).status == "answered"


def test_an_overview_has_as_many_points_as_are_asked_for(sources: TextSources) -> None:
    assert len(answer("Give me three key points", sources, 5).sentences) <= 3
    assert len(answer("Give me the key points", TextSources(letter=LETTER, board=BOARD), 5).sentences) > 3


def test_what_somebody_is_not_said_to_be_is_not_confirmed(sources: TextSources) -> None:
    assert answer("Is Ada Brook a member of the Danish parliament?", sources, 5).status == "not_found"


def test_a_point_of_a_list_by_its_place(sources: TextSources) -> None:
    assert answer("Explain the second finding", sources, 5).text.startswith("Dredging")
    assert answer("What is the first finding?", sources, 5).text.startswith("Storage")
    assert "8th" in answer("Explain the eighth finding", sources, 5).text
