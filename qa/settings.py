"""Environment → frozen `Settings`, read once. A command's own option wins over the environment, that over `.env`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from index.errors import SettingsError

ModeSetting = Literal["auto", "extractive", "generative"]


def _setting(variable: str, default: Any, meaning: str, *, secret: bool = False) -> Any:
    """A field of `Settings`; documentation is generated from what is said here."""
    return field(default=default, repr=not secret, metadata={"variable": variable, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside."""

    documents: Path = _setting("QA_DOCUMENTS", Path("documents"), "the folder of documents")
    store: Path = _setting("QA_STORE", Path(".qa"), "where the index lies")
    chroma_url: str | None = _setting("QA_CHROMA_URL", None, "a Chroma server instead of the embedded store")
    mode: ModeSetting = _setting("QA_MODE", "auto", "`auto`, `extractive` or `generative`")
    api_key: str | None = _setting("OPENAI_API_KEY", None, "key of an OpenAI-compatible endpoint", secret=True)
    base_url: str | None = _setting("OPENAI_BASE_URL", None, "its address; with one, no key is needed")
    model: str | None = _setting("QA_MODEL", None, "the model that writes answers")
    timeout: float = _setting("QA_TIMEOUT", 60.0, "seconds that a model's answer may take, retries included")
    price_in: float | None = _setting("QA_PRICE_IN", None, "price of a million tokens that the model reads")
    price_out: float | None = _setting("QA_PRICE_OUT", None, "price of a million tokens that the model writes")
    embedder: str = _setting("QA_EMBEDDER", "local", "`local` or `openai:MODEL`")
    reader: str = _setting("QA_READER", "local", "`local`, `none`, or a folder with another extractive ONNX model")
    host: str = _setting("QA_HOST", "127.0.0.1", "address that the page is served on")
    port: int = _setting("QA_PORT", 7860, "its port")
    hostname: str | None = _setting("QA_HOSTNAME", None, "name that a proxy serves the page under, comma for more")
    auth: str | None = _setting(
        "QA_AUTH", None, "`user:password`, comma for more; required for a host that is not loopback", secret=True
    )
    debug: bool = _setting("QA_DEBUG", False, "tracebacks and debug logs")

    @property
    def generative(self) -> bool:
        """True where a model is to write the answers: asked for, or configured and not declined."""
        if self.mode == "auto":
            return self.model_configured
        return self.mode == "generative"

    @property
    def model_configured(self) -> bool:
        """True where there is an endpoint to ask: a key, or an address."""
        return bool(self.api_key or self.base_url)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
        """Reads the environment, and `.env` in the working folder where none is given; overrides that are None do not
        count.

        Raises:
            SettingsError: a value cannot be used; the message names the variable and what it takes.
        """
        values = _environment() if environment is None else environment
        read = {
            name: _convert(spec.metadata["variable"], values[spec.metadata["variable"]].strip(), spec.default)
            for name, spec in cls.__dataclass_fields__.items()
            if values.get(spec.metadata["variable"], "").strip()
        }
        settings = cls(**(read | {name: value for name, value in overrides.items() if value is not None}))  # type: ignore[arg-type]
        if settings.mode not in ("auto", "extractive", "generative"):
            raise SettingsError(f"QA_MODE is {settings.mode!r}: set it to auto, extractive or generative.")
        if settings.mode == "generative" and not settings.model_configured:
            raise SettingsError("Generative mode needs a model: set OPENAI_API_KEY, or OPENAI_BASE_URL, and QA_MODEL.")
        if not 0 <= settings.port < 65536:
            raise SettingsError(f"QA_PORT is {settings.port}: set it to a number from 0 to 65535.")
        if settings.timeout <= 0:
            raise SettingsError(f"QA_TIMEOUT is {settings.timeout}: set it to a number of seconds above 0.")
        return settings


def _environment() -> dict[str, str]:
    """The process's variables over those of `.env`."""
    path = Path(".env")
    try:
        if not path.is_file():
            return dict(os.environ)
        from dotenv import dotenv_values

        stated = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}): mend or remove it.") from None
    return {name: value for name, value in stated.items() if value is not None} | dict(os.environ)


def _convert(variable: str, value: str, default: object) -> object:
    """The value as the type of the field; prices and the like have None as default and are numbers too."""
    try:
        if isinstance(default, bool):
            return value.lower() not in ("0", "false", "no", "off")
        if isinstance(default, int):
            return int(value)
        if isinstance(default, float) or variable.startswith("QA_PRICE"):
            return float(value)
    except ValueError:
        raise SettingsError(f"{variable} is {value!r}: set it to a number.") from None
    return Path(value).expanduser() if isinstance(default, Path) else value


def table() -> str:
    """The settings as a Markdown table, for the documentation."""
    rows = ["| variable | default | |", "|---|---|---|"]
    for spec in Settings.__dataclass_fields__.values():
        default = "–" if spec.default in (None, False) else f"`{spec.default}`"
        rows.append(f"| `{spec.metadata['variable']}` | {default} | {spec.metadata['meaning']} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
