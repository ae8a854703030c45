"""The first questions that a reader of the two documents would ask, and those that they do not answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DOCUMENTS

from qa.assistant import Assistant
from qa.settings import Settings
from qa.types import Turn


@pytest.fixture(scope="module")
def assistant(store: Path) -> Iterator[Assistant]:
    with Assistant.open(Settings(documents=DOCUMENTS, store=store)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("who co-chaired the 6th dialogue?", ["Maciej Stadejek", "Yukio Saita"]),
        ("When was the 6th Cyber Dialogue held?", ["11 November 2024"]),
        ("Where was the sixth Cyber Dialogue held?", ["Tokyo"]),
        ("Where did the 7th Cyber Dialogue take place?", ["Brussels"]),
        ("Who will host the next Cyber Dialogue?", ["The EU will host"]),
        ("When is the ICS Week for the Indo-Pacific region?", ["12-15 November"]),
        ("What are the Kunoichi Cyber Games about?", ["young female cybersecurity engineers"]),
        ("Who is Takeomi Yamamoto?", ["Director of the National Security Policy Division"]),
        ("Who works for the European External Action Service?", ["Maciej Stadejek"]),
        ("Who is from DG CNECT?", ["Christiane Kirketerp de Viron"]),
    ],
)
def test_answered_with_citation(assistant: Assistant, question: str, facts: list[str]) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered", answer.text
    for fact in facts:
        assert fact in answer.text
    for citation in answer.citations:
        text = (DOCUMENTS / citation.document).read_text("utf-8")
        assert text[citation.start : citation.end] == citation.quote
    assert all(sentence.citations for sentence in answer.sentences)


@pytest.mark.parametrize(
    "question",
    [
        "who co-chaired the 8th dialogue?",
        "what is the population of Tokyo?",
        "who chaired the 7th dialogue?",
        "When did China join the dialogue?",
        "Who is the prime minister of Japan?",
        "Where was the ICS Week held?",
        "Where are the Kunoichi Cyber Games held?",
        "Who represents the European Commission?",
    ],
)
def test_refused(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "not_found", answer.text
    assert answer.citations == () and answer.passages


def test_reference_marks_of_the_document_stay_out_of_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("who co-chaired the 6th dialogue?")
    assert "[2]" not in answer.text and "[3]" not in answer.text
    assert "[1][2][3]" in answer.citations[0].quote
    assert answer.citations[0].references == ("digital-strategy.ec.europa.eu", "www.eeas.europa.eu", "www.mofa.go.jp")


def test_a_follow_up_is_answered_as_the_question_that_the_conversation_makes_it(assistant: Assistant) -> None:
    first = assistant.ask("Where was the 6th Cyber Dialogue held?")
    second = assistant.ask("and the 7th?", history=[Turn(first.question, first)])
    assert second.question == "and the 7th?" and second.standalone_question == "Where was the 7th Cyber Dialogue held?"
    assert "Brussels" in second.text and "Tokyo" in first.text


@pytest.mark.parametrize("said", ["hello", "Thanks!", "what can you do?", "Good morning"])
def test_small_talk_gets_a_reply_that_cites_nothing(assistant: Assistant, said: str) -> None:
    answer = assistant.ask(said)
    assert answer.status == "reply" and answer.citations == () and answer.passages == ()


def test_the_same_question_gets_the_same_answer_whatever_was_asked_before(store: Path) -> None:
    settings = Settings(documents=DOCUMENTS, store=store)
    with Assistant.open(settings) as fresh:
        alone = fresh.ask("What is hypothesis B?")
    with Assistant.open(settings) as used:
        for question in ("who?", "where was it?", "summary"):
            used.ask(question)
        again = used.ask("What is hypothesis B?")
    assert (alone.text, alone.confidence, alone.passages) == (again.text, again.confidence, again.passages)


@pytest.mark.parametrize(
    "odd",
    [
        "?a",
        "東京はどこですか",
        "مرحبا أين",
        "\u202eabc",
        "x" * 20_000,
        "why " * 5000,
        "[1][2]",
        "😀 a",
        "SELECT * FROM x; a:b AND (c",
        "a\u0301" * 50,
    ],
)
def test_odd_questions_never_raise(assistant: Assistant, odd: str) -> None:
    assert assistant.ask(odd).status in ("answered", "not_found", "reply")
