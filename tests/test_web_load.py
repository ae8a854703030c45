"""Fifty people at once: right answers, bounded memory, nobody left waiting.

Two minutes where FOOTNOTE_LONG_TESTS is set, else a third of that.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from pathlib import Path

import pytest
from web_support import Site, connect

pytest_plugins = ["web_support"]

_EXPECTED = {
    "who co-chaired the 6th dialogue?": "Saita",
    "where was the 7th dialogue held?": "Brussels",
    "what is the boiling point of tungsten?": "",
}


@pytest.mark.slow
def test_fifty_users(site: Site) -> None:
    seconds: list[float] = []
    wrong: list[str] = []
    ends = time.monotonic() + (120 if os.environ.get("FOOTNOTE_LONG_TESTS") else 40)

    def use(number: int) -> None:
        with connect(site) as client:
            questions = list(_EXPECTED.items())
            while time.monotonic() < ends:
                question, expected = questions[number % len(questions)]
                number += 1
                began = time.monotonic()
                said = client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": question}]})
                seconds.append(time.monotonic() - began)
                if said.status_code != 200 or expected not in said.json()["choices"][0]["message"]["content"]:
                    wrong.append(f"{said.status_code} {question}: {said.text[:200]}")
                time.sleep(1)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    time.sleep((ends - time.monotonic()) / 3)
    early = _resident()
    for thread in threads:
        thread.join()
    late = _resident()
    print(
        f"{len(seconds)} answers, median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s, "
        f"{early / 2**20:.0f} MB after a third, {late / 2**20:.0f} MB at the end"
    )
    assert wrong == []
    assert late < early * 1.2 + 50 * 2**20


def _resident() -> int:
    """Bytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
