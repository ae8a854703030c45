"""Conversations and feedback on disk: each owner's own, whole or not at all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from test_web_panel import ANSWER

from index.errors import UsageError
from qa.render import answer_json
from web import conversations, feedback
from web.answers import answer_from_json
from web.conversations import Conversations, Exchange, new_id
from web.routes import conversation_json, conversation_markdown

ALICE, BOB = "a" * 32, "b" * 32


def _exchange(question: str = "who?") -> Exchange:
    return Exchange(new_id(), question, "answered", answer_json(ANSWER))


def test_a_conversation_is_there_for_another_process(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    first = _exchange()
    made = kept.ask(ALICE, kept.new("who?\nand when"), first)
    kept.ask(ALICE, made, _exchange("when?"))
    found = Conversations(tmp_path).get(ALICE, made.id)
    assert found is not None
    assert found.title == "who? and when"
    assert [exchange.question for exchange in found.exchanges] == ["who?", "when?"]
    assert found.turns()[0].answer.citations == ANSWER.citations
    assert [item.id for item in Conversations(tmp_path).of(ALICE)] == [made.id]


def test_nobody_sees_or_changes_anothers(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    exchange = _exchange()
    made = kept.ask(ALICE, kept.new("secret"), exchange)
    assert kept.of(BOB) == []
    assert kept.get(BOB, made.id) is None
    assert kept.rename(BOB, made.id, "mine") is None
    assert kept.rate(BOB, made.id, exchange.id, "up") is None
    assert not kept.delete(BOB, made.id)
    assert kept.get("", made.id) is None
    assert kept.get(ALICE, made.id) is not None


@pytest.mark.parametrize(
    "id_", ["../../etc/passwd", "..", "", "a", "x" * 80, "a/b/c/d/e/f", "abc\x00defgh", "ａｂｃｄｅｆｇｈｉｊ"]
)
def test_an_id_is_never_a_path(tmp_path: Path, id_: str) -> None:
    kept = Conversations(tmp_path)
    assert kept.get(ALICE, id_) is None
    assert not kept.delete(ALICE, id_)


def test_no_id_leads_to_anothers_conversation(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    bobs = kept.ask(BOB, kept.new("secret"), _exchange())
    kept.ask(ALICE, kept.new("mine"), _exchange())
    assert kept.get(ALICE, f"../{BOB}/{bobs.id}") is None
    assert not kept.delete(ALICE, f"../{BOB}/{bobs.id}")
    assert kept.get(BOB, bobs.id) == bobs


def test_answering_again_takes_the_place_of_what_followed(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    made = kept.ask(ALICE, kept.new("one"), _exchange("one"))
    made = kept.ask(ALICE, made, _exchange("two"))
    made = kept.ask(ALICE, made, _exchange("three"))
    again = replace(made.exchanges[1], question="two, edited")
    made = kept.ask(ALICE, made, again)
    assert [exchange.question for exchange in made.exchanges] == ["one", "two, edited"]


def test_an_answer_takes_its_questions_place_and_nothing_elses(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    first = Exchange(new_id(), "one", "asked")
    made = kept.ask(ALICE, kept.new("one"), first)
    kept.ask(ALICE, made, Exchange(new_id(), "two", "asked"))
    answered = kept.answer(ALICE, made.id, replace(first, state="answered", answer=answer_json(ANSWER)))
    assert answered is not None
    assert [(exchange.question, exchange.state) for exchange in answered.exchanges] == [
        ("one", "answered"),
        ("two", "asked"),
    ]
    assert [turn.question for turn in answered.turns()] == ["one"]


def test_an_answer_does_not_bring_back_what_was_deleted_meanwhile(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    asked = Exchange(new_id(), "one", "asked")
    made = kept.ask(ALICE, kept.new("one"), asked)
    assert kept.delete(ALICE, made.id)
    assert kept.answer(ALICE, made.id, replace(asked, state="answered", answer=answer_json(ANSWER))) is None
    assert kept.of(ALICE) == []


def test_renaming_rating_and_deleting(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    exchange = _exchange()
    made = kept.ask(ALICE, kept.new("who?"), exchange)
    renamed = kept.rename(ALICE, made.id, "  A \n title ")
    assert renamed is not None and renamed.title == "A title"
    with pytest.raises(UsageError):
        kept.rename(ALICE, made.id, " ")
    rated = kept.rate(ALICE, made.id, exchange.id, "down")
    assert rated is not None and rated.exchanges[0].rating == "down"
    assert kept.delete(ALICE, made.id) and kept.of(ALICE) == []


def test_there_is_an_end_to_how_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "MOST", 2)
    kept = Conversations(tmp_path)
    made = [kept.ask(ALICE, kept.new("who?"), _exchange()) for _ in range(2)]
    with pytest.raises(UsageError, match="delete one"):
        kept.ask(ALICE, kept.new("who?"), _exchange())
    kept.ask(ALICE, made[0], _exchange("more"))


def test_a_damaged_file_hides_nothing_else(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    made = kept.ask(ALICE, kept.new("who?"), _exchange())
    (tmp_path / "conversations" / ALICE / "damaged_.json").write_text('{"id": ', "utf-8")
    assert [item.id for item in kept.of(ALICE)] == [made.id]


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    made = kept.ask(ALICE, kept.new("start"), _exchange("start"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: kept.ask(ALICE, made, _exchange(f"question {number}")), range(24)))
    found = kept.get(ALICE, made.id)
    assert found is not None and len(found.exchanges) == 25


def test_a_lone_surrogate_does_no_harm(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    made = kept.ask(ALICE, kept.new("odd \ud800"), Exchange(new_id(), "odd \ud800", "failed", text="no"))
    assert kept.get(ALICE, made.id) is not None
    assert "odd" in conversation_markdown(made)


def test_feedback_holds_the_question_its_history_and_the_answer(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    made = kept.ask(ALICE, kept.new("first"), _exchange("first"))
    last = _exchange("second")
    made = kept.ask(ALICE, made, last)
    feedback.rated(tmp_path, made, last, "down", "  wrong\nname ")
    feedback.refused(tmp_path, made, last)
    entry = json.loads((tmp_path / "feedback.jsonl").read_text("utf-8"))
    assert set(entry) == {"time", "conversation", "rating", "comment", "question", "history", "answer"}
    assert (entry["rating"], entry["comment"], entry["history"]) == ("down", "wrong\nname", ["first"])
    assert answer_from_json(entry["answer"]).citations == ANSWER.citations
    refused = json.loads((tmp_path / "refused.jsonl").read_text("utf-8"))
    assert set(refused) == {"time", "conversation", "question", "history", "answer"}


def test_an_export_has_footnotes_of_its_own_for_each_answer(tmp_path: Path) -> None:
    kept = Conversations(tmp_path)
    made = kept.ask(ALICE, kept.new("# first"), _exchange("# first"))
    made = kept.ask(ALICE, made, Exchange(new_id(), "second", "stopped", text="half"))
    made = kept.ask(ALICE, made, _exchange("third"))
    text = conversation_markdown(made)
    assert text.startswith("# \\# first\n")
    assert "[^1-1]:" in text and "[^3-1]:" in text and "*Stopped.* half" in text
    assert [turn["state"] for turn in conversation_json(made)["turns"]] == ["answered", "stopped", "answered"]
