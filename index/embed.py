"""Text → vectors behind one protocol: the embedded ONNX model, or OpenAI's.

The local model is all-MiniLM-L6-v2 (Wang et al. 2020; sentence-transformers, Apache-2.0) with mean pooling and
normalisation in the graph; `index/models/NOTICE` says how it was made.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from index.checksums import verify
from index.errors import EmbeddingError, SettingsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MODELS = Path(__file__).parent / "models"
LONGEST = 256
"""Tokens of a text that count; the model was trained on no more."""

Progress = Callable[[int], None]


class Embedder(Protocol):
    """Texts in, one unit vector each out. `name` is part of the index's fingerprint: another name, another index."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimension), float32, rows of length 1; `progress` is told how many more are done."""
        ...


def available_cores() -> int:
    """The cores that this process may use, at least 1."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def common_words() -> frozenset[str]:
    """The whole words of the embedded model's vocabulary, lower case: some twenty thousand common ones in English."""
    vocabulary = json.loads((MODELS / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return frozenset(word for word in vocabulary if word.isalpha())


class LocalEmbedder:
    """The embedded model. Loaded at the first use, once; usable from several threads.

    Texts are tokenised once, sorted by length and run in batches of about `TOKENS` tokens, so that little is padded.
    """

    name = "all-MiniLM-L6-v2-int8"
    TOKENS = 2048

    def __init__(self, folder: Path = MODELS) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    def load(self) -> None:
        """Loads the model if it is not loaded yet.

        Raises:
            ModelError: a file is missing or not what its checksum says.
        """
        with self._lock:
            if self._session is not None:
                return
            verify(self._folder)
            import onnxruntime as ort
            from tokenizers import Tokenizer

            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            tokenizer.no_padding()
            tokenizer.enable_truncation(LONGEST)
            options = ort.SessionOptions()
            options.intra_op_num_threads = available_cores()
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._tokenizer = tokenizer
            self._session = ort.InferenceSession(
                str(self._folder / "embedder.onnx"), options, providers=["CPUExecutionProvider"]
            )

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See `Embedder`. An empty text is embedded like any other."""
        import numpy as np

        self.load()
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        encodings = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]
        order = sorted(range(len(encodings)), key=lambda i: len(encodings[i]))
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        at = 0
        while at < len(order):
            size = 1
            while at + size < len(order) and (size + 1) * len(encodings[order[at + size]]) <= self.TOKENS:
                size += 1
            rows = order[at : at + size]
            width = len(encodings[rows[-1]])
            ids = np.zeros((size, width), dtype=np.int64)
            mask = np.zeros((size, width), dtype=np.int64)
            for row, i in enumerate(rows):
                ids[row, : len(encodings[i])] = encodings[i]
                mask[row, : len(encodings[i])] = 1
            (vectors[rows],) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
            at += size
            if progress:
                progress(size)
        return vectors


class OpenAIEmbedder:
    """Embeddings of an OpenAI-compatible endpoint. The key is kept out of every message."""

    BATCH = 128
    """Texts in one request."""

    def __init__(self, model: str, api_key: str | None, base_url: str | None, timeout: float = 60.0) -> None:
        self.name = f"openai:{model}"
        self._model = model
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._client: Any = None

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See `Embedder`.

        Raises:
            EmbeddingError: the endpoint cannot be reached, refuses, or answers with something else than vectors.
        """
        import numpy as np
        import openai

        if self._client is None:
            self._client = openai.OpenAI(
                api_key=self._api_key or "none", base_url=self._base_url, timeout=self._timeout, max_retries=3
            )
        parts: list[Vectors] = []
        for at in range(0, len(texts), self.BATCH):
            batch = [_sendable(text) for text in texts[at : at + self.BATCH]]
            try:
                reply = self._client.embeddings.create(model=self._model, input=batch, encoding_format="float")
                data = sorted(reply.data, key=lambda item: item.index or 0)
                part = np.asarray([item.embedding for item in data], dtype=np.float32)
            except openai.AuthenticationError:
                raise EmbeddingError("The embedding service refused the key: check OPENAI_API_KEY.") from None
            except openai.APIStatusError as error:
                raise EmbeddingError(
                    f"The embedding service answered with HTTP {error.status_code}: "
                    "check QA_EMBEDDER and OPENAI_BASE_URL."
                ) from None
            except openai.OpenAIError as error:
                raise EmbeddingError(
                    f"The embedding service did not answer ({type(error).__name__}): "
                    "check OPENAI_BASE_URL, then try again."
                ) from None
            except (ValueError, TypeError, AttributeError):  # the client lets any JSON through, and pages in HTML
                part = np.zeros((0, 0), dtype=np.float32)
            dimension = parts[0].shape[1] if parts else part.shape[-1]
            if part.shape != (len(batch), dimension) or not dimension or not np.isfinite(part).all():
                raise EmbeddingError(
                    f"The embedding service sent back something else than {len(batch)} vectors: check OPENAI_BASE_URL."
                )
            parts.append(part)
            if progress:
                progress(len(batch))
        vectors: Vectors = np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-12))
        return unit


def _sendable(text: str) -> str:
    """The service refuses empty input, a text of white space has nothing to embed, and JSON has no lone surrogates."""
    return text.encode("utf-8", "replace").decode().strip()[:30_000] or "-"


def open_embedder(setting: str, api_key: str | None = None, base_url: str | None = None) -> Embedder:
    """The embedder that a `QA_EMBEDDER` setting names: `local` or `openai:MODEL`.

    Raises:
        SettingsError: it names neither.
    """
    if setting == "local":
        return LocalEmbedder()
    kind, _, model = setting.partition(":")
    if kind == "openai" and model.strip():
        if not api_key and not base_url:
            raise SettingsError(
                "QA_EMBEDDER=openai:… needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server without a key."
            )
        return OpenAIEmbedder(model.strip(), api_key, base_url)
    raise SettingsError(f"QA_EMBEDDER is {setting!r}: set it to 'local' or 'openai:MODEL'.")
