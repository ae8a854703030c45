"""Measure a reader on the development half of XQuAD: spans on the gold paragraph, and sentences over a folder.

    python -m training.measure_reader --data DATA [--reader qa/models] [--spans] [--json report.json]

1. **Gold paragraph**: exact match and F1 of the best span, normalised as SQuAD's script does.
2. **One folder** of all paragraphs, fused retrieval (z-scores of embedder cosine and of BM25, summed), top 3 and top 5:
   the sentence of the best `margin + 0.5 · fused score`. Right when it holds the gold answer; cited when it is of the
   gold paragraph.
3. **Refusing**: the same score of questions whose article (far) or paragraph (near) is in the folder and is not. The
   far folders are the even and the odd articles, the near ones the even and the odd paragraphs of every article, so
   every question is asked of a folder that answers it and of one that does not. Balanced accuracy with the threshold
   fitted on the other articles (even on odd and odd on even), and AUROC.
4. **Speed**: one passage of about 160 tokens, one question with its passages.

With `--spans` only the first. Intervals are 95 %, from 1,000 resamplings of the articles.
"""

from __future__ import annotations

import argparse
import json
import re
import string
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.segment import sentences
from qa.reader import MODELS, NOTHING, Reader, ReaderSpan, Reading
from training.reader_data import WORD, embed

RETRIEVAL_WEIGHT = 0.5
RESAMPLINGS = 1000


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of XQuAD, its place among those of its article, and the spans of its sentences."""

    text: str
    article: int
    title: str
    place: int
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; its answer is `paragraphs[paragraph].text[start:end]`."""

    text: str
    paragraph: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pick:
    """The best sentence over some passages: its score, paragraph and span."""

    score: float
    paragraph: int
    start: int
    end: int


def load(folder: Path) -> tuple[list[Paragraph], list[Asked]]:
    """Read `xquad-en-dev.json`.

    Raises:
        SystemExit: it is not there.
    """
    path = folder / "xquad-en-dev.json"
    if not path.is_file():
        raise SystemExit(f"no {path}: nothing to measure on. Name the folder that holds it with --data.")
    paragraphs: list[Paragraph] = []
    questions: list[Asked] = []
    for article, content in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        for place, paragraph in enumerate(content["paragraphs"]):
            text = paragraph["context"]
            cut = tuple(sentences(text, 0, len(text)))
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]
                start = answer["answer_start"]
                questions.append(Asked(qa["question"], len(paragraphs), start, start + len(answer["text"])))
            paragraphs.append(Paragraph(text, article, content["title"].replace("_", " "), place, cut))
    return paragraphs, questions


def normalized(text: str) -> str:
    """SQuAD's normalisation (Rajpurkar et al. 2016): lower case, no punctuation, no articles, single spaces."""
    bare = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def f1(found: str, gold: str) -> float:
    """SQuAD's F1 over the words of the normalised texts."""
    a, b = normalized(found).split(), normalized(gold).split()
    if not a or not b:
        return float(a == b)
    same = sum((Counter(a) & Counter(b)).values())
    return 2 * same / (len(a) + len(b))


def fused_scores(
    paragraphs: Sequence[Paragraph], questions: Sequence[Asked], models: Path
) -> Callable[[int, Sequence[int]], NDArray[np.float64]]:
    """Retrieval over any folder: (question, the folder's paragraphs) → a score for each of them.

    BM25's document frequencies are those of all paragraphs; the z-scores are over the folder's.
    """
    import tantivy

    texts = [f"{paragraph.title}\n{paragraph.text}" for paragraph in paragraphs]
    dense = embed([question.text for question in questions], models, 64) @ embed(texts, models, 16).T
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="en_stem")
    builder.add_integer_field("number", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for number, text in enumerate(texts):
        writer.add_document(tantivy.Document(body=text, number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    lexical = np.zeros(dense.shape)
    for row, question in enumerate(questions):
        words = " ".join(word.lower() for word in WORD.findall(question.text))
        for score, address in searcher.search(index.parse_query(words, ["body"]), len(texts)).hits:
            lexical[row, searcher.doc(address)["number"][0]] = score

    def scores(question: int, folder: Sequence[int]) -> NDArray[np.float64]:
        total = np.zeros(len(folder))
        for matrix in (dense, lexical):
            values = matrix[question, list(folder)].astype(np.float64)
            total += (values - values.mean()) / max(values.std(), 1e-9)
        return total

    return scores


def pick(readings: dict[int, Reading], paragraphs: Sequence[Paragraph], top: Sequence[tuple[int, float]]) -> Pick:
    """The best sentence of the passages `top`, (paragraph, fused score) each."""
    best = Pick(NOTHING, top[0][0], 0, 0)
    for number, fused in top:
        reading = readings[number]
        for start, end in paragraphs[number].sentences:
            span = reading.best_within(start, end)
            if span is not None:
                score = span.score - reading.no_answer + RETRIEVAL_WEIGHT * fused
                if score > best.score:
                    best = Pick(score, number, start, end)
    return best


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Share of (positive, negative) pairs in which the positive scores higher; ties count half."""
    order = np.sort(negative)
    below, upto = np.searchsorted(order, positive, "left"), np.searchsorted(order, positive, "right")
    return float((below + upto).mean() / 2 / len(negative))


def best_threshold(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The threshold of the highest balanced accuracy, in the middle between two scores."""
    values = np.unique(np.concatenate([positive, negative]))
    cuts = (values[1:] + values[:-1]) / 2
    up, down = np.sort(positive), np.sort(negative)
    right = 1 - np.searchsorted(up, cuts) / len(up) + np.searchsorted(down, cuts) / len(down)
    return float(cuts[right.argmax()])


def interval(values: Sequence[float], groups: Sequence[int]) -> tuple[float, float, float]:
    """Mean and 95 % interval, resampling whole groups (articles)."""
    by_group: dict[int, list[float]] = defaultdict(list)
    for value, group in zip(values, groups, strict=True):
        by_group[group].append(value)
    sums = np.array([sum(members) for members in by_group.values()])
    counts = np.array([len(members) for members in by_group.values()])
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLINGS, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(np.mean(values)), float(low), float(high)


def refusing(
    answerable: Sequence[float], missing: Sequence[float], articles: Sequence[int]
) -> tuple[tuple[float, float, float], float]:
    """(balanced accuracy with interval, AUROC); the threshold for an article is fitted on those of the other parity."""
    yes, no, parity = np.array(answerable), np.array(missing), np.array(articles) % 2
    thresholds = {side: best_threshold(yes[parity != side], no[parity != side]) for side in (0, 1)}
    cut = np.array([thresholds[int(side)] for side in parity])
    right = ((yes > cut).astype(float) + (no <= cut).astype(float)) / 2
    return interval(right.tolist(), articles), auroc(yes, no)


def span_scores(gold: Paragraph, question: Asked, found: Sequence[ReaderSpan]) -> tuple[float, float]:
    """Exact match and F1 of the best of the spans found in the gold paragraph."""
    answer = gold.text[question.start : question.end]
    said = gold.text[found[0].start : found[0].end] if found else ""
    return float(normalized(said) == normalized(answer)), f1(said, answer)


def spans(reader: Reader, folder: Path) -> dict[str, Any]:
    """Exact match and F1 on the gold paragraphs, and whether the best span lies in the sentence that answers."""
    paragraphs, questions = load(folder)
    exact, overlap, sentence = [], [], []
    for question in questions:
        gold = paragraphs[question.paragraph]
        found = reader.read(question.text, [gold.text])[0].spans
        same, shared = span_scores(gold, question, found)
        exact.append(same)
        overlap.append(shared)
        holding = next(((a, b) for a, b in gold.sentences if a <= question.start < b), (0, 0))
        sentence.append(float(bool(found) and holding[0] <= found[0].start < holding[1]))
    articles = [paragraphs[question.paragraph].article for question in questions]
    return {
        "questions": len(questions),
        "exact": interval(exact, articles),
        "f1": interval(overlap, articles),
        "right_sentence": interval(sentence, articles),
    }


def measure(reader: Reader, folder: Path, models: Path, titled: bool, depths: Sequence[int]) -> dict[str, Any]:
    """All the numbers of the module's description.

    Args:
        titled: read every passage below its article's title.
        depths: how many passages are read, say 3 and 5.
    """
    paragraphs, questions = load(folder)
    everything = range(len(paragraphs))
    scores = fused_scores(paragraphs, questions, models)
    articles = [paragraphs[question.paragraph].article for question in questions]
    exact, overlap = [], []
    right: dict[int, list[float]] = {k: [] for k in depths}
    cited: dict[int, list[float]] = {k: [] for k in depths}
    kinds = ("far", "near")
    found: dict[tuple[str, int, bool], list[float]] = {
        (kind, k, there): [] for kind in kinds for k in depths for there in (True, False)
    }
    began, read = time.perf_counter(), 0
    for number, question in enumerate(questions):
        gold = paragraphs[question.paragraph]
        folders: dict[tuple[str, bool], list[int]] = {("all", True): list(everything)}
        for there in (True, False):
            side = (gold.article % 2) if there else 1 - gold.article % 2
            folders["far", there] = [p for p in everything if paragraphs[p].article % 2 == side]
            side = (gold.place % 2) if there else 1 - gold.place % 2
            folders["near", there] = [p for p in everything if paragraphs[p].place % 2 == side]
        tops: dict[tuple[str, bool], list[tuple[int, float]]] = {}
        for name, members in folders.items():
            fused = scores(number, members)
            tops[name] = [(members[i], float(fused[i])) for i in np.argsort(-fused, kind="stable")[: max(depths)]]
        wanted = sorted({p for top in tops.values() for p, _ in top} | {question.paragraph})
        texts = [paragraphs[p].text for p in wanted]
        above = [paragraphs[p].title for p in wanted] if titled else None
        readings = dict(zip(wanted, reader.read(question.text, texts, above), strict=True))
        read += len(wanted)
        same, shared = span_scores(gold, question, readings[question.paragraph].spans)
        exact.append(same)
        overlap.append(shared)
        for k in depths:
            best = pick(readings, paragraphs, tops["all", True][:k])
            cited[k].append(float(best.paragraph == question.paragraph))
            holds = best.start < question.end and question.start < best.end
            right[k].append(float(best.paragraph == question.paragraph and holds))
            for kind in kinds:
                for there in (True, False):
                    found[kind, k, there].append(pick(readings, paragraphs, tops[kind, there][:k]).score)
    spent = time.perf_counter() - began
    report: dict[str, Any] = {
        "questions": len(questions),
        "titled": titled,
        "exact": interval(exact, articles),
        "f1": interval(overlap, articles),
        "ms_per_passage_in_bulk": 1000 * spent / read,
    }
    for k in depths:
        report[f"right_sentence@{k}"] = interval(right[k], articles)
        report[f"gold_paragraph@{k}"] = interval(cited[k], articles)
        for kind in kinds:
            accuracy, area = refusing(found[kind, k, True], found[kind, k, False], articles)
            report[f"refusing_{kind}@{k}"] = accuracy
            report[f"auroc_{kind}@{k}"] = area
    return report | speed(reader, paragraphs, questions, scores)


def speed(
    reader: Reader,
    paragraphs: Sequence[Paragraph],
    questions: Sequence[Asked],
    scores: Callable[[int, Sequence[int]], NDArray[np.float64]],
) -> dict[str, float]:
    """Median milliseconds of a passage of about 160 tokens, and of a question with its best 3 and 5 passages."""
    typical = min(paragraphs, key=lambda paragraph: abs(len(paragraph.text) - 700)).text
    report = {"ms_passage": _median(lambda question: reader.read(question.text, [typical]), questions[:60:2])}
    for k in (3, 5):
        tops = {
            question.text: [paragraphs[i].text for i in np.argsort(-scores(number, range(len(paragraphs))))[:k]]
            for number, question in enumerate(questions[:60])
        }

        def ask(question: Asked, tops: dict[str, list[str]] = tops) -> object:
            return reader.read(question.text, tops[question.text])

        report[f"ms_question@{k}"] = _median(ask, questions[:60:2])
    return report


def _median(call: Callable[[Asked], object], questions: Sequence[Asked]) -> float:
    times = []
    for question in questions:
        began = time.perf_counter()
        call(question)
        times.append(time.perf_counter() - began)
    return 1000 * float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds xquad-en-dev.json")
    parser.add_argument("--reader", type=Path, default=MODELS, help="folder of the reader (%(default)s)")
    parser.add_argument("--models", type=Path, default=Path("index/models"), help="embedder's folder (%(default)s)")
    parser.add_argument("--titled", action="store_true", help="read every passage below its article's title")
    parser.add_argument("--top", type=int, nargs="+", default=(3, 5), help="passages read (%(default)s)")
    parser.add_argument("--spans", action="store_true", help="only exact match, F1 and sentence on the gold paragraphs")
    parser.add_argument("--json", type=Path, help="write the report here too")
    arguments = parser.parse_args()
    reader = Reader(arguments.reader)
    if arguments.spans:
        report = spans(reader, arguments.data)
    else:
        report = measure(reader, arguments.data, arguments.models, arguments.titled, arguments.top)
    for name, value in report.items():
        if isinstance(value, tuple):
            print(f"{name:20} {value[0]:.3f}  ({value[1]:.3f} to {value[2]:.3f})")
        else:
            print(f"{name:20} {value:.3f}" if isinstance(value, float) else f"{name:20} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
