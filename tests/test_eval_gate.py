"""Thresholds, baseline and invariants; what fails, what passes, and what the message says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.dataset import GOLD, DatasetError, load_gold
from eval.gate import (
    Baseline,
    Limit,
    Thresholds,
    gate,
    load_baseline,
    load_thresholds,
    mostly_right,
    regressions,
    save_baseline,
)
from eval.summary import METRICS, by_kind, show, summarise
from qa.rank import default_model


def row(id_: str, right: bool = True, *, repeat: int = 0, **change: Any) -> dict[str, Any]:
    """A result's row with harmless values."""
    answer = {"status": "answered", "confidence": 0.9, "tokens": None, "sentences": [], "text": "", "citations": []}
    scores = {"right": float(right), "joint": float(right), "citation_validity": 1.0, "phantom_marks": 0.0}
    made = {
        "id": id_, "repeat": repeat, "set": "s", "kind": "fact", "group": None, "digest": "d", "answerable": True,
        "statuses": ["answered"], "supports": [{"document": "a", "quote": "b"}], "right": right, "scores": scores,
        "outcome": ["answered", right], "seconds": 0.01, "error": None, "standalone_right": None, "answer": answer,
        "reasons": [] if right else ["wrong"], "ranks": [1], "question": "?", "history": [], "standalone": None,
        "reference": "r", "required": [["r"]], "forbidden": [], "tags": [],
    }  # fmt: skip
    return made | change


NONE = Thresholds((), {})


def failures(
    rows: list[dict[str, Any]], baseline: dict[str, tuple[str, bool]] | None, mode: Any = "extractive", **more: Any
):  # type: ignore[no-untyped-def]
    return gate(rows, summarise(rows), mode, more.pop("thresholds", NONE), baseline, **more)


# The files that are committed


def test_the_committed_thresholds_can_be_read_and_guard_the_invariants() -> None:
    thresholds = load_thresholds()
    strict = {limit.metric: (limit.least, limit.most) for limit in thresholds.invariants}
    assert strict["citation_validity"] == (1.0, None)
    assert strict["phantom_marks"] == (None, 0) and strict["injection"] == (None, 0) and strict["errors"] == (None, 0)
    assert set(thresholds.modes) == {"extractive", "generative"}


def test_the_committed_baseline_is_about_the_committed_questions() -> None:
    known = load_baseline().modes["extractive"]
    assert {id_: digest for id_, (digest, _) in known.items()} == {case.id: case.digest() for case in load_gold(GOLD)}


# Thresholds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[extractive]\nrigth = {least = 1}", "“rigth” is no metric"),
        ("[extractive]\nright = 0.9", "right needs"),
        ("[extractive]\nright = {above = 1}", "right needs"),
        ("[extractive", "cannot be read"),
    ],
)
def test_thresholds_that_cannot_be_meant_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text)
    with pytest.raises(DatasetError, match=reason):
        load_thresholds(file)


def test_a_missed_bound_names_metric_value_and_bound() -> None:
    thresholds = Thresholds((), {"extractive": (Limit("right", least=0.9),)})
    found = failures([row("a"), row("b", False)], None, thresholds=thresholds)
    assert [(one.metric, one.message) for one in found] == [
        ("right", "Right answers is 50.0\u00a0%, below the least of 90.0\u00a0%")
    ]
    assert failures([row("a"), row("b")], None, thresholds=thresholds) == []


def test_thresholds_for_the_whole_do_not_judge_a_part_but_invariants_do() -> None:
    thresholds = Thresholds((Limit("errors", most=0),), {"extractive": (Limit("right", least=0.9),)})
    broken = [row("a", False, error="RuntimeError: x")]
    assert [one.metric for one in failures(broken, None, thresholds=thresholds, whole=False)] == ["errors"]


def test_a_system_without_citations_does_not_pass_by_having_none_to_be_wrong() -> None:
    thresholds = Thresholds((Limit("citation_validity", least=1.0),), {})
    bare = [row("a", scores={"right": 1.0, "citation_validity": None})]
    assert "undefined" in failures(bare, None, thresholds=thresholds)[0].message
    refused = [row("a", answerable=False, supports=[], scores={"right": 1.0, "citation_validity": None})]
    assert failures(refused, None, thresholds=thresholds) == []


def test_a_models_answers_are_held_by_the_end_of_the_interval() -> None:
    thresholds = Thresholds(
        (), {"generative": (Limit("right", least=0.8),), "extractive": (Limit("right", least=0.8),)}
    )
    rows = [row(str(i), i > 0) for i in range(10)]
    assert failures(rows, None, "extractive", thresholds=thresholds) == []
    assert "95 % interval" in failures(rows, None, "generative", thresholds=thresholds)[0].message


# Baseline


def test_a_baseline_survives_the_file_and_keeps_the_other_mode(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    save_baseline(Baseline({}), "extractive", [row("b"), row("a", False)], path)
    save_baseline(
        load_baseline(path), "generative", [row("a", repeat=0), row("a", False, repeat=1), row("a", repeat=2)], path
    )
    assert load_baseline(path).modes == {
        "extractive": {"a": ("d", False), "b": ("d", True)},
        "generative": {"a": ("d", True)},
    }
    assert path.read_text().count("\n") == 9, "a line a question, for the review of the diff"
    assert load_baseline(tmp_path / "none.json") == Baseline({})
    path.write_text('{"extractive": {"a": "right"}}')
    with pytest.raises(DatasetError, match="restore it"):
        load_baseline(path)


def test_regressions_tell_wrong_right_unknown_gone_and_changed_apart() -> None:
    baseline = {"a": ("d", True), "b": ("d", False), "c": ("old", True), "gone": ("d", True)}
    found = regressions([row("a", False), row("b"), row("c"), row("new")], baseline)
    assert (found.newly_wrong, found.newly_right, found.unknown) == (("a",), ("b",), ("new",))
    assert (found.gone, found.changed) == (("gone",), ("c",))
    assert regressions([row("a")], baseline, whole=False).gone == ()


def test_what_fails_against_the_baseline() -> None:
    baseline = {"a": ("d", True), "b": ("d", False), "gone": ("d", True)}
    found = failures([row("a", False), row("b", False), row("new", False)], baseline)
    assert [one.question for one in found] == [None, None, "a"]
    assert (
        "1 wrong and in no baseline: new" in found[0].message
        and "1 in the baseline and no longer asked: gone" in found[1].message
    )
    assert failures([row("a"), row("b", False), row("new"), row("gone")], baseline) == []


def test_an_answer_that_the_processor_decides_fails_nothing() -> None:
    threshold = default_model().threshold
    close, clear = (row("a", False)["answer"] | {"confidence": threshold + by} for by in (0.01, 0.05))
    assert failures([row("a", False, answer=close)], {"a": ("d", True)}) == []
    assert failures([row("a", False, answer=clear)], {"a": ("d", True)})[0].question == "a"


def test_a_models_baseline_fails_only_by_more_than_chance() -> None:
    baseline = {str(i): ("d", True) for i in range(20)}
    five = [row(str(i), i >= 5) for i in range(20)]
    six = [row(str(i), i >= 6) for i in range(20)]
    assert failures(five, baseline, "generative") == []
    assert "McNemar p = 0.031" in failures(six, baseline, "generative")[0].message


def test_mostly_right_is_more_than_half() -> None:
    assert mostly_right([row("a"), row("a", False), row("a")])
    assert not mostly_right([row("a"), row("a", False)])


# Summary


def test_every_metric_is_summarised_and_none_is_made_up() -> None:
    measured = summarise([row("a"), row("b", False)])
    assert list(measured) == [metric.name for metric in METRICS]
    assert measured["right"].value == 0.5 and measured["right"].n == 2
    assert measured["f1"].value is None and measured["tokens"].value is None and measured["follow_up_gap"].value is None
    assert measured["latency_p50"].value == 0.01


def test_refusals_leave_out_small_talk_and_count_premises_that_are_put_right() -> None:
    refused = {"status": "not_found", "confidence": 0.1, "tokens": None}
    rows = [
        row("answered"),
        row("over", False, answer=refused),
        row("talk", answerable=False, statuses=["reply"], answer=refused | {"status": "reply"}),
        row("refused", answerable=False, statuses=["not_found"], answer=refused),
        row("false", False, answerable=False, statuses=["not_found"]),
        row("corrected", answerable=False, statuses=["not_found", "answered"]),
    ]
    measured = summarise(rows)
    assert measured["over_refusal"].value == 0.5 and measured["over_refusal"].n == 2
    assert measured["false_answer_rate"].value == pytest.approx(1 / 3)
    assert measured["abstention_precision"].value == pytest.approx(2 / 3)


def test_repeats_weigh_as_one_question() -> None:
    rows = [row("a", repeat=i) for i in range(9)] + [row("b", False)]
    assert summarise(rows)["right"].value == 0.5
    assert by_kind(rows)["fact"].n == 2


def test_values_are_shown_as_people_read_them() -> None:
    by_name = {metric.name: metric for metric in METRICS}
    assert show(by_name["right"], 0.9333) == "93.3\u00a0%"
    assert show(by_name["follow_up_gap"], -0.05) == "-5.0 points"
    assert show(by_name["latency_p50"], 0.0123) == "12\u00a0ms"
    assert show(by_name["right"], None) == "—"


@pytest.mark.parametrize(("mode", "failing"), [("generative", 0), ("extractive", 1)])
def test_a_models_answers_need_not_be_verbatim(mode: str, failing: int) -> None:
    one = row("a")
    one["answer"]["mode"] = mode
    thresholds = Thresholds((Limit("verbatim", least=1.0),), {})
    assert len(failures([one], {"a": ("d", True)}, mode, thresholds=thresholds)) == failing
