"""An `Answer`, a source, the documents → HTML. Nothing here is markup but what the templates hold."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Literal

from index.chunk import chunk
from index.corpus import Corpus
from index.types import Document, Kind
from qa.settings import Settings
from qa.tables import COLUMNS, cells
from qa.types import Answer, AnswerSentence, Citation
from web.answers import answer_from_json, pieces, place
from web.conversations import Conversation, Exchange
from web.indexing import State
from web.templating import render, shown
from web.uploads import LARGEST_UPLOAD, suffixes

if TYPE_CHECKING:
    from markupsafe import Markup

_FEWEST_CELLS = 2
_WINDOW = 400_000
"""Characters of a document that are shown at once; a longer one is shown around the citation."""
_FORMATTED = 1_000_000
_BULLET = re.compile(r"^\s*(?:[-*•–]\s+)?")
_ITEMS = re.compile(r"(?<=\n)\s*[-*•–]\s+")
_HASHES = re.compile(r"#{1,6}\s+(?=\S)")


def exchange_html(conversation: str, exchange: Exchange, *, streaming: bool = False) -> str:
    """A question and its answer."""
    answer = answer_from_json(exchange.answer) if exchange.answer else None
    return render(
        "exchange.html",
        conversation=conversation,
        exchange=exchange,
        answer=answer,
        streaming=streaming,
        blocks=_blocks(answer) if answer else (),
        nearest=_nearest(answer) if answer and answer.status == "not_found" else (),
        sources=_sources(answer) if answer else (),
        cited={citation.number: citation for citation in answer.citations} if answer else {},
        place=place,
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, a list, or a table; each line is of pieces: words, or a sentence cut at its highlights, a table's of
    one with `cells`."""

    kind: Literal["paragraph", "list", "table"]
    lines: tuple[tuple[dict[str, Any], ...], ...]

    @property
    def headed(self) -> bool:
        """Whether the first of several rows says what the columns are: two columns speak for themselves."""
        return len(self.lines) > 1 and len(self.lines[0][0]["cells"]) >= COLUMNS


def _blocks(answer: Answer) -> list[_Block]:
    blocks: list[_Block] = []
    for line in pieces(answer):
        made = tuple(_piece(piece) for piece in line.pieces)
        kind: Literal["paragraph", "list", "table"] = "list" if line.item else "paragraph"
        if not line.item and len(made) == 1 and made[0]["cells"]:
            kind = "table"
        if kind != "paragraph" and blocks and blocks[-1].kind == kind:
            blocks[-1] = _Block(kind, (*blocks[-1].lines, made))
        else:
            blocks.append(_Block(kind, (made,)))
    return blocks


def _piece(piece: AnswerSentence | str) -> dict[str, Any]:
    """What the template shows of a piece; `cells` are the parts of each cell of a table's row, else none."""
    if isinstance(piece, str):
        piece = AnswerSentence(piece, ())
    text = piece.text
    row = text.startswith("|") and text.endswith("|") and text.count("|") > _FEWEST_CELLS
    return {
        "parts": _parts(piece, 0, len(text)),
        "cells": [_parts(piece, start, end) for start, end, _ in cells(text)] if row else [],
        "citations": piece.citations,
        "supported": piece.supported,
    }


def _parts(sentence: AnswerSentence, start: int, end: int) -> list[tuple[bool, str]]:
    """text[start:end] cut at the highlights: whether a part is one, and its text."""
    parts, at = [], start
    for first, last in sorted(sentence.highlights):
        first, last = max(first, start), min(last, end)
        if first >= at and last > first:
            parts += [(False, sentence.text[at:first]), (True, sentence.text[first:last])]
            at = last
    parts.append((False, sentence.text[at:end]))
    return [part for part in parts if part[1]]


def _sources(answer: Answer) -> list[list[Citation]]:
    """The citations, those of one section together where they follow one another."""
    placed = groupby(answer.citations, lambda citation: (citation.document, citation.page, citation.section))
    return [list(group) for _, group in placed]


def _nearest(answer: Answer) -> list[dict[str, Any]]:
    """The nearest passages, each with the beginning of its text."""
    found = []
    for item in answer.passages[:3]:
        # A passage begins with the heading that is shown above it already.
        heading = item.passage.section.rpartition(" › ")[2] or item.passage.title
        whole = " ".join(_ITEMS.sub(" · ", item.passage.text).split())
        bare = _HASHES.sub("", whole, count=1) if whole.startswith("#") else whole
        text = bare.removeprefix(heading).lstrip("-*•–· ") or whole
        cut = text if len(text) <= 240 else text[:240].rsplit(" ", 1)[0] + " …"
        found.append({"passage": item.passage, "text": cut})
    return found


def conversation_html(conversation: Conversation, running: Set[str] = frozenset()) -> str:
    """All its exchanges; `running` are the ids of those that are being answered."""
    return "".join(
        exchange_html(conversation.id, exchange, streaming=exchange.id in running)
        for exchange in conversation.exchanges
    )


def conversations_html(conversations: Sequence[Conversation], current: str | None) -> str:
    """The list of conversations."""
    return render("conversations.html", conversations=conversations, current=current)


def library_html(corpus: Corpus, state: State, user: str | None = None) -> str:
    """The documents: those that are read, and those that are not and why."""
    manifest = corpus.manifest
    return render(
        "documents.html",
        readable=manifest.readable,
        failed=manifest.failed,
        state=state,
        accept=",".join(suffixes()),
        largest=LARGEST_UPLOAD // 2**20,
        user=user,
    )


def badge(settings: Settings) -> dict[str, str]:
    """Which mode answers, and what that means."""
    if settings.generative:
        where = re.sub(r"^https?://|/.*$", "", settings.base_url or "") or "the configured service"
        return {
            "label": f"Written by {settings.model or 'a model'}",
            "meaning": f"A language model at {where} writes the answer from passages of your documents, which are sent "
            "there. Every sentence is checked against what it cites; what is not borne out is marked.",
        }
    return {
        "label": "Word for word",
        "meaning": "Answers are sentences of your documents, word for word, each with its source. No language model "
        "writes anything, and nothing leaves this machine.",
    }


@dataclass(frozen=True, slots=True)
class Mark:
    """A place of the document to be marked; `number` is the citation's, or None for a passage that was only near."""

    start: int
    end: int
    number: int | None
    current: bool


def source_html(
    document: Document,
    marks: Sequence[Mark],
    *,
    page: int | None,
    section: str,
    siblings: Sequence[dict[str, Any]],
    references: Sequence[str],
    picture: str | None = None,
) -> str:
    """The whole document with the places marked; `siblings` are the answer's citations, for the way to the next one,
    `picture` is where the page is to be had as a picture."""
    current = next((mark for mark in marks if mark.current), None)
    start, end = _window(document.text, current)
    at = next((position for position, sibling in enumerate(siblings) if sibling["current"]), None)
    return render(
        "source.html",
        document=document,
        lines=_lines(document, start, end, marks),
        cut_before=start,
        cut_after=len(document.text) - end,
        page=page,
        section=section,
        current=current,
        references=references,
        picture=picture,
        quote=" ".join(document.text[current.start : current.end].split()) if current and picture else "",
        position=None if at is None else at + 1,
        total=len(siblings),
        previous=siblings[at - 1] if at else None,
        next=siblings[at + 1] if at is not None and at + 1 < len(siblings) else None,
    )


def _window(text: str, current: Mark | None) -> tuple[int, int]:
    if len(text) <= _WINDOW:
        return 0, len(text)
    middle = current.start if current else 0
    start = max(0, min(middle - _WINDOW // 2, len(text) - _WINDOW))
    start = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start + _WINDOW)
    return start, min(len(text) if end < 0 else end, start + 2 * _WINDOW)


def _lines(document: Document, start: int, end: int, marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """The document's lines, each with its kind and its text as HTML. Their texts, joined by line feeds, are the
    document's."""
    kinds = _kinds(document) if len(document.text) <= _FORMATTED else {}
    pages = {offset: number for number, offset in enumerate(document.page_starts, start=1)}
    lines = []
    at = start
    for line in document.text[start:end].split("\n"):
        stop = at + len(line)
        hashes = _HASHES.match(line)
        bare = line[hashes.end() :] if hashes else _BULLET.sub("", line)
        first = at + len(line) - len(bare)
        heading = hashes is not None and kinds.get(first) == "heading"
        page = next((pages[offset] for offset in range(at, stop + 1) if offset in pages), None) if pages else None
        lines.append(
            {
                "kind": kinds.get(first, "") if line.strip() else "blank",
                # What makes a line a heading is there to be copied, but is not what people read.
                "syntax": line[: hashes.end()] if hashes and heading else "",
                # Elsewhere a space at the end of a line on the screen is not shown, nor marked.
                "spaced": "  " in line or "\t" in line,
                "html": _marked(document.text, first if heading else at, stop, marks),
                "page": page,
            }
        )
        at = stop + 1
    return lines


@lru_cache(maxsize=16)
def _kinds(document: Document) -> dict[int, str]:
    """What begins at an offset, where it is not plain running text."""
    shown_as = {
        Kind.HEADING: "heading",
        Kind.ITEM: "item",
        Kind.ROW: "row",
        Kind.CODE: "code",
        Kind.REFERENCE: "reference",
    }
    return {
        segment.start: shown_as[segment.kind]
        for passage in chunk(document)
        for segment in passage.segments
        if segment.kind in shown_as
    }


def _marked(text: str, start: int, end: int, marks: Sequence[Mark]) -> Markup:
    """text[start:end] with what of the marks lies in it marked; where two overlap, the current one wins."""
    from markupsafe import Markup

    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    if not inside:
        return shown(text[start:end])
    edges = sorted({start, end, *(min(max(edge, start), end) for mark in inside for edge in (mark.start, mark.end))})
    parts = []
    for left, right in pairwise(edges):
        over = [mark for mark in inside if mark.start <= left and mark.end >= right]
        piece = shown(text[left:right])
        if not over:
            parts.append(piece)
            continue
        mark = next((mark for mark in over if mark.current), over[0])
        name = "cited current" if mark.current else "cited"
        number = f' data-number="{mark.number}"' if mark.number is not None else ""
        parts.append(Markup(f'<mark class="{name}"{number}>') + piece + Markup("</mark>"))
    return Markup("").join(parts)
