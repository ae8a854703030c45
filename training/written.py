"""Questions written for the reader: of each passage some that it answers and some near misses that it does not.

They lie in `training/written/*.jsonl`, one passage a line, each with an `id`. A line of `own_*.jsonl` has the passage
itself: `title`, `section`, `text`; one of `wiki_*.jsonl` names a paragraph of SQuADShifts' new Wikipedia articles by
the beginning of its SHA-256, as that text is not part of this project. `questions` are objects with `q` and `answer`:
the words of the passage that answer, or their offsets where the passage is not there, null where it does not answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from qa.reader import heading_of
from training.reader_data import WIKIPEDIA, Span, articles

FOLDER = Path(__file__).parent / "written"
HELD_OUT = 8
"""One passage of so many is not trained on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and every place of its answer in the passage; none where the passage does not answer."""

    question: str
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A passage, the heading above it, and its questions."""

    heading: str
    text: str
    questions: tuple[Asked, ...]
    held_out: bool


def digest(text: str) -> str:
    """By what a passage is named that is not part of this project."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def places(text: str, answer: str | list[int] | None) -> tuple[Span, ...]:
    """Where an answer, given by its words or its offsets, stands in a text as whole words, or where it first stands at
    all; nowhere where there is none.

    Raises:
        ValueError: the text does not have these words.
    """
    if answer is None:
        return ()
    if isinstance(answer, list):
        answer = text[slice(*answer)]
    whole = tuple(match.span() for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text))
    first = text.index(answer)
    return whole or ((first, first + len(answer)),)


def read(data: Path | None, folder: Path = FOLDER) -> list[Written]:
    """All passages with their questions, those of Wikipedia only where SQuADShifts is at hand.

    Args:
        data: holds `new_wiki_v1.0.json.gz`; None for the passages that lie here.

    Raises:
        SystemExit: it does not hold that, or a passage is not in it.
    """
    known = _paragraphs(data) if data else {}
    found: list[Written] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").split("\n")[:-1]:
            entry = json.loads(line)
            if "text" not in entry:
                if not data:
                    continue
                if entry["passage"] not in known:
                    raise SystemExit(f"{data}: no paragraph {entry['passage']}, which {file.name} asks of")
                entry["title"], entry["text"] = known[entry["passage"]]
            heading = heading_of(entry["title"], entry.get("section", ""))
            text = entry["text"]
            asked = tuple(Asked(each["q"], places(text, each["answer"])) for each in entry["questions"])
            found.append(Written(heading, text, asked, _is_held_out(entry["id"])))
    return found


def _is_held_out(passage: str) -> bool:
    return int(hashlib.sha1(passage.encode("utf-8"), usedforsecurity=False).hexdigest(), 16) % HELD_OUT == 0


def _paragraphs(data: Path) -> dict[str, tuple[str, str]]:
    """Title and text of every paragraph of Wikipedia's, by its digest."""
    return {
        digest(paragraph["context"]): (article["title"].replace("_", " "), paragraph["context"])
        for article in articles(data, WIKIPEDIA)
        for paragraph in article["paragraphs"]
    }
