"""Cold and warm answers on the project's own documents."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, Section, interleaved, ratios, spread, timed

QUESTIONS = (
    "where was the sixth cyber dialogue held?",
    "who will host the next dialogue?",
    "what is hypothesis B?",
    "what are the Kunoichi Cyber Games?",
    "which capacity building measures were discussed?",
    "who is responsible for cyber policy at the ministry?",
    "what is the worst scenario?",
    "which working group do both sides use?",
    "what could strengthen ties?",
    "what is the population of the host city?",
)


def cold(runs: int = 7) -> Section:
    """`python -m qa ask` in a fresh process against the bare floor."""
    from index.build import update
    from index.embed import LocalEmbedder
    from index.generations import current

    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store")
        update(ROOT / "documents", store, LocalEmbedder())
        ask = ["-m", "qa", "ask", "who co-chaired the 6th dialogue?", "--store", str(store), "--documents", "documents"]
        seconds = interleaved(
            runs,
            {
                "python -m qa ask": [sys.executable, *ask],
                "floor": [sys.executable, "benchmarks/floor.py", str(current(store) / "chroma")],
            },
        )
    ratio = ratios(seconds["python -m qa ask"], seconds["floor"])
    return Section(
        "Cold answer",
        [
            ("", "seconds, median (range)"),
            ("`python -m qa ask` on the two documents", spread(seconds["python -m qa ask"])),
            ("floor: import chromadb, open, load the model, embed, query", spread(seconds["floor"])),
            ("ratio, pair by pair", spread(ratio)),
        ],
        [f"Aim: a ratio of at most 1.35. Runs: {runs}, interleaved, fresh processes, files cached."],
        seconds,
    )


def warm(rounds: int = 5) -> Section:
    """Later questions in one process, with the reader and without it."""
    from qa.assistant import Assistant
    from qa.settings import Settings

    rows = [("", "milliseconds, median (range)")]
    raw: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for reader, name in (("local", "with the reader"), ("none", "without (`QA_READER=none`)")):
            settings = Settings(documents=ROOT / "documents", store=Path(folder, "store"), reader=reader)
            with Assistant.open(settings) as assistant:
                assistant.ask("what is this about?")
                seconds = [timed(lambda q=q: assistant.ask(q)) for _ in range(rounds) for q in QUESTIONS]  # type: ignore[misc]
            rows.append((name, spread(seconds, 1000, 1)))
            raw[name.replace("`", "")] = seconds
    return Section(
        "Warm answer", rows, ["Aims: a median under 30 ms on the two documents, 60 ms with the reader."], raw
    )
