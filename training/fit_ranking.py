"""Fits the coefficients of `qa/models/ranking.json` on questions with known answers, cross-validated by article.

Data: the development half of XQuAD (Artetxe et al. 2020), which is not part of the project; the reader never saw it.
Every question is put in three settings: with everything there, with half of the articles left out (far), and with
every other paragraph of each article left out (near); in the last two it is asked both where its answer is left and
where it is not. Beside them the questions written for the reader's own passages (`written.py`) that it was not trained
on: of the near misses among them the passage is there and the answer is not.

    python -m training.fit_ranking DATA_FOLDER [--out qa/models/ranking.json] [--cache FILE]
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from eval.metrics import expected_calibration_error
from index.build import update
from index.corpus import Corpus
from index.embed import LocalEmbedder
from index.types import Passage
from qa import rank
from qa.extractive import READ
from qa.question import Question, parse
from qa.reader import MODELS as READER
from qa.reader import Reader, Reading, heading_of
from qa.retrieve import retrieve, weight
from qa.types import Evidence
from training.written import read as read_written

K = READ
DEEP = 80
"""Passages that are retrieved before some are left out."""
FOLDS = 6


@dataclass(frozen=True)
class Item:
    """A question, its article's file, its paragraph's place and span, and the answer's span there."""

    question: str
    file: str
    article: int
    paragraph: int
    span: tuple[int, int]
    answer: tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A question in a setting: what it is answered from, whether that holds the answer, and the terms' weights."""

    item: Item
    setting: str
    answerable: bool
    question: Question
    evidence: tuple[Evidence, ...]
    readings: tuple[Reading, ...]
    weights: dict[str, float]

    def weight(self, term: str) -> float:
        return self.weights[term]


def read_squad(path: Path) -> tuple[dict[str, str], list[Item], dict[str, list[int]]]:
    """One text a file per article, the questions, and where each file's paragraphs begin."""
    texts: dict[str, str] = {}
    items: list[Item] = []
    begins: dict[str, list[int]] = {}
    for number, article in enumerate(json.loads(path.read_text("utf-8"))["data"]):
        name = f"{article['title'].replace('/', '_')}.txt"
        at = 0
        begins[name] = []
        for place, paragraph in enumerate(article["paragraphs"]):
            begins[name].append(at)
            end = at + len(paragraph["context"])
            for qa in paragraph["qas"]:
                start = at + qa["answers"][0]["answer_start"]
                answer = (start, start + len(qa["answers"][0]["text"]))
                items.append(Item(qa["question"], name, number, place, (at, end), answer))
            at = end + 2
        texts[name] = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
    return texts, items, begins


def cases(
    texts: dict[str, str], items: Sequence[Item], begins: dict[str, list[int]], reader_folder: Path = READER
) -> Iterator[Case]:
    """Every question in every setting."""
    embedder, reader = _embedder(), Reader(reader_folder)
    articles = {name: number for number, name in enumerate(texts)}
    with _indexed(texts) as corpus:
        for item in items:
            question = parse(item.question)
            found = retrieve(corpus, embedder, item.question, DEEP)
            weights = {term: weight(corpus, term) for term in (*question.terms, "\0")}
            seen: dict[str, Reading] = {}

            def holds(evidence: Evidence, parity: int) -> bool:
                """Whether a passage, which may be of several paragraphs, has something of one of that parity."""
                starts = begins[evidence.passage.document]
                ends = (evidence.passage.start, evidence.passage.end - 1)
                first, last = (int(np.searchsorted(starts, at, side="right")) - 1 for at in ends)
                return last > first or first % 2 == parity

            settings: dict[str, tuple[bool, Callable[[Evidence], bool]]] = {
                "there": (True, lambda e: True),
                "far, kept": (True, lambda e, i=item: articles[e.passage.document] % 2 == i.article % 2),
                "far, gone": (False, lambda e, i=item: articles[e.passage.document] % 2 != i.article % 2),
                "near, kept": (True, lambda e, i=item: holds(e, i.paragraph % 2)),
                "near, gone": (False, lambda e, i=item: not holds(e, i.paragraph % 2)),
            }
            for setting, (answerable, stays) in settings.items():
                evidence = tuple(e for e in found if stays(e))[:K]
                new = [e.passage for e in evidence if e.passage.id not in seen]
                seen |= zip((p.id for p in new), _read(reader, item.question, new), strict=True)
                readings = tuple(seen[e.passage.id] for e in evidence)
                yield Case(item, setting, answerable, question, evidence, readings, weights)


def _read(reader: Reader, question: str, passages: Sequence[Passage]) -> tuple[Reading, ...]:
    """As the program reads them."""
    above = [heading_of(passage.title, passage.section) for passage in passages]
    return tuple(reader.read(question, [passage.text for passage in passages], above))


@contextmanager
def _indexed(texts: dict[str, str]) -> Iterator[Corpus]:
    """A folder of these files, indexed."""
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder, "documents")
        documents.mkdir()
        for name, text in texts.items():
            (documents / name).write_text(text, "utf-8")
        update(documents, Path(folder, "store"), _embedder())
        corpus = Corpus.open(Path(folder, "store"), _embedder().name)
        try:
            yield corpus
        finally:
            corpus.close()


def written_cases(reader_folder: Path = READER) -> Iterator[Case]:
    """The questions about passages of our own that the reader was not trained on, each asked of its passage alone: who
    wrote it had no other in mind, and many a near miss is answered by another passage."""
    reader = Reader(reader_folder)
    passages = read_written(None)
    texts = {}
    for number, passage in enumerate(passages):
        title, _, section = passage.heading.partition(" · ")
        head = f"# {title}\n\n" + (f"## {section}\n\n" if section else "")
        texts[f"{number:04}.md"] = f"{head}{passage.text}\n"
    with _indexed(texts) as corpus:
        for number, (name, passage) in enumerate(zip(texts, passages, strict=True)):
            begin = texts[name].index(passage.text)
            for asked in passage.questions if passage.held_out else ():
                question = parse(asked.question)
                found = retrieve(corpus, _embedder(), asked.question, DEEP)
                evidence = tuple(item for item in found if item.passage.document == name)[:K]
                if not evidence:
                    continue
                readings = _read(reader, asked.question, [e.passage for e in evidence])
                answers = [(begin + start, begin + end) for start, end in asked.answers] or [(0, 0)]
                span = (begin, begin + len(passage.text))
                item = Item(asked.question, name, number, 0, span, answers[0])
                weights = {term: weight(corpus, term) for term in (*question.terms, "\0")}
                setting = "written, kept" if asked.answers else "written, gone"
                yield Case(item, setting, bool(asked.answers), question, evidence, readings, weights)


@cache
def _vector(text: str) -> np.ndarray:
    return _embedder().embed([text])[0]


@cache
def _embedder() -> LocalEmbedder:
    return LocalEmbedder()


def similarity(question: str, text: str) -> float:
    """As the program compares them."""
    return float(_vector(question) @ _vector(text))


@dataclass(frozen=True)
class Row:
    """A case's candidates, which of them hold the answer, and their passages' being the gold paragraph."""

    case: Case
    candidates: list[rank.Candidate]

    def right(self, candidate: rank.Candidate) -> bool:
        start, end = self.case.item.answer
        own = self.case.evidence[candidate.evidence].passage.document == self.case.item.file
        return self.case.answerable and own and candidate.segment.start <= start and end <= candidate.segment.end

    def in_paragraph(self, candidate: rank.Candidate) -> bool:
        start, end = self.case.item.span
        passage = self.case.evidence[candidate.evidence].passage
        return (
            passage.document == self.case.item.file and candidate.segment.start < end and start < candidate.segment.end
        )

    def ranked(self, model: rank.Model) -> list[rank.Candidate]:
        return rank.score(self.candidates, model)

    def features(self, model: rank.Model) -> dict[str, float]:
        return rank.answerable_features(self.case.question, self.ranked(model), self.case.weight, similarity)

    def chance(self, model: rank.Model) -> float:
        row = self.features(model)
        return rank.probability(rank.linear(model.answerable, row))


SIGNS = {
    **dict.fromkeys(("covers", "covers_near", "covers_block", "covers_passage", "pairs", "matched"), 1),
    **dict.fromkeys(("passage_first", "passage_dense", "margin", "best", "ahead", "similar"), 1),
    **dict.fromkeys(
        ("names_missing", "kind_missing", "exact_missing", "passage_behind", "margin_behind", "unknown"), -1
    ),
}
"""Which way a feature may speak. The features overlap, and left free a fit gives some the wrong sign, which does well
on the articles it is fitted on and badly on other kinds of document."""


BY_RULE = frozenset({"names_missing", "labelled", "other_code", "repeats", "asks", "adds"})
"""Features that a rule decides by. Fitted they change nothing beyond chance, or no question has such a line."""


def fit(rows: list[dict[str, float]], labels: list[bool], c: float) -> dict[str, float]:
    """A logistic regression with a little ridge and the signs of `SIGNS`, as named coefficients.

    Minimises c * (sum of the log losses) + |w|^2 / 2 over standardised features, as scikit-learn's does, within bounds
    (L-BFGS-B; Byrd et al. 1995).
    """
    names = [name for name in rows[0] if name not in BY_RULE]
    matrix = np.array([[row[name] for name in names] for row in rows])
    truth = np.array(labels, dtype=float)
    center, scale = matrix.mean(0), matrix.std(0) + 1e-9
    standard = (matrix - center) / scale

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        scores = standard @ point[1:] + point[0]
        wrong = 1 / (1 + np.exp(-scores)) - truth
        value = c * float((np.logaddexp(0, scores) - truth * scores).sum()) + float(point[1:] @ point[1:]) / 2
        return value, np.concatenate([[c * wrong.sum()], c * (standard.T @ wrong) + point[1:]])

    bounds = [(None, None), *({1: (0, None), -1: (None, 0)}.get(SIGNS.get(name, 0), (None, None)) for name in names)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    slopes = found[1:] / scale
    intercept = float(found[0] - (slopes * center).sum())
    return {"intercept": round(intercept, 5)} | {n: round(float(s), 5) for n, s in zip(names, slopes, strict=True)}


def fit_model(rows: Sequence[Row], threshold: float) -> rank.Model:
    """Both stages. The second is fitted on what the first picks, to whether what it picks is right.

    The first is fitted on XQuAD alone: a written question is asked of its passage alone, where the order of passages
    tells nothing, and what is asked in other words makes long sentences look good.
    """
    first = [row for row in rows if row.case.answerable and not row.case.setting.startswith("written")]
    features = [c.features for row in first for c in row.candidates]
    model = rank.Model(
        fit(features, [row.right(c) for row in first for c in row.candidates], 1.0), {"intercept": 0.0}, threshold
    )
    judged = [(row.features(model), row.case.answerable) for row in rows]
    return replace(model, answerable=fit([row for row, _ in judged], [good for _, good in judged], 1.0))


def cross_validated(rows: Sequence[Row], threshold: float) -> list[tuple[Row, rank.Model]]:
    """Each row with a model that was fitted without its article."""
    found: list[tuple[Row, rank.Model]] = []
    for fold in range(FOLDS):
        model = fit_model([row for row in rows if row.case.item.article % FOLDS != fold], threshold)
        found += [(row, model) for row in rows if row.case.item.article % FOLDS == fold]
    return found


_HALVES = ("far", "near", "written")


def measure(judged: Sequence[tuple[Row, rank.Model]]) -> dict[str, Any]:
    """The aims' figures from (row, model) pairs."""
    there = [(row, model) for row, model in judged if row.case.setting == "there"]
    ranked = [(row, row.ranked(model)) for row, model in there]
    result: dict[str, Any] = {
        "first sentence right": np.mean([row.right(best[0]) for row, best in ranked]),
        "within two": np.mean([any(row.right(c) for c in best[:2]) for row, best in ranked]),
        "gold paragraph cited": np.mean([row.in_paragraph(best[0]) for row, best in ranked]),
    }
    chances = {
        setting: np.array([row.chance(model) for row, model in judged if row.case.setting == setting])
        for setting in ("there", *(f"{name}, {state}" for name in _HALVES for state in ("kept", "gone")))
    }
    for name in _HALVES:
        kept, gone = chances[f"{name}, kept"], chances[f"{name}, gone"]
        balanced = {t: (np.mean(kept >= t) + np.mean(gone < t)) / 2 for t in np.arange(0.02, 0.99, 0.02)}
        at = max(balanced, key=lambda t: balanced[t])
        result[f"{name}: best balanced accuracy (threshold)"] = (round(float(balanced[at]), 4), round(float(at), 2))
        result[f"{name}: answered / refused at threshold"] = {
            f"{t:.2f}": (round(float(np.mean(kept >= t)), 3), round(float(np.mean(gone < t)), 3))
            for t in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
        }
    result["expected calibration error"] = expected_calibration_error(
        [(float(chance), not setting.endswith("gone")) for setting, found in chances.items() for chance in found]
    )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=rank.MODEL)
    parser.add_argument(
        "--cache", type=Path, help="keep what was retrieved and read here, and use it where it is there"
    )
    parser.add_argument("--reader", type=Path, default=READER, help="folder of the reader (%(default)s)")
    parser.add_argument("--every", type=int, default=1, help="take every n-th question only")
    parser.add_argument("--threshold", type=float, default=0.5)
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        found = pickle.loads(options.cache.read_bytes())
    else:
        texts, items, begins = read_squad(options.data / "xquad-en-dev.json")
        found = [*cases(texts, items[:: options.every], begins, options.reader), *written_cases(options.reader)]
        if options.cache:
            options.cache.write_bytes(pickle.dumps(found))
    rows = [
        Row(case, rank.candidates(case.question, case.evidence, case.weight, case.readings))
        for case in (
            replace(c, question=parse(c.item.question), evidence=c.evidence[:n], readings=c.readings[:n])
            for c in found
            for n in [1 if c.readings and c.readings[0].margin > rank.SURE else K]
        )
    ]
    rows = [row for row in rows if row.candidates]
    print(json.dumps(measure(cross_validated(rows, options.threshold)), indent=1, default=float))
    model = fit_model(rows, options.threshold)
    out = {"candidate": model.candidate, "answerable": model.answerable, "threshold": options.threshold}
    options.out.write_text(json.dumps(out, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
