"""The container of old Office files and of encrypted new ones: named for what it is, not read."""

from __future__ import annotations

from index.errors import LoadError
from index.formats import Extracted


def read(data: bytes) -> Extracted:
    """Raises LoadError, always."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise LoadError("encrypted with a password")
    raise LoadError("an old Office format: save it as .docx, .pptx or .xlsx")
