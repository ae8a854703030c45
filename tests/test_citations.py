"""Markers in a model's text, however it writes and sends them."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunk import chunk
from index.types import Document, Kind
from qa.citations import MARKER, Numbering, Piece, Splitter, numbers, resolve, take_markers, with_marks


def split(text: str, cuts: list[int] | None = None) -> list[Piece]:
    splitter = Splitter()
    places = [0, *sorted(cut for cut in (cuts or []) if 0 < cut < len(text)), len(text)]
    found = [piece for a, b in itertools.pairwise(places) for piece in splitter.feed(text[a:b])]
    return found + splitter.finish()


def claims(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(piece.text, piece.markers) for piece in split(text) if piece.text]


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("[1]", (1,)),
        ("[1, 2]", (1, 2)),
        ("[1;2]", (1, 2)),
        ("[1][2]", (1, 2)),
        ("[1] [2]", (1, 2)),
        ("[1-3]", (1, 2, 3)),
        ("[1–3]", (1, 2, 3)),
        ("[^1]", (1,)),
        ("[^1, ^4]", (1, 4)),
        ("【1】", (1,)),
        ("【1†source】", (1,)),
        ("［１］", (1,)),
        ("[１２]", (12,)),
        ("[[2]]", (2,)),
        ("\\[2\\]", (2,)),
        ("[Source 3]", (3,)),
        ("[1](https://example.org/a)", (1,)),
        ("<sup>[1]</sup>", (1,)),
        ("[1 and 2]", (1, 2)),
    ],
)
@pytest.mark.parametrize(
    "shape", ["The sky is blue {}.", "The sky is blue.{}", "The sky is blue. {}", "The sky is blue{}."]
)
def test_every_way_to_write_a_marker_before_or_behind_the_full_stop(
    marker: str, expected: tuple[int, ...], shape: str
) -> None:
    assert claims(shape.format(marker)) == [("The sky is blue.", expected)]


@pytest.mark.parametrize(
    "text",
    [
        "See [note] there.",
        "The array a[0] is empty.",
        "[sic] it says.",
        "An interval [a, b] is closed.",
        "Use `a[1]` here.",
    ],
)
def test_other_brackets_are_text(text: str) -> None:
    assert claims(text) == [(text, ())]


def test_markers_go_to_the_sentence_that_they_stand_behind() -> None:
    text = "First thing [1]. Second thing.[2] Third thing. [3] [4]\nFourth thing here"
    assert claims(text) == [
        ("First thing.", (1,)),
        ("Second thing.", (2,)),
        ("Third thing.", (3, 4)),
        ("Fourth thing here", ()),
    ]


def test_a_marker_in_front_of_a_line_belongs_to_its_first_sentence() -> None:
    assert claims("[2] It rained. It poured [3].") == [("It rained.", (2,)), ("It poured.", (3,))]


def test_lists_tables_headings_and_code() -> None:
    text = (
        "## Results [1]\n\nThree things:\n- **One** thing [1]\n* Two things [2]\n3. Three things.[3]\n\n"
        "| a | b |\n|---|---|\n| x | y [2] |\n\n```python\nrow[1] = [2]\n```\nDone [1]."
    )
    pieces = split(text)
    assert [(p.kind, p.text, p.markers) for p in pieces if p.kind != "layout"] == [
        ("heading", "Results", (1,)),
        ("sentence", "Three things:", ()),
        ("sentence", "One thing", (1,)),
        ("sentence", "Two things", (2,)),
        ("sentence", "Three things.", (3,)),
        ("row", "a | b", ()),
        ("row", "x | y", (2,)),
        ("code", "row[1] = [2]", ()),
        ("sentence", "Done.", (1,)),
    ]
    shown = "".join(with_marks(piece, piece.markers) for piece in pieces)
    assert shown == (
        "## Results [1]\n\nThree things:\n- One thing [1]\n* Two things [2]\n3. Three things. [3]\n\n"
        "| a | b |\n|---|---|\n| x | y [2] |\n\n```python\nrow[1] = [2]\n```\nDone. [1]"
    )


def test_a_list_of_sources_at_the_end_is_no_part_of_the_answer() -> None:
    assert claims("It rained [1].\n\nSources:\n[1] Weather report\n[2] Another\n") == [("It rained.", (1,))]
    assert claims("It rained [1].\n\n[^1]: Weather report\n") == [("It rained.", (1,))]


def test_a_line_of_markers_keeps_them() -> None:
    assert [piece.markers for piece in split("It rained.\n[1][2]\n")] == [(), (1, 2)]


def test_a_range_that_is_none_is_its_two_ends() -> None:
    assert numbers("[3-1]") == (3, 1)
    assert numbers("[1-999]") == (1, 999)


TEXTS = [
    "First thing [1]. Second Dr. Smith said **so** [2, 3].\n\n- a point 【1】\n- another [^2]\n\n"
    "| a | b [1] |\n|---|---|\n\n```\nx[1]\n```\nEnd `a[1]` of it [1-2].\nSources:\n[1] x\n",
    "［１］ 雨が降った。晴れた【2】。終わり",
    "Costs rose by 3.5% [1](http://x.example/a) in 2019. \\[2\\] Then [see] nothing [12",
]


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_do_not_depend_on_how_the_text_arrives(text: str) -> None:
    whole = split(text)
    assert split(text, list(range(len(text)))) == whole
    draw = random.Random(1)
    for _ in range(30):
        assert split(text, draw.sample(range(len(text)), 6)) == whole


@pytest.mark.parametrize("text", TEXTS)
def test_what_was_shown_only_grows_and_never_holds_half_a_marker(text: str) -> None:
    splitter, settled, before = Splitter(), "", ""
    for char in text:
        settled += "".join(with_marks(piece, piece.markers) for piece in splitter.feed(char))
        now = settled + splitter.shown()
        assert now.startswith(before)
        visible = now[len(settled) :].replace("`a[1]`", "").replace("[see]", "")
        assert not any(char in visible for char in "[【［]】］\\*")
        before = now
    settled += "".join(with_marks(piece, piece.markers) for piece in splitter.finish())
    assert settled.startswith(before.rstrip())


@given(st.text(alphabet="aB. \n[]12^-,【】*`|#:(", max_size=80), st.lists(st.integers(0, 80), max_size=6))
def test_any_text_settles_to_something_without_markers(text: str, cuts: list[int]) -> None:
    for piece in split(text, cuts):
        if piece.kind != "code" and "`" not in piece.text:
            rest = [m for m in MARKER.finditer(piece.text) if any(numbers(m[0]))]
            assert not rest or take_markers(piece.text).text != piece.text


def passage(text: str):  # type: ignore[no-untyped-def]
    return chunk(Document("a.txt", text, "A title"))[0]


TEXT = (
    "The mill was built in 1850[1]. It burned down twice[2].\nThe owner, Ada Quill, rebuilt it in 1902.\n"
    "It now holds a museum.\n- A shop sells bread.\n"
)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The mill was constructed in 1850.", ["The mill was built in 1850[1]."]),
        ("Ada Quill rebuilt the mill in 1902.", ["The owner, Ada Quill, rebuilt it in 1902."]),
        ("Bread is sold in a shop.", ["A shop sells bread."]),
        ("Built in 1850, the mill now holds a museum.", ["The mill was built in 1850[1].", "It now holds a museum."]),
    ],
)
def test_a_sentence_is_resolved_to_what_bears_it_out(claim: str, expected: list[str]) -> None:
    found = resolve(claim, passage(TEXT))
    assert [quote.text for quote in found] == expected
    for quote in found:
        assert TEXT[quote.start : quote.end] == quote.text


def test_neighbouring_sentences_are_one_quote() -> None:
    found = resolve("The mill was built in 1850 and burned down twice.", passage(TEXT))
    assert [quote.text for quote in found] == ["The mill was built in 1850[1]. It burned down twice[2]."]


def test_a_claim_with_nothing_in_common_still_gets_one_quote_of_the_passage() -> None:
    assert len(resolve("Quantum chromodynamics.", passage(TEXT))) == 1


@given(st.text(max_size=100), st.text(min_size=1, max_size=300))
def test_quotes_are_the_document_to_the_character(claim: str, text: str) -> None:
    for part in chunk(Document("a.txt", text, "T")):
        for quote in resolve(claim, part):
            assert text[quote.start : quote.end] == quote.text
            assert part.start <= quote.start < quote.end <= part.end


def test_a_heading_is_not_quoted_where_there_is_a_sentence() -> None:
    text = "The old mill\n\nThe old mill grinds flour every morning.\n"
    found = resolve("The old mill grinds flour.", passage(text))
    assert [quote.text for quote in found] == ["The old mill grinds flour every morning."]
    assert passage(text).segments[0].kind is Kind.HEADING


def test_numbers_run_in_order_of_first_use() -> None:
    part = passage(TEXT)
    numbering = Numbering()
    first, second = resolve("Bread is sold in a shop.", part)[0], resolve("The mill was built in 1850.", part)[0]
    assert [numbering.number(quote) for quote in (first, second, first)] == [1, 2, 1]
    assert numbering.quotes == [first, second]
