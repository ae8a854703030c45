"""Fits the coefficients of `qa/models/ranking.json` on questions with known answers, and measures them on others.

Fitted on SQuADShifts' new Wikipedia articles (Miller et al. 2020), measured on the development half of XQuAD (Artetxe et al.
2020), neither of which is part of the project. Run: python -m training.fit_ranking DATA_FOLDER [--out qa/models/ranking.json]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from index.build import update
from index.corpus import Corpus
from index.embed import LocalEmbedder
from qa import rank
from qa.question import parse
from qa.retrieve import idf, retrieve
from qa.types import Evidence


@dataclass(frozen=True)
class Item:
    """A question, the file that its answer is in, the gold paragraph's span and the answers' spans there."""

    question: str
    file: str
    paragraph: tuple[int, int]
    answers: tuple[tuple[int, int], ...]


def read_squad(path: Path, questions: int, seed: int = 0) -> tuple[dict[str, str], list[Item]]:
    """One text a file per article, and up to that many questions."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as file:
        articles = json.load(file)["data"]
    texts: dict[str, str] = {}
    items: list[Item] = []
    for number, article in enumerate(articles):
        name = f"{number:04d}.txt"
        at = 0
        for paragraph in article["paragraphs"]:
            end = at + len(paragraph["context"])
            for qa in paragraph["qas"]:
                spans = {(at + a["answer_start"], at + a["answer_start"] + len(a["text"])) for a in qa["answers"]}
                items.append(Item(qa["question"], name, (at, end), tuple(sorted(spans))))
            at = end + 2
        texts[name] = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
    random.Random(seed).shuffle(items)
    return texts, items[:questions]


@dataclass(frozen=True)
class Case:
    """One question in one setting: its candidates, which of them hold the answer, and whether any can."""

    candidates: list[rank.Candidate]
    right: list[bool]
    answerable: bool
    setting: str
    question: str
    idf: Callable[[str], float]


def cases(texts: dict[str, str], items: Sequence[Item], k: int = 5) -> Iterator[Case]:
    """Each question as it is, with its article left out (far), and with its paragraph left out (near)."""
    embedder = LocalEmbedder()
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        for name, text in texts.items():
            (documents / name).write_text(text, "utf-8")
        update(documents, Path(folder, "store"), embedder)
        corpus = Corpus.open(Path(folder, "store"), embedder.name)
        for item in items:
            found = retrieve(corpus, embedder, item.question, 30)
            for setting in ("there", "far", "near"):
                evidence = [e for e in found if _stays(e, item, setting)][:k]
                if not evidence:
                    continue
                weigh = lambda term: idf(corpus, term)  # noqa: E731
                made = rank.candidates(parse(item.question), evidence, weigh)
                right = [
                    any(c.segment.start <= a and b <= c.segment.end for a, b in item.answers)
                    and evidence[c.evidence].passage.document == item.file
                    for c in made
                ]
                yield Case(made, right, setting == "there", setting, item.question, weigh)
        corpus.close()


def _stays(evidence: Evidence, item: Item, setting: str) -> bool:
    passage = evidence.passage
    if setting == "there" or passage.document != item.file:
        return True
    return setting == "near" and (passage.end <= item.paragraph[0] or passage.start >= item.paragraph[1])


def fit(rows: list[dict[str, float]], labels: list[bool], weights: list[float] | None = None) -> dict[str, float]:
    """A logistic regression with a little ridge, as named coefficients."""
    names = list(rows[0])
    matrix = np.array([[row[name] for name in names] for row in rows])
    center, scale = matrix.mean(0), matrix.std(0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000).fit((matrix - center) / scale, labels, sample_weight=weights)
    slopes = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - (slopes * center).sum())
    return {"intercept": round(intercept, 5)} | {n: round(float(s), 5) for n, s in zip(names, slopes, strict=True)}


def fit_model(data: Sequence[Case]) -> rank.Model:
    """Both stages; the second is fitted on what the first one picks."""
    there = [case for case in data if case.answerable and any(case.right)]
    rows = [c.features for case in there for c in case.candidates]
    labels = [right for case in there for right in case.right]
    model = rank.Model(fit(rows, labels), {"intercept": 0.0}, 0.5)
    judged = [(rank.answerable_features(parse(case.question), rank.score(case.candidates, model), case.idf), _first(case, model), case) for case in data]
    weights = [{"there": 1.0, "far": 0.5, "near": 0.5}[case.setting] for _, _, case in judged]
    return rank.Model(model.candidate, fit([row for row, _, _ in judged], [good for _, good, _ in judged], weights), 0.5)


def _first(case: Case, model: rank.Model) -> bool:
    best = rank.score(case.candidates, model)[0]
    return any(right and c.segment == best.segment for c, right in zip(case.candidates, case.right, strict=True))


def measure(data: Sequence[Case], model: rank.Model) -> dict[str, Any]:
    """First and second sentence right, and how well refusing does at each setting, thresholds from 0.1 to 0.9."""
    there = [case for case in data if case.setting == "there"]
    first = np.mean([_first(case, model) for case in there])
    chances: dict[str, list[float]] = {"there": [], "far": [], "near": []}
    for case in data:
        row = rank.answerable_features(parse(case.question), rank.score(case.candidates, model), case.idf)
        chances[case.setting].append(rank.probability(rank.linear(model.answerable, row)))
    table = {
        f"{t:.2f}": [round(float(np.mean(np.array(chances["there"]) >= t)), 3)]
        + [round(float(np.mean(np.array(chances[s]) < t)), 3) for s in ("far", "near")]
        for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    }
    return {"first": round(float(first), 4), "threshold: answered, refused far, refused near": table}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=rank.MODEL)
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--threshold", type=float, default=0.5)
    options = parser.parse_args()
    fitted = list(cases(*read_squad(options.data / "squadshifts" / "new_wiki_v1.0.json.gz", options.questions)))
    model = fit_model(fitted)
    held = list(cases(*read_squad(options.data / "xquad-en-dev.json", 10_000)))
    print(json.dumps({"fitted": measure(fitted, model), "held out": measure(held, model)}, indent=1))
    out = {"candidate": model.candidate, "answerable": model.answerable, "threshold": options.threshold}
    options.out.write_text(json.dumps(out, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
