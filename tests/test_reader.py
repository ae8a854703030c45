"""The reader: offsets into the passage as given, scores that compare, odd input, other models.

Most tests run a tiny model made on the spot: a token's start and end logits are looked up by its word, so that what the
reader must find is known. The shipped model is read at the end.
"""

from __future__ import annotations

import hashlib
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from index.errors import ModelError
from qa.reader import MODELS, NOTHING, Reader, Reading, open_reader

WORDS = {
    # word: (start logit, end logit)
    "[PAD]": (0.0, 0.0),
    "[UNK]": (-1.0, -1.0),
    "[CLS]": (1.0, 1.0),
    "[SEP]": (9.0, 9.0),
    "ghent": (3.0, 3.0),
    "new": (5.0, -2.0),
    "york": (-2.0, 5.0),
    "where": (8.0, 8.0),
    "lyon": (1.5, 1.5),
    "cafe": (4.0, 4.0),
}


def _message(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _value(name: str, kind: int) -> bytes:
    shape = b"".join(_message(1, _message(2, axis)) for axis in (b"batch", b"length"))
    return _message(1, name.encode()) + _message(2, _message(1, _integer(1, kind) + _message(2, shape)))


def lookup_model(columns: dict[str, list[float]], inputs: tuple[str, ...]) -> bytes:
    """An ONNX file whose outputs are `columns[name][input_ids]`; written by hand, as nothing at run time needs onnx."""
    graph = _message(2, b"lookup")
    for name, values in columns.items():
        node = _message(1, f"{name}.table".encode()) + _message(1, b"input_ids") + _message(2, name.encode())
        graph += _message(1, node + _message(4, b"Gather"))
        raw = struct.pack(f"<{len(values)}f", *values)
        tensor = _integer(1, len(values)) + _integer(2, 1) + _message(8, f"{name}.table".encode())
        graph += _message(5, tensor + _message(9, raw))
    graph += b"".join(_message(11, _value(name, 7)) for name in inputs)
    graph += b"".join(_message(12, _value(name, 1)) for name in columns)
    return _integer(1, 8) + _message(7, graph) + _message(8, _message(1, b"") + _integer(2, 13))


def write_reader(
    folder: Path,
    outputs: tuple[str, str] = ("start_logits", "end_logits"),
    inputs: tuple[str, ...] = ("input_ids", "attention_mask"),
) -> Path:
    """A reader that finds Ghent, New York, a café and, hardly, Lyon."""
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    columns = {name: [pair[side] for pair in WORDS.values()] for side, name in enumerate(outputs)}
    (folder / "model.onnx").write_bytes(lookup_model(columns, inputs))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(write_reader(tmp_path_factory.mktemp("reader")))


@pytest.fixture(scope="module")
def shipped() -> Reader:
    return Reader()


def texts(passage: str, reading: Reading) -> list[str]:
    return [passage[span.start : span.end] for span in reading.spans]


def test_spans_come_best_first_and_do_not_overlap(tiny: Reader) -> None:
    passage = "From Lyon to New York, then Ghent."
    (reading,) = tiny.read("Where?", [passage])
    assert texts(passage, reading) == ["New York", "Ghent", "Lyon"]
    assert [span.score for span in reading.spans] == [10.0, 6.0, 3.0]
    assert reading.no_answer == 2.0
    assert reading.margin == 8.0


def test_neither_question_nor_special_tokens_are_ever_a_span(tiny: Reader) -> None:
    passage = "where it was, nobody knows"
    (reading,) = tiny.read("Where Ghent [SEP] Ghent?", ["it was lost"])
    assert reading.margin < 0
    (reading,) = tiny.read("Ghent?", [passage])
    assert texts(passage, reading)[0] == "where"


def test_readings_come_in_the_order_of_the_passages_whatever_their_length(tiny: Reader) -> None:
    passages = ["a long way " * 40 + "Ghent", "New York", "", "x " * 90, "Lyon"]
    readings = tiny.read("Where?", passages)
    found = [texts(passage, reading)[:1] for passage, reading in zip(passages, readings, strict=True)]
    assert found[0] == ["Ghent"]
    assert found[1] == ["New York"]
    assert found[2] == []
    assert found[4] == ["Lyon"]
    assert readings[2].margin == NOTHING
    assert readings[3].margin < 0


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        ("😀😀 𝒳 ", "Ghent"),
        ("\r\n\r\n\t", "Ghent"),
        ("日本語の文。", "Ghent"),
        ("naïve e\u0301te\u0301 ", "New York"),
        ("ﬁ \u200b\x00\x07 ", "Ghent"),
        ("İstanbul, ", "Ghent"),
        ("\ud800 \udfff ", "Ghent"),
    ],
)
def test_offsets_are_characters_of_the_passage_as_given(tiny: Reader, before: str, answer: str) -> None:
    passage = before + answer + " 𝒳."
    (reading,) = tiny.read("Where?", [passage])
    assert texts(passage, reading)[0] == answer


def test_a_combining_mark_stays_with_its_letter(tiny: Reader) -> None:
    passage = "the cafe\u0301, Ghent"
    (reading,) = tiny.read("Where?", [passage])
    assert texts(passage, reading)[0] == "cafe\u0301"


def test_the_context_is_read_but_never_a_span(tiny: Reader) -> None:
    passage = "Lyon it was."
    (reading,) = tiny.read("Where?", [passage], ["New York · Ghent"])
    assert texts(passage, reading)[0] == "Lyon"
    assert all(0 <= span.start < span.end <= len(passage) for span in reading.spans)


def test_as_many_contexts_as_passages(tiny: Reader) -> None:
    with pytest.raises(ValueError, match="1 passages, 2 contexts"):
        tiny.read("Where?", ["Ghent"], ["a", "b"])


def test_best_within_looks_only_where_it_is_told(tiny: Reader) -> None:
    passage = "It was New York. Or Ghent. Or nowhere at all."
    (reading,) = tiny.read("Where?", [passage])
    second = passage.index("Or Ghent")
    found = reading.best_within(second, second + len("Or Ghent."))
    assert found is not None
    assert passage[found.start : found.end] == "Ghent"
    assert found.score == 6.0
    assert reading.best_within(0, len(passage)) == reading.spans[0]
    half = passage.index("York")
    found = reading.best_within(half, half + 5)
    assert found is not None
    assert found.start == half
    assert reading.best_within(3, 3) is None
    assert reading.best_within(4, 5) is None
    assert Reading((), 0.0).best_within(0, 9) is None


def test_a_long_passage_is_read_to_its_end(tiny: Reader) -> None:
    passage = "nothing here. " * 3000 + "New York" + " and more." * 3000
    (reading,) = tiny.read("Where?", [passage])
    assert texts(passage, reading)[0] == "New York"
    assert reading.starts is not None
    assert reading.ends is not None
    assert (reading.starts[1:] >= reading.starts[:-1]).all()
    assert reading.ends[-1] == len(passage)


@pytest.mark.parametrize("place", range(100, 260, 7))
def test_a_span_across_the_edge_of_a_window_is_found(tiny: Reader, place: int) -> None:
    passage = "so " * place + "New York" + " so" * 300
    (reading,) = tiny.read("Where?", [passage])
    assert texts(passage, reading)[0] == "New York"
    assert reading.spans[0].score == 10.0


@pytest.mark.parametrize("question", ["", "  \n", "?", "\x00", "where " * 20_000, "\ud800", "日本"])
def test_no_question_is_too_odd(tiny: Reader, question: str) -> None:
    passages = ["In Ghent.", "", " ", "\x00\x01", "\ud800", "\u0301", "字" * 100_000]
    readings = tiny.read(question, passages)
    assert len(readings) == len(passages)
    if not question.strip():
        assert all(reading.spans == () for reading in readings)


def test_no_passages_no_readings(tiny: Reader) -> None:
    assert tiny.read("Where?", []) == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=400), max_size=4))
def test_any_text_gives_spans_inside_it(tiny: Reader, question: str, passages: list[str]) -> None:
    for passage, reading in zip(passages, tiny.read(question, passages), strict=True):
        for span in reading.spans:
            assert 0 <= span.start < span.end <= len(passage)
            assert reading.best_within(span.start, span.end) is not None


def test_other_names_of_outputs_and_more_inputs_do(tmp_path: Path) -> None:
    folder = write_reader(tmp_path, ("output_0", "output_1"), ("input_ids", "attention_mask", "token_type_ids"))
    passage = "From Lyon to New York."
    reader = open_reader(str(folder))
    assert reader is not None
    assert texts(passage, reader.read("Where?", [passage])[0])[0] == "New York"
    reader = open_reader(str(folder / "model.onnx"))
    assert reader is not None
    assert texts(passage, reader.read("Where?", [passage])[0])[0] == "New York"


def test_none_is_no_reader() -> None:
    assert open_reader("none") is None


def test_a_model_that_is_not_there_or_not_one_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No ONNX model in .*QA_READER"):
        Reader(tmp_path / "nowhere").load()
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Reader(tmp_path).load()
    write_reader(tmp_path, inputs=("input_ids", "attention_mask", "pixels"))
    with pytest.raises(ModelError, match="takes attention_mask, input_ids, pixels"):
        Reader(tmp_path).load()


def test_a_changed_file_is_not_loaded(tmp_path: Path) -> None:
    folder = write_reader(tmp_path)
    sum_ = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    (folder / "checksums.sha256").write_text(f"{sum_}  model.onnx\n", "utf-8")
    Reader(folder).load()
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes() + b"\x00")
    with pytest.raises(ModelError, match="damaged"):
        Reader(folder).load()


def test_several_threads_read_alike(tmp_path: Path) -> None:
    reader = Reader(write_reader(tmp_path))
    passages = ["From Lyon to New York.", "In Ghent."]
    found: list[tuple[Reading, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(reader.read("Where?", passages))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(readings == found[0] for readings in found)


PASSAGE = (
    "The harbour of Zeebrugge was opened in 1907 by King Leopold II. It handles cars, containers and liquefied gas. "
    "A pier of 2.4 kilometres shelters it from the North Sea."
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the harbour opened?", "1907"),
        ("who opened the harbour of zeebrugge", "King Leopold II"),
        ("How long is the pier?", "2.4 kilometres"),
    ],
)
def test_the_shipped_reader_finds_the_answer(shipped: Reader, question: str, answer: str) -> None:
    (reading,) = shipped.read(question, [PASSAGE])
    assert texts(PASSAGE, reading)[0] == answer
    assert reading.margin > 0


def test_the_shipped_reader_scores_a_passage_without_the_answer_lower(shipped: Reader) -> None:
    other = "The harbour of Antwerp lies on the Scheldt. Most of its trade is in chemicals and containers."
    with_it, without = shipped.read("Who opened the harbour of Zeebrugge?", [PASSAGE, other])
    assert with_it.margin > without.margin + 3


def test_the_shipped_reader_does_not_care_what_else_is_read(shipped: Reader) -> None:
    question = "How long is the pier?"
    (alone,) = shipped.read(question, [PASSAGE])
    crowd = shipped.read(question, ["Short.", PASSAGE, PASSAGE * 9, "Another passage. " * 20, PASSAGE[:70]])
    assert [(span.start, span.end) for span in crowd[1].spans] == [(span.start, span.end) for span in alone.spans]
    assert abs(crowd[1].margin - alone.margin) < 1e-3
    assert abs(crowd[1].no_answer - alone.no_answer) < 1e-3


def test_the_shipped_reader_is_small_and_says_what_it_is() -> None:
    assert (MODELS / "reader.onnx").stat().st_size <= 25_000_000
    assert "SQuADShifts" in (MODELS / "README.md").read_text("utf-8")
    assert (MODELS / "NOTICE").exists()
