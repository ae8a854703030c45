"""The chat in the browser: `python app.py`. What it serves lies in `web`; every answer comes from `qa.assistant`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import FootnoteError
from qa.settings import Settings

if TYPE_CHECKING:
    from index.build import Progress, Report


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(
        prog="app.py", description="Serve the chat in the browser.", epilog="example: python app.py --documents reports"
    )
    made.add_argument("--documents", type=Path, metavar="FOLDER", help="the folder of documents (QA_DOCUMENTS)")
    made.add_argument("--store", type=Path, metavar="FOLDER", help="where the index lies (QA_STORE)")
    made.add_argument("--mode", choices=("auto", "extractive", "generative"), help="who writes the answers (QA_MODE)")
    made.add_argument("--host", help="address to serve on (QA_HOST); another than this machine's own needs QA_AUTH")
    made.add_argument("--port", type=int, help="its port (QA_PORT)")
    made.add_argument("--mcp", action="store_true", help="also serve the tools ask, search and read_document at /mcp")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the page until interrupted; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        settings = Settings.from_environment(
            documents=options.documents, store=options.store, mode=options.mode, host=options.host, port=options.port
        )
        return _serve(settings, mcp=options.mcp)
    except FootnoteError as error:
        if os.environ.get("QA_DEBUG"):
            raise
        print(f"Footnote: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 0


def _serve(settings: Settings, *, mcp: bool) -> int:
    from web.gradio_import import import_gradio, undisturbed
    from web.server import Server, application, check, quiet

    check(settings)
    # Gradio takes the longest of all to import: meanwhile the index is opened.
    importing = threading.Thread(target=import_gradio, daemon=True)
    importing.start()
    from qa.assistant import Assistant

    with Assistant.open(settings, report=_progress()) as assistant:
        with contextlib.suppress(FootnoteError):  # Whoever asks is told.
            assistant.load_models()
        importing.join()
        quiet()
        with undisturbed():
            server = Server(application(assistant, mcp=mcp), settings.host, settings.port)

        def ready() -> None:
            begin = "\r" if sys.stderr.isatty() else ""
            print(f"{begin}Footnote answers at {server.address} (Ctrl-C ends it)", file=sys.stderr)

        server.run(ready)
    return 0


def _progress() -> Report | None:
    """Progress on a terminal; elsewhere none."""
    if not sys.stderr.isatty():
        return None

    def report(progress: Progress) -> None:
        print(f"\r{progress.stage} {progress.done}/{progress.total} ", end="", file=sys.stderr, flush=True)

    return report


if __name__ == "__main__":
    sys.exit(main())
