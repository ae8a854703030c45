"""Modules of ours that run in a process of their own, which may crash, be killed or be bounded."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module in another process, with `environment()`."""
    # -P: the working folder may hold a json.py of somebody else's.
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """This process's environment; modules are found where this process finds them, ours also where the working folder
    (an empty entry of `sys.path`, which is left out) is what held them."""
    ours = str(Path(__file__).parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join([*(path for path in sys.path if path), ours])}


def limit(memory: int) -> None:
    """Bounds this process's memory, in bytes of address space, where the system can; it leaves no core dump."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
