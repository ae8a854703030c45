"""Everything that can go wrong on purpose, in one tree.

    FootnoteError               one clear line for people: what is wrong, and what to do
    ├── UsageError              the command or the question cannot be understood (exit status 2)
    ├── SettingsError           an environment variable or option has a value that cannot be used
    ├── DocumentsError          the documents folder is missing, empty or holds nothing readable
    ├── LoadError               one file cannot be read; becomes the document's `failure`, never stops the others
    ├── ModelError              a model file is missing, damaged or not what its checksum says
    ├── EmbeddingError          an embedding service did not answer as it should
    ├── StoreError              the index cannot be opened, read or written
    │   ├── NoIndexError        there is no index yet
    │   ├── StoreMismatchError  the index was built by another embedder, chunker or version
    │   ├── StoreDamagedError   the index is there but not sound
    │   └── StoreLockedError    another process is writing
    └── GenerationError         a language model did not answer as it should

Messages end in the fix. A refusal to answer is a value (`Answer.status == "not_found"`), never an exception.
"""

from __future__ import annotations


class FootnoteError(Exception):
    """Base of all errors that are meant to be read by people."""

    exit_status = 1


class UsageError(FootnoteError):
    """The command, option or question cannot be understood."""

    exit_status = 2


class SettingsError(FootnoteError):
    """A setting has a value that cannot be used."""

    exit_status = 2


class DocumentsError(FootnoteError):
    """The documents folder is missing, empty or holds nothing readable."""


class LoadError(FootnoteError):
    """One file cannot be read as a document."""


class ModelError(FootnoteError):
    """A model file is missing, damaged or not what its checksum says."""


class EmbeddingError(FootnoteError):
    """An embedding service did not answer as it should."""


class StoreError(FootnoteError):
    """The index cannot be opened, read or written."""


class NoIndexError(StoreError):
    """There is no index yet."""


class StoreMismatchError(StoreError):
    """The index was built by another embedder, chunker or version."""


class StoreDamagedError(StoreError):
    """The index is there but not sound."""


class StoreLockedError(StoreError):
    """Another process is writing the index."""


class GenerationError(FootnoteError):
    """A language model did not answer as it should."""
