"""A folder whose documents all say which version they are, and processes that write or read its index.

    python -m versions write FOLDER STORE LOG FIRST LAST
    python -m versions read STORE STOP

`write` goes from version to version, updating the index after each; `read` asks until the file STOP is there, and fails
on the first answer that mixes versions or goes back to an older one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAMES = ("harbour.txt", "lighthouse.md", "ferry.txt")
STEADY = 6
"""Passages of each document that no version changes, beside as many that every version does."""


def text(name: str, version: int) -> str:
    stem = name.partition(".")[0]
    parts = []
    for part in range(STEADY):
        parts.append(f"# {stem} {part}\n\nThe {stem} was described in part {part}. It has {part + 3} gates.")
        parts.append(f"# {stem} {part} now\n\nThis is version {version} of the {stem}, gate {part}.")
    return "\n\n".join(parts) + "\n"


def write_version(folder: Path, version: int) -> None:
    """All documents, each replaced at once."""
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        aside = folder / f".{name}.{os.getpid()}.tmp"
        aside.write_text(text(name, version))
        os.replace(aside, folder / name)


def version_of(corpus: Any) -> int:
    """The one version that everything in the corpus is of.

    Raises:
        AssertionError: it is not of one version, or not whole.
    """
    versions = set()
    for name in NAMES:
        document = corpus.document(name)
        version = int(document.text.partition("version ")[2].split()[0])
        assert document.text == text(name, version)
        passages = corpus.passages.of_document(name)
        assert len(passages) == corpus.record(name).passages == 2 * STEADY
        for passage in passages:
            assert passage.text == document.text[passage.start : passage.end]
        versions.add(version)
    assert len(versions) == 1, versions
    return versions.pop()


def ask(corpus: Any, embedder: Any, turn: int) -> int:
    """Asks both rankings for a gate of a document; returns the version that they answer from."""
    from index.terms import content_terms

    name, gate = NAMES[turn % 3], turn % STEADY
    stem = name.partition(".")[0]
    question = f"which version of the {stem} gate {gate}"
    dense = [id_ for id_, _ in corpus.passages.nearest(embedder.embed([question])[0], 40)]
    lexical = [id_ for id_, _ in corpus.lexical.search(content_terms(question), 40)]
    passages, _ = corpus.passages.get(sorted({*dense, *lexical}))
    assert len(passages) == len({*dense, *lexical})
    versions = set()
    for passage in passages:
        assert corpus.document(passage.document).text[passage.start : passage.end] == passage.text
        if "version" in passage.text:
            versions.add(int(passage.text.partition("version ")[2].split()[0]))
    assert len(versions) == 1, versions
    assert any(f"gate {gate}." in passage.text and passage.document == name for passage in passages)
    return versions.pop()


def _logging_embedder(log: Path) -> Any:
    from fakes import WordEmbedder

    class Logging(WordEmbedder):
        def embed(self, texts: Sequence[str], progress: Any = None) -> Any:
            with open(log, "a") as file:
                file.writelines(text.replace("\n", "\\n") + "\n" for text in texts)
            return super().embed(texts, progress)

    return Logging()


def write(folder: Path, store: Path, log: Path, first: int, last: int) -> None:
    from fakes import CheckHere

    from index import build

    if os.environ.get("IN_PROCESS_CHECK"):
        build.Checker = CheckHere  # type: ignore[misc,assignment]
    build._SLICE = 4
    embedder = _logging_embedder(log)
    for version in range(first, last + 1):
        write_version(folder, version)
        print(f"writing {version}", flush=True)
        build.update(folder, store, embedder)
        print(f"published {version}", flush=True)


def read(store: Path, stop: Path) -> None:
    from fakes import WordEmbedder

    from index.corpus import Corpus

    embedder = WordEmbedder()
    corpus, latest, turn = None, 0, 0
    while not stop.exists():
        if corpus is None or not corpus.is_current:
            corpus = Corpus.open(store, embedder.name)
            assert version_of(corpus) >= latest
        version = ask(corpus, embedder, turn)
        assert version >= latest
        latest, turn = version, turn + 1
        if turn == 1:
            print("reading", flush=True)
    print(f"answered {turn} up to version {latest}", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
    else:
        read(Path(sys.argv[2]), Path(sys.argv[3]))
