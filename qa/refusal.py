"""Whether a sentence is beside the point, however much else speaks for it: rules for what fitted coefficients cannot
learn from the questions that they are fitted on. Pure.

A wrong answer is worse than none: each rule refuses, and what it was made for stands in its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.chunk import context
from index.dates import find_dates
from index.terms import content_terms
from index.types import Kind, Passage, Segment
from qa import persons, rank, unsaid
from qa.facts import read
from qa.misattributed import to_another
from qa.mismatch import of_something_else, ordinals
from qa.mistimed import YEAR
from qa.named import proper_names
from qa.phrases import MONTH, month_number, people_at
from qa.question import Question
from qa.rank import Candidate
from qa.sorts import LABEL, Expected, roles_in
from qa.types import Evidence

_DEMOTED = 1.0
"""Log-odds by which the sentence that is taken, as it has such a thing, may be behind another that has none."""
_NAMES = 0.5
"""Share of a question's names that may be untold where a sentence answers with a person, a time, a place or a reason.
Where more is untold, 6 of 9 such answers over XQuAD are wrong; of those with numbers and others half are right."""
PREMISE = 0.5
"""Share of a question for a reason that a passage has at least to tell what it gives the reason of."""
_ALIKE = 0.3
"""Similarity of such a question and a sentence that has a reason, from which on it tells the premise in other words.
Of the questions in `eval/near_misses` eleven more are answered from it on, ten of them rightly."""
_TELLS = 0.5
"""The same for one that has none of the names of the question."""
_SAYS_WHY = 1.0
"""Margin from which on a sentence is believed to give the reason, though it does not repeat what it is the reason of.
Of XQuAD's few questions why, the right ones have 6.1 and more, the others without a word for a reason 3.2 and less."""
_WITHOUT_A_WORD = 2.2
"""The same for a sentence without any word that says that it gives a reason."""
_SAYS_MORE = 5 / 12
"""What such a sentence has to add to the question, as the feature has it: that the delegates were absent does not say
why they were."""
_SAYS_ALL = 0.9
"""Share of such a question from which on a sentence says all of it."""
_FOLLOWS_FROM = re.compile(
    r"\b(?:after|when|where|while|having|following|through|so|but|until|once|if|being|which|who|too"
    r"|by \w+ing|for \w+ing)\b"
    r"|[:;–—]",
    re.IGNORECASE,
)
_FAR_OFF = -7.0
"""Margin below which the reader sees nothing in a sentence, whatever speaks for it."""
_BARELY = 0.1
"""Share of a question below which a sentence says next to nothing of it, and only the reader can speak for it."""
_BELIEVED = 0.5
"""Margin of such belief. With the reader before, whose margins were higher, all three such sentences below 1.0 over
XQuAD were wrong, as were both for a person that name nobody and are not believed at all."""
_DECIDES = 0.75
"""Share of a yes/no question that a title which stands in the text has at least to say to decide it."""
_FULL_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w’'-]+ (?:(?:of|the|de|van|von|for|and) ){0,2}[A-Z][\w’'-]+")
"""A name of two words or more in a question: one of a single word, such as the Tenant of a contract, may go without
saying."""
_OF_WHAT_IS_NAMED = (
    Expected.PERSON,
    Expected.TIME,
    Expected.PLACE,
    Expected.VENUE,
    Expected.BUILDING,
    Expected.REASON,
)
_PRONOUN = re.compile(r"\b(?:I|my|he|him|his|she|her|we|our|they|their)\b", re.IGNORECASE)
"""Words by which a sentence tells of somebody without a name."""
_FOLLOWS = re.compile(
    r"\b(?:before|after|previous(?:ly)?|former(?:ly)?|predecessors?|successors?|succeed(?:ed|s)?|replaced?)\b",
    re.IGNORECASE,
)
ASKS_FUTURE = re.compile(r"\b(?:will|next|upcoming|future|scheduled|planned)\b", re.IGNORECASE)
_AFTER_MONTH = re.compile(rf"\bafter\s+(?P<month>{MONTH.pattern})", re.IGNORECASE)


def ahead(question: Question, ranked: list[Candidate], evidence: Sequence[Evidence]) -> list[Candidate]:
    """Without the sentences whose dates and years all lie behind, where a time or a place to come is asked for: on the
    day of its document or before it nothing was "next"."""
    if question.expected not in (Expected.TIME, Expected.PLACE, Expected.VENUE):
        return ranked
    if not ASKS_FUTURE.search(question.text):
        return ranked

    def behind(candidate: Candidate) -> bool:
        written = evidence[candidate.evidence].passage.date or ""
        dates = [found.iso for found in find_dates(candidate.text) if found.iso]
        years = YEAR.findall(candidate.text)
        later = _AFTER_MONTH.search(question.text)
        if later and any(found.month == month_number(later["month"]) for found in find_dates(candidate.text)):
            return True
        if not written or not years:
            return False
        return all(date[: len(written)] <= written for date in dates) and all(
            year < written[:4] or (dates and year == written[:4]) for year in years
        )

    return [candidate for candidate in ranked if not behind(candidate)]


def beside_the_point(question: Question, ranked: Sequence[Candidate], similar: float, passage: Passage) -> bool:
    """Whether the best sentence lacks what its kind of answer needs, however much else speaks for it.

    `similar` is how alike the question and that sentence are, `passage` where the sentence stands.
    """
    best = ranked[0]
    reason = question.expected is Expected.REASON
    unreasoned = bool(best.features["kind_missing"])
    told = best.features["covers_passage"] >= PREMISE
    margin = best.features["margin"]
    explained = gives_the_reason(question, best, similar)
    return (
        bool(best.features["exact_missing"] or best.features["repeats"] or best.features["asks"])
        or (
            max(c.score for c in ranked) - best.score > _DEMOTED
            and not persons.in_office(question, best.text)
            and not (best.segment.kind is Kind.ITEM and _has_names(question, best))
        )
        or (
            question.expected in _OF_WHAT_IS_NAMED
            and best.features["names_missing"] >= _NAMES
            and not (margin >= rank.SURE and _PRONOUN.search(best.text))
            and not (margin >= rank.SURE and goes_on_with_the_name(question, best, passage))
            and not (similar >= _TELLS and explained)
        )
        or (reason and not told and similar < _ALIKE and margin < _SAYS_WHY)
        or (reason and unreasoned and (margin < _WITHOUT_A_WORD or _only_says_that(best)))
        or (best.features["covers"] < _BARELY and margin < _BELIEVED and not explained)
        or (question.expected is Expected.PERSON and margin < 0 and not people_at(best.text))
        or (question.decides and best.features["names_missing"] >= 1 and _FULL_NAME.search(question.text) is not None)
        or (not best.features["covers"] and _WHAT_IS.match(question.text) is not None)
        or of_something_else(question, best, passage)
        or to_another(question, best, passage)
        or persons.belonging_elsewhere(question, best.text)
        or persons.of_another_office(question, best.text)
        or persons.of_no_doer(question, best.text)
        or (margin < rank.SURE and unsaid.tells_of_no_such_thing(question, best.text))
        or (
            (LABEL.match(best.text) is not None or best.segment.kind is not Kind.SENTENCE)
            and persons.of_no_such_person(question, best.text, best.above)
        )
        or unsaid.leaves_unsaid(question, best.text, f"{best.text} {passage.text} {' '.join(best.above)}")
        or unsaid.tells_of_no_such_deed(question, f"{passage.text} {' '.join(best.above)}", sure=margin >= rank.SURE)
        or (margin < rank.SURE and persons.of_no_holder(question, best.text, best.above))
    )


_WHAT_IS = re.compile(r"^\W*[Ww]hat\s+(?:is|are|was|were)\s+(?:the\s+|an?\s+)?[A-Z][\w’'-]*(?:\s+[\w’'-]+){0,4}\W*$")
"""Asks what something is that it names: a sentence without any of its words is of something else."""


_GOES_ON = re.compile(r"(?:He|She|They)\s")


def goes_on_with_the_name(question: Question, best: Candidate, passage: Passage) -> Segment | None:
    """The next sentence of the paragraph, where it goes on about whom the best one names and has the question's names:
    of "Ada Brook was appointed. She succeeded Carl Stone" the second, where it is asked who succeeded Carl Stone."""
    if question.expected is not Expected.PERSON or not people_at(best.text):
        return None
    after = [part for part in passage.segments if part.block == best.segment.block and part.start >= best.segment.end]
    following = after[0] if after else None
    if following is None or not _GOES_ON.match(quote := passage.quote(following)):
        return None
    said = set(content_terms(quote))
    names = [parts for _, parts in proper_names(question)]
    return following if names and all(said.issuperset(parts) for parts in names) else None


def _only_says_that(best: Candidate) -> bool:
    """Whether a sentence says of a question why no more than that it is so: it adds next to nothing, or says all of it
    and has no word that another thing could follow from."""
    says_all = best.features["covers"] >= _SAYS_ALL and not _FOLLOWS_FROM.search(best.text)
    return best.features["adds"] < _SAYS_MORE or says_all


def decides_nothing(question: Question, candidate: Candidate) -> bool:
    """Whether yes or no is asked for, and a line is a label or a list of words: of lines that are no sentence only a
    title that stands in the text may decide."""
    if not question.decides or candidate.features["margin"] >= rank.SURE:
        return False
    if not rank.is_fragment(candidate.segment, candidate.text):
        return False
    said = set(content_terms(candidate.text))
    titled = 2 * len(said & candidate.above) >= len(said)
    return not (titled and candidate.features["covers"] >= _DECIDES)


_WHAT_SOMEBODY_DID = re.compile(
    r"^\W*[Ww]hat\s+(?:did|does|do|has|have|had)\s+(?:[A-Z][\w’'.-]+(?<!['’]s)\s+){1,4}[a-z]{3,}"
)


def only_names_whom_it_names(question: Question, candidate: Candidate) -> bool:
    """Whether it is asked what somebody did, and a line of a list has only that name and what belongs to it: who was
    there did not so present anything."""
    if not _WHAT_SOMEBODY_DID.match(question.text) or candidate.segment.kind is not Kind.ITEM:
        return False
    people = people_at(candidate.text)
    return (
        len(people) == 1
        and people[0][0] < _TITLE
        and set(content_terms(candidate.text[slice(*people[0])])) <= set(question.terms)
        and not _MAY_BE_A_VERB.search(candidate.text)
    )


_MAY_BE_A_VERB = re.compile(r"\b[a-z]+(?:s|ed|ing)\b")
_TITLE = 12
"""Characters of a title in front of a name."""


def gives_the_reason(question: Question, best: Candidate, similar: float) -> bool:
    """Whether a reason is asked for, and a sentence that is `similar` to the question has words that give one, be it
    of the same thing in quite other words. The reader, which has seen few such questions, doubts most of them."""
    return (
        question.expected is Expected.REASON
        and not best.features["kind_missing"]
        and similar >= _ALIKE
        and best.features["margin"] >= _FAR_OFF
    )


def names_only_whom_it_names(question: Question, best: Candidate) -> bool:
    """Whether people are asked for, and a sentence names only those of the question and tells of nobody else by a role:
    "Ada Brook took over" does not say who was it before Ada Brook."""
    if question.expected is not Expected.PERSON:
        return False
    asked = set(question.terms)
    runs: dict[tuple[int, int, int], set[str]] = {}
    for at, statement in enumerate(read(persons.without_offices(best.text))):
        for fact in statement.facts:
            if fact.kind == "name" and fact.sure:
                runs.setdefault((at, *fact.run), set()).update(content_terms(fact.name))
    if not runs or any(name.isdisjoint(asked) for name in runs.values()):
        return False
    return roles_in(best.text) <= asked or bool(_FOLLOWS.search(question.text))


_BEHIND_SOMEBODY = 4.0
"""Log-odds by which a sentence that names somebody may be behind one that tells of nobody. XQuAD has no question where
that changes an answer."""


def somebody_first(question: Question, ranked: list[Candidate]) -> list[Candidate]:
    """Where people are asked for and the best sentence has neither a person's name nor a role, the best one little
    behind that names somebody ahead of it: that a meeting was held in Ghent does not say who spoke there. Where it has
    a role only the best one that names somebody with the office asked for: that a board has a chair does not say who
    chairs it."""
    if question.expected is not Expected.PERSON or not ranked or people_at(ranked[0].text):
        return ranked
    near = [c for c in ranked if c.score >= ranked[0].score - _BEHIND_SOMEBODY and people_at(c.text)]
    if roles_in(ranked[0].text):
        near = [c for c in near if persons.in_office(question, c.text)]
    first = next(iter(near), None)
    return [first, *(c for c in ranked if c is not first)] if first else ranked


_OTHERS = 0.75
"""Share of a question's names that a line has to lack to be of somebody else."""
_BEHIND_A_NAME = 8.0
"""Log-odds by which a sentence with the question's name may be behind one that has only another."""


def named_first(question: Question, ranked: list[Candidate]) -> list[Candidate]:
    """Where the best sentence names something else than the question does, the best one that has all names of the
    question, and is of the sort asked for, ahead of it, if it is of the same document: what is said of one port is not
    said of the other. Of a list, whatever is asked for: another line is of somebody else."""
    if not ranked or ranked[0].features["names_missing"] < _OTHERS:
        return ranked
    best = ranked[0]
    of_figures = question.expected in (Expected.NUMBER, Expected.TIME) and best.features["names_missing"] >= 1
    if not of_figures and (best.segment.kind is not Kind.ITEM or question.decides):
        return ranked
    if not any(fact.kind == "name" and fact.sure for said in read(best.text) for fact in said.facts):
        return ranked
    near = [
        c
        for c in ranked[1:]
        if best.score - c.score <= _BEHIND_A_NAME
        and (of_figures or c.segment.kind is Kind.ITEM)
        and not c.features["exact_missing"]
        and _has_names(question, c)
    ]
    return [near[0], *(c for c in ranked if c is not near[0])] if near else ranked


def lacks_its_names(best: Candidate, other: Candidate) -> bool:
    """Whether a line has all names of the question, and another lacks them: that one is of somebody else."""
    return not best.features["names_missing"] and other.features["names_missing"] >= _OTHERS


def _has_names(question: Question, candidate: Candidate) -> bool:
    """Whether the question has names, and a candidate has all of them."""
    said = set(content_terms(candidate.text))
    names = [parts for _, parts in proper_names(question)]
    return bool(names) and all(said.issuperset(parts) for parts in names)


def tells_of_each(question: Question, picked: Sequence[Candidate], evidence: Sequence[Evidence]) -> bool:
    """Whether one sentence tells of each of several things that the question counts: what is said of the sixth alone
    does not decide whether it came before the seventh."""
    asked = {fact.value for fact in question.named if fact.kind == "ordinal"}
    above = (context(evidence[candidate.evidence].passage) for candidate in picked)
    told = (ordinals(f"{candidate.text}\n{title}") for candidate, title in zip(picked, above, strict=True))
    return len(asked) < 2 or any(asked <= said for said in told)
