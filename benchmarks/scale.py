"""How the index grows: build, update, cold and warm questions, memory, at 1,000, 10,000 and 100,000 passages.

    python -m benchmarks.scale [growth] [indexing] [--sizes 1000 10000 100000] [--texts /usr/share/doc] [--write]

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
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Section, machine, spread, timed

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
    """Paragraphs of prose of a documentation folder, each once; then endlessly such as are made of their words."""
    seen: set[int] = set()
    words: list[str] = []
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
                words += block.split()[:20]
                yield block
    chance = random.Random(1)
    while True:
        drawn = (chance.choice(words or ["word"]) for _ in range(100))
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


def questions(place: Path, count: int) -> list[str]:
    """Questions made of the words of the documents, each in two."""
    chance = random.Random(3)
    paths = sorted((place / "documents").rglob("*.txt"))
    found = []
    for _ in range(count):
        words = [word for word in chance.choice(paths).read_text("utf-8").split() if word.isalpha() and len(word) > 4]
        found.append("what is said of " + " ".join(chance.sample(words, 5)) + "?")
    return found


def growth(sizes: Sequence[int], texts: Path) -> Section:
    """Builds an index of each size and measures it."""
    from index.build import update
    from index.generations import current, read_manifest

    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        root = Path(folder)
        small = root / "two"
        (small / "documents").mkdir(parents=True)
        for path in (ROOT / "documents").glob("*.txt"):
            (small / "documents" / path.name).write_bytes(path.read_bytes())
        update(small / "documents", small / "store", Synthetic())
        head = ("passages", "made in, s", "on disk, MB", "one document updated, s", "retrieval p50 / p95, ms")
        rows: list[tuple[str, ...]] = [(*head, "cold ask, s", "of it on two documents", "resident, MB")]
        for size in sizes:
            place = root / str(size)
            documents(place / "documents", texts, size)
            embedder = Synthetic()
            made = timed(lambda: update(place / "documents", place / "store", embedder))  # noqa: B023
            passages = read_manifest(current(place / "store")).passages
            asked = questions(place, 210)
            edits = []
            for turn in range(3):
                path = place / "documents" / "000" / f"document-{turn:05d}.txt"
                path.write_text(path.read_text("utf-8").replace(". ", f". Edit {turn}. ", 1), "utf-8")
                edits.append(timed(lambda: update(place / "documents", place / "store", embedder)))  # noqa: B023
            generation = current(place / "store")
            disk = sum(path.stat().st_size for path in generation.rglob("*") if path.is_file()) / 2**20
            seconds = sorted(warm(place, asked))
            found = cold({"two": small, "this": place}, asked[0], "check")
            (two, _), (this, memory) = found["two"], found["this"]
            ratio = statistics.median(this) / statistics.median(two)
            p50, p95 = (1000 * seconds[int(len(seconds) * share)] for share in (0.5, 0.95))
            row = (f"{passages:,}", f"{made:.0f}", f"{disk:.0f}", spread(edits), f"{p50:.0f} / {p95:.0f}")
            rows.append((*row, spread(this), f"{ratio:.2f} ×", f"{memory:.0f}"))
            print(dict(zip(rows[0], rows[-1], strict=True)), file=sys.stderr)
        return Section("How it grows", rows, _NOTES)


_NOTES = [
    "Aims at 100,000: p95 at most 60 ms, cold at most 1.5 ×, at most 900 MB, an update under 5 s. Vectors are "
    "synthetic; questions are also embedded by the real model, so that its time and memory count. Cold questions "
    "include the look through the folder for changes.",
    "",
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
    return Section("Indexing", rows, [f"{len(found)} passages, {runs} runs, interleaved. Aim: 0.85.", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="growth, indexing; both by default")
    parser.add_argument("--passages", type=int, default=1_500, help="for indexing with the real model")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--texts", type=Path, default=Path("/usr/share/doc"), help="a folder of documentation")
    parser.add_argument("--write", action="store_true", help="put the results into benchmarks/results.md")
    options = parser.parse_args()
    sections = []
    if "indexing" not in options.parts or "growth" in options.parts:
        sections.append(growth(options.sizes, options.texts))
    if "growth" not in options.parts or "indexing" in options.parts:
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            sections.append(indexing(Path(folder), options.texts, options.passages))
    for section in sections:
        print(section.markdown())
        if options.write:
            from benchmarks.__main__ import write

            write(section.title, section.markdown())
    print(machine())


if __name__ == "__main__":
    main()
