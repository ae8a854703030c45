"""Brings the index in step with the folder in the background, while questions go on."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from index.build import Progress
from index.errors import FootnoteError
from web.answering import Assistant


@dataclass(frozen=True, slots=True)
class State:
    """`running` with a `stage` and how far it is, in [0, 1], or None where that cannot be said; `error` is why the
    last run failed."""

    running: bool = False
    stage: str = ""
    fraction: float | None = None
    error: str | None = None


class Indexer:
    """One update at a time; a request during one leads to another."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._wanted = False
        self.state = State()

    def request(self) -> None:
        """Starts an update, or has the running one followed by another."""
        with self._lock:
            self._wanted = True
            if self.state.running:
                return
            self.state = State(running=True, stage="reading")
        threading.Thread(target=self._run, name="indexing", daemon=True).start()

    def _run(self) -> None:
        error: str | None = None
        while True:
            with self._lock:
                if not self._wanted:
                    self.state = State(error=error)
                    break
                self._wanted = False
            try:
                self._assistant.bring_up_to_date(report=self._report)
                error = getattr(self._assistant, "notice", None)
                self._assistant.corpus()
            except FootnoteError as failure:
                error = str(failure)
            except Exception as failure:
                error = (
                    f"The index could not be updated ({type(failure).__name__}): run `python -m qa index` to see why."
                )

    def _report(self, progress: Progress) -> None:
        fraction = progress.done / progress.total if progress.total else None
        self.state = State(running=True, stage=progress.stage, fraction=fraction)
