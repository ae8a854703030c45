"""What the README says is what the program does."""

from __future__ import annotations

import re

from conftest import ROOT

from qa.settings import table

README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_of_settings_is_the_codes() -> None:
    match = re.search(r"<!-- settings:.*?-->\n(.*?)\n<!-- /settings -->", README, re.DOTALL)
    assert match and match[1].strip() == table()


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets


def test_no_file_of_ours_is_large_but_the_models() -> None:
    large = [
        path.relative_to(ROOT).as_posix()
        for top in (
            "app.py",
            "index",
            "qa",
            "prompts",
            "eval",
            "web",
            "docs",
            "tests",
            "training",
            "benchmarks",
            "documents",
        )
        for path in ([ROOT / top] if (ROOT / top).is_file() else (ROOT / top).rglob("*"))
        if path.is_file() and path.stat().st_size > 2**20 and "reports" not in path.parts
    ]
    assert set(large) <= {"index/models/embedder.onnx", "qa/models/reader.onnx"}
