"""`python app.py` as people start it and end it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from web_support import PATIENCE

ROOT = Path(__file__).resolve().parent.parent


def _start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"QA_DOCUMENTS": str(ROOT / "documents")} | environment,
    )


def test_it_answers_until_it_is_interrupted(store: Path) -> None:
    process = _start(QA_STORE=str(store), QA_PORT="0")
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        body = {"model": "footnote", "messages": [{"role": "user", "content": "who co-chaired the 6th dialogue?"}]}
        answered = httpx.post(f"{found[0]}/v1/chat/completions", json=body, timeout=PATIENCE)
        assert "Saita" in answered.json()["choices"][0]["message"]["content"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err
    finally:
        process.kill()
        process.wait()


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
