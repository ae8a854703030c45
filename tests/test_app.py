"""`python app.py` as people start it and end it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from openai_server import OpenAIServer, for_ever
from web_support import PATIENCE, until

ROOT = Path(__file__).resolve().parent.parent


def _start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"QA_DOCUMENTS": str(ROOT / "documents")} | environment,
    )


@contextmanager
def _served(**environment: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The program at a free port, with a client of it; killed when left."""
    process = _start(QA_PORT="0", **environment)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        with httpx.Client(base_url=found[0], timeout=PATIENCE) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def test_it_answers_until_it_is_interrupted(store: Path) -> None:
    with _served(QA_STORE=str(store)) as (process, client):
        body = {"model": "footnote", "messages": [{"role": "user", "content": "who co-chaired the 6th dialogue?"}]}
        answered = client.post("/v1/chat/completions", json=body)
        assert "Saita" in answered.json()["choices"][0]["message"]["content"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err


def test_a_question_survives_a_kill_in_the_middle_of_its_answer(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "store")
    with OpenAIServer() as model:
        model.script(for_ever("And so on, and so on. "))
        with _served(QA_STORE=str(tmp_path / "store"), OPENAI_BASE_URL=model.url, QA_MODEL="tiny") as (process, client):
            client.get("/")
            functions = client.get("/config").json()["dependencies"]
            submit = next(function["id"] for function in functions if function["targets"][0][1] == "submit")
            said = {"conversation": None, "question": "who co-chaired the 6th dialogue?", "replaces": None}
            asked = {"data": [], "event_data": said, "fn_index": submit, "session_hash": "once"}
            client.post("/gradio_api/queue/join", json=asked).raise_for_status()
            until(lambda: model.requests)
            conversations = client.get("/chat/start").json()["conversations"]
            listed = re.search(r'data-conversation="([\w-]+)"', conversations)
            assert listed, conversations
            process.kill()
            process.wait()
    with _served(QA_STORE=str(tmp_path / "store")) as (_, again):
        again.cookies = client.cookies
        html = again.get(f"/chat/conversations/{listed[1]}").json()["html"]
    assert "who co-chaired the 6th dialogue?" in html and "Not answered" in html and 'data-do="retry"' in html


@pytest.mark.parametrize(
    ("arguments", "environment", "status", "said"),
    [
        (["--help"], {}, 0, "--mcp"),
        (["--port", "x"], {}, 2, "invalid int value"),
        ([], {"QA_HOST": "0.0.0.0"}, 2, "set QA_AUTH=user:password"),
        ([], {"QA_HOST": "0.0.0.0", "QA_AUTH": "nothing"}, 2, "user:password"),
        ([], {"QA_DOCUMENTS": "missing"}, 1, "No documents folder"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    arguments: list[str], environment: dict[str, str], status: int, said: str
) -> None:
    process = _start(*arguments, **environment)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == status
    assert said in out + err and "Traceback" not in err


def test_gradio_is_imported_without_what_the_page_has_no_use_for_and_nothing_else_is_without_it() -> None:
    script = """
import inspect, sys
from web.gradio_import import import_gradio
looked = inspect.getfile
import_gradio()
assert not {"mcp", "mcp.types", "pandas", "pandas.core"} & set(sys.modules)
assert inspect.getfile is looked
import gradio
assert callable(gradio.Textbox().submit)
import mcp
assert mcp.types
from gradio import caching
assert caching.pd.DataFrame({"a": [1]}).shape == (1, 1)
import pandas
assert caching.pd.DataFrame is pandas.DataFrame
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
