"""The process that parses what could harm the one that asks: `python -m index.formats.worker SECONDS BYTES`.

Reads requests from standard input and writes answers to standard output, each a line of JSON with the length of the
bytes that follow it. It ends with its standard input, and is stopped by the system where a file takes too long.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from typing import Any, BinaryIO

from index.apart import limit
from index.errors import LoadError


def main() -> None:
    """Answers requests until there are no more."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    # openpyxl loads numpy where it can, for values that no file has: half a second and half of the memory.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    seconds, memory = (int(argument) for argument in sys.argv[1:3])
    # Ctrl-C is for the process that asks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit(memory)
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["length"])
        if len(data) < request["length"]:
            return
        with _alarm(seconds + 5):
            answer = _extract(request["module"], data, memory)
        _answer(answers, answer)


@contextlib.contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Ends the process where the one that asks cannot, having been killed. Not even a busy C library holds it up."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _extract(module: str, data: bytes, memory: int) -> dict[str, Any]:
    try:
        return asdict(import_module(f"index.formats.{module}").read(data))
    except LoadError as error:
        return {"failure": str(error)}
    except MemoryError:
        return {"failure": f"needs more than {memory // 2**20} MB of memory to be read"}
    except RecursionError:
        return {"failure": "nested too deeply"}
    except Exception as error:
        return {"failure": f"damaged, or not what its name says ({type(error).__name__})"}


def _answer(answers: BinaryIO, answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    answers.write(b"%d\n" % len(body) + body)
    answers.flush()


if __name__ == "__main__":
    main()
