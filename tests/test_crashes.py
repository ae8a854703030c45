"""Kill -9 at any moment: readers are left on a whole index, and the next run goes on where the killed one was.

Shortened unless FOOTNOTE_LONG_TESTS is set.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from versions import NAMES, text, version_of

from index.cache import digest
from index.corpus import Corpus
from index.errors import NoIndexError

KILLS = 200 if os.environ.get("FOOTNOTE_LONG_TESTS") else 4
TESTS = Path(__file__).parent


def start(tmp_path: Path, first: int, *, in_process_check: bool) -> subprocess.Popen[str]:
    paths = [str(tmp_path / "documents"), str(tmp_path / "store"), str(tmp_path / "log")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    if in_process_check:
        environment["IN_PROCESS_CHECK"] = "1"
    return subprocess.Popen(
        [sys.executable, "-m", "versions", "write", *paths, str(first), str(first + 1000)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def kept(store: Path) -> set[str]:
    """The keys of the vectors that are on disk."""
    if not (store / "embeddings.sqlite").exists():
        return set()
    with closing(sqlite3.connect(store / "embeddings.sqlite")) as database:
        try:
            return {key for (key,) in database.execute("SELECT key FROM vectors")}
        except sqlite3.OperationalError:  # killed before the table was made
            return set()


def published(store: Path) -> int:
    """The version that readers find, 0 where there is none yet."""
    try:
        corpus = Corpus.open(store, "words")
    except NoIndexError:
        return 0
    try:
        return version_of(corpus)
    finally:
        corpus.close()


def test_a_kill_loses_no_index_and_no_vectors_and_leaves_nothing_behind(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    store, log = tmp_path / "store", tmp_path / "log"
    log.touch()
    version = found = 0
    for kill in range(KILLS):
        had = kept(store)
        lines = len(log.read_text().splitlines())
        # Most checks run inside the process, so that more of the moments fall into the writing.
        process = start(tmp_path, version + 1, in_process_check=kill % 4 != 0)
        assert process.stdout is not None
        first = process.stdout.readline()  # killed where it works, rather than while it starts
        time.sleep(chance.uniform(0, 0.6) if kill % 2 else chance.uniform(0, 3))
        os.killpg(process.pid, signal.SIGKILL)
        told = [first, *process.stdout.read().splitlines()]
        process.stdout.close()
        process.wait()
        confirmed = max([int(line.split()[1]) for line in told if line.startswith("published")], default=found)
        begun = max([int(line.split()[1]) for line in told if line.startswith("writing")], default=confirmed)
        found = published(store)
        assert found in (confirmed, begun), f"kill {kill}: {found} is neither {confirmed} nor {begun}"
        again = [
            line for line in log.read_text().splitlines()[lines:] if digest("words", line.replace("\\n", "\n")) in had
        ]
        assert again == [], f"kill {kill}: embedded again"
        version = max(found, begun)
    # One more run, to its end.
    done = subprocess.run(
        [sys.executable, "-m", "versions", "write", str(tmp_path / "documents"), str(store), str(log), "5000", "5000"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert published(store) == 5000
    names = os.listdir(store / "generations")
    assert len(names) <= 2 and all(name.isdigit() for name in names)
    names = [name for name in os.listdir(store) if not name.endswith(("-wal", "-shm"))]  # a reader leaves SQLite's
    assert sorted(names) == ["CURRENT", "documents.sqlite", "embeddings.sqlite", "generations", "lock"]


@pytest.mark.parametrize(
    "moment",
    [
        "index.build.freeze",
        "index.build.write_manifest",
        "index.build.Checker.check",
        "index.build.seal",
        "index.build.publish",
        "index.generations._write_durably",
        "index.generations._sync_folder",
        "index.store.PassageStore.delete",
        "index.lexical.LexicalIndex.update",
        "index.cache.DocumentCache.keep_only",
    ],
)
def test_a_kill_between_any_two_steps_leaves_the_state_before_or_after(tmp_path: Path, moment: str) -> None:
    """The same, at the moments that matter, one by one: the process kills itself there, in its second update."""
    script = f"""
import os, sys
from pathlib import Path
import versions
from fakes import CheckHere, WordEmbedder
from index import build
build.Checker = CheckHere
folder, store = Path(sys.argv[1]), Path(sys.argv[2])
versions.write_version(folder, 1)
build.update(folder, store, WordEmbedder())
module, _, name = {moment!r}.rpartition(".")
import importlib
try:
    owner = importlib.import_module(module)
except ModuleNotFoundError:
    module, _, cls = module.rpartition(".")
    owner = getattr(importlib.import_module(module), cls)
setattr(owner, name, lambda *_, **__: os.kill(os.getpid(), 9))
versions.write_version(folder, 2)
build.update(folder, store, WordEmbedder())
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "documents"), str(tmp_path / "store")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert published(tmp_path / "store") in (1, 2)
    assert {name: (tmp_path / "documents" / name).read_text() for name in NAMES} == {
        name: text(name, 2) for name in NAMES
    }
    from fakes import WordEmbedder

    from index.build import update

    embedder = WordEmbedder()
    before = kept(tmp_path / "store")
    update(tmp_path / "documents", tmp_path / "store", embedder)
    assert published(tmp_path / "store") == 2
    assert embedder.calls == len(kept(tmp_path / "store")) - len(before)
    assert not list((tmp_path / "store" / "generations").glob(".new-*"))
