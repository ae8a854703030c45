"""Pairs as arrays of tokens, drawn once by several processes and read by the training from one file each.

A *draw* holds every question once, its `PAIRS` pairs one after the other; draws differ by what chance shaped and mined.
"""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training import made_questions
from training.reader_data import (
    PAIRS,
    SETS,
    Candidates,
    Question,
    Shaping,
    Source,
    draw_pairs,
    featurize,
    headings_of,
    load,
    mine,
)

LENGTH = 208
"""Tokens of a row, padding included."""
PLACES = 4
"""Answers of a row that count."""
NEIGHBOURS = 4
"""A made question's negatives are passages at most so far before or behind its own in the data: of the same article,
or of the same domain."""
OF_ARTICLES = 0.65
"""Share of the made questions that are about Wikipedia's articles."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Rows: ids (rows, `LENGTH`); bounds (rows, 4): where the passage's part begins, where a span may begin and must
    end, the number of tokens; places and weights (rows, 2, `PLACES`) of starts and ends, weights summing to 1.

    Of questions: whether all their pairs could be made, and the number of their set in `SETS`.
    """

    ids: NDArray[np.uint16]
    bounds: NDArray[np.int16]
    places: NDArray[np.int16]
    weights: NDArray[np.float16]
    whole: NDArray[np.bool_]
    domains: NDArray[np.int8]


def candidates_of(data: Path, models: Path, cache: Path) -> Path:
    """Mine every question's negatives into a file, unless it is there."""
    if not cache.exists():
        sources, questions = load(data)
        cache.write_bytes(pickle.dumps(mine(sources, questions, models)))
    return cache


def draw(
    seed: str,
    data: Path,
    candidates: Path,
    tokenizer: Path,
    made: bool,
    shaping: Shaping,
    share: float = 1.0,
) -> Draw:
    """Every question of the data once, or a share of them; or as many questions made by rule."""
    sources, questions = load(data)
    found: list[Candidates] = pickle.loads(candidates.read_bytes())
    chance = random.Random(seed)
    questions = questions[: int(share * len(questions))]
    if made:
        questions, found = _made(sources, len(questions), chance)
    reads = Tokenizer.from_file(str(tokenizer))
    headings = headings_of(sources)
    rows = len(questions) * PAIRS
    result = Draw(
        np.zeros((rows, LENGTH), np.uint16),
        np.zeros((rows, 4), np.int16),
        np.zeros((rows, 2, PLACES), np.int16),
        np.zeros((rows, 2, PLACES), np.float16),
        np.ones(len(questions), np.bool_),
        np.array([SETS.index(sources[question.source].domain) for question in questions], np.int8),
    )
    for at in range(0, len(questions), 512):
        pairs = [
            pair
            for question, near in zip(questions[at : at + 512], found[at : at + 512], strict=False)
            for pair in draw_pairs(
                sources,
                question,
                near,
                headings,
                shaping,
                chance,
            )
        ]
        texts = [(pair.question, f"{pair.prefix}\n{pair.passage}" if pair.prefix else pair.passage) for pair in pairs]
        for row, (pair, encoded) in enumerate(zip(pairs, reads.encode_batch(texts), strict=True), at * PAIRS):
            features = featurize(pair, encoded, LENGTH, chance)
            if features is None:
                result.whole[row // PAIRS] = False
                continue
            size = len(features.ids)
            result.ids[row, :size] = features.ids
            open_to = [place for place in range(1, size) if features.allowed[place]] or [size - 1]
            result.bounds[row] = (features.types.index(1), open_to[0], open_to[-1] + 1, size)
            for side, targets in enumerate((features.starts, features.ends)):
                best = sorted(targets.items(), key=lambda item: -item[1])[:PLACES]
                total = sum(weight for _, weight in best)
                for number, (place, weight) in enumerate(best):
                    result.places[row, side, number] = place
                    result.weights[row, side, number] = weight / total
    return result


def _made(sources: Sequence[Source], wanted: int, chance: random.Random) -> tuple[list[Question], list[Candidates]]:
    articles = [number for number, source in enumerate(sources) if source.article]
    others = [number for number, source in enumerate(sources) if not source.article]
    questions: list[Question] = []
    found: list[Candidates] = []
    while len(questions) < wanted:
        number = chance.choice(articles if chance.random() < OF_ARTICLES else others)
        source = sources[number]
        made = made_questions.make(source.text, chance.choice(source.sentences), chance)
        if made is None:
            continue
        questions.append(Question(made[0], number, (made[1],)))
        beside = range(max(0, number - NEIGHBOURS), min(len(sources), number + NEIGHBOURS + 1))
        near = [other for other in beside if other != number and sources[other].domain == source.domain]
        chance.shuffle(near)
        found.append(Candidates(tuple(near), tuple(near), tuple(near)))
    return questions, found


def _write(
    file: Path, data: Path, candidates: Path, tokenizer: Path, made: bool, shaping: Shaping, share: float
) -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    drawn = draw(file.stem, data, candidates, tokenizer, made, shaping, share)
    unfinished = file.with_suffix(".new.npz")
    np.savez(unfinished, **{name: getattr(drawn, name) for name in Draw.__slots__})
    unfinished.replace(file)


def write_draws(
    folder: Path,
    counts: dict[str, int],
    data: Path,
    candidates: Path,
    tokenizer: Path,
    shaping: Shaping,
    share: float = 1.0,
) -> list[Path]:
    """Make the draws that are not there yet, in as many processes as there are cores.

    Args:
        counts: how many of questions that people asked, `asked`, and of questions made by rule, `made`.
        shaping: how often a question and its passages are put in another shape.
        share: of the questions, to try the whole in minutes.

    Returns:
        The files, those of `asked` first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / f"{kind}{number}.npz": kind for kind in counts for number in range(counts[kind])}
    with ProcessPoolExecutor() as workers:
        jobs = [
            workers.submit(_write, file, data, candidates, tokenizer, kind == "made", shaping, share)
            for file, kind in files.items()
            if not file.exists()
        ]
        for job in jobs:
            job.result()
    return list(files)


def read_draw(file: Path) -> Draw:
    """A draw from its file."""
    with np.load(file) as held:
        return Draw(*(held[name] for name in Draw.__slots__))
