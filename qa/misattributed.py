"""Whether a sentence says what a question asks, but of somebody or something else: what one state pays is not what the
other does, and who opened a gallery is not who curated it. Pure.

Counted over 9,000 questions of SQuADShifts with the sentence that answers each, all of these rules together refuse
fewer than twenty.
"""

from __future__ import annotations

import re

from index.terms import content_terms, fold
from index.types import Kind, Passage
from qa import rank
from qa.facts import read, with_equivalents
from qa.lexicon import UNITS
from qa.named import proper_names, same_name
from qa.phrases import AUXILIARY, WORD, names_in, people_at
from qa.question import Question
from qa.rank import Candidate
from qa.sorts import Expected


def plainly_to_another(question: Question, text: str) -> bool:
    """Whether a sentence tells in so many words of another, so that the next best one may be meant."""
    return (
        of_another_subject(question, text)
        or of_another_deed(question, text)
        or of_another_code(question, text)
        or of_kin(question, text)
        or of_another_thing(question, text)
    )


def to_another(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether the best candidate says it of another; `passage` is where it stands."""
    text, margin = best.text, best.features["margin"]
    return (
        of_another_unit(question, text)
        or of_another_rank(question, text)
        or of_that_office_elsewhere(question, text)
        or of_another_body(question, text)
        or follows_nobody(question, text)
        or names_nothing_more(question, text)
        or _of_another_item(question, best, passage)
        or (margin < rank.SURE and of_nothing_so_called(question, text, passage.text))
        or (margin < _BELIEVED and of_nothing_so_called(question, text, " ".join(best.above)))
        or (best.segment.kind is Kind.ITEM and of_nothing_so_called(question, text, ""))
    )


_BELIEVED = 3.0
"""Margin from which on a sentence without a word for what is called so is believed."""
_NAME = r"[A-Z][\w’'-]+(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w’'-]+)*"
_SUBJECT = re.compile(
    rf"\b(?i:{AUXILIARY})\s+(?:the\s+)?(?P<subject>{_NAME})\s+(?:[a-z]+ly\s+|ever\s+|first\s+|also\s+)?(?P<verb>[a-z]{{3,}})\b"
)
_DOES = re.compile(
    rf"(?P<name>{_NAME})\s+(?:(?i:{AUXILIARY}|also|[a-z]+ly)\s+){{0,3}}(?P<verb>[a-z]{{2,}}(?:[a-z]|(?<=s)))\b"
)

_ORGAN = re.compile(
    r"\b(?:Board|Cabinet|Commission|Committee|Council|Court|Department|Directorate|Government|Management|Ministry|Office"
    r"|Parliament|Secretariat|Team)$"
)
"""What may be an organ of whom a question names, and what it does that one's deed."""


def of_another_subject(question: Question, text: str) -> bool:
    """Whether it is asked what somebody named did, and a sentence tells only of another who did so."""
    asked = _SUBJECT.search(question.text)
    if not asked:
        return False
    subject, said = content_terms(asked["subject"]), content_terms(text)
    if not subject or any(same_name(term, other) for term in subject for other in said):
        return False
    verb = set(content_terms(asked["verb"]))
    does = (match for match in _DOES.finditer(text) if len(match["name"]) > 3 and not _ORGAN.search(match["name"]))
    return any(not verb.isdisjoint(content_terms(match["verb"])) for match in does)


_THING = re.compile(
    r"\bhow\s+(?:much|many|long|far)\b[^?]*?\b(?:did|does|do|will|would)\s+the\s+(?:[\w-]+\s+){0,2}?(?P<noun>[a-z]{3,})\s+"
    r"(?:(?:in|at|of|on|to)\s+(?:the\s+)?[A-Z]?[\w’'-]+\s+)?"
    r"(?P<verb>cost|last|weigh|take|measure|hold|produce|carry|earn|lose|spend)s?\b",
    re.IGNORECASE,
)
_OF_A_THING = re.compile(
    r"(?:^|[.;]\s+|\b(?:the|an?)\s+)(?:[\w-]+\s+){0,2}[a-z]{3,}\s+(?:(?:will|would|has|had|also)\s+)?$", re.IGNORECASE
)
"""What stands in front of the verb of a thing."""
_IS_A_NOUN = re.compile(r"\s+(?:was|were|is|are|of|came|comes|to|for|will|would)\b", re.IGNORECASE)
"""What stands behind "cost" where that is no verb."""


def of_another_thing(question: Question, text: str) -> bool:
    """Whether it is asked what a thing cost, or how long it lasted, and a sentence tells it of another thing alone."""
    asked = _THING.search(question.text)
    if not asked or not with_equivalents(set(content_terms(asked["noun"]))).isdisjoint(content_terms(text)):
        return False
    verb = set(content_terms(asked["verb"]))
    said = (match for match in WORD.finditer(text) if not verb.isdisjoint(content_terms(match[0])))
    does = (match for match in said if not _IS_A_NOUN.match(text, match.end()))
    return any(_OF_A_THING.search(text[: match.start()]) for match in does)


_KIN = (
    r"(?:husband|wife|widow|widower|father|mother|parents|son|daughter|brother|sister|children|uncle|aunt|nephew|niece|cousin"
    r"|grandfather|grandmother|grandson|granddaughter)s?"
)
_KIN_DID = re.compile(
    rf"\b(?i:her|his|their)\s+(?:[a-z]+\s+){{0,2}}?{_KIN}\s+(?:[A-Z][\w’'-]+\s+)*(?:(?:was|were|had|has|is)\s+)?"
    r"(?P<did>[a-z]{3,})\b"
)


def of_kin(question: Question, text: str) -> bool:
    """Whether it is asked of somebody what a sentence only tells of that one's kin: of what her husband died does not
    say of what she did."""
    if re.search(rf"\b{_KIN}\b", question.text, re.IGNORECASE):
        return False
    asked = set(question.terms) - question.asking
    of_kin = {term for match in _KIN_DID.finditer(text) for term in content_terms(match["did"])} & asked
    return bool(of_kin) and of_kin.isdisjoint(content_terms(_KIN_DID.sub(" ", text)))


_WHO_DID = re.compile(
    r"^\W*who\s+(?:(?:has|have|had)\s+)?(?P<verb>[a-z]{3,}(?:ed|en|t|ote|ade|ook|ave|an|ew|ang|old))\b", re.IGNORECASE
)
_DONE_BY = re.compile(
    r"\b(?P<done>[a-z]+(?:ed|en|t|own|ade|old|un))\s+(?:[^,;.]{1,30}\s+)?by\s+(?:(?:the|an?|its|their|his|her)\s+)?(?:[\w’'.-]+\s+){0,4}$"
)


def of_another_deed(question: Question, text: str) -> bool:
    """Whether it is asked who did something, and a sentence only names by whom something else was done."""
    asked = _WHO_DID.match(question.text)
    people = people_at(text)
    if not asked or not people:
        return False
    if not with_equivalents(set(content_terms(asked["verb"]))).isdisjoint(content_terms(text)):
        return False
    return all(_DONE_BY.search(text[:start]) for start, _ in people)


_NAME_OF = re.compile(
    r"^\W*what\s+(?:is|was|are|were)\s+the\s+(?:(?:real|full|exact|original|first|last)\s+)?(?:names?|title)\s+of\s+"
    r"(?:(?:the|an?|his|her|its|their|[\w’'.-]+(?:\s+[\w’'.-]+)?['’]s?)\s+)?(?P<what>(?:[a-z-]+\s+){0,2}?[a-z-]{3,})"
    r"(?=\W*$|\s+(?:of|in|at|on|for|with|by|from|to|who|whose|that|which|where|used|held|built)\b)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[“\"‘`*](?P<said>[^”\"’`*]{2,40})[”\"’`*]")


_CALLED = re.compile(r"\b(?:called|named|known as|entitled|titled)\b", re.IGNORECASE)


def of_nothing_so_called(question: Question, text: str, around: str) -> bool:
    """Whether it is asked what something is called, and neither a text nor what is around it has a word for it."""
    asked = _NAME_OF.match(question.text)
    head = set(content_terms(asked["what"].split()[-1])) if asked else set()
    return bool(head) and with_equivalents(head).isdisjoint(content_terms(f"{text} {around}"))


def names_nothing_more(question: Question, text: str) -> bool:
    """Whether it is asked what something is called, and a text has no name that the question has not: that he goes by
    Quill does not say what the man who calls himself Quill is called."""
    if not _NAME_OF.match(question.text) or question.text.islower() or _CALLED.search(text):
        return False
    known = content_terms(question.text)
    names = [text[slice(*span)] for span in names_in(text)] + [match["said"] for match in _QUOTED.finditer(text)]
    return not any(not any(same_name(term, other) for other in known) for name in names for term in content_terms(name))


_IN_UNIT = re.compile(r"\bin\s+(?P<unit>[a-z]+)\W*$", re.IGNORECASE)


def of_another_unit(question: Question, text: str) -> bool:
    """Whether a number is asked for in a unit, and a text has none of what the unit measures."""
    asked = _IN_UNIT.search(question.text)
    unit = UNITS.get(fold(asked["unit"])) if asked else None
    if unit is None or question.expected is not Expected.NUMBER:
        return False
    numbers = [fact for statement in read(text) for fact in statement.facts if fact.kind == "number"]
    return all(fact.dimension != unit[0] for fact in numbers)


_RANK = re.compile(
    r"\b(?P<rank>prime|chief|general|managing|executive|deputy|vice|assistant|acting|honorary)[\s-]+(?P<office>[a-z]{4,})\b"
    r"|['’]s?\s+(?P<deputy>deputy|assistant)\b",
    re.IGNORECASE,
)


def of_another_rank(question: Question, text: str) -> bool:
    """Whether it is asked who has an office of a rank, the prime minister, and a text has only another of that kind."""
    asked = _RANK.search(question.text)
    if not asked or question.expected is not Expected.PERSON:
        return False
    said = set(content_terms(text))
    deputies = set(content_terms("deputy vice assistant"))
    if asked["deputy"]:
        return said.isdisjoint(deputies)
    if not deputies.isdisjoint(content_terms(asked["rank"])):
        return False  # told by `mismatch`
    return not said.isdisjoint(content_terms(asked["office"])) and said.isdisjoint(content_terms(asked["rank"]))


_OFFICE_OF = re.compile(
    rf"^\W*[Ww]ho\s+(?:is|was|were|are)\s+(?:the\s+)?(?:[a-z]+\s+)?(?P<office>[a-z]{{4,}}?)s?\s+of\s+(?:the\s+)?(?P<name>{_NAME})"
)


_CHOSE = re.compile(
    r"\b[A-Z][\w’'-]+\s+(?:has\s+|had\s+)?(?:appointed|named|hired|elected|chose|promoted)\s+(?:[A-Z]|a\b)"
)


def of_that_office_elsewhere(question: Question, text: str) -> bool:
    """Whether it is asked who is the captain of something named, and a text names a captain of something else."""
    asked = _OFFICE_OF.search(question.text)
    if not asked:
        return False
    said = content_terms(text)
    if any(same_name(term, other) for term in content_terms(asked["name"]) for other in said):
        return False
    if _CHOSE.search(text) and asked["office"].lower() in text.lower():
        return True
    office = re.escape(asked["office"])
    elsewhere = rf"\b(?i:{office})s?(?:\s+[A-Z][\w’'.-]+){{0,4}}\s+(?:of|at|for)\s+(?:the\s+)?[A-Z]"
    return re.search(elsewhere, text) is not None


_BODY = r"(?:committee|board|council|commission|panel|working group|assembly|cabinet|jury|tribunal)"
_OF_BODY = re.compile(
    rf"^\W*who\s+(?:is|was|are|were)\s+(?:the\s+)?[a-z]{{4,}}s?\s+of\s+the\s+(?:[a-z]+\s+)?(?P<body>{_BODY})\b",
    re.IGNORECASE,
)


def of_another_body(question: Question, text: str) -> bool:
    """Whether it is asked who chairs a committee, and a text only has somebody of a board."""
    asked = _OF_BODY.match(question.text)
    return (
        asked is not None
        and not re.search(rf"\b{asked['body']}", text, re.IGNORECASE)
        and re.search(rf"\b{_BODY}\b", text, re.IGNORECASE) is not None
    )


_NUMBERED = re.compile(r"^[\W_]*(?P<number>\d{1,4})[`*]*\s*[:=–—]")
_CODE = re.compile(r"\b(?P<what>[a-z]{3,})\s+(?P<number>\d{1,4})\b", re.IGNORECASE)


def of_another_code(question: Question, text: str) -> bool:
    """Whether it is asked what code 7 means, and a line is of code 0."""
    line = _NUMBERED.match(text)
    asked = {match["number"] for match in _CODE.finditer(question.text)}
    return line is not None and bool(asked) and line["number"] not in asked


_WHO_FOLLOWED = re.compile(r"^\W*who\s+(?:succeeded|replaced|followed)\b", re.IGNORECASE)
_FOLLOWS = re.compile(r"\b(?:succe|replac|follow|after|t(?:ook|ake)\s+over)", re.IGNORECASE)


def follows_nobody(question: Question, text: str) -> bool:
    """Whether it is asked who succeeded somebody, and a text names nobody else and has no word for it."""
    if not _WHO_FOLLOWED.match(question.text) or _FOLLOWS.search(text):
        return False
    people = (content_terms(text[start:end]) for start, end in people_at(text))
    return all(any(same_name(term, other) for term in name for other in question.terms) for name in people)


def _of_another_item(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether an item of a list names something and none of the question's names, and another item of that list has all
    of them: what one thing of several cost is not what the other did."""
    if best.segment.kind is not Kind.ITEM or best.features["names_missing"] < 1 or question.decides:
        return False
    if not any(fact.kind == "name" and fact.sure for statement in read(best.text) for fact in statement.facts):
        return False
    names = [parts for _, parts in proper_names(question)]
    others = (
        set(content_terms(passage.quote(part)))
        for part in passage.segments
        if part.kind is Kind.ITEM and part != best.segment
    )
    return bool(names) and any(all(said.issuperset(parts) for parts in names) for said in others)
