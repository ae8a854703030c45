"""`python -m eval` from the outside: exit status, what goes where, and the real assistant on a few questions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_eval_gate import row

from eval.cli import main, parser
from eval.dataset import SETS
from eval.record import write_rows

ROOT = Path(__file__).resolve().parent.parent


def boats(folder: Path) -> Path:
    """A folder with one document, and questions about it in all three formats beside it."""
    documents = folder / "boats"
    documents.mkdir()
    (documents / "log.txt").write_text(
        "Harbour log\n\nTwo boats sank on Monday in the inner harbour. Nobody was hurt.\n"
    )
    (folder / "q.csv").write_text(
        "question,answer\nHow many boats sank on Monday?,two boats|two\nWho painted the Mona Lisa?,\n"
    )
    gold = {
        "id": "boats",
        "question": "How many boats sank on Monday?",
        "reference": "Two boats sank.",
        "required": [["two boats"]],
        "supports": [{"document": "log.txt", "quote": "Two boats sank on Monday in the inner harbour."}],
    }
    (folder / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    return documents


def test_own_questions_are_scored_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = boats(tmp_path)
    status = main(
        ["--dataset", str(tmp_path / "q.csv"), "--documents", str(documents), "--reports", str(tmp_path / "r")]
    )
    printed = capsys.readouterr()
    assert status == 0, printed
    assert "Right answers" in printed.out and "Reports:" in printed.err
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert summary["questions"] == 2 and set(summary["documents"]) == {"csv"}
    assert summary["versions"]["python"] and summary["models"]
    assert str(tmp_path) not in json.dumps(summary), "no path of this machine"
    assert len((tmp_path / "r" / "results.jsonl").read_text().splitlines()) == 2


def test_a_squad_file_brings_its_own_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    context = "Two boats sank on Monday in the inner harbour. Nobody was hurt."
    asked = {
        "id": "q",
        "question": "How many boats sank on Monday?",
        "answers": [{"text": "Two boats", "answer_start": 0}],
    }
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"data": [{"title": "Log", "paragraphs": [{"context": context, "qas": [asked]}]}]}))
    assert main(["--dataset", str(file), "--reports", str(tmp_path / "r")]) == 0
    row_ = json.loads((tmp_path / "r" / "results.jsonl").read_text())
    assert row_["scores"]["gold_citation_hit"] == 1.0 and row_["answer"]["citations"][0]["document"] == "001-log.txt"
    capsys.readouterr()


def test_a_part_of_the_gold_set_runs_with_the_real_assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--only", "chairs-6th", "--only", "un-tokyo-population", "--reports", str(tmp_path / "r")])
    assert status in (0, 1)
    rows = [json.loads(line) for line in (tmp_path / "r" / "results.jsonl").read_text().splitlines()]
    assert {"chairs-6th", "un-tokyo-population"} <= {one["id"] for one in rows}
    right = {one["id"]: one["right"] for one in rows}
    assert right["chairs-6th"] and right["un-tokyo-population"]
    assert all(one["scores"]["citation_validity"] in (None, 1.0) for one in rows)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--dataset", "missing.csv"], "There is no file missing.csv"),
        (["--only", "nonsense"], "--only nonsense selects no question"),
        (["--update-baseline", "--only", "typo"], "takes the whole gold set"),
        (["--leave-out", "articles"], "--leave-out is for a SQuAD file"),
        (["--compare", "a", "b"], "a cannot be read"),
        (["check", "missing.jsonl"], "There is no file missing.jsonl"),
        (["draft", "--store", "nowhere"], "No feedback.jsonl"),
        (["--mode", "generative", "--only", "talk-hello"], "Generative mode needs a model"),
        (["--judge", "--only", "talk-hello"], "--judge needs a model"),
    ],
)
def test_what_cannot_run_says_why_in_a_line_and_exits_2(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert reason in error and "Traceback" not in error


@pytest.mark.parametrize("words", [["--only", "talk-hello"], ["check"]])
def test_a_gold_set_without_its_documents_says_what_to_name(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(SETS, "dialogues", tmp_path / "gone")
    assert main(words) == 2
    assert "not part of the installed package: name their folder with --documents" in capsys.readouterr().err


def test_unknown_options_are_usage_errors() -> None:
    for words in (["--colour"], ["--repeats", "0"], ["--repeats", "many"], ["check", "--colour"]):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2


def test_check_exits_1_with_line_and_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = boats(tmp_path)
    assert main(["check", str(tmp_path / "gold.jsonl"), "--documents", str(documents)]) == 0
    (tmp_path / "gold.jsonl").write_text('{"id": "x", "question": "?"}\n')
    assert main(["check", str(tmp_path / "gold.jsonl"), "--documents", str(documents)]) == 1
    assert "gold.jsonl:1: x: names no support" in capsys.readouterr().out
    assert main(["check"]) == 0


def test_draft_prints_entries_that_can_be_completed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {
        "time": "t",
        "rating": "down",
        "question": "Who paid?",
        "history": [],
        "answer": {"text": "x", "citations": []},
    }
    (tmp_path / "feedback.jsonl").write_text(json.dumps(entry) + "\n")
    assert main(["draft", "--store", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["id"] == "who-paid" and "1 drafts" in printed.err


def test_compare_prints_two_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, right in (("a", True), ("b", False)):
        (tmp_path / name).mkdir()
        write_rows(tmp_path / name / "results.jsonl", [row("x", right)])
    assert main(["--compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert "lost  x" in capsys.readouterr().out


def test_help_names_every_command_and_the_exit_status() -> None:
    text = parser().format_help()
    for words in (
        "check",
        "draft",
        "--compare",
        "--update-baseline",
        "exit status: 0 passed, 1 the gate failed, 2 could not run",
    ):
        assert words in text


def test_helping_or_checking_loads_nothing_heavy() -> None:
    heavy = ("chromadb", "llama_index", "gradio", "openai", "onnxruntime", "jinja2")
    code = f"import sys; from eval.cli import main; main(['check']); print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]"), done.stdout
