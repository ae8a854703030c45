"""Embedding throughput against sentence-transformers and Chroma's default scheme, on the same passages.

The comparison needs torch, sentence-transformers and the published weights, which the program does not: run it in an
environment of its own, `python -m benchmarks.indexing --texts FOLDER --weights MODEL_FOLDER`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measure import Section, machine, ratios, spread, timed


def passages(folder: Path, limit: int) -> list[str]:
    """The passages of a folder, as they are embedded."""
    from index.chunk import chunk, indexed_text
    from index.load import load, read, scan

    texts = [indexed_text(p) for entry in scan(folder) for p in chunk(load(entry, read(entry)))]
    return texts[:limit]


def chroma_default(weights: Path, folder: Path) -> Callable[[Sequence[str]], object]:
    """Chroma's own default function over the published fp32 weights, exported once as it expects them."""
    import torch
    from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2
    from transformers import AutoModel

    class Hidden(torch.nn.Module):
        """The model with positional inputs and one output, as an export wants it."""

        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(weights, attn_implementation="eager").eval()

        def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    target = folder / "onnx"
    target.mkdir()
    (target / "tokenizer.json").write_bytes((weights / "tokenizer.json").read_bytes())
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones((2, 16), dtype=torch.long) for _ in names)
    torch.onnx.export(
        Hidden(),
        example,
        str(target / "model.onnx"),
        input_names=names,
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "last_hidden_state"]},
        opset_version=17,
        dynamo=False,
    )
    function = ONNXMiniLM_L6_V2(preferred_providers=["CPUExecutionProvider"])
    function.DOWNLOAD_PATH, function.EXTRACTED_FOLDER_NAME = folder, "onnx"  # type: ignore[assignment,misc]
    return lambda texts: function._forward(list(texts))


def throughput(texts: Sequence[str], weights: Path, runs: int = 5) -> Section:
    """Passages a second of the three, interleaved."""
    from sentence_transformers import SentenceTransformer

    from index.embed import LocalEmbedder

    ours = LocalEmbedder()
    theirs = SentenceTransformer(str(weights), device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        calls: dict[str, Callable[[], object]] = {
            "this program (int8, sorted by length)": lambda: ours.embed(texts),
            "sentence-transformers (fp32)": lambda: theirs.encode(list(texts), batch_size=32, show_progress_bar=False),
        }
        default = chroma_default(weights, Path(folder))
        calls["Chroma's default (fp32, padded to 256)"] = lambda: default(texts)
        seconds: dict[str, list[float]] = {name: [] for name in calls}
        for call in calls.values():
            call()
        for _ in range(runs):
            for name, call in calls.items():
                seconds[name].append(timed(call))
    mine = next(iter(seconds))
    rows = [("", "passages a second, median (range)", "this program is faster by")]
    for name, values in seconds.items():
        rows.append(
            (
                name,
                spread([len(texts) / value for value in values], digits=0),
                "" if name == mine else spread(ratios(values, seconds[mine])),
            )
        )
    words = sum(len(text.split()) for text in texts) / len(texts)
    note = f"{len(texts)} passages of {words:.0f} words on average; {runs} runs, interleaved. Aims: 2 and 2.5."
    return Section("Embedding throughput", rows, [note, "", f"Machine: {machine()}."])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="a folder of documents")
    parser.add_argument("--weights", type=Path, required=True, help="folder with the published model")
    parser.add_argument("--passages", type=int, default=150)
    options = parser.parse_args()
    print(throughput(passages(options.texts, options.passages), options.weights).markdown())


if __name__ == "__main__":
    main()
