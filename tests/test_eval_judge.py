"""The model judge, with LlamaIndex's evaluators and a scripted model."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import apart
from test_eval_gate import row

from eval.judge import judge, open_llm, summary
from index.errors import FootnoteError, SettingsError
from qa.settings import Settings


def scripted(*replies: str | Exception) -> Any:
    """A LlamaIndex model that gives the replies in turn, and keeps what it was asked."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Scripted(CustomLLM):
        queue: list[Any]
        asked: list[str]

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="scripted", context_window=8192)

        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            self.asked.append(prompt)
            reply = self.queue.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return CompletionResponse(text=reply)

        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            raise NotImplementedError

    return Scripted(queue=list(replies), asked=[])


def answered(id_: str, sentence: str = "Two boats sank.", quote: str = "Two boats sank on Monday.") -> dict[str, Any]:
    answer = {
        "status": "answered", "sentences": [{"text": sentence}], "citations": [{"quote": quote}], "text": sentence,
        "confidence": 0.9, "tokens": None,
    }  # fmt: skip
    return row(id_, answer=answer, question="How many?", reference="Two boats.")


def test_answers_are_graded_and_refusals_left_alone() -> None:
    model = scripted("4.5\nSays the same.", "YES", "2.0\nSays something else.", "NO")
    refused = row(
        "refused", answer={"status": "not_found", "sentences": [], "text": "no", "confidence": 0, "tokens": None}
    )
    opinions = apart(lambda: judge([answered("a"), refused, answered("b", "Three boats sank.")], model))
    assert [(one.id, one.correctness, one.faithful) for one in opinions] == [("a", 4.5, True), ("b", 2.0, False)]
    assert opinions[0].feedback == "Says the same."
    assert "Two boats sank on Monday." in model.asked[1], "the quotes cited are what faithfulness is judged on"
    assert summary(opinions, "scripted") == {
        "judge": "scripted", "answers judged": 2, "correctness, mean of 1 to 5": 3.25,
        "correctness of 4 and above": "1 of 2", "faithful to the quotes cited": "1 of 2", "without a usable verdict": 0,
    }  # fmt: skip


def test_a_judge_that_rambles_or_fails_later_is_counted_not_raised() -> None:
    model = scripted("4\nfine", "YES", "what a question", "NO", RuntimeError("gone"))
    opinions = apart(lambda: judge([answered("a"), answered("b"), answered("c")], model))
    assert [(one.correctness, one.faithful) for one in opinions] == [(4.0, True), (None, False), (None, None)]
    assert summary(opinions, "m")["without a usable verdict"] == 2
    assert "gone" in opinions[2].feedback


def test_a_judge_that_cannot_be_reached_is_said_so() -> None:
    with pytest.raises(FootnoteError, match="The judge did not answer"):
        apart(lambda: judge([answered("a")], scripted(RuntimeError("refused"))))


def test_without_a_model_there_is_no_judge() -> None:
    with pytest.raises(SettingsError, match="--judge needs a model"):
        open_llm(Settings())
    assert open_llm(Settings(base_url="http://127.0.0.1:9/v1", model="m")).metadata.model_name == "m"
