"""What the README says is what the program does."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import DOCUMENTS, ROOT

from qa.cli import main
from qa.settings import table

sys.path.insert(0, str(ROOT / "scripts"))
import transcript

README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_of_settings_is_the_codes() -> None:
    match = re.search(r"<!-- settings:.*?-->\n(.*?)\n<!-- /settings -->", README, re.DOTALL)
    assert match and match[1].strip() == table()


def test_the_transcript_is_what_the_commands_print(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", transcript.WIDTH)

    def run(words: Sequence[str]) -> str:
        main([*words, "--documents", str(DOCUMENTS), "--store", str(store)])
        return capsys.readouterr().out

    assert transcript.stands(README) == transcript.transcript(run), "run python scripts/transcript.py"


LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize(
    "name", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target, place in LINK.findall(page.read_text("utf-8")):
        led = (page.parent / target).resolve() if target else page
        assert led.exists(), f"{name} links to {target}"
        if place:
            headings = re.findall(r"^#+ (.*)$", led.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert place in slugs, f"{name} links to {target}#{place}"


def test_every_dependency_has_its_reason_and_the_licence_that_it_states() -> None:
    import dependencies
    from packaging.requirements import Requirement

    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = page[page.index("## Dependencies") :]
    project = dependencies.tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = {package.name: package.licence for package in dependencies.packages() if package.installed}
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    for name in (Requirement(line).name for line in project["dependencies"]):
        short = name.removeprefix("llama-index-core").removeprefix("llama-index") or name
        row = next(
            (row for row in rows if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w-])", row.split("|")[1])), None
        )
        assert row, f"{name} has no row in docs/architecture.md"
        stated = dependencies.identifiers(known[name] or "")
        assert any(one.removesuffix("-2.0") in row for one in stated), f"{name} is {known[name]}"


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = "\n".join((ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    assert set(re.findall(r"(?:^\$ |`)make ([a-z-]+)", said, re.MULTILINE)) <= targets


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
