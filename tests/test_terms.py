"""Words as documents and questions share them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.terms import STOPWORDS, content_terms, fold, ordinal, terms, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sixth", "6th"),
        ("twenty-first", "21st"),
        ("Twenty First", "21ST"),
        ("dialogues", "dialogue"),
        ("Café", "cafe\u0301"),
        ("STRASSE", "straße"),
        ("1,000", "1000"),
        ("ﬁle", "file"),
        ("ＡＢＣ１", "abc1"),
    ],
)
def test_the_same_word(one: str, other: str) -> None:
    assert terms(one) == terms(other)


def test_different_words() -> None:
    assert terms("6th") != terms("7th")
    assert terms("3.5") != terms("35")
    assert terms("ガス") != terms("カス")


def test_scripts_without_spaces_become_pairs() -> None:
    assert terms("東京都") == ["東京", "京都"]
    assert terms("京") == ["京"]


def test_ordinals() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 101, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "101st", "111th",
    ]  # fmt: skip


def test_content_terms_leave_out_stopwords_unless_nothing_else_is_there() -> None:
    assert content_terms("who is the chair") == terms("chair")
    assert content_terms("who is it") == terms("who is it")
    assert {"the", "who", "not"} <= STOPWORDS


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    assert all(terms(text))
    assert all(text[start:end] == word for word, start, end in words(text))
    assert fold(fold(text)) == fold(fold(fold(text)))


def test_a_word_of_marks_alone_has_no_terms() -> None:
    assert terms("\ua8e0") == []
    assert content_terms("\ua8e0 Ghent") == terms("Ghent")
