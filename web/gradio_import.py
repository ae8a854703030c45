"""Gradio without what the page has no use for: it is two thirds of the time until the first answer.

Measured on 6.31 with bytecode at hand: 5.3 seconds of processor as it is, 2.2 so.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


def import_gradio() -> None:
    """Imports Gradio; after the first time there is nothing left to do."""
    if "gradio" in sys.modules:
        return
    with undisturbed(), _without_stub_files(), _without_mcp(), _with_pandas_later():
        import gradio  # noqa: F401


@contextmanager
def undisturbed() -> Iterator[None]:
    """Of what is made inside nothing becomes garbage, now or later, and threads gain nothing by taking turns often: a
    tenth of the time until the first answer."""
    turn, collecting = sys.getswitchinterval(), gc.isenabled()
    gc.disable()
    sys.setswitchinterval(10 * turn)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.freeze()
        if collecting:
            gc.enable()


@contextmanager
def _without_stub_files() -> Iterator[None]:
    """Gradio parses the source of each component, to keep a `.pyi` file for editors beside it, but leaves out a class
    that has no source file."""
    original = inspect.getfile

    def without(thing: object) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("not looked for")
        return original(thing)  # type: ignore[arg-type]

    inspect.getfile = without  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = original


@contextmanager
def _without_mcp() -> Iterator[None]:
    """Gradio imports the MCP library for a server of its own, where it is installed; ours is in `web.mcp`."""
    if "mcp" in sys.modules:
        yield
        return
    sys.modules["mcp"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["mcp"]


class _Pandas(ModuleType):
    """Stands for pandas and imports it when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("pandas"), name)


@contextmanager
def _with_pandas_later() -> Iterator[None]:
    """Gradio keeps a name for pandas, to tell data frames in a cache that nobody here uses."""
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = _Pandas("pandas")
    try:
        yield
    finally:
        del sys.modules["pandas"]


@contextmanager
def without_applications() -> Iterator[None]:
    """While blocks are built, Gradio makes a web application three times over, at .15 seconds each, and throws them
    away when it makes the one that is mounted."""
    from gradio.routes import App

    original = App.create_app
    App.create_app = staticmethod(lambda *_, **__: None)  # type: ignore[assignment]
    try:
        yield
    finally:
        App.create_app = staticmethod(original)  # type: ignore[method-assign]
