"""Generations: an index is made aside, checked, and only then put in place of the one before.

    .qa/
      CURRENT                the name of the generation in use, replaced atomically
      generations/0007/      manifest.json · seal.json · chroma/ · lexical/
      embeddings.sqlite      vectors by (embedder, text)
      documents.sqlite       documents as they were read, by content
      lock                   held by the one writer

A kill at any moment leaves CURRENT on a complete generation. What is published never changes but for the times in its
manifest: the seal tells one that was damaged since, before Chroma opens it, which a damaged file can crash.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import NoIndexError, StoreDamagedError, StoreError, StoreMismatchError

VERSION = 3
"""Of the layout above, the manifest below and the terms that are counted; another version's index is not read."""
_STAGING = ".new-"
_SEAL = "seal.json"
_BLOCK = 4096
_BLOCKS = 64
"""Blocks of a file that its seal covers, spread over it: all of a file up to 256 KB."""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the manifest says of a file: `size` in bytes, `modified` in nanoseconds, `hash` of its bytes; `key` finds
    the document in the cache. A file that could not be read has a `failure` and no passages, and no hash where not even
    its bytes could be had."""

    path: str
    size: int
    modified: int
    hash: str
    key: str = ""
    title: str = ""
    date: str | None = None
    passages: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds, and what it was made with. `made` is in seconds since the epoch."""

    embedder: str
    chunker: str
    made: float
    passages: int
    documents: tuple[DocumentRecord, ...]
    churn: int = 0
    """Passages written or removed since the files were made from nothing: at most so many they hold in vain."""
    version: int = VERSION

    @property
    def readable(self) -> tuple[DocumentRecord, ...]:
        """The documents that were indexed."""
        return tuple(record for record in self.documents if record.failure is None)

    @property
    def failed(self) -> tuple[DocumentRecord, ...]:
        """The files that could not be read."""
        return tuple(record for record in self.documents if record.failure is not None)


def read_manifest(generation: Path) -> Manifest:
    """The manifest of a generation.

    Raises:
        StoreDamagedError: it is missing or not a manifest.
        StoreMismatchError: another version of the program wrote it.
    """
    path = generation / "manifest.json"
    try:
        return decode_manifest(path.read_text("utf-8"), path)
    except PermissionError:
        raise StoreError(f"{path} cannot be read: check its permissions.") from None
    except (OSError, ValueError):
        raise StoreDamagedError(f"{path} is damaged or missing: run `python -m qa index --rebuild`.") from None


def decode_manifest(encoded: str, place: object) -> Manifest:
    """The manifest that JSON holds; errors as of `read_manifest`, of what lies at `place`."""
    try:
        fields = json.loads(encoded)
        if fields["version"] != VERSION:
            raise StoreMismatchError(
                f"The index was built by another version of this program (layout {fields['version']}, not {VERSION}): "
                "run `python -m qa index --rebuild`."
            )
        fields["documents"] = tuple(DocumentRecord(**record) for record in fields["documents"])
        return Manifest(**fields)
    except (ValueError, KeyError, TypeError):
        raise StoreDamagedError(f"{place} is damaged or missing: run `python -m qa index --rebuild`.") from None


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Writes the manifest; it is on disk before this returns."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, separators=(",", ":"))
    _write_durably(generation / "manifest.json", text)


def current(store: Path) -> Path:
    """The folder of the generation in use.

    Raises:
        NoIndexError: there is none yet.
        StoreError: the folder is something else, or cannot be read.
        StoreDamagedError: CURRENT names a generation that is not there.
    """
    if not store.exists():
        raise NoIndexError(f"No index in {store}: run `python -m qa index` to build it.")
    if not store.is_dir():
        raise StoreError(f"{store} is a file, not an index folder: name another with --store FOLDER.")
    try:
        name = (store / "CURRENT").read_text("utf-8").strip()
    except FileNotFoundError:
        raise NoIndexError(f"No index in {store}: run `python -m qa index` to build it.") from None
    except PermissionError:
        raise StoreError(f"The index in {store} cannot be read: check its permissions.") from None
    except (OSError, UnicodeDecodeError):
        name = ""
    generation = store / "generations" / name
    if not name.isdigit() or not generation.is_dir():
        raise StoreDamagedError(f"{store / 'CURRENT'} is damaged: run `python -m qa index --rebuild`.")
    return generation


def others(store: Path) -> list[Path]:
    """The generations that are not in use, newest first."""
    try:
        used: Path | None = current(store)
    except StoreError:
        used = None
    folders = [path for path in (store / "generations").glob("[0-9]*") if path.name.isdigit() and path != used]
    return sorted(folders, key=lambda path: int(path.name), reverse=True)


def seal(generation: Path) -> None:
    """Writes down what every file of a finished generation is like; all are readable to whom the manifest is."""
    mode = (generation / "manifest.json").stat().st_mode & 0o777
    for path in _files(generation):
        path.chmod(mode)  # Tantivy makes one of its files private to its owner.
    marks = {path.relative_to(generation).as_posix(): _mark(path) for path in _files(generation)}
    _write_durably(generation / _SEAL, json.dumps(marks, indent=0))


def check_seal(generation: Path) -> None:
    """Compares a generation's files with its seal: their sizes, and their content at blocks spread over them.

    Raises:
        StoreDamagedError: a file is missing, has another size or other content.
        StoreError: a file cannot be read.
    """
    wrong = "the seal is missing or damaged"
    try:
        marks = json.loads((generation / _SEAL).read_text("utf-8"))
        for name, mark in marks.items():
            wrong = f"{name} is missing or damaged"
            if _mark(generation / name) != mark:
                raise ValueError
    except PermissionError as error:
        raise StoreError(f"{error.filename} cannot be read: check its permissions.") from None
    except (OSError, ValueError, AttributeError):
        raise StoreDamagedError(f"The index in {generation} is damaged ({wrong}): run `python -m qa index`.") from None


def _files(generation: Path) -> Iterator[Path]:
    """The files that a seal covers: not the manifest, which is checked when it is read, nor empty lock files."""
    for path in sorted(generation.rglob("*")):
        if path.is_file() and path.name not in ("manifest.json", _SEAL) and not path.name.endswith(".lock"):
            yield path


def _mark(path: Path) -> str:
    """A file's size and a hash of its beginning, its end, and blocks between them."""
    size = path.stat().st_size
    step = max(_BLOCK, (size - _BLOCK) // (_BLOCKS - 1)) if size > _BLOCK else _BLOCK
    found = hashlib.blake2b(digest_size=16)
    with open(path, "rb", buffering=0) as file:
        for at in range(0, size, step):
            file.seek(at)
            found.update(file.read(_BLOCK))
        file.seek(max(0, size - _BLOCK))
        found.update(file.read(_BLOCK))
    return f"{size}:{found.hexdigest()}"


def check_is_store(store: Path) -> None:
    """Refuses to build into a folder that holds something else.

    Raises:
        StoreError: the folder holds files, but no index.
    """
    if store.exists() and not store.is_dir():
        raise StoreError(f"{store} is a file, not an index folder: name another with --store FOLDER.")
    known = {"CURRENT", "generations", "embeddings.sqlite", "documents.sqlite", "lock", "server"}
    if store.is_dir():
        try:
            names = set(os.listdir(store))
        except OSError as error:
            raise StoreError(f"{store} cannot be read ({error.strerror}): check its permissions.") from None
        if names and not names & known:
            raise StoreError(
                f"{store} holds other files and no index: name an empty or new folder with --store FOLDER."
            )


def stage(store: Path, base: Path | None) -> Path:
    """A folder for the next generation: a copy of `base`, or empty. Leftovers of killed writers are removed."""
    generations = store / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    for leftover in generations.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    (store / "CURRENT.tmp").unlink(missing_ok=True)
    staging = generations / f"{_STAGING}{os.getpid()}"
    if base is not None:
        shutil.copytree(base, staging, ignore=shutil.ignore_patterns("manifest.json*", _SEAL, "*.lock"))
    else:
        staging.mkdir()
    return staging


def publish(store: Path, staging: Path) -> Path:
    """Makes the staged generation the current one, and removes those that nobody needs any more: all but the one that
    was current until now, which readers may still hold and which is fallen back on."""
    generations = store / "generations"
    try:
        kept = {current(store).name}
    except StoreError:
        kept = set()
    numbers = [int(folder.name) for folder in generations.glob("[0-9]*") if folder.name.isdigit()]
    target = generations / f"{max(numbers, default=0) + 1:04d}"
    staging.rename(target)
    _sync_folder(generations)
    _write_durably(store / "CURRENT", target.name + "\n")
    for folder in others(store):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
    return target


def token(store: Path) -> tuple[int, int]:
    """Tells one CURRENT from the next, even of an index that was removed and built anew under the same number.

    Raises:
        NoIndexError: there is none.
    """
    try:
        found = (store / "CURRENT").stat()
    except OSError:
        raise NoIndexError(f"No index in {store}: run `python -m qa index` to build it.") from None
    return found.st_ino, found.st_mtime_ns


def writing_failed(store: Path, error: Exception) -> StoreError:
    """What to say of an error that the disk, the databases or the libraries raised while the index was written."""
    reason = " ".join(str(getattr(error, "strerror", None) or error).split())[:200] or type(error).__name__
    full = getattr(error, "errno", None) == errno.ENOSPC or any(
        said in str(error).lower() for said in ("no space left", "disk is full", "os error 28", "code: 28")
    )
    if full:
        return StoreError(f"The disk is full: make room where {store} lies, then try again. The index stays as it was.")
    advice = "check the folder's permissions" if isinstance(error, OSError | sqlite3.Error) else "check the disk"
    return StoreError(f"The index in {store} cannot be written ({reason}): {advice}. It stays as it was.")


def _write_durably(path: Path, text: str) -> None:
    """Replaces the file by one that is on disk already."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
