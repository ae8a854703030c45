"""When is an update due? When the system tells of changes in the folder, and by the clock for what nobody tells.

Changes that come close together are one. The folder may go away and come back, and be another one by then. The only
module that knows watchfiles.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event

from index.errors import DocumentsError
from index.folder import left_out

QUIET = 0.5
"""Seconds without a further change after which an update is due."""
LONGEST = 10.0
"""Seconds of changes without a pause after which it is due all the same."""
AGAIN = 60.0
"""Seconds after which it is due though nothing was told: for what failed, and for drives whose changes nobody tells."""
BLIND = 5.0
"""The same where the folder is gone, or the system does not tell of changes in it."""
_LOOK = 1.0
"""Seconds after which it is looked whether the folder is still the same one."""


def due(folder: Path, store: Path, *, stop: Event | None = None) -> Iterator[None]:
    """Yields whenever the index in `store` has to be brought in step with the folder: once it listens, and after every
    change. What changes while the caller is busy with an update makes the next one due. Ends once `stop` is set.
    """
    over = stop or Event()
    while not over.is_set():
        known, last, told_of = _identity(folder), 0.0, False
        for told in _changes(folder, store, over):
            # What came before the first notice was not told of, so that an update is due then too.
            if told or not told_of or time.monotonic() - last >= AGAIN:
                yield
                last = time.monotonic()
            told_of = True
            if _identity(folder) != known:
                break
        if not told_of and not over.wait(BLIND):
            yield


def _changes(folder: Path, store: Path, over: Event) -> Iterator[bool]:
    """Yields True after changes that concern the index, and False when there were none for a while; ends where the
    system cannot tell, or can no longer."""
    from watchfiles import watch

    root = os.path.realpath(folder)
    try:
        for changes in watch(
            root,
            watch_filter=None,
            debounce=int(1000 * LONGEST),
            step=int(1000 * QUIET),
            rust_timeout=int(1000 * _LOOK),
            yield_on_timeout=True,
            stop_event=over,
            ignore_permission_denied=True,
        ):
            yield _concern((path for _, path in changes), Path(root), Path(os.path.realpath(store)))
    except (OSError, RuntimeError):  # too many folders for the system, a name that is not Unicode
        return


def _concern(paths: Iterable[str], folder: Path, store: Path) -> bool:
    """True where one of the paths is not left out of the index; what the index itself writes must not set it going."""
    try:
        leaves_out = left_out(folder)
    except DocumentsError:
        return True
    for path in map(Path, paths):
        if path == folder or not path.is_relative_to(folder):
            return True
        if not path.is_relative_to(store) and not leaves_out(path.relative_to(folder).as_posix()):
            return True
    return False


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tells a folder from another one that took its place, None where there is none."""
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino
