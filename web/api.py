"""`/v1/chat/completions` and `/v1/models`, as OpenAI's clients speak it, so that any chat client can ask the documents.

What is sent is the checked answer, never text that has not been checked: a stream begins when the answer stands.
Citations are Markdown footnotes in the text, and the contract's JSON under `footnote`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from index.errors import FootnoteError, UsageError
from qa.render import answer_json
from qa.types import Answer, Seconds, Turn
from web.answering import Assistant, BusyError, Gate
from web.answers import markdown

MODEL = "footnote"
_REMEMBERED = 512
_FOOTNOTES = re.compile(r"\[\^[\w-]+\](?::[^\n]*)?")


class Api:
    """The two routes. A conversation is what the client sends; the answers in it are recognised where they were given
    here."""

    def __init__(self, assistant: Assistant, gate: Gate) -> None:
        self._assistant = assistant
        self._gate = gate
        self._given: OrderedDict[str, Answer] = OrderedDict()
        self._since = int(time.time())

    def routes(self) -> list[Route]:
        """Both of them, and a model by its name."""
        return [
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/{id}", self.model, methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        """The one model there is."""
        return JSONResponse({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        """It, by its name."""
        if request.path_params["id"] != MODEL:
            return _error(404, "There is no such model: use footnote.", "model_not_found")
        return JSONResponse(self._model())

    def _model(self) -> dict[str, Any]:
        return {"id": MODEL, "object": "model", "created": self._since, "owned_by": "footnote"}

    async def complete(self, request: Request) -> Response:
        """Answers the last question of the messages."""
        try:
            said = json.loads(await request.body())
            question, turns = self._conversation(said)
            answer = await self._gate.run(lambda: self._assistant.ask(question, history=turns))
        except BusyError as error:
            return _error(503, str(error), "busy", {"Retry-After": "5"})
        except UsageError as error:
            return _error(400, str(error), "invalid_request")
        except FootnoteError as error:
            return _error(500, str(error), "unavailable")
        except (ValueError, ClientDisconnect, RecursionError):
            return _error(400, "The request's body is not JSON.", "invalid_request")
        text = markdown(answer)
        self._remember(text, answer)
        base = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": MODEL}
        usage = _usage(answer)
        if said.get("stream") is True:
            options = said.get("stream_options")
            counted = isinstance(options, dict) and options.get("include_usage") is True
            return StreamingResponse(
                _chunks(base, text, answer, usage if counted else None), media_type="text/event-stream"
            )
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
        return JSONResponse(
            base | {"object": "chat.completion", "choices": [choice], "usage": usage, "footnote": answer_json(answer)}
        )

    def _conversation(self, said: Any) -> tuple[str, list[Turn]]:
        """The question and what came before it; other roles than user and assistant say nothing about the documents."""
        messages = said.get("messages") if isinstance(said, dict) else None
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise UsageError("`messages` takes a list of messages.")
        if said.get("n") not in (None, 1):
            raise UsageError("`n` is 1: there is one answer.")
        turns: list[Turn] = []
        asked: str | None = None
        for message in messages:
            content = _text(message.get("content"))
            if message.get("role") == "user":
                asked = content
            elif message.get("role") == "assistant" and asked is not None:
                turns.append(Turn(asked, self._given.get(_key(content)) or _unknown(asked, content)))
                asked = None
        if asked is None:
            raise UsageError("The last message is not a user's: end `messages` with the question.")
        return asked, turns[-50:]

    def _remember(self, text: str, answer: Answer) -> None:
        self._given[_key(text)] = answer
        if len(self._given) > _REMEMBERED:
            self._given.popitem(last=False)


def _key(text: str) -> str:
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def _unknown(question: str, text: str) -> Answer:
    """An answer of the conversation that was not given here, or too long ago: its text alone."""
    bare = _FOOTNOTES.sub("", text).strip()
    return Answer(
        question=question, standalone_question=question, status="answered", mode="extractive", text=bare, sentences=(),
        citations=(), passages=(), confidence=0.0, notice=None, model=None, tokens=None, seconds=Seconds(0.0, 0.0, 0.0),
    )  # fmt: skip


def _usage(answer: Answer) -> dict[str, int]:
    prompt, completion = (answer.tokens.prompt, answer.tokens.completion) if answer.tokens else (0, 0)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


async def _chunks(base: dict[str, Any], text: str, answer: Answer, usage: dict[str, int] | None) -> AsyncIterator[str]:
    def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event(base | {"object": "chat.completion.chunk", "choices": [choice]} | more)

    yield event({"role": "assistant", "content": ""})
    for piece in re.findall(r"\S+\s*|\s+", text):
        yield event({"content": piece})
    yield event({}, "stop", footnote=answer_json(answer))
    if usage is not None:
        yield _event(base | {"object": "chat.completion.chunk", "choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _event(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _error(status: int, message: str, code: str, headers: dict[str, str] | None = None) -> Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": code}}, status, headers)
