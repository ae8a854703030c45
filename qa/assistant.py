"""The whole program behind one door: question in, `Answer` out. Command line, page and evaluation all enter here."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.build import Report, Summary, outdated, update
from index.corpus import Corpus
from index.embed import Embedder, LocalEmbedder, common_words, open_embedder
from index.errors import DocumentsError, NoIndexError, StoreDamagedError, StoreError, UsageError
from index.terms import terms
from index.types import Passage, Reference
from qa import conversation, extractive, smalltalk, spelling
from qa.named import file_words
from qa.reader import Reader, Reading, heading_of, open_reader
from qa.retrieve import retrieve, weight
from qa.settings import Settings
from qa.sources import DocumentInfo, Draft
from qa.types import Answer, Evidence, Seconds, Tokens, Turn

if TYPE_CHECKING:
    from index.embed import Progress, Vectors
    from qa.model import LanguageModel

PASSAGES = 5
"""Passages that an answer is sought in, unless the user says otherwise."""
MODEL_PASSAGES = 10
"""Passages that a model is given, as far as they fit its budget of tokens."""
LONGEST_QUESTION = 50_000
"""Characters."""


class Assistant:
    """Answers questions about one folder. Safe to use from several threads.

    Example:
        with Assistant.open(Settings.from_environment()) as assistant:
            print(assistant.ask("who co-chaired the 6th dialogue?").text)
    """

    def __init__(self, settings: Settings, embedder: Embedder, model: LanguageModel | None = None) -> None:
        self.settings = settings
        self._embedder = embedder
        self._model = model
        self._reader = open_reader(settings.reader)
        self._comparer = embedder if isinstance(embedder, LocalEmbedder) else LocalEmbedder()
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

        An index that cannot be updated (a folder that is gone, a store that is read-only) is used as it is, and
        `notice` says so.

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

    def load_models(self) -> None:
        """Loads the models that run here at once, rather than with the first question.

        Raises:
            ModelError: one cannot be loaded.
        """
        for model in (self._embedder, self._comparer, self._reader):
            if isinstance(model, (LocalEmbedder, Reader)):
                model.load()

    def corpus(self) -> Corpus:
        """The current generation, opened again where a newer one was published."""
        with self._lock:
            # Not closed here: another thread may still be answering from it. It closes when nobody holds it any more.
            if self._corpus is None or not self._corpus.is_current:
                self._corpus = None
                self._corpus = Corpus.open(self.settings.store, self._embedder.name, self.settings.chroma_url)
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
        except (NoIndexError, StoreDamagedError):
            corpus = None  # An update mends what is damaged, from what it keeps.
        try:
            if corpus is not None and not outdated(self.settings.documents, corpus.manifest):
                return None
            return update(
                self.settings.documents,
                self.settings.store,
                self._embedder,
                url=self.settings.chroma_url,
                report=report,
                waiting=waiting,
            )
        except Exception as error:
            if corpus is None or not isinstance(error, (DocumentsError, StoreError, OSError)):
                raise
            self.notice = f"The index could not be brought up to date: {error}"
            return None

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer:
        """Answers one question; `history` is the conversation so far, oldest first.

        Raises:
            UsageError: the question is empty, or too long to be one.
        """
        answer = None
        for part in self.stream(question, history=history, k=k):
            answer = part
        assert not isinstance(answer, str) and answer is not None
        return answer

    def stream(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Iterator[str | Answer]:
        """Like `ask`, but first yields the text of a model's answer as it comes; the last thing yielded is the
        `Answer`.

        Empty text comes while a model is waited for: whoever closes the iterator then stops the request.
        """
        began = time.perf_counter()
        asked = clean(question)
        reply = smalltalk.reply(asked)
        told = [turn.answer.status for turn in history if turn.answer.status != "reply"]
        if told and not self.settings.generative:
            reply = reply or smalltalk.remark(asked, told[-1] == "not_found")
        if reply:
            draft = Draft("reply", reply, confidence=1.0)
            yield self._answer(asked, asked, draft, (), Seconds(0.0, 0.0, time.perf_counter() - began))
            return
        corpus = self.corpus()
        model = self._language_model()
        standalone = yield from self._standalone(asked, history, model)
        sources = IndexSources(corpus, self._embedder, self._comparer, self._reader)
        notice = None
        if model is not None:
            from qa.model import ModelFailed

            try:
                yield from self._written(asked, standalone, sources, model, k or MODEL_PASSAGES, began)
                return
            except ModelFailed as failure:
                notice = f"{failure} This is the extractive answer instead."
        bare = smalltalk.without_courtesies(smalltalk.without_demands(standalone))
        draft = extractive.answer(sources.corrected(bare), sources, k or PASSAGES)
        draft = replace(draft, notice=" ".join(filter(None, (notice, draft.notice))) or None)
        total = time.perf_counter() - began
        seconds = Seconds(sources.seconds, total - sources.seconds, total)
        yield self._answer(asked, standalone, draft, draft.evidence, seconds)

    def _standalone(
        self, asked: str, history: Sequence[Turn], model: LanguageModel | None
    ) -> Generator[str, None, str]:
        """Empty text while a model is waited for; returns the question that stands alone."""
        if not history:
            return asked
        if model is None:
            return conversation.standalone(asked, history)
        from qa import generative

        seconds = self.settings.timeout / 3
        for part in generative.standalone(
            asked, history, model=model, fallback=conversation.standalone, seconds=seconds
        ):
            if isinstance(part, str):
                return part
            yield part.text
        return asked

    def _written(
        self, asked: str, standalone: str, sources: IndexSources, model: LanguageModel, k: int, began: float
    ) -> Iterator[str | Answer]:
        """The text of the model's answer as it comes, then the `Answer`; `began` is `time.perf_counter()` when the
        question was asked.

        Raises:
            ModelFailed: there is no answer to be had or to be believed.
        """
        from qa import generative

        evidence = sources.retrieve(standalone, k)
        retrieved = time.perf_counter() - began
        left = max(self.settings.timeout - retrieved, 1.0)
        for news in generative.write(
            standalone, evidence, model=model, settings=self.settings, references=sources.references, seconds=left
        ):
            if isinstance(news, generative.Delta):
                yield news.text
                continue
            total = time.perf_counter() - began
            seconds = Seconds(retrieved, total - retrieved, total, news.first_token)
            yield self._answer(asked, standalone, news.draft, evidence, seconds, news.model, news.tokens)

    def search(self, query: str, k: int | None = None) -> tuple[Evidence, ...]:
        """The k best passages, best first.

        Raises:
            UsageError: the query is empty, or too long to be one.
        """
        return retrieve(self.corpus(), self._embedder, clean(query), k or PASSAGES)

    def _language_model(self) -> LanguageModel | None:
        """The configured model, made once and not connected to; None in extractive mode."""
        if self._model is None and self.settings.generative:
            from qa.model import Endpoint

            self._model = Endpoint(self.settings)
        return self._model

    def _answer(
        self,
        question: str,
        standalone: str,
        draft: Draft,
        evidence: Sequence[Evidence],
        seconds: Seconds,
        model: str | None = None,
        tokens: Tokens | None = None,
    ) -> Answer:
        return Answer(
            question=question,
            standalone_question=standalone,
            status=draft.status,
            mode="extractive" if model is None else "generative",
            text=draft.text,
            sentences=draft.sentences,
            citations=draft.citations,
            passages=draft.evidence or tuple(evidence),
            confidence=draft.confidence,
            notice=" ".join(filter(None, (draft.notice, self.notice))) or None,
            model=model,
            tokens=tokens,
            seconds=seconds,
        )


class _Remembering:
    """An embedder of single texts that embeds none twice: a question is both retrieved with and compared."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[tuple[str, ...], Vectors] = {}
        self.name = embedder.name

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See `Embedder`."""
        key = tuple(texts)
        if key not in self._vectors:
            self._vectors[key] = self._embedder.embed(texts, progress)
        return self._vectors[key]


class IndexSources:
    """`qa.sources.Sources` over an open index, for one question. `seconds` is the time spent in retrieval so far."""

    def __init__(self, corpus: Corpus, embedder: Embedder, comparer: LocalEmbedder, reader: Reader | None) -> None:
        self._corpus = corpus
        self._embedder = _Remembering(embedder)
        self._comparer = self._embedder if comparer is embedder else _Remembering(comparer)
        self._reader = reader
        self._file_terms: Counter[str] | None = None
        self._found: dict[tuple[str, int], tuple[Evidence, ...]] = {}
        self.seconds = 0.0

    def retrieve(self, question: str, k: int) -> tuple[Evidence, ...]:
        """See `Sources`; what was retrieved once is not retrieved again."""
        key = (question, k)
        if key not in self._found:
            began = time.perf_counter()
            self._found[key] = retrieve(self._corpus, self._embedder, question, k)
            self.seconds += time.perf_counter() - began
        return self._found[key]

    def read(self, question: str, evidence: Sequence[Evidence]) -> Sequence[Reading]:
        """See `Sources`."""
        if self._reader is None:
            return ()
        passages = [item.passage for item in evidence]
        above = [heading_of(passage.title, passage.section) for passage in passages]
        return self._reader.read(question, [passage.text for passage in passages], above)

    def similarity(self, question: str, text: str) -> float:
        """See `Sources`."""
        return float(self._comparer.embed([question])[0] @ self._comparer.embed([text])[0])

    def weight(self, term: str) -> float:
        """See `Sources`."""
        return weight(self._corpus, term)

    def frequency(self, term: str) -> int:
        """See `Sources`."""
        return self._corpus.lexical.frequency(term)

    def references(self, document: str) -> Sequence[Reference]:
        """See `Sources`."""
        return self._corpus.document(document).references

    def documents(self) -> Sequence[DocumentInfo]:
        """See `Sources`."""
        return self._corpus.manifest.readable

    def passages(self, document: str) -> Sequence[Passage]:
        """See `Sources`."""
        return self._corpus.passages.of_document(document)

    def corrected(self, question: str) -> str:
        """The question with slips of the pen mended; what a file is called is none."""
        return spelling.corrected(question, self._known, self._corpus.lexical.with_prefix, common_words)

    def _known(self, term: str) -> int:
        """In how many passages or file names a term occurs; names are looked at where no passage has it."""
        if found := self.frequency(term):
            return found
        if self._file_terms is None:
            self._file_terms = Counter(t for record in self.documents() for t in set(terms(file_words(record.path))))
        return self._file_terms[term]


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
