"""What the page asks of the assistant, as a protocol, and the gate that keeps too many questions from piling up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from index.build import Report, Summary
from index.corpus import Corpus
from index.errors import FootnoteError
from qa.settings import Settings
from qa.types import Answer, Evidence, Turn

Result = TypeVar("Result")


class Assistant(Protocol):
    """The part of `qa.assistant.Assistant` that the page uses."""

    settings: Settings

    def ask(self, question: str, *, history: Sequence[Turn] = (), k: int | None = None) -> Answer: ...
    def search(self, query: str, k: int | None = None) -> tuple[Evidence, ...]: ...
    def corpus(self) -> Corpus: ...
    def stream(
        self, question: str, *, history: Sequence[Turn] = (), k: int | None = None
    ) -> Iterator[str | Answer]: ...
    def bring_up_to_date(
        self, *, report: Report | None = None, waiting: Callable[[], None] | None = None
    ) -> Summary | None: ...


class BusyError(FootnoteError):
    """More questions are waiting than can be answered soon."""

    def __init__(self) -> None:
        super().__init__("Too many questions are being answered at the moment: try again in a few seconds.")


class Gate:
    """Lets a few questions be answered at a time and a bounded number wait; turns the rest away at once."""

    def __init__(self, *, running: int = 4, waiting: int = 96) -> None:
        self._running = asyncio.Semaphore(running)
        self._room = running + waiting
        self._inside = 0
        # Answers that a model takes long over must not use up the threads that the rest of the server needs.
        self._threads = ThreadPoolExecutor(running + 2, thread_name_prefix="answer")

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Waits for a turn.

        Raises:
            BusyError: too many wait already.
        """
        if self._inside >= self._room:
            raise BusyError
        self._inside += 1
        try:
            async with self._running:
                yield
        finally:
            self._inside -= 1

    async def run(self, work: Callable[[], Result]) -> Result:
        """Runs blocking work in a thread, once it is its turn."""
        async with self.enter():
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def relay(
        self, begin: Callable[[], Iterator[str | Answer]], stop: threading.Event
    ) -> AsyncIterator[str | Answer]:
        """What an iterator yields, taken from it in a thread; after `stop` it is closed, which ends a model's
        request."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Any] = asyncio.Queue()
        ended = object()

        def tell(event: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            iterator = begin()
            try:
                for event in iterator:
                    if stop.is_set():
                        break
                    tell(event)
            except Exception as error:
                tell(error)
            finally:
                close = getattr(iterator, "close", None)
                if close:
                    close()
                tell(ended)

        async with self.enter():
            worker = loop.run_in_executor(self._threads, work)
            try:
                while (event := await events.get()) is not ended:
                    if isinstance(event, Exception):
                        raise event
                    yield event
                await worker
            finally:
                stop.set()
