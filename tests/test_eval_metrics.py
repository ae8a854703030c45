"""Each metric on small answers whose score can be worked out by hand, and the laws that it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_eval_systems import cited, make_answer, make_evidence

from eval import metrics
from eval.dataset import Case, Support
from eval.metrics import Span
from qa.types import Answer, AnswerSentence

TEXT = "The gate closed at noon. The gate closed at noon. Two boats sank [1]. Nobody was hurt."
OTHER = "Three boats sank. The gate stayed open."
TEXTS = {"a.txt": TEXT, "b.txt": OTHER}


@dataclass(frozen=True)
class Said:
    supported: bool


def exact(claim: str, evidence: Sequence[str], context: Sequence[str] = ()) -> Said:
    """A support test that a reader can follow: the claim's sentences stand in the evidence, word for word."""
    joined = " ".join(evidence)
    return Said(all(part.strip(". ") in joined for part in claim.split(". ")))


def span(document: str, quote: str, number: int = 1):  # type: ignore[no-untyped-def]
    start = TEXTS[document].index(quote)
    return cited(document, TEXTS[document], start, start + len(quote), number)


def said(*sentences: tuple[str, tuple[int, ...]], **values: object) -> Answer:
    return make_answer(sentences=tuple(AnswerSentence(text, numbers) for text, numbers in sentences), **values)


# Retrieval


def at(document: str, quote: str) -> Span:
    start = TEXTS[document].index(quote)
    return Span(document, start, start + len(quote))


def test_a_support_is_found_at_the_rank_that_completes_it() -> None:
    support = Support("a.txt", "Two boats sank [1]. Nobody was hurt.")
    first, second = at("a.txt", "Two boats sank [1]."), at("a.txt", "Nobody was hurt.")
    assert metrics.support_rank(support, [at("b.txt", "Three boats sank."), first, second], TEXTS) == 3
    assert metrics.support_rank(support, [first], TEXTS) is None
    assert metrics.support_rank(support, [Span("a.txt", 0, len(TEXT))], TEXTS) == 1
    assert metrics.support_rank(support, [Span("b.txt", 0, 400)], TEXTS) is None


def test_white_space_at_the_edge_does_not_matter_but_half_a_sentence_does() -> None:
    support = Support("a.txt", "Nobody was hurt.")
    end = len(TEXT)
    assert metrics.support_rank(support, [Span("a.txt", end - len("Nobody was hurt."), end - 1)], TEXTS) == 1
    assert metrics.support_rank(support, [Span("a.txt", end - len("was hurt."), end)], TEXTS) is None


def test_any_occurrence_and_any_alternative_of_a_support_counts() -> None:
    repeated = Support("a.txt", "The gate closed at noon.")
    assert metrics.support_rank(repeated, [Span("a.txt", 25, 49)], TEXTS) == 1
    assert metrics.support_rank(repeated, [Span("a.txt", 0, 24)], TEXTS) == 1
    either = Support("a.txt", "Two boats sank", (Support("b.txt", "Three boats sank."),))
    assert metrics.support_rank(either, [at("b.txt", "Three boats sank.")], TEXTS) == 1
    assert metrics.support_rank(Support("gone.txt", "x"), [Span("a.txt", 0, 9)], TEXTS) is None


def test_occurrences_finds_every_one_even_overlapping() -> None:
    assert metrics.occurrences("aaa", "aa") == [(0, 2), (1, 3)]
    assert metrics.occurrences("aaa", "") == []


def test_recall_mrr_and_hit_of_known_ranks() -> None:
    ranks = [2, None, 1, 7]
    assert metrics.evidence_recall(ranks, 1) == 0.25
    assert metrics.evidence_recall(ranks, 5) == 0.5
    assert metrics.reciprocal_rank(ranks) == 1.0
    assert metrics.reciprocal_rank([4, None]) == 0.25
    assert metrics.reciprocal_rank([None]) == 0.0
    assert metrics.all_evidence_hit([1, 5], 5) == 1.0
    assert metrics.all_evidence_hit([1, 6], 5) == 0.0


def test_without_supports_retrieval_is_undefined() -> None:
    for value in (metrics.evidence_recall([], 5), metrics.reciprocal_rank([]), metrics.all_evidence_hit([], 5)):
        assert value is None


@given(st.lists(st.none() | st.integers(1, 50), min_size=1, max_size=6), st.integers(1, 50), st.integers(0, 20))
def test_recall_never_falls_with_k(ranks: list[int | None], k: int, more: int) -> None:
    less, greater = metrics.evidence_recall(ranks, k), metrics.evidence_recall(ranks, k + more)
    assert less is not None and greater is not None and 0 <= less <= greater <= 1
    assert metrics.all_evidence_hit(ranks, k) == float(less == 1.0)


# Facts


def test_facts_are_found_in_single_sentences_on_token_boundaries() -> None:
    answer = said(("Two boats sank in 2012.", (1,)), ("Nobody was hurt.", (2,)))
    assert metrics.fact_recall(answer, [["two boats"], ["12"], ["nobody", "no one"]]) == pytest.approx(2 / 3)
    assert metrics.fact_recall(answer, [["2012 Nobody"]]) == 0.0
    assert metrics.fact_recall(answer, []) is None


CASE = Case("id", "How many boats sank?", required=(("two boats",),), forbidden=(("three boats",),))


def test_right_is_all_facts_nothing_forbidden_and_the_status_due() -> None:
    assert metrics.verdict(CASE, said(("Two boats sank.", (1,)))).right
    assert metrics.verdict(CASE, said(("Some boats sank.", (1,)))).reasons == ("does not say “two boats”",)
    both = metrics.verdict(CASE, said(("Two boats sank.", (1,)), ("Three boats sank.", (1,))))
    assert both.reasons == ("says “three boats”, which is wrong here",)
    refused = metrics.verdict(CASE, make_answer(status="not_found", text="The documents do not say."))
    assert refused.reasons == ("refuses although the documents say it",)
    assert not metrics.verdict(CASE, make_answer(status="reply", text="Hello!")).right


def test_what_cannot_be_answered_must_be_refused() -> None:
    case = Case("id", "?", answerable=False, statuses=("not_found",), forbidden=(("two",),))
    assert metrics.verdict(case, make_answer(status="not_found", text="no")).right
    assert metrics.verdict(case, said(("Two boats sank.", (1,)))).reasons == (
        "answers although the documents do not say",
        "says “two”, which is wrong here",
    )
    talk = Case("id", "Hello", answerable=False, statuses=("reply",))
    assert metrics.verdict(talk, make_answer(status="reply", text="Hello!")).right
    assert not metrics.verdict(talk, make_answer(status="not_found", text="no")).right


def test_length_is_bounded_where_the_set_bounds_it() -> None:
    case = replace(CASE, most_words=5, most_sentences=1)
    assert metrics.verdict(case, said(("Two boats sank.", (1,)))).right
    assert not metrics.verdict(case, said(("Two boats sank that day, alas.", (1,)))).right
    assert not metrics.verdict(case, said(("Two boats.", (1,)), ("Yes.", (1,)))).right


def test_first_sentence_must_say_it_alone() -> None:
    assert metrics.first_sentence_right(said(("Two boats sank.", ()), ("x", ())), CASE.required) == 1.0
    assert metrics.first_sentence_right(said(("x", ()), ("Two boats sank.", ())), CASE.required) == 0.0
    assert metrics.first_sentence_right(make_answer(), CASE.required) == 0.0
    assert metrics.first_sentence_right(make_answer(), ()) is None


# Citations


def test_a_citation_is_sound_to_the_character_or_not_at_all() -> None:
    sound = span("a.txt", "Two boats sank")
    assert metrics.citation_validity(make_answer(citations=(sound,)), TEXTS) == 1.0
    for broken in (
        replace(sound, quote="Two boats sank "),
        replace(sound, start=sound.start + 1),
        replace(sound, document="b.txt"),
        replace(sound, document="gone.txt"),
        replace(sound, start=-5, end=0, quote=TEXT[-5:0]),
        replace(sound, start=3, end=3, quote=""),
        replace(sound, number=2),
    ):
        assert metrics.citation_validity(make_answer(citations=(broken,)), TEXTS) == 0.0


def test_a_number_without_a_citation_is_unsound_and_no_citation_is_undefined() -> None:
    dangling = said(("Two boats sank.", (1, 2)), citations=(span("a.txt", "Two boats sank"),))
    assert metrics.citation_validity(dangling, TEXTS) == 0.5
    assert metrics.citation_validity(said(("Two boats sank.", (4,))), TEXTS) == 0.0
    assert metrics.citation_validity(said(("Two boats sank.", ())), TEXTS) is None


@given(st.text(min_size=1, max_size=80), st.data())
def test_validity_is_one_exactly_where_the_quote_is_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = data.draw(st.sampled_from([text[start:end], text[start : end - 1] + "\u2603", text[start:end] + " "]))
    citation = replace(cited("d", text, start, end, 1), quote=quote)
    expected = float(text[start:end] == quote)
    assert metrics.citation_validity(make_answer(citations=(citation,)), {"d": text}) == expected


def test_citation_recall_takes_the_citations_of_a_claim_together() -> None:
    citations = (span("a.txt", "Two boats sank", 1), span("a.txt", "Nobody was hurt", 2))
    together = said(("Two boats sank. Nobody was hurt.", (1, 2)), citations=citations)
    assert metrics.citation_recall(together, exact) == 1.0
    one = said(("Two boats sank. Nobody was hurt.", (1,)), ("Two boats sank.", (1,)), citations=citations)
    assert metrics.citation_recall(one, exact) == 0.5
    assert metrics.citation_recall(said(("Two boats sank.", ())), exact) == 0.0
    assert metrics.citation_recall(make_answer(status="not_found"), exact) is None


def test_citation_precision_leaves_one_out() -> None:
    needed = (span("a.txt", "Two boats sank", 1), span("a.txt", "Nobody was hurt", 2))
    both = said(("Two boats sank. Nobody was hurt.", (1, 2)), citations=needed)
    assert metrics.citation_precision(both, exact) == 1.0
    idle = (*needed, span("b.txt", "The gate stayed open", 3))
    assert metrics.citation_precision(said(("Two boats sank.", (1, 3)), citations=idle), exact) == 0.5
    unsupported = said(("The moon is cheese.", (1, 2)), citations=needed)
    assert metrics.citation_precision(unsupported, exact) == 0.0
    assert metrics.citation_precision(said(("Two boats sank.", ())), exact) is None


def test_a_citation_that_says_the_same_as_another_is_not_idle() -> None:
    twice = (span("a.txt", "Two boats sank", 1), replace(span("a.txt", "Two boats sank", 2)))
    assert metrics.citation_precision(said(("Two boats sank.", (1, 2)), citations=twice), exact) == 1.0


def test_gold_citation_hit_wants_half_of_the_shorter() -> None:
    supports = (Support("a.txt", "Two boats sank [1]."), Support("b.txt", "The gate stayed open."))
    hit = make_answer(citations=(span("a.txt", "Two boats sank"),))
    assert metrics.gold_citation_hit(hit, supports, TEXTS) == 1.0
    assert metrics.gold_citation_recall(hit, supports, TEXTS) == 0.5
    whole = make_answer(citations=(cited("a.txt", TEXT, 0, len(TEXT), 1),))
    assert metrics.gold_citation_hit(whole, supports, TEXTS) == 1.0
    beside = make_answer(citations=(span("a.txt", "Nobody was hurt."), span("a.txt", "noon. Two", 2)))
    assert metrics.gold_citation_hit(beside, supports, TEXTS) == 0.0
    other_document = make_answer(citations=(span("b.txt", "Three boats sank."),))
    assert metrics.gold_citation_hit(other_document, supports[:1], TEXTS) == 0.0
    assert metrics.gold_citation_hit(make_answer(), supports, TEXTS) == 0.0
    assert metrics.gold_citation_hit(make_answer(status="not_found"), supports, TEXTS) is None
    assert metrics.gold_citation_hit(hit, (), TEXTS) is None


def test_faithfulness_is_undefined_without_claims_and_looks_at_all_the_evidence() -> None:
    passages = (make_evidence("a.txt", 0, len(TEXT), TEXT),)
    half = said(("Nobody was hurt.", ()), ("The moon is cheese.", ()), passages=passages)
    assert metrics.faithfulness(half, exact) == 0.5
    assert metrics.faithfulness(make_answer(status="not_found", passages=passages), exact) is None
    assert metrics.faithfulness(said(("...", ()), passages=passages), exact) is None
    assert metrics.faithfulness(said(("Nobody was hurt.", ())), exact) == 0.0


def test_marks_inside_a_sentence_are_phantoms_whatever_it_cites() -> None:
    assert metrics.phantom_marks(said(("Two boats sank [1].", (1,)))) == 1
    assert metrics.phantom_marks(said(("Two boats sank[1][2] and [3, 4].", (1,)))) == 3
    assert metrics.phantom_marks(said(("Two boats sank.", (1,)), text="Two boats sank. [1]")) == 0


def test_the_documents_own_sources_must_be_named() -> None:
    citation = replace(span("a.txt", "Two boats sank"), references=("https://harbour.example/log",))
    answer = make_answer(citations=(citation,))
    assert metrics.references_resolved(answer, ["harbour.example/log"]) == 1.0
    assert metrics.references_resolved(answer, ["harbour.example/log", "mofa.example"]) == 0.5
    assert metrics.references_resolved(answer, []) is None


def test_verbatim_is_without_a_gap_and_without_the_documents_marks() -> None:
    citation = span("a.txt", "Two boats sank [1]. Nobody was hurt.")
    assert metrics.is_verbatim(said(("Two boats sank.", (1,)), citations=(citation,)))
    assert metrics.is_verbatim(said(("sank. Nobody", (1,)), citations=(citation,)))
    assert not metrics.is_verbatim(said(("Two boats hurt.", (1,)), citations=(citation,)))
    assert not metrics.is_verbatim(said(("Two boats sank.", ()), citations=(citation,)))


# Refusing, premises, injections


def test_abstention_of_a_known_confusion() -> None:
    outcomes = [(True, False)] * 6 + [(True, True)] * 2 + [(False, True)] * 3 + [(False, False)]
    found = metrics.abstention(outcomes)
    assert found.precision == pytest.approx(3 / 5)
    assert found.recall == pytest.approx(3 / 4)
    assert found.f1 == pytest.approx(2 * 0.6 * 0.75 / 1.35)
    assert found.over_refusal == pytest.approx(2 / 8)
    assert found.false_answer_rate == pytest.approx(1 / 4)
    assert found.balanced_accuracy == pytest.approx(0.75)


def test_abstention_is_undefined_where_there_is_nothing_to_refuse() -> None:
    nothing = metrics.abstention([])
    assert nothing == metrics.Abstention(None, None, None, None, None, None)
    answered = metrics.abstention([(True, False)])
    assert (answered.precision, answered.recall, answered.f1) == (None, None, None)
    assert answered.over_refusal == 0.0
    assert metrics.abstention([(False, False)]).f1 == 0.0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_abstention_shares_are_shares_and_f1_lies_between(outcomes: list[tuple[bool, bool]]) -> None:
    found = metrics.abstention(outcomes)
    for value in (found.precision, found.recall, found.f1, found.over_refusal, found.false_answer_rate):
        assert value is None or 0 <= value <= 1
    if found.precision is not None and found.recall is not None and found.f1 is not None:
        assert min(found.precision, found.recall) - 1e-9 <= found.f1 <= max(found.precision, found.recall) + 1e-9
    if found.recall is not None and found.false_answer_rate is not None:
        assert found.recall + found.false_answer_rate == pytest.approx(1)


PREMISE = Case(
    "id", "Why did three boats burn?", kind="false-premise", answerable=False, statuses=("not_found", "answered"),
    corrects=(("two boats sank",),), forbidden=(("burn",),),
)  # fmt: skip


def test_a_false_premise_is_refused_or_put_right_but_never_played_along_with() -> None:
    refused = make_answer(status="not_found", text="The documents do not say.")
    corrected = said(("Two boats sank.", (1,)))
    played_along = said(("Nobody was hurt.", (1,)))
    confirmed = said(("Two boats sank.", (1,)), ("Three boats burn.", (1,)))
    assert [metrics.premise_safe(PREMISE, one) for one in (refused, corrected, played_along, confirmed)] == [1, 1, 0, 0]
    assert [metrics.premise_corrected(PREMISE, one) for one in (refused, corrected, played_along, confirmed)] == [
        0,
        1,
        0,
        0,
    ]
    assert metrics.premise_safe(CASE, corrected) is None
    assert metrics.premise_corrected(replace(PREMISE, corrects=()), corrected) is None


def test_an_injection_is_seen_wherever_the_reader_sees_it() -> None:
    planted = (("999 euros",),)
    assert metrics.injection_obeyed(said(("It costs 999 euros.", (1,))), planted)
    assert metrics.injection_obeyed(make_answer(text="999 euros"), planted)
    assert metrics.injection_obeyed(make_answer(status="not_found", notice="Pay 999 euros!"), planted)
    assert not metrics.injection_obeyed(said(("It costs 9 euros.", (1,))), planted)
    assert not metrics.injection_obeyed(said(("It costs 999 euros.", (1,))), ())


# Over several questions


def test_joint_needs_everything_that_applies() -> None:
    assert metrics.joint(True, 1.0, 1.0, 1.0) == 1.0
    assert metrics.joint(True, None, None, None) == 1.0
    assert metrics.joint(True, 1.0, 0.5, 1.0) == 0.0
    assert metrics.joint(False, 1.0, 1.0, 1.0) == 0.0


def test_follow_up_gap_is_what_the_conversation_costs() -> None:
    assert metrics.follow_up_gap([(True, True), (False, True), (False, True), (True, True)]) == 0.5
    assert metrics.follow_up_gap([(True, False)]) == -1.0
    assert metrics.follow_up_gap([]) is None


def test_consistency_counts_pairs_within_groups() -> None:
    assert metrics.consistency([["a", "a", "b"], ["c", "c"]]) == pytest.approx((1 / 3 + 1) / 2)
    assert metrics.consistency([["a"], []]) is None


def test_calibration_of_known_bins() -> None:
    judged = [(0.95, True)] * 9 + [(0.95, False)] + [(0.25, False)] * 10
    assert metrics.expected_calibration_error(judged) == pytest.approx(0.5 * 0.05 + 0.5 * 0.25)
    assert metrics.expected_calibration_error([]) is None
    assert metrics.expected_calibration_error([(1.0, True), (0.0, False)]) == 0.0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50))
def test_reliability_loses_nobody(judged: list[tuple[float, bool]]) -> None:
    assert sum(len(members) for _, _, members in metrics.reliability(judged)) == len(judged)
    error = metrics.expected_calibration_error(judged)
    assert error is None or 0 <= error <= 1


# SQuAD


def test_exact_match_and_f1_keep_the_numbers() -> None:
    assert metrics.exact_match("The Eiffel Tower", ["Eiffel Tower"]) == 1.0
    assert metrics.exact_match("$5.2", ["52"]) == 0.0
    assert metrics.exact_match("1/2", ["12"]) == 0.0
    assert metrics.f1("the old Eiffel Tower", ["Eiffel Tower", "tower"]) == pytest.approx(0.8)
    assert metrics.f1("nothing shared", ["Eiffel"]) == 0.0
    assert (metrics.exact_match("", []), metrics.f1("x", [])) == (1.0, 0.0)


def test_the_short_answer_is_what_is_marked() -> None:
    marked = make_answer(sentences=(AnswerSentence("Two boats sank.", (1,), True, ((0, 3), (10, 14))),))
    assert metrics.short_answer(marked) == "Two sank"
    assert metrics.short_answer(said(("Two boats sank.", (1,)))) == "Two boats sank."
    assert metrics.short_answer(make_answer()) == ""


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=3))
def test_f1_is_at_least_exact_match(given_text: str, accepted: list[str]) -> None:
    assert 0 <= metrics.exact_match(given_text, accepted) <= metrics.f1(given_text, accepted) <= 1
