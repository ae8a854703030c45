"""Parsing in a process of its own, which can be killed: one is started at the first file that needs it, and reused.

It is gone when the program ends, after half a minute without a file, or when a file has crashed, filled or stalled it;
the next file gets a new one.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import subprocess
import threading
from contextlib import suppress
from typing import IO, Any

from index import apart
from index.errors import LoadError
from index.formats import MEMORY, SECONDS, Extracted

_IDLE = 30.0
"""Seconds without a file after which the process is let go."""


class Parser:
    """The process that parses, and the line to it. One file at a time, from whichever thread."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._idle: threading.Timer | None = None

    def extract(self, module: str, data: bytes) -> Extracted:
        """What the module of `index.formats` makes of a file's bytes.

        Raises:
            LoadError: it cannot be read, takes too long, or needs too much memory.
        """
        with self._lock:
            if self._idle:
                self._idle.cancel()
            try:
                answer = self._ask(module, data)
            except BaseException:
                # Ctrl-C in the middle of an answer: what is left of it must not be taken for the next one.
                self._stop()
                raise
            self._idle = threading.Timer(_IDLE, self.close)
            self._idle.daemon = True
            self._idle.start()
        if "failure" in answer:
            raise LoadError(answer["failure"])
        answer["page_starts"], answer["warnings"] = tuple(answer["page_starts"]), tuple(answer["warnings"])
        return Extracted(**answer)

    def _ask(self, module: str, data: bytes) -> dict[str, Any]:
        process = self._started()
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin and process.stdout
            request = json.dumps({"module": module, "length": len(data)}).encode()
            with suppress(BrokenPipeError, OSError):
                process.stdin.write(request + b"\n" + data)
                process.stdin.flush()
            answer = _received(process.stdout)
        finally:
            timer.cancel()
        if answer is not None:
            return answer
        self._stop()
        if late.is_set():
            return {"failure": f"takes longer than {self._seconds:.0f} seconds to read"}
        return {"failure": f"damaged: reading it fails, or needs more than {self._memory // 2**20} MB of memory"}

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process and (self._owner != os.getpid() or self._process.poll() is not None):
            self._stop()
        if self._process is None:
            self._process = subprocess.Popen(
                apart.command("index.formats.worker", str(math.ceil(self._seconds)), str(self._memory)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=apart.environment(),
            )
            self._owner = os.getpid()
        return self._process

    def close(self) -> None:
        """Lets the process go; the next file starts another."""
        with self._lock:
            if self._idle:
                self._idle.cancel()
            self._stop()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def _received(answers: IO[bytes]) -> dict[str, Any] | None:
    """One answer, None where the process ended before it was complete."""
    length = answers.readline()
    if not length.endswith(b"\n"):
        return None
    body = answers.read(int(length))
    if len(body) < int(length):
        return None
    answer: dict[str, Any] = json.loads(body)
    return answer


_parser = Parser()
atexit.register(_parser.close)


def extract(module: str, data: bytes) -> Extracted:
    """`Parser.extract`, in the one process that the program shares."""
    return _parser.extract(module, data)
