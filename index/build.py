"""Folder → index: load, chunk, embed, store; only what changed, published as a new generation.

A document is recognised by the hash of its content. A file whose size and time are as the manifest has them is not read again,
unless it was written so shortly before the manifest that its time could not tell.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index.cache import DocumentCache, VectorCache, digest
from index.chunk import CHUNKER, chunk, indexed_text
from index.embed import Embedder
from index.errors import (
    DocumentsError,
    LoadError,
    NoIndexError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreMismatchError,
)
from index.generations import (
    DocumentRecord,
    Manifest,
    check_is_store,
    current,
    newest_complete,
    publish,
    read_manifest,
    stage,
    write_manifest,
)
from index.lexical import LexicalIndex
from index.load import LOADER, FileEntry, load, read, scan
from index.store import PassageStore
from index.types import Document, Passage

_BATCH = 2_000
"""Passages that are embedded and written at a time: enough to sort by length, little enough to lose."""
_RACY = 2_000_000_000
"""Nanoseconds: a file as young as this when the manifest was written may have changed again within its time's grain."""

Kind = Literal["added", "changed", "renamed", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one document; `detail` is the reason of a failure, or the name that a renamed one had."""

    kind: Kind
    path: str
    passages: int = 0
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What an update did. `embedded` counts the passages whose vectors were not known yet; `seconds` is wall-clock."""

    changes: tuple[Change, ...]
    documents: int
    passages: int
    embedded: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an update is: `done` of `total` passages or files, and the stage in a word."""

    stage: str
    done: int
    total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    kept: tuple[DocumentRecord, ...]
    stale: tuple[FileEntry, ...]
    gone: tuple[DocumentRecord, ...]
    touched: bool


def outdated(folder: Path, manifest: Manifest) -> list[Change]:
    """What an update would have to do, from the files' sizes and times alone, reading only those that changed.

    Raises:
        DocumentsError: the folder cannot be read.
    """
    plan = _plan(scan(folder), manifest)
    known = {record.path for record in manifest.documents}
    stale = [Change("changed" if entry.name in known else "added", entry.name) for entry in plan.stale]
    return stale + [Change("removed", record.path) for record in plan.gone]


def update(
    folder: Path,
    store: Path,
    embedder: Embedder,
    *,
    rebuild: bool = False,
    report: Report | None = None,
    waiting: Callable[[], None] | None = None,
    timeout: float = 600.0,
) -> Summary:
    """Brings the index in step with the folder; returns what it did.

    Only one process writes: another waits up to `timeout` seconds, and `waiting` is called when it starts to. Vectors are kept
    as they are computed, so that a run that is interrupted costs only what it had not finished.

    Raises:
        DocumentsError: the folder is missing, holds nothing readable, or has become empty.
        StoreMismatchError: the index was built by another embedder or version; `rebuild` replaces it.
        StoreLockedError: another process is still writing.
        StoreError: the index cannot be written.
    """
    from filelock import FileLock, Timeout

    began = time.monotonic()
    entries = scan(folder)
    check_is_store(store)
    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(store / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if waiting:
                waiting()
            lock.acquire(timeout=timeout)
        try:
            return _Update(folder, store, embedder, report or (lambda progress: None)).run(entries, rebuild, began)
        finally:
            lock.release()
    except Timeout:
        raise StoreLockedError(f"Another process is updating {store}: wait for it to finish, then try again.") from None
    except OSError as error:
        raise _writing_failed(store, error) from None


def _writing_failed(store: Path, error: OSError) -> StoreError:
    if error.errno == errno.ENOSPC:
        return StoreError(f"The disk is full: make room where {store} lies, then try again. Nothing was lost.")
    return StoreError(f"The index in {store} cannot be written ({error.strerror or error}): check the folder's permissions.")


def _plan(entries: Sequence[FileEntry], manifest: Manifest | None) -> _Plan:
    """Which files must be read, which records stand, which are gone. Reads only files whose size or time changed."""
    records = {record.path: record for record in manifest.documents} if manifest else {}
    made = int(manifest.made * 1e9) if manifest else 0
    kept, stale, touched = [], [], False
    for entry in entries:
        record = records.pop(entry.name, None)
        if record is None:
            stale.append(entry)
        elif (record.size, record.modified) == (entry.size, entry.modified) and made - entry.modified > _RACY:
            kept.append(record)
        elif record.size == entry.size and record.hash and _hash(entry) == record.hash:
            touched = touched or record.modified != entry.modified or made - entry.modified <= _RACY
            kept.append(replace(record, modified=entry.modified))
        else:
            stale.append(entry)
    return _Plan(tuple(kept), tuple(stale), tuple(records.values()), touched)


def _hash(entry: FileEntry) -> str:
    try:
        return digest(read(entry))
    except LoadError:
        return ""


class _Update:
    """One run of `update`, with what it has at hand."""

    def __init__(self, folder: Path, store: Path, embedder: Embedder, report: Report) -> None:
        self._folder = folder
        self._store = store
        self._embedder = embedder
        self._report = report
        self._embedded = 0

    def run(self, entries: Sequence[FileEntry], rebuild: bool, began: float) -> Summary:
        base, manifest = (None, None) if rebuild else self._base()
        if manifest and manifest.readable and not entries:
            raise DocumentsError(
                f"{self._folder} is empty, but its index holds {len(manifest.readable)} documents: "
                "run `python -m qa index --rebuild` if they are meant to go."
            )
        if not entries:
            raise DocumentsError(f"{self._folder} holds no documents: put text files into it, or name another folder.")
        plan = _plan(entries, manifest)
        if manifest and base and not plan.stale and not plan.gone:
            if plan.touched:
                write_manifest(base, replace(manifest, made=time.time(), documents=_sorted(plan.kept)))
            return Summary((), len(manifest.readable), manifest.passages, 0, time.monotonic() - began)
        staging = stage(self._store, base)
        try:
            manifest, changes = self._apply(plan, staging)
            _check(staging)
            publish(self._store, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return Summary(
            changes, len(manifest.readable), manifest.passages, self._embedded, time.monotonic() - began
        )

    def _base(self) -> tuple[Path | None, Manifest | None]:
        """The generation to start from. A damaged one falls back on the one before, and that on building anew: every
        vector is still in the cache."""
        try:
            base: Path | None = current(self._store)
        except NoIndexError:
            return None, None
        except StoreDamagedError:
            base = newest_complete(self._store)
        if base is None:
            return None, None
        try:
            manifest = read_manifest(base)
        except StoreDamagedError:
            base = newest_complete(self._store)
            if base is None:
                return None, None
            manifest = read_manifest(base)
        if (manifest.embedder, manifest.chunker) != (self._embedder.name, CHUNKER):
            raise StoreMismatchError(
                f"The index in {self._store} was built with {manifest.embedder} ({manifest.chunker}), "
                f"not {self._embedder.name} ({CHUNKER}): run `python -m qa index --rebuild`."
            )
        return base, manifest

    def _apply(self, plan: _Plan, staging: Path) -> tuple[Manifest, tuple[Change, ...]]:
        """Makes the staged copy hold what the plan says, and writes its manifest."""
        documents = DocumentCache(self._store / "documents.sqlite")
        vectors = VectorCache(self._store / "embeddings.sqlite", self._embedder.name)
        passages = PassageStore.open(staging / "chroma", create=True)
        lexical = LexicalIndex.open(staging / "lexical", create=True)
        try:
            gone = {record.hash: record for record in plan.gone if record.failure is None}
            records: list[DocumentRecord] = list(plan.kept)
            changes: list[Change] = []
            pending: list[Passage] = []
            removed = {id_ for record in plan.gone if record.failure is None for id_ in passages.ids_of(record.path)}
            for done, entry in enumerate(plan.stale):
                self._report(Progress("reading", done, len(plan.stale)))
                old = passages.ids_of(entry.name)
                record, found = self._read(entry, documents)
                records.append(record)
                changes.append(_change(record, bool(old), gone))
                removed |= old - {passage.id for passage in found}
                pending += found
                if len(pending) >= _BATCH:
                    self._write(pending, passages, lexical, vectors)
                    pending = []
            if not any(record.failure is None for record in records):
                raise DocumentsError(f"Nothing in {self._folder} can be read: {_reasons(records)}.")
            self._write(pending, passages, lexical, vectors)
            passages.delete(sorted(removed))
            lexical.update([], sorted(removed))
            renamed = {change.detail for change in changes if change.kind == "renamed"}
            changes += [Change("removed", record.path) for record in plan.gone if record.path not in renamed]
            manifest = Manifest(self._embedder.name, CHUNKER, time.time(), len(passages), _sorted(records))
            write_manifest(staging, manifest)
            documents.keep_only(self._needed(manifest))
            return manifest, tuple(sorted(changes, key=lambda change: change.path))
        finally:
            passages.close()
            vectors.close()
            documents.close()

    def _read(self, entry: FileEntry, documents: DocumentCache) -> tuple[DocumentRecord, list[Passage]]:
        """One file's record and passages; a file that cannot be read has a failure instead."""
        record = DocumentRecord(entry.name, entry.size, entry.modified, hash="")
        try:
            data = read(entry)
            record = replace(record, hash=digest(data))
            key = digest(LOADER, entry.name, record.hash)
            document: Document | None = documents.get(key)
            if document is None:
                document = load(entry, data)
                documents.put(key, document)
        except LoadError as error:
            return replace(record, failure=str(error)), []
        found = chunk(document)
        return replace(record, key=key, title=document.title, date=document.date, passages=len(found)), found

    def _write(
        self, batch: Sequence[Passage], passages: PassageStore, lexical: LexicalIndex, vectors: VectorCache
    ) -> None:
        """Embeds what was never embedded, and writes a batch of passages."""
        import numpy as np

        if not batch:
            return
        texts = [indexed_text(passage) for passage in batch]
        known = vectors.get(texts)
        missing = [at for at, vector in enumerate(known) if vector is None]
        if missing:
            new = self._embed([texts[at] for at in missing])
            vectors.put([texts[at] for at in missing], new)
            for at, vector in zip(missing, new, strict=True):
                known[at] = vector
        passages.put(batch, np.stack([vector for vector in known if vector is not None]))
        lexical.update(zip((passage.id for passage in batch), texts, strict=True), (passage.id for passage in batch))

    def _embed(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        done = 0

        def tick(count: int) -> None:
            nonlocal done
            done += count
            self._report(Progress("embedding", done, len(texts)))

        vectors = self._embedder.embed(texts, tick)
        self._embedded += len(texts)
        return vectors

    def _needed(self, manifest: Manifest) -> set[str]:
        """Keys of the documents of the new generation and of the one that readers may still hold."""
        keys = {record.key for record in manifest.documents}
        try:
            keys |= {record.key for record in read_manifest(current(self._store)).documents}
        except StoreError:
            pass
        return keys


def _change(record: DocumentRecord, known: bool, gone: dict[str, DocumentRecord]) -> Change:
    if record.failure is not None:
        return Change("failed", record.path, detail=record.failure)
    if known:
        return Change("changed", record.path, record.passages)
    if former := gone.pop(record.hash, None):
        return Change("renamed", record.path, record.passages, former.path)
    return Change("added", record.path, record.passages)


def _sorted(records: Sequence[DocumentRecord]) -> tuple[DocumentRecord, ...]:
    return tuple(sorted(records, key=lambda record: record.path))


def _reasons(records: Sequence[DocumentRecord]) -> str:
    named = [f"{record.path} ({record.failure})" for record in records[:3]]
    more = f", and {len(records) - 3} more" if len(records) > 3 else ""
    return ", ".join(named) + more


def _check(staging: Path) -> None:
    """Checks the staged generation in a process of its own: damage can be a crash.

    Raises:
        StoreDamagedError: it is not sound.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-m", "index.check", str(staging)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise StoreDamagedError(
            f"The new index did not pass its check ({reason}): run `python -m qa index --rebuild`. The old one stays in use."
        )
