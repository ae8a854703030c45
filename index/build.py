"""Folder → index: load, chunk, embed, store; only what changed, published as a new generation.

A document is recognised by the hash of its content. A file whose size and time are as the manifest has them is not read
again, unless it was written so shortly before the manifest that its time could not tell.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index import apart
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
    check_seal,
    current,
    others,
    publish,
    read_manifest,
    seal,
    stage,
    write_manifest,
    writing_failed,
)
from index.lexical import LexicalIndex
from index.load import LOADER, FileEntry, load, read, scan
from index.store import PassageStore, freeze
from index.types import Document, Passage

_BATCH = 2_000
"""Passages that are embedded and written at a time: enough to sort by length."""
_SLICE = 256
"""Passages whose vectors are kept at a time: what a kill can cost."""
_RACY = 2_000_000_000
"""Nanoseconds: a file as young as this when the manifest was written may have changed again within its time's grain."""
_CHURN = 4
"""An index is made anew, from the vectors that are kept, once one in so many of its passages has been replaced: neither
Chroma's graph nor Tantivy's counts of terms forget at once."""

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
    known: frozenset[str]
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
    url: str | None = None,
    rebuild: bool = False,
    report: Report | None = None,
    waiting: Callable[[], None] | None = None,
    timeout: float = 600.0,
) -> Summary:
    """Brings the index in step with the folder, in a Chroma server where `url` names one; returns what it did.

    Only one process writes: another waits up to `timeout` seconds, and `waiting` is called when it starts to. Vectors
    are kept as they are computed, so that a run that is interrupted costs only what it had not finished.

    Raises:
        DocumentsError: the folder is missing, holds nothing readable, or has become empty.
        StoreMismatchError: the index was built by another embedder or version; `rebuild` replaces it.
        StoreLockedError: another process is still writing.
        StoreError: the index cannot be written.
    """
    began = time.monotonic()
    scan(folder)
    check_is_store(store)
    try:
        # What tells an index among the documents from documents has to be there before they are listed.
        (store / "generations").mkdir(parents=True, exist_ok=True)
        with locked(store, waiting, timeout):
            if url:
                from index.server import update_server

                return update_server(folder, store, embedder, url, rebuild, report, waiting, timeout)
            # Not before: another process may have indexed what came since.
            entries = scan(folder)
            return Update(folder, store, embedder, report).run(entries, rebuild, began)
    except (OSError, sqlite3.Error) as error:
        raise writing_failed(store, error) from None


@contextmanager
def locked(store: Path, waiting: Callable[[], None] | None, timeout: float) -> Iterator[None]:
    """Keeps other writers out; the system lets go of the lock of a process that died."""
    from filelock import FileLock, Timeout

    lock = FileLock(store / "lock")
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if waiting:
                waiting()
            lock.acquire(timeout=timeout)
    except Timeout:
        raise StoreLockedError(f"Another process is updating {store}: wait for it to finish, then try again.") from None
    try:
        yield
    finally:
        lock.release()


def _plan(entries: Sequence[FileEntry], manifest: Manifest | None, lost: Set[str] = frozenset()) -> _Plan:
    """Which files must be read, which records stand, which are gone. Reads only files whose size or time changed.

    `lost` holds keys of documents whose text is not kept any more, which are read again.
    """
    records = {record.path: record for record in manifest.documents} if manifest else {}
    known = frozenset(record.path for record in manifest.readable) if manifest else frozenset[str]()
    made = int(manifest.made * 1e9) if manifest else 0
    kept: list[DocumentRecord] = []
    stale: list[FileEntry] = []
    touched = False
    for entry in entries:
        record = records.pop(entry.name, None)
        if record is None or record.key in lost or record.key != digest(LOADER, record.path, record.hash):
            stale.append(entry)
        elif not record.hash:
            # It could not be read. Whether it can be now, neither its size nor its time tells.
            if _hash(entry):
                stale.append(entry)
            else:
                kept.append(record)
        elif (record.size, record.modified) == (entry.size, entry.modified) and made - entry.modified > _RACY:
            kept.append(record)
        elif record.size == entry.size and _hash(entry) == record.hash:
            touched = touched or record.modified != entry.modified or made - entry.modified <= _RACY
            kept.append(replace(record, modified=entry.modified))
        else:
            stale.append(entry)
    return _Plan(tuple(kept), tuple(stale), tuple(records.values()), known, touched)


def _hash(entry: FileEntry) -> str:
    """The hash of the file's content, empty where it cannot be read."""
    try:
        return digest(read(entry))
    except LoadError:
        return ""


class Update:
    """One run of `update`, with what it has at hand."""

    def __init__(
        self, folder: Path, store: Path, embedder: Embedder, report: Report | None, *, vectors: Path | None = None
    ) -> None:
        self._folder = folder
        self._store = store
        self._vectors = vectors or store / "embeddings.sqlite"
        self._embedder = embedder
        self._report = report or (lambda progress: None)
        self._embedded = 0
        self._checker = Checker()

    def run(self, entries: Sequence[FileEntry], rebuild: bool, began: float) -> Summary:
        base, manifest, damaged = (None, None, False) if rebuild else self.base()
        if manifest and manifest.readable and not entries:
            raise DocumentsError(
                f"{self._folder} is empty, but its index holds {len(manifest.readable)} documents: "
                "run `python -m qa index --rebuild` if they are meant to go."
            )
        if not entries:
            raise DocumentsError(f"{self._folder} holds no documents: put text files into it, or name another folder.")
        documents = DocumentCache(self._store / "documents.sqlite")
        vectors = VectorCache(self._vectors, self._embedder.name)
        try:
            kept = documents.keys()
            lost = {record.key for record in manifest.readable if record.key not in kept} if manifest else set()
            plan = _plan(entries, manifest, lost)
            if manifest and base and not damaged and not plan.stale and not plan.gone:
                if plan.touched:
                    write_manifest(base, replace(manifest, made=time.time(), documents=_sorted(plan.kept)))
                return Summary((), len(manifest.readable), manifest.passages, 0, time.monotonic() - began)
            try:
                manifest, changes = self._make(plan, base, manifest, documents, vectors)
            except StoreDamagedError:
                if base is None:
                    raise
                manifest, changes = self._make(plan, None, manifest, documents, vectors)
        finally:
            vectors.close()
            documents.close()
        return Summary(changes, len(manifest.readable), manifest.passages, self._embedded, time.monotonic() - began)

    def base(self) -> tuple[Path | None, Manifest | None, bool]:
        """The generation to start from, its manifest, and whether the current one is damaged: then it is the one
        before, or none, and all is made anew: every vector is still in the cache."""
        damaged = False
        try:
            found = [current(self._store)]
        except NoIndexError:
            return None, None, damaged
        except StoreDamagedError:
            found = []
        for generation in [*found, *others(self._store)]:
            try:
                manifest = read_manifest(generation)
                check_fingerprint(manifest, self._embedder.name, self._store)
                check_seal(generation)
                return generation, manifest, damaged or not found
            except StoreMismatchError:
                if not damaged and found:
                    raise
            except StoreDamagedError:
                damaged = True
        return None, None, damaged

    def _make(
        self,
        plan: _Plan,
        base: Path | None,
        manifest: Manifest | None,
        documents: DocumentCache,
        vectors: VectorCache,
    ) -> tuple[Manifest, tuple[Change, ...]]:
        """Makes the next generation, checks it and publishes it."""
        if base and manifest and manifest.churn * _CHURN > manifest.passages:
            base = None
        staging = stage(self._store, base)
        try:
            made = self._apply(plan, staging, manifest if base else None, documents, vectors)
            self.finish(staging, made[0], documents)
            seal(staging)
            documents.keep_only(self._needed(made[0]))
            publish(self._store, staging)
            return made
        finally:
            self._checker.close()
            shutil.rmtree(staging, ignore_errors=True)

    def open_passages(self, staging: Path) -> PassageStore:
        """Where passages are written."""
        self._checker.start()
        return PassageStore.open(staging / "chroma", create=True)

    def finish(self, staging: Path, manifest: Manifest, documents: DocumentCache) -> None:
        """What has to be done, once all is written, before the generation may be published.

        Raises:
            StoreDamagedError: it is not sound.
        """
        freeze(staging / "chroma")
        self._checker.check(staging)

    def _apply(
        self, plan: _Plan, staging: Path, base: Manifest | None, documents: DocumentCache, vectors: VectorCache
    ) -> tuple[Manifest, tuple[Change, ...]]:
        """Makes the staged copy of the base, or the empty one, hold what the plan says, and writes its manifest."""
        passages = self.open_passages(staging)
        try:
            lexical = LexicalIndex.open(staging / "lexical", create=True)
            gone = {record.hash: record for record in plan.gone if record.failure is None}
            records: list[DocumentRecord] = list(plan.kept)
            changes: list[Change] = []
            pending: list[Passage] = []
            churn = base.churn if base else 0
            before = {record.path for record in base.readable} if base else set()
            removed = {id_ for record in plan.gone if record.path in before for id_ in passages.ids_of(record.path)}
            if base is None:
                for record in plan.kept:
                    document = documents.get(record.key) if record.failure is None else None
                    pending += chunk(document) if document else []
                    pending = self._write(pending, passages, lexical, vectors)
            for done, entry in enumerate(plan.stale):
                self._report(Progress("reading", done, len(plan.stale)))
                old = passages.ids_of(entry.name) if entry.name in before else set()
                record, found = self._read(entry, documents)
                records.append(record)
                changes.append(_change(record, entry.name in plan.known, gone))
                removed |= old - {passage.id for passage in found}
                churn += len(found) + len(old) if base else 0
                pending = self._write(pending + found, passages, lexical, vectors)
            if not any(record.failure is None for record in records):
                raise DocumentsError(f"Nothing in {self._folder} can be read: {_reasons(records)}.")
            self._write(pending, passages, lexical, vectors, all_=True)
            passages.delete(sorted(removed))
            lexical.update([], sorted(removed))
            renamed = {change.detail for change in changes if change.kind == "renamed"}
            changes += [Change("removed", record.path) for record in plan.gone if record.path not in renamed]
            manifest = Manifest(self._embedder.name, CHUNKER, time.time(), len(lexical), _sorted(records), churn)
            write_manifest(staging, manifest)
        finally:
            passages.close()
        return manifest, tuple(sorted(changes, key=lambda change: change.path))

    def _read(self, entry: FileEntry, documents: DocumentCache) -> tuple[DocumentRecord, list[Passage]]:
        """One file's record and passages; a file that cannot be read has a failure instead."""
        record = DocumentRecord(entry.name, entry.size, entry.modified, hash="", key=digest(LOADER, entry.name, ""))
        try:
            data = read(entry)
            hash_ = digest(data)
            record = replace(record, size=len(data), hash=hash_, key=digest(LOADER, entry.name, hash_))
            document: Document | None = documents.get(record.key)
            if document is None:
                document = load(entry, data)
                documents.put(record.key, document)
        except LoadError as error:
            return replace(record, failure=str(error)), []
        found = chunk(document)
        return replace(record, title=document.title, date=document.date, passages=len(found)), found

    def _write(
        self,
        pending: list[Passage],
        passages: PassageStore,
        lexical: LexicalIndex,
        vectors: VectorCache,
        *,
        all_: bool = False,
    ) -> list[Passage]:
        """Embeds what was never embedded, and writes all full batches of passages; returns those that are left."""
        import numpy as np

        while len(pending) >= _BATCH or (all_ and pending):
            batch, pending = pending[:_BATCH], pending[_BATCH:]
            texts = [indexed_text(passage) for passage in batch]
            self._embed(texts, vectors)
            passages.put(batch, np.stack([vector for vector in vectors.get(texts) if vector is not None]))
            ids = [passage.id for passage in batch]
            lexical.update(zip(ids, texts, strict=True), ids)
        return pending

    def _embed(self, texts: Sequence[str], vectors: VectorCache) -> None:
        """Has the cache hold the vectors of the texts; what is embedded is kept at once, a slice at a time."""
        known = vectors.get(texts)
        # Texts of like length next to each other are embedded at once with little padding.
        missing = sorted({text for text, vector in zip(texts, known, strict=True) if vector is None}, key=_by_length)
        for at in range(0, len(missing), _SLICE):
            self._report(Progress("embedding", at, len(missing)))
            part = missing[at : at + _SLICE]
            vectors.put(part, self._embedder.embed(part))
            self._embedded += len(part)

    def _needed(self, manifest: Manifest) -> set[str]:
        """Keys of the documents of the new generation and of the one that readers may still hold."""
        keys = {record.key for record in manifest.documents}
        with suppress(StoreError):
            keys |= {record.key for record in read_manifest(current(self._store)).documents}
        return keys


def check_fingerprint(manifest: Manifest, embedder: str, place: object) -> None:
    """Raises:
    StoreMismatchError: the index was built by another embedder or chunker.
    """
    if (manifest.embedder, manifest.chunker) != (embedder, CHUNKER):
        raise StoreMismatchError(
            f"The index in {place} was built with {manifest.embedder} ({manifest.chunker}), "
            f"not {embedder} ({CHUNKER}): run `python -m qa index --rebuild`."
        )


def _by_length(text: str) -> tuple[int, str]:
    return len(text), text


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


class Checker:
    """Checks a staged generation in a process of its own, as damage can be a crash."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the process, which loads what it needs while there is other work, and waits to be told the folder."""
        if self._process is None:
            self._process = subprocess.Popen(
                apart.command("index.check"),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=apart.environment(),
            )
        return self._process

    def check(self, staging: Path) -> None:
        """
        Raises:
            StoreDamagedError: it is not sound.
        """
        process = self.start()
        _, said = process.communicate(os.fsencode(staging))
        self._process = None
        if process.returncode != 0:
            lines = said.decode("utf-8", "replace").strip().splitlines() or [f"exit status {process.returncode}"]
            raise StoreDamagedError(
                f"The new index did not pass its check ({lines[-1]}): run `python -m qa index --rebuild`. "
                "The old one stays in use."
            )

    def close(self) -> None:
        """Ends the process if it was started and is not needed."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
