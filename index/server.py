"""The index in a Chroma server: several processes on several machines answer from one, and any of them may update it.

    NAME           the passages and their vectors, among them such as no published version holds
    NAME-texts     head            the published version: its token, and how many parts its manifest has
                   manifest-T-0…   the manifest of the version with token T
                   document-K-0…   the document with key K, as it was read
                   claim           the writer at work

A version is published by one write, of `head`. Each process keeps a mirror in its own store folder: the manifest, the
documents and its own lexical index, in generations like those of an index without a server, and brings it in step with
`head` before it answers. What is in the mirror's lexical index is what is published: passages of a version that is only
being written are left out of what the server finds, and those of the version before are removed by the update after,
when nobody reads them any more.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.build import Report, Summary, Update, check_fingerprint, locked
from index.cache import DocumentCache, decode_document, encode_document
from index.chunk import CHUNKER, chunk, indexed_text
from index.corpus import Corpus, check_embedder
from index.embed import Embedder
from index.errors import NoIndexError, StoreDamagedError, StoreError, StoreLockedError, StoreMismatchError
from index.generations import (
    Manifest,
    check_is_store,
    check_seal,
    current,
    decode_manifest,
    publish,
    read_manifest,
    seal,
    stage,
    token,
    write_manifest,
    writing_failed,
)
from index.lexical import LexicalIndex
from index.load import scan
from index.store import PassageStore, ServerStore
from index.types import Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

_PART = 1_000_000
"""Characters of a text in one record; a server takes no more than 40 MB in one request."""
_TOKEN = "version.json"
LEASE = 30.0
"""Seconds after which a writer that gave no sign of life has lost its claim."""
_POLL = 0.5
_BEAT = 5.0
_LIVE: set[str] = set()
"""The claims that this process holds."""


class Published(ServerStore):
    """The passages of one version: those that the lexical index holds. Reads only."""

    _lexical: LexicalIndex

    @classmethod
    def of(cls, server: ServerStore, lexical: LexicalIndex) -> Published:
        """What the server has, seen through a mirror's lexical index."""
        found = cls.__new__(cls)
        found.__dict__.update(server.__dict__)
        found._lexical = lexical
        return found

    def __len__(self) -> int:
        return len(self._lexical)

    def nearest(self, vector: Vectors, n: int) -> list[tuple[str, float]]:
        """See `PassageStore`. What is being written or waits to be removed may be nearer, and is passed over."""
        asked = n
        while True:
            found = super().nearest(vector, asked)
            held = self._lexical.holding([id_ for id_, _ in found])
            kept = [(id_, similarity) for id_, similarity in found if id_ in held][:n]
            if len(kept) >= min(n, len(self._lexical)) or len(found) < asked:
                return kept
            asked *= 4

    def ids_of(self, document: str) -> set[str]:
        return self._lexical.holding(sorted(super().ids_of(document)))

    def of_document(self, document: str) -> list[Any]:
        found = super().of_document(document)
        held = self._lexical.holding([passage.id for passage in found])
        return [passage for passage in found if passage.id in held]


class _Writing(ServerStore):
    """What an update writes to: nothing is removed while others may read it."""

    @classmethod
    def of(cls, server: ServerStore) -> _Writing:
        found = cls.__new__(cls)
        found.__dict__.update(server.__dict__)
        return found

    def delete(self, ids: Sequence[str]) -> None:
        pass

    def close(self) -> None:
        pass


class ServerCorpus(Corpus):
    """The version that a Chroma server has published, as `Corpus`."""

    @classmethod
    def connect(cls, store: Path, embedder: str, url: str) -> ServerCorpus:
        """Connects, and brings the mirror in `store` in step.

        Raises:
            NoIndexError: the server has no index yet.
            StoreMismatchError: it was built with another embedder, or by another version of the program.
            StoreError: the server does not answer, or the mirror cannot be written.
        """
        server = ServerStore.connect(url)
        check_is_store(store)
        try:
            folder = place(store)
            generation, version = _in_step(server, folder, url)
            manifest = read_manifest(generation)
            check_embedder(manifest, embedder, url)
            corpus = cls(folder, generation, manifest, token(folder), partial(Published.of, server))
            corpus._server, corpus._url, corpus._version = server, url, version
            return corpus
        except OSError as error:
            server.close()
            raise writing_failed(store, error) from None
        except BaseException:
            server.close()
            raise

    _server: ServerStore
    _url: str
    _version: str

    @property
    def is_current(self) -> bool:
        """False once another version has been published.

        Raises:
            StoreError: the server does not answer.
        """
        return bool(_head(self._server, self._url)["token"] == self._version)


def _in_step(server: ServerStore, folder: Path, url: str) -> tuple[Path, str]:
    """The generation of the mirror in `folder` that is in step with the server, and its version."""
    version = _head(server, url)["token"]
    if generation := _mirrored(folder, version):
        return generation, version
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent, None, 600):
        version = _head(server, url)["token"]
        return _mirrored(folder, version) or mirror(folder, server, url), version


def published(store: Path, url: str) -> tuple[Path, Manifest]:
    """The mirror's generation once it is in step with the server, whatever embedder made the index, and its manifest.

    Raises:
        NoIndexError, StoreMismatchError, StoreError: as of `ServerCorpus.connect`.
    """
    server = ServerStore.connect(url)
    check_is_store(store)
    try:
        generation, _ = _in_step(server, place(store), url)
        return generation, read_manifest(generation)
    except OSError as error:
        raise writing_failed(store, error) from None
    finally:
        server.close()


def place(store: Path) -> Path:
    """Where in a store folder the mirror of a server lies, beside an index of the folder's own."""
    return store / "server"


def _head(server: ServerStore, url: str) -> dict[str, Any]:
    found = server.texts(["head"])
    if not found:
        raise NoIndexError(f"No index in the Chroma server at {url}: run `python -m qa index` to build it.")
    try:
        head: dict[str, Any] = json.loads(found["head"])
        return {"token": str(head["token"]), "parts": int(head["parts"])}
    except (ValueError, KeyError, TypeError):
        raise StoreDamagedError(
            f"The index in the Chroma server at {url} is damaged: run `python -m qa index --rebuild`."
        ) from None


def _mirrored(store: Path, version: str) -> Path | None:
    """The mirror's generation, where it is sound and of that version."""
    try:
        generation = current(store)
        check_seal(generation)
        found = json.loads((generation / _TOKEN).read_text("utf-8"))
    except (StoreError, OSError, ValueError):
        return None
    return generation if found == version else None


def mirror(store: Path, server: ServerStore, url: str) -> Path:
    """Brings the mirror in step with the published version; only documents that it does not know are fetched.

    The store has to be locked.

    Raises:
        NoIndexError: nothing is published.
        StoreMismatchError: another version of the program published it.
        StoreError: the server or the disk does not do its part.
    """
    head = _head(server, url)
    manifest = decode_manifest(_joined(server, f"manifest-{head['token']}", head["parts"], url), url)
    if manifest.chunker != CHUNKER:
        check_fingerprint(manifest, manifest.embedder, url)
    base, before = None, None
    with suppress(StoreError):
        base = current(store)
        check_seal(base)
        before = read_manifest(base)
    if before is None or before.chunker != CHUNKER or not (base and (base / _TOKEN).is_file()):
        base, before = None, None
    staging = stage(store, base)
    documents = DocumentCache(store / "documents.sqlite")
    try:
        lexical = LexicalIndex.open(staging / "lexical", create=True)
        old = {record.path: record for record in before.readable} if before else {}
        add: list[tuple[str, str]] = []
        remove: list[str] = []
        for record in manifest.readable:
            known = old.pop(record.path, None)
            if known and known.key == record.key and documents.get(record.key):
                continue
            document = documents.get(record.key)
            if document is None:
                document = _fetch(server, record.key, url)
                documents.put(record.key, document)
            add += [(passage.id, indexed_text(passage)) for passage in chunk(document)]
            remove += _ids(documents, known.key) if known else []
        for record in old.values():
            remove += _ids(documents, record.key)
        lexical.update(add, [*remove, *(id_ for id_, _ in add)])
        if len(lexical) != manifest.passages:
            if base is None:
                raise StoreDamagedError(
                    f"The index in the Chroma server at {url} does not add up: run `python -m qa index --rebuild`."
                )
            (base / _TOKEN).unlink(missing_ok=True)
            return mirror(store, server, url)
        return _publish_mirror(store, staging, _with_times(manifest, before), head["token"], documents)
    finally:
        documents.close()
        shutil.rmtree(staging, ignore_errors=True)


def _with_times(manifest: Manifest, before: Manifest | None) -> Manifest:
    """The manifest with the sizes and times that this machine's files have, where their content is the same."""
    known = {(record.path, record.hash): record for record in before.documents} if before else {}
    return replace(
        manifest,
        documents=tuple(
            replace(record, modified=known[record.path, record.hash].modified)
            if (record.path, record.hash) in known
            else record
            for record in manifest.documents
        ),
    )


def _publish_mirror(store: Path, staging: Path, manifest: Manifest, version: str, documents: DocumentCache) -> Path:
    write_manifest(staging, manifest)
    (staging / _TOKEN).write_text(json.dumps(version), "utf-8")
    seal(staging)
    keys = {record.key for record in manifest.documents}
    with suppress(StoreError):
        keys |= {record.key for record in read_manifest(current(store)).documents}
    documents.keep_only(keys)
    return publish(store, staging)


def _ids(documents: DocumentCache, key: str) -> list[str]:
    document = documents.get(key)
    return [passage.id for passage in chunk(document)] if document else []


def _joined(server: ServerStore, name: str, parts: int, url: str) -> str:
    ids = [f"{name}-{part}" for part in range(parts)]
    found: dict[str, str] = {}
    for at in range(0, parts, 20):
        found |= server.texts(ids[at : at + 20])
    if len(found) != parts:
        raise StoreDamagedError(f"The Chroma server at {url} has lost {name}: run `python -m qa index --rebuild`.")
    return "".join(found[id_] for id_ in ids)


def _fetch(server: ServerStore, key: str, url: str) -> Document:
    name = f"document-{key}"
    parts = server.texts([name]).get(name, "0")
    return decode_document(_joined(server, name, int(parts) if parts.isdigit() else 0, url) or "null", url)


def _split(text: str) -> list[str]:
    return [text[at : at + _PART] for at in range(0, len(text), _PART)] or [""]


class _Claim:
    """The right to write, held by one process at a time. A name that is stored already stays as it is, so the first who
    stores its own under `claim` holds it. Who waits takes over from a process of this machine that is gone, and from
    another once it has given no sign of life for `LEASE` seconds."""

    def __init__(self, server: ServerStore, url: str) -> None:
        self._server = server
        self._url = url
        self._mine = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex}"
        self._over = threading.Event()
        self._beating: threading.Thread | None = None

    def take(self, waiting: Callable[[], None] | None, timeout: float) -> None:
        """Waits for its turn.

        Raises:
            StoreLockedError: others hold it for longer than the timeout.
        """
        began = since = time.monotonic()
        seen, waited = "", False
        while True:
            self._server.put_text("claim", f"{self._mine} 0", keep=True)
            holder = self._server.texts(["claim"]).get("claim", "")
            if holder.startswith(self._mine):
                break
            now = time.monotonic()
            if holder != seen:
                seen, since = holder, now
            if _gone(holder) or now - since > LEASE:
                self._server.delete_texts(["claim"])
                continue
            if not waited and waiting:
                waiting()
            waited = True
            if now - began > timeout:
                raise StoreLockedError(
                    f"Another process is updating the index in the Chroma server at {self._url}: "
                    "wait for it to finish, then try again."
                )
            time.sleep(_POLL)
        _LIVE.add(self._mine)
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self._beating.start()

    def _beat(self) -> None:
        beats = 0
        while not self._over.wait(_BEAT):
            beats += 1
            with suppress(StoreError):  # the update meets the same trouble, and tells of it
                if self.held():
                    self._server.put_text("claim", f"{self._mine} {beats}")

    def held(self) -> bool:
        """True where nobody has taken over."""
        return self._server.texts(["claim"]).get("claim", "").startswith(self._mine)

    def release(self) -> None:
        """Lets the next one write."""
        self._over.set()
        if self._beating:
            self._beating.join()
        _LIVE.discard(self._mine)
        with suppress(StoreError):
            if self.held():
                self._server.delete_texts(["claim"])


def _gone(holder: str) -> bool:
    """True where a claim is that of a process of this machine that is no more."""
    host, pid, name = [*holder.split(" "), "", "", ""][:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return f"{host} {pid} {name}" not in _LIVE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class _ServerUpdate(Update):
    """An update of the index in a server, through this process's mirror."""

    def __init__(
        self,
        folder: Path,
        store: Path,
        embedder: Embedder,
        report: Report | None,
        server: ServerStore,
        url: str,
        claim: _Claim,
    ) -> None:
        super().__init__(folder, place(store), embedder, report, vectors=store / "embeddings.sqlite")
        self._server = server
        self._url = url
        self._claim = claim
        self._name = embedder.name

    def base(self) -> tuple[Path | None, Manifest | None, bool]:
        try:
            version = _head(self._server, self._url)["token"]
        except NoIndexError:
            return None, None, False
        generation = _mirrored(self._store, version) or mirror(self._store, self._server, self._url)
        manifest = read_manifest(generation)
        check_fingerprint(manifest, self._name, self._url)
        return generation, manifest, False

    def open_passages(self, staging: Path) -> PassageStore:
        (staging / _TOKEN).unlink(missing_ok=True)
        return _Writing.of(self._server)

    def finish(self, staging: Path, manifest: Manifest, documents: DocumentCache) -> None:
        """Publishes the version in the server: the documents, the manifest, and then `head`."""
        lexical = LexicalIndex.open(staging / "lexical")
        if len(_held(self._server, lexical)) != manifest.passages:
            raise StoreDamagedError(
                f"The Chroma server at {self._url} does not hold what was written: run `python -m qa index --rebuild`."
            )
        stored = set(self._server.text_ids())
        for record in manifest.readable:
            document = documents.get(record.key)
            if document is None or f"document-{record.key}" in stored:
                continue
            parts = _split(encode_document(document))
            for at, part in enumerate(parts):
                self._server.put_text(f"document-{record.key}-{at}", part)
            self._server.put_text(f"document-{record.key}", str(len(parts)))
        version = uuid.uuid4().hex
        parts = _split(json.dumps(asdict(replace(manifest, churn=0))))
        for at, part in enumerate(parts):
            self._server.put_text(f"manifest-{version}-{at}", part)
        if not self._claim.held():
            raise StoreLockedError("Another process has taken over the update: try again.")
        self._server.put_text("head", json.dumps({"token": version, "parts": len(parts)}))
        write_manifest(staging, replace(manifest, churn=0))
        (staging / _TOKEN).write_text(json.dumps(version), "utf-8")


def _held(server: ServerStore, lexical: LexicalIndex) -> set[str]:
    """The ids in the server that a lexical index holds."""
    ids = server.ids()
    return {id_ for at in range(0, len(ids), 5_000) for id_ in lexical.holding(ids[at : at + 5_000])}


def collect(server: ServerStore, store: Path, url: str) -> int:
    """Removes what belongs to no published version, but to the one before or to a writer that died.

    Returns how many passages. The claim has to be held, and the mirror to be in step.
    """
    generation = _mirrored(store, _head(server, url)["token"])
    if generation is None:
        return 0
    manifest = read_manifest(generation)
    lexical = LexicalIndex.open(generation / "lexical")
    held = _held(server, lexical)
    gone = [id_ for id_ in server.ids() if id_ not in held]
    server.delete(gone)
    keys = {record.key for record in manifest.documents}
    version = _head(server, url)["token"]

    def needed(name: str) -> bool:
        kind, _, rest = name.partition("-")
        first = rest.partition("-")[0]
        return (
            kind in ("head", "claim")
            or (kind == "manifest" and first == version)
            or (kind == "document" and first in keys)
        )

    server.delete_texts([name for name in server.text_ids() if not needed(name)])
    return len(gone)


def update_server(
    folder: Path,
    store: Path,
    embedder: Embedder,
    url: str,
    rebuild: bool,
    report: Report | None,
    waiting: Callable[[], None] | None,
    timeout: float,
) -> Summary:
    """`index.build.update` for a Chroma server; the mirror has to be locked.

    Raises:
        FootnoteError: as `index.build.update`; the server does not answer.
    """
    began = time.monotonic()
    server = ServerStore.connect(url)
    claim = _Claim(server, url)
    place(store).mkdir(exist_ok=True)
    try:
        claim.take(waiting, timeout)
        try:
            update = _ServerUpdate(folder, store, embedder, report, server, url, claim)
            if not rebuild:
                with suppress(NoIndexError, StoreMismatchError):
                    update.base()
                    collect(server, place(store), url)
            return update.run(scan(folder), rebuild, began)
        finally:
            claim.release()
    finally:
        server.close()
