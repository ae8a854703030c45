"""The prompts, each a text file in this folder, and `render`, which fills one in.

A placeholder is `{{name}}`. Values are put in as they are and never looked at again, so that a document which contains
`{{question}}` changes nothing.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class PromptError(ValueError):
    """A prompt was rendered with a value missing or one that it does not know."""


def render(name: str, **values: str) -> str:
    """The prompt `name` with its placeholders filled in.

    Raises:
        PromptError: there is no such prompt, a placeholder got no value, or a value has no placeholder.
    """
    text = _text(name)
    wanted = placeholders(name)
    if missing := sorted(wanted - values.keys()):
        raise PromptError(f"The prompt {name!r} needs {', '.join(missing)}: pass it to render().")
    if unknown := sorted(values.keys() - wanted):
        raise PromptError(
            f"The prompt {name!r} has no place for {', '.join(unknown)}: add it to {name}.txt or leave it out."
        )
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def names() -> tuple[str, ...]:
    """The prompts there are."""
    return tuple(
        sorted(entry.name[: -len(".txt")] for entry in files(__name__).iterdir() if entry.name.endswith(".txt"))
    )


def placeholders(name: str) -> frozenset[str]:
    """The values that the prompt takes."""
    return frozenset(_PLACEHOLDER.findall(_text(name)))


@cache
def _text(name: str) -> str:
    if name not in names():
        raise PromptError(f"There is no prompt {name!r}: there are {', '.join(names())}.")
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").strip()
