"""The lines that the design draws: who may import whom, what is loaded when, what is never committed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

ALLOWED = {
    "index": {"index"},
    "prompts": {"prompts"},
    "qa": {"qa", "index", "prompts"},
    "eval": {"eval", "qa", "index"},
    "web": {"web", "qa", "index"},
}
ONLY_IN = {
    "chromadb": ("index/store.py", "index/check.py"),
    "llama_index": ("qa/model.py", "qa/llama.py", "eval/judge.py"),
    "openai": ("qa/model.py", "index/embed.py"),
    "gradio": ("web/",),
}
"""Library → the files, or the package, that know it."""


def imports(path: Path) -> set[str]:
    """Top names of everything that a file imports, those only for type checking left out."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_run_one_way(package: str) -> None:
    ours = {"index", "qa", "prompts", "eval", "app", "web", "training", "benchmarks", "tests"}
    for path in (ROOT / package).rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        assert imports(path) & ours <= ALLOWED[package], name
        for library, where in ONLY_IN.items():
            assert library not in imports(path) or name.startswith(where), f"{name} imports {library}"


def test_importing_the_packages_loads_no_heavy_library() -> None:
    heavy = {"numpy", "chromadb", "onnxruntime", "tokenizers", "tantivy", "llama_index", "openai", "gradio"}
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("index", "qa")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__main__.py"
    ]
    code = f"import sys\nfor name in {modules!r}: __import__(name)\nprint(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lock_files_have_hashes_and_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text and "--index-url" not in text
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert len(pins) > 50 and all("==" in line for line in pins)
        assert text.count("--hash=sha256:") >= len(pins)
        assert not re.search(r"^(torch|sentence-transformers|nvidia-\S+)==", text, re.M)


def test_every_package_and_data_file_is_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    tops = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "training"}
    assert tops <= set(project["packages"])
    subpackages = {
        ".".join(path.parent.relative_to(ROOT).parts) for top in tops for path in (ROOT / top).rglob("__init__.py")
    }
    assert subpackages <= set(project["packages"])
    for top in tops:
        patterns = project["package-data"].get(top, [])
        for path in (ROOT / top).rglob("*"):
            relative = path.relative_to(ROOT / top)
            if path.is_file() and path.suffix != ".py" and not {"__pycache__", "reports"} & set(path.parts):
                assert any(relative.match(pattern) for pattern in patterns), path
