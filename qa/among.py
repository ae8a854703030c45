"""What a follow-up says of all that was spoken of together: "which of them …?", "how many are there?", "compare them".
Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.phrases import AUXILIARY, ordinal_in, people, topic_of
from qa.referents import text_of
from qa.types import Turn

_THEM = r"(?:them|these|those|they|the\s+(?:two|three|four|others?))"
_OF_THEM = re.compile(
    rf"^(?P<asks>which|who|what|(?:is|are|was|were|does|do|did)\s+any|how\s+many)(?:\s+ones?)?\s+of\s+{_THEM}\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_ONES = re.compile(r"^(?P<asks>which)\s+ones?\s+(?P<rest>\w.*)$", re.IGNORECASE)
_MORE_SO = re.compile(
    r"^(?P<asks>which)\s+(?P<rest>(?:is|are|was|were|would\s+be|seems?)\s+(?:the\s+)?"
    r"(?:more|most|less|least|better|best|worse|worst|[a-z]{3,}(?:er|est))\b.*)$",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"^how\s+many\s+(?:of\s+(?:them|these|those)\s+)?(?:are|were)\s+(?:there|they)(?:\s+(?:in\s+total|altogether|in\s+all))?\W*$",
    re.I,
)
_COMPARE = re.compile(
    rf"^(?:please\s+)?(?:compare\s+(?:{_THEM}|both)"
    r"|what(?:['’]s|\s+is|\s+are)\s+the\s+(?:main\s+|key\s+|biggest\s+)?differences?"
    rf"(?:\s+between\s+(?:{_THEM}|both))?|how\s+(?:do|are)\s+{_THEM}\s+(?:differ|different|compare))\W*$",
    re.IGNORECASE,
)
_COMMON = re.compile(rf"^what\s+do\s+(?:{_THEM}|both)\s+have\s+in\s+common\W*$", re.IGNORECASE)
_LISTED = tuple(
    re.compile(rf"^\W*{pattern}\W*$", re.IGNORECASE)
    for pattern in (
        r"(?:please\s+)?(?:list|name|give(?:\s+me)?|show(?:\s+me)?|tell\s+me)\s+(?:all\s+)?(?:the\s+)?(?P<what>[^?,]+?)",
        r"(?:what|which|who)\s+(?:are|were)\s+(?:all\s+)?the\s+(?P<what>[^?,]+?)",
        rf"(?:what|which)\s+(?P<what>(?:[\w’'-]+\s+)?[\w’'-]{{3,}}s|(?:[\w’'-]+\s+)?hypotheses)\s+(?:{AUXILIARY})\b[^?]*",
        rf"how\s+many\s+(?:of\s+the\s+)?(?P<what>(?:[\w’'-]+\s+){{0,2}}?[\w’'-]{{3,}})\s+(?:{AUXILIARY})\b[^?]*",
        r"(?:which|who|what)\s+of\s+the\s+(?P<what>(?:[\w’'-]+\s+){0,2}?[\w’'-]{3,}s)\s+[^?]+",
    )
)
_SAYS = re.compile(
    r"^\W*what\s+(?:does|do|did)\s+[^?]+?\b(?P<verb>recommend|propose|suggest|conclude|demand|decide|require|promise)\b[^?]*\W*$",
    re.IGNORECASE,
)
_SAID = {
    "recommend": "recommendations",
    "propose": "proposals",
    "suggest": "suggestions",
    "conclude": "conclusions",
    "demand": "demands",
    "decide": "decisions",
    "require": "requirements",
    "promise": "promises",
}
"""What somebody gives who does so."""
_WHO_DID = re.compile(r"^\W*who\s+(?P<did>(?!(?:is|was)\s+(?:the|an?|its|their)\b)[a-z]\w+\b.*)$", re.IGNORECASE)
_ONE_WAS = re.compile(r"^(?:is|was|has|does)\b", re.IGNORECASE)
_WERE = {"is": "are", "was": "were", "has": "have", "does": "do"}
_ASKS_WHO = re.compile(r"\bwho(?:m|se)?\b|\bpeople\b|\bnames\b", re.IGNORECASE)
_MOST_PEOPLE = 4
_LONGEST = 300
"""Characters of a follow-up, and of the question that it follows, at most."""


def together(asked: str, before: Sequence[Turn]) -> str | None:
    """A follow-up that is about several things at once, with what they are; None for any other."""
    return None if len(asked) > _LONGEST else _of_them(asked, before) or _compared(asked, before)


def _of_them(asked: str, before: Sequence[Turn]) -> str | None:
    """A question about some of what the last answer gave, or about how many those are, with what they are; None for any
    other, and where that is not clear."""
    last = before[-1]
    if _HOW_MANY.match(asked):
        if what := _listed(last.answer.standalone_question):
            return f"How many {what} are there?"
        who = _WHO_DID.match(last.answer.standalone_question)
        return f"How many people {_ONE_WAS.sub(lambda was: _WERE[was[0].lower()], who['did'])}" if who else None
    match = _OF_THEM.match(asked) or _ONES.match(asked) or _MORE_SO.match(asked)
    if not match:
        return None
    if what := _listed(last.answer.standalone_question):
        return f"{match['asks']} of the {what} {match['rest'].strip()}"
    if _ASKS_WHO.search(last.answer.standalone_question):
        found = list(dict.fromkeys(people(text_of(last))))
        if 1 < len(found) <= _MOST_PEOPLE:
            return f"{match['asks']} of {', '.join(found[:-1])} and {found[-1]} {match['rest'].strip()}"
    return None


def _compared(asked: str, before: Sequence[Turn]) -> str | None:
    """ "Compare them" → the last two things that were asked about, by name; None for any other question, and where
    there are not two."""
    common = _COMMON.match(asked)
    if not common and not _COMPARE.match(asked):
        return None
    topics: list[str] = []
    for turn in reversed(before):
        about = topic_of(turn.answer.standalone_question)
        if about and about.text.lower() not in (topic.lower() for topic in topics):
            topics.append(about.text)
    counted = [topic for topic in topics if ordinal_in(topic)]
    chosen = counted[:2] if len(counted) > 1 else topics[:2]
    if len(chosen) < 2:
        return None
    both = " and ".join(_with_article(topic) for topic in reversed(chosen))
    return f"What do {both} have in common?" if common else f"How do {both} differ?"


def _with_article(topic: str) -> str:
    return f"the {topic}" if ordinal_in(topic) and not topic.lower().startswith("the ") else topic


def _listed(asked: str) -> str:
    """What a question wants listed, "key risks"; empty where it wants no list."""
    if len(asked) > _LONGEST:
        return ""
    if says := _SAYS.match(asked):
        return _SAID[says["verb"].lower()]
    found = next(filter(None, (pattern.match(asked) for pattern in _LISTED)), None)
    what = found["what"].strip() if found else ""
    return what if what and what.split()[-1].lower().endswith(("s", "people", "children", "men", "women")) else ""
