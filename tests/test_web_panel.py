"""Answers and sources as HTML and as Markdown: text stays text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Document, Passage
from qa.render import answer_json
from qa.types import Answer, AnswerSentence, Citation, Evidence, Seconds
from web.answers import answer_from_json, markdown, pieces
from web.conversations import Exchange
from web.indexing import State
from web.panel import Mark, exchange_html, library_html, source_html
from web.templating import component, shown

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>",
    "${alert(1)}`${document.title}`{{constructor.constructor('alert(1)')()}}",
    "[1]: https://evil.example\n![x](https://evil.example/p.png)[a](javascript:alert(1))",
    "\u202egnp.exe\u2066\u200b\u2028\x00\x1b[31m\ufeff",
    "</textarea></template><iframe src=https://evil.example></iframe><form action=//evil.example><base href=//evil>",
    "javascript:alert(1)//\u0000",
)

_QUOTE = "The storm of 1871 broke both moles."
ANSWER = Answer(
    question="who?",
    standalone_question="who?",
    status="answered",
    mode="extractive",
    text=f"{_QUOTE} [1]",
    sentences=(AnswerSentence(_QUOTE, (1,), True, ((4, 9),)),),
    citations=(
        Citation(
            1, "storms.txt", "Storms", "1871-02", None, "Damage", 10, 10 + len(_QUOTE), _QUOTE, ("harbour.example",)
        ),
    ),
    passages=(
        Evidence(Passage("", "storms.txt", "Storms", "1871-02", "Damage", None, 10, 45, _QUOTE, ()), 0.9, 0.0, 0.0),
    ),
    confidence=0.9,
    notice=None,
    model=None,
    tokens=None,
    seconds=Seconds(0.01, 0.02, 0.03),
)
_ELEMENTS = {
    *"article div button svg path circle rect p span a ul li ol h2 h3".split(),
    *"details summary dl dt dd strong header mark table tr th td".split(),
}
_ATTRIBUTES = re.compile(
    r"class|id|data-[a-z]+|aria-[a-z]+|role|type|title|href|d|cx|cy|r|rx|x|y|width|height|viewbox|tabindex|dir|disabled|focusable|value|max"
)


class _Reader(HTMLParser):
    """What elements and attributes there are, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(markup: str) -> _Reader:
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\ufeff\0\x1b]", markup)
    reader = _Reader()
    reader.feed(markup)
    for tag, attributes in reader.elements:
        assert tag in _ELEMENTS | {"progress"}, tag
        for name, value in attributes.items():
            assert _ATTRIBUTES.fullmatch(name), (tag, name)
            if name == "href":
                assert str(value).startswith("#"), value
    return reader


def _evil_answer(text: str, status: Any = "answered") -> Answer:
    citation = replace(
        ANSWER.citations[0], document=text, title=text, date=text, section=text, quote=text, references=(text,)
    )
    passage = replace(ANSWER.passages[0].passage, document=text, title=text, section=text, text=text)
    return replace(
        ANSWER, question=text, standalone_question=f"{text}?", text=f"{text} [1]", notice=text, model=text,
        status=status,
        sentences=(AnswerSentence(text, (1,), False, ((0, 3),)),), citations=(citation,),
        passages=(Evidence(passage, 0.5, 0.0, 0.0),),
    )  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_nothing_from_outside_becomes_markup(text: str) -> None:
    for status in ("answered", "not_found", "reply"):
        answer = _evil_answer(text, status)
        reader = _read(exchange_html("conversation", Exchange("exchange1", text, "answered", answer_json(answer))))
        assert not any(tag in ("script", "img", "iframe", "form") for tag, _ in reader.elements)
    _read(exchange_html("conversation", Exchange("exchange1", text, "failed", text=text)))
    _read(exchange_html("conversation", Exchange("exchange1", text, "stopped", text=text), streaming=True))
    document = Document(text, f"before\n{text}\nafter", text)
    marks = [Mark(7, 7 + len(text), 1, True)]
    _read(source_html(document, marks, page=None, section=text, siblings=(), references=(text,)))
    record = SimpleNamespace(path=text, title=text, date=text, passages=3, failure=text)
    corpus: Any = SimpleNamespace(manifest=SimpleNamespace(readable=[record], failed=[record]))
    _read(library_html(corpus, State(error=text)))


@given(st.text(st.one_of(st.characters(), st.sampled_from("\u202e\u2066\u200b\x00\x1b\ufeff\u200d<&\ud800"))))
def test_shown_text_is_the_text_but_for_control_characters(text: str) -> None:
    reader = _Reader()
    reader.feed(f"<p>{shown(text)}</p>")
    kept = "\n\t\r\u200c\u200d\u00ad\ufe0f"
    hidden = [char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") and char not in kept]
    assert reader.text == "".join(char for char in text if char not in hidden)
    codes = [("span", {"class": "control", "data-code": f"U+{ord(char):04X}"}) for char in hidden]
    assert reader.elements == [("p", {}), *codes]


@pytest.mark.parametrize("name", ["library", "conversation", "viewer"])
def test_what_gradio_evaluates_holds_no_expressions(name: str) -> None:
    assert component(name)


def test_lines_whose_spaces_count_are_told_apart() -> None:
    document = Document("a.txt", "One line.\na  b\n", "A")
    markup = source_html(document, (), page=None, section="", siblings=(), references=())
    assert '<div class="line ">One line.</div>' in markup and 'spaced">a  b</div>' in markup


def test_the_mark_is_exactly_the_place() -> None:
    text = "One line.\nThe <quote> itself\nover lines. Rest.\nThe <quote> itself\n"
    start, end = text.index("<quote>"), text.index(" Rest")
    document = Document("a.txt", text, "A")
    markup = source_html(document, [Mark(start, end, 1, True)], page=None, section="", siblings=(), references=())
    marked = re.findall(r'<mark class="cited current" data-number="1">(.*?)</mark>', markup)
    assert [part.replace("&lt;", "<").replace("&gt;", ">") for part in marked] == text[start:end].split("\n")


def test_a_headings_marks_are_text_that_is_not_read() -> None:
    document = Document("a.md", "## Storms and moles\n\nThe moles broke.\n\n#5 is no heading\n", "A")
    markup = source_html(document, (), page=None, section="", siblings=(), references=())
    assert '<div class="line heading"><span class="syntax">## </span>Storms and moles</div>' in markup
    assert "#5 is no heading" in markup and markup.count("syntax") == 1


def test_citations_of_one_section_are_one_source_with_several_numbers() -> None:
    first = ANSWER.citations[0]
    citations = (first, replace(first, number=2), replace(first, number=3, section="Repairs"))
    answer = replace(ANSWER, citations=citations)
    markup = exchange_html("conversation", Exchange("exchange1", "who?", "answered", answer_json(answer)))
    listed = re.findall(r"<li>.*?</li>", markup.split('class="sources"')[1], re.DOTALL)
    assert [re.findall(r'class="source-number"[^>]*data-number="(\d)"', item) for item in listed] == [["1", "2"], ["3"]]


def test_rows_of_a_table_are_a_table_with_its_head_and_what_answers_marked() -> None:
    rows = ("| | 2022 | 2023 |", "| Calls <b> | 1,914 | 2,020 |")
    start = rows[1].index("2,020")
    sentences = (AnswerSentence(rows[0], (1,)), AnswerSentence(rows[1], (2,), True, ((start, start + 5),)))
    citations = tuple(replace(ANSWER.citations[0], number=n, quote=row) for n, row in enumerate(rows, start=1))
    answer = replace(ANSWER, text=f"{rows[0]} [1]\n{rows[1]} [2]", sentences=sentences, citations=citations)
    markup = exchange_html("conversation", Exchange("exchange1", "calls?", "answered", answer_json(answer)))
    _read(markup)
    cells = re.findall(r"<(th|td)>(.*?)</\1>", markup)
    assert [(tag, re.sub(r"\s+", " ", cell).strip()) for tag, cell in cells] == [
        ("th", ""),
        ("th", "2022"),
        ("th", "2023"),
        ("td", "Calls &lt;b&gt;"),
        ("td", "1,914"),
        ("td", "<strong>2,020</strong>"),
    ]


def test_a_sentence_with_bars_is_no_table() -> None:
    for text in ("Either a | b is meant.", "| one cell |"):
        answer = replace(ANSWER, text=f"{text} [1]", sentences=(AnswerSentence(text, (1,)),))
        assert "<table>" not in exchange_html("c", Exchange("e", "what?", "answered", answer_json(answer)))


def test_the_nearest_passages_do_not_say_their_heading_twice() -> None:
    passage = replace(
        ANSWER.passages[0].passage,
        text="Damage\n\n- The moles broke.\n- The lamp\n  failed.",
        section="Storms › Damage",
    )
    answer = replace(ANSWER, status="not_found", citations=(), passages=(Evidence(passage, 0.9, 0.0, 0.0),))
    markup = exchange_html("conversation", Exchange("exchange1", "who?", "answered", answer_json(answer)))
    assert '<span class="near-text">The moles broke. · The lamp failed.</span>' in markup


def test_the_other_citations_are_marked_lighter_and_lead_on() -> None:
    document = Document("a.txt", "First. Second. Third.", "A")
    siblings = [{"number": 1, "current": False}, {"number": 2, "current": True}, {"number": 3, "current": False}]
    marks = [Mark(7, 14, 2, True), Mark(0, 6, 1, False), Mark(15, 21, 3, False)]
    markup = source_html(document, marks, page=4, section="S", siblings=siblings, references=())
    assert markup.count('class="cited"') == 2 and markup.count('class="cited current"') == 1
    assert "Citation 2 of 3" in markup and "disabled" not in markup.split("viewer-nav")[1].split("document-text")[0]


def test_a_very_long_document_is_shown_around_its_citation() -> None:
    text = "A line of words that goes on.\n" * 100_000
    start = 1_500_000
    markup = source_html(
        Document("a.txt", text, "A"),
        [Mark(start, start + 9, 1, True)],
        page=None,
        section="",
        siblings=(),
        references=(),
    )
    assert len(markup) < 3_000_000 and 'class="cited current"' in markup and "earlier characters" in markup


def test_answers_come_back_from_json_as_they_were() -> None:
    again = answer_from_json(answer_json(ANSWER))
    assert replace(again, passages=()) == replace(ANSWER, passages=())
    assert again.passages[0].passage.text == ANSWER.passages[0].passage.text


def test_lists_and_markers() -> None:
    answer = replace(
        ANSWER,
        text="Storms:\n- One. [1]\n- Two [2000] mm. [1]\nDone.",
        sentences=(AnswerSentence("One.", (1,)), AnswerSentence("Two [2000] mm.", (1,)), AnswerSentence("Done.", ())),
    )
    lines = pieces(answer)
    assert [line.item for line in lines] == [False, True, True, False]
    assert [piece if isinstance(piece, str) else piece.text for line in lines for piece in line.pieces] == [
        "Storms:",
        "One.",
        "Two [2000] mm.",
        "Done.",
    ]


def test_markdown_has_footnotes_and_no_markup_of_the_documents(tmp_path: Path) -> None:
    text = markdown(ANSWER)
    assert text.startswith(f"{_QUOTE}[^1]")
    assert "[^1]: Storms · 1871-02 · Damage: “The storm" in text and "(storms.txt, characters 10–45)" in text
    made = markdown(_evil_answer(EVIL[2]))
    assert "![x]" not in made and "](" not in made.replace("\\](", "").replace("\\]\\(", "")
    assert "<script" not in markdown(_evil_answer(EVIL[0])).replace("\\<script", "")
