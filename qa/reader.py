"""Question + passages → the spans that answer, with scores: a small extractive model, run by ONNX.

    passage → windows of tokens → start and end logits for every token → Reading (spans, scores, 'no answer')

Every offset is a character of the passage as it was given. A span's score is its start logit plus its end logit; the
first token of the input stands for 'no answer' (Devlin et al. 2019, arXiv:1810.04805), and what a span's score has over
that token's is its margin: positive where the model rather believes that the passage answers. Margins of one question
compare between passages. `qa/models/README.md` says what the model was trained on and what it gets wrong.

    >>> reader = Reader()
    >>> passage = "The meeting took place in Ghent on 4 May."
    >>> reading = reader.read("Where was the meeting?", [passage])[0]
    >>> passage[reading.spans[0].start : reading.spans[0].end]
    'Ghent'
"""

from __future__ import annotations

import heapq
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.checksums import NAME as CHECKSUMS
from index.checksums import verify
from index.embed import MODELS as EMBEDDER_MODELS
from index.embed import available_cores
from index.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Logits = NDArray[np.float32]
    Offsets = NDArray[np.int64]

MODELS = Path(__file__).parent / "models"
NOTHING = -40.0
"""The margin of a passage without any span: lower than a model gives."""

_MASKED = -1e4


@dataclass(frozen=True, slots=True)
class ReaderSpan:
    """`passage[start:end]`, in characters, and its score (start logit + end logit)."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader saw in one passage.

    `spans` are the best that do not overlap, best first. `no_answer` is the score of there being none. The four arrays,
    one entry for each token of the passage, are what `best_within` looks in: the characters a token covers, and its
    logits, where a token that cannot begin (end) a span, as it is inside a word, has a very low one.
    """

    spans: tuple[ReaderSpan, ...]
    no_answer: float
    longest: int = field(default=30, repr=False)
    """Tokens of a span, at most."""
    starts: Offsets | None = field(default=None, repr=False, compare=False)
    ends: Offsets | None = field(default=None, repr=False, compare=False)
    start_logits: Logits | None = field(default=None, repr=False, compare=False)
    end_logits: Logits | None = field(default=None, repr=False, compare=False)

    @property
    def margin(self) -> float:
        """The best span's score less that of 'no answer'; `NOTHING` where there is no span."""
        return self.spans[0].score - self.no_answer if self.spans else NOTHING

    def best_within(self, start: int, end: int) -> ReaderSpan | None:
        """The best span that lies in characters [start, end) of the passage, say in one sentence; None without one."""
        if self.starts is None or self.ends is None or self.start_logits is None or self.end_logits is None:
            return None
        import numpy as np

        first = int(np.searchsorted(self.starts, start, side="left"))
        last = int(np.searchsorted(self.ends, end, side="right"))
        found = _best(self.start_logits, self.end_logits, first, last, self.longest)
        if found is None:
            return None
        score, opening, closing = found
        return ReaderSpan(int(self.starts[opening]), int(self.ends[closing]), score)


@dataclass(frozen=True, slots=True)
class _Template:
    """What a tokenizer puts around a pair of texts: ids and types before, between and after them."""

    before: list[int]
    between: list[int]
    after: list[int]
    types: tuple[list[int], list[int], list[int]]
    question_type: int
    passage_type: int
    padding: int

    @property
    def size(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens [begin, end) of a passage as a model's input; they begin at `shift` in it."""

    passage: int
    begin: int
    end: int
    shift: int
    ids: list[int]
    types: list[int]


class Reader:
    """An extractive model in ONNX. Loaded at the first use, once; usable from several threads.

    Passages are tokenised once; a long one is read in windows that overlap. Windows are sorted by length and run in
    batches of about `TOKENS` tokens. What a passage gets does not depend on the others in the call, nor on the number
    of cores: the margins differ by less than 1e-3.

    The model's inputs are `input_ids`, `attention_mask` and, if it has it, `token_type_ids`, (batch, length) int64; its
    outputs are `start_logits` and `end_logits`, or else its first two, (batch, length) float32. The first token of the
    input must stand for 'no answer', as in models trained on SQuAD 2.0.
    """

    LENGTH = 224
    """Tokens of a window, question included; the shipped model was trained on no more."""
    OVERLAP = 64
    """Tokens that neighbouring windows share."""
    QUESTION = 64
    """Tokens of a question that count."""
    CONTEXT = 32
    """Tokens of a context that count."""
    LONGEST = 30
    """Tokens of a span, at most."""
    TOKENS = 2048
    """Tokens of a batch, padding included."""

    def __init__(self, model: Path = MODELS, *, spans: int = 3) -> None:
        """
        Args:
            model: a folder with one ONNX file, or the file; its `tokenizer.json` lies beside it (the shipped model
                shares the embedder's). Where there is a `checksums.sha256` beside it, it is verified.
            spans: how many spans a reading has, at most.
        """
        self._model = model
        self._spans = spans
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None
        self._template: _Template | None = None
        self._inputs: frozenset[str] = frozenset()
        self._outputs: list[str] = []

    def load(self) -> None:
        """Loads the model if it is not loaded yet.

        Raises:
            ModelError: a file is missing, is not what its checksum says, or is no extractive model.
        """
        with self._lock:
            if self._session is not None:
                return
            file = _model_file(self._model)
            own = file.parent.resolve() == MODELS.resolve()
            if own or (file.parent / CHECKSUMS).exists():
                verify(file.parent)
            beside = file.parent / "tokenizer.json"
            if own and not beside.exists():
                beside = EMBEDDER_MODELS / "tokenizer.json"
            import onnxruntime as ort
            from tokenizers import Tokenizer

            options = ort.SessionOptions()
            options.intra_op_num_threads = available_cores()
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            # Threads that wait by spinning take from others what they do not use themselves.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            try:
                tokenizer = Tokenizer.from_file(str(beside))
                session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
            # Both libraries raise bare Exceptions of their own for a file that is missing or is no model.
            except Exception as error:
                said = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise ModelError(
                    f"The reader {file} with {beside} cannot be loaded ({said}): set QA_READER to `local`, or to a "
                    "folder with an extractive ONNX model and its tokenizer.json."
                ) from None
            tokenizer.no_padding()
            tokenizer.no_truncation()
            inputs = frozenset(item.name for item in session.get_inputs())
            outputs = [item.name for item in session.get_outputs()]
            if not {"input_ids", "attention_mask"} <= inputs <= {"input_ids", "attention_mask", "token_type_ids"}:
                raise ModelError(
                    f"The reader {file} takes {', '.join(sorted(inputs))}: it must take input_ids, attention_mask and, "
                    "if it likes, token_type_ids. Set QA_READER to another one."
                )
            if len(outputs) < 2:
                raise ModelError(f"The reader {file} has no start and end logits: set QA_READER to another one.")
            named = ["start_logits", "end_logits"]
            self._outputs = named if set(named) <= set(outputs) else outputs[:2]
            self._inputs = inputs
            self._tokenizer = tokenizer
            self._template = _template(tokenizer)
            self._session = session

    def read(
        self, question: str, passages: Sequence[str], contexts: Sequence[str] | None = None
    ) -> tuple[Reading, ...]:
        """Read every passage for one question.

        Args:
            question: only its first `QUESTION` tokens count; a blank one has no spans anywhere.
            passages: any texts; a long one is read in windows, an empty one has no spans.
            contexts: for each passage what stands above it (say title · section); read with it, never part of a span.

        Returns:
            One reading for each passage, in their order.

        Raises:
            ModelError: the model cannot be loaded.
            ValueError: there are not as many contexts as passages.
        """
        if contexts is not None and len(contexts) != len(passages):
            raise ValueError(f"{len(passages)} passages, {len(contexts)} contexts")
        if not question.strip() or not any(passage.strip() for passage in passages):
            return tuple(Reading((), 0.0) for _ in passages)
        self.load()
        above = contexts if contexts is not None else [""] * len(passages)
        encodings = self._tokenizer.encode_batch(
            [_encodable(text) for text in (question, *above, *passages)], add_special_tokens=False
        )
        asked = encodings[0].ids[: self.QUESTION]
        headed = [encoding.ids[: self.CONTEXT] for encoding in encodings[1 : 1 + len(passages)]]
        tokens = encodings[1 + len(passages) :]
        windows = [
            window
            for number, encoding in enumerate(tokens)
            for window in self._windows(number, asked, headed[number], encoding.ids)
        ]
        logits = self._run(windows)
        parts: list[list[tuple[_Window, Any, Any]]] = [[] for _ in passages]
        for window, (starts, ends) in zip(windows, logits, strict=True):
            parts[window.passage].append((window, starts, ends))
        return tuple(
            self._reading(passage, encoding, part)
            for passage, encoding, part in zip(passages, tokens, parts, strict=True)
        )

    def _windows(self, number: int, asked: list[int], above: list[int], ids: list[int]) -> list[_Window]:
        template = self._template
        assert template is not None
        shift = len(template.before) + len(asked) + len(template.between) + len(above)
        room = self.LENGTH - shift - len(template.after)
        before, between, after = template.types
        windows = []
        for begin in range(0, len(ids), room - self.OVERLAP):
            end = min(begin + room, len(ids))
            part = [*above, *ids[begin:end]]
            windows.append(
                _Window(
                    number,
                    begin,
                    end,
                    shift,
                    [*template.before, *asked, *template.between, *part, *template.after],
                    [
                        *before,
                        *[template.question_type] * len(asked),
                        *between,
                        *[template.passage_type] * len(part),
                        *after,
                    ],
                )
            )
            if end == len(ids):
                break
        return windows

    def _run(self, windows: Sequence[_Window]) -> list[tuple[Logits, Logits]]:
        """(start, end) logits of every window, each (tokens of the window,)."""
        import numpy as np

        template = self._template
        assert template is not None
        order = sorted(range(len(windows)), key=lambda number: len(windows[number].ids))
        result: list[Any] = [None] * len(windows)
        at = 0
        while at < len(order):
            size = 1
            while at + size < len(order) and (size + 1) * len(windows[order[at + size]].ids) <= self.TOKENS:
                size += 1
            rows = order[at : at + size]
            width = len(windows[rows[-1]].ids)
            inputs = {
                "input_ids": np.full((size, width), template.padding, dtype=np.int64),
                "attention_mask": np.zeros((size, width), dtype=np.int64),
                "token_type_ids": np.zeros((size, width), dtype=np.int64),
            }
            for row, number in enumerate(rows):
                length = len(windows[number].ids)
                inputs["input_ids"][row, :length] = windows[number].ids
                inputs["attention_mask"][row, :length] = 1
                inputs["token_type_ids"][row, :length] = windows[number].types
            wanted = {name: value for name, value in inputs.items() if name in self._inputs}
            starts, ends = self._session.run(self._outputs, wanted)
            for row, number in enumerate(rows):
                length = len(windows[number].ids)
                result[number] = (starts[row, :length], ends[row, :length])
            at += size
        return result

    def _reading(self, passage: str, encoding: Any, parts: Sequence[tuple[_Window, Any, Any]]) -> Reading:
        if not parts:
            return Reading((), 0.0)
        import numpy as np

        count = len(encoding.ids)
        start_logits, end_logits = np.empty(count, np.float32), np.empty(count, np.float32)
        first_starts, first_ends = parts[0][1], parts[0][2]
        for place, (window, starts, ends) in enumerate(parts):
            # Where windows overlap, a token counts in the one that shows more around it; a window's logits are moved so
            # that its 'no answer' scores as the first window's, which keeps the margin of every span what it was.
            begin = window.begin if place == 0 else (window.begin + parts[place - 1][0].end) // 2
            inside = slice(begin - window.begin + window.shift, window.end - window.begin + window.shift)
            start_logits[begin : window.end] = starts[inside] - starts[0] + first_starts[0]
            end_logits[begin : window.end] = ends[inside] - ends[0] + first_ends[0]
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(count, 2)
        words = encoding.word_ids
        same = (word is not None and word == before for before, word in pairwise(words))
        inner = np.fromiter(same, bool, count - 1)
        start_logits[1:][inner] = _MASKED
        end_logits[:-1][inner] = _MASKED
        closings = np.fromiter((_closing(passage, end) for end in offsets[:, 1].tolist()), np.int64, count)
        openings = offsets[:, 0].copy()
        spans = _best_spans(start_logits, end_logits, self._spans, self.LONGEST)
        return Reading(
            tuple(ReaderSpan(int(openings[first]), int(closings[last]), score) for score, first, last in spans),
            float(first_starts[0] + first_ends[0]),
            self.LONGEST,
            openings,
            closings,
            start_logits,
            end_logits,
        )


def heading_of(title: str, section: str) -> str:
    """What a passage is read below: its document's title and its section, either of which may be empty."""
    return " · ".join(filter(None, (title, section)))


def open_reader(setting: str) -> Reader | None:
    """The reader that a `QA_READER` setting names: `local`, `none` (None), or the path of another model."""
    if setting == "none":
        return None
    return Reader() if setting == "local" else Reader(Path(setting).expanduser())


def _model_file(path: Path) -> Path:
    """The ONNX file that `path` is, or that lies in it."""
    if path.is_file():
        return path
    found = sorted(path.glob("*.onnx"))
    if not found:
        fix = "install the program again" if path == MODELS else "set QA_READER to `local` or to a folder with one"
        raise ModelError(f"No ONNX model in {path}: {fix}.")
    preferred = [file for file in found if file.name in ("reader.onnx", "model.onnx")]
    return (preferred or found)[0]


def _template(tokenizer: Any) -> _Template:
    """Learn what the tokenizer puts around a pair by letting it encode one."""
    encoding = tokenizer.encode("a", "b")
    sides = encoding.sequence_ids
    first, second = sides.index(0), sides.index(1)
    first_end = max(place for place, side in enumerate(sides) if side == 0) + 1
    second_end = max(place for place, side in enumerate(sides) if side == 1) + 1
    ids, types = encoding.ids, encoding.type_ids
    padding = tokenizer.token_to_id("[PAD]")
    if padding is None:
        padding = tokenizer.token_to_id("<pad>")
    return _Template(
        ids[:first],
        ids[first_end:second],
        ids[second_end:],
        (types[:first], types[first_end:second], types[second_end:]),
        types[first],
        types[second],
        padding or 0,
    )


def _encodable(text: str) -> str:
    """The text with a question mark for every lone surrogate, which no tokenizer takes; no character moves."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _closing(passage: str, end: int) -> int:
    """The end of a token with the marks that belong to its last character, which normalisation takes off."""
    while end < len(passage) and unicodedata.category(passage[end]) in ("Mn", "Mc", "Me"):
        end += 1
    return end


def _best(starts: Logits, ends: Logits, first: int, last: int, longest: int) -> tuple[float, int, int] | None:
    """(score, first token, last token) of the best span in tokens [first, last) of at most `longest` tokens."""
    import numpy as np

    if last <= first:
        return None
    size = min(longest, last - first)
    padded = np.full(last - first + size - 1, _MASKED, dtype=np.float32)
    padded[: last - first] = ends[first:last]
    following = np.lib.stride_tricks.sliding_window_view(padded, size)
    distances = following.argmax(axis=1)
    scores = starts[first:last] + following[np.arange(last - first), distances]
    opening = int(scores.argmax())
    score = float(scores[opening])
    if score <= _MASKED / 2:
        return None
    return score, first + opening, first + opening + int(distances[opening])


def _best_spans(starts: Logits, ends: Logits, wanted: int, longest: int) -> list[tuple[float, int, int]]:
    """The best spans that do not overlap: each found splits its stretch of tokens, and the best of the rest is next."""
    heap: list[tuple[float, int, int, int, int]] = []

    def look(first: int, last: int) -> None:
        found = _best(starts, ends, first, last, longest)
        if found is not None:
            heapq.heappush(heap, (-found[0], found[1], found[2], first, last))

    look(0, len(starts))
    result: list[tuple[float, int, int]] = []
    while heap and len(result) < wanted:
        negated, opening, closing, first, last = heapq.heappop(heap)
        result.append((-negated, opening, closing))
        look(first, opening)
        look(closing + 1, last)
    return result
