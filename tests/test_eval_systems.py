"""The gate tests itself: a perfect system passes, and each of five useless ones fails, by the metric meant for it.

`Perfect` answers from the gold set itself: the supports, verbatim and cited. The useless systems are made from it, so
that each differs from perfection in one way only.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from eval.check import document_texts
from eval.dataset import GOLD, SETS, Case, load_gold
from eval.gate import Baseline, Thresholds, gate, load_baseline, load_thresholds, save_baseline
from eval.metrics import occurrences
from eval.record import Row
from eval.session import graded, play_rows
from index.types import Passage
from qa.types import Answer, AnswerSentence, Citation, Evidence, Seconds, Turn
from qa.verify import supports


def make_answer(question: str = "?", **values: object) -> Answer:
    """An answer with harmless values for whatever is not given."""
    blank = Answer(
        question, question, "answered", "extractive", "", (), (), (), 0.9, None, None, None, Seconds(0, 0, 0)
    )
    return replace(blank, **values)  # type: ignore[arg-type]


def make_evidence(document: str, start: int, end: int, text: str, score: float = 0.5) -> Evidence:
    """A retrieved passage."""
    return Evidence(
        Passage(f"{document}:{start}", document, "Title", None, "", None, start, end, text, ()), score, score, score
    )


def cited(document: str, text: str, start: int, end: int, number: int) -> Citation:
    """A sound citation of text[start:end]."""
    return Citation(number, document, "Title", None, None, "", start, end, text[start:end])


class Perfect:
    """Answers every gold question from its own supports. Conversations are told apart by their earlier questions."""

    def __init__(self, cases: Sequence[Case], texts: dict[str, str]) -> None:
        self.texts = texts
        self.known = {(tuple(turn.question for turn in case.history), case.question): case for case in cases}
        self.known |= {((), case.standalone): case for case in cases if case.standalone}
        self.by_question = {case.standalone or case.question: case for case in cases}

    def case(self, question: str, history: Sequence[Turn]) -> Case | None:
        return self.known.get((tuple(turn.question for turn in history), question)) or self.known.get(((), question))

    def spans(self, case: Case) -> list[tuple[str, int, int]]:
        found = []
        for support in case.supports:
            start, end = occurrences(self.texts[support.document], support.quote)[0]
            found.append((support.document, start, end))
        return found

    def quoted(self, case: Case | None) -> Answer:
        """The supports of the case as an answer."""
        if case is None or not case.answerable:
            status = "reply" if case is not None and case.statuses == ("reply",) else "not_found"
            return make_answer(status=status, text="The documents do not say.", confidence=0.05)
        spans = self.spans(case)
        citations = tuple(cited(d, self.texts[d], s, e, n) for n, (d, s, e) in enumerate(spans, 1))
        citations = tuple(replace(citation, references=case.references) for citation in citations)
        sentences = tuple(AnswerSentence(c.quote, (c.number,)) for c in citations)
        passages = tuple(make_evidence(d, s, e, self.texts[d][s:e]) for d, s, e in spans)
        text = " ".join(f"{sentence.text} [{n}]" for n, sentence in enumerate(sentences, 1))
        return make_answer(text=text, sentences=sentences, citations=citations, passages=passages)

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
        case = self.case(question, history)
        answer = self.quoted(case)
        read_as = (case.standalone if case else None) or question
        return replace(answer, question=question, standalone_question=read_as)

    def search(self, query: str, k: int) -> Sequence[Evidence]:
        case = self.by_question.get(query)
        return [make_evidence(d, s, e, self.texts[d][s:e]) for d, s, e in (self.spans(case) if case else [])]


class AlwaysRefuses(Perfect):
    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
        return make_answer(question, status="not_found", text="The documents do not say.", confidence=0.0)


class TopPassage(Perfect):
    """Whatever is asked, the passage with most words in common, whole and cited."""

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
        words = set(question.casefold().split())
        passages = [
            (document, start, start + len(block), block)
            for document, text in self.texts.items()
            for block in text.split("\n")
            if block.strip()
            for start in [text.index(block)]
        ]
        document, start, end, block = max(
            passages, key=lambda one: (len(words & set(one[3].casefold().split())), one[3])
        )
        citation = cited(document, self.texts[document], start, end, 1)
        found = make_evidence(document, start, end, block)
        return make_answer(question, sentences=(AnswerSentence(block, (1,)),), citations=(citation,), passages=(found,))


class CitesNothing(Perfect):
    def quoted(self, case: Case | None) -> Answer:
        answer = super().quoted(case)
        bare = tuple(replace(sentence, citations=()) for sentence in answer.sentences)
        return replace(answer, sentences=bare, citations=())


class CitesAtRandom(Perfect):
    """Sound citations, of places that have nothing to do with the sentence."""

    def quoted(self, case: Case | None) -> Answer:
        answer = super().quoted(case)
        drawn = random.Random(answer.text)
        citations = []
        for citation in answer.citations:
            text = self.texts[citation.document]
            start = drawn.randrange(max(1, len(text) - 80))
            other = cited(citation.document, text, start, min(len(text), start + 80), citation.number)
            citations.append(replace(other, references=citation.references))
        return replace(answer, citations=tuple(citations))


class OtherDocument(Perfect):
    """A sentence of another document, verbatim and cited: everything about it is sound but the answer."""

    def quoted(self, case: Case | None) -> Answer:
        answer = super().quoted(case)
        if case is None or answer.status != "answered":
            return answer
        used = {support.document for support in case.supports}
        document = min((name for name in self.texts if name not in used), default=min(self.texts))
        text = self.texts[document]
        end = text.index("\n", 40)
        line = text[:end]
        found = make_evidence(document, 0, end, line)
        return replace(
            answer,
            sentences=(AnswerSentence(line, (1,)),),
            citations=(cited(document, text, 0, end, 1),),
            passages=(found,),
        )


@cache
def gold() -> tuple[tuple[Case, ...], dict[str, dict[str, str]]]:
    """The gold set and the texts of its documents."""
    return tuple(load_gold(GOLD)), {name: document_texts(folder) for name, folder in SETS.items()}


@cache
def rows_of(system: type[Perfect]) -> tuple[Row, ...]:
    """The whole gold set, played through a system."""
    cases, texts = gold()
    rows: list[Row] = []
    for name in SETS:
        mine = [case for case in cases if case.set == name]
        rows += play_rows(mine, system(mine, texts[name]), texts[name], supports)
    return tuple(rows)


def failed_metrics(system: type[Perfect]) -> set[str]:
    """The metrics by which a system fails, the baseline aside."""
    run = graded(rows_of(system), "extractive", load_thresholds(), Baseline({}))
    return {failure.metric for failure in run.failures} - {"baseline"}


def test_a_perfect_system_passes() -> None:
    wrong = [(one["id"], one["reasons"]) for one in rows_of(Perfect) if not one["right"]]
    assert wrong == []
    assert failed_metrics(Perfect) == set()


@pytest.mark.parametrize(
    ("system", "metrics"),
    [
        (AlwaysRefuses, {"right", "over_refusal", "fact_recall", "citation_validity"}),
        (TopPassage, {"right", "false_answer_rate", "abstention_f1"}),
        (CitesNothing, {"citation_recall", "citation_validity", "gold_citation_hit", "joint"}),
        (CitesAtRandom, {"citation_recall", "gold_citation_hit", "joint"}),
        (OtherDocument, {"right", "fact_recall", "gold_citation_hit"}),
    ],
)
def test_a_useless_system_fails_by_the_metric_that_should_catch_it(system: type[Perfect], metrics: set[str]) -> None:
    assert metrics <= failed_metrics(system)


def test_citing_nothing_or_at_random_still_says_the_right_things() -> None:
    """Or the two would be caught for another reason than their citations."""
    for system in (CitesNothing, CitesAtRandom):
        assert not {"fact_recall", "over_refusal", "false_answer_rate"} & failed_metrics(system)


@pytest.mark.parametrize("system", [AlwaysRefuses, TopPassage, OtherDocument])
def test_a_useless_system_fails_against_the_baseline_of_a_good_one(system: type[Perfect], tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    save_baseline(Baseline({}), "extractive", rows_of(Perfect), path)
    rows = rows_of(system)
    run = graded(rows, "extractive", Thresholds((), {}), load_baseline(path))
    assert run.changes.newly_wrong
    assert {failure.question for failure in run.failures if failure.metric == "baseline"} >= set(
        run.changes.newly_wrong
    )


def test_one_question_newly_wrong_is_enough() -> None:
    rows = [dict(one) for one in rows_of(Perfect)]
    baseline = {one["id"]: (one["digest"], True) for one in rows}
    thresholds = load_thresholds()
    measured = graded(rows, "extractive", thresholds, Baseline({"extractive": baseline})).measured
    assert gate(rows, measured, "extractive", thresholds, baseline) == []
    rows[7] |= {"right": False}
    failures = gate(rows, measured, "extractive", thresholds, baseline)
    assert [(failure.metric, failure.question) for failure in failures] == [("baseline", rows[7]["id"])]
