"""Conversations, as JSON files of their owner's own folder below the store: still there after a reload and a
restart."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from index.errors import StoreError, UsageError
from qa.types import Turn
from web.answers import answer_from_json

State = Literal["asked", "answered", "stopped", "failed"]
LONGEST_TITLE = 80
MOST = 500
"""Conversations that one owner may keep."""
_ID = re.compile(r"[\w-]{8,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what became of it: `answer` is the contract's JSON, or None where there is none; then `text` is
    what had been written when it was stopped, or why it failed. One that stays `asked` was being answered when the
    server was killed. `rating` is `up`, `down` or None."""

    id: str
    question: str
    state: State
    answer: dict[str, Any] | None = None
    text: str = ""
    rating: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Times are ISO 8601 in UTC."""

    id: str
    title: str
    created: str
    updated: str
    exchanges: tuple[Exchange, ...] = ()

    def turns(self) -> list[Turn]:
        """What the assistant needs to know of it: the exchanges that were answered."""
        return [
            Turn(exchange.question, answer_from_json(exchange.answer)) for exchange in self.exchanges if exchange.answer
        ]

    def exchange(self, id_: str) -> Exchange | None:
        """The exchange of that id, if it is one of these."""
        return next((exchange for exchange in self.exchanges if exchange.id == id_), None)

    def before(self, id_: str) -> Conversation:
        """The conversation up to an exchange, without it and what follows."""
        position = next((at for at, exchange in enumerate(self.exchanges) if exchange.id == id_), len(self.exchanges))
        return replace(self, exchanges=self.exchanges[:position])


def now() -> str:
    """The time, as conversations and feedback have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def new_id() -> str:
    """An id that cannot be guessed."""
    return secrets.token_urlsafe(12)


class Conversations:
    """All owners' conversations; each method sees only those of the owner it is given. Safe to use from several
    threads."""

    def __init__(self, store: Path) -> None:
        self._folder = store / "conversations"
        self._lock = threading.RLock()

    def of(self, owner: str) -> list[Conversation]:
        """The owner's, the one used last first."""
        found = []
        for path in self._files(owner):
            conversation = _read(path)
            if conversation is not None:
                found.append(conversation)
        return sorted(found, key=lambda conversation: conversation.updated, reverse=True)

    def get(self, owner: str, id_: str) -> Conversation | None:
        """One of the owner's, or None."""
        return _read(self._path(owner, id_)) if owner and _ID.fullmatch(id_) else None

    def new(self, question: str) -> Conversation:
        """One that is not kept before something is said in it."""
        title = " ".join(question.split())
        cut = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
        return Conversation(new_id(), cut, now(), now())

    def ask(self, owner: str, conversation: Conversation, exchange: Exchange) -> Conversation:
        """Puts a question in the place of the one with its id and what followed that, or at the end.

        Raises:
            UsageError: the owner keeps too many conversations.
            StoreError: it cannot be written.
        """
        with self._lock:
            current = self.get(owner, conversation.id)
            if current is None and len(self._files(owner)) >= MOST:
                raise UsageError(f"{MOST} conversations are kept at most: delete one first.")
            base = (current or conversation).before(exchange.id)
            return self._write(owner, replace(base, updated=now(), exchanges=(*base.exchanges, exchange)))

    def answer(self, owner: str, id_: str, exchange: Exchange) -> Conversation | None:
        """Puts what became of a question in its place, which others may have followed by now; None where it has been
        deleted meanwhile.

        Raises:
            StoreError: it cannot be written.
        """
        return self._replace(owner, id_, exchange.id, lambda _: exchange, updated=now())

    def rate(self, owner: str, id_: str, exchange_id: str, rating: str | None) -> Conversation | None:
        """Marks an answer; None where there is no such exchange."""
        return self._replace(owner, id_, exchange_id, lambda exchange: replace(exchange, rating=rating))

    def _replace(
        self, owner: str, id_: str, exchange_id: str, change: Callable[[Exchange], Exchange], **changes: str
    ) -> Conversation | None:
        with self._lock:
            conversation = self.get(owner, id_)
            if conversation is None or conversation.exchange(exchange_id) is None:
                return None
            exchanges = tuple(
                change(exchange) if exchange.id == exchange_id else exchange for exchange in conversation.exchanges
            )
            return self._write(owner, replace(conversation, exchanges=exchanges, **changes))

    def rename(self, owner: str, id_: str, title: str) -> Conversation | None:
        """Gives it another title; None where there is no such conversation."""
        said = " ".join(title.split())[:LONGEST_TITLE]
        if not said:
            raise UsageError("The title is empty: type one.")
        with self._lock:
            conversation = self.get(owner, id_)
            return None if conversation is None else self._write(owner, replace(conversation, title=said))

    def delete(self, owner: str, id_: str) -> bool:
        """Removes it; False where there is no such conversation."""
        with self._lock:
            if not (owner and _ID.fullmatch(id_)):
                return False
            try:
                self._path(owner, id_).unlink()
            except FileNotFoundError:
                return False
            return True

    def _files(self, owner: str) -> list[Path]:
        return list((self._folder / owner).glob("*.json")) if owner else []

    def _path(self, owner: str, id_: str) -> Path:
        return self._folder / owner / f"{id_}.json"

    def _write(self, owner: str, conversation: Conversation) -> Conversation:
        if not owner:
            raise UsageError("There is nobody to keep the conversation for: allow this page its cookie.")
        path = self._path(owner, conversation.id)
        temporary = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(asdict(conversation), ensure_ascii=False, separators=(",", ":"))
            temporary.write_bytes(text.encode("utf-8", "backslashreplace"))
            os.replace(temporary, path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StoreError(f"The conversation cannot be kept ({error.strerror}): check the disk.") from None
        return conversation


def _read(path: Path) -> Conversation | None:
    """A conversation's file; None where it is missing or damaged."""
    try:
        fields = json.loads(path.read_text("utf-8"))
        exchanges = tuple(Exchange(**exchange) for exchange in fields.pop("exchanges"))
        return Conversation(**fields, exchanges=exchanges)
    except (OSError, ValueError, TypeError, KeyError):
        return None
