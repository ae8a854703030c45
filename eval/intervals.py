"""How sure a measured share is, and whether two runs really differ. Pure, standard library only; every draw is
seeded."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

Z95 = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""
SIGNIFICANT = 0.05
"""A p below this is called a real difference."""


def wilson(successes: float, total: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of a share, in [0, 1]; (0, 1) where nothing was counted.

    centre = (p + z²/2n) / (1 + z²/n), half width = z √(p(1-p)/n + z²/4n²) / (1 + z²/n), with p = successes / n
    (Wilson 1927, JASA 22:209). Unlike p ± z√(p(1-p)/n) it holds near 0 and 1 and for small n.

    Raises:
        ValueError: not 0 <= successes <= total.
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is no share")
    if total == 0:
        return 0.0, 1.0
    share = successes / total
    scale = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / scale
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def mcnemar(lost: int, won: int) -> float:
    """The exact two-sided p of McNemar's test: `lost` questions went from right to wrong, `won` the other way.

    p = min(1, 2 · P[X <= min(lost, won)]), X ~ Binomial(lost + won, 1/2) (McNemar 1947, Psychometrika 12:153). Six that
    flip one way and none the other give p = .031, five .0625. 1.0 where nothing flipped.
    """
    flipped = lost + won
    if not flipped:
        return 1.0
    tail = sum(math.comb(flipped, k) for k in range(min(lost, won) + 1)) / (1 << flipped)
    return min(1.0, 2 * tail)


def cluster_bootstrap(
    clusters: Sequence[Sequence[float]], *, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of the mean of cluster means, questions being drawn with all their repeats.

    Repeats of a question are no independent observations: drawing single answers would make the interval too narrow
    (Davison and Hinkley 1997, Bootstrap Methods, 3.8). Empty clusters are left out; (0, 1) where none remains.
    """
    means = [sum(cluster) / len(cluster) for cluster in clusters if cluster]
    if not means:
        return 0.0, 1.0
    return _bootstrapped_mean(means, draws, seed, level)


def paired_bootstrap(
    before: Sequence[float], after: Sequence[float], *, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of the mean difference after - before over the same questions; (0, 0) where there are
    none.

    A difference is real, at that level, where the interval does not hold 0 (Efron and Tibshirani 1993, chapter
    13).
    """
    differences = [b - a for a, b in zip(before, after, strict=True)]
    if not differences:
        return 0.0, 0.0
    return _bootstrapped_mean(differences, draws, seed, level)


def _bootstrapped_mean(values: Sequence[float], draws: int, seed: int, level: float) -> tuple[float, float]:
    if len(set(values)) == 1:
        return values[0], values[0]
    drawn = random.Random(seed)
    found = sorted(sum(drawn.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return percentile(found, (1 - level) / 2), percentile(found, (1 + level) / 2)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, linear between neighbours (method 7 of Hyndman and Fan 1996).

    Raises:
        ValueError: there are no values, or `share` is not in [0, 1].
    """
    if not values or not 0 <= share <= 1:
        raise ValueError("a percentile needs values and a share from 0 to 1")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
