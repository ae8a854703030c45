"""Model files are what their checksums say, or they are not loaded."""

from __future__ import annotations

import hashlib
from pathlib import Path

from index.errors import ModelError

NAME = "checksums.sha256"


def verify(folder: Path) -> None:
    """Compares every file that the folder's `checksums.sha256` (as `sha256sum` writes it) names.

    Raises:
        ModelError: a file is missing, or is not what its checksum says.
    """
    try:
        lines = (folder / NAME).read_text("ascii").splitlines()
        for line in filter(None, lines):
            expected, name = line.split(maxsplit=1)
            with open(folder / name.lstrip("*"), "rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                    raise ModelError(f"The model file {folder / name} is damaged: install the program again.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "checksums cannot be read"
        raise ModelError(f"A model file in {folder} is missing ({reason}): install the program again.") from None
