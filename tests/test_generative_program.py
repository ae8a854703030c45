"""A model behind the whole program: command line and evaluation, against a real server that is scripted."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import DOCUMENTS
from openai_server import OpenAIServer, Reply, answers, cut_after, html, says, stalls, status

from eval.cli import main as evaluate
from eval.dataset import GOLD, Case, load_gold
from qa.assistant import Assistant
from qa.cli import main as command_line
from qa.settings import Settings

KEY = "sk-very-secret-key-1234567890"
QUESTION = "who co-chaired the 6th dialogue?"
PASSAGE = re.compile(r"^BEGIN (\w{12}) \[(\d+)\]\n(.*?)^END \1$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def passages(prompt: str) -> dict[int, str]:
    """The numbered passages of a prompt."""
    return {int(match[2]): " ".join(match[3].split()) for match in PASSAGE.finditer(prompt)}


def from_the_evidence(wanted: str) -> Reply:
    """A model that quotes the sentence of its evidence that holds `wanted`, with its number."""

    def answer(prompt: str) -> str:
        for number, text in passages(prompt).items():
            for sentence in re.split(r"(?<=\.) ", text):
                if wanted in sentence:
                    return f"{sentence.strip('.')} [{number}]."
        return "NOT_IN_DOCUMENTS"

    return answers(answer)


FAITHFUL = from_the_evidence("co-chaired by")


def environment(server: OpenAIServer, **more: str) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY, "QA_MODEL": "tiny"} | more


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def qa(
    server: OpenAIServer, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command of `qa` in this process, with the scripted model configured."""

    def run(*words: str, typed: str = "", **more: str) -> Done:
        for name, value in environment(server, **more).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capsys.readouterr()
        status = command_line([*words, "--documents", str(DOCUMENTS), "--store", str(store)])
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run


def settings(server: OpenAIServer, store: Path, timeout: float = 5.0) -> Settings:
    return Settings(documents=DOCUMENTS, store=store, base_url=server.url, api_key=KEY, model="tiny", timeout=timeout)


def test_the_models_answer_is_cited_to_the_character_and_counted(server: OpenAIServer, qa: Command) -> None:
    server.script(FAITHFUL)
    done = qa("ask", QUESTION, "--json", QA_PRICE_IN="2", QA_PRICE_OUT="10")
    answer = json.loads(done.out)
    assert done.status == 0 and (answer["mode"], answer["model"]) == ("generative", "tiny")
    assert "Yukio Saita" in answer["text"] and answer["sentences"][0]["supported"]
    for citation in answer["citations"]:
        text = (DOCUMENTS / citation["document"]).read_bytes().decode("utf-8")
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert answer["tokens"] == {"prompt": 100, "completion": 20, "cost": pytest.approx(0.0004)}
    assert 0 < answer["seconds"]["first_token"] <= answer["seconds"]["total"]
    assert answer["notice"] is None


def test_verbose_prints_tokens_times_and_cost(server: OpenAIServer, qa: Command) -> None:
    server.script(FAITHFUL)
    shown = qa("ask", QUESTION, "--verbose", QA_PRICE_IN="2", QA_PRICE_OUT="10").out
    for part in ("generative (tiny)", "first token after", "100 tokens in, 20 out", "cost 0.000400"):
        assert part in shown


def test_what_is_not_borne_out_is_marked_in_terminal_and_json(server: OpenAIServer, qa: Command) -> None:
    def answer(prompt: str) -> str:
        number = next(number for number, text in passages(prompt).items() if "Yukio Saita" in text)
        return f"Yukio Saita co-chaired the discussions [{number}]. They were held in Lisbon in 1987 [{number}]."

    server.script(answers(answer))
    shown = qa("ask", QUESTION).out
    assert "! Not borne out by its sources: They were held in Lisbon in 1987." in shown
    assert "1 of 2 sentences by tiny is not borne out" in " ".join(shown.split())
    marked = json.loads(qa("ask", QUESTION, "--json").out)
    assert [sentence["supported"] for sentence in marked["sentences"]] == [True, False]


@pytest.mark.parametrize(
    ("reply", "says_so"),
    [
        (status(401), "refused the key (401): check OPENAI_API_KEY"),
        (status(404), "knows no model tiny (404): check QA_MODEL"),
        (status(429, headers={"retry-after": "99"}), "takes no more requests for now (429)"),
        (status(500, headers={"retry-after": "99"}), "failed (500)"),
        (html(), "check OPENAI_BASE_URL (it mostly ends in /v1) and any proxy"),
        (cut_after("The discussions were"), "broke off"),
        (stalls("The discussions"), "QA_TIMEOUT"),
        (says("The", finish="content_filter"), "declined to answer"),
        (says("It was Napoleon."), "cited nothing"),
        (says("It was Napoleon [1]."), "is not borne out by what it cites"),
        (says("It was Napoleon [77]."), "cited nothing"),
    ],
)
def test_a_model_that_fails_leaves_the_extractive_answer_and_a_notice(
    server: OpenAIServer, store: Path, reply: Reply, says_so: str
) -> None:
    server.script(reply)
    # Only the server that stalls is waited for; another that is slow, as the machine is busy, has not failed.
    timeout = 1.5 if says_so == "QA_TIMEOUT" else 10.0
    with Assistant.open(settings(server, store, timeout=timeout)) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.mode == "extractive" and answer.status == "answered" and "Yukio Saita" in answer.text
    assert answer.notice and says_so in answer.notice and "This is the extractive answer instead." in answer.notice
    assert answer.model is None and all(sentence.supported for sentence in answer.sentences)


def test_the_key_shows_nowhere_even_where_the_server_repeats_it(
    server: OpenAIServer, qa: Command, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in (status(400, f"bad key {KEY}"), status(401, f"Incorrect API key provided: {KEY}"), html(403)):
        server.script(reply)
        for words in (["ask", QUESTION, "--verbose"], ["ask", QUESTION, "--json"], ["status", "--json"]):
            done = qa(*words, QA_DEBUG="1")
            assert KEY not in done.out + done.err, words
    assert KEY not in caplog.text
    for path in store.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path


def test_a_follow_up_is_put_by_the_model_and_by_the_rules_where_it_fails(server: OpenAIServer, qa: Command) -> None:
    server.script(FAITHFUL, says("Who co-chaired the 7th dialogue?"), FAITHFUL)
    lines = f"{QUESTION}\nand the 7th?\n"
    first, second = map(json.loads, qa("chat", "--jsonl", typed=lines).out.splitlines())
    assert first["standalone_question"] == QUESTION
    assert second["standalone_question"] == "Who co-chaired the 7th dialogue?"
    assert "Q: who co-chaired the 6th dialogue?" in server.requests[1].prompt

    server.script(FAITHFUL, status(401), FAITHFUL)
    first, second = map(json.loads, qa("chat", "--jsonl", typed=lines).out.splitlines())
    assert re.fullmatch(r"who co-chaired the 7th( dialogue)?\?", second["standalone_question"])
    assert second["mode"] == "generative"


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, server: OpenAIServer, store: Path) -> None:
        pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals: output on one was not tested")
        self._master, slave = pty.openpty()
        # A shell that starts the tests in the background has them, and what they start, ignore the signal.
        code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        self.process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-X",
                    "faulthandler",
                    "-c",
                    code + "from qa.cli import main; sys.exit(main())",
                    "ask",
                    QUESTION,
                ),
                *("--documents", str(DOCUMENTS), "--store", str(store)),
            ],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | environment(server, TERM="xterm"),
        )
        os.close(slave)
        self.shown = ""

    def read(self, until: str | None = None) -> str:
        """What was shown by the time `until` is, or by the end."""
        while until is None or until not in self.shown:
            try:
                part = os.read(self._master, 65536)
            except OSError:  # Linux's way of saying that the other end is closed
                part = b""
            if not part:
                break
            self.shown += part.decode()
        return self.shown

    def close(self) -> int:
        self.read()
        os.close(self._master)
        return self.process.wait(60)


def test_a_terminal_shows_the_first_words_while_the_rest_is_being_written(server: OpenAIServer, store: Path) -> None:
    server.script(stalls("The discussions were co-chaired by some", 60))
    terminal = Terminal(server, store)
    shown = terminal.read(until="co-chaired by")
    assert "The discussions were co-chaired by" in shown and terminal.process.poll() is None
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.close() == 130, terminal.shown
    assert "interrupted" in terminal.shown and "Traceback" not in terminal.shown
    assert server.hung_up.wait(10), "the request went on at the server"


def test_on_a_terminal_the_checked_answer_takes_the_place_of_the_stream(
    server: OpenAIServer, qa: Command, store: Path
) -> None:
    server.script(FAITHFUL)
    terminal = Terminal(server, store)
    assert terminal.close() == 0
    assert "\x1b[J" in terminal.shown and "“The discussions" in terminal.shown
    assert "\x1b" not in qa("ask", QUESTION).out


def test_without_a_model_no_connection_is_tried(store: Path) -> None:
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise SystemExit('connected')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = no\n"
        "from qa.cli import main\n"
        "sys.exit(main())\n"
    )
    words = ["ask", QUESTION, "--documents", str(DOCUMENTS), "--store", str(store)]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0 and "Yukio Saita" in done.stdout, done.stderr


# The evaluation

ASKED = ("harbour-number-gust", "harbour-number-weight", "harbour-inject-admission", "harbour-un-captain")


def gold() -> dict[str, Case]:
    return {case.question: case for case in load_gold(GOLD) if case.id in ASKED}


def case_in(prompt: str) -> Case:
    return next(case for question, case in gold().items() if f"Question: {question}" in prompt)


def faithful(prompt: str) -> str:
    """Quotes the gold evidence where the question has any, and refuses where it has none."""
    case = case_in(prompt)
    if not case.answerable:
        return "NOT_IN_DOCUMENTS"
    quote = " ".join(case.supports[0].quote.split())
    number = next(number for number, text in passages(prompt).items() if quote in text)
    return f"{quote.strip('.')} [{number}]."


def inventing(prompt: str) -> str:
    """Answers with what the evidence says of something else, and adds what it does not say at all."""
    own = {support.quote for support in case_in(prompt).supports}
    others = {" ".join(s.quote.split()) for case in load_gold(GOLD) for s in case.supports if s.quote not in own}
    for number, text in passages(prompt).items():
        for quote in sorted(others):
            if quote in text and "|" not in quote and len(quote) < 90:
                return f"{quote.strip('.')} [{number}]. The harbour was sold to Atlantis in 1742 [{number}]."
    raise AssertionError("the evidence says nothing else")


def run_evaluation(
    server: OpenAIServer, folder: Path, monkeypatch: pytest.MonkeyPatch, script: Reply
) -> tuple[int, list[dict[str, object]]]:
    server.script(script)
    for name, value in (("OPENAI_BASE_URL", server.url), ("OPENAI_API_KEY", KEY), ("QA_MODEL", "tiny")):
        monkeypatch.setenv(name, value)
    only = [word for id_ in ASKED for word in ("--only", id_)]
    code = evaluate(["--mode", "generative", "--repeats", "1", *only, "--reports", str(folder)])
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]
    return code, rows


def test_the_evaluation_passes_a_faithful_model_and_its_reports_hold_no_key(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = run_evaluation(server, tmp_path / "r", monkeypatch, answers(faithful))
    printed = capsys.readouterr()
    assert [row["id"] for row in rows if not row["right"]] == [] and len(rows) == len(ASKED)
    assert code == 0, printed.out
    assert {row["answer"]["mode"] for row in rows} == {"generative"}  # type: ignore[index]
    assert KEY not in printed.out + printed.err
    assert all(KEY not in path.read_text("utf-8") for path in (tmp_path / "r").iterdir())


def test_the_evaluation_fails_an_inventing_model(
    server: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = run_evaluation(server, tmp_path / "r", monkeypatch, answers(inventing))
    assert code == 1 and "Failed" in capsys.readouterr().out
    assert sum(not row["right"] for row in rows) >= 3
    marked = [sentence for row in rows for sentence in row["answer"]["sentences"]]  # type: ignore[index]
    invented = [sentence for sentence in marked if "Atlantis" in sentence["text"]]
    assert invented and not any(sentence["supported"] for sentence in invented)
