"""A whole run: cases and folders in, a `Run` out. The only part of the evaluation that opens an assistant or writes
files."""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from eval.check import document_texts
from eval.dataset import ROOT, SETS, Case, DatasetError
from eval.gate import Baseline, Failure, Regressions, Thresholds, gate, regressions
from eval.metrics import SupportTest, Texts
from eval.record import Row, row, write_rows
from eval.report import Run, junit, markdown
from eval.run import CaseResult, Subject, play_all
from eval.summary import measured_json, summarise
from qa.settings import Settings
from qa.types import Mode

_PACKAGES = (
    "footnote-qa",
    "chromadb",
    "llama-index-core",
    "onnxruntime",
    "tantivy",
    "tokenizers",
    "numpy",
    "openai",
)
_PRIVATE = frozenset({"documents", "store", "chroma_url", "api_key", "base_url", "auth", "host", "port", "debug"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `folders` is the documents folder of each set; `store` where indexes are kept between runs, or
    None for a temporary place; `whole` false where only some of the set's questions are asked; `gold` false for
    somebody's own questions, which no threshold or baseline knows, so that only the invariants hold them."""

    cases: Sequence[Case]
    folders: Mapping[str, Path]
    settings: Settings
    store: Path | None = None
    repeats: int = 1
    whole: bool = True
    gold: bool = True


def play_plan(
    plan: Plan, supports: SupportTest, progress: Callable[[CaseResult], None] = lambda result: None
) -> tuple[list[Row], dict[str, dict[str, str]]]:
    """(rows, {set: {document: sha256 of its text}}): every set with an assistant and an index of its own.

    Raises:
        FootnoteError: a folder or the index cannot be used.
    """
    from qa.assistant import Assistant

    rows: list[Row] = []
    hashes: dict[str, dict[str, str]] = {}
    with _store(plan.store) as store:
        for name in dict.fromkeys(case.set for case in plan.cases):
            if name not in plan.folders:
                raise DatasetError(f"No documents for the set “{name}”: name their folder with --documents FOLDER.")
            folder = plan.folders[name]
            texts = document_texts(folder)
            hashes[name] = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
            settings = replace(plan.settings, documents=folder, store=store / (name or "documents"), chroma_url=None)
            cases = [case for case in plan.cases if case.set == name]
            with Assistant.open(settings) as assistant:
                rows += play_rows(cases, assistant, texts, supports, repeats=plan.repeats, progress=progress)
    return rows, hashes


def play_rows(
    cases: Sequence[Case],
    subject: Subject,
    texts: Texts,
    supports: SupportTest,
    *,
    repeats: int = 1,
    progress: Callable[[CaseResult], None] = lambda result: None,
) -> list[Row]:
    """The cases' results as rows, the first question asked once before, so that no case pays for loading models."""
    for case in cases[:1]:
        try:
            subject.ask(case.standalone or case.question)
        except Exception:
            break  # the case itself will say so
    return [row(result) for result in play_all(cases, subject, texts, supports, repeats=repeats, progress=progress)]


@contextmanager
def _store(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as folder:
        yield Path(folder)


def graded(
    rows: Sequence[Row],
    mode: Mode,
    thresholds: Thresholds,
    baseline: Baseline,
    *,
    whole: bool = True,
    gold: bool = True,
    about: Mapping[str, Any] | None = None,
    judged: Mapping[str, Any] | None = None,
) -> Run:
    """The rows with their scores and the gate's verdict."""
    measured = summarise(rows)
    known = baseline.modes.get(mode, {}) if gold else None
    limits = thresholds if gold else replace(thresholds, modes={})
    failures: list[Failure] = gate(rows, measured, mode, limits, known, whole=whole)
    changes = regressions(rows, known, whole=whole) if known is not None else Regressions()
    return Run(rows, measured, failures, changes, about or {}, judged, gated=gold)


def about(plan: Plan, mode: Mode, hashes: Mapping[str, Mapping[str, str]], seconds: float) -> dict[str, Any]:
    """What a result was made from, enough to tell whether two can be compared; no path, key or address of this
    machine."""
    settings = plan.settings
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "mode": mode,
        "model": settings.model if mode == "generative" else None,
        "questions": len(plan.cases),
        "repeats": plan.repeats,
        "whole": plan.whole,
        "seconds": round(seconds, 1),
        "documents": hashes,
        "questions_digest": hashlib.sha256("".join(case.digest() for case in plan.cases).encode()).hexdigest()[:16],
        "configuration": {
            field.name: _plain(getattr(settings, field.name))
            for field in fields(settings)
            if field.name not in _PRIVATE
        },
        "models": model_hashes(),
        "versions": versions(),
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def model_hashes() -> dict[str, str]:
    """Sha256 of each model file that is shipped, by its path in the project."""
    found = {}
    for folder in (ROOT.parent / "index" / "models", ROOT.parent / "qa" / "models"):
        for file in sorted((*folder.glob("*.onnx"), *folder.glob("*.json"))):
            with file.open("rb") as handle:
                found[file.relative_to(ROOT.parent).as_posix()] = hashlib.file_digest(handle, "sha256").hexdigest()
    return found


def versions() -> dict[str, str]:
    """Python and the packages that answers depend on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write_reports(folder: Path, run: Run) -> list[Path]:
    """Writes results.jsonl, summary.json, summary.md, junit.xml and report.html into the folder; returns their paths.

    Raises:
        DatasetError: the folder cannot be written.
    """
    from eval.page import page

    summary = {
        **run.about,
        "passed": run.passed,
        "failures": [{"metric": one.metric, "message": one.message, "question": one.question} for one in run.failures],
        "newly_wrong": list(run.changes.newly_wrong),
        "newly_right": list(run.changes.newly_right),
        "metrics": measured_json(dict(run.measured)),
        "judge": run.judged,
    }
    texts = {
        "summary.json": json.dumps(summary, ensure_ascii=False, indent=1) + "\n",
        "summary.md": markdown(run),
        "junit.xml": junit(run),
        "report.html": page(run),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_rows(folder / "results.jsonl", run.rows)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise DatasetError(
            f"The reports cannot be written to {folder}: {error.strerror}. Name another folder with --reports."
        ) from None
    return [folder / name for name in ("results.jsonl", *texts)]


def folders(cases: Sequence[Case], documents: Path | None, settings: Settings) -> dict[str, Path]:
    """The documents folder of each set that the cases name: `documents` where it is given, the project's own sets by
    their names, else the folder of the settings."""
    names = {case.set for case in cases}
    if documents is not None:
        return {name: documents for name in names}
    return {name: SETS.get(name, settings.documents) for name in names}


def timed() -> Callable[[], float]:
    """A stopwatch: call it for the seconds since."""
    began = time.perf_counter()
    return lambda: time.perf_counter() - began
