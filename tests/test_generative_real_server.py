"""The same calls against somebody else's server: llama.cpp's, with a tiny model that is made on the spot.

Runs only where FOOTNOTE_TEST_LLAMA names a folder to keep the server's own environment in; the first run builds it
there, which takes some minutes. The model talks nonsense: what is tested is the wire.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.chunk import chunk
from index.types import Document
from qa.generative import write
from qa.model import Endpoint, Message, ModelFailed
from qa.settings import Settings
from qa.types import Evidence

FOLDER = os.environ.get("FOOTNOTE_TEST_LLAMA")
PACKAGES = ("llama-cpp-python[server]", "gguf", "numpy")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="FOOTNOTE_TEST_LLAMA names no folder to build llama.cpp's server in"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server's address."""
    assert FOLDER is not None
    python = Path(FOLDER) / "env" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", Path(FOLDER) / "env"], check=True)
    if subprocess.run([python, "-c", "import llama_cpp.server, gguf"], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    model = tmp_path_factory.mktemp("model") / "tiny.gguf"
    subprocess.run([python, Path(__file__).with_name("tiny_gguf.py"), model], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--model", model, "--model_alias", "tiny", "--n_ctx", "4096", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [python, "-m", "llama_cpp.server", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/models", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def test_it_streams_counts_and_names_itself(url: str) -> None:
    endpoint = Endpoint(Settings(base_url=url, timeout=120))
    chunks = list(endpoint.stream([Message("system", "Say something."), Message("user", "Hello")], 120))
    assert endpoint.name == "tiny"
    assert len([chunk for chunk in chunks if chunk.text]) > 3
    assert any(chunk.finish in ("stop", "length") for chunk in chunks)


def test_nonsense_is_not_believed(url: str) -> None:
    document = Document("mill.txt", "The mill was built in 1850.\n", "The mill")
    settings = Settings(base_url=url, model="tiny", timeout=120)
    found = [Evidence(part, 1.0, 1.0, 1.0) for part in chunk(document)]
    with pytest.raises(ModelFailed):
        list(write("When?", found, model=Endpoint(settings), settings=settings, references=lambda path: ()))


def test_it_can_be_stopped_and_asked_again(url: str) -> None:
    endpoint = Endpoint(Settings(base_url=url, model="tiny", timeout=120))
    stream = endpoint.stream([Message("user", "Hello")], 120)
    while not next(stream).text:
        pass
    stream.close()  # type: ignore[attr-defined]
    began = time.monotonic()
    again = endpoint.stream([Message("user", "Hello")], 120)
    while not next(again).text:
        pass
    again.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 60


def test_its_own_errors_are_ours(url: str) -> None:
    with pytest.raises(ModelFailed):
        list(Endpoint(Settings(base_url=url + "/nowhere", model="tiny", timeout=20)).stream([Message("user", "x")], 20))
    with pytest.raises(ModelFailed, match=r"400|500"):
        list(Endpoint(Settings(base_url=url, model="tiny", timeout=60)).stream([Message("user", "x " * 9000)], 60))
