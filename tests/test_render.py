"""Answers as people read them in a terminal; document text never reaches it as commands."""

from __future__ import annotations

from qa.render import answer_text, dumps, printable
from qa.types import Answer, AnswerSentence, Citation, Evidence, Seconds, Tokens


def answer(**fields: object) -> Answer:
    citation = Citation(1, "a.txt", "A Title", "2024-05-01", 3, "Part One", 10, 24, "It is so\nhere.", ("example.org",))
    base: dict[str, object] = {
        "question": "is it so?", "standalone_question": "is it so?", "status": "answered", "mode": "extractive",
        "text": "It is so here. [1]", "sentences": (AnswerSentence("It is so here.", (1,)),), "citations": (citation,),
        "passages": (), "confidence": 0.9, "notice": None, "model": None, "tokens": None, "seconds": Seconds(0.01,
        0.02, 0.03),
    }  # fmt: skip
    return Answer(**(base | fields))  # type: ignore[arg-type]


def test_plain_answer_with_source() -> None:
    assert answer_text(answer(), width=80, colour=False) == (
        "It is so here. [1]\n\n"
        "[1] A Title · 2024-05-01 · p. 3 · Part One\n"
        "    “It is so here.”\n"
        "    a.txt, characters 10–24; refers to example.org"
    )


def test_notice_follow_up_and_figures() -> None:
    shown = answer_text(
        answer(
            standalone_question="is it so in May?",
            notice="The documents differ.",
            model="m",
            tokens=Tokens(10, 5, 0.001),
            seconds=Seconds(0.01, 0.02, 0.03, 0.5),
        ),
        width=80,
        colour=False,
        verbose=True,
    )
    assert shown.startswith("(is it so in May?)") and "Note: The documents differ." in shown
    assert "10 tokens in, 5 out" in shown and "first token after 0.50 s" in shown and "cost 0.001000" in shown


def test_unsupported_sentences_are_called_out() -> None:
    sentence = AnswerSentence("It is not so.", (1,), supported=False)
    shown = answer_text(answer(sentences=(sentence,), text="It is not so. [1]"), width=80, colour=True)
    assert "\033[31m! Not borne out by its sources: It is not so." in shown


def test_refusal_shows_the_nearest_passages() -> None:
    from index.chunk import chunk
    from index.load import document

    (passage,) = chunk(
        document("b.txt", "Heading\n\nSome text that is long enough to be a paragraph of its own here.\n")
    )
    refused = answer(
        status="not_found",
        text="The documents do not say.",
        citations=(),
        sentences=(),
        passages=(Evidence(passage, 0.3, 0.3, 0),),
    )
    shown = answer_text(refused, width=80, colour=False)
    assert shown == "The documents do not say.\n\nNearest passages:\n- Heading"


def test_control_and_bidirectional_characters_are_not_obeyed() -> None:
    hostile = "a\033[2Jb\u202ec\u200bd\x07e\r"
    assert printable(hostile) == "a [2Jb c d e "
    shown = answer_text(answer(text=hostile, notice=hostile), width=80, colour=False)
    assert not {"\033", "\u202e", "\x07", "\r"} & set(shown)


def test_json_survives_lone_surrogates() -> None:
    assert dumps({"a": "é\ud800"}) == '{"a": "\\u00e9\\ud800"}'
    assert dumps({"a": "é東"}) == '{"a": "é東"}'
