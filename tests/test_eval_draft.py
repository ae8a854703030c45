"""What users met with becomes drafts that the check refuses until a person has completed them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.check import check
from eval.dataset import DatasetError, malformed
from eval.draft import drafts, read

ANSWER = {
    "standalone_question": "Where was the 7th dialogue held?",
    "text": "In Tokyo. [1]",
    "citations": [{"document": "a.txt", "quote": "held in Tokyo"}],
}


def feedback(question: str, rating: str = "down", **more: Any) -> dict[str, Any]:
    entry = {
        "time": "2026-01-02",
        "conversation": "c",
        "rating": rating,
        "comment": None,
        "question": question,
        "history": [],
    }
    return entry | {"answer": ANSWER} | more


def store(folder: Path, given: list[Any], refused: list[Any] | None = None) -> Path:
    def write(name: str, entries: list[Any]) -> None:
        lines = [entry if isinstance(entry, str) else json.dumps(entry) for entry in entries]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    write("feedback.jsonl", given)
    if refused is not None:
        write("refused.jsonl", refused)
    return folder


def test_negative_feedback_and_refusals_become_drafts_in_order_of_time(tmp_path: Path) -> None:
    given = [
        feedback("And the 7th?", history=["Where was the 6th?"], comment="Brussels!", time="2026-01-03"),
        feedback("Good?", "up"),
    ]
    refused = [
        {"time": "2026-01-01", "question": "Who paid?", "history": [], "answer": {"text": "The documents do not say."}}
    ]
    first, second = drafts(read(store(tmp_path, given, refused)))
    assert (first["question"], first["note"].split(";")[0]) == ("Who paid?", "refused")
    assert second["history"] == ["Where was the 6th?"] and second["standalone"] == "Where was the 7th dialogue held?"
    assert second["supports"] == [{"document": "a.txt", "quote": "held in Tokyo"}]
    assert "comment: Brussels!" in second["note"] and "was answered: In Tokyo. [1]" in second["note"]


def test_a_draft_is_well_formed_but_not_yet_sound(tmp_path: Path) -> None:
    made = drafts(read(store(tmp_path, [feedback("Where was it held?", history=["6th?"])])))
    assert [malformed(entry) for entry in made] == [[]]
    file = tmp_path / "drafts.jsonl"
    file.write_text(json.dumps(made[0]))
    reasons = [one.reason for one in check([file], {"": {"a.txt": "It was held in Tokyo."}})[0]]
    assert "names no required fact, so that any answer would be right" in reasons


def test_the_same_question_is_drafted_once_and_ids_are_free(tmp_path: Path) -> None:
    given = [
        feedback("Where was it?"),
        feedback("where  was it?"),
        feedback("Where was it?", history=["6th?"]),
        feedback("???"),
    ]
    made = drafts(read(store(tmp_path, given)), taken=["where-was-it"])
    assert [entry["id"] for entry in made] == ["where-was-it-2", "where-was-it-3", "question"]


def test_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    given: list[Any] = [
        '{"question": "cut sh',
        "[]",
        {"rating": "down"},
        {"rating": "down", "question": 3},
        feedback("Fine?", answer=None),
    ]
    assert [entry["question"] for entry in drafts(read(store(tmp_path, given)))] == ["Fine?"]


def test_without_feedback_there_is_nothing_to_draft(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No feedback\.jsonl"):
        read(tmp_path)
