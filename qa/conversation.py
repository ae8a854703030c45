"""A follow-up → a question that stands alone, by rules. Pure.

What a follow-up leaves out is taken from the last question that stood alone (never from what an answer claims, but
for the names of people), and put in its place: the ordinal for the ordinal, the name for the name. A question that is
whole is left as it is, so that a new topic carries nothing over, and what was refused is asked again with what it was
refused for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.terms import ordinal
from qa import among
from qa.ellipsis import ASKED_WITH, PREPOSITION, ask_again, ask_with, extend, substitute
from qa.phrases import AUXILIARY, QUESTION_WORD, dates_in, names_in, ordinal_in, phrase_at, topic_of
from qa.referents import NEUTER, NTH, PERSONAL, PLACES, from_answer, is_fragment, resolve, resolve_with
from qa.types import Turn

_LEAD = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|then|also|well|right|now|(?:many\s+)?thanks(?:\s+(?:a\s+lot|so\s+much|very\s+much))?"
    r"|thank\s+you(?:\s+(?:so|very)\s+much)?|please)\b[\s,.:;!-]*"
    r"|(?:h+m+|a+h+a?|oh+|i\s+see|got\s+it|great|good|nice|cool|perfect|interesting|fine|wow|yes|yeah|understood"
    r"|no\s+matter|never\s*mind|forget\s+it|whatever|anyway)\b\s*[,.:;!…-]+\s*)+",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"^\W*(?:(?:now|and|but|ok(?:ay)?|so)\b[\s,]*)*(?:something\s+(?:else|different)|(?:on\s+)?(?:another|a\s+different|a\s+new)\s+"
    r"(?:question|topic|subject|note|matter)|different\s+(?:question|topic)|new\s+(?:question|topic)|next\s+question"
    r"|one\s+more\s+(?:question|thing)|moving\s+on|changing\s+(?:the\s+)?(?:topic|subject)|by\s+the\s+way)"
    r"\s*(?:[,:;.!…–—-]+|\s-)\s*(?=\w)",
    re.IGNORECASE,
)
"""Says that what follows is another matter."""
_ABOUT = re.compile(
    r"^(?:(?:what|how)\s+about|what\s+of|same\s+(?:question\s+)?for|the\s+same\s+for)\s+", re.IGNORECASE
)
_CORRECTION = re.compile(
    r"^\W*(?:no|nope|sorry|wait|actually|oops)?[\s,.:;!-]*"
    r"(?:i\s+(?:actually\s+)?mean(?:t)?|i\s+was\s+asking\s+about|make\s+that|rather"
    r"|not\s+[\w' -]{1,40}?,\s*(?:but\s+)?)\s*",
    re.IGNORECASE,
)
_OOPS = re.compile(r"^\W*(?:no|nope|sorry|wait|actually|oops|i mean)\b[\s,.:;!-]+", re.IGNORECASE)
"""What a correction may begin with that names the right thing at once: "sorry, the April one"."""
_WH = re.compile(
    r"^(?P<wh>(?:(?:since|until|by|to|from|with|for|of|in|on|at|about|under)\s+)?(?:who(?:m|se)?|when|where|why"
    r"|which(?:\s+(?:ones?|year|month|day|date|city|town|country|place))?"
    r"|what(?:\s+(?:for|time|year|date|day))?|how(?:\s+(?:many|much|long|often|so|come))?))"
    r"(?P<more>(?:\s+(?:then|exactly|precisely|specifically|else|though|not|so|so (?:much|many|few|little)"
    r"|(?:is|was|are) (?:that|this|it)(?: so)?))*)\b\W*$",
    re.IGNORECASE,
)
_ASKS_OF_IT = re.compile(r"how\s+(?:much|long|often)\s+(?:is|was|are)\s+(?:it|this|that)\W*$", re.IGNORECASE)
"""Asks something of a thing: "how long is it?", where "why is that?" asks the last question again."""
_BEFORE = re.compile(
    r"^(?:the\s+(?:one\s+)?)?(?:before|previous(?:ly)?|prior|earlier)(?:\s+(?:that|it|one|to\s+that|then))?\W*$", re.I
)
_AFTER = re.compile(r"^(?:the\s+(?:one\s+)?)?(?:after|next|following|later)(?:\s+(?:that|it|one|then))?\W*$", re.I)
_LOOKED_AT = 6
"""Turns before a question that it may go back to."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what the conversation established put in; unchanged where it needs nothing.

    Only the last few turns are looked at, so that a long conversation costs no more than a short one.
    """
    before = [turn for turn in history[-_LOOKED_AT:] if turn.answer.status != "reply"]
    if not before:
        return question
    last = before[-1].answer.standalone_question
    if (turned := _TURNS.sub("", question)) != question:
        return _tidy(turned)
    asked = _LEAD.sub("", question).strip() or question.strip()
    if again := _of_another_place(asked, before):
        return again
    corrected = _CORRECTION.sub("", asked)
    if corrected == asked and is_fragment(rest := _OOPS.sub("", asked)) and rest != asked:
        corrected = rest
    if corrected != asked and corrected.strip(" ?.!"):
        behind = is_fragment(corrected) and PREPOSITION.match(corrected)
        put = substitute(corrected, before[-1]) or (extend(corrected, last) if behind else None)
        return _tidy(put or (corrected if is_fragment(corrected) else resolve(corrected, before)))
    if step := _step(asked, last):
        return _tidy(step)
    if several := among.together(asked, before):
        return _tidy(several)
    if found := from_answer(asked, before[-1]) or _from_earlier(asked, before):
        return _tidy(resolve(found, before) if PERSONAL.search(found) else found)
    if _MORE_OF_IT.fullmatch(asked):
        return last
    if more := _MORE_ABOUT.match(asked):
        return _tidy(f"What is said about {more['what']}")
    told = (_WHAT_HAPPENED.match(turn.answer.standalone_question) for turn in reversed(before[-2:]))
    if _WHY_SO.match(asked) and (happened := next(filter(None, told), None)):
        return _tidy(f"What was the cause of what happened {happened['what']}")
    if with_what := ask_with(asked, last):
        return _tidy(with_what)
    fragment = _ABOUT.sub("", asked)
    if (match := _WH.match(asked)) and not _ASKS_OF_IT.match(asked):
        return _tidy(ask_again(match["wh"], match["more"], before[-1]))
    if then := _in_that_case(asked, last):
        return _tidy(then)
    if fragment != asked or is_fragment(fragment):
        counted = before
        if ordinal_in(fragment) and not ordinal_in(last):
            # "And the 7th?" after a question between: the last one that counted is meant.
            counted = [turn for turn in before if ordinal_in(turn.answer.standalone_question)] or before
        if put := substitute(fragment, counted[-1]):
            return _tidy(resolve(put, before) if PERSONAL.search(fragment) else put)
        # "What about training?", where the last question has nothing that training could stand for, is a new topic.
        fresh = fragment != asked or _OF_SEVERAL.match(last)
        return _tidy(f"What is said about {fragment}" if fresh else extend(asked, last))
    if asked != question.strip() and _WHILE.match(asked):
        return _tidy(extend(asked, last))
    whole = asked if len(asked.split()) > 2 or _needs_more(asked) else question.strip()
    return _tidy(_counted(resolve(whole, before), before))


_WHAT_HAPPENED = re.compile(r"^\W*what\s+happened\s+(?P<what>(?:to|with|at|in|on)\s+[^?]+?)\W*$", re.IGNORECASE)
_WHY_SO = re.compile(
    r"^why(?:\s+(?:(?:did|does)\s+(?:it|that|this)\s+(?:happen|occur)|(?:was|is)\s+(?:it|that)|so))?\W*$",
    re.IGNORECASE,
)


def _from_earlier(asked: str, before: Sequence[Turn]) -> str | None:
    """ "Who curated the third?" of the last answer that was a list, where another was given in between."""
    lists = (turn for turn in reversed(before[:-1]) if len(turn.answer.sentences) > 1)
    return None if is_fragment(asked) else next((from_answer(asked, turn) for turn in lists), None)


_OF_SEVERAL = re.compile(r"\W*(?:which|who|what)(?:\s+ones?)?\s+of\s+the\b", re.IGNORECASE)
_MORE_OF_IT = re.compile(
    r"(?:anything|what|something|any ?(?:body|one))\s+(?:else|more)\W*|any\s+(?:others?|more)\W*", re.IGNORECASE
)
_MORE_ABOUT = re.compile(
    r"(?:some(?:thing)?\s+)?more\s+(?:about|on)\s+(?:the\s+)?(?P<what>(?!(?:it|that|this|them)\b)[^?.!]+?)(?:\s+please)?\W*$",
    re.IGNORECASE,
)
_WHILE = re.compile(rf"(?:when|if|after|before|while|once|unless)\s+(?!{AUXILIARY}\b)\w+\s+\w", re.IGNORECASE)
"""A clause that another case is told by: "and when the chain snapped?"."""
_PLACE_ALONE = re.compile(
    rf"(?:(?:no|sorry|i\s+mean(?:t)?)\b[\s,.:;!-]*)*(?:the\s+)?(?P<place>{'|'.join(PLACES)}|other)(?:\s+one)?\W*",
    re.IGNORECASE,
)


def _of_another_place(asked: str, before: Sequence[Turn]) -> str | None:
    """ "And the first?" after "when did she get the second one?", which was of the answer before: the same of that."""
    match = _PLACE_ALONE.fullmatch(asked)
    if not match or len(before) < 2:
        return None
    said = before[-1].question
    place = NTH.search(said)
    if place is None or place["place"] is None or place["number"]:
        return None
    other = match["place"].lower()
    if other == "other":
        other = "second" if PLACES[place["place"].lower()] == 1 else "first"
    start, end = place.span("place")
    return standalone(f"{said[:start]}{other}{said[end:]}", before[:-1])


def carried(question: str, first: str) -> str:
    """The second of two questions in one with what the first is about, where it names nothing itself: of "where was the
    7th summit held and what was discussed", "what was discussed at the 7th summit"."""
    about = topic_of(first)
    names_something = ordinal_in(question) or names_in(question) or dates_in(question)
    return question if about is None or names_something else f"{resolve_with(question.strip(), about.text)}?"


_BEHIND_ORDINAL = re.compile(
    r"\W*(?:$|[,;?]|(?:too|then|also|as|and|or|is|was|were|are|did|does|held|happen\w*|take|took|in|at|on|yet|again|instead)\b)",
    re.IGNORECASE,
)


def _counted(text: str, before: Sequence[Turn]) -> str:
    """ "Who attended the 7th then?" with what the last question counted: "the 7th dialogue"."""
    found = ordinal_in(text)
    if not found or not _BEHIND_ORDINAL.match(text, found[2]) or NTH.search(text):
        return text
    for turn in reversed(before):
        asked = turn.answer.standalone_question
        if counted := ordinal_in(asked):
            phrase = phrase_at(asked, counted[1])
            noun = asked[counted[2] : phrase.end].strip() if phrase.end > counted[2] else ""
            if noun:
                return f"{text[: found[2]]} {noun}{text[found[2] :]}"
    return text


def _tidy(text: str) -> str:
    joined = " ".join(text.split()).rstrip(" ,;.!")
    return joined if joined.endswith("?") or not joined else f"{joined}?"


def _needs_more(text: str) -> bool:
    return bool(PERSONAL.search(text) or NEUTER.search(text))


def _step(asked: str, last: str) -> str | None:
    """ "And before that?" → the last question about the ordinal or year before; "before that, who led it?" likewise."""
    head, comma, rest = asked.partition(",")
    if comma and len(rest.split()) > 1 and (stepped := _step(head.strip(), last)):
        about = topic_of(stepped)
        return resolve_with(rest.strip(), about.text) if about else stepped
    by = -1 if _BEFORE.match(asked) else 1 if _AFTER.match(asked) else 0
    if not by:
        return None
    if found := ordinal_in(last):
        number, start, end = found
        if number + by > 0:
            return f"{last[:start]}{ordinal(number + by)}{last[end:]}"
    if match := re.search(r"\b(1[5-9]|2[01])\d\d\b", last):
        return f"{last[: match.start()]}{int(match[0]) + by}{last[match.end() :]}"
    if by < 0 and (newest := _NEWEST.search(last)):
        return f"{last[: newest.start('newest')]}penultimate{last[newest.end('newest') :]}"
    return None


_NEWEST = re.compile(r"\b(?:the|their|our|its)\s+(?P<newest>last|latest|newest|most\s+recent)\s+\w", re.IGNORECASE)
_THEN = re.compile(
    r"[\s,]+(?:then|(?:in|for) (?:that|this|such a) case|if so|if (?:that|it) happens)\W*$", re.IGNORECASE
)
_CASE = re.compile(r"\s(?:if|when|whenever|once|unless)\s.+$", re.IGNORECASE)


def _in_that_case(asked: str, last: str) -> str | None:
    """ "What should I do then?" → the same with the case that the last question was about: of "what happens if the lamp
    blinks?" and "the lamp blinks, what does it mean?" when the lamp blinks, of others their topic."""
    match = _THEN.search(asked)
    if not match or is_fragment(rest := asked[: match.start()]) or names_in(rest) or ordinal_in(rest):
        return None
    last = last.rstrip(" ?.!")
    if case := _CASE.search(last):
        return f"{rest}{case[0]}"
    told, comma, asks = last.partition(",")
    if comma and QUESTION_WORD.search(asks) and not ASKED_WITH.match(told) and len(told.split()) > 2:
        return f"{rest} when {told}"
    about = topic_of(last)
    return resolve_with(rest, about.text) if about else None
