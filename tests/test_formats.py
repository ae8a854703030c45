"""Files of every format → text that keeps headings, lists, tables and pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import made_files as made
import pytest

from index.chunk import chunk
from index.folder import FileEntry
from index.formats import sniff
from index.load import load
from index.types import Document


def document(name: str, data: bytes) -> Document:
    return load(FileEntry(name, Path(name), len(data), 0), data)


@pytest.fixture(scope="module", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    from index.formats import process

    process._parser.close()


def test_word() -> None:
    body = (
        made.word("Harbour fees", "Title")
        + made.word("In force from 1 January 2025.")
        + made.word("Mooring", "heading1")
        + made.word("By length", level=0)
        + made.word("up to 10 metres", level=1)
        + made.word("Based on", "Mine")
        + made.word_table([["Ticket", "Price", "Note"], ["Adult", "7 euros", ""], ["Child", "free", "under 12"]])
        + "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> and added</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:footnoteReference w:id="2"/><w:br/><w:t>next line.</w:t></w:r></w:p>'
    )
    notes = f'<w:footnote w:id="0" w:type="separator"/><w:footnote w:id="2">{made.word("The note.")}</w:footnote>'
    found = document("fees.docx", made.docx(body, title="Document1", created="2013-12-23T00:00:00Z", footnotes=notes))
    assert found.text == (
        "# Harbour fees\n\nIn force from 1 January 2025.\n\n# Mooring\n\n- By length\n"
        "  - up to 10 metres\n\n## Based on\n\n"
        "| Ticket: Adult | Price: 7 euros |\n| Ticket: Child | Price: free | Note: under 12 |\n\n"
        "Kept and added[^2]\nnext line.\n\n[^2]: The note.\n"
    )
    assert (found.title, found.date) == ("Harbour fees", "2025-01-01")
    assert [(reference.number, reference.text) for reference in found.references] == [(2, "The note.")]


def test_word_states_title_and_date_itself() -> None:
    found = document(
        "a.docx", made.docx(made.word("Only text here."), title="The title", created="2020-02-03T04:05:06Z")
    )
    assert (found.title, found.date) == ("The title", "2020-02-03")


def test_slides() -> None:
    data = made.pptx([("First", ["one", "two"]), ("Second", ["three"])], title="The deck", notes="Say hello.")
    found = document("deck.pptx", data)
    assert found.text == "## First\n\n- one\n- two\n\nSay hello.\n\n## Second\n\n- three\n"
    assert (found.title, found.date) == ("The deck", "2021-02-03")
    assert [passage.page for passage in chunk(found)] == [1, 2]
    assert found.text[found.page_starts[1] :].startswith("## Second")


def test_spreadsheets() -> None:
    import datetime

    rows = [
        ["Fares of 2025"],
        ["Ticket", "Price", "Share", "From"],
        ["Adult", 7.2, 0.125, datetime.date(2025, 1, 2)],
        ["Child", None, 0.5],
    ]
    found = document("fares.xlsx", made.xlsx({"Fares": rows, "More": [["x", 1], ["y", 2]]}, percent=["C3", "C4"]))
    assert found.text == (
        "## Fares\n\nFares of 2025\n\n| Ticket: Adult | Price: 7.2 | Share: 12.5 % | From: 2025-01-02 |\n"
        "| Ticket: Child | Share: 50 % |\n\n## More\n\n| x | 1 |\n| y | 2 |\n"
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", 'Name,Age,City\nBob,42,Köln\nAnn,,"Paris, Texas"\n'.encode()),
        ("a.csv", "\ufeffName;Age;City\r\nBob;42;Köln\r\nAnn;;Paris, Texas\r\n".encode("utf-8")),
        ("a.tsv", "Name\tAge\tCity\nBob\t42\tKöln\nAnn\t\tParis, Texas\n".encode("utf-16")),
    ],
)
def test_rows_of_text_keep_their_header(name: str, data: bytes) -> None:
    assert document(name, data).text == "| Name: Bob | Age: 42 | City: Köln |\n| Name: Ann | City: Paris, Texas |\n"


def test_a_table_without_a_header_has_none() -> None:
    assert document("a.csv", b"1,2\n3,4\n").text == "| 1 | 2 |\n| 3 | 4 |\n"


def test_open_document() -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    row = "<table:table-row>" + cell + cell + "</table:table-row>"
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h "
        'text:outline-level="2">Head</text:h>'
        "<text:p>A <text:span>span</text:span> tail<text:s/>x<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>The note.</text:p></text:note-body></text:note>.</text:p>"
        "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>sub</text:p></text:list-item>"
        "</text:list></text:list-item></text:list>"
        f"<table:table><table:table-header-rows>{row.format('A', 'B')}</table:table-header-rows>"
        f"{row.format('1', '2')}</table:table>"
    )
    found = document("a.odt", made.odt(body, title="The text"))
    assert found.text == "## Head\n\nA span tail x[^1].\n\n- one\n  - sub\n\n| A: 1 | B: 2 |\n\n[^1]: The note.\n"
    assert (found.title, found.date) == ("The text", "2019-05-06")


def test_books() -> None:
    found = document("a.epub", made.epub(["<h1>One</h1><p>It began.</p>", "<h1>Two</h1><p>It ended.</p>"]))
    assert found.text == "# One\n\nIt began.\n\n# Two\n\nIt ended.\n"
    assert (found.title, found.date) == ("A book", "2018-09-10")


def test_letters() -> None:
    head = (
        "From: Anna <a@x.org>\r\nTo: Bob <b@x.org>\r\n"
        "Subject: =?utf-8?q?Caf=C3=A9?= plans\r\nDate: Tue, 5 Mar 2024 10:00:00 +0100\r\n"
    )
    plain = document(
        "a.eml", f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\nHi Bob,\r\n\r\nthe café opens.\r\n".encode()
    )
    assert plain.text.startswith("# Café plans\n\nFrom: Anna <a@x.org>\nTo: Bob <b@x.org>\nDate: Tue, 05 Mar 2024")
    assert plain.text.endswith("Hi Bob,\n\nthe café opens.\n")
    assert (plain.title, plain.date) == ("Café plans", "2024-03-05")
    parts = (
        f"{head}Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n"
        f"Content-Type: text/html\r\n\r\n<p>Hello &amp; bye</p>\r\n"
        "--B\r\nContent-Type: application/pdf\r\n"
        "Content-Disposition: attachment; filename=plan.pdf\r\n\r\nx\r\n--B--\r\n"
    )
    mixed = document("a.eml", parts.encode())
    assert mixed.text.endswith("Hello & bye\n\nAttachments: plan.pdf\n")
    assert mixed.warnings == ("attachments were not read: plan.pdf",)


def test_rich_text() -> None:
    found = document(
        "a.rtf",
        rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\title The letter}{\creatim\yr2020\mo5\dy6}}"
        rb"\f0 Hello \b bold\b0  caf\'e9.\par "
        rb"It costs \u8364? 5.\par\trowd\cellx100\cellx200"
        rb"\intbl A\cell B\cell\row\trowd\intbl 1\cell 2\cell\row\pard end\par}",
    )
    assert found.text == "Hello bold café.\n\nIt costs € 5.\n\n| A: 1 | B: 2 |\n\nend\n"
    assert (found.title, found.date) == ("The letter", "2020-05-06")


def test_web_pages() -> None:
    page = """<!doctype html><html><head><meta charset=windows-1252><title>The page – Some site</title>
<meta property="article:published_time" content="2024-05-06T01:02:03Z"><style>p{}</style></head><body><nav>menu</nav>
<h1>The page</h1><p>Hello <b>big</b>
world.<br>Second line<sup><a href=#1>1</a></sup></p><ul><li>one<ul><li>sub</li></ul></li><li><p>two</p></li></ul>
<ol start=3><li>three<li>four</ol><table><tr><th>Ticket<th>Price</tr><tr><td>Adult<td>7 <i>euros</i></tr></table>
<pre>code  x
 y</pre><div hidden>secret<div>x</div></div>
<p style="display: none">gone<p>shown – €</p><script>bad()</script>tail &amp; end</body></html>"""
    found = document("a.html", page.encode("cp1252"))
    assert found.text == (
        "# The page\n\nHello big world.\nSecond line[1]\n\n- one\n  - sub\n- two\n3. three\n4. four\n\n"
        "| Ticket: Adult | Price: 7 euros |\n\n```\ncode  x\n y\n```\n\nshown – €\n\ntail & end\n"
    )
    assert (found.title, found.date) == ("The page", "2024-05-06")


def _report() -> list[list[made.Line]]:
    head: made.Line = ("Running head", 8, 300, 830)
    first: list[made.Line] = [
        head, ("Annual Report", 20, 60, 800),
        *made.prose("This paragraph is long enough to be wrapped over some lines of the page, and it has "
"a well-known exam-", top=770, width=60),
        ("ple of a word that is broken at a line's end. It is well-", 10, 60, 746),
        ("known too.", 10, 60, 734),
        ("Findings", 13, 60, 700, "bold"), ("We found things.", 10, 60, 680),
        ("• first", 10, 60, 650), ("• second", 10, 60, 638),
        ("1", 8, 300, 20),
    ]  # fmt: skip
    second: list[made.Line] = [
        head, ("The second page has a text of its own.", 10, 60, 790),
        ("This sentence goes on behind the end of", 10, 60, 700), ("2", 8, 300, 20),
    ]  # fmt: skip
    third: list[made.Line] = [
        head, ("the page that it began on.", 10, 60, 790), ("More here.", 10, 60, 700),
        ("And more.", 10, 60, 600), ("3", 8, 300, 20),
    ]  # fmt: skip
    return [first, second, third]


def test_pdf() -> None:
    found = document("report.pdf", made.pdf(_report(), title="Microsoft Word - report.doc"))
    assert found.text == (
        "# Annual Report\n\nThis paragraph is long enough to be wrapped over some lines of "
        "the page, and it has a well-known "
        "example of a word that is broken at a line's end. It is well-known too.\n\n## Findings\n\nWe found things.\n\n"
        "- first\n- second\n\nThe second page has a text of its own.\n\n"
        "This sentence goes on behind the end of the page that it began on.\n\nMore here.\n\nAnd more.\n"
    )
    assert (found.title, found.date) == ("Annual Report", "2022-03-04")
    starts = [found.text[start : start + 10] for start in found.page_starts]
    assert starts == ["# Annual R", "The second", "More here."]
    assert [(p.page, p.text.split(".")[0][-9:]) for p in chunk(found)][-2:] == [(2, "f its own"), (3, "More here")]


def in_columns(rows: list[tuple[str, ...]], top: float = 730, *, bold: int = 0, leading: float = 16) -> list[made.Line]:
    """Rows for `made.pdf`, their cells 150 points apart, the first ones bold."""
    return [
        (cell, 10, 60 + 150 * place, top - leading * at, *(["bold"] if at < bold else []))
        for at, row in enumerate(rows)
        for place, cell in enumerate(row)
        if cell
    ]  # type: ignore[misc]


SHIPS = [
    ("Country", "Ships", "Tonnes"),
    ("France", "12", "3,400"),
    ("Japan", "7", "1,250"),
    ("New Zealand", "103", "88"),
]
AFTER = made.prose(
    "The table counts the ships that came in during the whole of last year, and none that left.", top=640
)


def test_rows_of_a_table_in_a_pdf_keep_their_header() -> None:
    text = document("a.pdf", made.pdf([[("Arrivals", 16, 60, 760), *in_columns(SHIPS), *AFTER]])).text
    assert text == (
        "# Arrivals\n\n| Country: France | Ships: 12 | Tonnes: 3,400 |\n| Country: Japan | Ships: 7 | Tonnes: 1,250 |\n"
        "| Country: New Zealand | Ships: 103 | Tonnes: 88 |\n\n"
        "The table counts the ships that came in during the whole of last year, and none that left.\n"
    )


def test_a_table_that_goes_on_over_the_page_keeps_its_header_and_years_are_names() -> None:
    more = [("Oman", "4", "90"), ("Peru", "5", "91"), ("Chile", "6", "92")]
    found = document("a.pdf", made.pdf([in_columns([("", "2023", "2024"), *SHIPS[1:]]), in_columns(more, 780)]))
    assert "| France | 2023: 12 | 2024: 3,400 |\n" in found.text
    assert found.text[found.page_starts[1] :].startswith("| Oman | 2023: 4 | 2024: 90 |\n")


def test_a_cell_of_several_lines_is_one_and_bold_names_are_a_header() -> None:
    rows = [("Port", "Keeper"), ("Hove", "Anna"), ("Rye", "Ben")]
    lines = [*in_columns(rows, bold=1, leading=30), ("of Sussex", 10, 210, 730 - 60 - 12)]
    assert document("a.pdf", made.pdf([lines])).text == (
        "| Port: Hove | Keeper: Anna |\n| Port: Rye | Keeper: Ben of Sussex |\n"
    )


def test_figures_alone_have_no_header() -> None:
    assert document("a.pdf", made.pdf([in_columns([("a1", "5"), ("b1", "6"), ("c1", "7")])])).text == (
        "| a1 | 5 |\n| b1 | 6 |\n| c1 | 7 |\n"
    )


@pytest.mark.parametrize(
    "rows",
    [
        [("1.", "The keeper"), ("2.", "The ferry"), ("3.", "The harbour")],
        [("One pair of words", "and another"), ("only twice", "in a row")],
        [(f"{n} words of a column that runs down the page, and on and on", "") for n in range(4)],
    ],
)
def test_what_only_looks_like_a_table_is_none(rows: list[tuple[str, ...]]) -> None:
    assert "|" not in document("a.pdf", made.pdf([in_columns(rows)])).text


def test_columns_of_prose_are_no_table() -> None:
    left = made.prose("The harbour was opened by the mayor in the spring of that year, and many came. " * 4, width=45)
    right = [(text, size, 320.0, bottom) for text, size, _, bottom, *_ in left]
    together = [line for pair in zip(left, right, strict=True) for line in pair]
    assert "|" not in document("a.pdf", made.pdf([together])).text


def test_pages_without_text_are_named() -> None:
    found = document("a.pdf", made.pdf([[("A page with text.", 10, 60, 700)], [], []]))
    assert found.warnings == ("no text layer on pages 2, 3",)
    assert len(found.page_starts) == 3


@pytest.mark.parametrize(
    ("suffix", "data", "module"),
    [
        (".pdf", b"%PDF-1.4", "pdf"),
        (".txt", b"%PDF-1.4", "pdf"),
        (".txt", b"PK\x03\x04", "package"),
        (".pdf", b"\xef\xbb\xbf<!DOCTYPE html>", "html"),
        (".txt", b"{\\rtf1", "rtf"),
        (".md", b"<html>is a tag", None),
        (".txt", b"plain", None),
        (".xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    ],
)
def test_a_file_is_told_by_its_content_first(suffix: str, data: bytes, module: str | None) -> None:
    assert sniff(suffix, data) == module


def test_plain_text_needs_no_other_process_and_no_reader(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "a.txt").write_text("Some text.")
    code = (
        "import sys; from pathlib import Path; from index.load import load, read, scan; "
        "[load(e, read(e)) for e in scan(Path('.'))]; "
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('subprocess','pypdfium2','openpyxl','zipfile','email','pathspec')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
