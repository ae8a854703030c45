"""The transcript in the README: what the commands print, not what somebody remembers that they print.

python scripts/transcript.py          writes it anew; a test fails while it differs
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
COMMANDS = (
    'qa ask "who co-chaired the 6th dialogue?"',
    'qa ask "who co-chaired the 8th dialogue?"',
    "qa show eu-japan-6th-cyber-dialogue-2024.txt --start 870 --end 904",
)
WIDTH = "88"
"""Columns that answers are wrapped to, so that GitHub shows them without a scroll bar."""

_PLACE = re.compile(r"(<!-- transcript: .*? -->\n).*?(<!-- /transcript -->)", re.DOTALL)


def transcript(run: Callable[[Sequence[str]], str]) -> str:
    """The Markdown between the marks. `run` takes the words behind `qa` and returns what goes to standard output."""
    blocks = [f"$ python -m {command}\n{run(shlex.split(command)[1:]).rstrip()}\n" for command in COMMANDS]
    return "```console\n" + "\n".join(blocks) + "```\n"


def stands(text: str) -> str | None:
    """What a README has between the marks; None where it has no marks."""
    match = _PLACE.search(text)
    return match[0].removeprefix(match[1]).removesuffix(match[2]) if match else None


def main() -> int:
    """Writes the README's transcript."""
    os.environ.update(COLUMNS=WIDTH, QA_MODE="extractive")
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    from qa.cli import main as command

    with tempfile.TemporaryDirectory() as store:

        def run(words: Sequence[str]) -> str:
            printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
            with contextlib.redirect_stdout(printed):
                command([*words, "--store", store])
            printed.flush()
            return printed.buffer.getvalue().decode("utf-8")

        made = transcript(run)
    README.write_text(_PLACE.sub(lambda match: match[1] + made + match[2], README.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
