"""Text → blocks and segments: exact places, whole sentences, and the shapes that real documents have."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.segment import LONGEST, blocks, front_matter, language, segments, sentences
from index.types import Kind


def told(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every segment, white space as one space."""
    return [(part.kind.value, " ".join(text[part.start : part.end].split())) for part in segments(text)[1]]


def texts(text: str, kind: str) -> list[str]:
    return [part for of, part in told(text) if of == kind]


# Exact places


@pytest.mark.parametrize(
    "text",
    [
        "The same line.\nThe same line.\nThe same line.\n",
        "First line.\r\nSecond line.\r\n\r\n- item\r\n",
        "First line.\rSecond line.\r\r- item\r",
        "A 😀 first. And 𝔘nicode 𐍈 second.\nThird 🇯🇵.",
        "Cafe\u0301 is open. Nai\u0308ve it is.\n",
        "東京で開催されました。次はブリュッセルです。\n第三の文。",
        "No line end",
        "\ufeffWith a mark. And more.\n",
        "Page one ends.\fPage two begins. It goes on.\f",
        "One\u2028Two\u2029Three\x85Four\vFive",
        "a\u00a0b. C\u3000d. E",
    ],
)
def test_segments_are_exact_ordered_and_complete(text: str) -> None:
    _, parts = segments(text)
    covered = [char for part in parts for char in text[part.start : part.end]]
    assert [(a.start, a.end) for a in parts] == sorted((a.start, a.end) for a in parts)
    assert all(a.end <= b.start for a, b in pairwise(parts))
    assert all(text[part.start : part.end].strip() == text[part.start : part.end] for part in parts)
    assert "".join(covered).replace(" ", "").count("。") == text.count("。")
    assert sum(char.isalnum() for char in covered) == sum(char.isalnum() for char in text)


def test_repeated_lines_have_places_of_their_own() -> None:
    text = "Same sentence here. Same sentence here.\n\nSame sentence here.\n"
    assert [part.start for part in segments(text)[1]] == [0, 20, 41]


_FRAGMENTS = st.sampled_from(
    [
        "A heading", "# Marked heading", "## Two ##", "- item one", "  - nested item", "* star", "1. first",
        "2. second",
        "10) tenth", "(a) lettered", "A sentence stands here. And another one!", "it goes on with a small letter",
        "| a | b |", "|---|---|", "---", "=====", "> quoted text", "> - quoted item", "Name: value", "", "", "   ",
        "\t", "Text with a mark[1].", "[1] Smith 2020.", "[2]: http://example.org", "日本語の文です。次の文です。",
        "😀 smile. 😀",
        "x" * 200, "e\u0301" * 30, ("The end of a line that is long enough to be wrapped at about here so it"),
        "col one    col two    col three", "1.1 Numbered heading", "o  RFC bullet", "・箇条書き", "* * *", "~~~",
        "Q: What?",
        "2024-03-05 12:00:01 INFO started", "ALL CAPITALS", "J. Smith", "• bullet", "[ ] no task", "- [x] task",
        "Contents ........ 3", "（１）項目", "1　番号", "www.example.org", "Sources", "\ufeff", "**Bold heading**",
    ]
)  # fmt: skip
_LINES = st.one_of(_FRAGMENTS, st.text(max_size=40))
_ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n", "\f", "\u2028"])
_TEXTS = st.lists(st.tuples(_LINES, _ENDS), max_size=25).map(lambda pairs: "".join(line + end for line, end in pairs))


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_any_text_is_cut_without_loss_or_overlap(text: str) -> None:
    found, parts = segments(text)
    assert (found, parts) == segments(text)
    end = 0
    for part in parts:
        assert end <= part.start < part.end <= len(text)
        assert part.end - part.start <= max(LONGEST, 1)
        assert found[part.block].start <= part.start and part.end <= found[part.block].end
        end = part.end
    inside = {at for part in parts for at in range(part.start, part.end)}
    begin = front_matter(text)[1]
    for block in found:
        for at in range(block.start, block.end):
            assert at in inside or not text[at].isalnum(), (text[block.start : block.end], text[at])
    # Outside blocks there are markers, rules and white space: no word of two letters but a Roman number.
    between = "".join(char if at not in inside else "\0" for at, char in enumerate(text) if at >= begin)
    for gap in between.split("\0"):
        for line in gap.splitlines():
            assert not any(word.isalpha() and len(word) > 1 and set(word) - set("ivxlc") for word in line.split()), gap


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_sentences_lie_inside_and_apart(text: str) -> None:
    end = 0
    for start, stop in sentences(text, 0, len(text)):
        assert end <= start < stop <= len(text)
        end = stop


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "x",
        "A sentence is here now. ",
        "(",
        "[1] ",
        "> ",
        "# ",
        "1 ",
        " ",
        "`a",
        "11 May 2024 ",
        "{",
        "' ",
        "}, ",
        '", "a": ',
    ],
)
def test_time_grows_with_the_length_of_a_line_not_its_square(unit: str) -> None:
    def seconds(length: int) -> float:
        began = time.process_time()
        _, parts = segments(unit * (length // len(unit)))
        taken = time.process_time() - began
        assert all(part.end - part.start <= LONGEST for part in parts)
        return taken

    seconds(5_000)
    assert seconds(2_500_000) < 30 * max(seconds(250_000), 0.02)


@pytest.mark.parametrize(
    "line", ["```python\n", "<!-- a\n", "SOURCES\n", "1. Item\n", "| a | b |\n", "a    b    c\n", "a: b\n"]
)
def test_time_grows_with_the_number_of_lines_not_its_square(line: str) -> None:
    def seconds(count: int) -> float:
        def once() -> float:
            began = time.process_time()
            blocks("---\n" + line * count + "---\n")
            return time.process_time() - began

        return min(once() for _ in range(3))

    seconds(500)
    assert seconds(16_000) < 30 * max(seconds(2_000), 0.01)


# Sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It cost 3.5 million. Dr. Smith paid.", ["It cost 3.5 million.", "Dr. Smith paid."]),
        ("Earlier work.[6] See also [7].", ["Earlier work.[6]", "See also [7]."]),
        ("Ends here.[^1] And here.[^note] Done.", ["Ends here.[^1]", "And here.[^note]", "Done."]),
        ("6.1. Either party may go.", ["6.1. Either party may go."]),
        (
            "Er verfolgt z. B. Ziele gem. § 52 AO. Der Verein ist alt.",
            ["Er verfolgt z. B. Ziele gem. § 52 AO.", "Der Verein ist alt."],
        ),
        ("彼は「はい。」と言った。次の文。", ["彼は「はい。」と言った。", "次の文。"]),
        ("ناقشا التهديدات؟ نعم، ناقشاها.", ["ناقشا التهديدات؟", "نعم، ناقشاها."]),
        ("यह एक है। दूसरा है।", ["यह एक है।", "दूसरा है।"]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text, 0, len(text))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The talks were held in the city and it was cold.", "en"),
        ("Der Verein ist nicht auf den Gewinn aus und hat sich dem Zweck verschrieben.", "de"),
        ("La réunion est pour les membres du comité et une partie des invités.", "fr"),
        ("東京で開催されました", "ja"),
        ("这是一个测试", "zh"),
        ("Это русский текст", "ru"),
        ("", "en"),
    ],
)
def test_language(text: str, expected: str) -> None:
    assert language(text) == expected


def test_a_date_with_a_dot_is_no_sentence_end_in_a_german_text() -> None:
    assert "Stand: 3. März 2021" in texts(
        "Satzung des Vereins\n\nDer Verein ist alt und nicht auf Gewinn aus.\n\nStand: 3. März 2021\n", "sentence"
    )


def test_a_sentence_too_long_is_cut_at_a_clause() -> None:
    text = "and then, " * 400
    parts = segments(text)[1]
    assert len(parts) > 3
    assert all(text[part.end - 1] == "," for part in parts)


# Markdown


def test_markdown() -> None:
    text = (
        "---\ntitle: Notes\ntags: [a, b]\n---\n# Title #\n\nIntro. With `arr[1]`.\n\n- one\n"
        "  goes on. Twice.\n  - nested\n- two\n\n"
        "  A paragraph of the item.\n\n1. Do\n2. That\n10. Done\n\nSetext\n------\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n"
        "```python\nx = arr[1]\n```\n\n> Quoted words that\n> run on.\n\n* * *\n\n**Bold**\n"
        "\n- [x] done\n\n<!-- not\nshown -->\nLast."
    )
    assert told(text) == [
        ("heading", "Title"), ("sentence", "Intro."), ("sentence", "With `arr[1]`."),
        ("item", "one goes on."), ("item", "Twice."), ("item", "nested"), ("item", "two"),
        ("sentence", "A paragraph of the item."),
        ("item", "Do"), ("item", "That"), ("item", "Done"), ("heading", "Setext"), ("row", "| a | b |"),
        ("row", "| 1 | 2 |"),
        ("code", "x = arr[1]"), ("sentence", "Quoted words that"), ("sentence", "run on."), ("heading", "Bold"),
        ("item", "done"), ("sentence", "Last."),
    ]  # fmt: skip
    assert [block.level for block in blocks(text) if block.kind is Kind.HEADING] == [1, 2, 3]


def test_a_quotation_that_is_wrapped_is_one_block() -> None:
    text = (
        "> A quoted sentence that is long enough to have been wrapped by its writer at\n"
        "> about eighty characters. And a second.\n"
    )
    assert [text[b.start : b.end].count("\n") for b in blocks(text)] == [1]
    assert texts("> 90 % agreed.\n", "sentence") == ["> 90 % agreed."]


def test_an_open_fence_and_an_open_comment_are_text() -> None:
    assert texts("~~~\nStill a sentence.\n", "sentence") == ["Still a sentence."]
    assert "<!-- never closed." in texts("Words.\n\n<!-- never closed.\n\nMore words.\n", "sentence")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("---\nTitle: 'A'\ndate: 2024-01-02\nlist:\n  - x\n---\nBody", {"title": "A", "date": "2024-01-02"}),
        ("\ufeff---\r\ntitle: A\r\n...\r\nBody", {"title": "A"}),
        ("---\nSome prose between rules.\n---\nBody", {}),
        ("---\n---\nBody", {}),
        ("---\nnever: closed\n", {}),
    ],
)
def test_front_matter(text: str, fields: dict[str, str]) -> None:
    found, end = front_matter(text)
    assert found == fields
    assert (text[end:] == "Body") is bool(fields)


# Plain text


def test_hard_wrapped_text_with_page_breaks() -> None:
    page = (
        "\nA. Writer                 Informational                 [Page {}]\n\f\n"
        "RFC 9999              Example              March 2021\n\n"
    )
    text = "".join(
        f"{n}.  Section Number {n}\n\n   The protocol described in this document is used for testing.  A\n"
        "   client MUST send the header (see Section 2.1) before the body, as in\n   [RFC2119] and [1].\n\n"
        "   o  The first bullet in this style runs over more than one line\n      and ends here.\n" + page.format(n)
        for n in range(1, 5)
    )
    text = text[: text.rindex("\f")]
    assert texts(text, "heading") == [f"{n}. Section Number {n}" for n in range(1, 5)]
    assert texts(text, "sentence")[:2] == [
        "The protocol described in this document is used for testing.",
        "A client MUST send the header (see Section 2.1) before the body, as in [RFC2119] and [1].",
    ]
    assert set(texts(text, "item")) == {"The first bullet in this style runs over more than one line and ends here."}
    assert not [part for part in told(text) if "[Page" in part[1] or "RFC 9999" in part[1]]


def test_restructured_text() -> None:
    text = (
        "==============\nDocument Title\n==============\n\n:Author: Someone\n\nSection\n"
        "=======\n\nText here.\n\nSub\n~~~\n\n"
        "* one\n* two\n\n+------+-----+\n| Name | Age |\n+======+=====+\n| Bob  | 42  |\n+------+-----+\n"
    )
    assert texts(text, "heading") == ["Document Title", "Section", "Sub"]
    assert texts(text, "item") == ["one", "two"]
    assert texts(text, "row") == ["| Name | Age |", "| Bob | 42 |"]


def test_minutes() -> None:
    text = (
        "MINUTES OF THE BOARD\nHeld on 12 March 2024 at the Town Hall\n\nPRESENT\n"
        "Anna Smith (chair)\nBob Jones\nCarol White\n\n"
        "1. APOLOGIES\nApologies were received from Dan Brown.\n\n2. FINANCE\n"
        "Anna Smith: The budget stands at £12,000. We need to approve it.\n"
        "Bob Jones: I move that we approve.\nCarol White: Seconded.\n"
    )
    assert texts(text, "heading") == ["MINUTES OF THE BOARD", "PRESENT", "1. APOLOGIES", "2. FINANCE"]
    assert texts(text, "sentence")[1:4] == ["Anna Smith (chair)", "Bob Jones", "Carol White"]
    assert texts(text, "sentence")[-3:] == [
        "We need to approve it.",
        "Bob Jones: I move that we approve.",
        "Carol White: Seconded.",
    ]
    assert len({part.block for part in segments(text)[1][-4:]}) == 3


def test_legal_text() -> None:
    text = (
        "ARTICLE 5\n\nObligations of the Parties\n\n5.1 The Supplier shall:\n"
        "(a) deliver the Goods;\n(b) notify, without delay, of\n"
        "(i) any defect; or\n(ii) any delay.\n\n"
        "6.1. Either party may terminate by giving notice.\n\n§ 2 Zweck\n"
        "(1) Der Verein ist alt.\n"
        "(c) 2024 Example Company. All rights reserved.\n"
    )
    assert texts(text, "heading") == ["ARTICLE 5", "Obligations of the Parties", "5.1 The Supplier shall:", "§ 2 Zweck"]
    assert texts(text, "item")[:4] == [
        "deliver the Goods;",
        "notify, without delay, of",
        "any defect; or",
        "any delay.",
    ]
    assert "6.1. Either party may terminate by giving notice." in texts(text, "sentence")
    assert texts(text, "sentence")[-1].startswith("(c) 2024 Example Company.")


def test_numbered_headings_and_numbered_lists() -> None:
    headings = (
        "1. Introduction\n\nThis is the first part.\n\n2. Method\n\nThis is the method.\n\n3. Results\n\nNothing.\n"
    )
    assert texts(headings, "heading") == ["1. Introduction", "2. Method", "3. Results"]
    spread = "The pillars\n\n1. Prevention of accidents\n\n2. Protection of the coast\n\n3. Prosecution\n\nAgreed.\n"
    assert texts(spread, "item") == ["Prevention of accidents", "Protection of the coast", "Prosecution"]
    broken = (
        "How to\n\n1. Fill the tank.\n2. Press the button\n\nfor five seconds.\n\n"
        "3. Rinse twice\n\nWarning: never drink it.\n"
    )
    assert texts(broken, "item") == ["Fill the tank.", "Press the button", "Rinse twice"]
    assert texts("Title\n\n5 people came to the hall\n\nThey sat down for a while.\n", "heading") == ["Title"]


def test_bullets_of_many_kinds_with_wrapped_lines() -> None:
    text = (
        "Rules:\n• Buy only what is on the list. Never more than two, even if it is\n"
        "  on sale.\n– dash\n— long dash\na) letter\n"
        "b) second\nA. capital\nB. another\nJ. Smith came too.\n・第6回は東京。\n①最初\n1　番号\n"
    )
    assert texts(text, "item") == [
        "Buy only what is on the list.", "Never more than two, even if it is on sale.", "dash", "long dash", "letter",
        "second", "capital", "another", "第6回は東京。", "最初", "番号",
    ]  # fmt: skip
    assert "J. Smith came too." in texts(text, "sentence")


def test_a_poem_a_log_a_letter_and_an_interview() -> None:
    poem = (
        "The Road\n\nTwo roads diverged in a yellow wood,\nAnd sorry I could not travel both\n\nThen took the other,\n"
    )
    assert texts(poem, "heading") == ["The Road"]
    log = (
        "2024-03-05 12:00:01 INFO  Starting on port 8080\n"
        "2024-03-05 12:00:02 WARN  Disk at 91 %\n2024-03-05 12:00:03 INFO  Done\n"
    )
    assert len(texts(log, "sentence")) + len(texts(log, "row")) == 3
    assert not texts(log, "heading")
    letter = (
        "From: Anna\nTo: Bob\nSubject: The fair\n\nHi Bob,\n\nthe budget is 4,500 euros.\n\n"
        "Best regards\nAnna\n\n> On Monday Bob wrote:\n"
    )
    assert not texts(letter, "heading")
    assert texts(letter, "sentence")[-1] == "On Monday Bob wrote:"
    interview = "Interview\n\nQ: When did you start?\nA: In 1998. It was small.\n\nQ: And now?\nA: About 250.\n"
    assert texts(interview, "sentence") == [
        "Q: When did you start?", "A: In 1998.", "It was small.", "Q: And now?", "A: About 250.",
    ]  # fmt: skip


def test_headings_in_other_scripts() -> None:
    assert texts("الحوار السيبراني\n\nعقد الاتحاد الأوروبي واليابان حوارهما.\n", "heading") == ["الحوار السيبراني"]
    assert texts("第7回対話の開催\n\n対話が開催されました。\n\n（参考）過去の対話\n・第6回は東京。\n", "heading") == [
        "第7回対話の開催",
        "（参考）過去の対話",
    ]


def test_tables_without_bars() -> None:
    text = (
        "Fares\n\nTicket        Price       Return\nAdult         7.20        12.80\n"
        "Child         free        free\n\nNext.\n"
    )
    assert len(texts(text, "row")) == 3
    assert texts("Contents\n\n1. Introduction ........... 2\n2. Terms .......... 3\n", "row")[0].startswith(
        "1. Introduction"
    )
    assert texts("We know that |x| + |y| is small.\n", "sentence") == ["We know that |x| + |y| is small."]


def test_a_text_that_is_kept_in_one_line_is_parted_where_its_breaks_are_escaped() -> None:
    said = "Sure! The mill was built in 1780. It has two wheels."
    tips = "Steps:\\n\\n1. Open the gate.\\n2. Let the water in.\\n\\n" + "The wheel turns slowly at first. " * 40
    asked = "{'content': 'How old is the mill?', 'role': 'user'}"
    text = f"[{asked}, {{'content': \"{said}\\n{tips}\", 'role': 'miller'}}]\n"
    parts = [text[part.start : part.end] for part in segments(text)[1]]
    assert parts[:7] == [
        "How old is the mill?",
        "Sure!",
        "The mill was built in 1780.",
        "It has two wheels.",
        "Steps:",
        "Open the gate.",
        "Let the water in.",
    ]
    assert not any("\\n" in part or part == "user" for part in parts)


def test_what_is_written_as_an_escaped_break_in_a_line_of_prose_stays_in_it() -> None:
    text = "Write a\\nB for a break in the middle, and nothing else.\n"
    assert [text[part.start : part.end] for part in segments(text)[1]] == [text.strip()]
