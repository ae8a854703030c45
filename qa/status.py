"""What is indexed, what failed and why, and what has changed in the folder since."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.build import outdated
from index.errors import DocumentsError
from index.generations import Manifest, current, read_manifest
from qa.settings import Settings


def status(settings: Settings) -> dict[str, Any]:
    """The state of the index, as JSON; sizes in bytes, times in ISO 8601 UTC.

    Raises:
        NoIndexError: there is no index.
        StoreError: it cannot be read.
    """
    generation, manifest = _published(settings)
    notice = None
    try:
        changed = [
            {"document": change.path, "change": change.kind} for change in outdated(settings.documents, manifest)
        ]
    except DocumentsError as error:
        changed, notice = [], str(error)
    return {
        "documents": [
            {"document": record.path, "title": record.title, "date": record.date, "passages": record.passages}
            for record in manifest.readable
        ],
        "failed": [{"document": record.path, "reason": record.failure} for record in manifest.failed],
        "changed": changed,
        "passages": manifest.passages,
        "embedder": manifest.embedder,
        "folder": str(settings.documents),
        "store": str(settings.store),
        "server": settings.chroma_url,
        "generation": generation.name,
        "made": datetime.fromtimestamp(manifest.made, UTC).isoformat(timespec="seconds"),
        "bytes": sum(
            os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(settings.store) for name in names
        ),
        "notice": notice,
    }


def _published(settings: Settings) -> tuple[Path, Manifest]:
    if settings.chroma_url:
        from index.server import published

        return published(settings.store, settings.chroma_url)
    generation = current(settings.store)
    return generation, read_manifest(generation)


def status_text(found: dict[str, Any]) -> str:
    """The state of the index for people."""
    lines = [
        f"{len(found['documents'])} documents, {found['passages']} passages in {found['server'] or found['store']} "
        f"({found['bytes'] / 2**20:.1f} MB, generation {found['generation']}), embedder {found['embedder']}"
    ]
    for record in found["documents"]:
        lines.append(
            f"  {record['document']}: {record['title']} · {record['date'] or 'no date'} · {record['passages']} passages"
        )
    if found["failed"]:
        lines.append(f"{len(found['failed'])} failed:")
        lines += [f"  {record['document']}: {record['reason']}" for record in found["failed"]]
    if found["changed"]:
        lines.append(f"{len(found['changed'])} changed since, run `python -m qa index`:")
        lines += [f"  {change['change']:8} {change['document']}" for change in found["changed"]]
    if found["notice"]:
        lines.append(found["notice"])
    return "\n".join(lines)
