"""The command line as people and programs meet it: output, JSON, exit status, bad input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import DOCUMENTS

CO_CHAIRS = "who co-chaired the 6th dialogue?"


def qa(*arguments: str | bytes, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `python -m qa` in the current folder."""
    return subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
        timeout=120,
    )


@pytest.fixture
def here(store: Path) -> list[str]:
    """Options that name the project's documents and their finished index."""
    return ["--documents", str(DOCUMENTS), "--store", str(store)]


def test_ask_prints_answer_then_numbered_sources(here: list[str]) -> None:
    done = qa("ask", CO_CHAIRS, *here)
    answer, sources = done.stdout.split("\n\n", 1)
    assert done.returncode == 0 and done.stderr == ""
    assert "Maciej Stadejek" in answer and "Yukio Saita" in answer.replace("\n", " ") and answer.endswith("[1]")
    assert sources.startswith("[1] EU-Japan Cyber Dialogue Strengthens Global Security Cooperation · 2024-11-13")
    assert "“The discussions were co-chaired" in sources
    assert "\033" not in done.stdout


def test_json_is_the_contract(here: list[str]) -> None:
    answer = json.loads(qa("ask", CO_CHAIRS, "--json", *here).stdout)
    assert list(answer) == [
        "question", "standalone_question", "status", "mode", "text", "sentences", "citations", "passages",
        "confidence", "notice", "model", "tokens", "seconds",
    ]  # fmt: skip
    (citation,) = answer["citations"]
    assert list(citation) == [
        "number", "document", "title", "date", "page", "section", "start", "end", "quote", "references",
    ]  # fmt: skip
    assert list(answer["sentences"][0]) == ["text", "citations", "supported", "highlights"]
    text = (DOCUMENTS / citation["document"]).read_text("utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["references"] == ["digital-strategy.ec.europa.eu", "www.eeas.europa.eu", "www.mofa.go.jp"]
    assert "[1][2]" not in answer["text"] and answer["text"].endswith("[1]")
    for passage in answer["passages"]:
        assert text[passage["start"] : passage["end"]] == passage["text"] or passage["document"] != citation["document"]


def test_not_found_has_its_own_exit_status_and_no_citation(here: list[str]) -> None:
    done = qa("ask", "who co-chaired the 8th dialogue?", "--json", *here)
    answer = json.loads(done.stdout)
    assert done.returncode == 3
    assert answer["status"] == "not_found" and answer["citations"] == [] and answer["passages"]
    assert "6th and 7th dialogue, not an 8th" in answer["text"]


def test_batch_answers_line_by_line_and_keeps_in_step(here: list[str]) -> None:
    lines = f"{CO_CHAIRS}\n\n???\r\nwhat is the population of Tokyo?\n"
    answers = [json.loads(line) for line in qa("ask", "--batch", "-", *here, stdin=lines).stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["answered", "error", "not_found"]


def test_batch_reads_a_file(here: list[str], tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text(f"\ufeff{CO_CHAIRS}", "utf-8")
    done = qa("ask", "--batch", "questions.txt", *here)
    assert json.loads(done.stdout)["question"] == CO_CHAIRS


def test_search_prints_passages_best_first(here: list[str]) -> None:
    found = json.loads(qa("search", "Kunoichi Cyber Games", "--json", "-k", "2", *here).stdout)
    assert found["query"] == "Kunoichi Cyber Games" and len(found["passages"]) == 2
    assert "Kunoichi" in found["passages"][0]["text"]
    assert found["passages"][0]["score"] >= found["passages"][1]["score"]
    plain = qa("search", "Kunoichi Cyber Games", "-k", "1", *here).stdout
    assert plain.startswith("1. EU-Japan Cyber Dialogue") and "Kunoichi" in plain
    (batch,) = qa("search", "--batch", "-", *here, stdin="Kunoichi\n").stdout.splitlines()
    assert json.loads(batch)["passages"][0]["document"] == found["passages"][0]["document"]


def test_show_prints_what_offsets_count_in(here: list[str]) -> None:
    name = "eu-japan-6th-cyber-dialogue-2024.txt"
    whole = subprocess.run([sys.executable, "-m", "qa", "show", name, *here], capture_output=True, check=True)
    assert whole.stdout == (DOCUMENTS / name).read_bytes()
    part = qa("show", name, "--start", "0", "--end", "15", *here)
    assert part.stdout == "EU-Japan Cyber "
    assert json.loads(qa("show", name, "--json", "--end", "9", *here).stdout)["text"] == "EU-Japan "
    missing = qa("show", "no.txt", *here)
    assert missing.returncode == 2 and name in missing.stderr


def test_first_ask_builds_the_index_and_a_changed_folder_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    note = tmp_path / "documents" / "note.txt"
    note.write_text("Harbour\n\nThe lighthouse was painted green in 1931.\n")
    assert "green" in qa("ask", "what colour was the lighthouse painted?").stdout
    note.write_text("Harbour\n\nThe lighthouse was painted crimson in 1931.\n")
    assert "crimson" in qa("ask", "what colour was the lighthouse painted?").stdout
    (tmp_path / "documents" / "bad.xyz").write_bytes(b"\0\1\2")
    status = json.loads(qa("status", "--json").stdout)
    assert [change["document"] for change in status["changed"]] == ["bad.xyz"]
    assert "bad.xyz" in qa("index").stdout
    status = json.loads(qa("status", "--json").stdout)
    assert status["failed"][0]["document"] == "bad.xyz" and status["changed"] == [] and status["passages"] == 1
    assert "lighthouse" in qa("ask", "what colour was the lighthouse painted?").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["ask"], 2, "question"),
        (["ask", ""], 2, "empty"),
        (["ask", " \t "], 2, "empty"),
        (["ask", "\x07\x1b\x01"], 2, "empty"),
        (["ask", "why " * 25_000], 2, "100,000 characters"),
        (["ask", b"caf\xe9 when?"], 2, "UTF-8"),
        (["ask", "who?", "--batch", "-"], 2, "either"),
        (["ask", "--batch", "nowhere.txt"], 2, "nowhere.txt"),
        (["search", ""], 2, "empty"),
        (["ask", "who?", "-k", "0"], 2, "1 to 1000"),
        (["ask", "who?", "-k", "many"], 2, "'many' is not a number"),
        (["show", "a.txt", "--start", "-3"], 2, "'-3' is not a number"),
        (["show", "a.txt", "--start", "5", "--end", "2"], 2, "before"),
        (["nonsense"], 2, "nonsense"),
        (["ask", "who?"], 1, "No documents folder"),
        (["index", "nowhere"], 1, "nowhere"),
        (["status"], 1, "python -m qa index"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str | bytes], status: int, says: str) -> None:
    done = qa(*arguments)
    assert done.returncode == status
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert not Path(".qa").exists()


def test_odd_folders_and_stores_say_what_to_do(tmp_path: Path) -> None:
    empty, binary, readme = tmp_path / "empty", tmp_path / "binary", tmp_path / "readme"
    for folder in (empty, binary, readme):
        folder.mkdir()
    (binary / "a.txt").write_bytes(b"\0\0\0")
    (readme / "README.md").write_text("about")
    for folder, says in ((empty, "no documents"), (readme, "no documents"), (binary, "a.txt (not a text file)")):
        done = qa("ask", "who is it?", "--documents", str(folder))
        assert done.returncode == 1 and says in done.stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.doc").write_text("x")
    done = qa("ask", "who is it?", "--documents", str(DOCUMENTS), "--store", "other")
    assert done.returncode == 1 and "holds other files" in done.stderr
    assert (tmp_path / "other" / "thesis.doc").read_text() == "x"
    done = qa("ask", "who is it?", "--documents", str(DOCUMENTS), "--store", "other/thesis.doc")
    assert done.returncode == 1 and "is a file" in done.stderr


def test_settings_that_cannot_be_used_are_named() -> None:
    done = qa("ask", "who?", QA_EMBEDDER="magic")
    assert done.returncode == 2 and "QA_EMBEDDER" in done.stderr
    done = qa("ask", "who?", QA_MODE="generative")
    assert done.returncode == 2 and "OPENAI_API_KEY" in done.stderr
    done = qa("ask", "who?", QA_PORT="abc")
    assert done.returncode == 2 and "QA_PORT" in done.stderr


def test_a_reader_that_leaves_early_is_no_error(here: list[str]) -> None:
    asking = subprocess.Popen(
        [sys.executable, "-m", "qa", "ask", "--batch", "-", *here],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert asking.stdin and asking.stdout and asking.stderr
    asking.stdin.write(f"{CO_CHAIRS}\n")
    asking.stdin.flush()
    assert asking.stdout.readline().startswith("{")
    asking.stdout.close()
    asking.stdin.write(f"{CO_CHAIRS}\n" * 3)
    asking.stdin.close()
    assert asking.stderr.read() == ""
    assert asking.wait(60) == 128 + signal.SIGPIPE
    asking.stderr.close()


def test_interrupt_ends_with_130_and_loses_nothing(here: list[str]) -> None:
    # A shell that starts the tests in the background has them, and what they start, ignore the signal.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    waiting = subprocess.Popen(
        [sys.executable, "-c", code + "from qa.cli import main; sys.exit(main())", "ask", "--batch", "-", *here],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdin and waiting.stdout and waiting.stderr
    waiting.stdin.write(f"{CO_CHAIRS}\n")
    waiting.stdin.flush()
    waiting.stdout.readline()
    time.sleep(0.2)
    waiting.send_signal(signal.SIGINT)
    _, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 130 and "interrupted" in errors and "Traceback" not in errors
    assert qa("ask", CO_CHAIRS, *here).returncode == 0


def test_colour_only_on_a_terminal_and_not_where_declined(here: list[str]) -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals: output on one was not tested")

    def on_terminal(**environment: str) -> str:
        master, slave = pty.openpty()
        subprocess.run(
            [sys.executable, "-m", "qa", "ask", CO_CHAIRS, *here],
            stdout=slave,
            stdin=slave,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"TERM": "xterm"} | environment,
            check=True,
        )
        os.close(slave)
        shown = b""
        try:
            while part := os.read(master, 65536):
                shown += part
        except OSError:  # Linux's way of saying that the other end is closed
            pass
        os.close(master)
        return shown.decode()

    assert "\033[1m" in on_terminal()
    assert "\033" not in on_terminal(NO_COLOR="1")


def test_chat_lines_in_json_answers_out(here: list[str]) -> None:
    done = qa("chat", "--jsonl", *here, stdin=f"hello\n{CO_CHAIRS}\n")
    statuses = [json.loads(line)["status"] for line in done.stdout.splitlines()]
    assert statuses == ["reply", "answered"] and done.returncode == 0


def test_extractive_ask_loads_neither_llama_index_nor_gradio_nor_openai(here: list[str]) -> None:
    code = (
        "import sys; from qa.cli import main; main(sys.argv[1:]); "
        "loaded = {'llama_index', 'gradio', 'openai', 'pandas', 'torch'} & {name.split('.')[0] for name in "
        "sys.modules}; "
        "print(sorted(loaded), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "ask", CO_CHAIRS, *here], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("command", ["ask", "chat", "search", "index", "status", "show"])
def test_every_command_helps_with_an_example(command: str) -> None:
    done = qa(command, "--help")
    assert done.returncode == 0 and "example: python -m qa" in done.stdout


def test_completion_for_shells() -> None:
    assert "complete" in qa("--print-completion", "bash").stdout
