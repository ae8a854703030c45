"""Pages of PDFs as pictures: the place that is marked is the place that was cited, and a bad file harms nothing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_files import pdf, pptx, prose
from test_web_panel import ANSWER
from web_support import Site, Visit, connect, serving

from index.cache import digest
from index.errors import UsageError
from index.folder import scan
from index.generations import DocumentRecord
from index.load import load
from qa.types import Answer, AnswerSentence, Citation
from web import draw
from web.draw import Place, folded, found
from web.pictures import PictureError, Pictures, has_pages, page_of, place_on_page

pytest_plugins = ["web_support"]

SENTENCE = "The Oldmoor lighthouse was built in 1871 by Greta Lindqvist, who also drew the plans of both of its moles."
OTHER = "Its lamp was lit for the first time in the autumn of 1872."
FILLER = "The harbour was closed for nine days. "
PDF = pdf(
    [
        [
            ("The Oldmoor Report", 20, 60, 780, "bold"),
            *prose(FILLER * 4 + f"{SENTENCE} {OTHER} " + FILLER * 6, top=740),
        ],
        [("Appendix", 20, 60, 780, "bold"), *prose("Nothing else is known about it. " * 8, top=740)],
    ],
    title="The Oldmoor Report",
)


def _pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and the rows of RGB of a picture that `web.draw` made."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size = 8, b"", (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    width, height = size
    raw = zlib.decompress(data)
    assert len(raw) == height * (1 + 3 * width)
    return width, height, [raw[y * (1 + 3 * width) + 1 : (y + 1) * (1 + 3 * width)] for y in range(height)]


def _marked(png: bytes, colour: tuple[int, int, int]) -> list[int]:
    """The rows that hold the colour of a mark."""
    _, _, rows = _pixels(png)
    return [y for y, row in enumerate(rows) if bytes(colour) * 3 in row]


def test_a_quote_is_found_however_the_page_breaks_it() -> None:
    page = folded("The eﬃcient har-\nbour of Móle 3\nwas closed.")
    assert found(page, folded("The efficient harbour of Móle 3 was closed."), 0) == (0, len(page))


def test_of_two_equal_places_the_cited_one_is_meant() -> None:
    page = folded("It was closed. It was opened. It was closed.")
    quote = folded("It was closed.")
    assert found(page, quote, 0) == (0, len(quote))
    assert found(page, quote, len(folded("It was closed. It was opened."))) == (len(page) - len(quote), len(page))


def test_a_quote_that_runs_on_over_the_page_is_marked_as_far_as_it_goes() -> None:
    quote = folded("The moles were broken by the storm and were rebuilt")
    begun = folded("The moles were broken by the storm")
    assert found(folded("Before. ") + begun, quote, 0) == (6, 6 + len(begun))
    assert found(folded("Before. ") + begun + folded("Page 3 of 9"), quote, 0) == (6, 6 + len(begun))


def test_what_is_not_on_the_page_is_not_marked() -> None:
    page = folded("The moles were broken by the storm.")
    assert found(page, folded("The moles were rebuilt by Greta Lindqvist and her brother."), 0) is None
    assert found(page, "", 0) is None
    assert found("", folded("Anything at all"), 0) is None


def test_the_cited_lines_are_coloured_and_no_others() -> None:
    said, png = draw.draw(PDF, 1, [Place(SENTENCE, 0, True), Place(OTHER, 0, False)])
    width, height, _ = _pixels(png)
    assert (said["page"], said["pages"], said["width"], said["height"]) == (1, 2, width, height)
    current, other = _marked(png, (255, 222, 130)), _marked(png, (253, 243, 207))
    assert current and other and current[0] < other[0]
    assert said["top"] == pytest.approx(current[0] / height, abs=0.01)
    assert current[-1] - current[0] < height / 12
    _, plain = draw.draw(PDF, 1, [])
    assert not _marked(plain, (255, 222, 130))


def test_a_quote_that_begins_on_the_next_page_is_shown_there() -> None:
    said, png = draw.draw(PDF, 1, [Place("Nothing else is known about it.", 400, True)])
    assert said["page"] == 2 and said["top"] is not None and _marked(png, (255, 222, 130))
    said, png = draw.draw(PDF, 1, [Place("This is said nowhere in this file at all.", 0, True)])
    assert said["page"] == 1 and said["top"] is None


@pytest.mark.parametrize("box", [b"/Rotate 90 /MediaBox [0 0 595 842]", b"/MediaBox [-50 -50 595 842] "])
def test_a_page_that_is_turned_or_cropped_is_marked_where_its_text_is(box: bytes) -> None:
    data = pdf([[(OTHER, 10, 60, 700)]]).replace(b"/MediaBox [0 0 595 842]", box)
    marked, plain = (_pixels(draw.draw(data, 1, [Place(OTHER, 0, True)][:count])[1]) for count in (1, 0))
    assert marked[:2] == plain[:2]
    lettered = [y for y, row in enumerate(plain[2]) if min(row) < 128]
    coloured = [y for y, row in enumerate(marked[2]) if row != plain[2][y]]
    assert coloured[0] <= lettered[0] <= lettered[-1] <= coloured[-1]
    assert len(coloured) < len(lettered) * 2.5 + 12


@pytest.mark.parametrize("box", [b"[0 0 14400 14400]", b"[0 0 14400 2]", b"[0 0 2 14400]", b"[0 0 0 0]"])
def test_a_picture_is_bounded_whatever_the_page(box: bytes) -> None:
    said, png = draw.draw(PDF.replace(b"[0 0 595 842]", box), 1, [])
    assert 0 < said["width"] <= draw.WIDEST + 1 and 0 < said["height"] <= draw.HIGHEST + 1
    assert len(png) <= draw.LARGEST


def test_a_picture_that_is_too_large_is_drawn_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = draw.draw(PDF, 1, [])[0]["width"]
    monkeypatch.setattr(draw, "LARGEST", 30_000)
    said, _ = draw.draw(PDF, 1, [Place(SENTENCE, 0, True)])
    assert said["width"] < whole and said["top"] is not None


def _folder(base: Path, data: bytes = PDF) -> tuple[Path, DocumentRecord]:
    folder = base / "documents"
    folder.mkdir()
    (folder / "report.pdf").write_bytes(data)
    return folder, DocumentRecord("report.pdf", len(data), 0, digest(data))


def test_a_place_of_a_document_is_found_on_its_page(tmp_path: Path) -> None:
    folder, record = _folder(tmp_path)
    document = load(scan(folder)[0], PDF)
    start = document.text.index(SENTENCE)
    assert page_of(document, start) == 1
    place = place_on_page(document, start, start + len(SENTENCE), current=True)
    pictures = Pictures(folder)
    picture = pictures.draw(record, 1, [place])
    assert picture.page == 1 and picture.top is not None and picture.png.startswith(b"\x89PNG")
    assert pictures.draw(record, 1, [place]) is picture


@pytest.mark.parametrize("name", ["report.pdf", "report.txt", "report", "report.docx"])
def test_what_is_a_pdf_by_its_content_has_pages(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PDF)
    document = load(scan(tmp_path)[0], PDF)
    assert has_pages(document)
    picture = Pictures(tmp_path).draw(DocumentRecord(name, len(PDF), 0, digest(PDF)), 1, [])
    assert picture.png.startswith(b"\x89PNG")


def test_what_only_says_that_it_is_a_pdf_has_no_pages(tmp_path: Path) -> None:
    slides = pptx([("The harbour", ["It was closed for nine days."])])
    (tmp_path / "slides.pdf").write_bytes(slides)
    document = load(scan(tmp_path)[0], slides)
    assert document.page_starts and not has_pages(document)


def test_a_file_that_changed_or_is_gone_is_not_drawn(tmp_path: Path) -> None:
    folder, record = _folder(tmp_path)
    pictures = Pictures(folder)
    (folder / "report.pdf").write_bytes(PDF + b"\n% changed")
    with pytest.raises(UsageError, match="has changed"):
        pictures.draw(record, 1, [])
    (folder / "report.pdf").unlink()
    with pytest.raises(UsageError, match="not in the documents folder"):
        pictures.draw(record, 1, [])


def test_what_stops_the_drawing_process_stops_nothing_else(tmp_path: Path) -> None:
    folder, record = _folder(tmp_path, b"%PDF-1.4\nnot much of one")
    with pytest.raises(PictureError, match="cannot be drawn"):
        Pictures(folder).draw(record, 1, [])
    (folder / "report.pdf").write_bytes(PDF)
    whole = replace(record, hash=digest(PDF))
    with pytest.raises(PictureError, match="cannot be drawn"):
        Pictures(folder, seconds=0.001).draw(whole, 1, [])
    with pytest.raises(PictureError, match="cannot be drawn"):
        Pictures(folder, memory=2**20).draw(whole, 1, [])


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page over a PDF and a text, with a question whose answer cites both."""
    base = tmp_path_factory.mktemp("reported")
    folder, _ = _folder(base)
    (folder / "notes.txt").write_text(f"Notes\n\n{OTHER}\n", "utf-8")
    with serving(folder, base / "store") as site:
        site.assistant.scripts["who built it?"] = lambda question, history: iter([_answer(site, question)])
        site.assistant.scripts["when was it lit?"] = lambda question, history: iter([_answer(site, question, OTHER)])
        yield site


def _answer(site: Site, question: str, said: str = SENTENCE) -> Answer:
    citations = []
    for number, (name, quote) in enumerate((("report.pdf", said), ("notes.txt", OTHER)), start=1):
        document = site.assistant.corpus().document(name)
        start = document.text.index(quote)
        page = 1 if document.page_starts else None
        citations.append(Citation(number, name, document.title, None, page, "", start, start + len(quote), quote, ()))
    return replace(
        ANSWER, question=question, standalone_question=question, text=f"{said} [1] {OTHER} [2]",
        sentences=(AnswerSentence(said, (1,)), AnswerSentence(OTHER, (2,))), citations=tuple(citations),
    )  # fmt: skip


def test_a_pdf_is_shown_as_its_page_and_as_text(browser: Any, reported: Site) -> None:
    visit = Visit(browser, reported)
    page = visit.open()
    exchange = visit.ask("who built it?")
    exchange.locator(".cite").first.click()
    image = page.locator(".page-picture img")
    image.wait_for()
    assert image.evaluate("image => image.naturalWidth") > 600
    assert "Page 1 of The Oldmoor Report" in image.get_attribute("alt")
    assert SENTENCE in page.locator(".page-quote").inner_text()
    assert page.locator(".document-text").is_hidden()
    page.locator('[data-do="show-text"]').click()
    assert page.locator("mark.current").first.inner_text().startswith("The Oldmoor lighthouse")
    assert page.locator(".page-picture").is_hidden()
    exchange.locator(".cite").last.click()
    page.wait_for_selector("text=Citation 2 of 2")
    assert page.locator('[data-do="show-page"]').count() == 0
    page.locator('[data-do="previous"]').click()
    page.wait_for_selector("text=Citation 1 of 2")
    assert page.locator(".page-picture").is_hidden(), "what was chosen last is kept"
    page.locator('[data-do="show-page"]').click()
    image.wait_for()
    visit.close()


def test_a_page_that_cannot_be_drawn_leaves_its_text(browser: Any, reported: Site) -> None:
    visit = Visit(browser, reported)
    page = visit.open()
    exchange = visit.ask("when was it lit?")
    file = reported.folder / "report.pdf"
    file.rename(reported.folder.parent / "elsewhere.pdf")
    try:
        exchange.locator(".cite").first.click()
        page.wait_for_selector("mark.current")
        assert page.locator('[data-do="show-page"]').is_disabled()
        assert "not in the documents folder" in page.locator(".toast").inner_text()
    finally:
        (reported.folder.parent / "elsewhere.pdf").rename(file)
    visit.close()


def test_a_picture_is_its_owners_alone(browser: Any, reported: Site) -> None:
    visit = Visit(browser, reported)
    page = visit.open()
    visit.ask("who built it?").locator(".cite").first.click()
    url = page.locator(".page-picture").get_attribute("data-picture")
    cookies = {cookie["name"]: cookie["value"] for cookie in visit.context.cookies()}
    visit.close()
    with connect(reported) as stranger, connect(reported, cookies=cookies) as owner:
        drawn = owner.get(url)
        assert drawn.status_code == 200 and drawn.headers["content-type"] == "image/png"
        assert drawn.headers["footnote-page"] == "1" and 0 < float(drawn.headers["footnote-top"]) < 1
        assert stranger.get(url).status_code == 404
        for wrong in ("n=2", "n=9", "p=0", "p=99", "n=x", ""):
            assert owner.get(f"{url.split('?')[0]}?{wrong}").status_code == 404
