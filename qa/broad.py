"""Questions that one sentence cannot answer: lists, overviews, comparisons. Pure but for what it asks of the index."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.dates import find_dates
from index.terms import NUMBER_WORDS, STOPWORDS, content_terms, word_list
from index.types import Kind, Passage, Segment
from qa import rank
from qa.compose import Choice, compose
from qa.facts import with_equivalents
from qa.meant import PHRASE, documents_meant
from qa.named import conditions, file_words, meeting, proper_names
from qa.question import Question
from qa.sorts import LABEL, Expected
from qa.sources import SURROUNDINGS, DocumentInfo, Draft, Sources
from qa.types import Evidence

MOST_POINTS = 8
_MOST_ITEMS = 14
_MOST_LISTS = 3

_SAY = r"say|said|tell(?: us| me)?|report|state|mention|write"
_OVERVIEW = re.compile(
    r"\b(?:summari[sz]e|sum(?:s|med)? up|summary|summari[sz]ation|overview|gist"
    r"|main (?:points?|ideas?|topics?|themes?|message)"
    r"|key (?:points?|takeaways?|findings|messages?)"
    r"|takeaways?|in (?:a nutshell|short|brief)|outline)\b"
    r"|\bwhat (?:is|are|was|were) (?:the |this |these |that |it |both |all |each )?(?:[\w-]+ ){0,5}(?:all )?about\W*$"
    rf"|\bwhat (?:do|does|did|can) .{{1,60}}\b(?:{_SAY}|learn)(?: us)? (?:about|on|regarding|of)\b"
    r"|\bwhat (?:is|are|was|were|has been|have been) (?:said|stated|reported|mentioned|written|known) (?:about|on|of"
    r"|regarding)\b"
    r"|\bwhat (?:is|are|was|were) (?:discussed|covered|addressed|talked about|debated|on the agenda)\b"
    r"|\b(?:what (?:do you know|is there|can you (?:tell|say)(?: me| us)?)|anything)"
    r"(?: (?:in )?(?:here|there|the (?:documents?|papers?|files?)))? about\b"
    r"|\bwhere\b.{1,60}\b(?:mention(?:s|ed)?|discuss(?:es|ed)?|talk(?:s|ed)? about|come up|referred to)\b"
    r"|\b(?:topics|themes|subjects|issues) (?:(?:were|are|was|is|have been|did|do|does)\b[^?]{0,60}? )?"
    r"(?:of|at|in|discuss(?:ed)?|cover(?:ed)?|address(?:ed)?)\b"
    r"|\bwhat (?:rules?|conditions|requirements|restrictions|regulations) (?:apply|applies|hold|exist|are there)\b"
    r"|^\W*(?:please )?tell me (?:more |something |everything )?about\b|^\W*describe\b"
    r"|^\W*(?:please )?(?:show|give|find)(?: me)? (?:the |a |an |all |some |every |any )?"
    r"(?:sentences?|passages?|paragraphs?|lines?|parts?|quotes?|quotations?|places?)\b.{0,20}? "
    r"(?:about|on|of|mentioning)\b",
    re.IGNORECASE,
)
_SAY_ABOUT = re.compile(
    rf"\bwhat (?:do|does|did|has|have) (?P<who>.{{1,60}}?) (?:{_SAY}) "
    r"(?:about|on|regarding|of) (?P<what>[^?]+)",
    re.IGNORECASE,
)
_OF_A_DOCUMENT = re.compile(
    r"\b(?:summari[sz]e|outline|(?:summary|overview|gist|points?|messages?|ideas?|takeaways?|findings) (?:of|in|from)"
    rf"|what (?:is|are|was|were))\s+(?P<what>{PHRASE})(?:\s+(?:all )?about)?\W*$",
    re.IGNORECASE,
)
_GIST = re.compile(r"\b(?:bottom line|outlook|conclusions?)\b", re.IGNORECASE)
_GENERIC = """document documents report reports article articles text texts file files brief paper papers folder set
source sources dialogue meeting event topic topics content contents point points main key overview summary list lists
detail details thing things everything something say says tell describe summarise summarize explain outline compare
difference differences differ comparison common similar similarities mention mentions mentioned discuss discussed
said stated reported overall you know anything look looks each
short quick concise full detailed complete happen happened sum cover covers covered address addressed addresses raise
raised matter matters message messages takeaway takeaways gist idea ideas theme themes sentence sentences passage
passages paragraph paragraphs quote quotes quotation quotations show find"""
_COUNTS = "two three four five six seven eight nine ten several different"
_ASKED_FOR = "list name enumerate quote give show tell all please"


def generic_terms() -> frozenset[str]:
    """Terms that say of a topic no more than that it is one."""
    return word_list(_GENERIC)


@dataclass(frozen=True, slots=True)
class Points:
    """What stands in a list, how surely it is the list asked for, and what was found on the way."""

    choices: tuple[Choice, ...]
    confidence: float
    evidence: tuple[Evidence, ...]

    def draft(self, sources: Sources) -> Draft:
        """The answer that gives the points."""
        rows = all(choice.text.startswith("|") for choice in self.choices)
        return compose(
            self.choices[:_MOST_ITEMS],
            sources,
            confidence=self.confidence,
            evidence=self.evidence,
            listed=len(self.choices) > 1 and not rows,
        )


def items(question: Question, sources: Sources) -> Draft | None:
    """The `points` of a question as its answer."""
    found = points(question, sources)
    return found.draft(sources) if found else None


def points(question: Question, sources: Sources) -> Points | None:
    """What stands under a heading, or behind an item's label, that names the things asked for, where the question asks
    for several; of another question only the item whose label it says word for word ("Option A: …"). None where
    nothing is so named."""
    if not question.several and question.expected is not Expected.ANY:
        return None
    found = meeting(question, sources.retrieve(question.text, SURROUNDINGS))
    share = _share_of(question, sources)
    lists = [listed for item in found if (listed := _listed(question, item.passage, share))]
    if not lists:
        return None
    best = max(listed.fit for listed in lists)
    # "The risks" may be named by a heading and, elsewhere, by a label: where nothing tells them apart, all are meant.
    equals = [listed for listed in lists if listed.fit == best][: _MOST_LISTS if question.several else 1]
    chosen = tuple(choice for listed in equals for choice in _items(listed, share, sources))
    return Points(chosen, min(0.95, best / 2 + 0.3), found[:5]) if chosen else None


def _items(listed: _List, share: Callable[[str], float], sources: Sources) -> list[Choice]:
    """What stands in a list."""
    if listed.labelled:
        return [below for choice in listed.labelled for below in _with_what_follows(choice, sources)]
    items = _items_of_section(listed.passage, sources)
    prose = any(part.kind is Kind.SENTENCE for part in listed.passage.segments)
    if not items and not prose and (rows := _rows_of_section(listed.passage, sources)):
        return rows
    return (
        _of_this_half(items, heading(listed.passage), share)
        or _labelled(listed.passage, sources)
        or _sentences(listed.passage)
    )


_HALVES = re.compile(r"\s+(?:and|or|&|/)\s+|\s*[,/]\s*", re.IGNORECASE)


def _halves_told(text: str, share: Callable[[str], float]) -> int:
    """How many of the things that a heading or a label names the question asks for."""
    return sum(share(half) > 0 for half in _HALVES.split(text))


def heading(passage: Passage) -> str:
    """The innermost heading above a passage."""
    return passage.section.split(" › ")[-1]


def _of_this_half(items: list[Choice], above: str, share: Callable[[str], float]) -> list[Choice]:
    """Items of a list whose heading names two things, without those whose labels are of the one not asked for: of
    "Findings and Outlook" a finding is none below "Outlook:"."""
    others = {term for half in _HALVES.split(above) if not share(half) for term in content_terms(half)}
    if not others or not _halves_told(above, share):
        return items
    kept: list[Choice] = []
    for item in items:
        label = LABEL.match(item.text)
        if not label or share(label[0]) or others.isdisjoint(content_terms(label[0])):
            kept.append(item)
        elif item.text.rstrip().endswith(":"):  # All that follows stands below it.
            break
    return kept


def _share_of(question: Question, sources: Sources) -> Callable[[str], float]:
    """How much a text has of what the question wants listed, in [0, 1], terms weighed by what they tell."""
    terms = [
        term for term in question.terms if term not in word_list(_ASKED_FOR) | _named_terms(question) | question.asking
    ]
    # Who recommends and how many they are says less of what is listed than that it is what they recommend.
    beside = {term for _, parts in proper_names(question) for term in parts} | word_list(_COUNTS)
    terms = [term for term in terms if term not in beside] or terms
    # A word that no document has may be said otherwise in them, and tells less.
    wanted = {term: sources.weight(term) * (1.0 if sources.frequency(term) else 0.5) for term in terms}
    total = sum(wanted.values()) or 1.0

    def share(text: str) -> float:
        return sum(wanted[term] for term in set(content_terms(text)) & set(wanted)) / total

    return share


@dataclass(frozen=True, slots=True)
class _List:
    """A passage that may hold what is to be listed, and how well that fits; `labelled` are those of its items whose
    labels name it, empty where its heading does."""

    passage: Passage
    fit: float
    labelled: tuple[Choice, ...] = ()


def _listed(question: Question, passage: Passage, share: Callable[[str], float]) -> _List | None:
    """What the passage has of the list asked for; None where neither a label nor its heading names it."""
    above = heading(passage)
    halves = _halves_told(above, share)
    # A label narrows the list down: "the training measures" are one item of the measures. Not where the question has
    # both halves of the heading: "the duties and the rights".
    labelled = [
        (share(f"{passage.section}\n{label[0]}"), choice)
        for choice in (*_whole_items(passage), *_shouted(passage))
        if (label := LABEL.match(choice.text))
        and (question.several or _says(question, label[0]))
        and share(label[0]) >= 0.2
        and _is_named(label[0], share)
        and not halves > _halves_told(label[0], share) == 1
    ]
    if not (labelled or question.several):
        return None
    context = share(f"{passage.title}\n{passage.section}\n{passage.text}")
    if labelled and context >= 0.38:
        most = max(told for told, _ in labelled)
        return _List(passage, most + context, tuple(choice for told, choice in labelled if told == most))
    if not question.several:
        return None
    said = share(above)
    several = sum(part.kind is Kind.ITEM for part in passage.segments) > 1
    enough = (said >= 0.22 and context >= 0.38) if several else said >= 0.4
    if (counted := _COUNTED.search(question.text)) and not several:
        # "Which three hypotheses": a heading that has the word names the list, whatever else is asked of it.
        enough = enough or set(content_terms(counted["what"])) <= set(content_terms(above))
    if several and (asked := _WHICH.match(question.text)):
        enough = enough or set(content_terms(asked["what"])) == set(content_terms(above))
    return _List(passage, said + context) if enough else None


_SHOUTED = re.compile(r"\W{0,3}[A-Z]{4,}[A-Z ]{0,20}\W{0,2}:")


def _shouted(passage: Passage) -> list[Choice]:
    """Paragraphs behind a label in capitals: "ACTION: …", "DECISION: …"."""
    blocks = groupby((part for part in passage.segments if part.kind is Kind.SENTENCE), key=lambda part: part.block)
    spans = [(parts[0], parts[-1]) for _, group in blocks if (parts := list(group))]
    return [Choice(passage, a.start, b.end) for a, b in spans if _SHOUTED.match(passage.quote(a))]


def _is_named(label: str, share: Callable[[str], float]) -> bool:
    """Whether a label is of what is asked for: "Threat Model Simulation" is no threat, as its last word says."""
    words = [word for word in re.split(r"[\s-]+", label) if content_terms(word)]
    return len(words) < 3 or share(words[-1]) > 0 or sum(share(word) > 0 for word in words) > 1


_COUNTED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|\d)\s+(?P<what>[^\W\d_]{4,})\b", re.IGNORECASE
)
_WHICH = re.compile(r"\W*(?:what|which)\s+(?P<what>[a-z-]{4,})\s+(?:do|does|did|are|were|has|have)\b", re.IGNORECASE)
_ASKS_WHAT = re.compile(r"^\W*(?:what|which|how|tell|describe|explain)\b", re.IGNORECASE)


def _says(question: Question, label: str) -> bool:
    """Whether the question asks what stands behind the label, and says it word for word."""
    if not _ASKS_WHAT.match(question.text):
        return False
    said = re.escape(label.rstrip(":*_ ")).replace(r"\ ", r"[\s-]").replace(r"\-", r"[\s-]")
    return re.search(rf"(?<!\w){said}(?!\w)", question.text, re.IGNORECASE) is not None


def _items_of_section(passage: Passage, sources: Sources) -> list[Choice]:
    return [choice for other in _section(passage, sources) for choice in _whole_items(other)]


def _rows_of_section(passage: Passage, sources: Sources) -> list[Choice]:
    """All rows of a section's tables, the heads too."""
    return [
        Choice(other, part.start, part.end)
        for other in _section(passage, sources)
        for part in other.segments
        if part.kind is Kind.ROW
    ]


def _section(passage: Passage, sources: Sources) -> list[Passage]:
    """The passages of a passage's section, itself included."""
    return [other for other in sources.passages(passage.document) if other.section == passage.section]


def _with_what_follows(choice: Choice, sources: Sources) -> list[Choice]:
    """An item; one that is a label only ("Scenarios:") with the items of its section below it."""
    if not choice.text.rstrip().endswith(":"):
        return [choice]
    return [other for other in _items_of_section(choice.passage, sources) if other.start >= choice.start]


_LEADS = re.compile(r"(?::|\b(?:to|that|are|is|must|should|will|by|for|with|of|includes?|following))$")
"""How a line ends that goes on in the list below it."""


def announced(choice: Choice, sources: Sources) -> list[Choice]:
    """A line that announces a list ("Three papers were signed:", "The council has to") and the items right below it;
    nothing where it announces none."""
    return _announced(choice, sources.passages(choice.passage.document))


def list_around(item: Choice, sources: Sources) -> list[Choice]:
    """The line that announces the list of an item, and the items; nothing where there is no such line."""
    passages = sources.passages(item.passage.document)
    before: Choice | None = None
    for passage in passages:
        for part in passage.segments:
            if part.start < item.start and part.kind is not Kind.ITEM:
                before = Choice(passage, part.start, part.end)
    found = _announced(before, passages) if before else []
    return found if any(other.start <= item.start < other.end for other in found[1:]) else []


def _announced(lead: Choice, passages: Sequence[Passage]) -> list[Choice]:
    found = [lead]
    if not _LEADS.search(lead.text.rstrip()):
        return []
    for passage in passages:
        for _, group in groupby(passage.segments, key=lambda part: part.block):
            parts = [part for part in group if part.start >= lead.end]
            if not parts:
                continue
            if parts[0].kind is not Kind.ITEM or len(found) > _MOST_ITEMS:
                return found if len(found) > 1 else []
            found.append(Choice(passage, parts[0].start, parts[-1].end))
    return found if len(found) > 1 else []


_HEADED = re.compile(r"(?:\*\*|__)[^*_\n]{2,110}(?:\*\*|__)|[^\s:]{1,3}\s?\d{0,2}:\s")


def _labelled(passage: Passage, sources: Sources) -> list[Choice]:
    """The first sentence of every paragraph of a section that begins as the points of a list do: in bold, or with a
    letter or number and a colon. None where there are fewer than two."""
    found: list[Choice] = []
    for other in _section(passage, sources):
        for _, group in groupby(other.segments, key=lambda part: part.block):
            first = next(group)
            if first.kind is Kind.SENTENCE and _HEADED.match(other.quote(first)):
                found.append(Choice(other, first.start, first.end))
    return found if len(found) > 1 else []


def _sentences(passage: Passage) -> list[Choice]:
    return [Choice(passage, part.start, part.end) for part in rank.quotable_segments(passage)][:3]


def _whole_items(passage: Passage) -> list[Choice]:
    """Every list item of a passage, from its first sentence to its last."""
    blocks = groupby((part for part in passage.segments if part.kind is Kind.ITEM), key=lambda part: part.block)
    spans = [(parts[0].start, parts[-1].end) for _, group in blocks if (parts := list(group))]
    return [Choice(passage, start, end) for start, end in spans]


def overview(question: Question, sources: Sources) -> Draft | None:
    """A handful of points, one a line: what the documents say on a topic, or what one of them is about."""
    gist = not question.several and _GIST.search(question.text)
    if not gist and not _OVERVIEW.search(question.text):
        return None
    beside = generic_terms() | word_list(_COUNTS) | STOPWORDS | _named_terms(question)
    topic = [term for term in question.terms if term not in beside]
    surroundings = sources.retrieve(question.text, SURROUNDINGS)
    found = meeting(question, surroundings)
    if not found:
        return None
    there = {item.passage.document for item in found}
    called = [record.path for record in sources.documents() if record.path in there and _is_called(topic, record)]
    if not called and (said := _OF_A_DOCUMENT.search(question.text)):
        meant = documents_meant(said["what"], sources)
        if len(meant) < len(sources.documents()):
            called = meant
        elif meant:
            topic = []
    if not topic or called:
        return whole_documents(question, found, sources, called)
    subject = _SAY_ABOUT.search(question.text)
    if subject and re.fullmatch(PHRASE, subject["who"], re.IGNORECASE):
        inside = documents_meant(subject["who"], sources)
        found = tuple(item for item in found if item.passage.document in inside) or found
    about = set(content_terms(subject["what"])) - generic_terms() - _named_terms(question) if subject else set()
    if about and (under := [item for item in found if set(content_terms(heading(item.passage))) == about]):
        found = tuple(under)  # a section that is called so is what is said of it
    return _on_topic(topic, found, sources, about, _wanted(question))


def _is_called(topic: Sequence[str], record: DocumentInfo) -> bool:
    """Whether a document's title and file name have every word of a topic of two or more: it is what is asked about."""
    return len(topic) > 1 and set(topic) <= set(content_terms(f"{record.title} {file_words(record.path)}"))


def _named_terms(question: Question) -> set[str]:
    """The terms of the conditions that a question states, with what they are of: "the 7th Harvest Summit"."""
    stated = conditions(question)
    counted = (
        re.search(
            rf"\b{re.escape(condition.text)}\s+(?P<what>(?:[\w-]+\s+){{0,3}}?){re.escape(condition.spelled)}",
            question.text,
            re.I,
        )
        for condition in stated
        if condition.spelled
    )
    return (
        {condition.term for condition in stated}
        | {term for condition in stated if condition.date for term in content_terms(condition.text)}
        | {term for fact in question.named for term in content_terms(fact.text) if fact.kind in ("ordinal", "date")}
        | {term for match in counted if match for term in content_terms(match["what"])}
    )


_SO_MANY = re.compile(
    rf"\b(?P<number>{'|'.join(list(NUMBER_WORDS)[1:11])}|[1-9])\s+(?:(?:key|main|short|important|most important)\s+)?"
    r"(?:points?|takeaways?|sentences?|findings?|ideas?|messages?|bullets?|lines?|facts?)\b",
    re.IGNORECASE,
)


def _wanted(question: Question) -> int:
    """How many points an overview is to have: as many as the question says, "in three sentences"."""
    said = _SO_MANY.search(question.text)
    number = said["number"].lower() if said else ""
    return min(MOST_POINTS, int(NUMBER_WORDS.get(number, number))) if number else MOST_POINTS


def whole_documents(
    question: Question, found: Sequence[Evidence], sources: Sources, called: Sequence[str] = ()
) -> Draft | None:
    """The opening sentences of the sections of each document, the first two of the first; of those `called` so alone,
    where there are any."""
    if called:
        paths = list(called)
    elif conditions(question):
        first = found[0].passage.document
        records = {record.path: record for record in sources.documents()}
        named = [
            path for path in dict.fromkeys(e.passage.document for e in found) if _in_title(question, records[path])
        ]
        paths = named or [first]
    else:
        paths = [record.path for record in sources.documents()]
    most = _wanted(question)
    each = max(2 if most == MOST_POINTS else 1, most // max(len(paths), 1))
    chosen: list[Choice] = []
    for path in paths[:most]:
        chosen += _leads(sources.passages(path))[:each]
    if not chosen:
        return None
    more = len(paths) - most
    notice = f"{more} more documents are not in this overview." if more > 0 else None
    return compose(chosen, sources, confidence=0.8, evidence=found[:5], notice=notice, listed=True)


def _in_title(question: Question, record: DocumentInfo) -> bool:
    """Whether a document's title or date meets a condition of the question."""
    told, dated = content_terms(record.title), find_dates(record.date or "")
    return any(
        condition.term in told if condition.date is None else any(map(condition.date.matches, dated))
        for condition in conditions(question)
    )


def _leads(passages: Sequence[Passage]) -> list[Choice]:
    """The first full sentence of each section, and of the first section the second too; of what has next to no sections
    the first one of each paragraph."""
    chosen: list[Choice] = []
    for section, group in groupby(passages, key=lambda passage: passage.section):
        prose = [
            Choice(passage, part.start, part.end)
            for passage in group
            for part in passage.segments
            if part.kind in (Kind.SENTENCE, Kind.ITEM) and _is_full(part, passage.quote(part))
        ]
        chosen += prose[: 1 if chosen or section else 2]
    if len(chosen) < _FEW_LEADS:
        paragraphs = [choice for passage in passages for choice in _first_of_paragraphs(passage)]
        chosen = paragraphs if len(paragraphs) > len(chosen) else chosen
    return chosen


_FEW_LEADS = 3


def _first_of_paragraphs(passage: Passage) -> list[Choice]:
    """The first full sentence of each paragraph."""
    full = (part for part in passage.segments if part.kind is Kind.SENTENCE and _is_full(part, passage.quote(part)))
    firsts = {part.block: part for part in reversed(list(full))}
    return [Choice(passage, part.start, part.end) for _, part in sorted(firsts.items())]


_MADE_BY = re.compile(
    r"\W*(?:prepared|published|written|edited|compiled|drafted|authored)\s+(?:by|on|in)\b", re.IGNORECASE
)


def _is_full(part: Segment, quote: str) -> bool:
    """Whether a sentence is long enough to say something alone, and no line of another sort."""
    if len(quote.split()) < 9 or quote.rstrip().endswith(":") or _MADE_BY.match(quote):
        return False
    return not rank.is_fragment(part, quote)


def _on_topic(
    topic: Sequence[str], found: Sequence[Evidence], sources: Sources, about: set[str], most: int
) -> Draft | None:
    """The sentences that say most of a topic, in the order of the documents."""
    points = points_on(topic, found, sources, about)
    if not points:
        return None
    best = sorted(points, key=lambda point: -point[0])[:most]
    chosen = sorted((choice for _, choice in best), key=lambda choice: (choice.passage.document, choice.start))
    return compose(chosen, sources, confidence=min(0.9, best[0][0]), evidence=found[:5], listed=len(chosen) > 1)


def points_on(
    topic: Sequence[str], found: Sequence[Evidence], sources: Sources, about: set[str]
) -> list[tuple[float, Choice]]:
    """The sentences that say most of a topic, each with how much of it, at most two from one passage; each, or what it
    stands under, has to have one of the terms of what the question is `about`, where there are any."""
    wanted = with_equivalents(about)
    every = {term: sources.weight(term) for term in topic}
    # A word that no document has ("in what role") cannot be looked for; the rest has to be most of the topic.
    weights = {term: weight for term, weight in every.items() if sources.frequency(term)}
    total = sum(weights.values()) or 1.0
    if total < 0.4 * sum(every.values()):
        return []
    points: list[tuple[float, Choice]] = []
    fragments: set[tuple[str, int]] = set()
    for item in found:
        passage = item.passage
        own: list[tuple[float, Choice]] = []
        above = set(content_terms(passage.section))
        asks: set[str] = set()
        for part in passage.segments:
            quote = passage.quote(part)
            if part.kind in (Kind.HEADING, Kind.REFERENCE) or quote.rstrip().endswith(":"):
                continue
            if quote.rstrip().endswith("?"):  # what follows is of what a leaflet asks, and the question no point
                asks = set(content_terms(quote))
                continue
            have = set(content_terms(quote)) | asks
            share = sum(weight for term, weight in weights.items() if term in have) / total
            under = sum(weight for term, weight in weights.items() if term in above) / total
            if max(share, under) >= 0.6 and not (wanted and wanted.isdisjoint(have | above)):
                own.append((max(share, 0.9 * under), Choice(passage, part.start, part.end)))
                if rank.is_fragment(part, passage.quote(part)):
                    fragments.add((passage.document, part.start))
        points += sorted(own, key=lambda point: -point[0])[
            : 6 if any(score < 1 for score, _ in own) and len(own) > 2 else 2
        ]
    # Tags and captions say of a topic no more than its name.
    return [point for point in points if (point[1].passage.document, point[1].start) not in fragments] or points
