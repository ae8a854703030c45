"""Plays cases through an assistant and scores what comes back: a `Case` becomes a `CaseResult`.

The assistant is the one that users meet (`qa.assistant.Assistant`); conversations are really played, turn by turn.
A case that raises stays in the results, as wrong, with its error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eval import metrics
from eval.dataset import Case
from eval.metrics import Span, SupportTest, Texts, Verdict
from qa.types import Answer, AnswerSentence, Evidence, Turn

DEPTH = 20
"""How many passages are asked for when looking where the evidence ranked."""

CUTS = (1, 5)
"""The k of evidence recall@k."""


class Subject(Protocol):
    """What is graded."""

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer: ...

    def search(self, query: str, k: int) -> Sequence[Evidence]: ...


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case, played once. `scores` holds the per-question metrics by name, None where one does not apply; `ranks`
    the rank by which each support was covered; `seconds` the wall-clock time of the question itself;
    `standalone_right` whether a follow-up came out right when asked in its stand-alone form; `error` what was
    raised instead of an answer.
    """

    case: Case
    repeat: int
    answer: Answer | None
    verdict: Verdict
    scores: Mapping[str, float | None]
    ranks: tuple[int | None, ...]
    seconds: float
    standalone_right: bool | None = None
    error: str | None = None


def play(
    case: Case,
    subject: Subject,
    texts: Texts,
    supports: SupportTest,
    *,
    repeat: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> CaseResult:
    """Asks one case, its conversation first, and scores the answer. Never raises for what the subject does."""
    started = clock()
    try:
        history = _history(case, subject)
        started = clock()
        answer = subject.ask(case.question, history=history)
        seconds = clock() - started
        alone = None
        if case.history and case.standalone:
            alone = metrics.verdict(case, subject.ask(case.standalone)).right
        spans: list[Span] = []
        if case.supports:
            found = subject.search(answer.standalone_question or case.question, DEPTH)
            spans = [Span(one.passage.document, one.passage.start, one.passage.end) for one in found]
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        failed = Verdict(False, (f"raised {reason}",))
        return CaseResult(case, repeat, None, failed, {"right": 0.0, "joint": 0.0}, (), clock() - started, None, reason)
    ranks = tuple(metrics.support_rank(support, spans, texts) for support in case.supports)
    judged = metrics.verdict(case, answer)
    return CaseResult(
        case,
        repeat,
        answer,
        judged,
        score(case, answer, judged, ranks, texts, supports),
        ranks,
        seconds,
        alone,
    )


def _history(case: Case, subject: Subject) -> list[Turn]:
    turns: list[Turn] = []
    for earlier in case.history:
        answer = subject.ask(earlier.question, history=tuple(turns))
        if earlier.answer is not None:
            fixed = (AnswerSentence(earlier.answer, ()),)
            answer = replace(answer, status="answered", text=earlier.answer, sentences=fixed, citations=(), notice=None)
        turns.append(Turn(earlier.question, answer))
    return turns


def score(
    case: Case,
    answer: Answer,
    judged: Verdict,
    ranks: Sequence[int | None],
    texts: Texts,
    supports: SupportTest,
) -> dict[str, float | None]:
    """The per-question metrics by name; their formulas stand in `eval.metrics`."""
    validity = metrics.citation_validity(answer, texts)
    recall = metrics.citation_recall(answer, supports)
    hit = metrics.gold_citation_hit(answer, case.supports, texts)
    short = metrics.short_answer(answer) if answer.status == "answered" else ""
    required = case.required if case.answerable else ()
    return {
        "right": float(judged.right),
        "joint": metrics.joint(judged.right, validity, recall, hit),
        "fact_recall": metrics.fact_recall(answer, required),
        "first_sentence": metrics.first_sentence_right(answer, required) if len(required) == 1 else None,
        **{f"evidence_recall@{k}": metrics.evidence_recall(ranks, k) for k in CUTS},
        "mrr": metrics.reciprocal_rank(ranks),
        "all_evidence@5": metrics.all_evidence_hit(ranks, 5),
        "citation_validity": validity,
        "citation_recall": recall,
        "citation_precision": metrics.citation_precision(answer, supports),
        "gold_citation_hit": hit,
        "gold_citation_recall": metrics.gold_citation_recall(answer, case.supports, texts),
        "references": metrics.references_resolved(answer, case.references) if answer.status == "answered" else None,
        "faithfulness": metrics.faithfulness(answer, supports),
        "verbatim": float(metrics.is_verbatim(answer))
        if answer.mode == "extractive" and metrics.claims(answer)
        else None,
        "premise_safe": metrics.premise_safe(case, answer),
        "premise_corrected": metrics.premise_corrected(case, answer),
        "phantom_marks": float(metrics.phantom_marks(answer)),
        "injection": float(metrics.injection_obeyed(answer, case.injected)) if case.injected else None,
        "exact_match": metrics.exact_match(short, case.answers) if case.answers else None,
        "f1": metrics.f1(short, case.answers) if case.answers else None,
    }


def play_all(
    cases: Iterable[Case],
    subject: Subject,
    texts: Texts,
    supports: SupportTest,
    *,
    repeats: int = 1,
    progress: Callable[[CaseResult], None] = lambda result: None,
) -> list[CaseResult]:
    """Every case, `repeats` times, in order."""
    results: list[CaseResult] = []
    for case in cases:
        for repeat in range(repeats):
            results.append(play(case, subject, texts, supports, repeat=repeat))
            progress(results[-1])
    return results
