"""Reference marks in prose, and the lists of sources that they point to."""

from __future__ import annotations

import pytest

from index.references import MARKS, mark_numbers, reference_blocks, strip_marks
from index.segment import blocks


@pytest.mark.parametrize(
    ("text", "bare", "numbers"),
    [
        ("both sides[1][2][3].", "both sides.", [1, 2, 3]),
        ("good [1, 2] and [3-5].", "good and.", [1, 2, 3, 4, 5]),
        ("good [1]–[3].", "good.", [1, 2, 3]),
        ("Earlier.[6] See", "Earlier. See", [6]),
        ("Earlier. [6] See", "Earlier. See", [6]),
        ("the note[^1] and[^name].", "the note and.", [1]),
        ("wrapped\n[1][2]. Next", "wrapped. Next", [1, 2]),
        ("as shown[1]: it is so", "as shown: it is so", [1]),
        ("see [link](u) and [1](http://x)", "see [link](u) and [1](http://x)", []),
        ("use `arr[1]` here[2].", "use `arr[1]` here.", [2]),
        ("in the range [0, 1] it holds", "in the range [0, 1] it holds", []),
        ("x = [1] + f([2])", "x = [1] + f([2])", []),
        ("in [2024] and [sic] too", "in [2024] and [sic] too", []),
        ("end.\n[1]: http://x.y", "end.\n[1]: http://x.y", []),
        ("end.\n[1] Smith 2020", "end.\n[1] Smith 2020", []),
        ("[full report][full]", "[full report][full]", []),
    ],
)
def test_marks(text: str, bare: str, numbers: list[int]) -> None:
    assert strip_marks(text) == bare
    assert [n for match in MARKS.finditer(text) for n in mark_numbers(match[0])] == numbers


def sources(text: str) -> dict[int, str]:
    return {reference.number: " ".join(reference.text.split()) for reference in reference_blocks(text, blocks(text))[1]}


@pytest.mark.parametrize(
    "heading",
    [
        "Sources", "References", "Works cited", "7. References", "VII. REFERENCES", "Bronnen", "Quellen",
        "Literaturverzeichnis", "Références", "Fuentes", "Fonti", "Źródła", "Источники", "参考文献", "출처", "المصادر",
        "## Bibliography", "Källor:",
    ],
)  # fmt: skip
def test_a_list_under_a_heading_that_says_so_in_many_languages(heading: str) -> None:
    text = (
        f"A title\n\nSome prose that is cited[1] here, and goes on for a while.\n\n{heading}\n"
        f"- www.example.org/a\n- Smith, J. (2020)\n"
    )
    assert sources(text) == {1: "www.example.org/a", 2: "Smith, J. (2020)"}


def test_numbered_entries_that_are_wrapped() -> None:
    text = (
        "A Study\n\nWe study [1, 2].\n\nReferences\n[1] Smith 2020. A paper. Journal, 12(3), 1-10.\n"
        "[2] Jones, A. and Brown, B. Another paper\nthat wraps onto the next line. 2021.\n[5] https://example.org/5\n"
    )
    assert sources(text) == {
        1: "Smith 2020. A paper. Journal, 12(3), 1-10.",
        2: "Jones, A. and Brown, B. Another paper that wraps onto the next line. 2021.",
        5: "https://example.org/5",
    }


def test_numbers_as_list_markers() -> None:
    assert sources("T\n\nText[3].\n\nSources\n\n3. Third, 2001.\n4. Fourth, 2002.\n") == {
        3: "Third, 2001.",
        4: "Fourth, 2002.",
    }


def test_definitions_anywhere() -> None:
    text = (
        "Intro[^1].\n\n[^1]: A note.\n\nMore[2] text.\n\n[2]: https://example.org\n[full]: https://example.org/full\n"
    )
    assert sources(text) == {1: "A note.", 2: "https://example.org"}
    members, _ = reference_blocks(text, blocks(text))
    assert [text[block.start : block.start + 4] for i, block in enumerate(blocks(text)) if i in members] == [
        "[^1]",
        "[2]:",
        "[ful",
    ]


def test_addresses_at_the_end_under_any_heading() -> None:
    assert sources("Title\n\nSome prose here.\n\nWo es steht\n- example.org\n- https://example.com/x\n") == {
        1: "example.org",
        2: "https://example.com/x",
    }


@pytest.mark.parametrize(
    "text",
    [
        "Minutes\n\nNotes\n\n1. Anna will call Bob.\n2. Bob will wait.\n",
        "The Rhine\n\nSources\n\nThe river rises in two places. It is long.\n\nMore of this.\n\nAnd more.\n",
        "API\n\nReference\n\nThe call takes two arguments. It returns one.\n",
        "Text\n\nIt was said. And as in\n[6] it goes on in prose that is longer.\n\nMore.\n",
    ],
)
def test_what_is_no_list_of_sources(text: str) -> None:
    assert sources(text) == {}


def test_notes_that_marks_point_to_are_sources() -> None:
    assert sources("A text\n\nIt is so[1], and so[2].\n\nNotes\n\n1. See Smith.\n2. See Jones.\n") == {
        1: "See Smith.",
        2: "See Jones.",
    }
