"""Intervals and tests of differences, against published and hand-computed values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.intervals import cluster_bootstrap, mcnemar, paired_bootstrap, percentile, wilson


def test_wilson_matches_known_values() -> None:
    assert wilson(57, 60) == pytest.approx((0.863, 0.983), abs=5e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=5e-4)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-4)  # Newcombe 1998, table I
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share_and_lies_in_0_to_1(total: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, total))
    low, high = wilson(successes, total)
    assert 0 <= low <= successes / total <= high <= 1
    assert wilson(total - successes, total) == pytest.approx((1 - high, 1 - low))


def test_mcnemar_is_the_exact_binomial() -> None:
    assert mcnemar(6, 0) == pytest.approx(0.03125)
    assert mcnemar(5, 0) == pytest.approx(0.0625)
    assert mcnemar(10, 3) == pytest.approx(0.0923, abs=5e-4)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(4, 4) == 1.0
    assert mcnemar(2000, 1000) < 1e-6


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_a_probability_and_even_handed(lost: int, won: int) -> None:
    assert 0 < mcnemar(lost, won) <= 1
    assert mcnemar(lost, won) == mcnemar(won, lost)


def test_repeats_of_a_question_do_not_narrow_the_interval() -> None:
    answers = [1.0, 0.0] * 15
    once = cluster_bootstrap([[value] for value in answers])
    ten_times = cluster_bootstrap([[value] * 10 for value in answers])
    assert once == ten_times
    low, high = once
    assert low < 0.5 < high and high - low > 0.25


def test_bootstrap_is_reproducible_and_knows_its_edges() -> None:
    clusters = [[1.0, 0.0, 1.0], [1.0], [0.0, 0.0], []]
    assert cluster_bootstrap(clusters) == cluster_bootstrap(clusters)
    assert cluster_bootstrap([]) == (0.0, 1.0)
    assert cluster_bootstrap([[1.0], [1.0]]) == (1.0, 1.0)
    assert paired_bootstrap([], []) == (0.0, 0.0)
    low, high = paired_bootstrap([0.0] * 40, [1.0] * 10 + [0.0] * 30)
    assert 0 < low < 0.25 < high


def test_percentile_is_linear_between_neighbours() -> None:
    assert percentile([4, 1, 3, 2], 0.5) == 2.5
    assert percentile([7], 0.95) == 7
    assert percentile(list(range(101)), 0.95) == 95
    with pytest.raises(ValueError, match="needs values"):
        percentile([], 0.5)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_percentile_lies_within_the_values(values: list[float], share: float) -> None:
    assert min(values) - 1e-6 <= percentile(values, share) <= max(values) + 1e-6
