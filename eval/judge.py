"""A model as judge: LlamaIndex's correctness and faithfulness evaluators over a run's answers. An option, reported
apart.

A judge is another model's opinion: it varies between runs, likes long answers and its own style (Zheng et al.
2023, NeurIPS), so the gate never rests on it. LlamaIndex is imported only when it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.record import Row
from index.errors import FootnoteError, SettingsError
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.evaluation import EvaluationResult
    from llama_index.core.llms import LLM

PASSING = 4.0
"""LlamaIndex's correctness runs from 1 to 5; this and above passes, its own default."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the judge thinks of one answer: `correctness` from 1 to 5 against the reference answer, `faithful` whether
    the cited quotes bear it out; None where it gave no usable verdict. `feedback` is its reason."""

    id: str
    correctness: float | None
    faithful: bool | None
    feedback: str


def judge(rows: Sequence[Row], llm: LLM, progress: Callable[[Opinion], None] = lambda opinion: None) -> list[Opinion]:
    """Judges every answer that states something and has a reference to hold it against; the others have nothing to
    judge.

    Raises:
        FootnoteError: the model cannot be reached for the first answer; later failures leave that answer's fields None.
    """
    return asyncio.run(_judge(rows, llm, progress))


async def _judge(rows: Sequence[Row], llm: LLM, progress: Callable[[Opinion], None]) -> list[Opinion]:
    from llama_index.core.evaluation import CorrectnessEvaluator, FaithfulnessEvaluator

    correctness = CorrectnessEvaluator(llm=llm, score_threshold=PASSING)
    faithfulness = FaithfulnessEvaluator(llm=llm)
    opinions: list[Opinion] = []
    for one in rows:
        answer = one["answer"]
        if not answer or answer["status"] != "answered" or not one["reference"] or not answer["sentences"]:
            continue
        text = "\n".join(sentence["text"] for sentence in answer["sentences"])
        quotes = [cited["quote"] for cited in answer["citations"]]
        asked = one["standalone"] or one["question"]
        try:
            right = await _verdict(correctness.aevaluate(query=asked, response=text, reference=one["reference"]))
            faithful = await _verdict(faithfulness.aevaluate(response=text, contexts=quotes)) if quotes else None
        except Exception as error:
            if not opinions:
                raise FootnoteError(
                    f"The judge did not answer ({type(error).__name__}: {error}): check QA_MODEL and OPENAI_BASE_URL."
                ) from error
            opinions.append(Opinion(one["id"], None, None, f"{type(error).__name__}: {error}"))
        else:
            opinions.append(
                Opinion(
                    one["id"],
                    None if right is None or right.score is None else float(right.score),
                    None if faithful is None else bool(faithful.passing),
                    (right.feedback or "").strip() if right else "",
                )
            )
        progress(opinions[-1])
    return opinions


async def _verdict(evaluation: Awaitable[EvaluationResult]) -> EvaluationResult | None:
    """The evaluator's result, or None where the judge's words hold no verdict, a ValueError of its parser."""
    try:
        return await evaluation
    except ValueError:
        return None


def summary(opinions: Sequence[Opinion], model: str) -> dict[str, Any]:
    """The judge's means, for the reports."""
    scores = [one.correctness for one in opinions if one.correctness is not None]
    faithful = [one.faithful for one in opinions if one.faithful is not None]
    unusable = sum(one.correctness is None for one in opinions)
    return {
        "judge": model,
        "answers judged": len(opinions),
        "correctness, mean of 1 to 5": round(sum(scores) / len(scores), 2) if scores else None,
        f"correctness of {PASSING:g} and above": _share([score >= PASSING for score in scores]),
        "faithful to the quotes cited": _share(faithful),
        "without a usable verdict": unusable,
    }


def _share(values: Sequence[bool]) -> str | None:
    return f"{sum(values)} of {len(values)}" if values else None


def open_llm(settings: Settings) -> LLM:
    """The configured model.

    Raises:
        SettingsError: none is configured.
    """
    if not settings.model_configured or not settings.model:
        raise SettingsError("--judge needs a model: set QA_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL.")
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model=settings.model,
        api_base=settings.base_url,
        api_key=settings.api_key or "none",
        is_chat_model=True,
        temperature=0.0,
        timeout=settings.timeout,
    )
