"""What users met with becomes draft gold entries: answers they marked as wrong, questions that were refused. Pure but
for `read`.

A draft holds what is known, the question and its conversation, and leaves blank what only a person can say: what
would have been right. `python -m eval check` refuses it until that is filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.dataset import DatasetError

FEEDBACK = "feedback.jsonl"
REFUSED = "refused.jsonl"


def read(store: Path) -> list[dict[str, Any]]:
    """The negative feedback and the refused questions below a store, oldest first; lines that are no such thing are
    left out.

    Raises:
        DatasetError: there is neither file.
    """
    files = [file for file in (store / FEEDBACK, store / REFUSED) if file.is_file()]
    if not files:
        raise DatasetError(
            f"No {FEEDBACK} and no {REFUSED} in {store}: they appear once answers are rated in the chat."
        )
    found = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            raise DatasetError(f"{file} cannot be read: {error.strerror}.") from None
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # a line cut short by a kill
            if isinstance(entry, dict) and isinstance(entry.get("question"), str) and entry["question"].strip():
                refused = file.name == REFUSED
                if refused or entry.get("rating") == "down":
                    found.append(entry | {"refused": refused})
    return sorted(found, key=lambda entry: str(entry.get("time") or ""))


def drafts(entries: Iterable[dict[str, Any]], taken: Iterable[str] = ()) -> list[dict[str, Any]]:
    """A draft gold entry for each question, one for the same question in the same conversation; no id is of `taken`."""
    used = set(taken)
    seen: set[tuple[str, ...]] = set()
    made = []
    for entry in entries:
        history = [text for text in entry.get("history") or [] if isinstance(text, str) and text.strip()]
        key = tuple(" ".join(text.casefold().split()) for text in (*history, entry["question"]))
        if key in seen:
            continue
        seen.add(key)
        answer = entry["answer"] if isinstance(entry.get("answer"), dict) else {}
        draft: dict[str, Any] = {"id": _id(entry["question"], used), "set": "", "kind": "from-users"}
        if history:
            draft |= {"history": history}
        draft |= {"question": entry["question"]}
        if history:
            draft |= {"standalone": str(answer.get("standalone_question") or entry["question"])}
        draft |= {
            "answerable": True,
            "reference": "",
            "required": [],
            "forbidden": [],
            "supports": [
                {"document": cited["document"], "quote": cited["quote"]}
                for cited in answer.get("citations") or []
                if isinstance(cited, dict) and cited.get("document") and cited.get("quote")
            ],
            "tags": ["draft"],
            "note": _note(entry, answer),
        }
        made.append(draft)
    return made


def _note(entry: dict[str, Any], answer: dict[str, Any]) -> str:
    parts = ["refused" if entry["refused"] else "marked as wrong"]
    if entry.get("comment"):
        parts.append(f"comment: {entry['comment']}")
    if answer.get("text"):
        parts.append(f"was answered: {answer['text']}")
    parts.append("to do: set, reference, required, forbidden, supports; or answerable false and no supports")
    return "; ".join(parts)


def _id(question: str, used: set[str]) -> str:
    words = re.findall(r"[^\W_]+", question.casefold())[:6]
    base = "-".join(words)[:50] or "question"
    name, number = base, 2
    while name in used:
        name, number = f"{base}-{number}", number + 1
    used.add(name)
    return name
