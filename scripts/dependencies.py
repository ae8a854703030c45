"""What the program is made of: a check of every dependency's licence, and a bill of materials.

    python scripts/dependencies.py licences         fails where one is unknown or not on the list
    python scripts/dependencies.py sbom [FILE]      CycloneDX 1.6, JSON

Both go by requirements.lock. Licences are read from the metadata of what is installed; a package that is only for
another system is named as not installed, and checked where it is.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"

ALLOWED = frozenset(
    "0BSD AFL-2.1 Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python ISC MIT MIT-0 MIT-CMU MPL-2.0 PSF-2.0"
    " Unlicense Zlib".split()
)
"""SPDX identifiers that may be combined with and shipped beside Apache-2.0. MPL-2.0 binds changes to its own files
only; nothing here changes any."""

SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "academic free license (afl)": "AFL-2.1",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
"""What metadata says in words. A bare "BSD" is taken for the three clauses, the stricter of the two in use."""

STATED = {
    # "BSD-3-Clause, Apache-2.0, dependency licenses": PDFium itself is under the same two.
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
}
"""Licences that metadata gives in a form of its own, read in the package."""


@dataclass(frozen=True, slots=True)
class Package:
    """A line of the lock file; `marker` is where it is for, `licence` an SPDX expression or None where that is not
    known; `needs` are the names of what it asks for here. The last two are None where it is not installed."""

    name: str
    version: str
    marker: str
    installed: bool
    licence: str | None
    needs: tuple[str, ...] = ()


def locked(text: str) -> Iterator[tuple[str, str, str]]:
    """(name, version, marker) of each package in a lock file."""
    for match in re.finditer(r"^([\w.-]+)==(\S+)(?: ; ([^\\\n]+?))?\s*\\?$", text, re.MULTILINE):
        yield canonicalize_name(match[1]), match[2], (match[3] or "").strip()


def packages() -> list[Package]:
    """All that the lock file names."""
    found = []
    for name, version, marker in locked(LOCK.read_text("utf-8")):
        try:
            about = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            about = None
        if about is None or about.version != version:  # some are locked in one version for each Python
            found.append(Package(name, version, marker, False, None))
            continue
        found.append(Package(name, version, marker, True, licence(name, about.metadata), needs(about)))
    return found


def licence(name: str, about: metadata.PackageMetadata) -> str | None:
    """The SPDX expression that a package's metadata comes down to, None where it says nothing that is understood."""
    if name in STATED:
        return STATED[name]
    if stated := about.get_all("License-Expression"):
        return str(stated[0])
    words = ["".join(about.get_all("License") or ()).split("\n")[0].strip()]
    words += [line.rsplit("::", 1)[-1].strip() for line in about.get_all("Classifier") or [] if "License ::" in line]
    for word in words:
        short = re.split(r"\s{2,}Copyright", word)[0]
        known = SPELLINGS.get(short.lower(), short)
        if identifiers(known) <= ALLOWED and known:
            return known
    return next((word for word in words if word and word != "OSI Approved"), None)


def identifiers(expression: str) -> set[str]:
    """The identifiers in an SPDX expression. Of `A OR B` both have to be allowed: simpler, and true today."""
    return {part for part in re.split(r"\s+(?:AND|OR)\s+|[()]", expression) if part.strip()}


def needs(about: metadata.Distribution) -> tuple[str, ...]:
    """What an installed package asks for on this system, without extras."""
    found = set()
    for line in about.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found.add(canonicalize_name(requirement.name))
    return tuple(sorted(found))


def objections(found: list[Package]) -> list[str]:
    """What stands against the licences, a line each."""
    lines = []
    for package in found:
        if not package.installed:
            continue
        if package.licence is None:
            lines.append(f"{package.name} {package.version} states no licence: read it, and name it in STATED.")
        elif refused := identifiers(package.licence) - ALLOWED:
            lines.append(
                f"{package.name} {package.version} is under {', '.join(sorted(refused))}: "
                "add it to ALLOWED if it may be shipped beside Apache-2.0, or do without the package."
            )
    return lines


def bill(found: list[Package]) -> dict[str, Any]:
    """The CycloneDX document. The same lock file and models give the same serial number."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    here = sorted(found, key=lambda package: package.installed)  # of two versions the installed one is meant
    names = {package.name: _reference(package) for package in here}
    direct = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    edges = [{"ref": own, "dependsOn": sorted(names[name] for name in direct & names.keys())}]
    for package in found:
        below = sorted(names[name] for name in package.needs if name in names)
        edges.append({"ref": _reference(package), "dependsOn": below})
    digest = hashlib.sha256(LOCK.read_bytes())
    models = [model for folder in ("index/models", "qa/models") for model in _models(ROOT / folder)]
    for model in models:
        digest.update(model["hashes"][0]["content"].encode())
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest.hexdigest())}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [_component(package) for package in found] + models,
        "dependencies": edges,
    }


def _reference(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _component(package: Package) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": _reference(package),
    }
    if package.licence and identifiers(package.licence) <= ALLOWED:
        made["licenses"] = [{"expression": package.licence}]
    elif package.licence:
        made["licenses"] = [{"license": {"name": package.licence}}]
    if package.marker:
        made["properties"] = [{"name": "footnote:marker", "value": package.marker}]
    return made


def _models(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "checksums.sha256").read_text("utf-8").splitlines():
        checksum, _, name = line.partition("  ")
        if name.endswith(".onnx"):
            yield {
                "type": "machine-learning-model",
                "bom-ref": f"model:{name}",
                "name": f"{folder.relative_to(ROOT).as_posix()}/{name}",
                "hashes": [{"alg": "SHA-256", "content": checksum}],
            }


def main(arguments: list[str]) -> int:
    """Runs the command; returns the exit status."""
    if arguments[:1] == ["licences"] and len(arguments) == 1:
        found = packages()
        for package in found:
            stated = package.licence or ("none stated" if package.installed else "not installed here")
            print(f"{package.name:45} {package.version:15} {stated}")
        for line in (against := objections(found)):
            print(line, file=sys.stderr)
        return 1 if against else 0
    if arguments[:1] == ["sbom"] and len(arguments) <= 2:
        text = json.dumps(bill(packages()), indent=1) + "\n"
        if len(arguments) == 2:
            Path(arguments[1]).write_text(text, "utf-8")
        else:
            sys.stdout.write(text)
        return 0
    print("usage: python scripts/dependencies.py licences | sbom [FILE]", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
