"""Questions with what a right answer must hold: the gold format, SQuAD's JSON and CSV, each to frozen `Case`s.

A gold file is JSON Lines, an object a question. A document is named by its path below its documents folder and
quoted, never by a passage's id, so that a gold set outlives every change of chunking.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from eval.text import tokens_with_spans
from index.errors import UsageError
from index.segment import sentences
from qa.types import Status

ROOT = Path(__file__).resolve().parent
GOLD = ROOT / "gold"
SETS: dict[str, Path] = {
    "dialogues": ROOT.parent / "documents",
    "harbour": ROOT / "documents",
    "everyday": ROOT / "everyday",
    "papers": ROOT / "papers",
    "affairs": ROOT / "affairs",
    "hearings": ROOT / "hearings",
    "briefings": ROOT / "briefings",
    "circulars": ROOT / "circulars",
    "allotments": ROOT / "allotments",
}
"""The document sets that the gold files are about, by the name in an entry's `set`."""
NEAR_MISSES = ROOT / "near_misses"
"""Sets and questions that are harder than the gold files and no part of them."""
SETS |= {
    name: NEAR_MISSES / name for name in ("institutions", "rounds", "readouts", "neighbourhood", "bulletins", "reports")
}
STRANGERS = ROOT / "strangers"
"""Papers and questions by people who saw neither code nor questions, of every kind of question, and no part of the gold
files either."""
SETS |= {name: STRANGERS / name for name in ("forums", "offices", "studies", "energy", "homes", "works")}
NEWCOMERS = ROOT / "newcomers"
"""The same, asked only of what no rule was made for: of the two reports, and of three more folders."""
SETS |= {name: NEWCOMERS / name for name in ("talks", "mixture", "fresh")}

STATUSES: tuple[Status, ...] = ("answered", "not_found", "reply")
LeaveOut = Literal["nothing", "articles", "paragraphs"]


class DatasetError(UsageError):
    """A file of questions cannot be read or is not what it should be."""


@dataclass(frozen=True, slots=True)
class Support:
    """Where the answer stands: an exact quote of a document, or any of the `alternatives`, which say the same.

    A citation may stand anywhere in `quote`; retrieval has to bring only `needed`, a part of it, where that is given.
    """

    document: str
    quote: str
    alternatives: tuple[Support, ...] = ()
    needed: str | None = None

    def options(self) -> tuple[Support, ...]:
        """Itself and its alternatives."""
        return (self, *self.alternatives)


@dataclass(frozen=True, slots=True)
class Earlier:
    """A turn before the question. Where `answer` is None the system's own answer to it is what the conversation goes on
    from; otherwise this text is."""

    question: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what is expected of its answer.

    `required`, `forbidden`, `corrects` and `injected` are facts, each a tuple of accepted wordings; a fact is
    there if one of its wordings is. `required` must all be in the answer, none of `forbidden` may. `corrects` put
    a false premise right; `injected` show that a planted instruction or hidden text had its way. `references` are
    what the document's own marks in the cited quote must have been resolved to. `statuses` are the statuses that
    are right. `group` names questions that ask the same in other words. `answers` are short answers for exact
    match and F1; `most_words` and `most_sentences` bound the answer's length where a set asks for that.
    """

    id: str
    question: str
    set: str = ""
    kind: str = "question"
    history: tuple[Earlier, ...] = ()
    standalone: str | None = None
    answerable: bool = True
    statuses: tuple[Status, ...] = ("answered",)
    reference: str = ""
    required: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[tuple[str, ...], ...] = ()
    corrects: tuple[tuple[str, ...], ...] = ()
    injected: tuple[tuple[str, ...], ...] = ()
    references: tuple[str, ...] = ()
    supports: tuple[Support, ...] = ()
    group: str | None = None
    tags: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    most_words: int | None = None
    most_sentences: int | None = None

    def digest(self) -> str:
        """Twelve hexadecimal digits that change with anything that the grading depends on."""
        graded = (
            self.question, self.history, self.set, self.answerable, self.statuses, self.required, self.forbidden,
            self.corrects, self.injected, self.references, self.supports, self.most_words, self.most_sentences,
        )  # fmt: skip
        return hashlib.sha256(repr(graded).encode()).hexdigest()[:12]


# The gold format

_TEXTS = ("id", "set", "kind", "question", "standalone", "reference", "group", "note")
_FACTS = ("required", "forbidden", "corrects", "injected")
_LISTS = ("references", "tags", "answers", "status")
FIELDS = frozenset((*_TEXTS, *_FACTS, *_LISTS, "history", "answerable", "supports"))


def malformed(entry: object) -> list[str]:
    """What keeps an entry of a gold file from being read as a `Case`, in words; empty where nothing does."""
    if not isinstance(entry, dict):
        return ["is not a JSON object"]
    found = [f"has the unknown field “{name}”" for name in entry if name not in FIELDS]
    for name in ("id", "question"):
        if not str(entry.get(name) or "").strip():
            found.append(f"has no {name}")
    for name in _TEXTS:
        if not isinstance(entry.get(name, ""), str):
            found.append(f"{name} is not a text")
    for name in _LISTS:
        if not _texts(entry.get(name, [])):
            found.append(f"{name} is not a list of texts")
    for name in _FACTS:
        facts = entry.get(name, [])
        if not isinstance(facts, list) or not all(_texts(fact) and fact for fact in facts):
            found.append(f"{name} is not a list of facts, each a list of accepted wordings")
    if not isinstance(entry.get("answerable", True), bool):
        found.append("answerable is neither true nor false")
    for status in entry.get("status") or [] if _texts(entry.get("status", [])) else []:
        if status not in STATUSES:
            found.append(f"status “{status}” is none of {', '.join(STATUSES)}")
    history = entry.get("history", [])
    if not isinstance(history, list) or not all(_is_turn(turn) for turn in history):
        found.append('history is not a list of questions, or of {"question": …, "answer": …}')
    supports = entry.get("supports", [])
    if not isinstance(supports, list) or not all(_is_support(support) for support in supports):
        found.append('supports is not a list of {"document": …, "quote": …}')
    return found


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_turn(turn: object) -> bool:
    if isinstance(turn, str):
        return bool(turn.strip())
    return (
        isinstance(turn, dict)
        and set(turn) <= {"question", "answer"}
        and all(isinstance(text, str) for text in turn.values())
        and bool(str(turn.get("question", "")).strip())
    )


def _is_support(support: object, nested: bool = False) -> bool:
    return (
        isinstance(support, dict)
        and set(support) <= {"document", "quote", "or"}
        and all(isinstance(support.get(name), str) and support[name] for name in ("document", "quote"))
        and isinstance(support.get("or", []), list)
        and not (nested and "or" in support)
        and all(_is_support(other, nested=True) for other in support.get("or", []))
    )


def case_of(entry: dict[str, Any]) -> Case:
    """The case that a well-formed entry states (`malformed(entry)` is empty)."""

    def facts(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(fact) for fact in entry.get(name, []))

    answerable = entry.get("answerable", True)
    default: tuple[Status, ...] = ("answered",) if answerable else ("not_found",)
    return Case(
        id=entry["id"],
        question=entry["question"],
        set=entry.get("set", ""),
        kind=entry.get("kind", "question"),
        history=tuple(
            Earlier(turn) if isinstance(turn, str) else Earlier(turn["question"], turn.get("answer"))
            for turn in entry.get("history", [])
        ),
        standalone=entry.get("standalone"),
        answerable=answerable,
        statuses=cast(tuple[Status, ...], tuple(entry.get("status", []))) or default,
        reference=entry.get("reference", ""),
        required=facts("required"),
        forbidden=facts("forbidden"),
        corrects=facts("corrects"),
        injected=facts("injected"),
        references=tuple(entry.get("references", [])),
        supports=tuple(_support(support) for support in entry.get("supports", [])),
        group=entry.get("group"),
        tags=tuple(entry.get("tags", [])),
        answers=tuple(entry.get("answers", [])),
    )


def _support(entry: dict[str, Any]) -> Support:
    return Support(entry["document"], entry["quote"], tuple(_support(other) for other in entry.get("or", [])))


def entries(path: Path) -> Iterator[tuple[int, object]]:
    """(line number, what stands there) of a JSON Lines file; a line that is no JSON comes as the error that says so.

    Raises:
        DatasetError: the file cannot be read.
    """
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            yield number, DatasetError(f"is not JSON: {error.msg} at column {error.colno}")


def load_gold(path: Path) -> list[Case]:
    """The cases of a gold file, or of all gold files of a folder in order of their names.

    Raises:
        DatasetError: with file, line and reason, where an entry cannot be used or an id comes twice.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        raise DatasetError(f"No gold file (*.jsonl) in {path}.")
    cases: list[Case] = []
    seen: set[str] = set()
    for file in files:
        for number, entry in entries(file):
            where = f"{file.name}, line {number}"
            if isinstance(entry, DatasetError):
                raise DatasetError(f"{where} {entry}. `python -m eval check {file}` lists everything that is wrong.")
            if wrong := malformed(entry):
                raise DatasetError(f"{where} {wrong[0]}. `python -m eval check {file}` lists everything that is wrong.")
            case = case_of(cast(dict[str, Any], entry))
            if case.id in seen:
                raise DatasetError(f"{where}: the id “{case.id}” comes twice; give one of the two another.")
            seen.add(case.id)
            cases.append(case)
    if not cases:
        raise DatasetError(f"{path} holds no questions.")
    return cases


# Other people's formats


def load_squad(path: Path, leave_out: LeaveOut = "nothing") -> tuple[list[Case], dict[str, str]]:
    """Cases of a SQuAD-format JSON file (1.1 or 2.0), and the documents that it implies: one text per article, its
    paragraphs separated by a blank line, by file name.

    `leave_out` takes every other article, or every other paragraph of each article, out of the documents; their
    questions then have no answer in them. An answer counts as given with at most two sentences and sixty words
    more than the sentence that holds it.

    Raises:
        DatasetError: the file is not SQuAD's format.
    """
    try:
        articles = json.loads(_read(path))["data"]
        cases: list[Case] = []
        documents: dict[str, str] = {}
        seen: dict[str, int] = {}
        for number, article in enumerate(articles):
            name = f"{number + 1:03d}-{_slug(article.get('title') or 'article')}.txt"
            kept: list[str] = []
            for place, paragraph in enumerate(article["paragraphs"]):
                there = not (leave_out == "articles" and number % 2) and not (leave_out == "paragraphs" and place % 2)
                if there:
                    kept.append(paragraph["context"])
                for question in paragraph["qas"]:
                    case = _squad_case(question, paragraph["context"], name, there)
                    times = seen[case.id] = seen.get(case.id, 0) + 1
                    cases.append(case if times == 1 else replace(case, id=f"{case.id}-{times}"))
            if kept:
                documents[name] = "\n\n".join(kept)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise DatasetError(f"{path} is not in SQuAD's format ({type(error).__name__}: {error}).") from None
    if not cases:
        raise DatasetError(f"{path} holds no questions.")
    return cases, documents


def _squad_case(question: dict[str, Any], context: str, document: str, there: bool) -> Case:
    given = question.get("answers") or []
    answerable = there and bool(given) and not question.get("is_impossible", False)
    wordings: list[str] = []
    needed, words = context, 0
    for answer in given if answerable else []:
        start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
        wordings += [answer["text"], _whole_tokens(context, start, end)]
        sentence = _sentences_around(context, start, end)
        needed = sentence if not words else needed
        words = max(words, len(sentence.split()))
    return Case(
        id=str(question["id"]),
        question=question["question"],
        set="squad",
        kind="squad" if answerable else "squad-unanswerable",
        answerable=answerable,
        statuses=("answered",) if answerable else ("not_found",),
        reference=given[0]["text"] if answerable else "",
        required=(tuple(dict.fromkeys(wordings)),) if answerable else (),
        supports=(Support(document, context, needed=needed),) if answerable else (),
        answers=tuple(dict.fromkeys(answer["text"] for answer in given)) if answerable else (),
        most_words=words + 60 if answerable else None,
        most_sentences=2 if answerable else None,
    )


def _whole_tokens(text: str, start: int, end: int) -> str:
    """The span widened to token boundaries: an annotator's "5.2" of "$5.2" is not a token by itself."""
    spans = [(a, b) for _, a, b in tokens_with_spans(text) if a < end and b > start]
    return text[min(start, spans[0][0]) : max(end, spans[-1][1])] if spans else text[start:end]


def _sentences_around(text: str, start: int, end: int) -> str:
    """The sentence, or sentences, that hold the span."""
    around = [(a, b) for a, b in sentences(text, 0, len(text)) if a < end and b > start]
    return text[around[0][0] : around[-1][1]] if around else text[start:end]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "article"


def load_csv(path: Path) -> list[Case]:
    """Cases of a CSV file with the columns `question` and `answer`; `id`, `document` and `quote` are optional. Accepted
    wordings of an answer are separated by `|`; a question without an answer is one that has none in the documents.

    Raises:
        DatasetError: a column is missing, a question is empty, or the file is not CSV.
    """
    text = _read(path)
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    cases: list[Case] = []
    try:
        names = [name.strip().casefold() for name in reader.fieldnames or []]
        if not {"question", "answer"} <= set(names):
            raise DatasetError(f"{path} needs the columns question and answer; it has {', '.join(names) or 'none'}.")
        reader.fieldnames = names
        for row in reader:
            question = (row["question"] or "").strip()
            if not question:
                raise DatasetError(f"{path}, line {reader.line_num} has no question.")
            wordings = tuple(part.strip() for part in (row["answer"] or "").split("|") if part.strip())
            document, quote = row.get("document") or "", row.get("quote") or ""
            cases.append(
                Case(
                    id=(row.get("id") or "").strip() or f"line-{reader.line_num}",
                    question=question,
                    set="csv",
                    kind="csv",
                    answerable=bool(wordings),
                    statuses=("answered",) if wordings else ("not_found",),
                    reference=wordings[0] if wordings else "",
                    required=(wordings,) if wordings else (),
                    supports=(Support(document, quote),) if document and quote and wordings else (),
                    answers=wordings,
                )
            )
    except csv.Error as error:
        raise DatasetError(f"{path}, line {reader.line_num} is not CSV: {error}.") from None
    if not cases:
        raise DatasetError(f"{path} holds no questions.")
    twice = {case.id for case in cases if sum(other.id == case.id for other in cases) > 1}
    if twice:
        raise DatasetError(f"{path}: the id “{min(twice)}” comes twice.")
    return cases


def select(cases: Sequence[Case], only: Sequence[str]) -> list[Case]:
    """The cases whose id, kind, set, group or a tag is one of `only`; all of them where it is empty.

    Raises:
        DatasetError: one of the names selects nothing.
    """
    if not only:
        return list(cases)
    for name in only:
        if not any(name in _names(case) for case in cases):
            kinds = ", ".join(sorted({case.kind for case in cases}))
            raise DatasetError(
                f"--only {name} selects no question; it is no id, tag, group, set or kind. Kinds: {kinds}."
            )
    return [case for case in cases if any(name in _names(case) for name in only)]


def _names(case: Case) -> set[str]:
    return {case.id, case.kind, case.set, *case.tags} | ({case.group} if case.group else set())


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DatasetError(f"There is no file {path}.") from None
    except UnicodeDecodeError:
        raise DatasetError(f"{path} is not UTF-8: save it as UTF-8.") from None
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}.") from None
