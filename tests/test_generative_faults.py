"""Every way in which a model's server can fail, over a real connection to a real server that fails so."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from openai_server import (
    OpenAIServer,
    Reply,
    chunk,
    cut_after,
    for_ever,
    html,
    says,
    sends,
    silent,
    stalls,
    status,
)

from index.chunk import chunk as passages_of
from index.types import Document
from qa import model as model_module
from qa.generative import Delta, Written, write
from qa.model import Endpoint, Message, ModelFailed
from qa.settings import Settings
from qa.types import Evidence

KEY = "sk-very-secret-key-1234567890"
GOOD = "The mill was built in 1850 [1]."
FOUND = [
    Evidence(part, 1.0, 1.0, 1.0)
    for part in passages_of(Document("mill.txt", "The mill was built in 1850.\n", "The mill"))
]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    """Loads what a call needs, which may take long and is no part of it."""
    model_module._libraries()


@pytest.fixture(autouse=True)
def _quick_and_discreet(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Short waits; and whatever happens, the key is in no log and no output."""
    monkeypatch.setattr(model_module, "BACKOFF", 0.02)
    caplog.set_level(logging.DEBUG)
    yield
    out, err = capfd.readouterr()
    assert KEY not in caplog.text and KEY not in out and KEY not in err


def settings(url: str, timeout: float = 5.0, model: str | None = "tiny") -> Settings:
    return Settings(api_key=KEY, base_url=url, model=model, timeout=timeout)


def ask(chosen: Settings) -> tuple[str, Written]:
    shown = ""
    for event in write("When?", FOUND, model=Endpoint(chosen), settings=chosen, references=lambda path: ()):
        if isinstance(event, Written):
            return shown, event
        shown += event.text
    raise AssertionError("no answer")


def fails(chosen: Settings, within: float = 30.0) -> str:
    """The message of the failure, which holds neither the key nor a library's words; `within` is far more than it
    takes and far less than the server would go on."""
    began = time.monotonic()
    with pytest.raises(ModelFailed) as caught:
        ask(chosen)
    assert time.monotonic() - began < within
    message = str(caught.value)
    assert KEY not in repr(caught.value) and "Traceback" not in message and "Error code" not in message
    assert caught.value.__cause__ is None
    return message


def test_an_answer_streams_and_counts_its_tokens(server: OpenAIServer) -> None:
    server.script(says(GOOD, usage=(321, 12)))
    shown, written = ask(settings(server.url))
    assert shown == written.draft.text == "The mill was built in 1850. [1]"
    assert written.tokens is not None and (written.tokens.prompt, written.tokens.completion) == (321, 12)
    sent = server.requests[0]
    assert sent.path == "/v1/chat/completions" and sent.body["stream"] is True and sent.body["model"] == "tiny"
    assert sent.headers["authorization"] == f"Bearer {KEY}"


def test_text_is_shown_as_it_comes(server: OpenAIServer) -> None:
    server.script(says(GOOD, every=2, pause=0.03))
    chosen = settings(server.url)
    arrivals = [
        time.monotonic()
        for event in write("When?", FOUND, model=Endpoint(chosen), settings=chosen, references=lambda path: ())
        if isinstance(event, Delta) and event.text
    ]
    assert len(arrivals) > 8 and arrivals[-1] - arrivals[0] > 0.2


def test_a_server_that_counts_no_tokens(server: OpenAIServer) -> None:
    server.script(says(GOOD, usage=None))
    assert ask(settings(server.url))[1].tokens is None


def test_a_server_without_a_named_model_is_asked_for_its_own(server: OpenAIServer) -> None:
    server.models = ["the-only-one"]
    server.script(says(GOOD))
    assert ask(settings(server.url, model=None))[1].model == "the-only-one"
    assert server.requests[0].body["model"] == "the-only-one"


def test_no_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    message = fails(settings(f"http://127.0.0.1:{port}/v1"))
    assert "Nothing answers" in message and "OPENAI_BASE_URL" in message


def test_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "models.example was not found" in fails(settings("http://models.example/v1"))


def test_a_server_that_does_not_speak_tls(server: OpenAIServer) -> None:
    assert "TLS" in fails(settings(server.url.replace("http:", "https:")))


@pytest.mark.parametrize(
    ("code", "hint"), [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "QA_MODEL"), (413, "QA_MODEL")]
)
def test_refusals_are_not_tried_again_and_say_what_to_set(server: OpenAIServer, code: int, hint: str) -> None:
    server.script(status(code, f"Incorrect API key provided: {KEY}"))
    assert hint in fails(settings(server.url))
    assert len(server.requests) == 1


def test_a_request_that_is_not_accepted_is_tried_once_more_without_extras(server: OpenAIServer) -> None:
    server.script(status(400, "unknown field stream_options"), says(GOOD))
    ask(settings(server.url))
    first, second = (request.body for request in server.requests)
    assert "stream_options" in first and "stream_options" not in second and "max_tokens" not in second


def test_a_request_that_is_never_accepted_quotes_the_server_without_the_key(server: OpenAIServer) -> None:
    server.script(status(400, f"context too long for {KEY}"))
    assert "context too long for …" in fails(settings(server.url))
    assert len(server.requests) == 2


def test_a_request_that_the_last_attempt_does_not_accept_says_so(server: OpenAIServer) -> None:
    server.script(status(503), status(503), status(400, "no such field"))
    assert "no such field" in fails(settings(server.url))
    assert len(server.requests) == 3


@pytest.mark.parametrize("code", [500, 502, 503, 408])
def test_a_failure_then_an_answer(server: OpenAIServer, code: int) -> None:
    server.script(status(code), says(GOOD))
    assert ask(settings(server.url))[1].draft.status == "answered"
    assert len(server.requests) == 2


def test_failures_for_ever_end_after_three_attempts(server: OpenAIServer) -> None:
    server.script(status(500))
    assert "500" in fails(settings(server.url))
    assert len(server.requests) == 3


def test_429_waits_as_long_as_it_is_told(server: OpenAIServer) -> None:
    server.script(status(429, headers={"retry-after": "0.4"}), says(GOOD))
    began = time.monotonic()
    ask(settings(server.url))
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_429_with_a_wait_beyond_the_time_gives_up_at_once(server: OpenAIServer, form: str) -> None:
    wait = "100" if form == "seconds" else formatdate(time.time() + 100, usegmt=True)
    server.script(status(429, headers={"retry-after": wait}))
    assert "429" in fails(settings(server.url))
    assert len(server.requests) == 1


def test_a_connection_cut_before_the_first_word_is_tried_again(server: OpenAIServer) -> None:
    server.script(cut_after(""), says(GOOD))
    assert ask(settings(server.url))[1].draft.status == "answered"


def test_a_connection_cut_in_the_middle_is_not_begun_again(server: OpenAIServer) -> None:
    server.script(cut_after("The mill was built"))
    assert "broke off" in fails(settings(server.url))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "reply", [silent(), stalls("The mill"), stalls("The mill", ping=True), says("word " * 1000, every=1, pause=0.02)]
)
def test_whatever_the_server_does_the_time_is_kept(server: OpenAIServer, reply: Reply) -> None:
    server.script(reply)
    assert "QA_TIMEOUT" in fails(settings(server.url, timeout=0.6), within=15.0)


@pytest.mark.parametrize(
    "reply",
    [
        sends('{"choices": [{"delta"'),
        sends("[1, 2, 3]"),
        sends('{"choices": null}'),
        sends(chunk(None, choices=[]), "[DONE]"),
        sends("[DONE]"),
        sends(chunk(""), chunk(None, "stop"), "[DONE]"),
        sends('{"error": {"message": "overloaded"}}'),
        html(),
        html(503),
        lambda handler, body: handler.whole(200, "not json at all", "application/json"),
        lambda handler, body: handler.whole(200, "", "text/event-stream"),
    ],
)
def test_a_reply_that_is_none_is_a_clear_failure(server: OpenAIServer, reply: Reply) -> None:
    server.script(reply)
    message = fails(settings(server.url))
    assert message.count(":") >= 1 and len(message) < 300


def test_an_html_page_points_to_the_address(server: OpenAIServer) -> None:
    server.script(html())
    message = fails(settings(server.url))
    assert "OPENAI_BASE_URL" in message and "proxy" in message


def test_a_stream_that_ends_before_it_begins_points_to_the_context(server: OpenAIServer) -> None:
    server.script(sends())
    assert "longer context" in fails(settings(server.url))


def test_finish_by_filter(server: OpenAIServer) -> None:
    server.script(says("The", finish="content_filter"))
    assert "declined" in fails(settings(server.url))


def test_finish_by_length(server: OpenAIServer) -> None:
    server.script(says(GOOD + " And it", finish="length"))
    _, written = ask(settings(server.url))
    assert written.draft.text == "The mill was built in 1850. [1]" and "cut off" in (written.draft.notice or "")


@pytest.mark.parametrize(
    "text",
    ["The mill was built in 1850.", "The mill was built in 1850 [8].", "La muelejo estis konstruita antaŭlonge [1]."],
)
def test_answers_that_nothing_bears_out(server: OpenAIServer, text: str) -> None:
    server.script(says(text))
    assert "not shown" in fails(settings(server.url))


def test_200_000_characters(server: OpenAIServer) -> None:
    server.script(says(GOOD + " " + " ".join(f"Word{n}" for n in range(25_000)), every=500))
    _, written = ask(settings(server.url))
    assert written.draft.text.startswith("The mill was built in 1850. [1]") and len(written.draft.text) < 25_000


def test_an_answer_that_repeats_for_ever_is_stopped_at_the_server(server: OpenAIServer) -> None:
    server.script(for_ever(GOOD + " "))
    _, written = ask(settings(server.url))
    assert written.draft.text == "The mill was built in 1850. [1]"
    assert server.hung_up.wait(20)


@pytest.mark.parametrize("reply", [stalls("The mill"), says("word " * 1000, every=1, pause=0.02), silent()])
def test_stopping_cancels_the_request_at_the_server(server: OpenAIServer, reply: Reply) -> None:
    server.script(reply)
    chosen = settings(server.url, timeout=300)
    events = write("When?", FOUND, model=Endpoint(chosen), settings=chosen, references=lambda path: ())
    while not server.requests:  # the libraries are loaded first, which may take long
        next(events)
    next(events)
    began = time.monotonic()
    events.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 30
    assert "model" not in {thread.name for thread in threading.enumerate()}, "a call goes on while the program ends"
    assert server.hung_up.wait(20)


def test_the_key_and_a_password_in_the_address_show_nowhere() -> None:
    chosen = Settings(api_key=KEY, base_url="http://user:hunter2@127.0.0.1:9/v1", model="tiny", timeout=2)
    endpoint = Endpoint(chosen)
    assert KEY not in repr(endpoint) and "hunter2" not in repr(endpoint)
    with pytest.raises(ModelFailed) as caught:
        list(endpoint.stream([Message("user", "x")], 1.0))
    assert "hunter2" not in str(caught.value)


def test_nothing_is_imported_or_connected_to_before_a_call() -> None:
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise SystemExit('connected')\n"
        "socket.socket.connect = no\n"
        "import qa.generative\n"
        "from qa.settings import Settings\n"
        "from qa.model import Endpoint\n"
        "Endpoint(Settings(api_key='x'))\n"
        "assert not {'openai', 'llama_index', 'httpx', 'gradio'} & set(sys.modules), sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).returncode == 0
