"""Chosen segments → the text, sentences and citations of an answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.dates import find_dates
from index.types import Passage
from qa.quotes import cite, prose, prose_span
from qa.sources import Draft, Sources
from qa.types import AnswerSentence, Citation, Evidence


@dataclass(frozen=True, slots=True)
class Choice:
    """document.text[start:end] of a passage, chosen to be said; `spans` are the words in it that answer, as offsets
    in the document."""

    passage: Passage
    start: int
    end: int
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """What is said, to the character."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


def compose(
    chosen: Sequence[Choice],
    sources: Sources,
    *,
    confidence: float,
    evidence: Sequence[Evidence] = (),
    notice: str | None = None,
    listed: bool | None = None,
    led: bool = False,
) -> Draft:
    """The answer that says these, in this order, each once.

    `listed` puts one point on a line, grouped by document where there are several; by default more than two are. `led`
    says that the first announces the others, and is no point itself.
    """
    once: dict[tuple[str, int, int], Choice] = {}
    for choice in chosen:
        once.setdefault((choice.passage.document, choice.start, choice.end), choice)
    choices = list(once.values())
    listed = len(choices) > 2 if listed is None else listed
    documents = list(dict.fromkeys(choice.passage.document for choice in choices))
    if listed and len(documents) > 1:
        choices.sort(key=lambda choice: documents.index(choice.passage.document))
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    lines: list[str] = []
    for number, choice in enumerate(choices, start=1):
        references = sources.references(choice.passage.document)
        citation = cite(number, choice.passage, choice.start, choice.end, references)
        highlights = tuple(
            span
            for start, end in choice.spans
            if (span := prose_span(citation.quote, start - choice.start, end - choice.start))
        )
        sentence = AnswerSentence(prose(citation.quote), (number,), highlights=highlights)
        new = number == 1 or citations[-1].document != citation.document
        titled = sentence.text == citation.title
        told = not citation.date or any(found.iso == citation.date for found in find_dates(citation.title))
        if listed and len(documents) > 1 and new and not titled:
            lines.append(f"{citation.title}:" if told else f"{citation.title} ({citation.date}):")
        bullet = "- " if listed and not (led and number == 1) else ""
        dated = f" ({citation.date})" if listed and titled and not told else ""
        lines.append(f"{bullet}{sentence.text} [{number}]{dated}")
        citations.append(citation)
        sentences.append(sentence)
    rows = any(line.startswith("|") for line in lines)
    text = ("\n" if listed or rows else " ").join(lines)
    return Draft("answered", text, tuple(sentences), tuple(citations), round(confidence, 4), notice, tuple(evidence))
