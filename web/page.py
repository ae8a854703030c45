"""The page as Gradio components, and the named endpoints for programs. Whatever is asked goes through the assistant.

The conversation's value is the latest change to it, an exchange as HTML; the script on the page puts it in its place.
Questions run through Gradio's queue, so that text streams as it is written.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api

from index.errors import FootnoteError
from qa.render import answer_json, passages_json
from qa.types import Answer, Turn
from web import feedback
from web.answering import Assistant, Gate
from web.answers import answer_from_json
from web.conversations import Conversation, Conversations, Exchange, new_id
from web.panel import exchange_html
from web.templating import component, version

_EVERY = 0.05
"""Seconds between two looks at a text that is being written."""
LONGEST_HISTORY = 50
Result = TypeVar("Result")
_log = logging.getLogger("footnote")


def panel(name: str) -> gr.HTML:
    """A part of the page: its template as a file, and a line that hands it to the script."""
    return gr.HTML(
        value=None,
        html_template=component(name),
        js_on_load=f"(window.footnoteParts ||= []).push({{name: '{name}', element, trigger, props, watch}});"
        "window.dispatchEvent(new Event('footnote'));",
        apply_default_css=False,
        elem_id=f"panel-{name}",
    )


class Running:
    """Questions that are being answered, by exchange, so that whoever asked can stop them."""

    def __init__(self) -> None:
        self._stops: dict[tuple[str, str], threading.Event] = {}

    def begin(self, owner: str, exchange: str) -> threading.Event:
        """The flag that ends it."""
        return self._stops.setdefault((owner, exchange), threading.Event())

    def end(self, owner: str, exchange: str) -> None:
        """It has been answered."""
        self._stops.pop((owner, exchange), None)

    def holds(self, owner: str, exchange: str) -> bool:
        """True while it is being answered."""
        return (owner, exchange) in self._stops

    def stop(self, owner: str, exchange: str) -> bool:
        """Asks it to end; False where it has ended already, or is somebody else's."""
        found = self._stops.get((owner, exchange))
        if found:
            found.set()
        return found is not None


class Chat:
    """Answers the questions of the page, each in its owner's conversation."""

    def __init__(self, assistant: Assistant, conversations: Conversations, gate: Gate, running: Running) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._gate = gate
        self._running = running

    async def ask(self, owner: str, said: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Changes to the page: the question at once, its text while it is written, and at last the checked answer."""
        conversation, exchange, history, unkept = self._begin(owner, said)
        stop = self._running.begin(owner, exchange.id)
        finished: Exchange | None = None
        text = ""
        try:
            yield _change(conversation, exchange, streaming=True)
            shown = 0.0
            events = self._gate.relay(lambda: self._assistant.stream(exchange.question, history=history), stop)
            pending: asyncio.Task[Any] | None = None
            answer: Answer | None = None
            while not stop.is_set():
                pending = pending or asyncio.ensure_future(anext(events))
                done, _ = await asyncio.wait((pending,), timeout=_EVERY)
                if not done:
                    continue
                try:
                    event = pending.result()
                except StopAsyncIteration:
                    break
                finally:
                    pending = None
                if isinstance(event, Answer):
                    answer = event
                    break
                text += event
                if event and time.monotonic() - shown >= _EVERY:
                    shown = time.monotonic()
                    yield _change(conversation, exchange, text=text)
            finished = _finished(exchange, answer, text)
        except FootnoteError as error:
            finished = replace(exchange, state="failed", text=str(error))
        except Exception as error:
            _log.exception("A question was not answered")
            text = f"Something went wrong ({type(error).__name__}): try again; the server's log says where."
            finished = replace(exchange, state="failed", text=text)
        finally:
            stop.set()
            self._running.end(owner, exchange.id)
            # Also where the page has gone away meanwhile.
            finished = finished or _finished(exchange, None, text)
            kept, conversation = self._keep(owner, conversation, finished, unkept)
        yield _change(conversation, kept)

    def _begin(
        self, owner: str, said: dict[str, Any]
    ) -> tuple[Conversation, Exchange, list[Turn], FootnoteError | None]:
        """The question in its conversation, kept before it is answered; the turns before it; and why it is not kept."""
        question = str(said.get("question") or "")
        conversation = self._conversations.get(owner, str(said.get("conversation") or ""))
        conversation = conversation or self._conversations.new(question)
        replaced = conversation.exchange(str(said.get("replaces") or ""))
        before = conversation.before(replaced.id) if replaced else conversation
        exchange = Exchange(replaced.id if replaced else new_id(), question, "asked")
        history = before.turns()[-LONGEST_HISTORY:]
        try:
            return self._conversations.ask(owner, conversation, exchange), exchange, history, None
        except FootnoteError as error:
            return conversation, exchange, history, error

    def _keep(
        self, owner: str, conversation: Conversation, exchange: Exchange, unkept: FootnoteError | None
    ) -> tuple[Exchange, Conversation]:
        """The exchange, kept where its question was and still is; an answer that is not kept says why."""
        try:
            if unkept:
                raise unkept
            kept = self._conversations.answer(owner, conversation.id, exchange)
            conversation = kept or conversation
            if kept and exchange.answer and exchange.answer["status"] == "not_found":
                feedback.refused(self._assistant.settings.store, kept, exchange)
        except FootnoteError as error:
            if exchange.answer:
                noted = " ".join(filter(None, (exchange.answer["notice"], str(error))))
                exchange = replace(exchange, answer=exchange.answer | {"notice": noted})
        return exchange, conversation


def _finished(exchange: Exchange, answer: Answer | None, text: str) -> Exchange:
    if answer is None:
        return replace(exchange, state="stopped", text=text)
    return replace(exchange, state="answered", answer=answer_json(answer))


def _change(
    conversation: Conversation, exchange: Exchange, *, streaming: bool = False, text: str | None = None
) -> dict[str, Any]:
    change: dict[str, Any] = {
        "conversation": conversation.id,
        "title": conversation.title,
        "exchange": exchange.id,
        "state": "streaming" if streaming or text is not None else exchange.state,
        # The same change twice, such as the same question failing again, must still reach the page.
        "at": time.monotonic_ns(),
    }
    if text is not None:
        return change | {"text": text}
    return change | {"html": exchange_html(conversation.id, exchange, streaming=streaming)}


def page(assistant: Assistant, chat: Chat, gate: Gate) -> gr.Blocks:
    """The page and the endpoints `/ask`, `/search` and `/documents`."""

    async def asked(event: gr.EventData, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        said = event._data if isinstance(event._data, dict) else {}
        async for change in chat.ask(_owner(request), said):
            yield change

    async def ask(question: str, history: list[dict[str, Any]] | None = None, k: int | None = None) -> dict[str, Any]:
        """Answers a question about the documents; `history` is a list of earlier answers, as this returns them."""
        return await _reported(_ask(assistant, gate, question, history or [], k))

    async def search(query: str, k: int | None = None) -> list[dict[str, Any]]:
        """The passages that fit best, best first."""
        return await _reported(gate.run(lambda: passages_json(assistant.search(query, _passages(k)))))

    def documents() -> dict[str, Any]:
        """The documents that are indexed, and those that could not be read."""
        return documents_json(assistant)

    blocks: gr.Blocks
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True, fill_height=True) as blocks:
        with gr.Row(elem_id="workspace"):
            panel("library")
            conversation = panel("conversation")
            panel("viewer")
        conversation.submit(
            asked,
            None,
            conversation,
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=None,
            # By default Gradio drops what is asked while the last answer's stream, already shown, is being closed.
            trigger_mode="multiple",
        )
        api(ask, api_name="ask", concurrency_limit=None)
        api(search, api_name="search", concurrency_limit=None)
        api(documents, api_name="documents", concurrency_limit=None)
    blocks.queue(max_size=512, api_open=False)
    return blocks


def _owner(request: gr.Request) -> str:
    return str(getattr(getattr(request.request, "state", None), "owner", ""))


def documents_json(assistant: Assistant) -> dict[str, Any]:
    """The documents that are indexed, and those that could not be read, as `qa status --json` names them."""
    manifest = assistant.corpus().manifest
    return {
        "documents": [
            {"document": record.path, "title": record.title, "date": record.date, "passages": record.passages}
            for record in manifest.readable
        ],
        "failed": [{"document": record.path, "reason": record.failure} for record in manifest.failed],
        "passages": manifest.passages,
    }


async def _ask(
    assistant: Assistant, gate: Gate, question: str, history: list[dict[str, Any]], k: int | None
) -> dict[str, Any]:
    try:
        turns = [Turn(item["question"], answer_from_json(item)) for item in history[-LONGEST_HISTORY:]]
    except (KeyError, TypeError, ValueError):
        raise gr.Error("`history` takes a list of answers, each as this endpoint returned it.") from None
    answer = await gate.run(lambda: assistant.ask(question, history=turns, k=_passages(k)))
    return answer_json(answer)


def _passages(k: int | None) -> int | None:
    return None if k is None else max(1, min(int(k), 50))


async def _reported(work: Awaitable[Result]) -> Result:
    """What was foreseen reaches the program as the message it is."""
    try:
        return await work
    except FootnoteError as error:
        raise gr.Error(str(error), print_exception=False) from None


def theme() -> gr.themes.Base:
    """Fonts of the machine; the colours are the style sheet's."""
    fonts = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
    return gr.themes.Base(font=fonts, font_mono=("ui-monospace", "SFMono-Regular", "Menlo", "monospace"))


def head() -> str:
    """The style sheet and the script, which nothing outside serves."""
    return (
        f'<link rel="stylesheet" href="/page/footnote.css?v={version()}">'
        '<link rel="icon" href="/page/icon.svg" type="image/svg+xml">'
        f'<script src="/page/footnote.js?v={version()}"></script>'
    )
