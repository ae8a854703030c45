"""The gold set is sound, the check notices what is not, and other people's formats are read as they are meant."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eval.check import check, document_texts
from eval.dataset import (
    GOLD,
    NEAR_MISSES,
    SETS,
    STRANGERS,
    DatasetError,
    load_csv,
    load_gold,
    load_squad,
    malformed,
    select,
)
from eval.metrics import occurrences

TEXTS = {"": {"a.txt": "Two boats sank on Monday. Nobody was hurt."}}
SOUND: dict[str, Any] = {
    "id": "boats",
    "question": "How many boats sank?",
    "reference": "Two boats sank on Monday.",
    "required": [["two boats"]],
    "supports": [{"document": "a.txt", "quote": "Two boats sank on Monday."}],
}


def problems(tmp_path: Path, *entries: object) -> list[str]:
    file = tmp_path / "gold.jsonl"
    file.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in entries))
    return [f"{one.line}: {one.reason}" for one in check([file], TEXTS)[0]]


# The project's own gold set


def test_every_quote_occurs_and_every_reference_meets_its_facts() -> None:
    texts = {name: document_texts(folder) for name, folder in SETS.items()}
    found, count = check(sorted(GOLD.glob("*.jsonl")), texts)
    assert [str(one) for one in found] == []
    assert count == len(load_gold(GOLD))
    for beside in (NEAR_MISSES / "questions.jsonl", STRANGERS / "questions.jsonl"):
        found, count = check([beside], texts)
        assert [str(one) for one in found] == []
        assert count == len(load_gold(beside)) and {case.set for case in load_gold(beside)} <= set(SETS)


def test_the_gold_set_has_every_kind_and_enough_of_it() -> None:
    cases = load_gold(GOLD)
    assert Counter(case.set for case in cases)["dialogues"] >= 140
    assert Counter(case.set for case in cases)["harbour"] >= 30
    kinds = Counter(case.kind for case in cases)
    for kind in (
        "fact", "paraphrase", "list", "number", "multi-document", "comparison", "overview", "conversation", "trap",
        "unanswerable-near", "unanswerable-far", "false-premise", "marks", "typo", "hostile", "small-talk",
        "contradiction", "superseded", "injection", "hidden-text", "repeated-lines", "table",
    ):  # fmt: skip
        assert kinds[kind] >= 3, kind
    turns = {len(case.history) + 1 for case in cases if case.history}
    assert turns >= {2, 3, 5} and max(turns) <= 5


def test_the_second_set_holds_what_the_first_cannot() -> None:
    texts = document_texts(SETS["harbour"])
    together = "\n".join(texts.values())
    assert "\u200b" in together and "<!--" in together and "Ignore all previous instructions" in together
    assert "[1]: https://" in together and "| Adult |" in together
    assert len(occurrences(texts["shift-log.txt"], "All quiet.")) > 1


# The check


def test_a_sound_entry_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"supports": [{"document": "a.txt", "quote": "Two boats sank on Tuesday."}]}, "does not stand in a.txt"),
        ({"supports": [{"document": "b.txt", "quote": "Two boats"}]}, "the document b.txt is not in its set"),
        ({"reference": "Three boats."}, "the reference answer does not say the required “two boats”"),
        ({"required": [["Monday", "Tuesday"], ["boats"]], "reference": "boats, Tuesday", "forbidden": [["Tuesday"]]},
         "the reference answer says “Tuesday”, which is forbidden"),
        ({"required": []}, "names no required fact"),
        ({"required": [["two boats"], ["— !"]]}, "has no word or number in it"),
        ({"supports": []}, "names no support"),
        ({"supports": [*SOUND["supports"], {"document": "a.txt", "quote": "Nobody was hurt."}]}, "says none of the"),
        ({"answerable": False}, "has required facts, though it has no answer"),
        ({"history": ["Hello"]}, "needs its stand-alone form"),
        ({"standalone": "x"}, "needs its stand-alone form"),
        ({"set": "elsewhere"}, "the document set “elsewhere” is unknown"),
        ({"tags": ["no-overlap"]}, "shares words with its source, against its tag no-overlap: boat, sank"),
        ({"colour": "red"}, "has the unknown field “colour”"),
        ({"id": ""}, "has no id"),
        ({"required": ["two boats"]}, "required is not a list of facts"),
        ({"supports": ["a.txt"]}, "supports is not a list of"),
        ({"history": [{"answer": "x"}]}, "history is not a list of questions"),
        ({"status": ["maybe"]}, "status “maybe” is none of"),
        ({"answerable": "yes"}, "answerable is neither"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    found = problems(tmp_path, SOUND | {"id": "sound"}, SOUND | change)
    assert found and all(one.startswith("2: ") for one in found)
    assert any(reason in one for one in found), found


def test_an_unanswerable_question_that_may_be_answered_says_with_what(tmp_path: Path) -> None:
    entry = {"id": "p", "question": "Why did it burn?", "answerable": False, "status": ["not_found", "answered"]}
    assert problems(tmp_path, entry) == ["1: may be answered, but corrects does not say with what"]
    assert problems(tmp_path, entry | {"corrects": [["two boats sank"]]}) == []


def test_ids_are_unique_over_all_files_and_groups_agree(tmp_path: Path) -> None:
    assert "the id is used before, in gold.jsonl:1" in problems(tmp_path, SOUND, SOUND)[0]
    other = SOUND | {"id": "other", "required": [["Monday"]], "group": "g"}
    assert "expects something else" in problems(tmp_path, SOUND | {"group": "g"}, other)[0]


def test_a_broken_line_is_reported_and_the_rest_still_read(tmp_path: Path) -> None:
    found = problems(tmp_path, "{broken", SOUND, "[1]")
    assert found == [
        "1: is not JSON: Expecting property name enclosed in double quotes at column 2",
        "3: is not a JSON object",
    ]


def test_loading_refuses_what_the_check_would(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text('{"id": "x"}\n')
    with pytest.raises(DatasetError, match=r"gold\.jsonl, line 1 has no question\. `python -m eval check"):
        load_gold(file)
    with pytest.raises(DatasetError, match="no file"):
        load_gold(tmp_path / "missing.jsonl")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError, match="not UTF-8"):
        load_gold(file)
    file.write_text(f"{json.dumps(SOUND)}\n{json.dumps(SOUND)}\n")
    with pytest.raises(DatasetError, match="comes twice"):
        load_gold(file)


def test_a_digest_changes_with_what_is_graded_and_with_nothing_else(tmp_path: Path) -> None:
    def digest(**change: object) -> str:
        file = tmp_path / "gold.jsonl"
        file.write_text(json.dumps(SOUND | change))
        return load_gold(file)[0].digest()

    assert digest() == digest(note="a word", reference="another", tags=["x"])
    assert len({digest(), digest(required=[["2 boats"]]), digest(question="?"), digest(forbidden=[["x"]])}) == 4


def test_anything_can_be_checked_without_raising() -> None:
    for entry in (None, 3, [], {}, {"id": 1, "question": 2, "supports": 3, "history": 4, "status": 5, "tags": [1]}):
        assert malformed(entry)


# Other formats


SQUAD = {
    "data": [
        {"title": "Boats / Ships", "paragraphs": [
            {"context": "It cost $5.2 then. Two boats sank.", "qas": [
                {"id": "q1", "question": "How many sank?", "answers": [{"text": "Two", "answer_start": 19}]},
                {"id": "q2", "question": "What did it cost?", "answers": [{"text": "5.2", "answer_start": 9}]},
                {"id": "q3", "question": "Why?", "answers": [], "is_impossible": True}]},
            {"context": "Nobody was hurt.", "qas": [
                {"id": "q4", "question": "Who was hurt?", "answers": [{"text": "Nobody", "answer_start": 0}]}]}]},
        {"paragraphs": [{"context": "The gate stood open.", "qas": [
            {"id": "q1", "question": "What stood open?", "answers": [{"text": "The gate", "answer_start": 0}]}]}]},
    ]
}  # fmt: skip


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    file = tmp_path / "squad.json"
    file.write_text(json.dumps(SQUAD))
    return file


def test_squad_becomes_cases_and_the_documents_they_are_about(squad: Path) -> None:
    cases, documents = load_squad(squad)
    assert documents == {
        "001-boats-ships.txt": "It cost $5.2 then. Two boats sank.\n\nNobody was hurt.",
        "002-article.txt": "The gate stood open.",
    }
    by_id = {case.id: case for case in cases}
    assert set(by_id) == {"q1", "q2", "q3", "q4", "q1-2"}
    assert by_id["q1"].required == (("Two",),) and by_id["q1"].most_words == 3 + 60
    assert by_id["q2"].required == (("5.2", "$5.2"),), "an annotator's half token is widened to the whole"
    assert by_id["q1"].supports[0].needed == "Two boats sank."
    assert not by_id["q3"].answerable and by_id["q3"].statuses == ("not_found",)
    for case in cases:
        for support in case.supports:
            assert occurrences(documents[support.document], support.quote)


def test_what_is_left_out_can_no_longer_be_answered(squad: Path) -> None:
    cases, documents = load_squad(squad, "articles")
    assert list(documents) == ["001-boats-ships.txt"]
    assert {case.id for case in cases if not case.answerable} == {"q3", "q1-2"}
    cases, documents = load_squad(squad, "paragraphs")
    assert documents["001-boats-ships.txt"] == "It cost $5.2 then. Two boats sank."
    assert {case.id for case in cases if not case.answerable} == {"q3", "q4"}


def test_what_is_no_squad_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    for text in ("[]", "{}", "nonsense", '{"data": [{"paragraphs": [{}]}]}', '{"data": []}'):
        file.write_text(text)
        with pytest.raises(DatasetError, match=r"SQuAD's format|no questions"):
            load_squad(file)


def test_csv_takes_questions_answers_and_places(tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_text(
        '\ufeffQuestion,Answer,document,quote\n"How many, please?",two|2,a.txt,Two boats\nWhy?,,,\n', encoding="utf-8"
    )
    first, second = load_csv(file)
    assert first.required == (("two", "2"),) and first.supports[0].quote == "Two boats"
    assert first.question == "How many, please?" and first.id == "line-2"
    assert not second.answerable and second.statuses == ("not_found",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("question,reply\nx,y\n", "needs the columns question and answer"),
        ("question,answer\n,y\n", "line 2 has no question"),
        ("question,answer\n", "no questions"),
        ("id,question,answer\na,x,y\na,z,y\n", "comes twice"),
        ('question,answer\n"x,y\n', "is not CSV"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "q.csv"
    file.write_text(text)
    with pytest.raises(DatasetError, match=reason):
        load_csv(file)


def test_only_selects_by_id_kind_tag_group_and_set() -> None:
    cases = load_gold(GOLD)
    group = select(cases, ["chairs-6th"])
    assert len(group) > 3 and all("chairs-6th" in (case.id, case.group) for case in group)
    assert {case.kind for case in select(cases, ["typo", "table"])} == {"typo", "table"}
    assert all("yes-no" in case.tags for case in select(cases, ["yes-no"]))
    assert {case.set for case in select(cases, ["harbour"])} == {"harbour"}
    assert select(cases, []) == cases
    with pytest.raises(DatasetError, match="--only nonsense selects no question"):
        select(cases, ["nonsense"])
