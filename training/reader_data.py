"""Training pairs for the reader: questions with their passages, and passages that do not answer them.

    Question (with every annotator's answer) → Candidates (mined once) → five Pairs (drawn anew each time) → Features

A pair is a question and a passage, shaped at random as documents come: with or without a title and section in front, as
bullets, with a sentence left out; its answers are character spans of that passage, none when it does not answer.
"""

from __future__ import annotations

import gzip
import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

WIKIPEDIA = "new_wiki"
SETS = (WIKIPEDIA, "reddit", "amazon_reviews")
MINED = 8
"""Negatives kept for a question and kind of mining."""

Span = tuple[int, int]

GENERIC_SECTIONS = (
    *("Background", "Overview", "History", "Introduction", "Details", "Summary", "Discussion", "Results", "Notes"),
    *("Outcomes", "Agenda", "Participants", "Timeline", "Scope", "Methods", "Findings", "Recommendations", "Budget"),
    *("Schedule", "Appendix"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of the training data and the article that it comes from (empty where there is none)."""

    text: str
    domain: str
    article: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """`answers` are spans of `sources[source]`, one for each annotator, equal ones repeated."""

    text: str
    source: int
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages (indices of sources) that look as if they answered a question and do not."""

    lexical: tuple[int, ...]
    dense: tuple[int, ...]
    article: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage and the spans of the passage that answer it; `prefix` stands in front of the passage."""

    question: str
    prefix: str
    passage: str
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Features:
    """Token ids and types, which tokens a span may use, and the weight of every start and end."""

    ids: list[int]
    types: list[int]
    allowed: list[bool]
    starts: dict[int, float]
    ends: dict[int, float]


SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Cut after . ! ? before a capital or digit; rough, and only for shaping training passages."""
    cuts = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
    return tuple((start, end) for start, end in pairwise(cuts) if text[start:end].strip())


def articles(folder: Path, domain: str) -> list[dict[str, Any]]:
    """The articles of one set, in the format of SQuAD 1.1.

    Args:
        folder: holds `<set>_v1.0.json.gz`.

    Raises:
        SystemExit: the file is missing.
    """
    path = folder / f"{domain}_v1.0.json.gz"
    if not path.is_file():
        raise SystemExit(f"no {path}: get SQuADShifts (Miller et al. 2020) and name its folder with --data")
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return json.load(stream)["data"]  # type: ignore[no-any-return]


def load(folder: Path) -> tuple[list[Source], list[Question]]:
    """Read the three sets of SQuADShifts.

    Args:
        folder: holds `<set>_v1.0.json.gz`, in the format of SQuAD 1.1.

    Raises:
        SystemExit: a file is missing.
    """
    sources: list[Source] = []
    questions: list[Question] = []
    for domain in SETS:
        for article in articles(folder, domain):
            title = article["title"].replace("_", " ") if domain == WIKIPEDIA else ""
            for paragraph in article["paragraphs"]:
                text = paragraph["context"]
                number = len(sources)
                sources.append(Source(text, domain, title, sentence_spans(text)))
                for qa in paragraph["qas"]:
                    spans = tuple(_trimmed(text, a["answer_start"], a["text"]) for a in qa["answers"])
                    questions.append(Question(qa["question"].strip(), number, spans))
    return sources, questions


def _trimmed(text: str, start: int, answer: str) -> Span:
    end = start + len(answer)
    while end - start > 1 and text[start].isspace():
        start += 1
    while end - start > 1 and (text[end - 1].isspace() or text[end - 1] in ".,;:"):
        end -= 1
    return start, end


def shortest_favourite(spans: Sequence[Span]) -> Span:
    """The span that most annotators marked, the shortest of them at a tie."""
    votes = Counter(spans)
    return min(votes, key=lambda span: (-votes[span], span[1] - span[0], span))


def span_weights(spans: Sequence[Span]) -> dict[Span, float]:
    """How much each annotated span counts, summing to 1.

    The convention is SQuAD's: short. The span that most annotators marked, the shortest of them at a tie, gets what the
    others do not: each further span counts half a vote, and nothing when it is over twice as long plus 20 characters.
    """
    votes = Counter(spans)
    best = shortest_favourite(spans)
    limit = 2 * (best[1] - best[0]) + 20
    weights = {
        span: float(count) if span == best else 0.5 * count
        for span, count in votes.items()
        if span == best or span[1] - span[0] <= limit
    }
    total = sum(weights.values())
    return {span: weight / total for span, weight in weights.items()}


WORD = re.compile(r"\w+")


def mine(
    sources: Sequence[Source], questions: Sequence[Question], models: Path | None, batch: int = 16
) -> list[Candidates]:
    """Find for every question the passages that look most like an answer and hold none of its answers.

    Args:
        models: folder of the embedder, `embedder.onnx` and `tokenizer.json`; None mines by BM25 alone, in seconds.
        batch: passages embedded together.
    """
    lexical = _lexical_ranking(sources, questions)
    dense = _dense_ranking(sources, questions, models, batch) if models else lexical
    by_article: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, source in enumerate(sources):
        if source.article:
            by_article[source.domain, source.article].append(number)
    folded = [source.text.casefold() for source in sources]
    result = []
    for number, question in enumerate(questions):
        gold = sources[question.source]
        answers = {gold.text[start:end].casefold() for start, end in question.answers}

        def wrong(other: int, own: int = question.source, said: set[str] = answers) -> bool:
            return other != own and not any(answer in folded[other] for answer in said)

        siblings = set(by_article.get((gold.domain, gold.article), ()))
        ranked = [other for other in dense[number] if wrong(other)]
        near = [other for other in ranked if other in siblings]
        result.append(
            Candidates(
                tuple([other for other in lexical[number] if wrong(other)][:MINED]),
                tuple(ranked[:MINED]),
                tuple(near[:MINED]),
            )
        )
    return result


def _lexical_ranking(sources: Sequence[Source], questions: Sequence[Question]) -> list[list[int]]:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="en_stem")
    builder.add_integer_field("number", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for number, source in enumerate(sources):
        writer.add_document(tantivy.Document(body=f"{source.article} {source.text}", number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    rankings: list[list[int]] = []
    for question in questions:
        words = " ".join(word.lower() for word in WORD.findall(question.text))
        if not words:
            rankings.append([])
            continue
        hits = searcher.search(index.parse_query(words, ["body"]), 2 * MINED + 4).hits
        rankings.append([int(searcher.doc(address)["number"][0]) for _, address in hits])
    return rankings


def _dense_ranking(
    sources: Sequence[Source], questions: Sequence[Question], models: Path, batch: int
) -> list[list[int]]:
    passages = embed([f"{source.article} {source.text}" for source in sources], models, batch)
    asked = embed([question.text for question in questions], models, 64)
    rankings: list[list[int]] = []
    for start in range(0, len(asked), 1024):
        similarity = asked[start : start + 1024] @ passages.T
        top = np.argpartition(-similarity, 60, axis=1)[:, :60]
        for row, columns in zip(similarity, top, strict=True):
            rankings.append([int(column) for column in columns[np.argsort(-row[columns])]])
    return rankings


def embed(texts: Sequence[str], models: Path, batch: int) -> NDArray[np.float32]:
    """(texts, 384) unit vectors of the embedder in `models`, batches sorted by length."""
    import onnxruntime

    tokenizer = Tokenizer.from_file(str(models / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    session = onnxruntime.InferenceSession(str(models / "embedder.onnx"), providers=["CPUExecutionProvider"])
    encoded = [item.ids for item in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(texts)), key=lambda number: len(encoded[number]))
    vectors = np.zeros((len(texts), 384), np.float32)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        length = max(len(encoded[number]) for number in chosen)
        ids = np.zeros((len(chosen), length), np.int64)
        mask = np.zeros_like(ids)
        for row, number in enumerate(chosen):
            ids[row, : len(encoded[number])] = encoded[number]
            mask[row, : len(encoded[number])] = 1
        vectors[chosen] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


@dataclass(frozen=True, slots=True)
class Shaping:
    """How often each shape is drawn; all are probabilities."""

    article: float = 0.6
    """The last of a question's negatives is from the same article, where there is one."""
    prefix: float = 0.3
    bullets: float = 0.08
    drop: float = 0.15
    """A passage loses one sentence that does not answer, so that a gap alone says nothing."""
    no_mark: float = 0.15
    """The question loses its question mark."""
    typo: float = 0.05


PAIRS = 4
"""A question's pairs: the passage that answers it, and three that do not."""


def draw_pairs(
    sources: Sequence[Source],
    question: Question,
    found: Candidates,
    headings: Sequence[str],
    shaping: Shaping,
    chance: random.Random,
) -> tuple[Pair, Pair, Pair, Pair]:
    """The question with its passage, and with three that do not answer it.

    The first of these is the passage without the sentences that answer (the near case), or one that the embedder finds
    alike where nothing would be left; the second is one that BM25 finds, the third is of the same article or alike.
    """
    source = sources[question.source]
    taken = {question.source}

    def shaped(number: int, answers: tuple[Span, ...] = (), cut: bool = False) -> Pair:
        return _shaped(question.text, sources[number], headings[number], answers, shaping, chance, cut)

    def mined(pool: Sequence[int]) -> Pair:
        number = question.source
        for _ in range(6 if pool else 0):
            number = pool[min(int(chance.expovariate(0.4)), len(pool) - 1)]
            if number not in taken:
                break
        while number in taken:
            number = chance.randrange(len(sources))
        taken.add(number)
        return shaped(number)

    third = found.article if found.article and chance.random() < shaping.article else found.dense
    cut = _can_cut(source, question.answers)
    return (
        shaped(question.source, question.answers),
        shaped(question.source, question.answers, cut=True) if cut else mined(found.dense),
        mined(found.lexical),
        mined(third),
    )


def _touching(source: Source, answers: Sequence[Span]) -> set[int]:
    return {
        number
        for number, (start, end) in enumerate(source.sentences)
        if any(start < last and first < end for first, last in answers)
    }


def _can_cut(source: Source, answers: Sequence[Span]) -> bool:
    """Something is left without the answering sentences, and no answer is said again in it."""
    gone = _touching(source, answers)
    if len(source.sentences) - len(gone) < 2:
        return False
    rest = " ".join(source.text[a:b] for n, (a, b) in enumerate(source.sentences) if n not in gone).casefold()
    return not any(source.text[start:end].casefold() in rest for start, end in answers)


def _shaped(
    question: str,
    source: Source,
    heading: str,
    answers: tuple[Span, ...],
    shaping: Shaping,
    chance: random.Random,
    cut: bool = False,
) -> Pair:
    answering = _touching(source, answers)
    kept = [n for n in range(len(source.sentences)) if not (cut and n in answering)]
    spare = [n for n in kept if n not in answering]
    if not cut and len(kept) > 3 and spare and chance.random() < shaping.drop:
        kept.remove(chance.choice(spare))
    bullets = len(kept) > 1 and chance.random() < shaping.bullets
    passage, placed = _laid_out(source, kept, bullets)
    spans = () if cut else tuple(span for a in answers if (span := _moved(source, placed, a)) is not None)
    if answers and not cut and not spans:  # every annotator's answer reaches over the end of a sentence
        passage, spans = source.text, answers
    prefix = ""
    if chance.random() < shaping.prefix:
        title = source.article or heading
        prefix = f"{title} · {chance.choice(GENERIC_SECTIONS)}" if chance.random() < 0.5 else title
    return Pair(_worn(question, shaping, chance), prefix, passage, spans)


def _laid_out(source: Source, kept: Sequence[int], bullets: bool) -> tuple[str, dict[int, int]]:
    """The kept sentences as one text, and where each of them begins in it."""
    parts: list[str] = []
    placed: dict[int, int] = {}
    length = 0
    for number in kept:
        start, end = source.sentences[number]
        sentence = source.text[start:end].rstrip()
        mark = "- " if bullets else ""
        placed[number] = length + len(mark)
        parts.append(mark + sentence)
        length += len(mark) + len(sentence) + 1
    return ("\n" if bullets else " ").join(parts), placed


def _moved(source: Source, placed: dict[int, int], span: Span) -> Span | None:
    """Where an answer went; None when it reaches over the end of its sentence."""
    for number, place in placed.items():
        start, end = source.sentences[number]
        if start <= span[0] and span[1] <= end:
            return span[0] - start + place, span[1] - start + place
    return None


def _worn(question: str, shaping: Shaping, chance: random.Random) -> str:
    if chance.random() < shaping.no_mark:
        question = question.rstrip("? ")
    if chance.random() < shaping.typo:
        long = [match for match in WORD.finditer(question) if len(match.group()) >= 5]
        if long:
            match = chance.choice(long)
            place = match.start() + chance.randrange(1, len(match.group()) - 1)
            kind = chance.randrange(3)
            pair = question[place : place + 2]
            new = (pair[::-1], pair[0] * 2 + pair[1:], pair[1:])[kind]
            question = question[:place] + new + question[place + 2 :]
    return question


def headings_of(sources: Sequence[Source]) -> list[str]:
    """For each passage its two most telling words, a heading for those that have no title."""
    bags = [{word.casefold() for word in WORD.findall(source.text) if len(word) > 3} for source in sources]
    spread = Counter(word for bag in bags for word in bag)
    headings = []
    for source in sources:
        counts = Counter(word for word in WORD.findall(source.text) if len(word) > 3)
        telling = sorted(counts, key=lambda word: (-counts[word] * math.log(len(bags) / spread[word.casefold()]), word))
        headings.append(" ".join(telling[:2]).capitalize())
    return headings


def featurize(pair: Pair, encoded: Encoding, longest: int, chance: random.Random) -> Features | None:
    """Token features of a pair, at most `longest` tokens; a longer passage is cut to a window around an answer.

    Args:
        encoded: the question, and the passage with its prefix on a line above, as a tokenizer encodes a pair.

    Returns:
        None where no answer is left, as it was cut or is no whole token.
    """
    shift = len(pair.prefix) + 1 if pair.prefix else 0
    all_ids, types, offsets = encoded.ids, encoded.type_ids, encoded.offsets
    second = types.index(1)
    last = len(types) - 1
    first = second
    while first < last and offsets[first][0] < shift:
        first += 1
    places: dict[Span, float] = {}
    if pair.answers:
        for (start, end), weight in span_weights(pair.answers).items():
            tokens = [
                place
                for place in range(first, last)
                if offsets[place][0] < end + shift and start + shift < offsets[place][1]
            ]
            if tokens:
                key = (tokens[0], tokens[-1])
                places[key] = places.get(key, 0.0) + weight
        if not places:
            return None
    begin, stop = first, last
    room = longest - first - 1
    if last - first > room:
        if places:
            anchor = max(places, key=lambda key: places[key])
            low = max(first, anchor[1] + 1 - room)
            high = min(anchor[0], last - room)
            begin = chance.randint(min(low, high), max(low, high))
        else:
            begin = chance.randint(first, last - room)
        stop = begin + room
        places = {key: weight for key, weight in places.items() if begin <= key[0] and key[1] < stop}
        if pair.answers and not places:
            return None
    keep = [*range(first), *range(begin, stop), last]
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    total = sum(places.values())
    for (start, end), weight in places.items():
        starts[start - begin + first] = starts.get(start - begin + first, 0.0) + weight / total
        ends[end - begin + first] = ends.get(end - begin + first, 0.0) + weight / total
    if not places:
        starts, ends = {0: 1.0}, {0: 1.0}
    allowed = [place == 0 or begin <= place < stop for place in keep]
    return Features([all_ids[p] for p in keep], [types[p] for p in keep], allowed, starts, ends)
