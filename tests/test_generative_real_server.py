"""The same calls against somebody else's server: llama.cpp's, with tiny models that are made on the spot.

Runs only where FOOTNOTE_TEST_LLAMA names a folder to keep the server's own environment in; the first run builds it
there, which takes some minutes. One model knows a single sentence, the other never ends: what is tested is the wire.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.assistant import Assistant
from qa.model import Endpoint, Message, ModelFailed
from qa.settings import Settings

FOLDER = os.environ.get("FOOTNOTE_TEST_LLAMA")
MODELS = {"tiny": "285 [1].", "endless": "na …"}
"""What the models say."""
PACKAGES = ("llama-cpp-python[server]", "gguf", "numpy")
BUILD = "-DLLAVA_BUILD=OFF -DCMAKE_C_FLAGS_RELEASE=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O1"
"""CMake's options: no pictures, and little time spent on making it quick, as the models are tiny."""

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
        install = [python, "-m", "pip", "install", "-q", *PACKAGES]
        subprocess.run(install, env={**os.environ, "CMAKE_ARGS": BUILD}, check=True)
    folder = tmp_path_factory.mktemp("models")
    models = []
    for name, text in MODELS.items():
        file = folder / f"{name}.gguf"
        subprocess.run([python, Path(__file__).with_name("tiny_gguf.py"), text, file], check=True)
        models.append({"model": str(file), "model_alias": name, "n_ctx": 4096})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = folder / "server.json"
    options.write_text(json.dumps({"host": "127.0.0.1", "port": port, "models": models}))
    server = subprocess.Popen(
        [python, "-m", "llama_cpp.server", "--config_file", options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/v1/models", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        # It ends of itself only after what it is writing.
        server.kill()
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


def _assistant(url: str, folder: Path, document: str, **settings: object) -> Assistant:
    documents = folder / "documents"
    documents.mkdir()
    (documents / "mill.txt").write_text(document)
    return Assistant.open(
        Settings(documents=documents, store=folder / "store", base_url=url, timeout=60, **settings)  # type: ignore[arg-type]
    )


def test_it_streams_to_its_end_and_names_itself(url: str) -> None:
    endpoint = Endpoint(Settings(base_url=url))
    chunks = list(endpoint.stream([Message("system", "Say something."), Message("user", "Hello")], 60))
    assert endpoint.name == "tiny"
    assert "".join(chunk.text for chunk in chunks) == MODELS["tiny"]
    assert len([chunk for chunk in chunks if chunk.text]) == len(MODELS["tiny"])
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["stop"]


def test_what_it_writes_is_an_answer_with_its_source(url: str, tmp_path: Path) -> None:
    text = "The mill was built in 1850. In its best year it ground 285 sacks of rye.\n"
    with _assistant(url, tmp_path, text) as asked:
        answer = asked.ask("How many sacks of rye did the mill grind?")
    assert (answer.mode, answer.text, answer.notice) == ("generative", "285. [1]", None)
    assert [sentence.supported for sentence in answer.sentences] == [True]
    assert [citation.quote for citation in answer.citations] == ["In its best year it ground 285 sacks of rye."]


def test_what_the_source_does_not_say_is_not_believed(url: str, tmp_path: Path) -> None:
    text = "The mill was built in 1850. In its best year it ground 472 sacks of rye.\n"
    with _assistant(url, tmp_path, text) as asked:
        answer = asked.ask("How many sacks of rye did the mill grind?")
    assert answer.mode == "extractive"
    assert "285" not in answer.text and "472" in answer.text
    assert answer.notice


def test_one_that_never_ends_is_not_waited_for(url: str, tmp_path: Path) -> None:
    text = "The mill was built in 1850. In its best year it ground 472 sacks of rye.\n"
    with _assistant(url, tmp_path, text, model="endless") as asked:
        answer = asked.ask("When was the mill built?")
    assert answer.mode == "extractive" and "1850" in answer.text
    assert answer.notice


def test_it_can_be_stopped_and_asked_again(url: str) -> None:
    for _ in range(2):
        stream = Endpoint(Settings(base_url=url, model="endless")).stream([Message("user", "Hello")], 60)
        said = ""
        while len(said) < 6:
            said += next(stream).text
        stream.close()  # type: ignore[attr-defined]
        assert said == "na na "


def test_its_own_errors_are_ours(url: str) -> None:
    with pytest.raises(ModelFailed, match="OPENAI_BASE_URL"):
        list(Endpoint(Settings(base_url=url + "/nowhere", model="tiny")).stream([Message("user", "x")], 20))
    with pytest.raises(ModelFailed, match="longer context"):
        list(Endpoint(Settings(base_url=url, model="tiny")).stream([Message("user", "x " * 9000)], 60))
