"""The environment, read once; values that cannot be used are named with what they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import SettingsError
from qa.settings import Settings


def test_defaults_need_nothing() -> None:
    settings = Settings.from_environment({})
    assert (settings.documents, settings.store, settings.mode) == (Path("documents"), Path(".qa"), "auto")
    assert not settings.generative and settings.host == "127.0.0.1"


def test_environment_then_option() -> None:
    environment = {"QA_DOCUMENTS": "reports", "QA_PORT": "8000", "QA_DEBUG": "1", "QA_PRICE_IN": "0.4", "QA_STORE": " "}
    settings = Settings.from_environment(environment, documents=Path("mine"), store=None)
    assert (settings.documents, settings.port, settings.debug, settings.price_in) == (Path("mine"), 8000, True, 0.4)
    assert settings.store == Path(".qa")


def test_dot_env_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("QA_PORT=8001\nQA_MODE=extractive\n")
    monkeypatch.setenv("QA_PORT", "8002")
    settings = Settings.from_environment()
    assert (settings.port, settings.mode) == (8002, "extractive")


@pytest.mark.parametrize(
    ("environment", "generative"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": "k"}, True),
        ({"OPENAI_BASE_URL": "http://localhost:1/v1"}, True),
        ({"OPENAI_API_KEY": "k", "QA_MODE": "extractive"}, False),
    ],
)
def test_a_model_writes_where_one_is_configured(environment: dict[str, str], generative: bool) -> None:
    assert Settings.from_environment(environment).generative is generative


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"QA_MODE": "fast"}, "QA_MODE"),
        ({"QA_MODE": "generative"}, "OPENAI_API_KEY"),
        ({"QA_PORT": "http"}, "QA_PORT"),
        ({"QA_PORT": "70000"}, "QA_PORT"),
        ({"QA_TIMEOUT": "0"}, "QA_TIMEOUT"),
        ({"QA_PRICE_IN": "cheap"}, "QA_PRICE_IN"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        Settings.from_environment(environment)


def test_secrets_are_in_no_representation() -> None:
    settings = Settings.from_environment({"OPENAI_API_KEY": "sk-secret", "QA_AUTH": "ann:hush"})
    assert "secret" not in repr(settings) and "hush" not in repr(settings)
