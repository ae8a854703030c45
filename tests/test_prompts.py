"""Prompts fail loudly on a wrong value, and never look into the values they are given."""

import pytest

from prompts import PromptError, names, placeholders, render


def values(name: str) -> dict[str, str]:
    return {placeholder: f"<{placeholder}>" for placeholder in placeholders(name)}


@pytest.mark.parametrize("name", names())
def test_every_prompt_renders_with_exactly_its_values(name: str) -> None:
    text = render(name, **values(name))
    assert "{{" not in text
    for value in values(name).values():
        assert value in text


def test_a_missing_value_is_named() -> None:
    given = values("answer_question")
    del given["nonce"]
    with pytest.raises(PromptError, match="nonce"):
        render("answer_question", **given)


def test_an_unknown_value_is_named() -> None:
    with pytest.raises(PromptError, match="colour"):
        render("answer_question", **values("answer_question"), colour="red")


def test_an_unknown_prompt_names_those_there_are() -> None:
    with pytest.raises(PromptError, match="answer_system"):
        render("../secrets")


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    given = values("answer_question") | {"evidence": r"{{question}} {{nonce}} \1 {0}"}
    assert r"{{question}} {{nonce}} \1 {0}" in render("answer_question", **given)
