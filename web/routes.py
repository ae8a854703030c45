"""What the page's script fetches beside the answers: conversations, sources, documents, feedback, exports."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from index.errors import FootnoteError, UsageError
from index.types import Document
from qa.render import dumps
from qa.types import Answer, Citation
from web import feedback, panel, uploads
from web.answering import Assistant
from web.answers import answer_from_json, markdown, markdown_text
from web.conversations import Conversation, Conversations
from web.examples import Examples
from web.indexing import Indexer
from web.page import Running
from web.pictures import Picture, Pictures, has_pages, page_of, place_on_page

Handler = Callable[[Request], Awaitable[Response]]


class Routes:
    """One method for each thing the page fetches; every one sees only what belongs to whoever asks."""

    def __init__(
        self, assistant: Assistant, conversations: Conversations, running: Running, indexer: Indexer, examples: Examples
    ) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._running = running
        self._indexer = indexer
        self._examples = examples
        self._pictures = Pictures(assistant.settings.documents)

    def routes(self) -> list[Route]:
        """All of them."""
        listed: list[tuple[str, str, Handler]] = [
            ("GET", "/chat/start", self.start),
            ("GET", "/chat/examples", self.examples),
            ("GET", "/chat/conversations", self.conversations),
            ("GET", "/chat/conversations/{id}", self.conversation),
            ("GET", "/chat/conversations/{id}/export.{format}", self.export),
            ("PATCH", "/chat/conversations/{id}", self.rename),
            ("DELETE", "/chat/conversations/{id}", self.delete),
            ("GET", "/chat/conversations/{id}/{exchange}/source", self.source),
            ("GET", "/chat/conversations/{id}/{exchange}/page", self.page),
            ("GET", "/chat/conversations/{id}/{exchange}/copy", self.copy),
            ("POST", "/chat/conversations/{id}/{exchange}/feedback", self.feedback),
            ("POST", "/chat/stop/{exchange}", self.stop),
            ("GET", "/chat/running/{exchange}", self.running),
            ("GET", "/chat/documents", self.documents),
            ("GET", "/chat/documents/{path:path}", self.document),
            ("PUT", "/chat/documents/{path:path}", self.upload),
            ("DELETE", "/chat/documents/{path:path}", self.remove),
        ]
        return [Route(path, _answered(handler), methods=[method]) for method, path, handler in listed]

    async def start(self, request: Request) -> Response:
        """What the page shows first, in one go."""
        listed = await run_in_threadpool(self._conversations.of, _owner(request))
        current = str(request.query_params.get("conversation") or "")
        user = getattr(request.state, "user", None)
        return JSONResponse(
            {
                "badge": panel.badge(self._assistant.settings),
                "conversations": panel.conversations_html(listed, current),
                "user": user,
            }
            | await run_in_threadpool(self._documents)
        )

    async def examples(self, request: Request) -> Response:
        """Questions to begin with: those found so far."""
        found, complete = await run_in_threadpool(self._examples.get)
        return JSONResponse({"examples": found, "complete": complete})

    async def conversations(self, request: Request) -> Response:
        """The list of conversations."""
        listed = await run_in_threadpool(self._conversations.of, _owner(request))
        return JSONResponse({"html": panel.conversations_html(listed, request.query_params.get("current"))})

    async def conversation(self, request: Request) -> Response:
        """One conversation."""
        found = self._found(request)
        running = {item.id for item in found.exchanges if self._running.holds(_owner(request), item.id)}
        html = await run_in_threadpool(panel.conversation_html, found, running)
        return JSONResponse({"id": found.id, "title": found.title, "html": html})

    async def export(self, request: Request) -> Response:
        """A conversation as Markdown with footnotes, or as JSON."""
        found = self._found(request)
        kind = request.path_params["format"]
        name = "".join(char if char.isalnum() else "-" for char in found.title).strip("-")[:60] or "conversation"
        named = f"filename=\"conversation.{kind}\"; filename*=UTF-8''{quote(name)}.{kind}"
        disposition = {"Content-Disposition": f"attachment; {named}"}
        if kind == "md":
            return PlainTextResponse(conversation_markdown(found), headers=disposition, media_type="text/markdown")
        if kind == "json":
            text = dumps(conversation_json(found), indent=2)
            return Response(
                text.encode("utf-8", "backslashreplace"), headers=disposition, media_type="application/json"
            )
        raise UsageError("A conversation is exported as md or json.")

    async def rename(self, request: Request) -> Response:
        """Gives a conversation another title."""
        said = await _json(request)
        found = self._conversations.rename(_owner(request), request.path_params["id"], str(said.get("title", "")))
        return _none() if found is None else JSONResponse({"title": found.title})

    async def delete(self, request: Request) -> Response:
        """Removes a conversation."""
        return (
            Response(status_code=204)
            if self._conversations.delete(_owner(request), request.path_params["id"])
            else _none()
        )

    async def source(self, request: Request) -> Response:
        """The document that a citation (`n`) or a near passage (`p`) lies in, with its place marked."""
        found = self._found(request)
        exchange = found.exchange(request.path_params["exchange"])
        if exchange is None or not exchange.answer:
            return _none()
        number, passage = _number(request, "n"), _number(request, "p")
        wanted = f"n={number}" if number else f"p={passage}"
        picture = f"/chat/conversations/{quote(found.id)}/{quote(exchange.id)}/page?{wanted}"
        html = await run_in_threadpool(self._source, exchange.answer, number, passage, picture)
        return _none() if html is None else JSONResponse({"html": html})

    def _source(self, said: dict[str, Any], number: int | None, passage: int | None, picture: str) -> str | None:
        answer = answer_from_json(said)
        shown = self._shown(answer, number, passage)
        if shown is None:
            return None
        siblings = (
            [{"number": citation.number, "current": citation.number == number} for citation in answer.citations]
            if shown.cited
            else []
        )
        return panel.source_html(
            shown.document,
            shown.marks,
            page=shown.page,
            section=shown.section,
            siblings=siblings,
            references=shown.cited.references if shown.cited else (),
            picture=picture if has_pages(shown.document) else None,
        )

    def _shown(self, answer: Answer, number: int | None, passage: int | None) -> _Shown | None:
        """The place that is asked for and the others of the same document, in the text as it is indexed now.

        Raises:
            UsageError: the document is not what it was when the answer was given.
        """
        cited = next((citation for citation in answer.citations if citation.number == number), None)
        near = answer.passages[passage - 1].passage if passage and 0 < passage <= len(answer.passages) else None
        place = cited or near
        if place is None:
            return None
        try:
            document = self._assistant.corpus().document(place.document)
        except KeyError:
            raise UsageError(f"{place.document} is not among the documents any more.") from None
        text = cited.quote if cited else near.text if near else ""
        if document.text[place.start : place.end] != text:
            raise UsageError(f"{place.document} has changed since this was answered: ask again to see the place.")
        marks = [panel.Mark(place.start, place.end, number if cited else None, True)]
        if cited:
            marks += [
                panel.Mark(other.start, other.end, other.number, False)
                for other in answer.citations
                if other.document == cited.document
                and other.number != number
                and document.text[other.start : other.end] == other.quote
            ]
        return _Shown(document, marks, place.page, place.section, cited)

    async def page(self, request: Request) -> Response:
        """The page of a PDF that a citation (`n`) or a near passage (`p`) lies on, a picture with the place marked."""
        exchange = self._found(request).exchange(request.path_params["exchange"])
        if exchange is None or not exchange.answer:
            return _none()
        answer = answer_from_json(exchange.answer)
        picture = await run_in_threadpool(self._picture, answer, _number(request, "n"), _number(request, "p"))
        if picture is None:
            return _none()
        told = {"Footnote-Page": str(picture.page)} | (
            {} if picture.top is None else {"Footnote-Top": str(picture.top)}
        )
        return Response(picture.png, media_type="image/png", headers=told)

    def _picture(self, answer: Answer, number: int | None, passage: int | None) -> Picture | None:
        shown = self._shown(answer, number, passage)
        if shown is None or not has_pages(shown.document):
            return None
        record = self._assistant.corpus().record(shown.document.path)
        if record is None:
            return None
        document = shown.document
        number = page_of(document, shown.marks[0].start)
        places = [
            place_on_page(document, mark.start, mark.end, current=mark.current)
            for mark in shown.marks
            if page_of(document, mark.start) == number
        ]
        return self._pictures.draw(record, number, places)

    async def copy(self, request: Request) -> Response:
        """An answer as Markdown with footnotes, for the clipboard."""
        exchange = self._found(request).exchange(request.path_params["exchange"])
        if exchange is None or not exchange.answer:
            return _none()
        return JSONResponse({"text": markdown(answer_from_json(exchange.answer))})

    async def feedback(self, request: Request) -> Response:
        """Keeps what somebody thought of an answer."""
        said = await _json(request)
        rating, comment = said.get("rating"), said.get("comment")
        if rating not in ("up", "down", None) or not isinstance(comment, str | None):
            raise UsageError("`rating` is up or down, `comment` a text.")
        found = self._found(request)
        exchange = found.exchange(request.path_params["exchange"])
        if exchange is None or not exchange.answer:
            return _none()
        await run_in_threadpool(self._conversations.rate, _owner(request), found.id, exchange.id, rating)
        if rating:
            await run_in_threadpool(feedback.rated, self._assistant.settings.store, found, exchange, rating, comment)
        return JSONResponse({"rating": rating})

    async def stop(self, request: Request) -> Response:
        """Ends the answering of a question."""
        return JSONResponse({"stopped": self._running.stop(_owner(request), request.path_params["exchange"])})

    async def running(self, request: Request) -> Response:
        """Whether a question is still being answered."""
        return JSONResponse({"running": self._running.holds(_owner(request), request.path_params["exchange"])})

    async def documents(self, request: Request) -> Response:
        """The documents, and how far their indexing is."""
        return JSONResponse(await run_in_threadpool(self._documents))

    def _documents(self) -> dict[str, Any]:
        corpus = self._assistant.corpus()
        state = self._indexer.state
        return {
            "documents": panel.library_html(corpus, state),
            "indexing": state.running,
            "count": len(corpus.manifest.readable),
            "generation": corpus.generation.name,
        }

    async def document(self, request: Request) -> Response:
        """A document, with nothing marked."""

        def read() -> str | None:
            corpus = self._assistant.corpus()
            record = corpus.record(request.path_params["path"])
            if record is None or record.failure is not None:
                return None
            return panel.source_html(
                corpus.document(record.path), (), page=None, section="", siblings=(), references=()
            )

        html = await run_in_threadpool(read)
        return _none() if html is None else JSONResponse({"html": html})

    async def upload(self, request: Request) -> Response:
        """Adds a document."""
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > uploads.LARGEST_UPLOAD:
            raise uploads.UploadError(f"The file is larger than {uploads.LARGEST_UPLOAD // 2**20} MB: split it.")
        try:
            name = await uploads.add(self._assistant.settings.documents, request.path_params["path"], request.stream())
        except ClientDisconnect:
            return _none()
        self._indexer.request()
        return JSONResponse({"document": name}, 201)

    async def remove(self, request: Request) -> Response:
        """Removes a document."""
        await run_in_threadpool(uploads.remove, self._assistant.settings.documents, request.path_params["path"])
        self._indexer.request()
        return Response(status_code=204)

    def _found(self, request: Request) -> Conversation:
        found = self._conversations.get(_owner(request), request.path_params["id"])
        if found is None:
            raise _Missing("There is no such conversation.")
        return found


@dataclass(frozen=True, slots=True)
class _Shown:
    """A document and the places of it that are marked, the current one first; `cited` where that is a citation."""

    document: Document
    marks: list[panel.Mark]
    page: int | None
    section: str
    cited: Citation | None


class _Missing(UsageError):
    """Nothing of that name, or not for whoever asks."""


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """A conversation for other programs: the contract's answers under their questions."""
    return {
        "title": conversation.title,
        "created": conversation.created,
        "updated": conversation.updated,
        "turns": [
            {"question": item.question, "state": item.state, "answer": item.answer, "rating": item.rating}
            | ({"text": item.text} if item.text else {})
            for item in conversation.exchanges
        ],
    }


def conversation_markdown(conversation: Conversation) -> str:
    """A conversation as Markdown; the footnotes of each answer have numbers of their own."""
    parts = [f"# {markdown_text(conversation.title)}"]
    for position, exchange in enumerate(conversation.exchanges, start=1):
        parts.append(f"## {markdown_text(' '.join(exchange.question.split()))}")
        if exchange.answer:
            parts.append(markdown(answer_from_json(exchange.answer), prefix=f"{position}-"))
        else:
            parts.append(
                f"*{'Stopped' if exchange.state == 'stopped' else 'No answer'}.* {markdown_text(exchange.text)}".strip()
            )
    return "\n\n".join(parts) + "\n"


def _owner(request: Request) -> str:
    return str(getattr(request.state, "owner", ""))


def _none() -> Response:
    return JSONResponse({"error": "There is nothing here any more."}, 404)


def _number(request: Request, name: str) -> int | None:
    said = request.query_params.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 7 else None


async def _json(request: Request) -> dict[str, Any]:
    try:
        said = json.loads(await request.body())
    except (ValueError, ClientDisconnect, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise UsageError("The request's body is not a JSON object.")
    return said


def _answered(handler: Handler) -> Handler:
    """Errors that were foreseen become a line that the page shows."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except _Missing as error:
            return JSONResponse({"error": str(error)}, 404)
        except FootnoteError as error:
            return JSONResponse({"error": str(error)}, 400)

    return answered
