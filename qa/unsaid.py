"""Whether a sentence tells of what a question asks, but leaves unsaid what it asks of it: that a fine may be imposed
does not say how high the one was that was. Pure."""

from __future__ import annotations

import re

from index.terms import STOPWORDS, content_terms
from qa.facts import with_equivalents
from qa.named import same_name
from qa.phrases import AUXILIARY, WORD, names_in
from qa.question import Question

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
    known = set(content_terms(question.text))
    names = (text[slice(*span)] for span in names_in(text))
    return not any(
        not any(same_name(term, other) for other in known)
        for name in names
        if name.lower() not in STOPWORDS
        for term in content_terms(name)
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
