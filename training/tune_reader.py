"""Tune a trained reader with the questions written for it, and write `qa/models/reader.onnx`.

    python -m training.tune_reader --reader READER --data DATA/squadshifts --work WORK

`READER` is what `train_reader` made, as `reader.onnx`, or the file that is shipped, to go on from it.

SQuADShifts' questions all have their answer in their paragraph, and the mined passages are mostly about something else:
from them a reader learns what a passage is about, not whether it says what is asked. `written.py` has, of each passage,
questions that it answers, half of them in quite other words, and near misses that only look so. Three fifths of every
batch are these, an answered question and a near miss of one passage side by side; the rest are SQuADShifts' questions
and questions made by rule, of which the reader keeps its own word on which spans answer (learning without forgetting;
Li and Hoiem 2016, arXiv:1606.09282).

Half an hour on two cores that have instructions for bfloat16.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from training.measure_reader import auroc
from training.networks import MASKED, READER, Network, SpanReader, exported_state
from training.reader_data import PAIRS, Pair, Shaping, featurize, load, mine
from training.rows import Draw, read_draw, write_draws
from training.train_reader import PART, Rows, average, quick, span_loss, stage, teach, write_onnx
from training.written import Asked, Written, read

LENGTH = 320
"""Tokens of a written passage with its question; the longest fit."""
DRAWS = {"asked": 1, "made": 1}
BEFORE = 0.3
"""The part that the weights before tuning have in the average that is written: so it loses nothing of what it knew
(Wortsman et al. 2021, arXiv:2109.01903)."""
SPANS = 30
"""Tokens of a span at most."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a reader is tuned: `pairs` rows in all, `batch` of them a step.

    Attributes:
        rate: peak learning rate after a warm-up over `warmup` of the steps; falls linearly to 0.
        written: share of the rows that are of written questions.
        asked: share of the others that people asked.
        kept: the reader's own part in what it learns of those.
        headed: share of the written passages that stand below their heading, as they do when they are read.
        no_mark, small: share of the written questions without a question mark, and in small letters.
        ranking: weight of a second loss: a question that its passage answers has a better margin than its near miss.
        average: decay of the moving average of the weights, which is the result.
    """

    pairs: int = 48_000
    batch: int = 48
    rate: float = 1.2e-4
    warmup: float = 0.06
    written: float = 0.6
    asked: float = 0.6
    kept: float = 0.7
    headed: float = 0.7
    no_mark: float = 0.15
    small: float = 0.08
    ranking: float = 0.3
    average: float = 0.996
    dropout: float = 0.1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A question with a passage: token ids, token types, which tokens a span may use, each (length,), and the weights
    of starts and ends, (2, length), each summing to 1."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    targets: NDArray[np.float32]


class Material:
    """What is learned from: written passages, and draws of SQuADShifts with the reader's own word on them."""

    def __init__(
        self,
        passages: Sequence[Written],
        draws: Sequence[Draw],
        own: Sequence[Tensor],
        tokenizer: Tokenizer,
        tuning: Tuning,
    ) -> None:
        """`own`: of each draw's questions the reader's start and end logits, (questions, 2, length) float16."""
        self.passages = passages
        self.draws = draws
        self.own = own
        self.tokenizer = tokenizer
        self.tuning = tuning
        self.chance = random.Random(tuning.seed)

    def written(self, passage: Written, asked: Asked, headed: bool) -> Row | None:
        """A written question with its passage; None where the answer is cut off."""
        heading = passage.heading if headed else ""
        pair = Pair(asked.question, heading, passage.text, asked.answers)
        encoded = self.tokenizer.encode(asked.question, f"{heading}\n{passage.text}" if heading else passage.text)
        found = featurize(pair, encoded, LENGTH, self.chance)
        if found is None:
            return None
        targets = np.zeros((2, len(found.ids)), np.float32)
        for side, weights in enumerate((found.starts, found.ends)):
            for place, weight in weights.items():
                targets[side, place] += weight
        return Row(np.array(found.ids), np.array(found.types), np.array(found.allowed), targets)

    def _worn(self, asked: Asked) -> Asked:
        question = asked.question
        if self.chance.random() < self.tuning.no_mark:
            question = question.rstrip("? ")
        if self.chance.random() < self.tuning.small:
            question = question.lower()
        return Asked(question, asked.answers)

    def side_by_side(self) -> Iterator[tuple[Row, Row]]:
        """Endless: a question that its passage answers, and a near miss of the same passage."""
        while True:
            order: list[tuple[Written, Asked, Asked]] = []
            for passage in self.passages:
                yes = [asked for asked in passage.questions if asked.answers]
                no = [asked for asked in passage.questions if not asked.answers]
                self.chance.shuffle(yes)
                self.chance.shuffle(no)
                if yes and no:
                    most = max(len(yes), len(no))
                    order += [(passage, yes[n % len(yes)], no[n % len(no)]) for n in range(most)]
            self.chance.shuffle(order)
            for passage, answered, missed in order:
                headed = self.chance.random() < self.tuning.headed
                first = self.written(passage, self._worn(answered), headed)
                second = self.written(passage, self._worn(missed), headed)
                if first and second:
                    yield first, second

    def kept(self) -> tuple[Row, Row]:
        """A question of SQuADShifts with its passage, and with one that does not answer it."""
        number = 0 if self.chance.random() < self.tuning.asked else 1
        draw = self.draws[number]
        question = self.chance.choice(np.flatnonzero(draw.whole).tolist())
        return self._drawn(number, question, 0), self._drawn(number, question, self.chance.choice((1, 1, 2, 3)))

    def _drawn(self, number: int, question: int, which: int) -> Row:
        draw, row = self.draws[number], question * PAIRS + which
        passage, begin, end, size = (int(place) for place in draw.bounds[row])
        allowed = np.zeros(size, bool)
        allowed[0] = True
        allowed[begin:end] = True
        targets = np.zeros((2, size), np.float32)
        for side in (0, 1):
            np.add.at(targets[side], draw.places[row, side], draw.weights[row, side].astype(np.float32))
        if not which:
            logits = self.own[number][question].float()[:, :size].masked_fill(~torch.from_numpy(allowed), MASKED)
            logits[:, 0] = MASKED
            own = torch.softmax(logits, -1).numpy()
            targets = (1 - self.tuning.kept) * targets + self.tuning.kept * own
        types = (np.arange(size) >= passage).astype(np.int64)
        return Row(draw.ids[row, :size].astype(np.int64), types, allowed, targets)


def collated(rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Ids, mask, types and allowed, each (rows, length), and targets (rows, 2, length), padded to the longest."""
    length = max(len(row.ids) for row in rows)

    def padded(values: Sequence[NDArray[np.generic]]) -> Tensor:
        return torch.from_numpy(
            np.stack([np.pad(each, [(0, 0)] * (each.ndim - 1) + [(0, length - each.shape[-1])]) for each in values])
        )

    mask = padded([np.ones(len(row.ids), bool) for row in rows])
    return (
        padded([row.ids for row in rows]),
        mask,
        padded([row.types for row in rows]),
        padded([row.allowed for row in rows]),
        padded([row.targets for row in rows]),
    )


def logits_of(network: Network, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
    """Start and end logits (rows, 2, length), `MASKED` where a span may not begin or end, and the targets."""
    ids, mask, types, allowed, targets = collated(rows)
    with torch.autocast("cpu", torch.bfloat16, enabled=quick(torch.device("cpu"))):
        starts, ends = network(ids, mask, types)
    return torch.stack([starts, ends], 1).float().masked_fill(~allowed[:, None], MASKED), targets


def margins(logits: Tensor) -> Tensor:
    """(rows,): of all spans over 'no answer'."""
    spans = logits[:, :, 1:]
    return (torch.logsumexp(spans, -1) - logits[:, :, 0]).sum(1)


def tune(given: dict[str, Tensor], material: Material, log: Path) -> dict[str, Tensor]:
    """Tunes a reader on the CPU.

    Args:
        given: its weights.

    Returns:
        The moving average of the weights.
    """
    tuning = material.tuning
    torch.manual_seed(tuning.seed)
    network = Network(READER, tuning.dropout)
    network.load_state_dict(given)
    network.train().words.requires_grad_(False)
    named = [(name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad]
    trained = [parameter for _, parameter in named]
    averages = [parameter.detach().clone() for parameter in trained]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": 0.01},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)
    steps = max(1, tuning.pairs // tuning.batch)
    of_written = int(tuning.batch * tuning.written) // 2
    written = material.side_by_side()
    began, running = time.time(), [0.0, 0.0]
    for step in range(steps):
        share = min((step + 1) / (tuning.warmup * steps), (steps - step) / ((1 - tuning.warmup) * steps))
        for group in optimizer.param_groups:
            group["lr"] = tuning.rate * share
        pairs = [next(written) for _ in range(of_written)]
        pairs += [material.kept() for _ in range(tuning.batch // 2 - of_written)]
        pairs.sort(key=lambda pair: len(pair[0].ids))
        for at in range(0, len(pairs), PART // 2):
            part = pairs[at : at + PART // 2]
            logits, targets = logits_of(network, [row for pair in part for row in pair])
            beside = margins(logits).reshape(-1, 2)
            losses = (span_loss(logits, targets), functional.softplus((beside[:, 1] - beside[:, 0]) / 2).mean())
            weight = len(part) / len(pairs)
            (weight * (losses[0] + tuning.ranking * losses[1])).backward()  # type: ignore[no-untyped-call]
            running = [total + weight * float(loss.detach()) for total, loss in zip(running, losses, strict=True)]
        nn.utils.clip_grad_norm_(trained, 1.0, foreach=True)
        optimizer.step()
        torch._foreach_zero_([parameter.grad for parameter in trained])
        # Short at first, so that the average does not keep where it began.
        torch._foreach_lerp_(averages, trained, 1 - min(tuning.average, (step + 1) / (step + 10)))
        if (step + 1) % 50 == 0 or step + 1 == steps:
            since = step % 50 + 1
            line = {"step": step + 1, "spans": round(running[0] / since, 4), "ranking": round(running[1] / since, 4)}
            line["pairs_per_second"] = round((step + 1) * tuning.batch / (time.time() - began))
            print(line, flush=True)
            with log.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            running = [0.0, 0.0]
    averaged = dict(zip((name for name, _ in named), averages, strict=True))
    return {name: averaged.get(name, value).float() for name, value in network.state_dict().items()}


@torch.no_grad()
def held_out(state: dict[str, Tensor], material: Material, passages: Sequence[Written]) -> dict[str, float]:
    """Of written questions that nothing was trained on: AUROC of the margin of those that their passage answers against
    the near misses, how many of the best spans begin and end where the answer does, and both margins' medians."""
    network = Network(READER)
    network.load_state_dict(state)
    network.eval()
    yes, no, exact = [], [], []
    for passage in passages:
        rows = [(asked, material.written(passage, asked, True)) for asked in passage.questions]
        kept = [(asked, row) for asked, row in rows if row]
        logits, targets = logits_of(network, [row for _, row in kept])
        for number, (asked, _) in enumerate(kept):
            (yes if asked.answers else no).append(float(margins(logits[number : number + 1])))
            if asked.answers:
                starts, ends = logits[number].clone().index_fill_(1, torch.tensor(0), MASKED)
                spans = starts[:, None] + ends[None]
                spans.masked_fill_(~torch.ones_like(spans, dtype=torch.bool).triu().tril(SPANS - 1), 4 * MASKED)
                start, end = divmod(int(spans.argmax()), spans.shape[1])
                exact.append(bool(targets[number, 0, start] > 0 and targets[number, 1, end] > 0))
    return {
        "auroc": auroc(np.array(yes), np.array(no)),
        "exact": float(np.mean(exact)),
        "answered": float(np.median(yes)),
        "missed": float(np.median(no)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=Path, required=True, help="the reader to go on from, reader.onnx")
    parser.add_argument("--data", type=Path, required=True, help="folder of SQuADShifts, gzipped")
    parser.add_argument("--work", type=Path, required=True, help="folder for what each stage makes")
    parser.add_argument("--models", type=Path, default=Path("index/models"), help="embedder's folder (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("qa/models"), help="folder to write (%(default)s)")
    parser.add_argument("--share", type=float, default=1.0, help="of questions and pairs, to try it (%(default)s)")
    arguments = parser.parse_args()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    tuning = Tuning()
    tuning = replace(tuning, pairs=int(arguments.share * tuning.pairs))
    candidates = work / "candidates.pickle"
    if not candidates.exists():
        sources, questions = load(arguments.data)
        candidates.write_bytes(pickle.dumps(mine(sources, questions, None)))  # by BM25: in seconds
    tokens = arguments.models / "tokenizer.json"
    files = write_draws(work / "draws", DRAWS, arguments.data, candidates, tokens, Shaping(), arguments.share)
    given = exported_state(arguments.reader)
    cpu = torch.device("cpu")
    own = stage(work / "own.pt", lambda: teach(Rows(files, cpu), given, READER, 1)[::PAIRS].clone())
    draws = [read_draw(file) for file in files]
    tokenizer = Tokenizer.from_file(str(tokens))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    passages = read(arguments.data)
    learned = [passage for passage in passages if not passage.held_out]
    own_words = own.split([len(draw.whole) for draw in draws])
    material = Material(learned, draws, own_words, tokenizer, tuning)
    print(len(learned), "passages,", sum(len(passage.questions) for passage in learned), "questions")
    tuned = stage(work / "tuned.pt", lambda: tune(given, material, work / "log.jsonl"))
    write_onnx(SpanReader(average([(1 - BEFORE, tuned), (BEFORE, given)])), arguments.out)
    kept = [passage for passage in passages if passage.held_out]
    for name, state in (("before", given), ("after", exported_state(arguments.out / "reader.onnx"))):
        print(name, {key: round(value, 3) for key, value in held_out(state, material, kept).items()})


if __name__ == "__main__":
    main()
