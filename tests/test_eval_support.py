"""The support test is itself measured, on pairs that are many, various and rightly built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from test_eval_metrics import Said

from eval.dataset import DatasetError
from eval.support import Pair, agreement, load_pairs
from qa.verify import supports

PAIRS = load_pairs()


def test_the_pairs_are_many_and_of_both_kinds() -> None:
    assert len(PAIRS) >= 150
    assert len({(pair.claim, pair.evidence) for pair in PAIRS}) == len(PAIRS)
    assert 0.35 <= sum(pair.supported for pair in PAIRS) / len(PAIRS) <= 0.65
    kinds = Counter(pair.kind for pair in PAIRS)
    for kind in ("exact", "subset", "reworded", "merged", "number", "unit", "date", "name", "negation", "other-passage",
                 "half-cited", "too-far", "swapped"):  # fmt: skip
        assert kinds[kind] >= 8, kind


def test_a_perfect_and_two_useless_tests_score_what_they_should() -> None:
    labels = {(pair.claim, pair.evidence): pair.supported for pair in PAIRS}
    perfect = agreement(PAIRS, lambda claim, evidence, context=(): Said(labels[claim, tuple(evidence)]))
    assert (perfect.precision, perfect.recall, perfect.accuracy, perfect.wrong) == (1.0, 1.0, 1.0, ())
    trusting = agreement(PAIRS, lambda claim, evidence, context=(): Said(True))
    assert trusting.recall == 1.0 and trusting.precision < 0.65
    doubting = agreement(PAIRS, lambda claim, evidence, context=(): Said(False))
    assert doubting.recall == 0.0 and doubting.precision == 0.0


def test_agreement_of_a_known_confusion() -> None:
    pairs = [Pair(str(i), (), i < 4, "a" if i % 2 else "b") for i in range(8)]

    def says(claim: str, evidence: Sequence[str], context: Sequence[str] = ()) -> Said:
        return Said(claim in "01256")

    found = agreement(pairs, says)
    assert (found.precision, found.recall, found.accuracy) == (3 / 5, 3 / 4, 5 / 8)
    assert found.by_kind == (("a", 2, 4), ("b", 3, 4))
    assert [pair.claim for pair in found.wrong] == ["3", "5", "6"]
    with pytest.raises(ValueError, match="labelled"):
        agreement([Pair("x", (), False, "a")], says)


def test_the_support_test_is_good_enough_to_score_with() -> None:
    found = agreement(PAIRS, supports)
    assert found.precision >= 0.75 and found.recall >= 0.75
    assert {kind: right == pairs for kind, right, pairs in found.by_kind}["exact"]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    for line in ('{"claim": "x", "evidence": "y", "supported": true}', "[]", "nonsense"):
        file.write_text(line)
        with pytest.raises(DatasetError, match="line 1 is no pair"):
            load_pairs(file)
