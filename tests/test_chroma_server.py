"""The index in a real Chroma server: the same contract as without one, and what happens when the server goes away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fakes import CheckHere, WordEmbedder
from versions import NAMES, STEADY, ask, version_of, write_version

from index import build, server
from index.build import update
from index.corpus import Corpus
from index.errors import (
    DocumentsError,
    NoIndexError,
    SettingsError,
    StoreError,
    StoreLockedError,
    StoreMismatchError,
)
from index.store import ServerStore


class Chroma:
    """A `chroma run` process that can be killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--path", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < until and self.process.poll() is None, "the server did not start"
                time.sleep(0.1)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    served = Chroma(tmp_path_factory.mktemp("chroma"))
    served.start()
    yield served
    served.kill()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "Checker", CheckHere)
    monkeypatch.setattr(server, "_POLL", 0.05)


@pytest.fixture(params=["embedded", "server"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """None for the embedded store, else an address with a collection of the test's own."""
    if request.param == "embedded":
        return None
    return str(request.getfixturevalue("chroma").url(f"test-{abs(hash(tmp_path))}"))


@pytest.fixture
def own(chroma: Chroma, tmp_path: Path) -> str:
    return chroma.url(f"own-{abs(hash(tmp_path))}")


def published(store: Path, url: str | None) -> int:
    corpus = Corpus.open(store, "words", url)
    try:
        version = version_of(corpus)
        assert ask(corpus, WordEmbedder(), version) == version
        assert len(corpus.passages) == len(corpus.lexical) == corpus.manifest.passages
        return version
    finally:
        corpus.close()


# The same on both stores.


def test_an_index_is_made_updated_and_left_alone(tmp_path: Path, url: str | None) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    with pytest.raises(NoIndexError, match="qa index"):
        Corpus.open(store, "words", url)
    write_version(folder, 1)
    embedder = WordEmbedder()
    summary = update(folder, store, embedder, url=url)
    assert {change.kind for change in summary.changes} == {"added"}
    assert summary.embedded == embedder.calls == summary.passages == len(NAMES) * 2 * STEADY
    assert published(store, url) == 1
    assert update(folder, store, embedder, url=url).changes == ()
    write_version(folder, 2)
    embedder = WordEmbedder()
    summary = update(folder, store, embedder, url=url)
    assert {change.path: change.kind for change in summary.changes} == dict.fromkeys(NAMES, "changed")
    assert embedder.calls == len(NAMES) * STEADY
    assert published(store, url) == 2


def test_documents_come_go_and_fail(tmp_path: Path, url: str | None) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=url)
    (folder / "extra.txt").write_text("A gamma buoy floats off the cape \ud83d.".encode("utf-8", "replace").decode())
    (folder / "blank.txt").write_text(" ")
    summary = update(folder, store, WordEmbedder(), url=url)
    assert {change.path: change.kind for change in summary.changes} == {"extra.txt": "added", "blank.txt": "failed"}
    (folder / "extra.txt").rename(folder / "renamed.txt")
    (folder / "blank.txt").unlink()
    summary = update(folder, store, WordEmbedder(), url=url)
    assert {change.path: change.kind for change in summary.changes} == {
        "renamed.txt": "renamed",
        "blank.txt": "removed",
    }
    corpus = Corpus.open(store, "words", url)
    assert corpus.passages.of_document("extra.txt") == []
    (passage,) = corpus.passages.of_document("renamed.txt")
    assert corpus.document("renamed.txt").text == passage.text
    assert corpus.passages.nearest(WordEmbedder().embed(["gamma buoy cape"])[0], 1)[0][0] == passage.id
    assert corpus.lexical.search(["gamma"], 5)[0][0] == passage.id
    corpus.close()


def test_nothing_is_wiped_and_mismatches_are_told(tmp_path: Path, url: str | None) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=url)
    with pytest.raises(StoreMismatchError, match="--rebuild"):
        update(folder, store, WordEmbedder("other"), url=url)
    with pytest.raises(StoreMismatchError, match="QA_EMBEDDER"):
        Corpus.open(store, "other", url)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(DocumentsError, match="is empty"):
        update(folder, store, WordEmbedder(), url=url)
    assert published(store, url) == 1


def test_a_rebuild_starts_anew_with_the_vectors_that_are_kept(tmp_path: Path, url: str | None) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=url)
    embedder = WordEmbedder()
    summary = update(folder, store, embedder, url=url, rebuild=True)
    assert {change.kind for change in summary.changes} == {"added"}
    assert embedder.calls == 0
    assert published(store, url) == 1


def test_an_open_corpus_goes_on_answering_and_knows_that_it_is_old(tmp_path: Path, url: str | None) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=url)
    corpus = Corpus.open(store, "words", url)
    assert corpus.is_current
    write_version(folder, 2)
    update(folder, store, WordEmbedder(), url=url)
    assert not corpus.is_current
    assert version_of(corpus) == ask(corpus, WordEmbedder(), 1) == 1
    corpus.close()
    assert published(store, url) == 2


# What only a server has.


def test_two_machines_answer_alike_and_either_may_update(tmp_path: Path, own: str) -> None:
    write_version(tmp_path / "documents", 1)
    update(tmp_path / "documents", tmp_path / "one", WordEmbedder(), url=own)
    assert published(tmp_path / "two", own) == 1
    shutil.copytree(tmp_path / "documents", tmp_path / "copies")  # with times of their own
    assert update(tmp_path / "copies", tmp_path / "two", WordEmbedder(), url=own).changes == ()
    write_version(tmp_path / "copies", 2)
    update(tmp_path / "copies", tmp_path / "two", WordEmbedder(), url=own)
    assert published(tmp_path / "one", own) == published(tmp_path / "two", own) == 2
    one, two = Corpus.open(tmp_path / "one", "words", own), Corpus.open(tmp_path / "two", "words", own)
    for question in ("version of the ferry gate 3", "harbour gates", "nothing of the kind"):
        vector = WordEmbedder().embed([question])[0]
        assert one.passages.nearest(vector, 20) == two.passages.nearest(vector, 20)
        assert one.lexical.search(question.split(), 20) == two.lexical.search(question.split(), 20)
    one.close()
    two.close()


def test_an_app_process_of_its_own_answers_the_same(tmp_path: Path, own: str) -> None:
    write_version(tmp_path / "documents", 3)
    update(tmp_path / "documents", tmp_path / "one", WordEmbedder(), url=own)
    tests = Path(__file__).parent
    script = (
        "import sys; from pathlib import Path; from versions import version_of; from index.corpus import Corpus\n"
        "corpus = Corpus.open(Path(sys.argv[1]), 'words', sys.argv[2]); print(version_of(corpus)); corpus.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "two"), own],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr


def command(tmp_path: Path, url: str, machine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m qa` as on a machine of its own: with the common documents, and a store folder nobody else has."""
    return subprocess.run(
        [sys.executable, "-m", "qa", *arguments, "--documents", str(tmp_path / "documents")],
        env=os.environ | {"QA_CHROMA_URL": url, "QA_STORE": str(tmp_path / machine)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_commands_use_the_server_that_the_setting_names(tmp_path: Path, own: str) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("Harbour\n\nThe lighthouse was painted green in 1931.\n")
    done = command(tmp_path, own, "one", "index")
    assert (done.returncode, done.stderr) == (0, "") and f"passages in {own};" in done.stdout
    assert not list((tmp_path / "one" / "generations").iterdir())  # all of it is in the server, and in the mirror
    status = json.loads(command(tmp_path, own, "two", "status", "--json").stdout)
    assert [record["document"] for record in status["documents"]] == ["a.txt"]
    assert status["server"] == own and status["changed"] == []
    assert command(tmp_path, own, "two", "show", "a.txt").stdout == (documents / "a.txt").read_text()
    (documents / "a.txt").write_text("Harbour\n\nThe lighthouse was painted crimson in 1931.\n")
    question = "what colour was the lighthouse painted?"
    one, two = (
        json.loads(command(tmp_path, own, machine, "ask", question, "--json").stdout) for machine in ("one", "two")
    )
    assert "crimson" in one["text"]
    assert [{**answer, "seconds": None} for answer in (one, two)] == [{**one, "seconds": None}] * 2
    done = command(tmp_path, "http://127.0.0.1:9", "two", "ask", question)
    assert done.returncode == 1 and "check that it runs" in done.stderr and len(done.stderr.splitlines()) == 1


def test_what_no_version_holds_any_more_leaves_the_server_with_the_update_after(tmp_path: Path, own: str) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    for version in (1, 2):
        write_version(folder, version)
        update(folder, store, WordEmbedder(), url=own)
    found = ServerStore.connect(own)
    whole = len(NAMES) * 2 * STEADY
    assert len(found.ids()) == whole + len(NAMES) * STEADY
    update(folder, store, WordEmbedder(), url=own)
    assert len(found.ids()) == whole
    names = sorted({name.partition("-")[0] for name in found.text_ids()})
    assert names == ["document", "head", "manifest"]
    assert len(found.text_ids()) == 1 + 1 + 2 * len(NAMES)
    found.close()
    assert published(store, own) == 2


def test_a_writer_that_failed_half_way_leaves_readers_on_the_version_before(
    tmp_path: Path, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=own)
    write_version(folder, 2)
    with monkeypatch.context() as patch:
        patch.setattr(server, "_split", lambda text: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            update(folder, store, WordEmbedder(), url=own)
    assert published(store, own) == published(tmp_path / "other", own) == 1
    embedder = WordEmbedder()
    update(folder, store, embedder, url=own)
    assert embedder.calls == 0
    assert published(tmp_path / "other", own) == 2


def test_a_writer_whose_claim_was_taken_over_publishes_nothing(
    tmp_path: Path, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=own)
    write_version(folder, 2)
    found, split = ServerStore.connect(own), server._split

    def taken_over(text: str) -> list[str]:
        found.put_text("claim", "elsewhere 1 name 7")
        return split(text)

    with monkeypatch.context() as patch:
        patch.setattr(server, "_split", taken_over)
        with pytest.raises(StoreLockedError, match="taken over"):
            update(folder, store, WordEmbedder(), url=own)
    assert found.texts(["claim"])["claim"] == "elsewhere 1 name 7"
    assert published(tmp_path / "other", own) == 1
    found.close()


def test_only_one_writes_at_a_time(tmp_path: Path, own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "documents"
    write_version(folder, 1)
    found = ServerStore.connect(own)
    other = server._Claim(found, own)
    other.take(None, 1)
    notices: list[str] = []
    with pytest.raises(StoreLockedError, match="Another process is updating"):
        update(folder, tmp_path / "store", WordEmbedder(), url=own, waiting=lambda: notices.append("x"), timeout=0.2)
    assert notices == ["x"]
    waiting = threading.Event()
    thread = threading.Thread(
        target=lambda: update(folder, tmp_path / "store", WordEmbedder(), url=own, waiting=waiting.set)
    )
    thread.start()
    assert waiting.wait(30)
    other.release()
    thread.join(60)
    assert published(tmp_path / "store", own) == 1
    # A writer that gives no sign of life, on another machine or on this one.
    monkeypatch.setattr(server, "LEASE", 0.3)
    write_version(folder, 2)
    found.put_text("claim", "elsewhere 1 name 7")
    update(folder, tmp_path / "store", WordEmbedder(), url=own)
    found.put_text("claim", f"{socket.gethostname()} {os.getpid()} gone 7")
    monkeypatch.setattr(server, "LEASE", 1e9)
    update(folder, tmp_path / "store", WordEmbedder(), url=own)
    assert published(tmp_path / "store", own) == 2
    found.close()


def test_a_mirror_that_is_lost_or_damaged_is_made_anew(tmp_path: Path, own: str) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder(), url=own)
    for harm in ("CURRENT", "documents.sqlite", "generations/*/seal.json", "generations/*/lexical/meta.json"):
        for path in (store / "server").glob(harm):
            path.write_bytes(b"\0" * 100)
        if harm == "documents.sqlite":
            with pytest.raises(StoreError, match="qa index"):
                published(store, own)
            update(folder, store, WordEmbedder(), url=own)
        assert published(store, own) == 1
    shutil.rmtree(store)
    assert published(store, own) == 1


def test_a_folder_index_and_a_servers_mirror_lie_side_by_side(tmp_path: Path, own: str) -> None:
    folder, store = tmp_path / "documents", tmp_path / "store"
    write_version(folder, 1)
    update(folder, store, WordEmbedder())
    embedder = WordEmbedder()
    update(folder, store, embedder, url=own)
    assert embedder.calls == 0  # going over to a server embeds nothing again
    assert published(store, own) == published(store, None) == 1


@pytest.mark.parametrize(
    "address", ["nowhere", "ftp://host", "http://", "http://127.0.0.1:99999", "http://h/x", "http://h/a b"]
)
def test_an_address_that_is_none_is_told(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="QA_CHROMA_URL"):
        Corpus.open(tmp_path / "store", "words", address)


def test_something_else_at_the_address_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"Chroma server at http://127\.0\.0\.1:9.*QA_CHROMA_URL"):
        Corpus.open(tmp_path / "store", "words", "http://127.0.0.1:9")


def test_a_server_that_goes_away_is_told_and_all_goes_on_when_it_is_back(tmp_path: Path) -> None:
    chroma = Chroma(tmp_path / "data")
    chroma.start()
    try:
        folder, store, url = tmp_path / "documents", tmp_path / "store", chroma.url("passages")
        write_version(folder, 1)
        update(folder, store, WordEmbedder(), url=url)
        corpus = Corpus.open(store, "words", url)
        assert ask(corpus, WordEmbedder(), 0) == 1
        # In the middle of a question …
        chroma.kill()
        with pytest.raises(StoreError, match="did not do what it was asked") as told:
            ask(corpus, WordEmbedder(), 1)
        assert "\n" not in str(told.value)
        with pytest.raises(StoreError, match="check that it runs"):
            corpus.is_current  # noqa: B018
        chroma.start()
        assert corpus.is_current
        assert ask(corpus, WordEmbedder(), 1) == 1
        # … and in the middle of an update.
        write_version(folder, 2)
        killing = iter([False, True])

        class Killing(WordEmbedder):
            def embed(self, *arguments: object) -> object:  # type: ignore[override]
                if next(killing, False):
                    chroma.kill()
                return super().embed(*arguments)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "_SLICE", 4)
            with pytest.raises(StoreError, match="check that it runs"):
                update(folder, store, Killing(), url=url)
        chroma.start()
        assert ask(corpus, WordEmbedder(), 2) == 1
        embedder = WordEmbedder()
        update(folder, store, embedder, url=url)
        assert embedder.calls == 0
        assert not corpus.is_current
        assert published(store, url) == 2
        corpus.close()
    finally:
        chroma.kill()
