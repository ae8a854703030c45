"""Folder → index: what an update does, what it leaves alone, and what it refuses."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import CheckHere, WordEmbedder

from index import build, load
from index.build import Change, Summary, outdated, update
from index.corpus import Corpus
from index.errors import (
    DocumentsError,
    NoIndexError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreMismatchError,
)
from index.generations import current, read_manifest, write_manifest
from index.load import read
from index.terms import content_terms

ALPHA = "The alpha harbour opened in 1931.\n\nIts crane lifts forty tonnes.\n"
BETA = "The beta lighthouse was lit by oil.\n\nA keeper lived there until 1968.\n"
LONG = "\n\n".join(
    f"# Part {n}\n\nThe {n}th part tells of ship number {n * 7}. It sailed in {1800 + n}." for n in range(40)
)


InAProcess = build.Checker


@pytest.fixture(autouse=True)
def _quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check of a new generation, without a process of its own."""
    monkeypatch.setattr(build, "Checker", CheckHere)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "alpha.txt").write_text(ALPHA)
    (documents / "beta.txt").write_text(BETA)
    (documents / "long.md").write_text(LONG)
    for path in documents.iterdir():
        age(path)
    return documents


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def age(path: Path, seconds: float = 60) -> None:
    """Makes a file look as if it had not been written just now."""
    when = time.time() - seconds
    os.utime(path, (when, when))


def kinds(summary: Summary) -> dict[str, str]:
    return {change.path: change.kind for change in summary.changes}


def texts(store: Path) -> dict[str, list[str]]:
    """What readers find, document by document."""
    corpus = Corpus.open(store, "words")
    try:
        return {
            record.path: [passage.text for passage in corpus.passages.of_document(record.path)]
            for record in corpus.manifest.readable
        }
    finally:
        corpus.close()


def found(store: Path, question: str) -> str:
    """The document of the passage that shares most terms with the question, and that is near it too."""
    corpus = Corpus.open(store, "words")
    try:
        (best, _), *_ = corpus.lexical.search(content_terms(question), 3)
        assert best in dict(corpus.passages.nearest(WordEmbedder().embed([question])[0], 10))
        (passage,), _ = corpus.passages.get([best])
        return passage.document
    finally:
        corpus.close()


def test_a_folder_becomes_an_index_whose_passages_are_the_documents_own_text(folder: Path, store: Path) -> None:
    embedder = WordEmbedder()
    summary = update(folder, store, embedder)
    assert kinds(summary) == {"alpha.txt": "added", "beta.txt": "added", "long.md": "added"}
    assert summary.documents == 3
    assert summary.embedded == summary.passages == embedder.calls
    corpus = Corpus.open(store, "words")
    try:
        for path in ("alpha.txt", "beta.txt", "long.md"):
            document = corpus.document(path)
            assert document.text == (folder / path).read_bytes().decode()
            for passage in corpus.passages.of_document(path):
                assert document.text[passage.start : passage.end] == passage.text
    finally:
        corpus.close()
    assert found(store, "beta lighthouse oil") == "beta.txt"


def test_an_update_of_an_unchanged_folder_does_nothing(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    generation = current(store)
    embedder = WordEmbedder()
    summary = update(folder, store, embedder)
    assert (summary.changes, summary.embedded, embedder.calls) == ((), 0, 0)
    assert summary.documents == 3
    assert current(store) == generation


def test_added_changed_renamed_and_removed_documents_are_told_apart(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    (folder / "new.txt").write_text("A gamma buoy floats off the cape.\n")
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "fifty"))
    (folder / "beta.txt").rename(folder / "lighthouse.txt")
    (folder / "long.md").unlink()
    manifest = read_manifest(current(store))
    assert {change.path: change.kind for change in outdated(folder, manifest)} == {
        "alpha.txt": "changed",
        "new.txt": "added",
        "lighthouse.txt": "added",
        "beta.txt": "removed",
        "long.md": "removed",
    }
    summary = update(folder, store, WordEmbedder())
    assert kinds(summary) == {
        "alpha.txt": "changed",
        "new.txt": "added",
        "lighthouse.txt": "renamed",
        "long.md": "removed",
    }
    assert next(change.detail for change in summary.changes if change.kind == "renamed") == "beta.txt"
    assert set(texts(store)) == {"alpha.txt", "lighthouse.txt", "new.txt"}
    assert found(store, "alpha harbour lifts fifty tonnes") == "alpha.txt"
    assert not any("forty" in text for text in texts(store)["alpha.txt"])
    assert outdated(folder, read_manifest(current(store))) == []


def test_touching_a_file_embeds_and_publishes_nothing(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    generation = current(store)
    os.utime(folder / "long.md", (1, 1))
    assert outdated(folder, read_manifest(generation)) == []
    embedder = WordEmbedder()
    assert update(folder, store, embedder).changes == ()
    assert embedder.calls == 0
    assert current(store) == generation
    record = next(record for record in read_manifest(generation).documents if record.path == "long.md")
    assert record.modified == next(entry.modified for entry in load.scan(folder) if entry.name == "long.md")


def test_editing_one_sentence_embeds_only_the_passages_that_changed(folder: Path, store: Path) -> None:
    before = update(folder, store, WordEmbedder())
    assert before.passages > 30
    (folder / "long.md").write_text(LONG.replace("ship number 140.", "ship number 141."))
    embedder = WordEmbedder()
    summary = update(folder, store, embedder)
    assert kinds(summary) == {"long.md": "changed"}
    assert summary.embedded == embedder.calls == 1
    assert summary.passages == before.passages


def test_an_edit_that_leaves_size_and_time_alone_is_noticed_while_it_is_fresh(folder: Path, store: Path) -> None:
    path = folder / "alpha.txt"
    now = time.time()
    os.utime(path, (now, now))
    update(folder, store, WordEmbedder())
    path.write_text(ALPHA.replace("forty", "sixty"))
    os.utime(path, (now, now))
    assert kinds(update(folder, store, WordEmbedder())) == {"alpha.txt": "changed"}


def test_a_clock_that_was_set_back_hides_no_change(folder: Path, store: Path) -> None:
    ahead = time.time() + 365 * 86400
    for path in folder.iterdir():
        os.utime(path, (ahead, ahead))
    update(folder, store, WordEmbedder())
    assert outdated(folder, read_manifest(current(store))) == []
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "sixty"))
    os.utime(folder / "alpha.txt", (ahead, ahead))
    assert kinds(update(folder, store, WordEmbedder())) == {"alpha.txt": "changed"}
    assert update(folder, store, WordEmbedder()).changes == ()


def test_a_file_that_cannot_be_read_is_named_and_tried_again_when_it_changes(folder: Path, store: Path) -> None:
    (folder / "blank.txt").write_text("  \n")
    age(folder / "blank.txt")
    summary = update(folder, store, WordEmbedder())
    assert Change("failed", "blank.txt", detail="empty") in summary.changes
    assert summary.documents == 3
    manifest = read_manifest(current(store))
    assert [record.path for record in manifest.failed] == ["blank.txt"]
    assert outdated(folder, manifest) == []
    assert update(folder, store, WordEmbedder()).changes == ()
    (folder / "blank.txt").write_text("Now a delta dredger works here.\n")
    assert kinds(update(folder, store, WordEmbedder())) == {"blank.txt": "added"}
    assert found(store, "delta dredger") == "blank.txt"


def test_a_file_without_permission_is_tried_again_once_it_has_it(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"beta.txt"}
    allowed = load.read

    def read(entry: load.FileEntry) -> bytes:
        if entry.name in refused:
            raise load.LoadError("cannot be read (permission denied)")
        return allowed(entry)

    monkeypatch.setattr(build, "read", read)
    update(folder, store, WordEmbedder())
    assert update(folder, store, WordEmbedder()).changes == ()
    refused.clear()
    assert kinds(update(folder, store, WordEmbedder())) == {"beta.txt": "added"}


def test_a_document_that_becomes_unreadable_leaves_the_index(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    (folder / "beta.txt").write_bytes(b"\0" * 100)
    summary = update(folder, store, WordEmbedder())
    assert kinds(summary) == {"beta.txt": "failed"}
    assert "beta.txt" not in texts(store)
    assert summary.documents == 2


def test_files_are_read_again_when_the_loader_changed(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(folder, store, WordEmbedder())
    monkeypatch.setattr(build, "LOADER", "other")
    embedder = WordEmbedder()
    assert set(kinds(update(folder, store, embedder)).values()) == {"changed"}
    assert embedder.calls == 0
    assert update(folder, store, WordEmbedder()).changes == ()


@pytest.mark.parametrize("rebuild", [False, True])
def test_an_empty_folder_is_refused_and_wipes_nothing(folder: Path, store: Path, rebuild: bool) -> None:
    update(folder, store, WordEmbedder())
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(DocumentsError, match=r"documents"):
        update(folder, store, WordEmbedder(), rebuild=rebuild)
    assert set(texts(store)) == {"alpha.txt", "beta.txt", "long.md"}


def test_a_missing_folder_and_one_with_nothing_readable_wipe_nothing(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    folder.rename(folder.with_name("away"))
    with pytest.raises(DocumentsError, match="No documents folder"):
        update(folder, store, WordEmbedder())
    folder.mkdir()
    (folder / "blank.txt").write_text(" ")
    with pytest.raises(DocumentsError, match=r"Nothing in .* can be read: blank\.txt \(empty\)"):
        update(folder, store, WordEmbedder())
    assert set(texts(store)) == {"alpha.txt", "beta.txt", "long.md"}
    assert not list((store / "generations").glob(".new-*"))


def test_nothing_is_made_for_a_folder_that_cannot_be_indexed(tmp_path: Path, store: Path) -> None:
    with pytest.raises(DocumentsError):
        update(tmp_path / "missing", store, WordEmbedder())
    assert not store.exists()


def test_another_embedder_is_named_and_replaces_the_index_only_when_asked(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    with pytest.raises(StoreMismatchError, match=r"built with words.*not other.*--rebuild"):
        update(folder, store, WordEmbedder("other"))
    with pytest.raises(StoreMismatchError, match="words"):
        Corpus.open(store, "other")
    update(folder, store, WordEmbedder("other", dimension=32), rebuild=True)
    corpus = Corpus.open(store, "other")
    assert len(corpus.passages) == corpus.manifest.passages
    corpus.close()
    embedder = WordEmbedder()
    update(folder, store, embedder, rebuild=True)
    assert embedder.calls == 0


def test_another_chunker_or_version_is_named(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(folder, store, WordEmbedder())
    monkeypatch.setattr(build, "CHUNKER", "other")
    with pytest.raises(StoreMismatchError, match="--rebuild"):
        update(folder, store, WordEmbedder())
    monkeypatch.undo()
    generation = current(store)
    write_manifest(generation, replace(read_manifest(generation), version=99))
    with pytest.raises(StoreMismatchError, match="another version"):
        update(folder, store, WordEmbedder())
    with pytest.raises(StoreMismatchError, match="another version"):
        Corpus.open(store, "words")


def test_a_store_that_is_something_else_is_left_alone(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(StoreError, match="is a file"):
        update(folder, file, WordEmbedder())
    with pytest.raises(StoreError, match="is a file"):
        Corpus.open(file, "words")
    other = tmp_path / "other"
    other.mkdir()
    (other / "photo.jpg").write_text("mine")
    with pytest.raises(StoreError, match="holds other files"):
        update(folder, other, WordEmbedder())
    assert [path.name for path in other.iterdir()] == ["photo.jpg"]
    with pytest.raises(NoIndexError, match="qa index"):
        Corpus.open(other, "words")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(StoreError, match="not an index folder"):
        update(folder, fifo, WordEmbedder())


def test_an_index_that_lies_among_the_documents_is_not_one_of_them(folder: Path) -> None:
    first = update(folder, folder / "index", WordEmbedder())
    assert kinds(first) == dict.fromkeys(("alpha.txt", "beta.txt", "long.md"), "added")
    assert update(folder, folder / "index", WordEmbedder()).changes == ()
    assert outdated(folder, read_manifest(current(folder / "index"))) == []


def test_interrupting_keeps_what_was_embedded(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_SLICE", 4)
    with pytest.raises(KeyboardInterrupt):
        update(folder, store, WordEmbedder(fail_after=13))
    with pytest.raises(NoIndexError):
        current(store)
    assert not list((store / "generations").glob("*"))
    embedder = WordEmbedder()
    summary = update(folder, store, embedder)
    assert summary.embedded == embedder.calls == summary.passages - 12


def test_the_index_is_made_anew_once_much_of_it_was_replaced(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(folder, store, WordEmbedder())
    made_anew = []
    stage = build.stage
    monkeypatch.setattr(build, "stage", lambda place, base: made_anew.append(base is None) or stage(place, base))
    for turn in range(4):
        (folder / "long.md").write_text(LONG.replace("sailed", f"sailed{turn}"))
        update(folder, store, WordEmbedder())
    assert made_anew == [False, True, False, True]
    corpus = Corpus.open(store, "words")
    assert corpus.lexical.frequency("sailed3") == corpus.manifest.passages - 2
    assert corpus.lexical.frequency("sailed2") == 0
    corpus.close()


def test_an_updated_index_answers_like_one_built_at_once(folder: Path, store: Path, tmp_path: Path) -> None:
    update(folder, store, WordEmbedder())
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "fifty"))
    (folder / "gamma.txt").write_text("A gamma buoy floats off the cape.\n")
    update(folder, store, WordEmbedder())
    update(folder, tmp_path / "fresh", WordEmbedder())
    one, other = Corpus.open(store, "words"), Corpus.open(tmp_path / "fresh", "words")
    try:
        for question in ("alpha harbour lifts fifty tonnes", "gamma buoy", "ship number 49", "keeper 1968"):
            vector = WordEmbedder().embed([question])[0]
            assert one.passages.nearest(vector, 10) == other.passages.nearest(vector, 10)
            for term in question.split():
                assert one.lexical.frequency(term) == other.lexical.frequency(term)
        assert [replace(r, modified=0) for r in one.manifest.documents] == [
            replace(r, modified=0) for r in other.manifest.documents
        ]
    finally:
        one.close()
        other.close()


def test_untouched_files_are_confirmed_without_reading_any(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it takes with ten thousand is measured by `benchmarks.scale`."""
    for number in range(200):
        (folder / f"{number}.txt").write_text(f"Gate {number} is shut.")
        age(folder / f"{number}.txt")
    update(folder, store, WordEmbedder())
    # An index made within moments of a file cannot tell an edit after it from one before by the time alone.
    manifest = replace(read_manifest(current(store)), made=time.time() + 60)
    opened: list[str] = []
    monkeypatch.setattr(build, "read", lambda entry: opened.append(entry.name) or read(entry))
    assert outdated(folder, manifest) == [] and opened == []
    (folder / "7.txt").write_text("Gate 7 is open.")
    assert [change.path for change in outdated(folder, manifest)] == ["7.txt"]
    assert set(opened) <= {"7.txt"}


# Damage, one thing at a time. The index mends itself from what it keeps, or says what to do.


def zero(path: Path) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove(path: Path) -> None:
    path.unlink()


def parts(store: Path) -> Iterator[Path]:
    yield store / "CURRENT"
    generation = store / "generations" / (store / "CURRENT").read_text().strip()
    yield generation / "manifest.json"
    yield generation / "seal.json"
    yield generation / "lexical" / "meta.json"
    yield next((generation / "lexical").glob("*.store"))
    yield next((generation / "lexical").glob("*.idx"))
    yield generation / "chroma" / "chroma.sqlite3"
    yield from (
        next((generation / "chroma").glob(f"*/{name}")) for name in ("data_level0.bin", "index_metadata.pickle")
    )
    yield store / "documents.sqlite"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and a store of two generations."""
    place = tmp_path_factory.mktemp("built")
    documents = place / "documents"
    documents.mkdir()
    (documents / "long.md").write_text(LONG)
    (documents / "alpha.txt").write_text(ALPHA)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(build, "Checker", CheckHere)
        update(documents, place / "store", WordEmbedder())
        (documents / "beta.txt").write_text(BETA)
        for path in documents.iterdir():
            age(path)
        update(documents, place / "store", WordEmbedder())
    return place


@pytest.mark.parametrize("harm", [zero, truncate, remove])
@pytest.mark.parametrize("part", range(10))
def test_damage_is_noticed_before_it_is_read_and_mended_from_what_is_kept(
    built: Path, tmp_path: Path, part: int, harm: object
) -> None:
    shutil.copytree(built, tmp_path / "copy")
    store, documents = tmp_path / "copy" / "store", tmp_path / "copy" / "documents"
    harm(list(parts(store))[part])  # type: ignore[operator]
    with pytest.raises(StoreError, match=r"qa index|qa ask") as told:
        Corpus.open(store, "words")
    assert "\n" not in str(told.value)
    embedder = WordEmbedder()
    update(documents, store, embedder)
    assert embedder.calls == 0
    assert set(texts(store)) == {"alpha.txt", "beta.txt", "long.md"}
    assert found(store, "beta lighthouse oil") == "beta.txt"
    assert update(documents, store, WordEmbedder()).changes == ()


def test_damage_to_both_generations_is_mended_too(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "copy")
    store, documents = tmp_path / "copy" / "store", tmp_path / "copy" / "documents"
    for path in (store / "generations").glob("*/chroma/chroma.sqlite3"):
        zero(path)
    embedder = WordEmbedder()
    update(documents, store, embedder)
    assert embedder.calls == 0
    assert found(store, "beta lighthouse oil") == "beta.txt"


@pytest.mark.parametrize("harm", [zero, truncate, remove])
def test_lost_vectors_are_only_computed_again(built: Path, tmp_path: Path, harm: object) -> None:
    shutil.copytree(built, tmp_path / "copy")
    store, documents = tmp_path / "copy" / "store", tmp_path / "copy" / "documents"
    harm(store / "embeddings.sqlite")  # type: ignore[operator]
    assert found(store, "beta lighthouse oil") == "beta.txt"
    (documents / "new.txt").write_text("A gamma buoy floats off the cape.\n")
    embedder = WordEmbedder()
    assert update(documents, store, embedder).embedded == 1
    assert found(store, "gamma buoy") == "new.txt"


def test_a_generation_that_fails_its_check_is_made_anew_and_never_published_unsound(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update(folder, store, WordEmbedder())
    generation = current(store)
    failures = iter([True, False])

    class FailsOnce(CheckHere):
        def check(self, staging: Path) -> None:
            if next(failures):
                raise StoreDamagedError("unsound")
            super().check(staging)

    monkeypatch.setattr(build, "Checker", FailsOnce)
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "fifty"))
    assert kinds(update(folder, store, WordEmbedder())) == {"alpha.txt": "changed"}
    assert found(store, "alpha harbour lifts fifty tonnes") == "alpha.txt"

    class Fails(CheckHere):
        def check(self, staging: Path) -> None:
            raise StoreDamagedError("unsound")

    monkeypatch.setattr(build, "Checker", Fails)
    generation = current(store)
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "sixty"))
    with pytest.raises(StoreDamagedError, match="unsound"):
        update(folder, store, WordEmbedder())
    assert current(store) == generation
    assert not list((store / "generations").glob(".new-*"))


def test_the_check_runs_in_a_process_of_its_own_and_notices_what_is_wrong(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    generation = current(store)
    InAProcess().check(generation)
    manifest = read_manifest(generation)
    write_manifest(generation, replace(manifest, passages=manifest.passages + 1))
    with pytest.raises(StoreDamagedError, match=r"did not pass its check \(counts differ: manifest .*--rebuild"):
        InAProcess().check(generation)


def test_modules_in_the_working_folder_are_not_run_by_the_check(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('this is not your json')")
    code = (
        "from pathlib import Path; from fakes import WordEmbedder; from index.build import update; "
        "update(Path('documents'), Path('store'), WordEmbedder())"
    )
    tests = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_check_notices_a_graph_that_has_lost_part_of_its_vectors(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    generation = current(store)
    graph = next((generation / "chroma").glob("*/data_level0.bin"))
    whole = graph.read_bytes()
    graph.write_bytes(whole[:8192] + b"\0" * (len(whole) - 8192))  # It is made for more vectors than there are.
    with pytest.raises(StoreDamagedError, match="did not pass its check"):
        InAProcess().check(generation)


def test_a_thousand_copies_of_one_paragraph_hide_nothing_else(folder: Path, store: Path) -> None:
    line = "The gate was checked and found shut, and nothing else happened in that hour of the night. " * 6
    (folder / "log.txt").write_text(f"{line}\n\n" * 1_200)
    rows = "\n\n".join(
        f"Ship {n} came in from port {n * 3}. " + f"It carried {n + 5} bales of {n}wool. " * 12 for n in range(90)
    )
    (folder / "ships.txt").write_text(rows)
    assert update(folder, store, WordEmbedder()).passages > 1_290
    corpus = Corpus.open(store, "words")
    try:
        ships = corpus.passages.of_document("ships.txt")
        _, vectors = corpus.passages.get([passage.id for passage in ships])
        missed = [row for row in vectors if corpus.passages.nearest(row, 10)[0][1] < 0.999]
        assert len(missed) <= len(ships) // 20
    finally:
        corpus.close()


# A disk that is full, wherever it shows.


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def chroma_full(*_: object, **__: object) -> None:
    raise RuntimeError("error returned from database: (code: 13) database or disk is full")


def tantivy_full(*_: object, **__: object) -> None:
    raise ValueError("An IO error occurred: 'Os { code: 28, kind: StorageFull, message: \"No space left on device\" }'")


def sqlite_full(*_: object, **__: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize(
    "where",
    [
        ("index.generations.shutil.copytree", full),
        ("index.generations._write_durably", full),
        ("index.build.seal", full),
        ("chromadb.api.models.Collection.Collection.upsert", chroma_full),
        ("chromadb.api.models.Collection.Collection.delete", chroma_full),
        ("index.lexical.terms", tantivy_full),
        ("index.cache._writing.__enter__", sqlite_full),
    ],
    ids=lambda where: str(where[0]).rpartition(".")[2],
)
def test_a_full_disk_leaves_the_index_in_use_and_says_so(
    folder: Path, store: Path, where: tuple[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, failure = where
    update(folder, store, WordEmbedder())
    generation = current(store)
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "fifty"))
    with monkeypatch.context() as patch:
        patch.setattr(target, failure)
        with pytest.raises(StoreError, match="The disk is full") as told:
            update(folder, store, WordEmbedder())
        assert "\n" not in str(told.value)
    assert current(store) == generation
    assert not list((store / "generations").glob(".new-*"))
    assert found(store, "alpha harbour lifts forty tonnes") == "alpha.txt"
    assert kinds(update(folder, store, WordEmbedder())) == {"alpha.txt": "changed"}
    assert found(store, "alpha harbour lifts fifty tonnes") == "alpha.txt"


def test_a_store_that_cannot_be_written_says_so(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(StoreError, match=r"cannot be written \(Permission denied\)"):
        update(folder, store, WordEmbedder())


# One writer.


def test_a_second_update_waits_and_then_sees_what_came_meanwhile(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    waiting = threading.Event()
    (folder / "alpha.txt").write_text(ALPHA.replace("forty", "fifty"))
    summaries: list[Summary] = []
    with build.locked(store, None, 1):
        second = threading.Thread(
            target=lambda: summaries.append(update(folder, store, WordEmbedder(), waiting=waiting.set))
        )
        second.start()
        assert waiting.wait(30)
        (folder / "late.txt").write_text("An epsilon ferry came late.\n")
    second.join(60)
    assert kinds(summaries[0]) == {"alpha.txt": "changed", "late.txt": "added"}


def test_waiting_ends(folder: Path, store: Path) -> None:
    update(folder, store, WordEmbedder())
    with build.locked(store, None, 1), pytest.raises(StoreLockedError, match="Another process is updating"):
        update(folder, store, WordEmbedder(), timeout=0.1)


def test_progress_is_told(folder: Path, store: Path) -> None:
    told: list[build.Progress] = []
    update(folder, store, WordEmbedder(), report=told.append)
    assert {progress.stage for progress in told} == {"reading", "embedding"}
    assert all(0 <= progress.done <= progress.total for progress in told)
