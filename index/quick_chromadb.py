"""Importing Chroma without the checks that its classes make of themselves, which are a fifth of the time it takes.

Each method that overrides another is compared with it, after disassembling the frame around it, whenever a module of
Chroma is imported. Measured on 1.5.9, import and an opened store: 1.2 seconds of processor for 1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quick_chromadb() -> Iterator[None]:
    """What is imported of Chroma inside is not compared with what it overrides. Some of it is when a client is made."""
    import overrides

    original = overrides.override, overrides.overrides
    overrides.override = overrides.overrides = _marked  # type: ignore[assignment]
    try:
        yield
    finally:
        overrides.override, overrides.overrides = original


def _marked(method: Callable[..., Any] | None = None, **_: Any) -> Callable[..., Any]:
    """What is left of the decorator: it marks a method, and checks nothing."""
    if method is None:
        return _marked
    method.__override__ = True  # type: ignore[attr-defined]
    return method
