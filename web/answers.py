"""The contract's JSON → an `Answer` again, and an `Answer` as Markdown with footnotes. Pure."""

from __future__ import annotations

import re
from typing import Any

from index.types import Passage
from qa.types import Answer, AnswerSentence, Citation, Evidence, Seconds, Tokens


def answer_from_json(said: dict[str, Any]) -> Answer:
    """The answer that `qa.render.answer_json` wrote; segments and partial scores of its passages are not kept."""
    seconds = said["seconds"]
    return Answer(
        question=said["question"],
        standalone_question=said["standalone_question"],
        status=said["status"],
        mode=said["mode"],
        text=said["text"],
        sentences=tuple(
            AnswerSentence(
                item["text"],
                tuple(item["citations"]),
                item["supported"],
                tuple((start, end) for start, end in item["highlights"]),
            )
            for item in said["sentences"]
        ),
        citations=tuple(Citation(**item | {"references": tuple(item["references"])}) for item in said["citations"]),
        passages=tuple(
            Evidence(
                Passage(
                    id="",
                    document=item["document"],
                    title=item["title"],
                    date=item.get("date"),
                    section=item.get("section", ""),
                    page=item["page"],
                    start=item["start"],
                    end=item["end"],
                    text=item["text"],
                    segments=(),
                ),
                item["score"],
                0.0,
                0.0,
            )
            for item in said["passages"]
        ),
        confidence=said["confidence"],
        notice=said["notice"],
        model=said["model"],
        tokens=Tokens(**said["tokens"]) if said["tokens"] else None,
        seconds=Seconds(**seconds),
    )


def place(citation: Citation) -> str:
    """Title, date, page and section in a line."""
    page = f"p. {citation.page}" if citation.page else None
    return " · ".join(filter(None, (" ".join(citation.title.split()), citation.date, page, citation.section)))


_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&!])")


def markdown_text(text: str) -> str:
    """Text that Markdown shows as it is: no link, image, heading or HTML can come of it."""
    escaped = _MARKDOWN.sub(r"\\\1", text)
    # What looks like an address would still become a link.
    return re.sub(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])", r"\1\\", escaped)


def markdown(answer: Answer, *, prefix: str = "") -> str:
    """The answer with `[^1]` where it has `[1]`, and the footnotes below; `prefix` keeps the numbers of several
    answers apart."""
    body = _with_footnotes(answer, prefix)
    parts = [body]
    if answer.notice:
        parts.append(f"*Note: {markdown_text(answer.notice)}*")
    if answer.citations:
        parts.append("\n".join(_footnote(citation, prefix) for citation in answer.citations))
    return "\n\n".join(parts)


def _footnote(citation: Citation, prefix: str) -> str:
    quote = markdown_text(" ".join(citation.quote.split()))
    where = f"{markdown_text(citation.document)}, characters {citation.start}–{citation.end}"
    return f"[^{prefix}{citation.number}]: {markdown_text(place(citation))}: “{quote}” ({where})"


def _with_footnotes(answer: Answer, prefix: str) -> str:
    lines = []
    for line in pieces(answer):
        made = []
        for piece in line.pieces:
            if isinstance(piece, str):
                made.append(markdown_text(piece))
                continue
            marks = "".join(f"[^{prefix}{number}]" for number in piece.citations)
            flag = "" if piece.supported else " *(not borne out by its sources)*"
            made.append(markdown_text(piece.text) + marks + flag)
        lines.append(("- " if line.item else "") + "".join(made).strip())
    return "\n".join(lines)


class Line:
    """A line of an answer: sentences, and the words between them that are none; `item` where it is one of a list."""

    __slots__ = ("item", "pieces")

    def __init__(self, item: bool, pieces: list[AnswerSentence | str]) -> None:
        self.item = item
        self.pieces = pieces


def pieces(answer: Answer) -> list[Line]:
    """The answer's text as lines of sentences. Its own markers are left out; the sentences say what they cite."""
    numbers = {citation.number for citation in answer.citations}
    lines: list[Line] = [Line(False, [])]
    at = 0

    def plain(text: str) -> None:
        for position, part in enumerate(text.split("\n")):
            if position:
                lines.append(Line(False, []))
            if not lines[-1].pieces and (bullet := re.match(r"\s*[-*•] ?", part)):
                lines[-1].item = True
                part = part[bullet.end() :]
            kept = re.sub(r" ?\[(\d+)\]", lambda mark: "" if int(mark[1]) in numbers else mark[0], part)
            if kept.strip():
                lines[-1].pieces.append(kept)
            elif lines[-1].pieces and kept:
                lines[-1].pieces.append(" ")

    for sentence in answer.sentences:
        found = answer.text.find(sentence.text, at)
        if found < 0 or not sentence.text:
            continue
        plain(answer.text[at:found])
        for position, text in enumerate(sentence.text.split("\n")):
            if position:
                lines.append(Line(False, []))
            whole = text == sentence.text
            lines[-1].pieces.append(
                sentence if whole else AnswerSentence(text, sentence.citations, sentence.supported, ())
            )
        at = found + len(sentence.text)
    plain(answer.text[at:])
    return [
        line for line in lines if line.pieces and not all(isinstance(p, str) and not p.strip() for p in line.pieces)
    ]
