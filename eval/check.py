"""Is a gold file what it claims to be? Every quote stands in its document, every reference answer meets its own
facts. Pure but for `document_texts`, which reads a folder the way the index does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from eval.dataset import Case, DatasetError, case_of, entries, malformed
from eval.metrics import occurrences
from eval.text import contains, content_words, meets

NO_OVERLAP = "no-overlap"
"""Tag of a paraphrase that shares no content word with its source; the check holds it to that."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: `line` counts from 1."""

    file: str
    line: int
    id: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.id + ': ' if self.id else ''}{self.reason}"


def check(files: list[Path], texts_of: Mapping[str, Mapping[str, str]]) -> tuple[list[Problem], int]:
    """(what is wrong, how many entries were read) over the files together; ids must be unique across them.

    `texts_of` is the texts of each document set, by its name; "" is the set of entries that name none.

    Raises:
        DatasetError: a file cannot be read.
    """
    problems: list[Problem] = []
    first: dict[str, str] = {}
    groups: dict[str, tuple[Case, str]] = {}
    count = 0
    for path in files:
        for line, entry in entries(path):
            count += 1
            name = str(entry.get("id", "")) if isinstance(entry, dict) else ""
            wrong = [str(entry)] if isinstance(entry, DatasetError) else malformed(entry)
            if not wrong:
                case = case_of(cast(dict[str, Any], entry))
                where = f"{path.name}:{line}"
                if case.id in first:
                    wrong.append(f"the id is used before, in {first[case.id]}")
                first.setdefault(case.id, where)
                if case.set not in texts_of:
                    known = ", ".join(sorted(name for name in texts_of if name)) or "none"
                    wrong.append(f"the document set “{case.set}” is unknown (known: {known})")
                else:
                    wrong += case_problems(case, texts_of[case.set])
                if case.group:
                    other, at = groups.setdefault(case.group, (case, where))
                    if other.required != case.required or other.answerable != case.answerable:
                        wrong.append(f"its group “{case.group}” expects something else in {at}")
            problems += [Problem(path.name, line, name, reason) for reason in wrong]
    return problems, count


def case_problems(case: Case, texts: Mapping[str, str]) -> list[str]:
    """What is wrong with a well-formed case, given the texts of its documents."""
    found = []
    quotes: list[str] = []
    for support in case.supports:
        for option in support.options():
            if option.document not in texts:
                found.append(f"the document {option.document} is not in its set")
            elif not occurrences(texts[option.document], option.quote):
                found.append(f"the quote does not stand in {option.document}: “{_short(option.quote)}”")
            elif option.quote != option.quote.strip():
                found.append(f"the quote has white space at its edge: “{_short(option.quote)}”")
            quotes.append(option.quote)
    if case.answerable:
        found += _answerable_problems(case, quotes)
    else:
        found += _unanswerable_problems(case)
    for fact in (*case.forbidden, *case.injected):
        if meets(case.reference, fact):
            found.append(f"the reference answer says “{fact[0]}”, which is forbidden")
        if case.answerable and any(fact == required for required in case.required):
            found.append(f"“{fact[0]}” is both required and forbidden")
    for wording in (
        w for facts in (case.required, case.forbidden, case.corrects, case.injected) for f in facts for w in f
    ):
        if not contains(wording, wording):
            found.append(f"the wording “{wording}” has no word or number in it")
    if bool(case.history) != (case.standalone is not None):
        found.append("a question with a history needs its stand-alone form, and only such a question")
    if NO_OVERLAP in case.tags and (shared := content_words(case.question) & content_words(" ".join(quotes))):
        found.append(f"shares words with its source, against its tag {NO_OVERLAP}: {', '.join(sorted(shared))}")
    return found


def _answerable_problems(case: Case, quotes: list[str]) -> list[str]:
    found = []
    if case.statuses != ("answered",):
        found.append("an answerable question has the status answered and no other")
    if not case.required:
        found.append("names no required fact, so that any answer would be right")
    if not case.supports:
        found.append("names no support")
    if case.corrects:
        found.append("corrects is for questions with a false premise, which are not answerable")
    if not case.reference:
        found.append("has no reference answer")
    for fact in case.required:
        if not meets(case.reference, fact):
            found.append(f"the reference answer does not say the required “{fact[0]}”")
        if not any(meets(quote, fact) for quote in quotes):
            found.append(f"no support says the required “{fact[0]}”")
    for support in case.supports:
        if not any(meets(option.quote, fact) for option in support.options() for fact in case.required):
            found.append(f"the support “{_short(support.quote)}” says none of the required facts")
    return found


def _unanswerable_problems(case: Case) -> list[str]:
    found = []
    if case.required:
        found.append("has required facts, though it has no answer: use corrects for what puts a premise right")
    if case.supports:
        found.append("has supports, though it has no answer")
    if case.corrects and "answered" not in case.statuses:
        found.append("corrects needs answered among its statuses")
    if "answered" in case.statuses and not case.corrects and case.kind != "false-premise":
        found.append("may be answered, but corrects does not say with what")
    if "answered" in case.statuses and case.statuses == ("answered",):
        found.append("has no answer, yet answered is its only right status")
    return found


def _short(quote: str, most: int = 60) -> str:
    return quote if len(quote) <= most else quote[: most - 1] + "…"


def document_texts(folder: Path) -> dict[str, str]:
    """Document path → text, read the way the index reads it; files that cannot be read are left out.

    Raises:
        FootnoteError: the folder cannot be read.
    """
    from index.errors import LoadError
    from index.load import load, read, scan

    texts: dict[str, str] = {}
    for entry in scan(folder):
        try:
            texts[entry.name] = load(entry, read(entry)).text
        except LoadError:
            continue
    return texts
