"""Whether a sentence tells of what a question asks, but leaves unsaid what it asks of it: that a fine may be imposed
does not say how high the one was that was. Pure."""

from __future__ import annotations

import re
from functools import cache

from index.dates import find_dates
from index.terms import STOPWORDS, content_terms, word_list
from qa.facts import with_equivalents
from qa.named import same_name
from qa.phrases import AUXILIARY, WORD, names_in
from qa.question import Question
from qa.sorts import Expected


def leaves_unsaid(question: Question, text: str, around: str) -> bool:
    """Whether a sentence leaves unsaid what a question asks; `around` is the passage that it stands in. Of 9,000
    questions that people asked of SQuADShifts' passages all of these rules together refuse some twenty."""
    return (
        only_intended(question, text)
        or leaves_nameless(question, text)
        or names_nobody(question, text)
        or has_no_day(question, text)
        or has_no_hour(question, text)
        or tells_of_no_victory(question, text)
        or _has_no_word_for(_SAYS_ABOUT, question, around)
        or _has_no_word_for(_FEE_FOR, question, around)
    )


_SAYS_ABOUT = re.compile(
    r"\bwhat\s+(?:did|does|do|has)\s+[^?]{2,40}?\s(?:say|said|claim|argue|write)\s+(?:about|on|of|regarding)\s+(?P<what>[^?]+)",
    re.IGNORECASE,
)
_FEE_FOR = re.compile(
    r"\b(?:what\s+is|what['’]s|how\s+much\s+is|when\s+is)\s+the\s+(?:[a-z-]+\s+)?(?:fee|price|cost|charge|fine|penalty|deadline"
    r"|limit)\s+(?:for|of)\s+(?P<what>[^?]+)",
    re.IGNORECASE,
)


def _has_no_word_for(asks: re.Pattern[str], question: Question, around: str) -> bool:
    """Whether a passage has none of the words for `what` is asked about, nor any near-synonym of them."""
    asked = asks.search(question.text)
    terms = set(content_terms(asked["what"])) - STOPWORDS if asked else set()
    return bool(terms) and with_equivalents(terms).isdisjoint(content_terms(around))


_DAY = re.compile(
    r"\b(?:what|which)\s+(?:exact\s+)?(?:day|date)\b(?!\s+of\s+the\s+week)|\bexact\s+date\b", re.IGNORECASE
)
_ANY_DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d(?:st|nd|rd|th)\b|day\b|\d\d?[/.-]\d", re.IGNORECASE
)


def has_no_day(question: Question, text: str) -> bool:
    """Whether a day is asked for, and all dates of a text are of a month or a year."""
    if question.expected is not Expected.TIME or not _DAY.search(question.text) or _ANY_DAY.search(text):
        return False
    dates = find_dates(text)
    return bool(dates) and not any(date.day for date in dates)


_HOUR = re.compile(
    r"(?<!within )\bwhat\s+time\b(?!\s+(?:period|frame|span|zone|of\s+(?:the\s+)?(?:year|day)|limit|line))"
    r"|\b(?:opening|visiting|office|business)\s+hours\b",
    re.IGNORECASE,
)
_ANY_HOUR = re.compile(
    r"\d{1,2}[:.h]\d\d|\d\s*(?:[ap]\.?m\b|to\b|[-–])|\b(?:noon|midnight|midday|dawn|dusk|sun(?:set|rise)|hours?|minutes?"
    r"|mornings?|afternoons?|evenings?|nights?|before|after)\b|o['’]clock|\b(?:from|at)\s+(?:\d|one|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve)",
    re.IGNORECASE,
)


def has_no_hour(question: Question, text: str) -> bool:
    """Whether a time of day is asked for, and a text has none."""
    return _HOUR.search(question.text) is not None and not _ANY_HOUR.search(text)


_WON = re.compile(r"^\W*who\s+(?:has\s+|had\s+)?(?:won|wins?)\b", re.IGNORECASE)
_VICTORY = re.compile(
    r"\bw[io]n|victor|defeat|beat|champion|award|triumph|prevail|elect|first|gold|conquer|prize|title|lost|lose|best|took"
    r"|top|cho[os]|jury|select|pick|honou?r",
    re.IGNORECASE,
)


def tells_of_no_victory(question: Question, text: str) -> bool:
    """Whether it is asked who won, and a text tells of nothing to be won."""
    return _WON.match(question.text) is not None and not _VICTORY.search(text)


_DONE = re.compile(r"^\W*when\s+(?:was|were)\s+(?:[\w’'-]+\s+){1,7}?(?P<verb>[a-z]{3,}ed)\W*$", re.IGNORECASE)
_DID_SO = re.compile(
    r"^\W*(?i:when|where|why)\s+(?:did|does|do|will)\s+(?:the\s+|an?\s+)?(?:[A-Z][\w’'-]*\w(?<!['’]s)\s+(?:(?:of|the|and)\s+)*)+"
    r"(?P<verb>[a-z]{3,})\b"
)
_TOLD_OTHERWISE = """created started finished posted discussed located established founded begun opened become come get
give go have do make take turn put keep let want wish decide need choose try seem bring run set step call work use
happen think die born decline refuse fail deny"""
"""Deeds that are told in too many words, or by a "not", or are none without the word behind them ("turn down")."""


@cache
def _told_otherwise() -> frozenset[str]:
    return STOPWORDS | word_list(_TOLD_OTHERWISE)


_SAME_ROOT = 5
"""Letters that words of one root share."""


def tells_of_no_such_deed(question: Question, around: str, *, sure: bool = False) -> bool:
    """Whether it is asked when something was done, or when, where or why somebody named did it, and a passage has no
    word of that root, nor a near-synonym; where a reader is `sure`, only of what somebody did."""
    asked = _DID_SO.match(question.text) or (None if sure else _DONE.match(question.text))
    deed = set(content_terms(asked["verb"])) - _told_otherwise() if asked else set()
    here = set(content_terms(around))
    if not deed or not with_equivalents(deed).isdisjoint(here):
        return False
    roots = {term[:_SAME_ROOT] for term in deed if len(term) >= _SAME_ROOT}
    return not any(term.startswith(root) for root in roots for term in here)


_NOT_YET = re.compile(
    r"\b(?:may|might|could|would|will|shall|should|(?:is|are) to|if|whether"
    r"|(?:plan|hope|intend|want|aim|expect|propose|wish|promise|seek)(?:s|ed|d)? to)\s+"
    r"(?:\w+ly\s+|also\s+|not\s+){0,2}(?P<be>be\s+(?:\w+ly\s+)?)?$",
    re.IGNORECASE,
)
"""What stands in front of a verb of which it is not said that it was done."""
_ASKS_WHAT_IS_NOT_YET = re.compile(
    r"\b(?:will|would|may|might|can|could|should|shall|plan\w*|intend\w*|propos\w*|expect\w*|hope\w*|want\w*|aim\w*|going"
    r"|supposed|if|agree\w*|decid\w*|not)\b|n['’]t\b",
    re.IGNORECASE,
)
_DID = re.compile(r"\bdid\b(?P<behind>.*)", re.IGNORECASE)
_PAST = re.compile(r"\b(?:did|was|were|has|have|had)\b", re.IGNORECASE)


def only_intended(question: Question, text: str) -> bool:
    """Whether something that was done is asked about, and a sentence has all that was done only as what may be, will be
    or is meant to be. Of 9,000 questions that people asked of SQuADShifts' passages it is so of one."""
    if _ASKS_WHAT_IS_NOT_YET.search(question.text) or not _PAST.search(question.text):
        return False
    words = [word for word in WORD.findall(question.text) if word.islower() and word.endswith("ed") and len(word) > 4]
    if did := _DID.search(question.text):
        words += [word for word in WORD.findall(did["behind"]) if word.islower() and word not in STOPWORDS]
    deeds = {term for word in words for term in content_terms(word)}
    found = False
    for match in WORD.finditer(text):
        if deeds.isdisjoint(content_terms(match[0])):
            continue
        ahead = _NOT_YET.search(text, 0, match.start())
        if not ahead or (match[0].lower().endswith("ed") and not ahead["be"]):
            return False
        found = True
    return found


_WHICH_NAMED = re.compile(
    r"^\W*(?:(?:in|at|on|by|for|from|to|with|of)\s+)?(?:which|what)\s+"
    rf"(?:(?!(?:{AUXILIARY}|of|kinds?|types?|sorts?)\b)[a-z][\w-]+\s+){{0,2}}?"
    r"(?P<what>(?P<place>city|cities|town|village)|compan(?:y|ies)|firm|supplier|chain|hospital|school|university|maker"
    r"|manufacturer|employee|engineer|technician|newspaper|magazine|bank|hotel|ship|vessel|rocket|club|river|lake|island"
    r"|street|official|officer|minister|doctor|scientist|author|agenc(?:y|ies)|organi[sz]ation|institute|ministry|museum"
    r"|film|song|album)s?\b",
    re.IGNORECASE,
)
_CITED = re.compile(r"[“\"‘]\w|\b(?:called|named|known as|entitled)\b")


def leaves_nameless(question: Question, text: str) -> bool:
    """Whether a question is for which of what bears names, and a sentence only repeats what it is, without any name
    that the question has not: "Which chain ordered it?" is not told by "the chain withdrew its order". Of 9,000
    questions of SQuADShifts it is so of one."""
    asked = _WHICH_NAMED.match(question.text)
    if not asked or _CITED.search(text):
        return False
    if not asked["place"] and set(content_terms(asked["what"])).isdisjoint(content_terms(text)):
        return False
    return not _new_names(question, text)


def _new_names(question: Question, text: str) -> bool:
    """Whether a text names something that a question does not."""
    known = set(content_terms(question.text))
    names = (text[slice(*span)] for span in names_in(text))
    return any(
        not any(same_name(term, other) for other in known)
        for name in names
        if name.lower() not in STOPWORDS
        for term in content_terms(name)
    )


_WHO_IS_OF = re.compile(
    r"^\W*who\s+(?:is|was|are|were)\s+the\s+[a-z-]{4,}(?:\s[a-z-]+)?\s+(?:of|for|at)\b", re.IGNORECASE
)
_WHICH_BODY = re.compile(
    r"^\W*(?:which|what)\s+(?:compan(?:y|ies)|firm|supplier|ship|vessel|hospital|school|university|bank|airline|newspaper"
    r"|manufacturer)\b(?!\s+of)",
    re.IGNORECASE,
)


def names_nobody(question: Question, text: str) -> bool:
    """Whether it is asked who holds an office of something, or which company did something, and a text has no name that
    the question has not."""
    return (_WHO_IS_OF.match(question.text) or _WHICH_BODY.match(question.text)) is not None and not _new_names(
        question, text
    )


_IS_THERE = re.compile(
    r"^\W*(?:is|are|was|were)\s+there\s+(?:any|an?|some|still)\s+(?:[a-z-]+\s+){0,2}?(?P<what>[a-z-]{3,})"
    r"(?:\s+(?:in|on|at|between|for|of|with|about|to|against|that|who|from|among|during|left|available)\b|\W*$)",
    re.IGNORECASE,
)


_IS_A = re.compile(
    r"^\W*(?:[Ii]s|[Aa]re|[Ww]as|[Ww]ere)\s+(?:[\w’'.-]+\s+){1,4}?an?\s+(?P<what>[a-z-]{3,})\s+(?:of|in|at|for)\s+(?:the\s+)?[A-Z]"
)


def tells_of_no_such_thing(question: Question, text: str) -> bool:
    """Whether it is asked if there is something, or if somebody is something ("a member of the EU"), and a sentence has
    neither the word for it nor a near-synonym."""
    asked = _IS_THERE.match(question.text) or _IS_A.match(question.text)
    terms = set(content_terms(asked["what"])) - STOPWORDS if asked else set()
    return bool(terms) and with_equivalents(terms).isdisjoint(content_terms(text))
