"""Text → vectors: the local model, and an OpenAI-compatible endpoint with its faults."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.embed import LONGEST, MODELS, LocalEmbedder, OpenAIEmbedder, open_embedder
from index.errors import EmbeddingError, ModelError, SettingsError

TEXTS = ["", "x", " \n", "The crane lifts forty tonnes.", "日本語のテキスト", "a\ud800b", "word " * 1000, "𝄞 e\u0301"]


@pytest.fixture(scope="module")
def local() -> LocalEmbedder:
    return LocalEmbedder()


def test_every_text_has_one_unit_vector_in_its_place(local: LocalEmbedder) -> None:
    vectors = local.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([local.embed([text]) for text in TEXTS])
    assert np.allclose(vectors, alone, atol=1e-4)
    assert np.allclose(local.embed(TEXTS[::-1])[::-1], vectors, atol=1e-4)
    assert local.embed([]).shape == (0, 384)


def test_the_same_texts_have_the_same_vectors_to_the_bit(local: LocalEmbedder) -> None:
    assert np.array_equal(local.embed(TEXTS), local.embed(TEXTS))
    assert np.array_equal(LocalEmbedder().embed(TEXTS), local.embed(TEXTS))


def test_meaning_is_near(local: LocalEmbedder) -> None:
    asked, near, far = local.embed(
        ["Who chaired the meeting?", "The session was led by the ambassador.", "Bake the bread for an hour."]
    )
    assert asked @ near > asked @ far + 0.1


def test_only_the_beginning_of_a_long_text_counts(local: LocalEmbedder) -> None:
    one, other = local.embed(["word " * LONGEST, "word " * LONGEST + "crane " * 100])
    assert np.allclose(one, other, atol=1e-5)


def test_progress_adds_up(local: LocalEmbedder) -> None:
    done: list[int] = []
    local.embed(["short", "a somewhat longer text " * 20] * 30, done.append)
    assert sum(done) == 60
    assert len(done) > 1


def test_several_threads_may_embed_at_once() -> None:
    embedder = LocalEmbedder()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(embedder.embed(TEXTS[:4]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(np.array_equal(vectors, found[0]) for vectors in found)


@pytest.mark.parametrize("name", ["embedder.onnx", "tokenizer.json", "checksums.sha256"])
@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_model_file_that_is_not_what_it_should_be_is_not_loaded(tmp_path: Path, name: str, harm: str) -> None:
    shutil.copytree(MODELS, tmp_path / "models")
    path = tmp_path / "models" / name
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(b"\0" + path.read_bytes()[1:])
    with pytest.raises(ModelError, match="install the program again"):
        LocalEmbedder(tmp_path / "models").embed(["x"])


# An OpenAI-compatible endpoint.

Reply = tuple[int, dict[str, Any]]


class Endpoint:
    """Answers embeddings requests from a queue of replies, then as it should; keeps what it was sent."""

    def __init__(self, *replies: Reply | str) -> None:
        self.replies = list(replies)
        self.batches: list[list[str]] = []
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.keys.append(self.headers["Authorization"])
                if endpoint.replies:
                    reply = endpoint.replies.pop(0)
                else:
                    endpoint.batches.append(sent["input"])
                    vectors = [{"index": at, "embedding": [len(text), 1.0]} for at, text in enumerate(sent["input"])]
                    # The order of the answer is the index's, not the list's.
                    reply = 200, {"data": vectors[::-1], "model": sent["model"], "object": "list"}
                status, body = reply if isinstance(reply, tuple) else (200, None)
                content = json.dumps(body).encode() if body is not None else str(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("retry-after-ms", "1")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    served = Endpoint()
    yield served
    served.close()


def embedder(endpoint: Endpoint) -> OpenAIEmbedder:
    return OpenAIEmbedder("some-model", "sk-secret", endpoint.url, timeout=5)


def test_an_endpoint_is_asked_in_batches_and_answers_in_order(endpoint: Endpoint) -> None:
    texts = ["x" * (n % 50 + 1) for n in range(300)]
    done: list[int] = []
    vectors = embedder(endpoint).embed(texts, done.append)
    assert [len(batch) for batch in endpoint.batches] == done == [128, 128, 44]
    assert endpoint.keys == ["Bearer sk-secret"] * 3
    expected = np.array([[len(text), 1.0] for text in texts], dtype=np.float32)
    assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True))
    assert vectors.dtype == np.float32
    assert embedder(endpoint).embed([]).shape == (0, 0)


def test_what_an_endpoint_would_refuse_is_not_sent(endpoint: Endpoint) -> None:
    embedder(endpoint).embed(["", " \n", "a\ud800b", "x" * 100_000])
    assert endpoint.batches[0][:3] == ["-", "-", "a?b"]
    assert len(endpoint.batches[0][3]) == 30_000


def test_a_busy_endpoint_is_asked_again(endpoint: Endpoint) -> None:
    endpoint.replies = [(429, {"error": {"message": "slow down"}}), (503, {})]
    assert embedder(endpoint).embed(["x"]).shape == (1, 2)
    assert len(endpoint.keys) == 3


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        ([(401, {"error": {"message": "bad key sk-secret"}})], "refused the key: check OPENAI_API_KEY"),
        ([(404, {"error": {"message": "no model sk-secret"}})], "HTTP 404: check QA_EMBEDDER"),
        ([(429, {})] * 4, "HTTP 429"),
        ([(200, {"data": []})], "else than 1 vectors"),
        ([(200, {"object": "list"})], "else than 1 vectors"),
        ([(200, {"data": [{"index": 0, "embedding": [1.0, "x"]}]})], "else than 1 vectors"),
        ([(200, {"data": [{"index": 0, "embedding": None}]})], "else than 1 vectors"),
        ([(200, {"data": [{"index": 0, "embedding": []}]})], "else than 1 vectors"),
        ([(200, {"data": [{"index": 0, "embedding": [float("nan")]}]})], "else than 1 vectors"),
        ([(200, {"data": [{"embedding": [1.0]}]})], None),
        ([(200, {"data": [5]})], "else than 1 vectors"),
        (["<html>sk-secret</html>"], "else than 1 vectors"),
        (["[1, 2]"], "else than 1 vectors"),
    ],
)
def test_a_faulty_endpoint_is_one_clear_line_without_the_key(
    endpoint: Endpoint, replies: list[Reply | str], said: str | None
) -> None:
    endpoint.replies = list(replies)
    if said is None:
        assert embedder(endpoint).embed(["x"]).shape == (1, 1)
        return
    with pytest.raises(EmbeddingError, match=said) as told:
        embedder(endpoint).embed(["x"])
    assert "sk-secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_batches_of_different_lengths_are_told(endpoint: Endpoint) -> None:
    first = [{"index": n, "embedding": [1.0, 2.0]} for n in range(128)]
    endpoint.replies = [(200, {"data": first}), (200, {"data": [{"index": 0, "embedding": [1.0]}]})]
    with pytest.raises(EmbeddingError, match="else than 1 vectors"):
        embedder(endpoint).embed(["x"] * 129)


def test_an_endpoint_that_is_not_there_is_told() -> None:
    with pytest.raises(EmbeddingError, match=r"did not answer .*OPENAI_BASE_URL"):
        OpenAIEmbedder("m", None, "http://127.0.0.1:9/v1", timeout=2).embed(["x"])


def test_the_setting_names_the_embedder() -> None:
    assert open_embedder("local").name == "all-MiniLM-L6-v2-int8"
    assert open_embedder("openai:text-embedding-3-small", "key").name == "openai:text-embedding-3-small"
    assert open_embedder("openai: m ", base_url="http://127.0.0.1/v1").name == "openai:m"
    for setting in ("", "openai", "openai:", "openai: ", "other:model"):
        with pytest.raises(SettingsError, match="set it to 'local' or 'openai:MODEL'"):
            open_embedder(setting, "key")
    with pytest.raises(SettingsError, match="needs OPENAI_API_KEY"):
        open_embedder("openai:model")
