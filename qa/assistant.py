"""The whole program behind one door: question in, `Answer` out. Command line, page and evaluation all come through here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from index.build import Report, Summary, outdated, update
from index.corpus import Corpus
from index.embed import Embedder, open_embedder
from index.errors import NoIndexError, StoreError, UsageError
from index.types import Reference
from qa import extractive, smalltalk
from qa.retrieve import idf, retrieve
from qa.settings import Settings
from qa.types import Answer, Evidence, Seconds, Turn

PASSAGES = 5
"""Passages that an answer is sought in, unless the user says otherwise."""
_SURROUNDINGS = 30
"""Passages looked at for what the question names; retrieving them costs no more than retrieving five."""
LONGEST_QUESTION = 50_000
"""Characters."""


class Assistant:
    """Answers questions about one folder. Safe to use from several threads.

    Example:
        with Assistant.open(Settings.from_environment()) as assistant:
            print(assistant.ask("who co-chaired the 6th dialogue?").text)
    """

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self.settings = settings
        self._embedder = embedder
        self._corpus: Corpus | None = None
        self._lock = threading.Lock()
        self.notice: str | None = None

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        report: Report | None = None,
        waiting: Callable[[], None] | None = None,
        bring_up_to_date: bool = True,
    ) -> Self:
        """Opens the index, after building it or bringing it in step with the folder where needed.

        An index that cannot be updated (a folder that is gone, a store that is read-only) is used as it is, and `notice` says so.

        Raises:
            FootnoteError: there is nothing to answer from.
        """
        assistant = cls(settings, embedder or open_embedder(settings.embedder, settings.api_key, settings.base_url))
        if bring_up_to_date:
            assistant.bring_up_to_date(report=report, waiting=waiting)
        assistant.corpus()
        return assistant

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the index."""
        with self._lock:
            if self._corpus is not None:
                self._corpus.close()
                self._corpus = None

    def corpus(self) -> Corpus:
        """The current generation, opened again where a newer one was published."""
        with self._lock:
            if self._corpus is not None and not self._corpus.is_current:
                self._corpus.close()
                self._corpus = None
            if self._corpus is None:
                self._corpus = Corpus.open(self.settings.store, self._embedder.name)
            return self._corpus

    def bring_up_to_date(
        self, *, report: Report | None = None, waiting: Callable[[], None] | None = None
    ) -> Summary | None:
        """Updates the index where the folder has changed; returns what was done, None where nothing had to be.

        Raises:
            FootnoteError: it could not be built, and there is none to fall back on.
        """
        self.notice = None
        try:
            corpus: Corpus | None = self.corpus()
        except NoIndexError:
            corpus = None
        try:
            if corpus is not None and not outdated(self.settings.documents, corpus.manifest):
                return None
            return update(self.settings.documents, self.settings.store, self._embedder, report=report, waiting=waiting)
        except Exception as error:
            if corpus is None or not isinstance(error, (StoreError, OSError)):
                raise
            self.notice = f"The index could not be brought up to date: {error}"
            return None

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
        """Answers one question; `history` is the conversation so far, oldest first.

        Raises:
            UsageError: the question is empty, or too long to be one.
        """
        began = time.perf_counter()
        asked = clean(question)
        if reply := smalltalk.reply(asked):
            return self._finish(asked, extractive.Draft("reply", reply, confidence=1.0), (), began, began)
        corpus = self.corpus()
        found = retrieve(corpus, self._embedder, asked, max(k or PASSAGES, _SURROUNDINGS))
        retrieved = time.perf_counter()
        evidence = found[: k or PASSAGES]
        draft = extractive.answer(
            asked,
            evidence,
            surroundings=found,
            idf=lambda term: idf(corpus, term),
            frequency=corpus.lexical.frequency,
            references=lambda path: self._references(corpus, path),
        )
        return self._finish(asked, draft, evidence, began, retrieved)

    def search(self, query: str, k: int | None = None) -> tuple[Evidence, ...]:
        """The k best passages, best first.

        Raises:
            UsageError: the query is empty, or too long to be one.
        """
        return retrieve(self.corpus(), self._embedder, clean(query), k or PASSAGES)

    def _references(self, corpus: Corpus, path: str) -> Sequence[Reference]:
        return corpus.document(path).references

    def _finish(
        self, question: str, draft: extractive.Draft, evidence: Sequence[Evidence], began: float, retrieved: float
    ) -> Answer:
        ended = time.perf_counter()
        return Answer(
            question=question,
            standalone_question=question,
            status=draft.status,
            mode="extractive",
            text=draft.text,
            sentences=draft.sentences,
            citations=draft.citations,
            passages=draft.evidence or tuple(evidence),
            confidence=draft.confidence,
            notice=" ".join(filter(None, (draft.notice, self.notice))) or None,
            model=None,
            tokens=None,
            seconds=Seconds(retrieved - began, ended - retrieved, ended - began),
        )


def clean(question: str) -> str:
    """The question with control characters and runs of white space made single spaces.

    Raises:
        UsageError: nothing is left of it, it is too long, or it is not text.
    """
    if any("\ud800" <= char <= "\udfff" for char in question):
        raise UsageError("The question is not valid UTF-8: type it again, or check the terminal's encoding.")
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} can be asked: shorten it."
        )
    kept = "".join(char if char.isprintable() else " " for char in question)
    asked = " ".join(kept.split())
    if not any(char.isalnum() for char in asked):
        raise UsageError('The question is empty: ask something, such as `python -m qa ask "What is this about?"`.')
    return asked
