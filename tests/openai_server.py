"""A real HTTP server on loopback that speaks the chat completions protocol, or breaks it as it is told to.

    with OpenAIServer() as server:
        server.script(says("Hello [1]."), status(500), cut_after("Hel"))
        ...
        server.requests[0].body["messages"]

Each request takes the next reply of the script; the last one stays. Time is real and short.
"""

from __future__ import annotations

import json
import select
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """All messages in one."""
        return "\n".join(str(message["content"]) for message in self.body.get("messages", []))


Reply = Callable[["_Handler", dict[str, Any]], None]


class OpenAIServer:
    """The server; `url` is what belongs into OPENAI_BASE_URL. `hung_up` is set when a client closed a stream before
    its end."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self.models = ["tiny"]
        self._script: list[Reply] = [says("Nothing was scripted.")]
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def script(self, *replies: Reply) -> None:
        """What to answer from now on, one reply a request, the last one for all further ones."""
        with self._lock:
            self._script = list(replies)

    def next_reply(self) -> Reply:
        with self._lock:
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: OpenAIServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what is tested."""
        self.owner.hung_up.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Keeps quiet."""

    @property
    def owner(self) -> OpenAIServer:
        assert isinstance(self.server, _Server)
        return self.server.owner

    def do_GET(self) -> None:
        listed = {
            "object": "list",
            "data": [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in self.owner.models],
        }
        self.whole(200, json.dumps(listed))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        self.owner.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        try:
            self.owner.next_reply()(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.owner.hung_up.set()
            self.close_connection = True

    def whole(
        self, code: int, text: str, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        """A reply in one piece."""
        data = text.encode()
        self.send_response(code)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin(self, kind: str = "text/event-stream") -> None:
        """Begins a stream."""
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def event(self, data: str) -> None:
        """Sends one server-sent event."""
        self.raw(f"data: {data}\n\n")

    def raw(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def cut(self) -> None:
        """Closes the connection in the middle."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> str:
    """A chat.completion.chunk."""
    delta: dict[str, Any] = {} if text is None else {"role": "assistant", "content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return json.dumps(
        {"id": "c1", "object": "chat.completion.chunk", "created": 0, "model": "tiny", "choices": choices} | more
    )


def says(
    text: str,
    *,
    every: int = 5,
    pause: float = 0.0,
    finish: str | None = "stop",
    usage: tuple[int, int] | None = (100, 20),
) -> Reply:
    """Streams the text in pieces of `every` characters, `pause` seconds apart."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.event(chunk(""))
        for at in range(0, len(text), every):
            handler.event(chunk(text[at : at + every]))
            if pause:
                time.sleep(pause)
        handler.event(chunk(None, finish))
        if usage and body.get("stream_options", {}).get("include_usage"):
            counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
            handler.event(chunk(None, None, choices=[], usage=counted))
        handler.event("[DONE]")
        handler.end()

    return reply


def answers(make: Callable[[str], str]) -> Reply:
    """Streams what `make` makes of the prompt: for a model that answers from its evidence."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        prompt = "\n".join(str(message["content"]) for message in body["messages"])
        says(make(prompt))(handler, body)

    return reply


def status(code: int, message: str = "scripted", headers: dict[str, str] | None = None) -> Reply:
    """An error in the protocol's form."""
    return lambda handler, body: handler.whole(
        code, json.dumps({"error": {"message": message, "type": "x", "code": None}}), headers=headers
    )


def html(code: int = 200) -> Reply:
    """What a proxy's login page looks like to a client."""
    return lambda handler, body: handler.whole(code, "<!doctype html><title>Log in</title>", "text/html; charset=utf-8")


def sends(*events: str) -> Reply:
    """Streams exactly these events."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        handler.begin()
        for event in events:
            handler.event(event)
        handler.end()

    return reply


def cut_after(text: str) -> Reply:
    """Streams the text and closes the connection."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        handler.begin()
        for at in range(0, len(text), 5):
            handler.event(chunk(text[at : at + 5]))
        handler.cut()

    return reply


def stalls(text: str = "", seconds: float = 30.0, *, ping: bool = False) -> Reply:
    """Streams the text and then nothing, or only comments that keep the connection alive."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        handler.begin()
        if text:
            handler.event(chunk(text))
        for _ in range(int(seconds / 0.02)):
            time.sleep(0.02)
            _closed(handler)
            if ping:
                handler.raw(": ping\n\n")

    return reply


def silent(seconds: float = 30.0) -> Reply:
    """Takes the request and says nothing at all."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        for _ in range(int(seconds / 0.02)):
            time.sleep(0.02)
            _closed(handler)

    return reply


def for_ever(text: str) -> Reply:
    """Streams the text again and again until the client hangs up."""

    def reply(handler: _Handler, body: dict[str, Any]) -> None:
        handler.begin()
        for unit in _again(text):
            handler.event(chunk(unit))

    return reply


def _again(text: str) -> Iterator[str]:
    while True:
        yield text


def _closed(handler: _Handler) -> None:
    """Raises where the client has hung up: its end reads as empty."""
    readable, _, _ = select.select([handler.connection], [], [], 0)
    if readable and not handler.connection.recv(1):
        raise ConnectionResetError


__all__ = [
    "OpenAIServer",
    "Reply",
    "Request",
    "answers",
    "chunk",
    "cut_after",
    "for_ever",
    "html",
    "says",
    "sends",
    "silent",
    "stalls",
    "status",
]
