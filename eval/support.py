"""How good is the offline support test itself? Its precision and recall on labelled pairs of claim and evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import ROOT, DatasetError, entries
from eval.intervals import wilson
from eval.metrics import SupportTest

PAIRS = ROOT / "support_pairs.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, what it cites, and whether a careful reader finds it borne out; `kind` says what the pair tries."""

    claim: str
    evidence: tuple[str, ...]
    supported: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """The test against the labels: precision = rightly called supported ÷ called supported; recall = rightly called
    supported ÷ supported; accuracy over all; each with its Wilson interval. `by_kind`: kind → (right, pairs).
    `wrong` are the pairs that it gets wrong."""

    pairs: int
    precision: float
    precision_interval: tuple[float, float]
    recall: float
    recall_interval: tuple[float, float]
    accuracy: float
    by_kind: tuple[tuple[str, int, int], ...]
    wrong: tuple[Pair, ...]


def load_pairs(path: Path = PAIRS) -> list[Pair]:
    """Reads the labelled pairs.

    Raises:
        DatasetError: unreadable, or a line is no pair.
    """
    pairs = []
    for number, entry in entries(path):
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("claim"), str)
            or not isinstance(entry.get("supported"), bool)
            or not isinstance(entry.get("evidence"), list)
        ):
            raise DatasetError(f"{path.name}, line {number} is no pair: {json.dumps(entry, default=str)[:80]}")
        pairs.append(Pair(entry["claim"], tuple(entry["evidence"]), entry["supported"], entry.get("kind", "")))
    return pairs


def agreement(pairs: Sequence[Pair], supports: SupportTest) -> Agreement:
    """Runs the test over the pairs.

    Raises:
        ValueError: there is nothing to measure on: no pair is labelled supported.
    """
    called = [supports(pair.claim, pair.evidence).supported for pair in pairs]
    true = sum(pair.supported and said for pair, said in zip(pairs, called, strict=True))
    positives, labelled = sum(called), sum(pair.supported for pair in pairs)
    if not labelled:
        raise ValueError("no pair is labelled as supported")
    right = [pair.supported == said for pair, said in zip(pairs, called, strict=True)]
    kinds = sorted({pair.kind for pair in pairs})
    return Agreement(
        pairs=len(pairs),
        precision=true / positives if positives else 0.0,
        precision_interval=wilson(true, positives),
        recall=true / labelled,
        recall_interval=wilson(true, labelled),
        accuracy=sum(right) / len(pairs),
        by_kind=tuple(
            (
                kind,
                sum(good for pair, good in zip(pairs, right, strict=True) if pair.kind == kind),
                sum(pair.kind == kind for pair in pairs),
            )
            for kind in kinds
        ),
        wrong=tuple(pair for pair, good in zip(pairs, right, strict=True) if not good),
    )
