"""`make bench`: measures what this environment can, and writes benchmarks/results.md, the single measurements into
benchmarks/raw/ and the plots into benchmarks/plots/.

Sections that need more (another environment, the public data sets) keep what was last measured for them, with its date.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from collections.abc import Callable

from benchmarks import plots
from benchmarks.measure import ROOT, Section, machine
from benchmarks.peers import beside, fresh
from benchmarks.quality import NoData, answers, search
from benchmarks.speed import cold, warm
from benchmarks.web import page

RESULTS = ROOT / "benchmarks" / "results.md"
SECTIONS: dict[str, Callable[[], Section]] = {
    "Cold answer": cold,
    "Warm answer": warm,
    "Beside a plain script": beside,
    "From nothing to the first answer": fresh,
    "The page": page,
    "Answers on XQuAD": answers,
    "Search on the chunking set": search,
}


def write(section: Section) -> None:
    """Puts a section in place of what the results held for it, or at their end, its measurements beside them, and
    draws it."""
    pictures = ""
    if section.raw:
        plots.RAW.mkdir(exist_ok=True)
        kept = {"date": str(datetime.date.today()), "machine": machine(), "raw": section.raw}
        (plots.RAW / f"{section.slug}.json").write_text(json.dumps(kept) + "\n", "utf-8")
        if plots.draw(section.slug):
            pictures = f"![{section.title}](plots/{section.slug}.svg)\n\n"
    stamped = f"{section.markdown().rstrip()}\n\n{pictures}*{datetime.date.today()}, {machine()}*\n"
    head = "# Measurements\n\nRatios within one run tell more than seconds: the machine may have been busy.\n"
    old = RESULTS.read_text("utf-8") if RESULTS.exists() else head
    pattern = re.compile(rf"^## {re.escape(section.title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
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
            section = SECTIONS[name]()
        except NoData as missing:
            print(f"{name} not measured: {missing}", file=sys.stderr)
            continue
        write(section)
        print(section.markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
