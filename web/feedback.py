"""What users thought of answers, and which questions were refused, as JSON lines in the store for the evaluation to
draw on."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from index.errors import StoreError
from web.conversations import Conversation, Exchange, now

FEEDBACK, REFUSED = "feedback.jsonl", "refused.jsonl"
LONGEST_COMMENT = 2_000
_LARGEST = 64 * 2**20
_lock = threading.Lock()


def rated(store: Path, conversation: Conversation, exchange: Exchange, rating: str, comment: str | None) -> None:
    """Adds a rating, `up` or `down`.

    Raises:
        StoreError: it cannot be written.
    """
    line = _entry(conversation, exchange) | {
        "rating": rating,
        "comment": (comment or "").strip()[:LONGEST_COMMENT] or None,
    }
    _append(store / FEEDBACK, line)


def refused(store: Path, conversation: Conversation, exchange: Exchange) -> None:
    """Adds a question that the documents did not answer."""
    _append(store / REFUSED, _entry(conversation, exchange))


def _entry(conversation: Conversation, exchange: Exchange) -> dict[str, Any]:
    return {
        "time": now(),
        "conversation": conversation.id,
        "question": exchange.question,
        "history": [earlier.question for earlier in conversation.before(exchange.id).exchanges],
        "answer": exchange.answer,
    }


def _append(path: Path, entry: dict[str, Any]) -> None:
    data = (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
    try:
        with _lock, open(path, "ab") as file:
            if file.tell() + len(data) > _LARGEST:
                raise StoreError(f"{path} has grown too large: move it away.")
            file.write(data)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): check the disk.") from None
