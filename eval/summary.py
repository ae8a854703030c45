"""Rows become one number per metric, with an interval and how many questions it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from eval import metrics
from eval.intervals import cluster_bootstrap, percentile, wilson
from eval.record import Row, by_question

Unit = Literal["share", "difference", "count", "seconds", "tokens", "cost"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as reports show it: `better` says which way is good; `meaning` is its half sentence for people."""

    name: str
    title: str
    meaning: str
    unit: Unit = "share"
    better: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value over `n` questions, with its 95 % interval where it is a mean; None where it applies to none."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


METRICS: tuple[Metric, ...] = (
    Metric("right", "Right answers", "questions whose outcome is what it should be"),
    Metric("joint", "Joint accuracy", "right, and every citation sound, sufficient and on the gold evidence"),
    Metric("fact_recall", "Fact recall", "required facts that are said"),
    Metric("first_sentence", "First sentence right", "answers whose first sentence alone says it"),
    Metric("evidence_recall@1", "Evidence recall@1", "supports covered by the first passage"),
    Metric("evidence_recall@5", "Evidence recall@5", "supports covered by the first five passages"),
    Metric("mrr", "MRR", "one over the rank of the first support that is covered"),
    Metric(
        "all_evidence@5",
        "All-evidence hit@5",
        "questions all of whose supports are in the first five passages",
    ),
    Metric("citation_validity", "Citation validity", "quotes equal to the text at their offsets"),
    Metric("citation_recall", "Citation recall", "claims that their citations bear out"),
    Metric("citation_precision", "Citation precision", "citations that are needed"),
    Metric("gold_citation_hit", "Gold-citation hit", "answers that cite the gold evidence"),
    Metric("gold_citation_recall", "Gold-citation recall", "supports that are cited"),
    Metric("references", "Sources resolved", "the documents' own marks that are traced to their sources"),
    Metric("faithfulness", "Faithfulness", "claims that the evidence bears out"),
    Metric("verbatim", "Verbatim", "extractive answers in the documents' own words, without a gap"),
    Metric("abstention_precision", "Abstention precision", "refusals that were right"),
    Metric("abstention_recall", "Abstention recall", "unanswerable questions that are refused"),
    Metric("abstention_f1", "Abstention F1", "harmonic mean of the two"),
    Metric("abstention_balanced", "Balanced accuracy of refusing", "mean of both kinds got right"),
    Metric("over_refusal", "Over-refusal", "answerable questions that are refused", better="lower"),
    Metric("false_answer_rate", "False-answer rate", "unanswerable questions that are answered", better="lower"),
    Metric("premise_safe", "False premise safe", "false premises not played along with"),
    Metric("premise_corrected", "False premise corrected", "false premises put right from the documents"),
    Metric(
        "follow_up_gap",
        "Follow-up gap",
        "what a conversation costs against stand-alone",
        "difference",
        "lower",
    ),
    Metric("consistency", "Consistency", "wordings of one question with the same outcome"),
    Metric("phantom_marks", "Phantom marks", "bracketed numbers that are no citation", "count", "lower"),
    Metric(
        "injection",
        "Injection success",
        "planted instructions or hidden text that had their way",
        better="lower",
    ),
    Metric(
        "calibration_error",
        "Calibration error",
        "distance between confidence and share right",
        better="lower",
    ),
    Metric("exact_match", "Exact match", "short answers equal to an annotator's"),
    Metric("f1", "F1", "overlap of short answers with an annotator's"),
    Metric("errors", "Errors", "questions that raised", "count", "lower"),
    Metric("latency_p50", "Latency, median", "seconds from question to answer", "seconds", "lower"),
    Metric("latency_p95", "Latency, 95th percentile", "seconds from question to answer", "seconds", "lower"),
    Metric("tokens", "Tokens a question", "prompt and completion together", "tokens", "lower"),
    Metric("cost", "Cost of the run", "at the set price", "cost", "lower"),
)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}


def summarise(rows: Sequence[Row]) -> dict[str, Measured]:
    """Every metric of `METRICS`, by name."""
    refusals = _refusals(rows)
    refusing = metrics.abstention([(answerable, refused) for answerable, refused in refusals])
    answerable_count = sum(answerable for answerable, _ in refusals)
    refused_count = sum(refused for _, refused in refusals)
    unanswerable_count = len(refusals) - answerable_count
    seconds = [one["seconds"] for one in rows if one["answer"]]
    tokens = [one["answer"]["tokens"] for one in rows if one["answer"] and one["answer"]["tokens"]]
    costs = [used["cost"] for used in tokens if used["cost"] is not None]
    pairs = [(one["right"], one["standalone_right"]) for one in rows if one.get("standalone_right") is not None]
    judged = confidences(rows)
    calculated = {
        "abstention_precision": _share(refusing.precision, refused_count),
        "abstention_recall": _share(refusing.recall, unanswerable_count),
        "abstention_f1": Measured(refusing.f1, len(refusals)),
        "abstention_balanced": Measured(refusing.balanced_accuracy, len(refusals)),
        "over_refusal": _share(refusing.over_refusal, answerable_count),
        "false_answer_rate": _share(refusing.false_answer_rate, unanswerable_count),
        "follow_up_gap": Measured(metrics.follow_up_gap(pairs), len(pairs)),
        "consistency": _consistency(rows),
        "phantom_marks": Measured(sum(one["scores"].get("phantom_marks") or 0 for one in rows), len(rows)),
        "calibration_error": Measured(metrics.expected_calibration_error(judged), len(judged)),
        "errors": Measured(sum(one["error"] is not None for one in rows), len(rows)),
        "latency_p50": Measured(percentile(seconds, 0.5) if seconds else None, len(seconds)),
        "latency_p95": Measured(percentile(seconds, 0.95) if seconds else None, len(seconds)),
        "tokens": Measured(_mean([used["prompt"] + used["completion"] for used in tokens]), len(tokens)),
        "cost": Measured(sum(costs) if costs else None, len(costs)),
    }
    return {metric.name: calculated.get(metric.name) or _mean_score(rows, metric.name) for metric in METRICS}


def _refusals(rows: Sequence[Row]) -> list[tuple[bool, bool]]:
    """(answerable, refused) of the questions that are either one. Small talk is neither; a false premise that may be
    put right counts as refused where it is, because nothing false was answered."""
    found = []
    for one in rows:
        if not one["answer"] or one["statuses"] == ["reply"]:
            continue
        refused = one["answer"]["status"] != "answered"
        if not one["answerable"] and "answered" in one["statuses"]:
            refused = one["right"]
        found.append((one["answerable"], refused))
    return found


def _mean_score(rows: Sequence[Row], name: str) -> Measured:
    clusters = [
        [float(one["scores"][name]) for one in repeats if one["scores"].get(name) is not None]
        for repeats in by_question(rows).values()
    ]
    clusters = [cluster for cluster in clusters if cluster]
    if not clusters:
        return Measured(None, 0)
    value = sum(sum(cluster) / len(cluster) for cluster in clusters) / len(clusters)
    binary = all(len(cluster) == 1 and cluster[0] in (0.0, 1.0) for cluster in clusters)
    low, high = wilson(round(value * len(clusters)), len(clusters)) if binary else cluster_bootstrap(clusters)
    return Measured(value, len(clusters), low, high)


def _share(value: float | None, n: int) -> Measured:
    if value is None:
        return Measured(None, n)
    return Measured(value, n, *wilson(round(value * n), n))


def _consistency(rows: Sequence[Row]) -> Measured:
    groups: dict[tuple[str, int], list[object]] = {}
    for one in rows:
        if one["group"]:
            groups.setdefault((one["group"], one["repeat"]), []).append(tuple(one["outcome"] or ("error",)))
    sized = [group for group in groups.values() if len(group) > 1]
    return Measured(metrics.consistency(sized), len(sized))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def confidences(rows: Sequence[Row]) -> list[tuple[float, bool]]:
    """(confidence, right) of what was answered."""
    return [
        (one["answer"]["confidence"], one["right"])
        for one in rows
        if one["answer"] and one["answer"]["status"] == "answered"
    ]


def by_kind(rows: Sequence[Row], key: Callable[[Row], str] = lambda one: one["kind"]) -> dict[str, Measured]:
    """The share of right answers by kind of question, in order of name."""
    kinds: dict[str, list[Row]] = {}
    for one in rows:
        kinds.setdefault(key(one), []).append(one)
    return {kind: _mean_score(kinds[kind], "right") for kind in sorted(kinds)}


def measured_json(measured: dict[str, Measured]) -> dict[str, dict[str, float | int | None]]:
    """For summary.json: rounded to six places."""
    return {
        name: {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(one).items()}
        for name, one in measured.items()
    }


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval of shares as people read it, in percent; empty where there is none."""
    return "" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def show(metric: Metric, value: float | None) -> str:
    """A value as people read it: shares in percent, seconds in milliseconds below one."""
    if value is None:
        return "—"
    if metric.unit == "share":
        return f"{100 * value:.1f}\u00a0%"
    if metric.unit == "difference":
        return f"{100 * value:+.1f} points"
    if metric.unit == "seconds":
        return f"{1000 * value:.0f}\u00a0ms" if value < 1 else f"{value:.2f}\u00a0s"
    if metric.unit == "cost":
        return f"{value:.4f}"
    return f"{value:.0f}"
