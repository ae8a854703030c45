"""The one place where a language model is called: any OpenAI-compatible endpoint, through LlamaIndex.

`LanguageModel` is the seam; `Endpoint` the real one. A call streams, ends within its seconds whatever the server does,
and stops the request at the server when its iterator is closed. Every failure becomes a `ModelFailed` that says what
to do; the key, and what a server says of it, is in none. Nothing is imported, and nothing connected to, before the
first call.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit

from index.errors import GenerationError
from qa.settings import Settings

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

OPENAI = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4.1-mini"
"""What OpenAI itself is asked for where no model is named."""

ATTEMPTS = 3
BACKOFF = 0.5
"""Seconds before the second attempt; twice as long before the third."""
HEARTBEAT = 0.2
"""Seconds after which a waiting call hands an empty chunk to its reader, so that the reader can stop it."""
FAREWELL = 1.0
"""Seconds to wait for the thread of a call that was stopped; only one that still looks up a name takes them."""
MOST_TOKENS = 2048
"""Tokens that an answer may have."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a reply: text (empty while waiting), why it ended, and the tokens used, each where the server says
    so."""

    text: str = ""
    finish: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ModelFailed(GenerationError):
    """The model did not answer. `again` says whether a second attempt may help, `wait` after how many seconds the
    server wants it, `refused` whether the request itself was at fault."""

    def __init__(self, message: str, *, again: bool = False, wait: float | None = None, refused: bool = False) -> None:
        super().__init__(message)
        self.again = again
        self.wait = wait
        self.refused = refused


class LanguageModel(Protocol):
    """Something that continues a conversation."""

    @property
    def name(self) -> str:
        """What the model is called."""
        ...

    def stream(self, messages: Sequence[Message], seconds: float) -> Iterator[Chunk]:
        """The reply as it comes, within `seconds`; closing the iterator stops it. An empty chunk comes at least every
        `HEARTBEAT` seconds while there is nothing else.

        Raises:
            ModelFailed: at any point.
        """
        ...


class Endpoint:
    """An OpenAI-compatible server. Safe to use from several threads: every call has a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.api_key
        self._base = (settings.base_url or OPENAI).rstrip("/")
        self._name = settings.model or (None if settings.base_url else DEFAULT_MODEL)
        self._plain = False

    def __repr__(self) -> str:
        return f"Endpoint({self.place}, {self._name})"

    @property
    def name(self) -> str:
        """The model's name; until the first call to a server that was given without one, the server's."""
        return self._name or self.place

    @property
    def place(self) -> str:
        """The server's address without user or password."""
        parts = urlsplit(self._base)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

    def stream(self, messages: Sequence[Message], seconds: float) -> Iterator[Chunk]:
        """See `LanguageModel`. Up to three attempts while nothing has arrived, with the wait that the server asks
        for."""
        _libraries()
        ends = time.monotonic() + seconds
        for attempt in range(1, ATTEMPTS + 1):
            started = False
            try:
                for chunk in self._attempt(messages, ends):
                    started = started or bool(chunk.text)
                    yield chunk
                return
            except ModelFailed as failure:
                if failure.refused and not self._plain and attempt < ATTEMPTS:
                    # Servers that know no usage in streams, no temperature or no token limit refuse these.
                    self._plain = True
                    continue
                wait = failure.wait if failure.wait is not None else BACKOFF * 2 ** (attempt - 1)
                if started or not failure.again or attempt == ATTEMPTS or time.monotonic() + wait >= ends:
                    raise
            resume = time.monotonic() + wait
            while (left := resume - time.monotonic()) > 0:
                time.sleep(min(left, HEARTBEAT))
                yield Chunk()

    def _attempt(self, messages: Sequence[Message], ends: float) -> Iterator[Chunk]:
        """One request, in a thread of its own, so that neither a silent server nor a slow one can hold up the
        reader."""
        line = _Line(max(ends - time.monotonic(), 0.05))
        chunks: queue.SimpleQueue[Chunk | BaseException | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                for chunk in self._request(messages, line):
                    chunks.put(chunk)
                chunks.put(None)
            except BaseException as error:  # all of it belongs to the reader's thread
                chunks.put(error)

        worker = threading.Thread(target=work, name="model", daemon=True)
        worker.start()
        try:
            while True:
                left = ends - time.monotonic()
                if left <= 0:
                    raise self._too_slow()
                try:
                    arrived = chunks.get(timeout=min(left, HEARTBEAT))
                except queue.Empty:
                    yield Chunk()
                    continue
                if arrived is None:
                    return
                if isinstance(arrived, BaseException):
                    raise self._explained(arrived, line) from None
                yield arrived
        finally:
            line.cut()
            # Python ends a daemon thread at exit wherever it is; within compiled code that aborts the process.
            worker.join(FAREWELL)

    def _request(self, messages: Sequence[Message], line: _Line) -> Iterator[Chunk]:
        from llama_index.core.llms import ChatMessage, MessageRole

        llm = self._llm(line)
        roles = {"system": MessageRole.SYSTEM, "user": MessageRole.USER, "assistant": MessageRole.ASSISTANT}
        options = {} if self._plain else {"stream_options": {"include_usage": True}}
        sent = [ChatMessage(role=roles[message.role], content=message.text) for message in messages]
        anything = False
        for response in llm.stream_chat(sent, **options):
            raw: Any = response.raw
            choices = getattr(raw, "choices", None)
            finish = getattr(choices[0], "finish_reason", None) if choices else None
            usage = getattr(raw, "usage", None)
            anything = anything or bool(choices) or usage is not None
            yield Chunk(
                response.delta or "",
                finish,
                getattr(usage, "prompt_tokens", None),
                getattr(usage, "completion_tokens", None),
            )
        if not anything:
            raise _NotTheProtocol

    def _llm(self, line: _Line) -> OpenAILike:
        from llama_index.llms.openai_like import OpenAILike

        key = self._key or "none"
        client = line.client()
        if self._name is None:
            self._name = self._first_model(key, client)
        options: dict[str, Any] = {  # `http_client` is a parameter that its types do not tell of
            "model": self._name,
            "api_base": self._base,
            "api_key": key,
            "is_chat_model": True,
            "temperature": 1.0 if self._plain else 0.0,
            "max_tokens": None if self._plain else MOST_TOKENS,
            "max_retries": 0,
            "timeout": line.seconds,
            "http_client": client,
        }
        return OpenAILike(**options)

    def _first_model(self, key: str, client: httpx.Client) -> str:
        """What the server itself serves, for servers of one model that were given no name."""
        from openai import OpenAI

        listed = OpenAI(api_key=key, base_url=self._base, max_retries=0, http_client=client).models.list()
        names = [model.id for model in listed.data or []]
        if not names:
            raise ModelFailed(f"{self.place} lists no model: name one with QA_MODEL.")
        return names[0]

    def _too_slow(self) -> ModelFailed:
        return ModelFailed(f"The model at {self.place} took too long: set QA_TIMEOUT to more seconds, or try again.")

    def _explained(self, error: BaseException, line: _Line) -> BaseException:
        """Our error for whatever the libraries raised, with what to do."""
        if isinstance(error, (ModelFailed, KeyboardInterrupt, SystemExit)):
            return error
        import httpx
        import openai

        causes = list(_causes(error))
        if isinstance(error, _NotTheProtocol) and line.answered_events:
            # What llama.cpp's server does with more than its context holds.
            return ModelFailed(
                f"{self.place} ended its reply before it began: perhaps the question and its evidence are more than"
                f" {self.name} takes. Start it with a longer context, or name another model with QA_MODEL."
            )
        if line.answered_html or isinstance(error, (_NotTheProtocol, openai.APIResponseValidationError)):
            return self._strange(again=False)
        if any(isinstance(cause, (json.JSONDecodeError, UnicodeDecodeError)) for cause in causes):
            return self._strange(again=True)
        if isinstance(error, openai.APIStatusError):
            return self._status(error)
        if any(isinstance(cause, (openai.APITimeoutError, httpx.TimeoutException)) for cause in causes):
            return self._too_slow()
        if any(isinstance(cause, socket.gaierror) or "Name or service" in str(cause) for cause in causes):
            return ModelFailed(
                f"The name {urlsplit(self._base).hostname} was not found: check OPENAI_BASE_URL and the network."
            )
        if any(isinstance(cause, ssl.SSLError) or "SSL" in str(cause) for cause in causes):
            return ModelFailed(
                f"No secure connection to {self.place} (TLS failed): check its certificate, or use http://"
                " in OPENAI_BASE_URL for a local server."
            )
        if any(isinstance(cause, httpx.ConnectError) for cause in causes):
            return ModelFailed(f"Nothing answers at {self.place}: start the server, or correct OPENAI_BASE_URL.")
        if any(isinstance(cause, (httpx.TransportError, OSError)) for cause in causes):
            return ModelFailed(f"The connection to {self.place} broke off: try again.", again=True)
        if isinstance(error, openai.APIError):
            return ModelFailed(f"The model at {self.place} failed while it was answering: try again.", again=True)
        if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
            return ModelFailed(
                f"{self.place} is no address: set OPENAI_BASE_URL to one such as http://localhost:11434/v1."
            )
        return ModelFailed(
            f"The answer of {self.place} could not be read ({type(error).__name__}): check OPENAI_BASE_URL."
        )

    def _strange(self, *, again: bool) -> ModelFailed:
        return ModelFailed(
            f"{self.place} does not answer as an OpenAI-compatible server does: check OPENAI_BASE_URL"
            " (it mostly ends in /v1) and any proxy.",
            again=again,
        )

    def _status(self, error: Any) -> ModelFailed:
        status = error.status_code
        if status in (401, 403):
            return ModelFailed(f"{self.place} refused the key ({status}): check OPENAI_API_KEY.")
        if status == 404:
            return ModelFailed(f"{self.place} knows no model {self.name} (404): check QA_MODEL and OPENAI_BASE_URL.")
        if status == 429:
            wait = _retry_after(error.response.headers)
            return ModelFailed(
                f"{self.place} takes no more requests for now (429): wait, or check your quota.", again=True, wait=wait
            )
        if status >= 500 or status in (408, 409):
            wait = _retry_after(error.response.headers)
            return ModelFailed(f"The model at {self.place} failed ({status}): try again later.", again=True, wait=wait)
        said = self._quoted(error)
        return ModelFailed(
            f"{self.place} did not accept the request ({status}{said}): check QA_MODEL.", refused=status in (400, 422)
        )

    def _quoted(self, error: Any) -> str:
        """What the server says is wrong, in short, without anything that is or looks like a key."""
        body = error.body if isinstance(error.body, dict) else {}
        text = " ".join(str(body.get("message") or "").split())
        if self._key:
            text = text.replace(self._key, "…")
        text = re.sub(r"(?i)\b(?:sk|pk|key|bearer)[-_ ][\w.*-]{6,}", "…", text)
        return f": {text[:160]}" if text else ""


def _libraries() -> None:
    """Loads what a call needs, so that loading does not count as the model's time."""
    import llama_index.core.llms
    import llama_index.llms.openai_like  # noqa: F401


class _NotTheProtocol(Exception):
    """A reply without a single event."""


class _Line:
    """A connection that can be cut from another thread, which wakes whoever is reading from it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.answered_html = False
        self.answered_events = False
        self._cut = False
        self._sockets: list[socket.socket] = []
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def client(self) -> httpx.Client:
        import httpx

        def trace(event: str, info: dict[str, Any]) -> None:
            if event.endswith((".connect_tcp.complete", ".start_tls.complete", ".connect_unix_socket.complete")):
                found = info["return_value"].get_extra_info("socket")
                with self._lock:
                    self._sockets.append(found)
                    cut = self._cut
                if cut:
                    self.cut()

        def request(sent: httpx.Request) -> None:
            sent.extensions["trace"] = trace

        def response(got: httpx.Response) -> None:
            kind = got.headers.get("content-type", "")
            self.answered_html = got.is_success and "html" in kind
            self.answered_events = got.is_success and "event-stream" in kind

        self._client = httpx.Client(
            timeout=self.seconds, follow_redirects=True, event_hooks={"request": [request], "response": [response]}
        )
        return self._client

    def cut(self) -> None:
        """Ends the connection at once; a server sees it closed. Harmless where it has ended."""
        with self._lock:
            self._cut = True
            sockets = list(self._sockets)
        for found in sockets:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)
        if self._client is not None:
            with contextlib.suppress(Exception):
                self._client.close()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 20:
        yield error
        error = error.__cause__ or error.__context__
        seen += 1


def _retry_after(headers: Any) -> float | None:
    """Seconds of a Retry-After header, which gives seconds or a date (RFC 9110, 10.2.3)."""
    stated = headers.get("retry-after")
    if not stated:
        return None
    try:
        return max(float(stated), 0.0)
    except ValueError:
        pass
    try:
        return max(email.utils.parsedate_to_datetime(stated).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return None
