"""Questions that one sentence cannot answer: lists, overviews, comparisons. Pure but for what it asks of the index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from index.terms import STOPWORDS, content_terms, ordinal
from index.types import Kind, Passage
from qa import rank
from qa.compose import Choice, compose
from qa.named import conditions, meeting
from qa.question import Question, parse
from qa.sources import Draft, Sources
from qa.types import Evidence

_MOST_POINTS = 8
_MOST_ITEMS = 14
_LOOKED_AT = 30
"""Passages among which a list, or what there is to say on a topic, is sought."""

_OVERVIEW = re.compile(
    r"\b(?:summari[sz]e|summary|summari[sz]ation|overview|gist|main (?:points?|ideas?|topics?|themes?|message)|key (?:points?|takeaways?|findings|messages?)"
    r"|takeaways?|in (?:a nutshell|short|brief)|outline)\b"
    r"|\bwhat (?:is|are|was|were) (?:the |this |these |that |it |both |all |each )?(?:[\w-]+ ){0,5}(?:all )?about\W*$"
    r"|\bwhat (?:do|does|did|can) .{1,60}\b(?:say|said|tell(?: us| me)?|report|state|mention|write|learn)(?: us)? (?:about|on|regarding|of)\b"
    r"|^\W*(?:please )?tell me (?:more |something |everything )?about\b|^\W*describe\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:differ(?:s|ed|ence|ences|ent)?|compar(?:e|ed|es|ison|ing)|versus|vs|contrast|distinguish(?:es)?|in common|similar(?:ities|ity)?"
    r"|same as|unlike)\b",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"\bwho\b.*\b(?:both|each|all(?: of)? the|several|more than one|two)\b.*\b(?:documents?|reports?|articles?|texts?|files?|sources?|dialogues?|lists?|meetings?|of them)?\b"
    r"|\b(?:people|persons?|officials?|names?|individuals?)\b.*\b(?:both|in common|each|all)\b",
    re.IGNORECASE,
)
_GENERIC = frozenset(
    term
    for word in """document documents report reports article articles text texts file files brief paper papers folder set source
    sources dialogue meeting event topic topics content contents point points main key overview summary list lists detail
    details thing things everything something say says tell describe summarise summarize explain outline compare difference
    differences differ comparison common similar similarities""".split()
    for term in content_terms(word)
)


def items(question: Question, sources: Sources) -> Draft | None:
    """The items of the list that a heading announces, where the question asks for several things and a heading names them."""
    if not question.several:
        return None
    found = meeting(question, sources.retrieve(question.text, _LOOKED_AT))
    wanted = {term: sources.weight(term) for term in question.terms if term not in _ASKED_FOR}
    total = sum(wanted.values()) or 1.0
    best: tuple[float, Evidence] | None = None
    for item in found:
        heading = item.passage.section.split(" › ")[-1]
        own = set(content_terms(heading)) & set(wanted)
        if not own or sum(part.kind is Kind.ITEM for part in item.passage.segments) < 2:
            continue
        around = own | set(content_terms(f"{item.passage.title} {item.passage.date or ''}")) & set(wanted)
        share = sum(wanted[term] for term in own) / total
        context = sum(wanted[term] for term in around) / total
        if share >= 0.3 and context >= 0.5 and (best is None or share + context > best[0]):
            best = (share + context, item)
    if best is None:
        return None
    section = best[1].passage
    chosen = [
        choice
        for passage in sources.passages(section.document)
        if passage.section == section.section
        for choice in _whole_items(passage)
    ]
    return compose(
        chosen[:_MOST_ITEMS], sources, confidence=min(0.95, best[0] / 2 + 0.3), evidence=found[:5], listed=True
    )


_ASKED_FOR = frozenset(
    term for word in "list name enumerate give show tell all please".split() for term in content_terms(word)
)


def _whole_items(passage: Passage) -> list[Choice]:
    """Every list item of a passage, from its first sentence to its last."""
    blocks = groupby((part for part in passage.segments if part.kind is Kind.ITEM), key=lambda part: part.block)
    spans = [(parts[0].start, parts[-1].end) for _, group in blocks if (parts := list(group))]
    return [Choice(passage, start, end) for start, end in spans]


def overview(question: Question, sources: Sources) -> Draft | None:
    """A handful of points, one a line: what the documents say on a topic, or what one of them is about."""
    if not _OVERVIEW.search(question.text):
        return None
    topic = [term for term in question.terms if term not in _GENERIC and term not in _named_terms(question)]
    surroundings = sources.retrieve(question.text, _LOOKED_AT)
    found = meeting(question, surroundings)
    if not found:
        return None
    if not topic:
        return _whole_documents(question, found, sources)
    return _on_topic(topic, found, sources)


def _named_terms(question: Question) -> set[str]:
    return {condition.term for condition in conditions(question)} | {
        term for fact in question.named for term in content_terms(fact.text) if fact.kind in ("ordinal", "date")
    }


def _whole_documents(question: Question, found: Sequence[Evidence], sources: Sources) -> Draft | None:
    """The opening sentences of the sections of each document, the first two of the first."""
    if conditions(question):
        first = found[0].passage.document
        named = [
            path for path in dict.fromkeys(e.passage.document for e in found) if _in_title(question, path, sources)
        ]
        paths = named or [first]
    else:
        paths = [record.path for record in sources.documents()]
    each = max(2, _MOST_POINTS // max(len(paths), 1))
    chosen: list[Choice] = []
    for path in paths[:_MOST_POINTS]:
        chosen += _leads(sources.passages(path))[:each]
    if not chosen:
        return None
    more = len(paths) - _MOST_POINTS
    notice = f"{more} more documents are not in this overview." if more > 0 else None
    return compose(chosen, sources, confidence=0.8, evidence=found[:5], notice=notice, listed=True)


def _in_title(question: Question, path: str, sources: Sources) -> bool:
    title = next((record.title for record in sources.documents() if record.path == path), "")
    return any(condition.term in content_terms(title) for condition in conditions(question) if condition.term)


def _leads(passages: Sequence[Passage]) -> list[Choice]:
    """The first full sentence of each section, and of the first section the second too."""
    chosen: list[Choice] = []
    for section, group in groupby(passages, key=lambda passage: passage.section):
        prose = [
            Choice(passage, part.start, part.end)
            for passage in group
            for part in passage.segments
            if part.kind in (Kind.SENTENCE, Kind.ITEM) and len(passage.quote(part).split()) >= 9
        ]
        chosen += prose[: 1 if chosen or section else 2]
    return chosen


def _on_topic(topic: Sequence[str], found: Sequence[Evidence], sources: Sources) -> Draft | None:
    """The sentences that say most of a topic, at most two from one passage, in the order of the documents."""
    weights = {term: sources.weight(term) for term in topic}
    total = sum(weights.values()) or 1.0
    points: list[tuple[float, Choice]] = []
    for item in found:
        passage = item.passage
        own: list[tuple[float, Choice]] = []
        above = set(content_terms(passage.section))
        for part in passage.segments:
            if part.kind in (Kind.HEADING, Kind.REFERENCE):
                continue
            have = set(content_terms(passage.quote(part)))
            share = sum(weight for term, weight in weights.items() if term in have) / total
            under = sum(weight for term, weight in weights.items() if term in above) / total
            if max(share, under) >= 0.6:
                own.append((max(share, 0.9 * under), Choice(passage, part.start, part.end)))
        points += sorted(own, key=lambda point: -point[0])[
            : 6 if any(score < 1 for score, _ in own) and len(own) > 2 else 2
        ]
    if not points:
        return None
    best = sorted(points, key=lambda point: -point[0])[:_MOST_POINTS]
    chosen = sorted((choice for _, choice in best), key=lambda choice: (choice.passage.document, choice.start))
    return compose(chosen, sources, confidence=min(0.9, best[0][0]), evidence=found[:5], listed=len(chosen) > 1)


def comparison(question: Question, sources: Sources) -> Draft | None:
    """What is said of each of the things compared, side by side."""
    if not _COMPARISON.search(question.text):
        return None
    sides = [condition for condition in conditions(question) if condition.term]
    rest = [word for word in re.findall(r"[\w'-]+", question.text) if not set(content_terms(word)) & _GENERIC]
    kept = " ".join(word for word in rest if word.lower() not in STOPWORDS or len(word) > 3)
    numbers = dict.fromkeys(condition.term for condition in sides)
    if len(numbers) < 2:
        return None
    chosen: list[Choice] = []
    evidence: list[Evidence] = []
    for term in numbers:
        noun = next(condition.noun for condition in sides if condition.term == term)
        others = set(numbers) - {term}
        asked = " ".join(word for word in kept.split() if not set(content_terms(word)) & others)
        part = parse(f"{asked} {term} {noun}".strip())
        one = parse(f"the {ordinal(int(term[:-2]))} {noun}")
        found = meeting(one, sources.retrieve(part.text, _LOOKED_AT))[:4]
        evidence += found
        chosen += _best_sentences(part, found, sources, 3)
    if not chosen:
        return None
    return compose(chosen, sources, confidence=0.7, evidence=evidence[:6], listed=True)


def _best_sentences(question: Question, found: Sequence[Evidence], sources: Sources, n: int) -> list[Choice]:
    """The best candidates, at most one from a block of text."""
    ranked = rank.score(rank.candidates(question, found, sources.weight, ()), rank.default_model())
    chosen: list[Choice] = []
    blocks: set[tuple[str, int]] = set()
    for candidate in ranked:
        passage = found[candidate.evidence].passage
        key = (passage.document, candidate.segment.block)
        if key not in blocks and len(candidate.text.split()) >= 8:
            blocks.add(key)
            chosen.append(Choice(passage, candidate.segment.start, candidate.segment.end))
        if len(chosen) == n:
            break
    return chosen


def shared_names(question: Question, sources: Sources) -> Draft | None:
    """ "Who appears in both documents?": people's names that stand in more than one document, each with its places."""
    records = sources.documents()
    if not _SHARED.search(question.text) or not 2 <= len(records) <= 10:
        return None
    from qa.conversation import people

    places: dict[str, dict[str, Choice]] = {}
    for record in records:
        for passage in sources.passages(record.path):
            for part in passage.segments:
                if part.kind in (Kind.HEADING, Kind.REFERENCE):
                    continue
                quote = passage.quote(part)
                for name in people(quote):
                    at = part.start + quote.index(name)
                    choice = Choice(passage, part.start, part.end, ((at, at + len(name)),))
                    places.setdefault(name, {}).setdefault(record.path, choice)
    chosen = [choice for found in places.values() if len(found) > 1 for choice in found.values()]
    if not chosen:
        return None
    return compose(chosen, sources, confidence=0.8, listed=True)
