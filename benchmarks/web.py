"""The page: from `python app.py` to the first answer, until it can be used, and until an answer is painted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Section, spread, timed
from benchmarks.quality import NoData
from benchmarks.speed import QUESTIONS

_AIMS = (
    "Aims: the first answer within 4 s of `python app.py` on an existing index, a page that can be used within 2 s, an "
    "answer painted within 300 ms."
)
# Times are the browser's own: from sending the question to the frame that shows its checked answer.
_PAINTED = """question => new Promise(done => {
  const count = document.querySelectorAll(".exchange").length;
  const began = performance.now();
  new MutationObserver((_, observer) => {
    const made = document.querySelectorAll(".exchange")[count];
    if (!made || made.dataset.state === "streaming") return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done((performance.now() - began) / 1000)));
  }).observe(document.querySelector('[data-part="exchanges"]'), { childList: true, subtree: true });
  document.getElementById("question").value = question;
  document.querySelector('[data-part="composer"]').requestSubmit();
})"""


def page(runs: int = 5) -> Section:
    """Fresh processes and fresh browser windows, with the two documents and without a model.

    Raises:
        NoData: there is no Chromium.
        RuntimeError: the page did not start.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise NoData("no Chromium is installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    from index.build import update
    from index.embed import LocalEmbedder

    first: list[float] = []
    usable: list[float] = []
    painted: list[float] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        store = Path(folder, "store")
        update(ROOT / "documents", store, LocalEmbedder())
        for _ in range(runs):
            began = time.perf_counter()
            with _served(store) as address:
                _ask(address, QUESTIONS[0])
                first.append(time.perf_counter() - began)
        with _served(store) as address:
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for _ in range(runs + 1):
                shown = browser.new_context().new_page()
                usable.append(timed(lambda shown=shown: _open(shown, address)))  # type: ignore[misc]
                # The examples are looked for in the background at the first visit.
                shown.wait_for_timeout(500)
                painted += [shown.evaluate(_PAINTED, question) for question in QUESTIONS]
                shown.context.close()
            browser.close()
    warm = len(QUESTIONS)
    raw = {"first_answer_s": first, "usable_s": usable[1:], "painted_s": painted[warm:]}
    return Section(
        "The page",
        [
            ("", "median (range)"),
            ("`python app.py` to the first answer, in seconds", spread(first)),
            ("a new window until the page can be used, in seconds", spread(usable[1:])),
            ("question sent until its answer is painted, in milliseconds", spread(painted[warm:], 1000, 0)),
        ],
        [_AIMS, "", f"Runs: {runs}, {warm} questions in each; files cached, the first window not counted."],
        raw,
    )


def _open(shown: Any, address: str) -> None:
    shown.goto(address)
    shown.wait_for_selector("body.ready", timeout=120_000)


def _ask(address: str, question: str) -> None:
    import httpx

    said = httpx.post(
        f"{address}/v1/chat/completions", json={"messages": [{"role": "user", "content": question}]}, timeout=120
    )
    said.raise_for_status()


@contextmanager
def _served(store: Path) -> Iterator[str]:
    """`python app.py` in a process of its own, at the address that it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "OPENAI_"))}
    process = subprocess.Popen(
        [sys.executable, "app.py", "--store", str(store), "--documents", "documents", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        if not (address := re.search(r"http://\S+", line)):
            raise RuntimeError(f"app.py did not start: {line.strip()}")
        yield address[0]
    finally:
        process.terminate()
        process.wait()
        if process.stderr:
            process.stderr.close()
