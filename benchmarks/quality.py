"""How good answers and search are on public sets that are not part of the project.

`FOOTNOTE_DATA` names the folder that holds `xquad-en-dev.json` (24 English articles of XQuAD, Artetxe et al. 2020, in
SQuAD's format) and `chunking-dev/` (two corpora of 'Evaluating Chunking Strategies for Retrieval', Smith and Troynikov
2024: `questions.json` with the character spans that answer each question, and the documents).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

from benchmarks.measure import Section

Setting = Literal["nothing", "articles", "paragraphs"]
SETTINGS: dict[Setting, str] = {
    "nothing": "everything there",
    "articles": "every other article missing (far)",
    "paragraphs": "every other paragraph missing (near)",
}


class NoData(Exception):
    """The public sets are not at hand."""


def data() -> Path:
    """The folder of the public sets.

    Raises:
        NoData: `FOOTNOTE_DATA` names none.
    """
    folder = Path(os.environ.get("FOOTNOTE_DATA", ""))
    if not os.environ.get("FOOTNOTE_DATA") or not folder.is_dir():
        raise NoData("set FOOTNOTE_DATA to the folder that holds xquad-en-dev.json and chunking-dev/")
    return folder


def answers() -> Section:
    """Extractive answers to XQuAD's development half, with everything there and with parts left out."""
    from eval.dataset import load_squad
    from eval.session import play_rows
    from eval.summary import summarise
    from qa.assistant import Assistant
    from qa.settings import Settings
    from qa.verify import supports

    file = data() / "xquad-en-dev.json"
    columns = ("first_sentence", "gold_citation_hit", "abstention_recall", "over_refusal", "abstention_balanced")
    head = ("", "right", "first sentence", "paragraph cited", "refused of what is missing", "refused of what is there")
    rows: list[tuple[str, ...]] = [(*head, "balanced", "calibration error", "ms, median")]
    raw: dict[str, Any] = {}
    for setting, name in SETTINGS.items():
        cases, texts = load_squad(file, setting)
        with tempfile.TemporaryDirectory() as folder:
            documents = Path(folder, "documents")
            documents.mkdir()
            for path, text in texts.items():
                (documents / path).write_text(text, "utf-8", newline="")
            with Assistant.open(Settings(documents=documents, store=Path(folder, "store"))) as assistant:
                played = play_rows(cases, assistant, texts, supports)
        measured = summarise(played)
        there = [one for one in played if one["answerable"]]

        def share(metric: str, found: Any = measured) -> str:
            value = found[metric].value if metric in found else None
            return "–" if value is None else f"{value:.3f}"

        right = sum(one["right"] for one in there) / len(there)
        milliseconds = f"{1000 * (measured['latency_p50'].value or 0):.0f}"
        rows.append((name, f"{right:.3f}", *map(share, columns), share("calibration_error"), milliseconds))
        given = [one["answer"] for one in played]
        raw[setting] = {
            "answerable": [one["answerable"] for one in played],
            "right": [one["right"] for one in played],
            "refused": [answer["status"] == "not_found" for answer in given],
            "confidence": [answer["confidence"] for answer in given],
        }
    return Section(
        "Answers on XQuAD",
        rows,
        [
            "612 questions in each setting, one text file an article. Right: at most two sentences and sixty words",
            "more than the sentence that holds the answer. First sentence and paragraph are of what was answered.",
            "The coefficients of the ranking were fitted on these articles; `training/fit_ranking.py` prints the",
            "figures cross-validated by article.",
        ],
        raw,
    )


def search() -> Section:
    """Character recall and IoU of the top five passages on the chunking set."""
    from qa.assistant import Assistant
    from qa.settings import Settings

    folder = data() / "chunking-dev"
    questions = json.loads((folder / "questions.json").read_text("utf-8"))
    by_document: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as place:
        documents = Path(place, "documents")
        documents.mkdir()
        for path in folder.glob("*.md"):
            (documents / path.name).write_bytes(path.read_bytes())
        with Assistant.open(Settings(documents=documents, store=Path(place, "store"))) as assistant:
            for asked in questions:
                wanted = {at for span in asked["spans"] for at in range(span["start"], span["end"])}
                found = [item.passage for item in assistant.search(asked["question"], 5)]
                sizes = sum(passage.end - passage.start for passage in found)
                held = {
                    at for p in found if p.document == asked["document"] for at in range(p.start, p.end) if at in wanted
                }
                scores = (len(held) / len(wanted), len(held) / (sizes + len(wanted - held)))
                by_document[asked["document"]].append(scores)
    every = [scores for group in by_document.values() for scores in group]
    rows = [("", "questions", "character recall", "IoU")]
    for name, group in (*sorted(by_document.items()), ("both", every)):
        recall, overlap = (sum(scores[i] for scores in group) / len(group) for i in (0, 1))
        rows.append((name, str(len(group)), f"{recall:.3f}", f"{overlap:.3f}"))
    return Section(
        "Search on the chunking set",
        rows,
        ["Top five passages. Chroma's report's schemes with dense and BM25: .848 / .064 and .927 / .036."],
    )
