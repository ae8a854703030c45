"""Questions that compare: what is said of each of two things, or in each of several documents. Pure but for what it
asks of the index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from index.dates import find_dates
from index.terms import STOPWORDS, content_terms
from qa import broad, persons, rank
from qa.compose import Choice, compose
from qa.facts import with_equivalents
from qa.meant import NOUN, documents_meant
from qa.named import both_resolved, conditions, meeting
from qa.occasion import reported
from qa.phrases import ordinal_in
from qa.question import Question, parse
from qa.sorts import LABEL
from qa.sources import SURROUNDINGS, Draft, Sources, unranked
from qa.types import Evidence

_CHANGED = r"(?:chang|develop|evolv|ris|rose|fall|fell|grow|grew)\w*"
_COMPARISON = re.compile(
    r"\b(?:differ(?:s|ed|ence|ences|ent)?|compar(?:e|ed|es|ison|ing)|versus|vs|contrast|distinguish(?:es)?"
    r"|in common|similar(?:ities|ity)?"
    rf"|same as|unlike|{_CHANGED}\b.{{0,60}}? (?:between|from|since))\b",
    re.IGNORECASE,
)
_SIDE = r"(?:the |that |those )?[^,;:?]{1,60}?"
_SIDES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bhow (?:do|does|did|has|have) (?P<x>{_SIDE} {_CHANGED} (?:between|from|since) [\w’'-]+)"
        rf" (?:and|to) (?P<y>[\w’'-]+)(?P<rest>[,?]?.*)",
        rf"\bwhat (?:has |have )?{_CHANGED} (?:in|about|with|for|at) (?P<x>{_SIDE} (?:between|from|since) [\w’'-]+)"
        rf" (?:and|to) (?P<y>[\w’'-]+)(?P<rest>[,?]?.*)",
        rf"\bbetween (?P<x>{_SIDE}) and (?P<y>{_SIDE})(?P<rest>(?: in | on | of | as to | regarding |[,?]|$).*)",
        rf"\bhow (?:do|does|did|are|is|were|was) (?P<x>{_SIDE}) and (?P<y>{_SIDE}) (?:differ\w*|compare\w*|contrast"
        rf"|similar)(?P<rest>.*)",
        rf"\bwhat (?:do|does|did) (?P<x>{_SIDE}) and (?P<y>{_SIDE}) (?:have in common|share)\b(?P<rest>.*)",
        rf"\bhow (?:do|does|did|are|is|were|was) (?P<x>{_SIDE}) (?:differ\w*|compare\w*) (?:from|with|to"
        rf"|against) (?P<y>[^,;:?]+)(?P<rest>.*)",
        rf"\b(?:compare|contrast|distinguish) (?P<x>{_SIDE}) (?:and|with|to|against"
        rf"|from) (?P<y>{_SIDE})(?P<rest>(?: in | on | by | as to | with regard |[,?.]|$).*)",
        rf"^\W*(?:what (?:is|are|was|were) (?:said|stated|reported) (?:of|about) )?(?P<x>{_SIDE}) (?:versus|vs\.?"
        rf"|as against|compared (?:to|with)|as opposed to) (?P<y>{_SIDE})(?P<rest>[:,?].*|$)",
        rf"^\W*(?P<x>{_SIDE}) and (?P<y>{_SIDE})[:,] (?:how|what|where)(?P<rest>.*(?:differ|compare|contrast"
        rf"|common).*)",
    )
)


_DOCUMENTS = re.compile(
    r"\b(?:the|both|these)\s+(?:two|three|different\s+)?\s*(?:documents|reports|texts|files|papers|articles)\W*(?:\bdiffer\w*\W*)?$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(rf"\b{NOUN}\b", re.IGNORECASE)
_ALL_DOCUMENTS = re.compile(
    r"\b(?:the|both|these)\s+(?:two|three)?\s*(?:documents|reports|texts|files|papers|articles)"
    r"\s+(?:differ|compare|contrast)\w*\s+(?:in|on|about|as to|regarding|with regard to|concerning|over)\s+"
    r"(?P<rest>[^?]+)",
    re.IGNORECASE,
)
_MOST_COMPARED = 3
"""Documents that are compared at most where no two are named."""
_CONDITION_AT_END = re.compile(
    r"(?P<what>.{3,}\b(?:of|in|from|for|on|between|since))\s+[\w’'-]*\d[\w’'-]*$", re.IGNORECASE
)


_ADJECTIVE_ALONE = re.compile(r"the\s+(?:old|new|former|current|present|previous|first|last|original|revised)", re.I)


def compared(question: Question, sources: Sources) -> Draft | None:
    """What is said of each of the things compared, side by side."""
    if not _COMPARISON.search(question.text) and not re.search(r"\bas (?:against|opposed to)\b", question.text):
        return None
    match = next((hit for pattern in _SIDES if (hit := pattern.search(question.text))), None)
    if draft := _of_documents(question, match, sources):
        return draft
    if match is None:
        text = both_resolved(question.text, sources.retrieve(question.text, SURROUNDINGS))
        match = next((hit for pattern in _SIDES if (hit := pattern.search(text))), None)
    if match is None:
        records = sources.documents()
        both = _DOCUMENTS.search(question.text) and len(records) <= _MOST_COMPARED
        return broad.whole_documents(question, sources.retrieve(question.text, 5), sources) if both else None
    words = re.findall(r"[\w'-]+", match["rest"])
    rest = " ".join(word for word in words if broad.generic_terms().isdisjoint(content_terms(word)))
    x, y = (" ".join(match[name].split()) for name in "xy")
    y_noun = y.split()[-1]
    bare = {term for found in conditions(parse(f"{x} {y_noun}")) for term in content_terms(found.text)}
    alone = ordinal_in(y) and len(y.split()) <= 2 and ordinal_in(y_noun)
    if len(x.split()) <= 2 and bare and not alone and not set(content_terms(x)) - bare - {"the"}:
        x = f"{x} {y_noun}"  # "the 6th and 7th dialogues", "the 2023 and 2025 fees": the noun stands once
    if _ADJECTIVE_ALONE.fullmatch(x) and len(y.split()) > 2 and y.split()[0].lower() == "the":
        x = f"{x} {y_noun}"  # "the old and the new rent"
    if len(y.split()) == 1 and (of := _CONDITION_AT_END.match(x)) and conditions(parse(y)):
        y = f"{of['what']} {y}"  # "the rules of 2022 and 2025": the thing stands once
    asks_on = _ON_WHAT.match(match["rest"])
    on = {term for term in content_terms(rest) if asks_on and sources.frequency(term)} - _somebody() - STOPWORDS
    sides = [_side(x, y, rest, sources), _side(y, x, rest, sources)]
    if not on and (draft := _of_reports(question, sides, sources)):
        return draft
    picked: list[list[Choice]] = []
    for at, other in ((0, 1), (1, 0)) if on else ():
        if not (best := sides[at].best(on, sources)):
            sides[at] = sides[at].widened(sides[other])
            best = sides[at].best(on, sources)
        picked.append(best)
    if not any(picked):  # of "how do they differ on bees" what says nothing of bees is beside the point
        picked = [side.best(set(), sources) for side in sides]
        if not all(picked):
            return None
    lacking = [side.text for side, found in zip(sides, picked, strict=True) if not found]
    notice = f"Nothing on it was found about {lacking[0]}." if lacking else None
    chosen = [choice for found in picked for choice in found]
    evidence = [item for side in sides for item in side.found[:3]]
    return compose(chosen, sources, confidence=0.7, evidence=evidence, notice=notice, listed=len(chosen) > 1)


def _of_documents(question: Question, match: re.Match[str] | None, sources: Sources) -> Draft | None:
    """What each of the documents that are compared says on a topic, or is about; None where no documents are."""
    records = {record.path: record for record in sources.documents()}
    if match:
        x, y = (" ".join(match[name].split()) for name in "xy")
        sides, rest = (x if _DOCUMENT.search(x) else f"{x} {y.split()[-1]}", y), match["rest"]
        meant = [documents_meant(side, sources) for side in sides if _DOCUMENT.search(side)]
        if len(meant) < 2 or not all(meant) or not set(meant[0]).isdisjoint(meant[1]):
            return None
        paths = [path for each in meant for path in each]
    elif (said := _ALL_DOCUMENTS.search(question.text)) and len(records) <= _MOST_COMPARED:
        paths, rest = list(records), said["rest"]
    else:
        return None
    topic = [term for term in content_terms(rest) if term not in broad.generic_terms()]
    if not topic:
        return broad.whole_documents(question, sources.retrieve(question.text, 5), sources, paths)
    chosen: list[Choice] = []
    lacking: list[str] = []
    for path in paths:
        points = broad.points_on(topic, unranked(sources.passages(path)), sources, set())
        best = sorted(points, key=lambda point: -point[0])[: broad.MOST_POINTS // 2]
        chosen += sorted((choice for _, choice in best), key=lambda choice: choice.start)
        if not points:
            lacking.append(f"Nothing on it was found in “{records[path].title}”.")
    if not chosen:
        return None
    return compose(chosen, sources, confidence=0.7, notice=" ".join(lacking) or None, listed=True)


_OF_TOPICS = re.compile(r"\b(?:topics?|themes?|subjects?|agendas?|contents?|issues|focus)\b", re.IGNORECASE)


def _of_reports(question: Question, sides: Sequence[_Side], sources: Sources) -> Draft | None:
    """What the reports of two occasions are about, or whom they name, where their topics or the people there are
    compared; None where no documents are such reports."""
    titles = {record.path: record.title for record in sources.documents()}
    paths = [sorted(reported(parse(side.text), titles)) for side in sides]
    if not all(paths) or not set(paths[0]).isdisjoint(paths[1]):
        return None
    if not _somebody().isdisjoint(question.terms):
        people = [choice for path in (*paths[0], *paths[1]) for choice in persons.people_of(path, sources)]
        return compose(people, sources, confidence=0.7, listed=True) if people else None
    if not _OF_TOPICS.search(question.text):
        return None
    return broad.whole_documents(question, sides[0].found, sources, [*paths[0], *paths[1]])


def _only_dates(text: str) -> bool:
    """Whether a line says little but when: "Tuesday 9 April 2024 at 7 pm."."""
    dates = find_dates(text)
    for date in reversed(dates):
        text = text[: date.start] + text[date.end :]
    return bool(dates) and len(re.findall(r"[^\W\d_]{3,}", text)) <= 2


def _timeless(side: str) -> str:
    """A side without its year or date, which its documents have and their sentences need not, where more is left."""
    dates = [condition.text for condition in conditions(parse(side)) if condition.date is not None]
    bare = side
    for date in dates:
        bare = bare.replace(date, " ")
    bare = re.sub(r"(?:\s+(?:of|in|from|for|on|between|since))+\s*$", "", " ".join(bare.split()))
    return bare if set(content_terms(bare)) - broad.generic_terms() else side


_ON_WHAT = re.compile(r"\W*(?:in|on|about|over|by|regarding|concerning|as to|with regard to)\s", re.IGNORECASE)


@cache
def _somebody() -> frozenset[str]:
    """Terms that ask for people, who are told by their names."""
    return frozenset(content_terms("participants attendees people delegates speakers members chairs co-chairs"))


def _side(text: str, other: str, rest: str, sources: Sources) -> _Side:
    """One of two things that are compared, beside the other one."""
    matter, others = _timeless(text), set(content_terms(other))
    stated = bool(conditions(parse(text)))
    asked = parse(f"{matter} {rest}".strip())
    retrieved = sources.retrieve(asked.text, SURROUNDINGS)
    return _Side(
        text=text,
        asked=asked,
        own=tuple(term for term in content_terms(matter) if term not in others),
        shared=frozenset() if stated else frozenset(content_terms(matter)) & others,
        stated=stated,
        retrieved=retrieved,
        found=meeting(parse(text), retrieved)[:6],
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One of two things that are compared. `asked` is what was looked for, `own` the terms that the other one has not,
    `shared` those that both have, unless conditions are `stated`, which all that was `found` meets."""

    text: str
    asked: Question
    own: tuple[str, ...]
    shared: frozenset[str]
    stated: bool
    retrieved: tuple[Evidence, ...]
    found: tuple[Evidence, ...]

    def documents(self) -> set[str]:
        """The documents of what was found."""
        return {item.passage.document for item in self.found}

    def widened(self, other: _Side) -> _Side:
        """With all that was retrieved of the documents that only this side has: what is said of the 6th meeting need
        not name it in each sentence."""
        own = self.documents() - other.documents()
        more = [item for item in self.retrieved if item.passage.document in own and item not in self.found]
        return replace(self, found=(*self.found, *more))

    def best(self, topic: set[str], sources: Sources, n: int = 2) -> list[Choice]:
        """The best candidates that are about this side: what tells it from the other stands in the sentence, or above
        it, and some of what both have, where they have something, in it or its section's heading, as has to some of a
        topic, where there is one."""
        # A word that no document has ("case") cannot tell one side from the other.
        weights = {term: sources.weight(term) for term in self.own if sources.frequency(term)}
        total = sum(weights.values())
        wanted = with_equivalents(topic)
        ranked = rank.score(rank.candidates(self.asked, self.found, sources.weight, ()), rank.default_model())
        best: list[tuple[float, int, float, Choice]] = []
        for place, candidate in enumerate(ranked):
            passage = self.found[candidate.evidence].passage
            above = set(content_terms(f"{passage.title} {passage.section} {passage.date or ''}"))
            here = set(content_terms(candidate.text))
            said = here | set(content_terms(passage.section))
            if (self.shared and self.shared.isdisjoint(said)) or (topic and wanted.isdisjoint(said)):
                continue
            in_text = sum(w for term, w in weights.items() if term in here)
            in_any = sum(w for term, w in weights.items() if term in here | above | set(content_terms(passage.text)))
            told = not total or in_any >= 0.5 * total or (topic and self.stated)
            if not told or len(candidate.text.split()) < 5:
                continue
            if candidate.text == passage.title or _only_dates(candidate.text):
                continue
            if not in_text and not topic and candidate.features["covers"] < 0.3 and above.isdisjoint(self.asked.terms):
                continue
            choice = Choice(passage, candidate.segment.start, candidate.segment.end)
            best.append((-(in_text / total if total else 0.0), place, candidate.features["covers"], choice))
        own = set(self.own)
        labelled = [
            entry for entry in best if (label := LABEL.match(entry[3].text)) and own == set(content_terms(label[0]))
        ]
        if labelled:  # the "Best:" of several scenarios is what is said of the best
            return [labelled[0][3]]
        best.sort(key=lambda entry: entry[:2])
        # One more sentence only where it says as much as the first.
        return [choice for told, _, covers, choice in best[:n] if told <= best[0][0] / 2 and covers >= best[0][2] / 2]
