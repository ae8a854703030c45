"""What is released is whole: it runs outside the checkout, leaves nothing of the tree out, and may be passed on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import dependencies

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NAMES = {*PROJECT["tool"]["setuptools"]["packages"], "app.py"}


def listed(*options: str) -> list[str]:
    """The project's files, by git where this is a clone of it, else all that there are."""
    if (ROOT / ".git").exists():
        done = subprocess.run(
            ["git", "ls-files", "-z", *options], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
        )
        return sorted({name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()})
    skipped = {".venv", ".qa", "build", "dist", "__pycache__", "reports"}
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in found
        if not skipped & {*path.parts} and not any("_cache" in part or ".egg-info" in part for part in path.parts)
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both distributions, the wheel made from the source distribution, without a network."""
    copy, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for name in listed("--cached", "--others", "--exclude-standard"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return out


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The wheel's content, as an installation would lay it out."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    yield folder
    shutil.rmtree(folder)


def elsewhere(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a module of the wheel in the working folder, where nothing of the checkout can be imported."""
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A working folder with documents of one's own, and nothing else."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "bridge.md").write_text(
        "# The Halden bridge\n\nThe Halden bridge was opened on 3 June 1931 by the mayor, Inga Solberg.\n",
        encoding="utf-8",
    )
    return tmp_path


def test_the_wheel_holds_every_file_of_its_packages(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    wanted = {name for name in listed() if name.split("/")[0] in NAMES}
    assert {"prompts/answer_system.txt", "qa/models/reader.onnx", "web/static/footnote.css"} <= wanted
    assert wanted <= held, sorted(wanted - held)
    information = f"footnote_qa-{PROJECT['project']['version']}.dist-info/"
    more = {name for name in held - wanted if not name.startswith(information)}
    assert {name.split("/")[0] for name in more} <= NAMES
    assert {information + "licenses/LICENSE", information + "licenses/NOTICE"} <= held


def test_the_source_distribution_holds_the_whole_tree(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        held = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert not (missing := set(listed()) - held), sorted(missing)
    assert not any("__pycache__" in name or name.startswith((".venv", ".qa", "eval/reports")) for name in held)


def test_the_wheel_answers_in_an_empty_folder(installed: Path, own: Path) -> None:
    code = (
        "import app, eval, index, prompts, qa, web; print(*{m.__file__ for m in (app, eval, index, prompts, qa, web)})"
    )
    assert elsewhere(installed, "-c", code).stdout.count(str(installed)) == 6
    asked = elsewhere(installed, "-m", "qa", "ask", "who opened the Halden bridge?", "--json")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert "Inga Solberg" in answer["text"] and answer["citations"][0]["document"] == "bridge.md"
    status = json.loads(elsewhere(installed, "-m", "qa", "status", "--json").stdout)
    assert status["passages"] == 1 and status["store"] == ".qa" and (own / ".qa" / "CURRENT").is_file()
    assert elsewhere(installed, "-m", "qa", "search", "bridge", "-k", "1").returncode == 0
    version = elsewhere(installed, "-m", "qa", "--version")
    assert version.stdout.strip() == f"footnote-qa {PROJECT['project']['version']}"
    assert {path.name for path in own.iterdir()} == {"documents", ".qa"}


def test_the_wheel_evaluates_own_questions_and_the_set_that_it_carries(installed: Path, own: Path) -> None:
    (own / "q.csv").write_text("question,answer\nwho opened the Halden bridge?,Inga Solberg\n", encoding="utf-8")
    scored = elsewhere(installed, "-m", "eval", "--dataset", "q.csv", "--documents", "documents")
    assert scored.returncode == 0, scored.stderr
    assert "1 of 1" in scored.stdout and (own / "eval" / "reports" / "report.html").is_file()
    refused = elsewhere(installed, "-m", "eval", "--only", "dialogues")
    assert refused.returncode == 2 and "not part of the installed package" in refused.stderr


def test_the_page_of_the_wheel_starts_and_answers(installed: Path, own: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", "0"],
        env=os.environ | {"PYTHONPATH": str(installed)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        address = None
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                address = found[0]
                break
        assert address, "the page did not start"
        with urllib.request.urlopen(f"{address}/page/footnote.css", timeout=30) as style:
            assert style.status == 200
        with urllib.request.urlopen(f"{address}/", timeout=60) as page:
            assert b"Footnote" in page.read()
        question = {"model": "footnote", "messages": [{"role": "user", "content": "who opened the Halden bridge?"}]}
        request = urllib.request.Request(
            f"{address}/v1/chat/completions", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            assert "Inga Solberg" in json.load(reply)["choices"][0]["message"]["content"]
    finally:
        process.terminate()
        process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


def test_the_version_is_stated_in_one_place_and_repeated_rightly() -> None:
    version = PROJECT["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == version  # type: ignore[index]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    code = "\n".join(
        (ROOT / name).read_text("utf-8") for name in listed() if name.endswith(".py") and "tests/" not in name
    )
    assert "__version__ =" not in code


def test_the_image_of_chroma_is_the_version_that_is_locked() -> None:
    locked = {name: version for name, version, _ in dependencies.locked(dependencies.LOCK.read_text("utf-8"))}
    assert f"chromadb/chroma:{locked['chromadb']}\n" in (ROOT / "compose.yaml").read_text("utf-8")


def test_the_lock_files_name_no_host_and_pin_every_package_by_hash() -> None:
    for path in (ROOT / "requirements.lock", ROOT / "requirements-dev.lock"):
        text = path.read_text("utf-8")
        assert "://" not in text and "--index" not in text
        pinned = re.findall(r"^[\w.-]+==.*$", text, re.MULTILINE)
        assert len(pinned) > 50 and all(line.endswith("\\") for line in pinned)


def test_every_dependency_is_under_a_licence_that_may_be_shipped() -> None:
    found = dependencies.packages()
    assert sum(package.installed for package in found) > 100
    assert dependencies.objections(found) == []


@pytest.mark.parametrize(
    ("licence", "says"), [(None, "states no licence"), ("GPL-3.0-only", "GPL-3.0-only"), ("MIT AND X11", "X11")]
)
def test_a_licence_that_may_not_or_is_not_known_is_objected_to(licence: str | None, says: str) -> None:
    (line,) = dependencies.objections([dependencies.Package("thing", "1.0", "", True, licence)])
    assert line.startswith("thing 1.0") and says in line
    assert not dependencies.objections([dependencies.Package("thing", "1.0", "", False, licence)])


def test_the_bill_of_materials_names_all_that_is_locked_and_both_models() -> None:
    found = dependencies.packages()
    bill = dependencies.bill(found)
    components = {(part["name"], part.get("version")) for part in bill["components"]}
    assert {(package.name, package.version) for package in found} <= components
    models = [part for part in bill["components"] if part["type"] == "machine-learning-model"]
    assert {part["name"] for part in models} == {"index/models/embedder.onnx", "qa/models/reader.onnx"}
    references = {part["bom-ref"] for part in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert len(references) == len(bill["components"]) + 1
    assert all({edge["ref"], *edge["dependsOn"]} <= references for edge in bill["dependencies"])
    assert dependencies.bill(found) == bill
