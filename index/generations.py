"""Generations: an index is made aside, checked, and only then put in place of the one before.

    .qa/
      CURRENT                the name of the generation in use, replaced atomically
      generations/0007/      manifest.json · chroma/ · lexical/
      embeddings.sqlite      vectors by (embedder, text)
      documents.sqlite       documents as they were read, by content
      lock                   held by the one writer

A kill at any moment leaves CURRENT on a complete generation.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import NoIndexError, StoreDamagedError, StoreError, StoreMismatchError

VERSION = 1
"""Of the layout above and the manifest below; another version's index is not read."""
_STAGING = ".new-"
_KEPT = 2
"""Generations that stay: the current one, and the one before for readers that still hold it."""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the manifest says of a file: `size` in bytes, `modified` in nanoseconds, `hash` of its bytes; `key` finds the
    document in the cache. A file that could not be read has a `failure` and no passages."""

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
        fields = json.loads(path.read_text("utf-8"))
        if fields["version"] != VERSION:
            raise StoreMismatchError(
                f"The index was built by another version of this program (layout {fields['version']}, not {VERSION}): "
                "run `python -m qa index --rebuild`."
            )
        fields["documents"] = tuple(DocumentRecord(**record) for record in fields["documents"])
        return Manifest(**fields)
    except PermissionError:
        raise StoreError(f"{path} cannot be read: check its permissions.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreDamagedError(f"{path} is damaged or missing: run `python -m qa index --rebuild`.") from None


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Writes the manifest; it is on disk before this returns."""
    _write_durably(generation / "manifest.json", json.dumps(asdict(manifest), ensure_ascii=False, separators=(",", ":")))


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


def newest_complete(store: Path) -> Path | None:
    """The newest generation with a readable manifest, for when CURRENT is damaged; None where there is none."""
    for folder in sorted((store / "generations").glob("[0-9]*"), reverse=True):
        try:
            read_manifest(folder)
        except StoreError:
            continue
        return folder
    return None


def check_is_store(store: Path) -> None:
    """Refuses to build into a folder that holds something else.

    Raises:
        StoreError: the folder holds files, but no index.
    """
    if store.is_file():
        raise StoreError(f"{store} is a file, not an index folder: name another with --store FOLDER.")
    known = {"CURRENT", "generations", "embeddings.sqlite", "documents.sqlite", "lock"}
    if store.is_dir():
        names = set(os.listdir(store))
        if names and not names & known:
            raise StoreError(f"{store} holds other files and no index: name an empty or new folder with --store FOLDER.")


def stage(store: Path, base: Path | None) -> Path:
    """A folder for the next generation: a copy of `base`, or empty. Leftovers of killed writers are removed."""
    generations = store / "generations"
    generations.mkdir(parents=True, exist_ok=True)
    for leftover in generations.glob(f"{_STAGING}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    staging = generations / f"{_STAGING}{os.getpid()}"
    if base is not None:
        shutil.copytree(base, staging)
        (staging / "manifest.json").unlink(missing_ok=True)
    else:
        staging.mkdir()
    return staging


def publish(store: Path, staging: Path) -> Path:
    """Makes the staged generation the current one, and removes those that nobody needs any more."""
    generations = store / "generations"
    numbers = [int(folder.name) for folder in generations.glob("[0-9]*") if folder.name.isdigit()]
    target = generations / f"{max(numbers, default=0) + 1:04d}"
    staging.rename(target)
    _sync_folder(generations)
    _write_durably(store / "CURRENT", target.name + "\n")
    for number in sorted(numbers)[: -(_KEPT - 1)]:
        shutil.rmtree(generations / f"{number:04d}", ignore_errors=True)
    return target


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
