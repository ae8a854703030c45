"""Templates as files, filled in with text that stays text.

Every value is escaped. Characters that would change how others are shown, or that are not seen at all, become visible
codes: a document cannot rewrite the page by turning its reading direction around.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = Path(__file__).parent
# Joiners that emoji and several scripts are written with, and the soft hyphen.
_HARMLESS = frozenset("\u200c\u200d\u00ad\ufe0f")


def _is_control(char: str) -> bool:
    return char not in "\n\t\r" and char not in _HARMLESS and unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs")


def shown(text: object) -> Markup:
    """Text → HTML that shows it; a control character becomes an element that names it."""
    from markupsafe import Markup, escape

    said = str(text)
    if said.isascii() and said.isprintable():
        return escape(said)
    parts: list[str] = []
    plain = 0
    for at, char in enumerate(said):
        if _is_control(char):
            parts.append(str(escape(said[plain:at])))
            parts.append(f'<span class="control" data-code="U+{ord(char):04X}"></span>')
            plain = at + 1
    parts.append(str(escape(said[plain:])))
    return Markup("".join(parts))


def label(text: object) -> str:
    """Text for an attribute or a heading: on one line, without control characters."""
    return " ".join("".join(" " if _is_control(char) or char in "\r\n\t" else char for char in str(text)).split())


def day(iso: str | None) -> str:
    """`2024-11-13` → `13 November 2024`; a month or a year alone likewise."""
    if not iso:
        return ""
    try:
        parts = [int(part) for part in iso.split("-")]
        month = f"{date(parts[0], parts[1], 1):%B} " if len(parts) > 1 else ""
        return f"{parts[2]} {month}{parts[0]}" if len(parts) > 2 else f"{month}{parts[0]}"
    except (ValueError, IndexError):
        return iso


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    environment.filters |= {"label": label, "day": day}
    environment.globals["version"] = version()
    return environment


def render(name: str, **values: Any) -> str:
    """Fills in a template of `templates/`."""
    return _environment().get_template(name).render(**values)


def component(name: str) -> str:
    """A template that the browser gets as it is. Gradio would run `{{…}}` and `${…}` in it, so it has none."""
    text = (FOLDER / "templates" / f"{name}.html").read_text("utf-8")
    if any(mark in text for mark in ("{{", "{%", "${", "`", "\\")):
        raise ValueError(f"{name}.html is given to the browser as it is: it must hold no expressions.")
    return text


@cache
def version() -> str:
    """Changes whenever a style or script does, so that browsers may keep them."""
    files = sorted((FOLDER / "static").iterdir())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()[:12]
