"""`make bench`: measures what this environment can, and writes benchmarks/results.md.

Sections that need more (another environment, the public data sets) keep what was last measured for them, with its date.
"""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from collections.abc import Callable

from benchmarks.measure import ROOT, Section, machine
from benchmarks.quality import NoData, answers, search
from benchmarks.speed import cold, warm
from benchmarks.web import page

RESULTS = ROOT / "benchmarks" / "results.md"
SECTIONS: dict[str, Callable[[], Section]] = {
    "Cold answer": cold,
    "Warm answer": warm,
    "The page": page,
    "Answers on XQuAD": answers,
    "Search on the chunking set": search,
}


def write(section: str, text: str) -> None:
    """Puts a section's Markdown in place of what the results held for it, or at their end."""
    stamped = f"{text.rstrip()}\n\n*{datetime.date.today()}, {machine()}*\n"
    head = "# Measurements\n\nRatios within one run tell more than seconds: the machine may have been busy.\n"
    old = RESULTS.read_text("utf-8") if RESULTS.exists() else head
    pattern = re.compile(rf"^## {re.escape(section)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    new = pattern.sub(lambda _: stamped + "\n", old) if pattern.search(old) else f"{old.rstrip()}\n\n{stamped}"
    RESULTS.write_text(new.rstrip() + "\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; all by default")
    for name in parser.parse_args().sections or SECTIONS:
        if name not in SECTIONS:
            parser.error(f"no section {name!r}: there are {', '.join(SECTIONS)}")
        print(f"measuring {name} …", file=sys.stderr)
        try:
            text = SECTIONS[name]().markdown()
        except NoData as missing:
            print(f"{name} not measured: {missing}", file=sys.stderr)
            continue
        write(name, text)
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
