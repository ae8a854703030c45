"""Evidence → an answer that a language model writes and the program checks.

The model sees numbered passages in a frame that no document can forge, and must cite them. Its text is shown as it
comes; each sentence's markers are resolved to the sentences of the passages that bear it out, and every sentence is
checked against what it cites. What nothing bears out is marked; where that is everything, the answer is not believed
at all.
"""

from __future__ import annotations

import datetime
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from index.references import strip_marks
from index.types import Passage
from prompts import render
from qa.citations import Numbering, Piece, Quote, Splitter, resolve, with_marks
from qa.model import Chunk, LanguageModel, Message, ModelFailed
from qa.quotes import cite
from qa.settings import Settings
from qa.sources import NOT_FOUND, Draft, References
from qa.types import AnswerSentence, Citation, Evidence, Tokens, Turn
from qa.verify import supports

NOT_IN_DOCUMENTS = "NOT_IN_DOCUMENTS"
"""What the model is told to reply where the passages do not answer."""

EVIDENCE_TOKENS = 6000
"""Tokens that the passages may take in the prompt, estimated."""
MOST_CHARACTERS = 20_000
"""An answer is cut off here: no question about a handful of passages needs more."""
_REPEATS = 3
_LONGEST_QUESTION = 400
_TURNS = 4


@dataclass(frozen=True, slots=True)
class Delta:
    """Text to show behind what was shown so far. Empty while waiting: whoever reads may stop here."""

    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """The checked answer. `draft.text` begins with all that was shown, in nearly every case to the character;
    `first_token` is seconds from the call to the first text; `unknown` counts markers that named no passage; `tokens`
    is None where the server does not count them."""

    draft: Draft
    model: str
    first_token: float | None
    tokens: Tokens | None
    unknown: int = 0


class NotBorneOut(ModelFailed):
    """The model answered, and nothing of what it said is in what it cites."""


def write(
    question: str,
    evidence: Sequence[Evidence],
    *,
    model: LanguageModel,
    settings: Settings,
    references: References,
    seconds: float | None = None,
    today: Callable[[], datetime.date] = datetime.date.today,
) -> Iterator[Delta | Written]:
    """Answers a standalone question: `Delta`s as the text comes, then one `Written`.

    `seconds` is what is left of the time for the whole answer, by default the setting. Closing the iterator stops the
    request at the server.

    Raises:
        ModelFailed: there is no answer to be had or to be believed; the message says why and what to do. Whatever was
            shown by then is to be taken back.
    """
    began = time.monotonic()
    shown = _fitting(evidence)
    draft = _Writing(tuple(item.passage for item in shown), references)
    used = Chunk()
    first_token: float | None = None
    finish: str | None = None
    asked = _messages(question, shown, today())
    stream = model.stream(asked, settings.timeout if seconds is None else seconds)
    try:
        for chunk in stream:
            used = _counted(used, chunk)
            finish = chunk.finish or finish
            if chunk.text and first_token is None:
                first_token = time.monotonic() - began
            yield Delta(draft.take(chunk.text))
            if draft.endless:
                finish = "length"
                break
    finally:
        if hasattr(stream, "close"):
            stream.close()
    if finish == "content_filter":
        raise ModelFailed(f"{model.name} declined to answer (content filter): ask in other words.")
    cut = finish == "length"
    if rest := draft.finish(cut=cut):
        yield Delta(rest)
    yield Written(
        draft=draft.checked(model.name, cut=cut),
        model=model.name,
        first_token=first_token,
        tokens=_tokens(used, settings),
        unknown=draft.unknown,
    )


def standalone(
    question: str,
    history: Sequence[Turn],
    *,
    model: LanguageModel,
    fallback: Callable[[str, Sequence[Turn]], str],
    seconds: float,
) -> Iterator[Delta | str]:
    """A follow-up → the question that it is by itself: empty `Delta`s while waiting, then the question.

    Where the model fails, or says something that is no question of its own, `fallback` answers instead. Never raises
    for a model.
    """
    if not history:
        yield question
        return
    messages = [
        Message("system", render("standalone_system")),
        Message("user", render("standalone_question", history=_transcript(history), question=question)),
    ]
    said = ""
    stream = model.stream(messages, seconds)
    try:
        for chunk in stream:
            said += chunk.text
            if len(said) > 4 * _LONGEST_QUESTION:
                break
            yield Delta("")
    except ModelFailed:
        said = ""
    finally:
        if hasattr(stream, "close"):
            stream.close()
    yield _question_in(said) or fallback(question, history)


def _question_in(said: str) -> str | None:
    """The question in a model's reply, or None where it holds none."""
    lines = [line.strip().strip("\"'“”*` ") for line in said.strip().splitlines() if line.strip()]
    if len(lines) != 1 or not any(char.isalnum() for char in lines[0]) or len(lines[0]) > _LONGEST_QUESTION:
        return None
    return re.sub(r"^(?:standalone |rewritten )?question:\s*", "", lines[0], flags=re.IGNORECASE)


def _transcript(history: Sequence[Turn]) -> str:
    """The last turns, each shortened; the questions as they were understood."""
    lines = []
    for turn in history[-_TURNS:]:
        lines.append(f"Q: {turn.answer.standalone_question[:_LONGEST_QUESTION]}")
        lines.append(f"A: {' '.join(turn.answer.text.split())[:600]}")
    return "\n".join(lines)


# What the model sees


def estimated_tokens(text: str) -> int:
    """Tokens that a text may have, rather too many than too few: four characters of ASCII each, others one each."""
    plain = sum(char.isascii() for char in text)
    return plain // 4 + (len(text) - plain) + 1


def _fitting(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best passages that fit the budget together; always the first."""
    chosen: list[Evidence] = []
    left = EVIDENCE_TOKENS
    for item in evidence:
        cost = estimated_tokens(item.passage.text) + 60
        if chosen and cost > left:
            continue
        chosen.append(item)
        left -= cost
    return chosen


def _messages(question: str, evidence: Sequence[Evidence], today: datetime.date) -> list[Message]:
    nonce = secrets.token_hex(6)
    passages = [_framed(number, item.passage, nonce) for number, item in enumerate(evidence, start=1)]
    return [
        Message("system", render("answer_system", not_found=NOT_IN_DOCUMENTS, today=today.isoformat())),
        Message("user", render("answer_question", nonce=nonce, evidence="\n\n".join(passages), question=question)),
    ]


def _framed(number: int, passage: Passage, nonce: str) -> str:
    about = [
        f"Date of the document: {passage.date}" if passage.date else "",
        f"Section: {_line(passage.section)}" if passage.section else "",
        f"Page: {passage.page}" if passage.page else "",
    ]
    return render(
        "passage",
        nonce=nonce,
        number=str(number),
        title=_line(passage.title),
        about="\n".join(filter(None, about)) or "No date is known.",
        text=_visible(strip_marks(passage.text))[: 4 * EVIDENCE_TOKENS],
    )


def _line(text: str) -> str:
    return " ".join(_visible(text).split())


def _visible(text: str) -> str:
    """Without control and format characters: text that a reader cannot see could still speak to a model."""
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cs")
    )


# What the model says


@dataclass(slots=True)
class _Writing:
    """A model's text on its way to an answer."""

    passages: tuple[Passage, ...]
    references: References
    unknown: int = 0
    endless: bool = False
    _splitter: Splitter = field(default_factory=Splitter)
    _numbering: Numbering = field(default_factory=Numbering)
    _pieces: list[Piece] = field(default_factory=list)
    _numbers: list[tuple[int, ...]] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)
    _given: str = ""
    _settled: str = ""
    _raw: str = ""

    def take(self, text: str) -> str:
        """Takes a part of the model's text and returns what there is to show for it."""
        if not text:
            return ""
        self._raw += text
        self._settle(self._splitter.feed(text))
        self.endless = len(self._raw) > MOST_CHARACTERS or _goes_in_circles(self._raw)
        return "" if self._may_be_refusal() else self._news(self._settled + self._splitter.shown())

    def finish(self, *, cut: bool) -> str:
        """Settles the rest and returns what there is to show for it. Of an answer that was cut off, half a sentence is
        left out."""
        rest = self._splitter.finish()
        if cut and rest and not rest[-1].text.endswith((".", "!", "?", "。", "！", "？")):
            rest.pop()
        self._settle(rest)
        return "" if self.refused else self._news(self._settled)

    @property
    def refused(self) -> bool:
        """Whether the model said that the passages do not answer."""
        return self._raw.lstrip(" \n*`\"'").startswith(NOT_IN_DOCUMENTS)

    def _may_be_refusal(self) -> bool:
        start = self._raw.lstrip(" \n*`\"'")
        return NOT_IN_DOCUMENTS.startswith(start[: len(NOT_IN_DOCUMENTS)])

    def _news(self, whole: str) -> str:
        """What `whole` has beyond what was given out. Where a sentence turned out to end elsewhere, nothing until it
        fits again."""
        whole = whole.lstrip()
        if not whole.startswith(self._given):
            return ""
        news = whole[len(self._given) :]
        self._given = whole
        return news

    def _settle(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            known = tuple(n for n in piece.markers if 1 <= n <= len(self.passages))
            self.unknown += len(piece.markers) - len(known)
            if piece.kind == "sentence" and len(piece.text.split()) > 3 and piece.text in self._said:
                continue  # a model that has begun to repeat itself
            self._said.add(piece.text)
            if piece.kind == "layout" and known and self._pieces and not self._pieces[-1].markers:
                piece = replace(self._pieces.pop(), markers=known)  # markers on a line of their own
                self._settled = self._settled[: -len(with_marks(piece, ()))]
                self._numbers.pop()
            self._add(replace(piece, markers=tuple(dict.fromkeys(known or piece.markers)) if known else ()))

    def _add(self, piece: Piece) -> None:
        quotes = self._quotes(piece, piece.markers)
        numbers = tuple(dict.fromkeys(self._numbering.number(quote) for quote in quotes))
        self._pieces.append(piece)
        self._numbers.append(numbers)
        self._settled += with_marks(piece, numbers)

    def _share_markers(self) -> None:
        """Lets a sentence without a marker have those of the next that has one in its paragraph, where they bear it
        out: many models cite a paragraph at its end."""
        pieces = list(self._pieces)
        for at in range(len(pieces) - 2, -1, -1):
            piece, following = pieces[at], pieces[at + 1]
            if piece.kind != "sentence" or piece.markers or not following.markers or "\n" in following.before:
                continue
            passages = [self.passages[n - 1] for n in following.markers]
            if supports(
                _words(piece.text), [strip_marks(p.text) for p in passages], [_about(p) for p in passages]
            ).supported:
                pieces[at] = replace(piece, markers=following.markers)
        if pieces != self._pieces:
            self._numbering, self._pieces, self._numbers, self._settled = Numbering(), [], [], ""
            for piece in pieces:
                self._add(piece)

    def _quotes(self, piece: Piece, known: Sequence[int]) -> list[Quote]:
        if not piece.text:
            return []
        return [quote for number in known for quote in resolve(piece.text, self.passages[number - 1])]

    def checked(self, model: str, *, cut: bool) -> Draft:
        """The answer, each sentence checked against the passages that it cites.

        Raises:
            ModelFailed: there is no text.
            NotBorneOut: no sentence is borne out.
        """
        if not self._raw.strip():
            raise ModelFailed(f"{model} answered with nothing: try again, or choose another model with QA_MODEL.")
        if self.refused:
            return Draft("not_found", NOT_FOUND)
        self._share_markers()
        sentences, scores = self._judged()
        claims = [sentence for sentence in sentences if sentence.citations or not sentence.supported]
        believed = [sentence for sentence in claims if sentence.supported and sentence.citations]
        if not believed and NOT_IN_DOCUMENTS in self._raw:
            return Draft("not_found", NOT_FOUND)
        if not believed:
            why = (
                "cited nothing"
                if not any(sentence.citations for sentence in claims)
                else "is not borne out by what it cites"
            )
            raise NotBorneOut(
                f"The answer of {model} {why} and is not shown; ask in other words, or try another model."
            )
        notices = []
        if doubtful := len(claims) - len(believed):
            are = "is" if doubtful == 1 else "are"
            notices.append(
                f"{doubtful} of {len(claims)} sentences by {model} {are} not borne out by the documents and marked."
            )
        if cut:
            notices.append(f"{model} was cut off before it had ended.")
        return Draft(
            "answered",
            self._settled.strip(),
            sentences,
            self._citations(),
            confidence=round(sum(scores) / len(scores) * len(believed) / len(claims), 4),
            notice=" ".join(notices) or None,
            evidence=(),
        )

    def _judged(self) -> tuple[tuple[AnswerSentence, ...], list[float]]:
        sentences: list[AnswerSentence] = []
        scores: list[float] = []
        for at, (piece, numbers) in enumerate(zip(self._pieces, self._numbers, strict=True)):
            if piece.kind == "layout" or not piece.text:
                continue
            heads_table = piece.kind == "row" and self._kind_after(at) == "layout"
            states = piece.kind != "heading" and not heads_table and not piece.text.rstrip().endswith(":")
            supported = True
            if numbers or states:
                texts, around = self._cited(numbers)
                verdict = supports(_words(piece.text), texts, around)
                supported = verdict.supported and bool(numbers)
                if supported:
                    scores.append(verdict.score)
            sentences.append(AnswerSentence(piece.text, numbers, supported))
        return tuple(sentences), scores

    def _kind_after(self, at: int) -> str:
        return self._pieces[at + 1].kind if at + 1 < len(self._pieces) else ""

    def _cited(self, numbers: Sequence[int]) -> tuple[list[str], list[str]]:
        """The passages that the numbers are of, and what is known of their documents."""
        passages = {q.passage.id: q.passage for q in (self._numbering.quotes[n - 1] for n in numbers)}.values()
        return [strip_marks(passage.text) for passage in passages], [_about(passage) for passage in passages]

    def _citations(self) -> tuple[Citation, ...]:
        return tuple(
            cite(number, quote.passage, quote.start, quote.end, self.references(quote.passage.document))
            for number, quote in enumerate(self._numbering.quotes, start=1)
        )


def _about(passage: Passage) -> str:
    """What a sentence may take names and dates from besides the passage itself."""
    return "\n".join(filter(None, (passage.title, passage.date, passage.section)))


def _words(text: str) -> str:
    return text.replace("`", "").replace(" | ", ", ")


def _goes_in_circles(text: str) -> bool:
    """Whether the end of the text is one stretch over and over."""
    tail = text[-900:]
    if len(tail) < 240:
        return False
    for length in range(1, len(tail) // (_REPEATS + 1) + 1):
        unit = tail[-length:]
        copies = max(_REPEATS + 1, -(-200 // length))
        if length * copies <= len(tail) and tail.endswith(unit * copies):
            return True
    return False


def _counted(used: Chunk, chunk: Chunk) -> Chunk:
    return Chunk(
        "",
        None,
        chunk.prompt_tokens if chunk.prompt_tokens is not None else used.prompt_tokens,
        chunk.completion_tokens if chunk.completion_tokens is not None else used.completion_tokens,
    )


def _tokens(used: Chunk, settings: Settings) -> Tokens | None:
    if used.prompt_tokens is None or used.completion_tokens is None:
        return None
    cost = None
    if settings.price_in is not None or settings.price_out is not None:
        cost = (
            used.prompt_tokens * (settings.price_in or 0) + used.completion_tokens * (settings.price_out or 0)
        ) / 1e6
    return Tokens(used.prompt_tokens, used.completion_tokens, cost)
