"""Small files of every format, made on the spot: what the tests read is here to be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def archive(parts: dict[str, str | bytes], *, stored: Sequence[str] = ()) -> bytes:
    """A zip archive of the parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return made.getvalue()


def core(title: str, created: str) -> str:
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{escape(title)}</dc:title><dcterms:created>{created}</dcterms:created></cp:coreProperties>"
    )


def docx(body: str, *, title: str = "", created: str = "2020-01-01T00:00:00Z", **parts: str) -> bytes:
    """A Word file with `body` as the inside of `w:body`; styles Heading1, Heading2, Title and ListBullet."""
    styles = "".join(
        f'<w:style w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
        for name in ("Title", "heading 1", "heading 2")
    )
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {_W}>{styles}<w:style w:styleId='Mine'><w:name w:val='Mine'/>"
            "<w:basedOn w:val='heading2'/></w:style></w:styles>",
            "docProps/core.xml": core(title, created),
        }
        | {f"word/{name}.xml": f"<w:{name} {_W}>{content}</w:{name}>" for name, content in parts.items()}
    )


def word(text: str, style: str = "", *, level: int | None = None) -> str:
    """A paragraph for `docx`; with `level`, an item of a list."""
    listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>' if level is not None else ""
    styled = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{styled}{listed}</w:pPr><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def word_table(rows: Sequence[Sequence[str]]) -> str:
    """A table for `docx`."""
    made = ("".join(f"<w:tc>{word(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{cells}</w:tr>' for cells in made)}</w:tbl>"


def pptx(slides: Sequence[tuple[str, Sequence[str]]], *, title: str = "", notes: str = "") -> bytes:
    """A presentation: a title and bullets for each slide; `notes` belong to the first."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "docProps/core.xml": core(title, "2021-02-03T00:00:00Z"),
    }
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="rId{n}"/>' for n in range(len(slides)))
    parts["ppt/presentation.xml"] = f"<p:presentation {_P} {_R}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    # The slides' files are numbered backwards: their order is the presentation's, not that of their names.
    links = "".join(
        f'<Relationship Id="rId{n}" Type="x/slide" Target="slides/slide{len(slides) - n}.xml"/>'
        for n in range(len(slides))
    )
    parts["ppt/_rels/presentation.xml.rels"] = f"<Relationships>{links}</Relationships>"
    for n, (head, bullets) in enumerate(slides):
        name = f"slide{len(slides) - n}.xml"
        parts[f"ppt/slides/{name}"] = _slide([("title", [head]), ("body", bullets), ("sldNum", [str(n + 1)])])
        if notes and n == 0:
            parts["ppt/notesSlides/notesSlide1.xml"] = _slide([("body", [notes])])
            parts[f"ppt/slides/_rels/{name}.rels"] = (
                '<Relationships><Relationship Id="rId1" Type="x/notesSlide" Target="../notesSlides/notesSlide1.xml"/>'
                "</Relationships>"
            )
    return archive(parts)


def _slide(shapes: Sequence[tuple[str, Sequence[str]]]) -> str:
    made = "".join(
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>'
        + "".join(f"<a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p>" for text in texts)
        + "</p:txBody></p:sp>"
        for kind, texts in shapes
    )
    return f"<p:sld {_P} {_A}><p:cSld><p:spTree>{made}</p:spTree></p:cSld></p:sld>"


def xlsx(sheets: dict[str, Sequence[Sequence[object]]], *, percent: Sequence[str] = ()) -> bytes:
    """A workbook, by openpyxl; the cells named in `percent` are shown as percentages."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for place in percent:
            sheet[place].number_format = "0.0%"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def odt(body: str, *, title: str = "", date: str = "2019-05-06T07:08:09") -> bytes:
    """An OpenDocument text with `body` as the inside of `office:text`."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "text", "table", "meta")
    )
    meta = f"<dc:title>{escape(title)}</dc:title>" if title else ""
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {names}><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
            "meta.xml": f'<office:document-meta {names} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>{meta}'
            f"<meta:creation-date>{date}</meta:creation-date></office:meta></office:document-meta>",
        },
        stored=["mimetype"],
    )


def epub(chapters: Sequence[str], *, title: str = "A book", date: str = "2018-09-10") -> bytes:
    """A book of chapters, each the inside of a page's body."""
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": "<container>"
        '<rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
        "OEBPS/content.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{escape(title)}</dc:title><dc:date>{date}</dc:date></metadata>"
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for n, chapter in enumerate(chapters):
        parts[f"OEBPS/c {n}.xhtml"] = f"<?xml version='1.0' encoding='utf-8'?><html><body>{chapter}</body></html>"
    return archive(parts, stored=["mimetype"])


Line = tuple[str, float, float, float] | tuple[str, float, float, float, str]


def pdf(
    pages: Sequence[Sequence[Line]], *, title: str = "", made: str = "D:20220304050607Z", encrypt: str = ""
) -> bytes:
    """A PDF of pages of lines: (text, size, left, bottom) or with "bold" behind, on A4, in Helvetica, Windows-1252."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    fonts = [
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    objects += fonts
    kids = []
    for lines in pages:
        content = b"BT\n"
        for text, size, left, bottom, *bold in lines:
            shown = text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            font = b"/F2" if bold else b"/F1"
            content += font + f" {size} Tf 1 0 0 1 {left} {bottom} Tm ".encode() + b"(" + shown + b") Tj\n"
        content += b"ET"
        objects.append(b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream")
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % len(objects)
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    objects.append(f"<< /Title ({title}) /CreationDate ({made}) >>".encode("cp1252"))
    trailer = b"/Root 1 0 R /Info %d 0 R " % len(objects)
    if encrypt:
        objects.append(
            b"<< /Filter /Standard /V 1 /R 2 /P -1 /O <" + b"11" * 32 + b"> /U <" + encrypt.encode() * 32 + b"> >>"
        )
        trailer += b"/Encrypt %d 0 R /ID [<00><00>] " % len(objects)
    made_bytes = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(made_bytes))
        made_bytes += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        made_bytes
        + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        + table
        + b"trailer\n<< /Size %d " % (len(objects) + 1)
        + trailer
        + b">>\nstartxref\n%d\n%%%%EOF\n" % len(made_bytes)
    )


def prose(
    text: str, *, size: float = 10, left: float = 60, top: float = 780, width: int = 80, leading: float = 1.2
) -> list[Line]:
    """Lines of hard-wrapped text for `pdf`, from the top down."""
    import textwrap

    wrapped = textwrap.wrap(text, width)
    return [(line, size, left, top - number * size * leading) for number, line in enumerate(wrapped)]
