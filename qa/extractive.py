"""A question → the sentences of the documents that answer it, verbatim, each cited; or an honest refusal.

The kinds of question are tried in turn, the broadest last-resort one being a fact: what the documents are, lists
under a heading, overviews, comparisons, several questions in one, and then the sentence that answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.terms import content_terms
from index.types import Kind, Passage, Segment
from qa import (
    broad,
    comparison,
    imprint,
    inventory,
    listing,
    meant,
    mentioned,
    misattributed,
    occasion,
    persons,
    rank,
    rows,
    several,
    tables,
)
from qa.compose import Choice, compose
from qa.differing import LATEST, differing_from, may_differ, newest_first
from qa.mismatch import only_of_changes
from qa.mismatch import ordinals as ordinals_in
from qa.mistimed import of_another_season, of_publication
from qa.named import latest_resolved, meeting_or_all, of_document, rounds_resolved, spelled_out, unmet, without_frame
from qa.phrases import people_at, truecased
from qa.question import Question, in_full, parse
from qa.rank import Candidate
from qa.reader import Reading
from qa.refusal import (
    ASKS_FUTURE,
    PREMISE,
    ahead,
    beside_the_point,
    decides_nothing,
    gives_the_reason,
    goes_on_with_the_name,
    lacks_its_names,
    named_first,
    names_only_whom_it_names,
    only_names_whom_it_names,
    somebody_first,
    tells_of_each,
)
from qa.sorts import LABEL, Expected, answers_kind
from qa.sources import NOT_FOUND, SURROUNDINGS, Draft, Inside, Sources
from qa.speakers import unnamed
from qa.types import Evidence

_CLOSE = 1.5
"""Log-odds by which a second sentence may be behind the first and still be given. Over XQuAD .114 of the answers have
a second one, and .905 hold what they should; with .7 it is .070 and .892."""
_CLOSE_EXACT = 0.7
"""The same where a time, a number or a person is asked for, as a second one would be a near miss, for what is no prose,
and without a reader."""
_CLOSE_NEXT = 3.0
"""The same for the very next sentence of the paragraph, which reads on. Of 29 such over XQuAD nine hold what the first
does not."""
READ = 3
"""Passages that the sentence that answers is sought in. Over XQuAD three do as well as five (first sentence right
.838 and .835) in three fifths of the time."""
_CLOSE_ITEM = 2.1
"""The same for the items of one list, where several are asked for."""
_FEWEST = 3
"""Words that a second sentence has at least: "Yes." says nothing more."""
_GAP = 3
"""Characters between two sentences of a paragraph at most."""
_COUNTS = 2_000
"""Characters of a question that count; embedder and reader look at no more either."""
_UNLIKELY = 0.1
"""Confidence at most of a sentence without what the question asks for, such as a time or a number."""
_TOLD = 0.6
"""Confidence at least in a line that has the office asked for beside a name, or as its label what is asked; no question
of XQuAD's has such lines."""

_DIFFER = "The documents differ here; each statement is given with the date of its document."
_OF_NOBODY = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"^\W*what\b[^?]*\b(?:must|should|shall|will|would|has|have|had|did|does|do|is|are|was|were)\b[^?]*\b(?:do|done|agree\w*"
    r"|promise\w*|decide\w*|offer\w*|include\w*|require\w*|order\w*|ask\w*|plan\w*|want\w*|need\w*)\b",
    re.IGNORECASE,
)
"""Asks for what a whole list says, not for one of its items."""
_FUTURE = re.compile(r"\b(?:will|next|upcoming|scheduled|is to|are to|set to|plans?|planned)\b", re.IGNORECASE)


def answer(text: str, sources: Sources, k: int) -> Draft:
    """Answers a question that stands alone from the k passages most likely to hold the answer."""
    text = in_full(text[:_COUNTS])
    if draft := inventory.answer(text, sources):
        return draft
    if rank.is_planted(text):
        return Draft("not_found", NOT_FOUND)
    surroundings = sources.retrieve(text, SURROUNDINGS)
    text = truecased(text, (item.passage.text for item in surroundings))
    text = rounds_resolved(latest_resolved(text, surroundings))
    if (long := spelled_out(text, surroundings, sources.frequency)) != text:
        text, surroundings = long, sources.retrieve(long, SURROUNDINGS)
    if spoken := unnamed(text, surroundings, sources.frequency):
        return _with_notice(answer(spoken.text, Inside(sources, spoken.paths), k), spoken.notice)
    if draft := mentioned.everywhere(text, sources, surroundings) or mentioned.answer(text, sources, surroundings):
        return draft
    bare, named = of_document(
        text, {item.passage.document: f"{item.passage.title} {item.passage.date or ''}" for item in surroundings}
    )
    if not named:
        bare, named = inventory.of_aged_document(text, sources.documents())
    if not named:
        bare, named = imprint.said_by_its_writer(text, surroundings, sources)
    if named:
        text, sources = in_full(bare), Inside(sources, named)
        surroundings = tuple(item for item in surroundings if item.passage.document in named)
    question = parse(without_frame(text))
    if _OF_NOBODY.search(text) and len(question.terms) < 2:
        return Draft("not_found", f"{NOT_FOUND} Whom the question means is not clear.", evidence=surroundings[:k])
    if point := listing.nth(question, sources):
        return point
    if missing := unmet(question, surroundings, sources.frequency):
        return Draft("not_found", f"{NOT_FOUND} {missing}", evidence=surroundings[:k])
    if draft := _of_the_occasion(question, surroundings, sources, k):
        return draft
    return _stated(question, surroundings, sources, k)


def _of_the_occasion(question: Question, surroundings: Sequence[Evidence], sources: Sources, k: int) -> Draft | None:
    """What the reports of the one occasion that a question names say; None where there is none, or they do not say."""
    if len(ordinals_in(question.text)) != 1:
        return None
    paths = occasion.reported(question, {item.passage.document: item.passage.title for item in surroundings})
    if not paths:
        return None
    own = Inside(sources, paths)
    texts = " ".join(item.passage.text for item in surroundings if item.passage.document in paths)
    asked, bare = occasion.asked_there(question, texts)
    draft = _stated(asked, own.retrieve(bare, SURROUNDINGS), own, k)
    if held := imprint.held(asked, draft, own, sorted(paths)):
        return held
    return draft if draft.status == "answered" else None


def _stated(question: Question, surroundings: Sequence[Evidence], sources: Sources, k: int) -> Draft:
    """What the documents state, whichever kind of question it is."""
    for kind in _KINDS:
        if draft := kind(question, sources):
            return draft
    parts = several.questions(question.text)
    if len(parts) > 1:
        return several.joined([_part(parse(part), sources, k) for part in parts])
    if question.several and question.expected in _IN_EACH:
        return _in_each_document(question, surroundings, sources, k)
    draft = _fact(question, surroundings, sources, k)
    if draft.status == "not_found":
        spelled = inventory.only_spelled_out(question, surroundings, sources)
        return spelled or listing.counted(question, sources) or draft
    return draft


def _with_notice(draft: Draft, notice: str) -> Draft:
    """An answer with something more to be said of it; a refusal as it is."""
    if draft.status != "answered":
        return draft
    return replace(draft, notice=" ".join(filter(None, (notice, draft.notice))))


def _part(question: Question, sources: Sources, k: int) -> Draft:
    """The answer to one of several questions in one."""
    broad_answers = (kind(question, sources) for kind in _KINDS)
    if found := next((draft for draft in broad_answers if draft), None):
        return found
    surroundings = sources.retrieve(question.text, SURROUNDINGS)
    return _of_the_occasion(question, surroundings, sources, k) or _fact(question, surroundings, sources, k)


_IN_EACH = (Expected.PLACE, Expected.VENUE, Expected.BUILDING, Expected.PERSON, Expected.TIME)


def _in_each_document(question: Question, surroundings: Sequence[Evidence], sources: Sources, k: int) -> Draft:
    """ "In which cities were the summits held?": the answer of every document that has one as good as the best has."""
    found = [_fact(question, surroundings, sources, k)]
    if found[0].status == "answered":
        first = found[0].citations[0].document
        for path in dict.fromkeys(item.passage.document for item in surroundings[: 2 * k]):
            if path != first:
                own = [item for item in surroundings if item.passage.document == path]
                found.append(_fact(question, own, sources, 3))
    good = [draft for draft in found if draft.status == "answered" and draft.confidence >= found[0].confidence - 0.25]
    return several.joined(good or found)


def _two_lists(question: Question, sources: Sources) -> Draft | None:
    """ "What are the risks and the recommendations?": both lists, where each stands under a heading of its own."""
    asked = [parse(text) for text in several.lists(question.text)]
    found = [draft for part in asked if (draft := broad.items(part, sources))]
    sections = {(draft.citations[0].document, draft.citations[0].section) for draft in found}
    return several.joined(found) if asked and len(sections) == len(asked) else None


_KINDS = (
    inventory.about,
    meant.title,
    inventory.references,
    imprint.dateline,
    imprint.event,
    imprint.byline,
    inventory.abbreviation,
    listing.dates,
    rows.extreme,
    comparison.compared,
    broad.overview,
    persons.shared_people,
    listing.attended,
    listing.such,
    _two_lists,
    rows.having,
    broad.items,
    persons.named_people,
)


def _fact(question: Question, surroundings: Sequence[Evidence], sources: Sources, k: int) -> Draft:
    """The sentence that answers, or two."""
    model = rank.default_model()
    evidence = meeting_or_all(question, surroundings)[:k]
    read, readings = _read(question, _looked_at(question, evidence), sources)
    ranked = rank.score(rank.candidates(question, read, sources.weight, readings), model)
    ranked = tables.asked_row_first(question, ahead(question, ranked, read))
    ranked = [c for c in ranked if not _says_nothing_of_it(question, c)]
    ranked = named_first(question, only_of_changes(question, somebody_first(question, ranked)))
    if not ranked:
        return Draft("not_found", NOT_FOUND, evidence=tuple(surroundings[:k]))
    if draft := _under_a_date(question, ranked, read, sources):
        return draft
    features = rank.answerable_features(question, ranked, sources.weight, sources.similarity)
    confidence = _confidence(features)
    passage = read[ranked[0].evidence].passage
    in_a_table = tables.asks_for_a_cell(question, ranked[0], passage)
    told = in_a_table or ranked[0].features["labelled"] or persons.in_office(question, ranked[0].text)
    told = told and (
        ranked[0].features["covers_passage"] >= PREMISE or (in_a_table and tables.says_all_else(question, passage))
    )
    if told or gives_the_reason(question, ranked[0], features["similar"]):
        confidence = max(confidence, _TOLD)
    if (
        of_another_season(question, ranked[0], passage)
        or tables.of_another_row(question, ranked[0], passage)
        or (not in_a_table and beside_the_point(question, ranked, features["similar"], passage))
    ):
        confidence = min(confidence, _UNLIKELY)
    if confidence < model.threshold:
        return Draft("not_found", NOT_FOUND, confidence=confidence, evidence=evidence)
    picked = ranked[:1] if in_a_table else _few(question, ranked)
    if question.decides and not tells_of_each(question, picked, read):
        return Draft("not_found", NOT_FOUND, confidence=min(confidence, _UNLIKELY), evidence=evidence)
    if differing := differing_from(question, ranked, read):
        picked = [picked[0], *differing]
    if LATEST.search(question.text):
        picked = newest_first(picked, read)
    chosen = [_choice(candidate, read) for candidate in picked]
    if following := goes_on_with_the_name(question, ranked[0], passage):
        chosen = [chosen[0], Choice(passage, following.start, following.end)]
    if question.expected is Expected.PERSON:
        chosen = [_with_the_others(question, choice) for choice in chosen]
    notice = _DIFFER if differing else _as_of(question, chosen) or _of_how_many(question, chosen)
    whole = [] if differing else _whole_list(question, picked[0], chosen[0], sources)
    chosen = whole or [said for choice in chosen for said in tables.under_its_head(question, choice)]
    return compose(
        chosen,
        sources,
        confidence=confidence,
        evidence=evidence,
        notice=notice,
        listed=bool(differing or whole),
        led=bool(whole),
    )


def _says_nothing_of_it(question: Question, candidate: Candidate) -> bool:
    return (
        names_only_whom_it_names(question, candidate)
        or only_names_whom_it_names(question, candidate)
        or decides_nothing(question, candidate)
        or occasion.of_another(question, candidate.text)
        or misattributed.plainly_to_another(question, candidate.text)
        or of_publication(question, candidate.text)
    )


def _confidence(features: dict[str, float]) -> float:
    """The probability that the best candidate answers."""
    return round(rank.probability(rank.linear(rank.default_model().answerable, features)), 4)


_NAMES_A_CLAUSE = 5
"""Longer words that a clause's name has at most."""
_SAYS_IT = 0.75
"""Share of a question that a line under a date has to say to be what the date is asked of."""


def _under_a_date(
    question: Question, ranked: Sequence[Candidate], evidence: Sequence[Evidence], sources: Sources
) -> Draft | None:
    """The line of a log or of minutes that says what is asked, and the heading above it that says when; None where the
    question is for no time, or a sentence that says as much of it has one."""
    if question.expected is not Expected.TIME:
        return None
    if not ranked[0].features["exact_missing"] and ranked[0].features["margin"] > rank.SURE:
        return None
    numbers = {term for term in question.terms if term[:1].isdigit()}
    undated = [
        c
        for c in ranked
        if c.features["exact_missing"] and c.features["covers"] >= _SAYS_IT and numbers <= set(content_terms(c.text))
    ]
    dated = max((c.features["covers"] for c in ranked if not c.features["exact_missing"]), default=0.0)
    if not undated or dated >= undated[0].features["covers"]:
        return None
    line = undated[0]
    passage = evidence[line.evidence].passage
    above = broad.heading(passage)
    if not answers_kind(Expected.TIME, frozenset(question.terms), above):
        return None
    heading = next(
        (
            Choice(other, part.start, part.end)
            for other in sources.passages(passage.document)
            for part in other.segments
            if part.kind is Kind.HEADING and part.start < line.segment.start and above in other.quote(part)
        ),
        None,
    )
    confidence = _confidence(rank.answerable_features(question, [line], sources.weight, sources.similarity))
    if heading is None or confidence < rank.default_model().threshold:
        return None
    return compose([heading, _choice(line, evidence)], sources, confidence=confidence, evidence=evidence)


def _looked_at(question: Question, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The passages that a sentence is sought in: the best of those that hold something of the sort asked for, and where
    documents may contradict each other, the best of another document too."""
    holding = [item for item in evidence if _may_answer(question, item.passage)]
    looked_at = holding[:READ] or evidence[:READ]
    if not may_differ(question):
        return looked_at
    documents = {item.passage.document for item in looked_at}
    rivals = [item for item in holding[READ:] if item.passage.document not in documents]
    return [*looked_at, *rivals[:1]]


def _may_answer(question: Question, passage: Passage) -> bool:
    """Whether a sentence of a passage, or a date above it, is of the sort asked for, where only such a one answers."""
    if question.expected not in rank.EXACT:
        return True
    terms = frozenset(question.terms)
    texts = [passage.quote(part) for part in rank.quotable_segments(passage)]
    if question.expected is Expected.TIME:
        texts.append(passage.section)
    return any(answers_kind(question.expected, terms, text, question.measure) for text in texts)


def _read(
    question: Question, evidence: Sequence[Evidence], sources: Sources
) -> tuple[Sequence[Evidence], Sequence[Reading]]:
    """The passages that are looked at, and what the reader sees in them: the first alone where it surely answers, and
    where documents may contradict each other, the best of each other document with it."""
    if len(evidence) < 2:
        return evidence, sources.read(question.text, evidence)
    first = sources.read(question.text, evidence[:1])
    if not first:
        return evidence, ()
    found = rank.candidates(question, evidence[:1], sources.weight, first)
    rest = evidence[1:]
    if any(
        c.features["margin"] > rank.SURE and not c.features["kind_missing"] and not c.features["asks"] for c in found
    ):
        others = {item.passage.document: item for item in reversed(rest)}
        others.pop(evidence[0].passage.document, None)
        rest = [item for item in rest if item in others.values()] if may_differ(question) else []
    return [evidence[0], *rest], [*first, *(sources.read(question.text, rest) if rest else ())]


def _choice(candidate: Candidate, evidence: Sequence[Evidence]) -> Choice:
    part = candidate.segment
    passage = evidence[candidate.evidence].passage
    spans = (candidate.span,) if candidate.span else ()
    return Choice(passage, part.start, _end_of_clause(part, passage), spans)


def _whole_list(question: Question, best: Candidate, choice: Choice, sources: Sources) -> list[Choice]:
    """What announces a list and its items, where the best sentence does, or is one of them and all are asked for."""
    if (
        best.segment.kind is Kind.ITEM
        and _WHOLE.search(question.text)
        and (found := broad.list_around(choice, sources))
    ):
        return found
    return broad.announced(choice, sources)


def _end_of_clause(part: Segment, passage: Passage) -> int:
    """Where a sentence ends; one that only names what its paragraph is of ("Term of Notice."), with the next one."""
    block = [other for other in passage.segments if other.block == part.block]
    words = [word for word in re.findall(r"[^\W\d_]+", passage.quote(part)) if len(word) > 3]
    names = 0 < len(words) <= _NAMES_A_CLAUSE and all(word[0].isupper() for word in words)
    return block[1].end if names and block[0] == part and len(block) > 1 else part.end


_LISTS_OFFICES = re.compile(r"\([^()]{3,40}\)[^()]*\([^()]{3,40}\)")
"""Names with something in brackets behind each, as minutes say who was present."""


def _with_the_others(question: Question, choice: Choice) -> Choice:
    """A choice whose words that answer are a person's name, with the people named in one breath: of "led by Ada Brook,
    who spoke, and Carl Stone" both, where a reader marks one; but of "Ada Brook (chair), Carl Stone (clerk)" only who
    has the office that is asked for."""
    if not choice.spans:
        return choice
    if _LISTS_OFFICES.search(choice.text) and (holders := persons.holders_at(question, choice.text)):
        return replace(choice, spans=tuple((start + choice.start, end + choice.start) for start, end in holders))
    first, last = (place - choice.start for place in choice.spans[0])
    spans: list[tuple[int, int]] = []
    for start, end in people_at(choice.text):
        linked = spans and re.search(r"(?:,|\band)\s+$", choice.text[spans[-1][1] : start])
        if linked or (not spans and start < last and first < end):
            spans.append((start, end))
    if len(spans) < 2:
        return choice
    return replace(choice, spans=tuple((start + choice.start, end + choice.start) for start, end in spans))


def _few(question: Question, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence, and one more where it is nearly as good; of a list, the items beside it that are nearly as
    good."""
    best = ranked[0]
    offices = persons.offices_asked(question) & set(content_terms(best.text))
    if offices:  # beside a chair a minister is no other chair
        ranked = [c for c in ranked if not offices.isdisjoint(content_terms(c.text))]
    if question.several and best.segment.kind is Kind.ITEM:
        same = [c for c in ranked if c.evidence == best.evidence and c.segment.kind is Kind.ITEM]
        return sorted((c for c in same if best.score - c.score <= _CLOSE_ITEM), key=lambda c: c.segment.start)[:8]
    texts = {best.text}
    chosen = [best]
    for other in ranked[1:4]:
        another = other.features["other_code"] > best.features["other_code"] or len(other.text.split()) < _FEWEST
        another = another or (best.segment.kind is Kind.ITEM and lacks_its_names(best, other))
        near = best.score - other.score <= _may_be_behind(question, best, other)
        if near and not another and other.text not in texts and len(chosen) < 2:
            chosen.append(other)
            texts.add(other.text)
    return chosen


def _may_be_behind(question: Question, best: Candidate, other: Candidate) -> float:
    """Log-odds by which another sentence may be behind the best one. Lines and items stand alone, and without a reader,
    whose margins are 0, the order tells less."""
    here, there = best.segment, other.segment
    if LABEL.match(other.text):
        return 0.0
    prose = here.kind is there.kind is Kind.SENTENCE and not rank.is_fragment(there, other.text)
    if not prose or not other.features["margin"]:
        return _CLOSE_EXACT
    if (best.evidence, here.block) == (other.evidence, there.block) and 0 <= there.start - here.end <= _GAP:
        return _CLOSE_NEXT
    return _CLOSE_EXACT if question.expected in rank.EXACT else _CLOSE


_OF_ALL = re.compile(
    r"^\W*\w+\s+(?!(?:both|each|every|all)\b)[^?]*?\s(?:both|each|every|all(?:\s+of)?(?:\s+(?:the|these|those))?)"
    r"\s+(?P<what>[\w-]{3,}(?:\s+[\w-]{3,})?)",
    re.IGNORECASE,
)
_ALL = re.compile(r"\b(?:both|each|every|all|two)\W+(?P<what>(?:\w+\W+){1,3})", re.IGNORECASE)
_OF_SOME = "The sentence does not say that it is so for all of them."


def _of_how_many(question: Question, chosen: Sequence[Choice]) -> str | None:
    """ "Was Ada Brook at both summits?": a sentence about one of them does not decide it, and that is said."""
    asked = _OF_ALL.match(question.text) if question.decides else None
    if not asked:
        return None
    what = set(content_terms(asked["what"]))
    told = any(what & set(content_terms(said["what"])) for choice in chosen for said in _ALL.finditer(choice.text))
    return None if told else _OF_SOME


def _as_of(question: Question, chosen: Sequence[Choice]) -> str | None:
    """What lay ahead when an older document was written is given as of its date."""
    if question.expected is Expected.REASON or not ASKS_FUTURE.search(question.text):
        return None
    for choice in chosen:
        if choice.passage.date and _FUTURE.search(choice.text):
            return f"This was said as of {choice.passage.date}, the date of the document."
    return None
