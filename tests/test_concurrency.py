"""Many at once: one writer, readers that go on answering, in this process and in others.

Shortened unless FOOTNOTE_LONG_TESTS is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import CheckHere, WordEmbedder
from versions import ask, version_of, write_version

from index import build
from index.build import update
from index.corpus import Corpus
from qa.assistant import Assistant
from qa.settings import Settings

LONG = bool(os.environ.get("FOOTNOTE_LONG_TESTS"))
READERS, SECONDS = (8, 60) if LONG else (3, 3)
TESTS = Path(__file__).parent
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}


@pytest.fixture
def quick_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "Checker", CheckHere)


@pytest.fixture
def place(tmp_path: Path, quick_check: None) -> Iterator[Path]:
    write_version(tmp_path / "documents", 1)
    update(tmp_path / "documents", tmp_path / "store", WordEmbedder())
    yield tmp_path


def test_readers_in_other_processes_are_right_all_through_many_updates(place: Path) -> None:
    readers = [
        subprocess.Popen(
            [sys.executable, "-m", "versions", "read", str(place / "store"), str(place / "stop")],
            env=os.environ | ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None and reader.stdout.readline() == "reading\n"
        version = 1
        until = time.monotonic() + SECONDS
        while version < 3 or time.monotonic() < until:
            version += 1
            write_version(place / "documents", version)
            update(place / "documents", place / "store", WordEmbedder())
        time.sleep(1)
        (place / "stop").touch()
        for reader in readers:
            _, told = reader.communicate(timeout=120)
            assert reader.returncode == 0, told
            answered, latest = int(told.split()[1]), int(told.split()[-1])
            assert answered > 1
            assert 1 < latest <= version
    finally:
        for reader in readers:
            reader.kill()
            reader.communicate()


def test_threads_of_one_process_go_on_answering_and_see_what_is_new(place: Path) -> None:
    settings = Settings(documents=place / "documents", store=place / "store", mode="extractive")
    assistant = Assistant.open(settings, embedder=WordEmbedder())
    over = threading.Event()
    failures: list[BaseException] = []
    counts: list[int] = []

    def read() -> None:
        turn = latest = 0
        try:
            while not over.is_set():
                version = ask(assistant.corpus(), WordEmbedder(), turn)
                assert version >= latest
                assert assistant.search("which version of the ferry", 3)
                latest, turn = version, turn + 1
        except BaseException as error:
            failures.append(error)
        counts.append(turn)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for version in range(2, 12 if LONG else 5):
            write_version(place / "documents", version)
            update(place / "documents", place / "store", WordEmbedder())
            assert version_of(assistant.corpus()) == version
    finally:
        over.set()
        for thread in threads:
            thread.join()
        assistant.close()
    assert failures == []
    assert min(counts) > 0


def test_who_still_holds_the_generation_before_can_go_on_reading_it(place: Path) -> None:
    corpus = Corpus.open(place / "store", "words")
    write_version(place / "documents", 2)
    update(place / "documents", place / "store", WordEmbedder())
    assert not corpus.is_current
    assert version_of(corpus) == ask(corpus, WordEmbedder(), 0) == 1
    corpus.close()


def test_an_index_that_was_removed_and_built_anew_is_seen_in_the_same_process(place: Path) -> None:
    import shutil

    settings = Settings(documents=place / "documents", store=place / "store", mode="extractive")
    with Assistant.open(settings, embedder=WordEmbedder()) as assistant:
        assert version_of(assistant.corpus()) == 1
        shutil.rmtree(place / "store")
        write_version(place / "documents", 2)
        update(place / "documents", place / "store", WordEmbedder())
        assert assistant.corpus().generation.name == "0001"
        assert version_of(assistant.corpus()) == ask(assistant.corpus(), WordEmbedder(), 0) == 2


def test_processes_that_all_find_the_folder_changed_update_it_once(tmp_path: Path) -> None:
    write_version(tmp_path / "documents", 1)
    command = [sys.executable, "-m", "versions", "write"]
    processes = [
        subprocess.Popen(
            [*command, str(tmp_path / "documents"), str(tmp_path / "store"), str(tmp_path / f"log{n}"), "1", "1"],
            env=os.environ | ENVIRONMENT | {"IN_PROCESS_CHECK": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    for process in processes:
        _, failed = process.communicate(timeout=120)
        assert process.returncode == 0, failed
    logs = [path.read_text().splitlines() for path in tmp_path.glob("log*")]
    assert sorted(line for log in logs for line in log) == sorted(max(logs, key=len))
    assert os.listdir(tmp_path / "store" / "generations") == ["0001"]


def test_a_second_index_command_waits_with_a_notice(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.txt").write_text("The harbour opened in 1931.")
    (tmp_path / "store").mkdir()
    with build.locked(tmp_path / "store", None, 5):
        process = subprocess.Popen(
            [sys.executable, "-m", "qa", "index", "documents", "--store", "store"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        notice = process.stderr.readline()
    told, failed = process.communicate(timeout=120)
    assert "Another process is updating the index; waiting" in notice
    assert (process.returncode, failed) == (0, "")
    assert "added    a.txt" in told
