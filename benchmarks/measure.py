"""Timing whole commands and calls in a way that can be trusted: interleaved, several times, medians."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the results: a heading, the rows of a table with its head first, what to know about them, and the
    single measurements, as JSON, that the table sums up."""

    title: str
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The title as the name of a file."""
        return "-".join(self.title.lower().split())

    def markdown(self) -> str:
        """The section as Markdown."""
        head, *body = [f"| {' | '.join(row)} |" for row in self.rows]
        rule = "|" + "---|" * len(self.rows[0])
        return "\n".join([f"## {self.title}", "", head, rule, *body, "", *self.notes]).rstrip() + "\n"


def interleaved(runs: int, commands: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    """Wall-clock seconds of each command, run in turn A B A B … after one run of each that does not count.

    Raises:
        RuntimeError: a command failed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for run in range(runs + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"{name} failed: {done.stderr.strip()[-500:]}")
            if run:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def timed(call: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def spread(seconds: Sequence[float], unit: float = 1.0, digits: int = 2) -> str:
    """Median and range, as `1.23 (1.20 to 1.40)`; `unit` multiplies (1000 for milliseconds)."""
    low, middle, high = (value * unit for value in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def ratios(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """a over b, pair by pair."""
    return [x / y for x, y in zip(a, b, strict=True)]


def machine() -> str:
    """The machine and the versions that the figures belong to."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("chromadb", "onnxruntime", "tantivy", "tokenizers", "numpy")
    )
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{model}, {cores} cores, {system}; Python {sys.version.split()[0]}, {packages}"
