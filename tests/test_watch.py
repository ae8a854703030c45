"""`qa index --watch`: every change is noticed, what is no document is not, and nothing but an interrupt ends it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import watchfiles

from index import watch
from index.watch import due


class Watching:
    """`due` in a thread of its own; `told` has an entry for each time that it yields."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.told: queue.Queue[float] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder, store))
        self._thread.start()

    def _run(self, folder: Path, store: Path) -> None:
        for _ in due(folder, store, stop=self._stop):
            self.told.put(time.monotonic())

    def wait(self) -> None:
        """Waits until an update is due, and takes all that are."""
        self.told.get(timeout=30)
        self.drain()

    def drain(self, seconds: float = 1.5) -> int:
        """How often it was due in the time."""
        time.sleep(seconds)
        count = 0
        while not self.told.empty():
            self.told.get()
            count += 1
        return count

    def close(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents" / "sub").mkdir(parents=True)
    return tmp_path / "documents"


@pytest.fixture
def watching(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    for name, seconds in (("QUIET", 0.3), ("_LOOK", 0.3), ("BLIND", 0.3)):
        monkeypatch.setattr(watch, name, seconds)
    watched = Watching(folder, folder / "index")
    watched.wait()  # what came before it listened
    yield watched
    watched.close()


def test_changes_make_an_update_due_and_those_close_together_only_one(folder: Path, watching: Watching) -> None:
    assert watching.drain() == 0
    for number in range(30):
        (folder / f"{number}.txt").write_text("The harbour opened.")
    watching.told.get(timeout=30)
    assert watching.drain() < 5
    for change in (
        lambda: (folder / "sub" / "new").mkdir(),
        lambda: (folder / "sub" / "new" / "deep.txt").write_text("A ferry."),
        lambda: (folder / "sub" / "new" / "deep.txt").write_text("Another ferry."),
        lambda: (folder / "1.txt").rename(folder / "one.txt"),
        lambda: (folder / "2.txt").unlink(),
        lambda: (folder / ".qaignore").write_text("*.log\n"),
    ):
        change()
        watching.wait()


def test_what_is_no_document_makes_nothing_due(folder: Path, watching: Watching) -> None:
    (folder / ".qaignore").write_text("*.log\nbuild/\n")
    (folder / "build").mkdir()
    watching.wait()
    (folder / "index").mkdir()
    for name in (".hidden", "~$open.docx", "saved.txt~", "a.log", "build/a.txt", "index/CURRENT", "sub/.a.txt.swp"):
        (folder / name).write_text("The harbour opened.")
    assert watching.drain() == 0
    (folder / "a.txt").write_text("The harbour opened.")
    watching.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_unicode_is_noticed_and_does_not_end_it(folder: Path, watching: Watching) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("The harbour opened.")
    watching.wait()
    (folder / "a.txt").write_text("The harbour opened.")
    watching.wait()


def test_a_folder_may_go_away_and_come_back_as_another(folder: Path, watching: Watching) -> None:
    folder.rename(folder.with_name("away"))
    watching.wait()
    folder.mkdir()
    watching.wait()
    (folder / "a.txt").write_text("The harbour opened.")
    watching.wait()


def test_where_nobody_tells_of_changes_the_clock_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr(watchfiles, "watch", refuse)
    monkeypatch.setattr(watch, "BLIND", 0.1)
    blind = Watching(folder, folder / "index")
    blind.wait()
    blind.wait()
    blind.close()


def test_an_update_is_due_now_and_then_though_nothing_was_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "AGAIN", 0.5)
    monkeypatch.setattr(watch, "_LOOK", 0.2)
    watched = Watching(folder, folder / "index")
    watched.wait()
    watched.wait()
    watched.close()


def children(pid: int) -> list[str]:
    """The processes that a process has started, where the system says so."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return told.read_text().split() if told.exists() else []


def test_the_command_follows_the_folder_through_errors_until_it_is_interrupted(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.html").write_text("<p>The harbour opened in 1931.</p>")
    # A shell that starts the tests in the background has them, and what they start, ignore the signal.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    watching = subprocess.Popen(
        [sys.executable, "-c", code + "from qa.cli import main; sys.exit(main())", "index", "--watch", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stdout and watching.stderr
    try:
        first = json.loads(watching.stdout.readline())
        assert [change["change"] for change in first["changes"]] == ["added"]
        assert "Watching documents" in watching.stderr.readline()
        (documents / "b.txt").write_text("The ferry sails at noon.")
        (change,) = json.loads(watching.stdout.readline())["changes"]
        assert (change["document"], change["change"]) == ("b.txt", "added")
        documents.rename(tmp_path / "away")
        assert "No documents folder" in watching.stderr.readline()
        (tmp_path / "away").rename(documents)
        assert json.loads(watching.stdout.readline())["changes"] == []  # all is well again
        (documents / "b.txt").write_text("The ferry sails at ten.")
        (change,) = json.loads(watching.stdout.readline())["changes"]
        assert (change["document"], change["change"]) == ("b.txt", "changed")
        started = children(watching.pid)
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=60)
        assert watching.returncode == 130 and errors == "qa: interrupted; nothing was lost.\n"
        assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
        assert all(name.isdigit() for name in os.listdir(tmp_path / ".qa" / "generations"))
    finally:
        watching.kill()
        watching.communicate()


def test_what_cannot_be_indexed_at_first_is_not_watched(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qa", "index", "nowhere", "--watch"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "nowhere" in done.stderr and len(done.stderr.splitlines()) == 1
