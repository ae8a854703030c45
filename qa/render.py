"""An `Answer` as people read it in a terminal, and as programs read it in JSON. Pure.

Document text is data: control and bidirectional characters never reach a terminal, where they could rewrite what is
shown.
"""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from qa.types import Answer, Citation, Evidence

_BOLD, _DIM, _RED, _RESET = "\033[1m", "\033[2m", "\033[31m", "\033[0m"
_CODES = frozenset({"Cc", "Cf", "Co", "Cs"})


def printable(text: str) -> str:
    """The text without characters that a terminal would obey rather than show."""
    return "".join(char if char == "\n" or unicodedata.category(char) not in _CODES else " " for char in text)


class Style:
    """Colour, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if self._colour and text else text


def answer_json(answer: Answer) -> dict[str, Any]:
    """The answer as the contract has it; offsets count characters, seconds are seconds."""
    tokens = answer.tokens
    seconds = answer.seconds
    return {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "status": answer.status,
        "mode": answer.mode,
        "text": answer.text,
        "sentences": [
            {
                "text": sentence.text,
                "citations": list(sentence.citations),
                "supported": sentence.supported,
                "highlights": [list(span) for span in sentence.highlights],
            }
            for sentence in answer.sentences
        ],
        "citations": [
            {
                "number": citation.number,
                "document": citation.document,
                "title": citation.title,
                "date": citation.date,
                "page": citation.page,
                "section": citation.section,
                "start": citation.start,
                "end": citation.end,
                "quote": citation.quote,
                "references": list(citation.references),
            }
            for citation in answer.citations
        ],
        "passages": passages_json(answer.passages),
        "confidence": answer.confidence,
        "notice": answer.notice,
        "model": answer.model,
        "tokens": None
        if tokens is None
        else {"prompt": tokens.prompt, "completion": tokens.completion, "cost": tokens.cost},
        "seconds": {
            "retrieve": round(seconds.retrieve, 4),
            "answer": round(seconds.answer, 4),
            "total": round(seconds.total, 4),
        }
        | ({} if seconds.first_token is None else {"first_token": round(seconds.first_token, 4)}),
    }


def passages_json(passages: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Passages as the contract has them, best first."""
    return [
        {
            "document": item.passage.document,
            "title": item.passage.title,
            "date": item.passage.date,
            "page": item.passage.page,
            "section": item.passage.section,
            "start": item.passage.start,
            "end": item.passage.end,
            "score": round(item.score, 4),
            "text": item.passage.text,
        }
        for item in passages
    ]


def dumps(value: object, *, indent: int | None = None) -> str:
    """JSON in UTF-8's own characters; a lone surrogate, which has no UTF-8, is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return (
        text if text.isascii() or text.encode("utf-8", "ignore").decode() == text else json.dumps(value, indent=indent)
    )


def answer_text(answer: Answer, *, width: int, colour: bool, verbose: bool = False) -> str:
    """The answer, a blank line, and its numbered sources, wrapped to `width` columns."""
    style = Style(colour)
    parts = []
    if answer.standalone_question != answer.question:
        parts.append(style(_DIM, _wrap(f"({printable(answer.standalone_question)})", width)))
    parts.append("\n".join(_body(answer, width, style)))
    if answer.citations:
        parts.append("\n".join(_source(citation, width, style) for citation in answer.citations))
    if answer.status == "not_found" and answer.passages:
        nearest = [
            _place(item.passage.title, item.passage.date, item.passage.page, item.passage.section)
            for item in answer.passages[:3]
        ]
        listed = "\n".join(_wrap(f"- {printable(line)}", width, "  ") for line in dict.fromkeys(nearest))
        parts.append(style(_DIM, f"Nearest passages:\n{listed}"))
    if answer.notice:
        parts.append(_wrap(f"Note: {printable(answer.notice)}", width))
    if verbose:
        parts.append(style(_DIM, _figures(answer)))
    return "\n\n".join(parts)


def _body(answer: Answer, width: int, style: Style) -> list[str]:
    lines = _lines(answer.text, width)
    unsupported = [sentence for sentence in answer.sentences if not sentence.supported]
    lines += [
        style(_RED, _wrap(f"! Not borne out by its sources: {printable(s.text)}", width, "  ")) for s in unsupported
    ]
    return [style(_BOLD, line) if answer.status == "answered" and not unsupported else line for line in lines]


def wrapped(text: str, width: int) -> str:
    """An answer's text as `answer_text` shows it, or the part of it that there is so far."""
    return "\n".join(_lines(text, width))


def _lines(text: str, width: int) -> list[str]:
    return [_wrap(printable(line), width, "  " if line.startswith("- ") else "") for line in text.split("\n")]


def _source(citation: Citation, width: int, style: Style) -> str:
    head = f"[{citation.number}] {_place(citation.title, citation.date, citation.page, citation.section)}"
    lines = [
        _wrap(printable(head), width, "    "),
        _wrap(f"“{printable(' '.join(citation.quote.split()))}”", width, "    ", "    "),
    ]
    place = f"{citation.document}, characters {citation.start}–{citation.end}"
    if citation.references:
        place += f"; refers to {', '.join(citation.references)}"
    lines.append(style(_DIM, _wrap(printable(place), width, "    ", "    ")))
    return "\n".join(lines)


def _place(title: str, date: str | None, page: int | None, section: str) -> str:
    return " · ".join(filter(None, (title, date, f"p. {page}" if page else None, section)))


def _figures(answer: Answer) -> str:
    seconds = answer.seconds
    figures = [
        f"{answer.mode}" + (f" ({answer.model})" if answer.model else ""),
        f"confidence {answer.confidence:.2f}",
        f"retrieval {seconds.retrieve * 1000:.0f} ms, answer {seconds.answer * 1000:.0f} ms, total "
        f"{seconds.total:.2f} s",
    ]
    if seconds.first_token is not None:
        figures.append(f"first token after {seconds.first_token:.2f} s")
    if answer.tokens:
        figures.append(f"{answer.tokens.prompt} tokens in, {answer.tokens.completion} out")
        if answer.tokens.cost is not None:
            figures.append(f"cost {answer.tokens.cost:.6f}")
    return " · ".join(figures)


def passages_text(passages: Sequence[Evidence], *, width: int, colour: bool) -> str:
    """Passages for people: place, score, text."""
    style = Style(colour)
    blocks = []
    for number, item in enumerate(passages, start=1):
        passage = item.passage
        head = f"{number}. {_place(passage.title, passage.date, passage.page, passage.section)}"
        place = f"{passage.document}, characters {passage.start}–{passage.end}, score {item.score:.2f}"
        body = "\n".join(
            _wrap(line, width, "   ", "   ") for line in printable(passage.text).split("\n") if line.strip()
        )
        blocks.append(
            "\n".join((style(_BOLD, _wrap(printable(head), width, "   ")), style(_DIM, f"   {printable(place)}"), body))
        )
    return "\n\n".join(blocks)


def _wrap(text: str, width: int, indent: str = "", first: str = "") -> str:
    return textwrap.fill(
        text,
        max(width, 20),
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
