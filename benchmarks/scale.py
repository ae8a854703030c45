"""How the index grows: build, update, cold and warm questions, memory, at 1,000, 10,000 and 100,000 passages.

    python -m benchmarks.scale [growth] [indexing] [untouched] [--sizes 1000 10000 100000] [--texts FOLDER] [--write]

Text comes from a folder of documentation (Debian's by default), and beyond what it holds from sentences made of its
words. Embedding 100,000 passages takes the better part of an hour on two cores and says nothing about the store:
vectors are synthetic here (a fixed random direction for each word, summed), while every question is also embedded by
the real model, so that its time counts. What embedding costs is measured apart, with the real model.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Section, machine, ratios, spread, timed

PASSAGES_A_DOCUMENT = 20
_COLD_RUNS = 5


class Synthetic:
    """A fixed random direction for each word, summed; asks the real model too where `real` says so, for its time."""

    name = "synthetic"

    def __init__(self, *, real: bool = False) -> None:
        import numpy as np

        self._rows = np.random.default_rng(7).standard_normal((4_096, 384), dtype=np.float32)
        self._local: Any = None
        if real:
            from index.embed import LocalEmbedder

            self._local = LocalEmbedder()

    def embed(self, texts: Sequence[str], progress: Any = None) -> Any:
        import numpy as np

        if self._local is not None:
            self._local.embed(texts)
        vectors = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in enumerate(texts):
            words = [zlib.crc32(word.encode()) & 0xFFF for word in text.lower().split()] or [0]
            vectors[row] = self._rows[words].sum(axis=0)
            vectors[row] /= np.linalg.norm(vectors[row]) or 1.0
        return vectors


def paragraphs(folder: Path) -> Iterator[str]:
    """Paragraphs of prose of a documentation folder, each once; then endlessly such as are made of two of them.

    Words drawn from the whole folder would make passages that are all equally far apart, which no text is, and which a
    graph of nearest neighbours leads to badly: of 100,000 such a quarter were not found by their own vectors.
    """
    seen: set[int] = set()
    words: list[list[str]] = []
    names = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    for path in names:
        if not path.name.removesuffix(".gz").endswith(
            (".txt", ".md", ".rst", "NEWS", "README", "changelog", ".Debian")
        ):
            continue
        try:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            text = data.decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError):
            continue
        for block in text.split("\n\n"):
            block = " ".join(block.split())
            key = zlib.crc32(block.encode())
            if 300 <= len(block) <= 850 and key not in seen and sum(map(str.isalpha, block)) > 0.6 * len(block):
                seen.add(key)
                words.append(block.split())
                yield block
    chance = random.Random(1)
    while True:
        one, other = (chance.choice(words or [["word"]]) for _ in range(2))
        drawn = (chance.choice(one if chance.random() < 0.6 else other) for _ in range(100))
        yield " ".join(word.strip(".") + (". The" if at % 12 == 11 else "") for at, word in enumerate(drawn)) + "."


def documents(folder: Path, texts: Path, passages: int) -> None:
    """Writes documents of about `PASSAGES_A_DOCUMENT` passages each, until there are as many passages."""
    source = paragraphs(texts)
    for number in range(passages // PASSAGES_A_DOCUMENT):
        path = folder / f"{number // 500:03d}" / f"document-{number:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        # Some paragraphs share a passage.
        body = [next(source) for _ in range(PASSAGES_A_DOCUMENT * 5 // 4)]
        path.write_text(f"Document {number}\n\n" + "\n\n".join(body) + "\n", "utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))


_ASK = """
import json, resource, sys, time
from pathlib import Path
from benchmarks.scale import Synthetic
from qa.assistant import Assistant
from qa.settings import Settings
settings = Settings(documents=Path(sys.argv[1]), store=Path(sys.argv[2]), mode="extractive")
with Assistant.open(settings, embedder=Synthetic(real=True), bring_up_to_date=sys.argv[4] == "check") as assistant:
    answer = assistant.ask(sys.argv[3])
print(json.dumps({"status": answer.status, "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def cold(places: dict[str, Path], question: str, check: str) -> dict[str, tuple[list[float], float]]:
    """Seconds of a first question in a process of its own, interleaved over the places, and its peak memory in MB."""
    found: dict[str, tuple[list[float], float]] = {name: ([], 0.0) for name in places}
    for run in range(_COLD_RUNS + 1):
        for name, place in places.items():
            command = [sys.executable, "-c", _ASK, str(place / "documents"), str(place / "store"), question, check]
            began = time.perf_counter()
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            if run:
                seconds, memory = found[name]
                seconds.append(time.perf_counter() - began)
                found[name] = seconds, max(memory, json.loads(done.stdout)["kb"] / 1024)
    return found


def warm(place: Path, questions: Sequence[str]) -> list[float]:
    """Seconds that each question's retrieval takes in an open process, the first ones left out."""
    from index.corpus import Corpus
    from qa.retrieve import retrieve

    embedder = Synthetic(real=True)
    corpus = Corpus.open(place / "store", embedder.name)
    try:
        seconds = [timed(partial(retrieve, corpus, embedder, question, 30)) for question in questions]
    finally:
        corpus.close()
    return seconds[10:]


def answered(place: Path, questions: Sequence[str]) -> list[float]:
    """Seconds that each whole answer takes in an open process, reader and ranking included, the first ones left out."""
    from qa.assistant import Assistant
    from qa.settings import Settings

    settings = Settings(documents=place / "documents", store=place / "store", mode="extractive")
    with Assistant.open(settings, embedder=Synthetic(real=True), bring_up_to_date=False) as assistant:
        return [timed(partial(assistant.ask, question)) for question in questions][10:]


def questions(place: Path, count: int) -> list[str]:
    """Questions made of the words of the documents, each in two."""
    chance = random.Random(3)
    paths = sorted((place / "documents").rglob("*.txt"))
    found = []
    for _ in range(count):
        words = [word for word in chance.choice(paths).read_text("utf-8").split() if word.isalpha() and len(word) > 4]
        found.append("what is said of " + " ".join(chance.sample(words, 5)) + "?")
    return found


@dataclass(frozen=True, slots=True)
class Growth:
    """What was measured of an index: seconds, except memory and disk in MB and `cold_ratio`, to a cold answer on two
    documents."""

    passages: int
    made: float
    disk: float
    updates: tuple[float, ...]
    retrieval_p50: float
    retrieval_p95: float
    answer_p50: float
    answer_p95: float
    cold: tuple[float, ...]
    cold_ratio: float
    memory: float


def measure(size: int, root: Path, small: Path, texts: Path) -> Growth:
    """Builds an index of about `size` passages below `root`, and measures it against the index of two documents."""
    from index.build import update
    from index.generations import current, read_manifest

    place, embedder = root / str(size), Synthetic()
    documents(place / "documents", texts, size)

    def bring_up_to_date() -> float:
        return timed(lambda: update(place / "documents", place / "store", embedder))

    made = bring_up_to_date()
    asked = questions(place, 210)
    updates = []
    for turn in range(3):
        path = place / "documents" / "000" / f"document-{turn:05d}.txt"
        path.write_text(path.read_text("utf-8").replace(". ", f". Edit {turn}. ", 1), "utf-8")
        updates.append(bring_up_to_date())
    generation = current(place / "store")
    seconds = sorted(warm(place, asked))
    whole = sorted(answered(place, asked[:110]))
    found = cold({"two": small, "this": place}, asked[0], "check")
    (two, _), (this, memory) = found["two"], found["this"]
    return Growth(
        passages=read_manifest(generation).passages,
        made=made,
        disk=sum(path.stat().st_size for path in generation.rglob("*") if path.is_file()) / 2**20,
        updates=tuple(updates),
        retrieval_p50=seconds[len(seconds) // 2],
        retrieval_p95=seconds[int(len(seconds) * 0.95)],
        answer_p50=whole[len(whole) // 2],
        answer_p95=whole[int(len(whole) * 0.95)],
        cold=tuple(this),
        cold_ratio=statistics.median(ratios(this, two)),
        memory=memory,
    )


def growth(sizes: Sequence[int], texts: Path) -> list[Growth]:
    """Measures an index of each size."""
    from index.build import update

    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        small = Path(folder, "two")
        (small / "documents").mkdir(parents=True)
        for path in (ROOT / "documents").glob("*.txt"):
            (small / "documents" / path.name).write_bytes(path.read_bytes())
        update(small / "documents", small / "store", Synthetic())
        found = []
        for size in sizes:
            found.append(measure(size, Path(folder), small, texts))
            print(found[-1], file=sys.stderr, flush=True)
        return found


def table(found: Sequence[Growth]) -> Section:
    """The figures as a section of the results."""
    head = ("passages", "made in, s", "on disk, MB", "one document updated, s", "retrieval p50 / p95, ms")
    head = (*head, "whole answer p50 / p95, ms")
    rows: list[tuple[str, ...]] = [(*head, "cold ask, s", "of it on two documents", "resident, MB")]
    for one in found:
        row: tuple[str, ...] = (f"{one.passages:,}", f"{one.made:.0f}", f"{one.disk:.0f}", spread(one.updates))
        row += (f"{1000 * one.retrieval_p50:.0f} / {1000 * one.retrieval_p95:.0f}",)
        row += (f"{1000 * one.answer_p50:.0f} / {1000 * one.answer_p95:.0f}", spread(one.cold))
        rows.append((*row, f"{one.cold_ratio:.2f} ×", f"{one.memory:.0f}"))
    return Section("How it grows", rows, _NOTES, {"growth": [asdict(one) for one in found]})


_NOTES = [
    "Aims at 100,000: retrieval p95 at most 60 ms, cold at most 1.5 ×, at most 900 MB, an update under 5 s. Vectors "
    "are synthetic; questions are also embedded by the real model, so that its time and memory count. Cold questions "
    "include the look through the folder for changes; they are interleaved with those on two documents, and compared "
    "pair by pair. Aim at 10,000: a whole answer in 100 ms, median.",
]


def indexing(root: Path, texts: Path, passages: int, runs: int = 3) -> Section:
    """Indexing with the real model against the model alone on the same passages."""
    from index.build import update
    from index.chunk import chunk, indexed_text
    from index.embed import LocalEmbedder
    from index.load import load, read, scan

    place = root / "real"
    documents(place / "documents", texts, passages)
    found = [indexed_text(p) for entry in scan(place / "documents") for p in chunk(load(entry, read(entry)))]
    embedder = LocalEmbedder()
    embedder.load()
    bare, whole = [], []
    for run in range(runs):
        bare.append(timed(lambda: embedder.embed(found)))
        whole.append(timed(lambda: update(place / "documents", place / f"store-{run}", embedder)))  # noqa: B023
    rows = [
        ("", "passages a second, median (range)"),
        ("the model alone", spread([len(found) / seconds for seconds in bare], digits=0)),
        ("indexing", spread([len(found) / seconds for seconds in whole], digits=0)),
        ("indexing / the model alone", spread([a / b for a, b in zip(bare, whole, strict=True)])),
    ]
    notes = [f"{len(found)} passages, {runs} runs, interleaved. Aim: 0.85."]
    return Section("Indexing", rows, notes, {"bare_s": bare, "whole_s": whole})


def untouched(folder: Path, files: int = 10_000, runs: int = 5) -> Section:
    """How long it takes to see that nothing in a folder of small files has changed."""
    from index.build import outdated, update
    from index.generations import current, read_manifest

    documents = folder / "documents"
    documents.mkdir()
    for number in range(files):
        path = documents / f"{number}.txt"
        path.write_text(f"Note {number} says that gate {number * 7} is shut.", "utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    time.sleep(3)  # what is younger than two seconds is read again
    update(documents, folder / "store", Synthetic())
    manifest = read_manifest(current(folder / "store"))
    wall, cpu = [], []
    for _ in range(runs):
        began = time.process_time()
        wall.append(timed(lambda: outdated(documents, manifest)))
        cpu.append(time.process_time() - began)
    rows = [("", "seconds, median (range)"), ("wall clock", spread(wall)), ("processor", spread(cpu))]
    notes = [f"{files:,} files confirmed to be as they were indexed. Aim: 2."]
    return Section("An untouched folder", rows, notes, {"wall_s": wall, "processor_s": cpu})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="growth, indexing, untouched; all by default")
    parser.add_argument("--passages", type=int, default=1_500, help="for indexing with the real model")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--texts", type=Path, default=Path("/usr/share/doc"), help="a folder of documentation")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/results.md")
    options = parser.parse_args()
    parts = options.parts or ["growth", "indexing", "untouched"]
    if unknown := set(parts) - {"growth", "indexing", "untouched"}:
        parser.error(f"no part {min(unknown)!r}: there are growth, indexing and untouched")
    sections = []
    if "growth" in parts:
        found = growth(options.sizes, options.texts)
        sections.append(table(found))
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        if "indexing" in parts:
            sections.append(indexing(Path(folder), options.texts, options.passages))
        if "untouched" in parts:
            sections.append(untouched(Path(folder)))
    for section in sections:
        print(section.markdown())
        if options.write:
            from benchmarks.__main__ import write

            write(section)
    print(machine())


if __name__ == "__main__":
    main()
