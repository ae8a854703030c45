"""`python -m eval`: arguments in, a table on standard output, reports in a folder, and an exit status that a build
can use."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from eval.dataset import GOLD, SETS, Case, DatasetError, load_csv, load_gold, load_squad, select
from index.errors import FootnoteError

if TYPE_CHECKING:
    from eval.report import Run
    from eval.run import CaseResult
    from qa.settings import Settings
    from qa.types import Mode

PASSED, GATE_FAILED, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130
REPORTS = Path("eval/reports")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(COULD_NOT_RUN, f"{self.prog}: {message}. Try `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """The arguments of a run; `check` and `draft` have parsers of their own."""
    main = _Parser(
        prog="python -m eval",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Score the answers to a set of questions, explain each wrong one, fail where it got worse.",
        epilog="""\
commands of their own:
  python -m eval check [FILE ...]   is a gold file sound? every quote, every fact, with line and reason
  python -m eval draft              draft gold entries from the chat's negative feedback and refused questions

examples:
  python -m eval
  python -m eval --only conversation
  python -m eval --dataset questions.csv --documents folder
  python -m eval --compare eval/reports other/reports

exit status: 0 passed, 1 the gate failed, 2 could not run""",
    )
    main.add_argument(
        "--dataset",
        type=Path,
        metavar="FILE",
        help="own questions: gold .jsonl, SQuAD .json or .csv (question, answer)",
    )
    main.add_argument("--documents", type=Path, metavar="FOLDER", help="the folder that the questions are about")
    main.add_argument(
        "--store", type=Path, metavar="FOLDER", help="keep the indexes here (default: a temporary folder)"
    )
    main.add_argument(
        "--leave-out",
        choices=("nothing", "articles", "paragraphs"),
        default="nothing",
        help="for a SQuAD file without --documents: leave every other article or paragraph out, to measure refusing",
    )
    main.add_argument(
        "--mode",
        choices=("extractive", "generative"),
        default="extractive",
        help="who writes the answers (default: extractive)",
    )
    main.add_argument(
        "--repeats", type=_positive, metavar="N", help="ask each question N times (default: 1, generative 3)"
    )
    main.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="only this id, kind, tag, group or set; can be repeated",
    )
    main.add_argument(
        "--reports",
        type=Path,
        default=REPORTS,
        metavar="DIR",
        help=f"where the reports go (default: {REPORTS})",
    )
    main.add_argument(
        "--update-baseline",
        action="store_true",
        help="accept this run as the baseline; the diff is for review",
    )
    main.add_argument("--judge", action="store_true", help="also ask the configured model to judge; reported apart")
    main.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("A", "B"),
        help="two folders of reports side by side; asks nothing",
    )
    main.add_argument(
        "--write-docs",
        type=Path,
        metavar="FILE",
        help="put this run's numbers between the markers of a Markdown file",
    )
    return main


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["check"]:
            return _check(words[1:])
        if words[:1] == ["draft"]:
            return _draft(words[1:])
        options = parser().parse_args(words)
        return _compare(*options.compare) if options.compare else _evaluate(options)
    except FootnoteError as error:
        print(f"eval: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        print("eval: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return COULD_NOT_RUN


def _evaluate(options: argparse.Namespace) -> int:
    from qa.settings import Settings

    settings = Settings.from_environment(documents=options.documents, mode=options.mode)
    if options.update_baseline and (options.dataset or options.only):
        raise DatasetError("--update-baseline takes the whole gold set: leave --dataset and --only away.")
    if options.leave_out != "nothing" and (options.documents or not options.dataset):
        raise DatasetError("--leave-out is for a SQuAD file given with --dataset and without --documents.")
    with tempfile.TemporaryDirectory(prefix="footnote-documents-") as folder:
        cases, documents = _cases(options, Path(folder))
        return _run(options, settings, select(cases, options.only), documents)


def _cases(options: argparse.Namespace, folder: Path) -> tuple[list[Case], Path | None]:
    """The cases, and the folder that they are about where that is not theirs to say."""
    path: Path | None = options.dataset
    if path is None:
        return load_gold(GOLD), options.documents
    if path.suffix == ".csv":
        return load_csv(path), options.documents
    if path.suffix == ".json":
        cases, texts = load_squad(path, options.leave_out)
        if options.documents is not None:
            return cases, options.documents
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode("utf-8", "replace"))
        return cases, folder
    return load_gold(path), options.documents


def _run(options: argparse.Namespace, settings: Settings, cases: list[Case], documents: Path | None) -> int:
    from eval import gate, judge, session
    from eval.report import terminal

    own = options.dataset is not None
    if documents is not None and not own:
        folders = {**SETS, "dialogues": documents}
    else:
        folders = session.folders(cases, documents, settings)
    _carried(folders, {case.set for case in cases})
    mode: Mode = options.mode
    plan = session.Plan(
        cases=cases,
        folders=folders,
        settings=settings,
        store=options.store,
        repeats=options.repeats or (3 if mode == "generative" else 1),
        whole=not options.only,
        gold=not own,
    )
    llm = judge.open_llm(settings) if options.judge else None
    stopwatch = session.timed()
    rows, hashes = session.play_plan(plan, support_test(), _progress(len(cases) * plan.repeats))
    about = session.about(plan, mode, hashes, stopwatch())
    judged = _judged(rows, llm) if llm is not None else None
    if options.update_baseline:
        gate.save_baseline(gate.load_baseline(), mode, rows)
        print(f"The baseline is this run now: review the diff of {gate.BASELINE.name}.", file=sys.stderr)
    run = session.graded(
        rows,
        mode,
        gate.load_thresholds(),
        gate.load_baseline(),
        whole=plan.whole,
        gold=plan.gold,
        about=about,
        judged=judged,
    )
    written = session.write_reports(options.reports, run)
    if options.write_docs:
        _write_docs(options.write_docs, run)
    print(terminal(run))
    print(f"\n{stopwatch():.0f} seconds. Reports: {written[-1]} and beside it.", file=sys.stderr)
    return PASSED if run.passed else GATE_FAILED


def _carried(folders: Mapping[str, Path], asked: Collection[str]) -> None:
    """Refuses a gold set whose documents are not here: an installed package leaves out what other publishers own."""
    for name in sorted(asked):
        if name in SETS and folders[name] == SETS[name] and not SETS[name].is_dir():
            raise DatasetError(
                f"The documents of the gold set “{name}” are not part of the installed package: name their folder with"
                " --documents FOLDER, ask the other set with --only, or your own questions with --dataset FILE."
            )


def support_test() -> Any:
    """The offline support test: `qa.verify.supports`."""
    from qa.verify import supports

    return supports


def _judged(rows: Sequence[dict[str, Any]], llm: Any) -> dict[str, Any]:
    from eval import judge

    return judge.summary(judge.judge(rows, llm), llm.metadata.model_name)


def _write_docs(path: Path, run: Run) -> None:
    from eval.docs import write_section
    from eval.support import agreement, load_pairs

    write_section(path, run, agreement(load_pairs(), support_test()))


def _progress(total: int) -> Callable[[CaseResult], None]:
    """A counter on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return lambda result: None
    done = [0, 0]

    def show(result: CaseResult) -> None:
        done[0] += 1
        done[1] += not result.verdict.right
        end = "\n" if done[0] == total else "\r"
        print(f"{done[0]} of {total} questions, {done[1]} wrong", end=end, file=sys.stderr, flush=True)

    return show


def _compare(a: Path, b: Path) -> int:
    from eval.compare import compare, table
    from eval.record import read_rows

    print(table(compare(read_rows(a), read_rows(b)), str(a), str(b)))
    return PASSED


def _check(words: Sequence[str]) -> int:
    from eval.check import check, document_texts

    options = _Parser(prog="python -m eval check", description="Prove that gold files are what they claim to be.")
    options.add_argument("files", nargs="*", type=Path, metavar="FILE", help="gold files (default: the project's own)")
    options.add_argument(
        "--documents",
        type=Path,
        metavar="FOLDER",
        help="the folder that the entries are about, whatever set they name",
    )
    given = options.parse_args(words)
    files = given.files or sorted(GOLD.glob("*.jsonl"))
    if given.documents is not None:
        named = _named_sets(files)
        texts = dict.fromkeys(named, document_texts(given.documents))
    else:
        if not given.files:
            _carried(SETS, SETS)
        texts = {name: document_texts(folder) for name, folder in SETS.items() if folder.is_dir()}
    problems, count = check(files, texts)
    for problem in problems:
        print(problem)
    print(f"{count} entries in {len(files)} files, {len(problems)} problems.", file=sys.stderr)
    return GATE_FAILED if problems else PASSED


def _named_sets(files: Sequence[Path]) -> set[str]:
    from eval.dataset import entries

    return {""} | {str(entry.get("set", "")) for file in files for _, entry in entries(file) if isinstance(entry, dict)}


def _draft(words: Sequence[str]) -> int:
    from eval import draft
    from eval.dataset import entries
    from qa.settings import Settings

    options = _Parser(
        prog="python -m eval draft",
        description="Print draft gold entries from what users marked as wrong and what was refused, to be completed.",
    )
    options.add_argument(
        "--store",
        type=Path,
        metavar="FOLDER",
        help="where the index and the feedback lie (QA_STORE, default: .qa)",
    )
    given = options.parse_args(words)
    found = draft.read(Settings.from_environment(store=given.store).store)
    taken = {
        str(entry["id"])
        for file in GOLD.glob("*.jsonl")
        for _, entry in entries(file)
        if isinstance(entry, dict) and "id" in entry
    }
    made = draft.drafts(found, taken)
    for entry in made:
        print(json.dumps(entry, ensure_ascii=False))
    print(f"{len(made)} drafts. Complete them, then `python -m eval check FILE`.", file=sys.stderr)
    return PASSED
