"""Documents → passages: exact, complete, whole sentences and items, each with its section and page."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunk import FULL, chunk, context, indexed_text
from index.load import document
from index.segment import LONGEST, segments
from index.types import Document, Kind, Passage


def passages(text: str, **more: object) -> list[Passage]:
    return chunk(document("a.md", text, **more))  # type: ignore[arg-type]


def check(text: str, found: list[Passage]) -> None:
    """What holds for every document."""
    parts = segments(text)[1]
    assert [(part.start, part.end) for passage in found for part in passage.segments] == [
        (p.start, p.end) for p in parts
    ]
    for passage in found:
        assert passage.text == text[passage.start : passage.end]
        assert (passage.start, passage.end) == (passage.segments[0].start, passage.segments[-1].end)
        assert all(passage.quote(part) == text[part.start : part.end] for part in passage.segments)
        assert passage.end - passage.start <= FULL + LONGEST
    assert len({passage.id for passage in found}) == len(found)
    assert found == passages(text)
    owners: dict[int, set[str]] = {}
    sizes: dict[int, list[int]] = {}
    for passage in found:
        for part in passage.segments:
            owners.setdefault(part.block, set()).add(passage.id)
            sizes.setdefault(part.block, []).extend((part.start, part.end))
    for block, ids in owners.items():
        if max(sizes[block]) - min(sizes[block]) <= FULL:
            assert len(ids) == 1, text[min(sizes[block]) : max(sizes[block])]


_LINE = st.one_of(
    st.sampled_from(
        ["# One", "## Two", "A short sentence. And another.", "- item. With two sentences.", "| a | b |", ""]
    ),
    st.integers(1, 60).map(lambda n: "This sentence is repeated. " * n),
    st.integers(1, 60).map(lambda n: "- " + "This item is repeated, " * n),
    st.text(max_size=60),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_LINE, max_size=20), st.sampled_from(["\n", "\r\n", "\n\n", "\r"]))
def test_any_document(lines: list[str], end: str) -> None:
    text = end.join(lines)
    check(text, passages(text))


@pytest.mark.parametrize(
    "text",
    [
        "Same line.\nSame line.\nSame line.\n" * 100,
        "Title\r\n\r\nA 😀 line.\r\nCafe\u0301.\r\n",
        "東京で開催されました。" * 300,
        "word " * 20_000,
        "x" * 10_000,
        "",
        "\n \n",
        "No end",
    ],
)
def test_awkward_documents(text: str) -> None:
    check(text, passages(text))


def test_passages_keep_to_their_sections() -> None:
    found = passages("# Title\n\nIntro.\n\n## Fares:\n\nAdults pay.\n\n### Dogs\n\nDogs pay.\n\n## Times\n\nAt ten.\n")
    assert [(p.section, p.segments[-1].kind) for p in found] == [
        ("", Kind.SENTENCE),
        ("Fares", Kind.SENTENCE),
        ("Fares › Dogs", Kind.SENTENCE),
        ("Times", Kind.SENTENCE),
    ]
    assert context(found[2]) == "Title › Fares › Dogs"
    assert indexed_text(found[2]) == "Title › Fares › Dogs\nDogs pay."


def test_front_matter_and_source_lists_are_not_quotable_text() -> None:
    found = passages("---\ntitle: T\ndate: 2024-05-06\n---\nIt is so[1].\n\nSources\n- www.example.org\n")
    assert found[0].start > 30 and found[0].title == "T" and found[0].date == "2024-05-06"
    assert [part.kind for p in found for part in p.segments] == [Kind.SENTENCE, Kind.HEADING, Kind.REFERENCE]


def test_a_passage_lies_on_one_page() -> None:
    text = "First page. It has text.\n\nSecond page. More text.\n\n# Third\n\nOn the third."
    starts = (0, text.index("Second"), text.index("On the third"))
    document_ = Document("a.pdf", text, "A", page_starts=starts)
    found = chunk(document_)
    assert [(p.page, p.text.split()[0]) for p in found] == [(1, "First"), (2, "Second"), (3, "Third")]


def test_rows_keep_their_header() -> None:
    rows = "".join(f"| Ticket {n} | {n} euros a day and a night | free |\n" for n in range(100))
    found = passages(f"# Fares\n\n## Tickets\n\n| Kind | Price | Children |\n|---|---|---|\n{rows}")
    assert len(found) > 3
    assert found[0].section == "Tickets"
    assert {p.section for p in found[1:]} == {"Tickets › Kind | Price | Children"}
    assert "Kind | Price" in indexed_text(found[2])


def test_a_long_paragraph_is_cut_into_like_parts() -> None:
    lengths = [len(p.text) for p in passages("This sentence has forty characters or so. " * 60)]
    assert len(lengths) == 3 and max(lengths) < 1.3 * min(lengths)
