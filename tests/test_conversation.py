"""Follow-ups become questions that stand alone; whole questions are left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import standalone
from qa.smalltalk import remark
from qa.types import Answer, AnswerSentence, Citation, Seconds, Turn

CHAIRS = "The talks were co-chaired by Ada Lovelace, Director at the Analytical Office, and Charles Babbage, Minister."


def turn(question: str, *said: str, status: str = "answered", section: str = "Opening", marked: str = "") -> Turn:
    sentences = tuple(
        AnswerSentence(
            text, (n,), highlights=((text.index(marked), text.index(marked) + len(marked)),) if marked else ()
        )
        for n, text in enumerate(said, start=1)
    )
    citations = tuple(Citation(n, "a.txt", "Title", None, None, section, 0, 1, "x") for n in range(1, len(said) + 1))
    none = None
    text = " ".join(said)
    answer = Answer(
        question,
        question,
        status,
        "extractive",
        text,
        sentences,
        citations,
        (),
        1.0,
        none,
        none,
        none,
        Seconds(0, 0, 0),
    )  # type: ignore[arg-type]
    return Turn(question, answer)


@pytest.mark.parametrize(
    ("before", "follow_up", "expected"),
    [
        # ellipsis: like is put for like
        ("Who co-chaired the 3rd summit?", "and the 4th?", "Who co-chaired the 4th summit?"),
        ("Who co-chaired the third summit?", "what about the fourth summit?", "Who co-chaired the fourth summit?"),
        ("What is option A?", "what about B?", "What is option B?"),
        ("What is option A?", "and option B?", "What is option B?"),
        ("Who is Ada Lovelace?", "and Charles Babbage?", "Who is Charles Babbage?"),
        ("When did Ada Brook die?", "What of?", "What did Ada Brook die of?"),
        ("How long must a password be?", "no, I meant for guests", "How long must a password be for guests?"),
        ("How many misses were reported in 2021?", "What about cable faults in 2021?",
         "What is said about cable faults in 2021?"),
        ("What happened to the Dawn?", "why did it happen?", "What was the cause of what happened to the Dawn?"),
        # another matter, and a question that says itself what "it" is
        ("Who is Ada Brook?", "Something else: when was it built?", "when was it built?"),
        ("Who is Ada Brook?", "new topic - who owns the mill", "who owns the mill?"),
        ("How do I use Linux?", "i get error E17, what does it mean?", "i get error E17, what does it mean?"),
        # number and matter tell what is meant
        ("When is the deadline for questions?", "Who do I send them to?", "Who do I send questions to?"),
        ("Who are the authors?", "where do they work?", "where do the authors work?"),
        ("Can I submit my tender on paper?", "What happens if it is late?", "What happens if my tender is late?"),
        ("What does the letter say about pumps?", "who sells them?", "who sells pumps?"),
        ("What was spent in 2019?", "and in 2020?", "What was spent in 2020?"),
        ("What does NGO stand for?", "and GDP?", "What does GDP stand for?"),
        ("what are the risks?", "and the benefits?", "what are the benefits?"),
        ("Who chaired the 3rd summit?", "and before that?", "Who chaired the 2nd summit?"),
        ("Who chaired the 3rd summit?", "and after that?", "Who chaired the 4th summit?"),
        ("what was said about tea?", "and about coffee?", "what was said about coffee?"),
        ("Where was the 3rd summit held?", "who chaired that one?", "who chaired the 3rd summit?"),
        ("When does the early shift start?", "and the late one?", "When does the late shift start?"),
        ("What supports hypothesis A?", "and the other one?", "What supports hypothesis B?"),
        ("When did Brook first go to Lyon?", "and the last time?", "When did Brook last go to Lyon?"),
        ("How many days of leave do I get?", "and after a year?", "How many days of leave do I get after a year?"),
        ("how much is the entrance fee?", "and for children?", "how much is the entrance fee for children?"),
        ("how much may a hotel cost?", "what about meals?", "What is said about meals?"),
        ("how many people died?", "and when the chain snapped?", "how many people died when the chain snapped?"),
        ("Can I work at home before probation ends?", "on Wednesdays?",
         "Can I work at home before probation ends on Wednesdays?"),
        ("who wrote the report about the Ghent meeting?", "and the Lyon one?",
         "who wrote the report about the Lyon meeting?"),
        ("How much did the trust spend in 2023?", "and earn?", "How much did the trust earn in 2023?"),
        ("When was the last summit held?", "and the one before?", "When was the penultimate summit held?"),
        ("What is option A?", "more about the harbour please", "What is said about harbour?"),
        ("who should carry out the plan?", "by when?", "by when should they carry out the plan?"),
        ("what's Red Scenario Modeling good for?", "why?", "why is Red Scenario Modeling good for?"),
        ("How long may an essay be?", "and for the MA?", "How long may an essay be for the MA?"),
        ("What's the latest on the tram?", "when will it open?", "when will the tram open?"),
        ("when will the tram open?", "why is it late?", "why is the tram late?"),
        ("What temperature do I bake the bread at?", "for how long?", "for how long do I bake the bread?"),
        ("How many people took part in the survey?", "how were they chosen?",
         "how were the people in the survey chosen?"),
        ("How many people took part in the survey?", "how many know their neighbours?",
         "how many know their neighbours?"),
        ("What was discussed at the 3rd summit?", "anything else?", "What was discussed at the 3rd summit?"),
        # the case that was asked about
        ("the lamp says E2, what does it mean", "what should I do then?", "what should I do when the lamp says E2?"),
        ("what happens if the tank is full?", "and who pays in that case?", "who pays if the tank is full?"),
        ("When was the 3rd summit?", "what was agreed then?", "what was agreed at the 3rd summit?"),
        ("When was the 3rd summit?", "who chaired the 4th summit then?", "who chaired the 4th summit then?"),
        # a bare question word
        ("who co-chaired the 3rd summit?", "when?", "when was the 3rd summit?"),
        ("who co-chaired the 3rd summit?", "and where?", "where was the 3rd summit?"),
        ("What did the board postpone?", "why?", "why did the board postpone?"),
        ("who led the restoration of the bridge?", "when was that?", "when was the restoration of the bridge?"),
        ("who founded the museum?", "in which year?", "in which year was the museum founded?"),
        ("Did Ada Brook chair the 3rd summit?", "with whom?", "with whom did Ada Brook chair the 3rd summit?"),
        ("where did Ada Brook die?", "of what?", "of what did Ada Brook die?"),
        ("Did Ada Brook win the prize?", "why not?", "why did Ada Brook not win the prize?"),
        ("how many countries attended the fair?", "which ones?", "which countries attended the fair?"),
        # pronouns
        ("When was the 3rd summit held?", "who chaired it?", "who chaired the 3rd summit?"),
        ("When was the 3rd summit held?", "what was discussed there?", "what was discussed at the 3rd summit?"),
        ("Who is Ada Lovelace?", "what is her role?", "what is Ada Lovelace's role?"),
        ("Who is Ada Lovelace?", "where does she work?", "where does Ada Lovelace work?"),
        ("When was the 3rd summit held?", "what came of this meeting?", "what came of the 3rd summit meeting?"),
        ("What is Ada Brook's job?", "did she chair the 3rd summit?", "did Ada Brook chair the 3rd summit?"),
        ("what did Ada Brook's mother do?", "what was her name?", "what was Ada Brook's mother's name?"),
        ("When did Brook go to Lyon?", "how often did she go there?", "how often did Brook go to Lyon?"),
        ("When did Brook go to Lyon?", "who went with her to the fair?", "who went with Brook to the fair?"),
        ("How many days of leave do I get?", "can I carry them over?", "can I carry days of leave over?"),
        ("How many copies did The Wet Road sell?", "into how many languages was it put?",
         "into how many languages was The Wet Road put?"),
        ("When is the museum open?", "who founded it?", "who founded the museum?"),
        ("why is the road wet?", "who built it?", "who built the road?"),
        ("why is option A better supported?", "what could change that?", "what could change option A?"),
        # a definite noun that the question before told more of
        ("When was the 3rd summit held?", "who spoke at the summit?", "who spoke at the 3rd summit?"),
        # corrections
        ("where was the 3rd summit held?", "no, I meant the 4th", "where was the 4th summit held?"),
        ("What happened in Lisbon?", "sorry, I mean Porto", "What happened in Porto?"),
        ("What did it cost according to the mayor?", "and according to the bank?",
         "What did it cost according to the bank?"),
        # requests, and subjects that nothing in the last question makes way for
        ("Tell me more about option B", "why?", "why option B?"),
        ("Who chaired the 3rd summit?", "What about training?", "What is said about training?"),
        ("What do you know about Lovelace?", "is she a poet?", "is Lovelace a poet?"),
        # what is said before a question
        ("What is option A?", "Thanks a lot. How many came?", "How many came?"),
        ("When was the 3rd summit held?", "Hmm. What was discussed at it?", "What was discussed at the 3rd summit?"),
        # whole questions, and topics that carry nothing over
        ("When was the 3rd summit held?", "What is the capital of Peru?", "What is the capital of Peru?"),
        ("Who is Ada Lovelace?", "Is it likely that prices rise?", "Is it likely that prices rise?"),
        ("Who is Ada Lovelace?", "Which plan that was dropped cost most?", "Which plan that was dropped cost most?"),
        ("Who is Ada Lovelace?", "Are there any risks?", "Are there any risks?"),
    ],
)  # fmt: skip
def test_rewriting(before: str, follow_up: str, expected: str) -> None:
    assert standalone(follow_up, [turn(before, "Something.")]) == expected


@pytest.mark.parametrize(
    ("before", "said", "marked", "follow_up", "expected"),
    [
        # what answered is put where it was asked for
        ("Who was missing from the May meeting?", "Apologies: Ada Brook.", "Ada Brook", "Why?",
         "Why was Ada Brook missing from the May meeting?"),
        ("Which plan is cheaper?", "Plan North is cheaper.", "Plan North", "how come?", "why is Plan North cheaper?"),
        ("Who is the director of the Reading Trust?", "Our director, Carl Stone, will leave in May.", "Carl Stone",
         "why is he leaving?", "why is Carl Stone leaving?"),
        ("why is Carl Stone leaving?", "He will teach.", "", "when?", "when is Carl Stone leaving?"),
        ("Who accompanied Minister Brook?", "Led by Eve Hill.", "Eve Hill", "who is she?", "who is Eve Hill?"),
        ("Who spoke at the fair?", "Ada Brook did.", "Ada Brook", "who else?", "Who spoke at the fair?"),
        # a measure, an owner, a count, a month, a correction
        ("What was the operating profit in the third quarter?", "Operating profit: 163 (97)", "163",
         "is that more than the year before?", "is the operating profit more than the year before?"),
        ("may i bring my dog", "Yes.", "", "and my cat?", "may i bring my cat?"),
        ("How many staff does the firm have?", "It has 17 staff.", "17", "and volunteers?",
         "How many volunteers does the firm have?"),
        ("How many lapses did the 4 am group have in the first test?", "4.8.", "", "and the control group?",
         "How many lapses did the control group have in the first test?"),
        ("What did the firm offer in February?", "Much.", "", "Sorry, the April one",
         "What did the firm offer in April?"),
        ("How much did Playwell Ltd quote in February?", "Much.", "", "and Greenwood?",
         "How much did Greenwood quote in February?"),
        # nothing is carried into what names something of its own, and no thanks are kept
        ("who is the fair for?", "For all.", "", "what did they say about the G7?", "what did they say about the G7?"),
        ("who is the director?", "Carl Stone.", "Carl Stone", "thanks! and who is the chair?", "who is the chair?"),
        ("how much has been spent so far?", "Much.", "", "so it is over budget?", "it is over budget?"),
    ],
)  # fmt: skip
def test_the_answer_helps(before: str, said: str, marked: str, follow_up: str, expected: str) -> None:
    assert standalone(follow_up, [turn(before, said, marked=marked)]) == expected


def test_it_is_nobody() -> None:
    told = [
        turn("Who designed the iron bridge?", "It was designed by Ada Brook.", marked="Ada Brook"),
        turn("how did Ada Brook convince the town?", "She had a model built."),
    ]
    assert standalone("when was it opened?", told) == "when was the iron bridge opened?"


def test_what_takes_place_is_no_country() -> None:
    told = [
        turn("who chaired the 3rd summit?", "Ada Brook chaired it."),
        turn("did Norway attend?", status="not_found"),
    ]
    assert standalone("was it held in Ghent?", told) == "was the 3rd summit held in Ghent?"
    assert standalone("is it a member?", told) == "is Norway a member?"


def test_it_is_important_only_where_nothing_follows() -> None:
    told = [turn("who chaired the 3rd summit?", "Ada Brook chaired it.")]
    assert standalone("why was it important?", told) == "why was the 3rd summit important?"
    assert standalone("was it important to meet?", told) == "was it important to meet?"


def test_a_title_tells_who_is_meant() -> None:
    told = turn("Who complained?", "The judge wrote to Mr Carl Stone and to Ms Ada Brook.")
    assert standalone("was she right?", [told]) == "was Ada Brook right?"
    assert standalone("was he right?", [told]) == "was Carl Stone right?"


def test_another_of_an_answer_s_points_is_of_the_same_answer() -> None:
    prizes = turn("What prizes did Ada Brook win?", "She won the Red Prize in 1958 and the Blue Medal in 1964.")
    second = turn("when did she get the second one?", "The Blue Medal came in 1964.")
    assert standalone(second.question, [prizes]) == "when did Ada Brook get Blue Medal?"
    assert standalone("and the first?", [prizes, second]) == "when did Ada Brook get Red Prize?"
    assert standalone("no, I meant the first one", [prizes, second]) == "when did Ada Brook get Red Prize?"


def test_a_pronoun_of_the_other_kind_means_somebody_else() -> None:
    first = turn("Who accompanied Minister Thorne?", "They were led by Eve Hill.", marked="Eve Hill")
    second = turn("who is Eve Hill?", "Eve Hill leads the chamber.")
    second = Turn("who is she?", second.answer)
    assert standalone("whom did he meet?", [first, second]) == "whom did Minister Thorne meet?"


def test_an_ordinal_is_put_into_the_last_question_that_counted() -> None:
    history = [turn("Who co-chaired the 3rd summit?", CHAIRS), turn("what is Ada Lovelace's role?", "Director.")]
    assert standalone("and the 4th?", history) == "Who co-chaired the 4th summit?"


def test_a_name_in_small_letters_is_found_where_it_was_read() -> None:
    said = "The offer of Greenwood Structures was taken, and the one of Playwell Ltd was not."
    history = [turn("what did playwell ltd offer in march", said)]
    assert standalone("and greenwood?", history) == "what did Greenwood offer in march?"


@pytest.mark.parametrize(
    ("said", "refused", "begins"),
    [
        ("are you sure?", False, "Each sentence"),
        ("That's wrong!", False, "Each sentence"),
        ("where does it say that?", True, "I found nothing"),
        ("can you say that shorter?", False, "I quote"),
        ("are you sure it is 18 million?", False, None),
        ("is that true of France?", False, None),
    ],
)
def test_remarks_on_an_answer(said: str, refused: bool, begins: str | None) -> None:
    given = remark(said, refused)
    assert (given or "").startswith(begins or "") and bool(given) is bool(begins)


def test_people_come_from_the_answer() -> None:
    history = [turn("who co-chaired the 3rd summit?", CHAIRS)]
    assert standalone("what is his title?", history) == "what is Ada Lovelace's title?"
    assert standalone("tell me more about the second one", history) == "tell me more about Charles Babbage?"
    history = [turn("what do you know about Babbage?", CHAIRS)]
    assert standalone("is he an engineer?", history) == "is Charles Babbage an engineer?"
    history = [turn("who co-chaired the 3rd summit?", CHAIRS)]
    assert standalone("what did they discuss?", history) == "what did they discuss at the 3rd summit?"


def test_the_answers_points_and_sources_can_be_named() -> None:
    history = [turn("what are the options?", "Plan North: build a bridge.", "Plan South: run a ferry.")]
    assert standalone("tell me more about the second point", history) == "tell me more about Plan South?"
    assert standalone("what does source 1 say?", history) == "what does Opening say?"
    assert standalone("and the last one?", history).startswith("Plan South")
    assert standalone("tell me about the seventh one", history) == "tell me about the seventh one?"


def test_what_was_refused_stays_named() -> None:
    history = [turn("who co-chaired the 9th summit?", status="not_found")]
    assert standalone("when was it held?", history) == "when was the 9th summit held?"


def test_small_talk_does_not_interrupt() -> None:
    history = [turn("when was the 3rd summit held?", "Then."), turn("thanks", status="reply")]
    assert standalone("and the 4th?", history) == "when was the 4th summit held?"
    assert standalone("who spoke?", []) == "who spoke?"


def test_of_a_long_conversation_the_end_is_looked_at() -> None:
    history = [turn(f"What happened in {2000 + year}?", "Much.") for year in range(9)]
    assert standalone("and where?", history) == standalone("and where?", history[-1:])


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_rewritten_without_complaint(before: str, follow_up: str) -> None:
    assert isinstance(standalone(follow_up, [turn(before, "An answer. Of Two Parts.")]), str)


SAID = st.lists(
    st.sampled_from(
        """and what about the first second last one other it her him they them there when why who whom which how many A
        B I Ada Brook 3rd 4th summit in by with of for after if , . ? 2019 May did is thanks bye hmm no meant mother's
        more anything else this restoration""".split()
    ),
    max_size=8,
).map(" ".join)


@given(SAID, SAID, SAID, SAID)
def test_any_words_are_rewritten_without_complaint(before: str, said: str, second: str, follow_up: str) -> None:
    told = [turn(before or "Who?", said), turn(second or "Why?", said, before)]
    assert isinstance(standalone(follow_up, told), str)


def test_the_third_is_of_the_last_list() -> None:
    shown = turn("Which shows were there?", '"Knots" ran in May.', '"Storms" ran in June.', '"Tides" ran in July.')
    one = turn("Tell me more about Storms?", '"Storms" ran in June.')
    assert "Tides" in standalone("Who curated the third?", [shown, one])


def test_the_beginning_of_a_sentence_is_no_name() -> None:
    before = turn("What do they recommend?", "Enforce two keys for each door.", "Keep a copy offline.")
    assert standalone("Why is the first one urgent?", [before]).startswith("Why is enforce two keys")
    after = turn("Who chairs the trust?", "Tallis, 61, chairs the trust.", marked="Tallis")
    assert standalone("How old is she?", [before, after]) == "How old is Tallis?"
