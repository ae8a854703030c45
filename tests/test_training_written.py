"""The questions written for the reader, and what it is tuned with."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from training import written
from training.written import places, read


def test_every_written_question_can_be_read() -> None:
    passages = read(None)
    assert len(passages) > 300
    asked = [question for passage in passages for question in passage.questions]
    assert all(question.question.strip() for question in asked)
    answered = sum(bool(question.answers) for question in asked)
    assert 0.4 < answered / len(asked) < 0.7
    assert 0.05 < sum(passage.held_out for passage in passages) / len(passages) < 0.2


def test_an_answer_stands_where_it_is_a_word_or_at_all() -> None:
    assert places("The art of the cart is art.", "art") == ((4, 7), (23, 26))
    assert places("The 12th of May", "12") == ((4, 6),)
    assert places("The 12th of May", [4, 8]) == ((4, 8),)
    assert places("The 12th of May", None) == ()
    with pytest.raises(ValueError):
        places("The 12th of May", "June")


def test_a_paragraph_of_wikipedia_is_found_by_its_digest(tmp_path: Path) -> None:
    text = "The mill burnt down in 1902."
    data = {"data": [{"title": "Old_mill", "paragraphs": [{"context": text}]}]}
    with gzip.open(tmp_path / "new_wiki_v1.0.json.gz", "wt", encoding="utf-8") as stream:
        json.dump(data, stream)
    questions = [{"q": "When did it burn?", "answer": [23, 27]}, {"q": "Who lit it?", "answer": None}]
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    entries = tmp_path / "entries"
    entries.mkdir()
    line = json.dumps({"id": "a", "passage": name, "questions": questions})
    (entries / "wiki_0.jsonl").write_text(line + "\n", "utf-8")
    (passage,) = read(tmp_path, entries)
    assert passage.heading == "Old mill"
    assert [passage.text[slice(*span)] for span in passage.questions[0].answers] == ["1902"]
    assert passage.questions[1].answers == ()
    assert read(None, entries) == []
    (entries / "wiki_0.jsonl").write_text(line.replace(name, "0" * 16) + "\n", "utf-8")
    with pytest.raises(SystemExit, match=r"no paragraph 0{16}, which wiki_0\.jsonl asks of"):
        read(tmp_path, entries)
    with pytest.raises(SystemExit, match="get SQuADShifts"):
        read(entries, entries)


def test_no_text_of_wikipedia_is_kept_here() -> None:
    for file in written.FOLDER.glob("wiki_*.jsonl"):
        for line in file.read_text("utf-8").split("\n")[:-1]:
            entry = json.loads(line)
            assert set(entry) == {"id", "passage", "questions"}
            assert all(each["answer"] is None or len(each["answer"]) == 2 for each in entry["questions"])
