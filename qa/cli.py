"""The command line: arguments in, an answer on standard output, everything else on standard error."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from index.errors import FootnoteError, UsageError

if TYPE_CHECKING:
    from index.build import Report, Summary
    from qa.assistant import Assistant
    from qa.settings import Settings
    from qa.types import Answer, Turn

NOT_FOUND = 3
"""Exit status of `ask` where the documents hold no answer."""
INTERRUPTED = 130

_EXAMPLES = {
    "ask": 'python -m qa ask "who co-chaired the 6th dialogue?"',
    "chat": "python -m qa chat",
    "search": 'python -m qa search "critical infrastructure" -k 3',
    "index": "python -m qa index documents",
    "status": "python -m qa status --json",
    "show": "python -m qa show report.txt --start 812 --end 1123",
}


class _Parser(argparse.ArgumentParser):
    """Usage errors are one line, and end in what to do."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. Try `{self.prog} --help`.\n")


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    main = _Parser(
        prog="qa", description="Ask questions of a folder of documents; every sentence of an answer is cited."
    )
    main.add_argument("--version", action="version", version=_version())
    main.add_argument(
        "--print-completion", choices=("bash", "zsh", "tcsh"), help="print a completion script for the shell"
    )
    common = _Parser(add_help=False)
    common.add_argument(
        "--documents", type=Path, metavar="FOLDER", help="the folder of documents (QA_DOCUMENTS, default: documents)"
    )
    common.add_argument("--store", type=Path, metavar="FOLDER", help="where the index lies (QA_STORE, default: .qa)")
    common.add_argument("--json", action="store_true", help="print JSON")
    answering = _Parser(add_help=False)
    answering.add_argument("-k", type=_positive, metavar="N", help="how many passages to look at (default: 5)")
    answering.add_argument(
        "--mode", choices=("auto", "extractive", "generative"), help="who writes the answer (default: auto)"
    )
    answering.add_argument("--verbose", action="store_true", help="also print mode, confidence, times and tokens")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, meaning: str, run: Callable[[argparse.Namespace], int], *parents: _Parser) -> Any:
        added = commands.add_parser(
            name,
            help=meaning,
            description=meaning[0].upper() + meaning[1:] + ".",
            epilog=f"example: {_EXAMPLES[name]}",
            parents=[common, *parents],
        )
        added.set_defaults(run=run)
        return added

    ask = command("ask", "answer a question with citations", _ask, answering)
    ask.add_argument("question", nargs="?", help="the question")
    ask.add_argument(
        "--batch", metavar="FILE", help="one question a line (-: standard input); prints one JSON answer a line"
    )
    chat = command("chat", "hold a conversation", _chat, answering)
    chat.add_argument("--jsonl", action="store_true", help="one question a line in, one JSON answer a line out")
    search = command("search", "print the passages found, best first", _search)
    search.add_argument("query", nargs="?", help="what to search for")
    search.add_argument("-k", type=_positive, metavar="N", help="how many passages (default: 5)")
    search.add_argument(
        "--batch", metavar="FILE", help="one query a line (-: standard input); prints one JSON object a line"
    )
    index = command("index", "bring the index up to date with the folder", _index)
    index.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the folder of documents")
    index.add_argument("--rebuild", action="store_true", help="start anew")
    index.add_argument("--watch", action="store_true", help="then go on updating it whenever the folder changes")
    command("status", "print what is indexed, what failed and why, and what changed since", _status)
    show = command("show", "print a document's text as it was indexed", _show)
    show.add_argument("document", help="its path below the documents folder")
    show.add_argument("--start", type=_natural, default=0, metavar="N", help="offset of the first character")
    show.add_argument("--end", type=_natural, metavar="M", help="offset behind the last character")
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status. No error that was foreseen shows a traceback, unless QA_DEBUG is set."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal set to another encoding must not stop an answer, and a question need not be valid to be
            # refused.
            stream.reconfigure(encoding="utf-8", errors="surrogateescape" if stream is sys.stdin else "replace")
    try:
        options = parser().parse_args(arguments)
        if options.print_completion:
            import shtab

            print(shtab.complete(parser(), options.print_completion))
            return 0
        if options.command is None:
            parser().print_help(sys.stderr)
            return 2
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("qa: interrupted; nothing was lost.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + getattr(signal, "SIGPIPE", 13)
    except Exception as error:
        if os.environ.get("QA_DEBUG"):
            raise
        print(_line_of(error), file=sys.stderr)
        return error.exit_status if isinstance(error, FootnoteError) else 1


def _line_of(error: Exception) -> str:
    """What is wrong and what to do, on one line."""
    if isinstance(error, FootnoteError):
        return f"qa: {error}"
    if isinstance(error, OSError):
        name = f" ({error.filename})" if error.filename else ""
        return f"qa: {error.strerror or error}{name}: check the disk and the permissions."
    return f"qa: unexpected {type(error).__name__}: {error}. Set QA_DEBUG=1 to see where."


def _ask(options: argparse.Namespace) -> int:
    from qa import render

    _one_of(options.question, options.batch, "question")
    settings = _settings(options)
    if options.batch is not None:
        with _lines(options.batch) as lines, _open(settings) as assistant:
            for line in lines:
                _print_line(_answered(assistant, line, options.k))
        return 0
    _check(options.question)
    with _open(settings) as assistant:
        if options.json:
            answer = assistant.ask(options.question, k=options.k)
            print(render.dumps(render.answer_json(answer), indent=2))
        else:
            answer = _shown_as_it_comes(assistant, options.question, options)
    return NOT_FOUND if answer.status == "not_found" else 0


def _chat(options: argparse.Namespace) -> int:
    from qa.types import Turn

    interactive = sys.stdin.isatty() and not options.jsonl
    history: list[Turn] = []
    with _open(_settings(options)) as assistant:
        if interactive:
            print("Ask about the documents. An empty line or Ctrl-D ends the conversation.", file=sys.stderr)
        for line in _conversation(interactive):
            if options.jsonl:
                _print_line(_answered(assistant, line, options.k, history))
                continue
            try:
                answer = _shown_as_it_comes(assistant, line, options, history)
            except UsageError as error:
                print(f"qa: {error}", file=sys.stderr)
                continue
            history.append(Turn(line, answer))
            print(flush=True)
    return 0


def _shown_as_it_comes(
    assistant: Assistant, question: str, options: argparse.Namespace, history: Sequence[Turn] = ()
) -> Answer:
    """Prints the answer to a question; on a terminal, what a model writes is shown as it comes."""
    from qa import render
    from qa.live import Live

    columns, rows = shutil.get_terminal_size((100, 24))
    live = Live(sys.stdout, width=_width(), columns=columns, rows=rows)
    redraws = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    answer: Answer | None = None
    parts = assistant.stream(question, history=history, k=options.k)
    try:
        for part in parts:
            if not isinstance(part, str):
                answer = part
            elif redraws:
                live.add(part)
    finally:
        if hasattr(parts, "close"):
            parts.close()  # An interrupt stops the request at the model's server.
    assert answer is not None
    live.settle(render.answer_text(answer, width=_width(), colour=_colour(), verbose=options.verbose))
    return answer


def _search(options: argparse.Namespace) -> int:
    from qa import render

    _one_of(options.query, options.batch, "query")
    settings = _settings(options)
    if options.batch is not None:
        with _lines(options.batch) as lines, _open(settings) as assistant:
            for line in lines:
                try:
                    found = assistant.search(line, options.k)
                    _print_line({"query": line, "passages": render.passages_json(found)})
                except UsageError as error:
                    _print_line({"query": _shown(line), "passages": [], "error": str(error)})
        return 0
    _check(options.query)
    with _open(settings) as assistant:
        passages = assistant.search(options.query, options.k)
    if options.json:
        print(render.dumps({"query": options.query, "passages": render.passages_json(passages)}, indent=2))
    else:
        print(render.passages_text(passages, width=_width(), colour=_colour()))
    return 0


def _index(options: argparse.Namespace) -> int:
    from index.build import update
    from index.embed import open_embedder

    settings = _settings(options, documents=options.folder or options.documents)
    embedder = open_embedder(settings.embedder, settings.api_key, settings.base_url)

    def bring_up_to_date(rebuild: bool = False) -> Summary:
        with _progress() as report:
            return update(
                settings.documents,
                settings.store,
                embedder,
                url=settings.chroma_url,
                rebuild=rebuild,
                report=report,
                waiting=_waiting,
            )

    _print_summary(bring_up_to_date(options.rebuild), settings, options, one_line=options.watch)
    if options.watch:
        _watch(settings, options, bring_up_to_date)
    return 0


def _watch(settings: Settings, options: argparse.Namespace, bring_up_to_date: Callable[[], Summary]) -> None:
    """Updates the index whenever the folder has changed, until it is interrupted; an update that fails does not end it,
    and is tried again."""
    from index.watch import due

    print(f"Watching {_shown(str(settings.documents))} for changes; Ctrl-C ends it.", file=sys.stderr)
    told = None
    for _ in due(settings.documents, settings.store):
        try:
            summary = bring_up_to_date()
        except Exception as error:
            if os.environ.get("QA_DEBUG"):
                traceback.print_exc()
            # What goes on failing is told once.
            if (failed := _line_of(error)) != told:
                print(failed, file=sys.stderr, flush=True)
            told = failed
            continue
        if summary.changes or told:
            _print_summary(summary, settings, options, one_line=True)
        told = None


def _print_summary(summary: Summary, settings: Settings, options: argparse.Namespace, *, one_line: bool) -> None:
    from qa import render

    if options.json:
        print(render.dumps(_summary_json(summary), indent=None if one_line else 2), flush=True)
    else:
        print(render.printable(_summary_text(summary, settings.chroma_url or settings.store)), flush=True)


def _status(options: argparse.Namespace) -> int:
    from qa import render
    from qa.status import status, status_text

    found = status(_settings(options))
    print(render.dumps(found, indent=2) if options.json else render.printable(status_text(found)))
    return 0


def _show(options: argparse.Namespace) -> int:
    from qa import render
    from qa.assistant import Assistant

    if options.end is not None and options.end < options.start:
        raise UsageError(f"--end {options.end} lies before --start {options.start}: give them the other way round.")
    with Assistant.open(_settings(options), bring_up_to_date=False) as assistant:
        corpus = assistant.corpus()
        try:
            document = corpus.document(options.document)
        except KeyError:
            known = [record.path for record in corpus.manifest.readable]
            raise UsageError(f"No document {_shown(options.document)!r} in the index: {_some(known)}.") from None
    text = document.text[options.start : options.end]
    if options.json:
        end = options.start + len(text)
        fields = {"document": document.path, "title": document.title, "date": document.date}
        print(render.dumps(fields | {"start": options.start, "end": end, "text": text}, indent=2))
    else:
        # Not print: line ends are the document's own, and nothing is to be added to them.
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


def _settings(options: argparse.Namespace, documents: Path | None = None) -> Settings:
    from qa.settings import Settings

    return Settings.from_environment(
        documents=documents or options.documents, store=options.store, mode=getattr(options, "mode", None)
    )


def _check(question: str) -> None:
    """Refuses an impossible question before anything is loaded for it."""
    from qa.assistant import clean

    clean(question)


class _open:
    """An open assistant, with progress shown while its index is brought up to date."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> Assistant:
        from qa.assistant import Assistant

        with _progress() as report:
            self._assistant = Assistant.open(self._settings, report=report, waiting=_waiting)
        return self._assistant

    def __exit__(self, *_: object) -> None:
        self._assistant.close()


class _progress:
    """A bar on a terminal for what takes longer than a second, else silence."""

    def __enter__(self) -> Report | None:
        self._bar: Any = None
        return self._show if sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, progress: Any) -> None:
        from tqdm import tqdm

        if self._bar is None or self._bar.desc.strip(": ") != progress.stage:
            if self._bar is not None:
                self._bar.close()
            self._bar = tqdm(total=progress.total, desc=progress.stage, delay=1, leave=False, file=sys.stderr)
        self._bar.total = progress.total
        self._bar.n = progress.done
        self._bar.update(0)


class _lines:
    """The lines of a file, or of standard input for '-', without those that are blank."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Iterator[str]:
        try:
            self._file = (
                sys.stdin if self._name == "-" else open(self._name, encoding="utf-8", errors="surrogateescape")
            )
        except OSError as error:
            raise UsageError(
                f"{_shown(self._name)} cannot be read ({error.strerror}): name a file with a question a line."
            ) from None
        return (line for line in (raw.rstrip("\r\n").lstrip("\ufeff") for raw in self._file) if line.strip())

    def __exit__(self, *_: object) -> None:
        if self._file is not sys.stdin:
            self._file.close()


def _conversation(interactive: bool) -> Iterator[str]:
    """Questions from standard input until it ends, or until an empty line in a terminal."""
    while True:
        if interactive:
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line or (interactive and not line.strip()):
            return
        if line.strip():
            yield line.rstrip("\r\n")


def _answered(assistant: Assistant, line: str, k: int | None, history: list[Turn] | None = None) -> dict[str, Any]:
    """One line's answer as JSON; a line that is no question is answered by its error, so that lines stay in step."""
    from qa.render import answer_json
    from qa.types import Turn

    try:
        answer = assistant.ask(line, history=history or (), k=k)
    except UsageError as error:
        return {"question": _shown(line), "status": "error", "error": str(error)}
    if history is not None:
        history.append(Turn(line, answer))
    return answer_json(answer)


def _print_line(value: dict[str, Any]) -> None:
    from qa.render import dumps

    print(dumps(value), flush=True)


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        "documents": summary.documents,
        "passages": summary.passages,
        "embedded": summary.embedded,
        "seconds": round(summary.seconds, 3),
        "changes": [
            {"document": change.path, "change": change.kind, "passages": change.passages, "detail": change.detail}
            for change in summary.changes
        ],
    }


def _summary_text(summary: Summary, place: object) -> str:
    lines = []
    for change in summary.changes:
        detail = {"failed": f": {change.detail}", "renamed": f" from {change.detail}"}.get(change.kind, "")
        count = f" ({change.passages} passages)" if change.kind in ("added", "changed", "renamed") else ""
        lines.append(f"{change.kind:8} {change.path}{detail}{count}")
    total = f"{summary.documents} documents, {summary.passages} passages in {place}"
    done = f"{summary.embedded} embedded in {summary.seconds:.1f} s" if summary.changes else "nothing changed"
    return "\n".join([*lines, f"{total}; {done}."])


def _one_of(given: str | None, batch: str | None, what: str) -> None:
    if (given is None) == (batch is None):
        raise UsageError(f"Give either a {what} or --batch FILE, in quotes if it has spaces.")


def _some(names: Sequence[str]) -> str:
    return "it holds " + ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _waiting() -> None:
    print("Another process is updating the index; waiting for it to finish.", file=sys.stderr)


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _positive(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{_shown(text)!r} is not a number from 1 to 1000")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{_shown(text)!r} is not a number from 0 on")
    return int(text)


def _width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, 100)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"footnote-qa {version('footnote-qa')}"
    except PackageNotFoundError:
        return "footnote-qa (not installed)"
