"""Several questions in one, and their answers as one. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.conversation import carried
from qa.sources import Draft
from qa.types import AnswerSentence, Citation

_PARTS = re.compile(r"\s*(?:,\s*)?\b(?:and|as well as)\s+(?:also\s+)?(?=(?:who|when|where|why|what|which|how)\b)", re.I)
_BARE = re.compile(r"^\W*(?:(?:and|in|on|at|by)\s+)?(?P<wh>who(?:m|se)?|when|where|why|how|what|which)\W*$", re.I)
_WHO_WERE_THEY = re.compile(
    r"^\W*(?P<wh>who|what|which)\s+(?:is|are|was|were)\s+(?:it|he|she|they|these|those)\W*$", re.IGNORECASE
)
_COUNTING = re.compile(r"^\W*(?:how many|what number of)\s+", re.IGNORECASE)


def questions(text: str) -> list[str]:
    """ "When and where was it?" → both questions; "who led it and when was it?" → both, the second with its topic."""
    parts = _PARTS.split(text)
    if len(parts) != 2 or len(text.split()) > 40:
        return [text]
    first, second = parts
    if bare := _BARE.match(first):
        body = re.sub(r"^\W*\w+\s*", "", second)
        return [f"{bare['wh']} {body}", second]
    if bare := _BARE.match(second):  # "when will it be held, and where?"
        body = re.sub(r"^\W*\w+\s*", "", first.rstrip(" ,?"))
        return [f"{first.rstrip(' ,')}?", f"{bare['wh']} {body}?"]
    if len(second.split()) < 2:
        return [text]
    if match := _WHO_WERE_THEY.match(second):  # "how many … were there, and who were they?"
        second = f"{match['wh']} {re.sub(_COUNTING, '', first).strip(' ,?')}?"
    first = first.rstrip(" ,?") + "?"
    return [first, carried(second, first)]


_PAIR = re.compile(
    r"^\W*(?P<asks>(?:what|which) (?:are|were)|(?:please )?(?:list|name|give(?: me)?|show(?: me)?))\s+"
    r"(?:all\s+)?(?:the\s+)?(?P<one>(?:[\w-]+\s+)?[\w-]{3,}s)\s+and\s+"
    r"(?:the\s+)?(?P<other>(?:[\w-]+\s+)?[\w-]{3,}s)(?P<of>\s+(?:of|in|from)\s+[^?]+)?\W*$",
    re.IGNORECASE,
)


def lists(text: str) -> list[str]:
    """ "What are the risks and the recommendations?" → a question for each; nothing of any other text."""
    match = _PAIR.match(text)
    if not match:
        return []
    return [f"{match['asks']} the {part}{match['of'] or ''}?" for part in (match["one"], match["other"])]


def joined(drafts: Sequence[Draft]) -> Draft:
    """One answer of several; what could not be answered is said in the notice."""
    good = [draft for draft in drafts if draft.status == "answered"]
    if not good:
        return drafts[0]
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    texts: list[str] = []
    seen: set[tuple[str, int, int]] = set()
    listed = any(re.search(r"(?m)^- ", draft.text) for draft in good)
    bullet = "- " if listed else ""
    for draft in good:
        for sentence, citation in zip(draft.sentences, draft.citations, strict=True):
            key = (citation.document, citation.start, citation.end)
            if key in seen:
                continue
            seen.add(key)
            number = len(citations) + 1
            citations.append(replace(citation, number=number))
            sentences.append(replace(sentence, citations=(number,)))
            texts.append(f"{bullet}{sentence.text} [{number}]")
    notice = None if len(good) == len(drafts) else "The documents answer only a part of the question."
    evidence = dict.fromkeys(item for draft in good for item in draft.evidence)
    return Draft(
        "answered",
        ("\n" if listed else " ").join(texts),
        tuple(sentences),
        tuple(citations),
        min(draft.confidence for draft in good),
        notice,
        tuple(evidence),
    )
