"""Cases are really played: turn by turn, through the assistant, errors and all."""

from __future__ import annotations

from collections.abc import Sequence

from test_eval_systems import cited, make_answer, make_evidence

from eval.dataset import Case, Earlier, Support
from eval.run import DEPTH, play, play_all
from qa.types import Answer, AnswerSentence, Evidence, Turn
from qa.verify import supports

TEXTS = {"a.txt": "Two boats sank on Monday. Nobody was hurt."}
CASE = Case(
    "boats",
    "How many sank?",
    required=(("two boats",),),
    supports=(Support("a.txt", "Two boats sank on Monday."),),
    answers=("Two",),
)


class Script:
    """Answers with one sentence of the text; keeps what it was asked."""

    def __init__(self, quote: str = "Two boats sank on Monday.") -> None:
        self.quote = quote
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.searched: list[tuple[str, int]] = []

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
        self.asked.append((question, tuple(turn.answer.text for turn in history)))
        start = TEXTS["a.txt"].index(self.quote)
        citation = cited("a.txt", TEXTS["a.txt"], start, start + len(self.quote), 1)
        sentence = AnswerSentence(self.quote, (1,), True, ((0, 3),))
        passages = (make_evidence("a.txt", 0, 42, TEXTS["a.txt"]),)
        return make_answer(
            question, text=f"answer to {question}", sentences=(sentence,), citations=(citation,), passages=passages
        )

    def search(self, query: str, k: int) -> Sequence[Evidence]:
        self.searched.append((query, k))
        return [
            make_evidence("a.txt", 26, 42, TEXTS["a.txt"][26:42]),
            make_evidence("a.txt", 0, 25, TEXTS["a.txt"][:25]),
        ]


def test_a_right_answer_scores_on_everything_that_applies() -> None:
    script = Script()
    result = play(CASE, script, TEXTS, supports)
    assert result.verdict.right and result.ranks == (2,) and script.searched == [("How many sank?", DEPTH)]
    expected = {
        "right": 1.0, "joint": 1.0, "fact_recall": 1.0, "first_sentence": 1.0, "evidence_recall@1": 0.0, "mrr": 0.5,
        "evidence_recall@5": 1.0, "all_evidence@5": 1.0, "citation_validity": 1.0, "citation_recall": 1.0,
        "citation_precision": 1.0, "gold_citation_hit": 1.0, "gold_citation_recall": 1.0, "faithfulness": 1.0,
        "verbatim": 1.0, "phantom_marks": 0.0, "exact_match": 1.0, "f1": 1.0, "references": None,
        "premise_safe": None, "premise_corrected": None, "injection": None,
    }  # fmt: skip
    assert result.scores == expected


def test_a_conversation_is_played_and_the_stand_alone_form_asked_afresh() -> None:
    script = Script()
    case = Case(
        "c", "And?", history=(Earlier("first"), Earlier("second", "so it was said")), standalone="And what else?"
    )
    result = play(case, script, TEXTS, supports)
    assert script.asked == [
        ("first", ()),
        ("second", ("answer to first",)),
        ("And?", ("answer to first", "so it was said")),
        ("And what else?", ()),
    ]
    assert result.standalone_right is True


def test_what_raises_stays_in_the_results_as_wrong() -> None:
    class Broken(Script):
        def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
            raise RuntimeError("no such luck")

    result = play(CASE, Broken(), TEXTS, supports)
    assert result.error == "RuntimeError: no such luck" and not result.verdict.right
    assert result.verdict.reasons == ("raised RuntimeError: no such luck",)
    assert result.scores == {"right": 0.0, "joint": 0.0}


def test_only_the_question_itself_is_timed() -> None:
    ticks = iter([0.0, 10.0, 10.5])
    case = Case("c", "And?", history=(Earlier("first"),), standalone="x")
    assert play(case, Script(), TEXTS, supports, clock=lambda: next(ticks)).seconds == 0.5


def test_repeats_are_numbered_and_reported_as_they_come() -> None:
    seen = []
    results = play_all([CASE, CASE], Script(), TEXTS, supports, repeats=2, progress=seen.append)
    assert [result.repeat for result in results] == [0, 1, 0, 1] and seen == results
