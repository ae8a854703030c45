"""A follow-up → a question that stands alone, by rules. Pure.

What a follow-up leaves out is taken from the last question that stood alone (never from what an answer claims, but
for the names of people), and put in its place: the ordinal for the ordinal, the name for the name. A question that is
whole is left as it is, so that a new topic carries nothing over, and what was refused is asked again with what it was
refused for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.terms import STOPWORDS, ordinal, terms
from qa.phrases import (
    QUESTION_WORD,
    VERB_LIKE,
    WORD,
    Phrase,
    dates_in,
    event_of,
    letters_in,
    months_in,
    names_in,
    numbers_in,
    ordinal_in,
    people,
    phrase_at,
    topic_of,
    truecased,
)
from qa.types import Turn

_LEAD = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|then|also|well|right|now|(?:many\s+)?thanks(?:\s+(?:a\s+lot|so\s+much|very\s+much))?"
    r"|thank\s+you(?:\s+(?:so|very)\s+much)?|please)\b[\s,.:;!-]*"
    r"|(?:h+m+|a+h+a?|oh+|i\s+see|got\s+it|great|good|nice|cool|perfect|interesting|fine|wow|yes|yeah|understood|no\s+matter|never\s*mind|forget\s+it|whatever|anyway)\b\s*[,.:;!…-]+\s*)+",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:(?:what|how)\s+about|what\s+of|same\s+(?:question\s+)?for|the\s+same\s+for|(?:and\s+)?for)\s+", re.IGNORECASE
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
_BEFORE = re.compile(
    r"^(?:the\s+(?:one\s+)?)?(?:before|previous(?:ly)?|prior|earlier)(?:\s+(?:that|it|one|to\s+that|then))?\W*$", re.I
)
_AFTER = re.compile(r"^(?:the\s+(?:one\s+)?)?(?:after|next|following|later)(?:\s+(?:that|it|one|then))?\W*$", re.I)
_PLACES = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "last": 0,
    "latter": 0,
    "former": 1,
}
_NTH = re.compile(
    rf"\b(?:the\s+)?(?P<place>{'|'.join(_PLACES)}|\[?(?P<number>\d{{1,2}})\]?)\s+"
    r"(?P<what>one|source|citation|point|item|document|sentence|answer|reference|footnote)s?\b"
    r"|\b(?P<kind>source|citation|point|item|reference|footnote)\s+\[?(?P<after>\d{1,2})\]?"
    r"|\bthe\s+(?P<pair>latter|former)\b"
    r"|\bthe\s+(?P<bare>first|second|third|last)(?=\W*$|\s+(?:is|was|did|does|has|had|will|would|can|could|say|said|give|gave"
    r"|get|got|do|take|took|make|made|cost|come|came|mean|work|live|pay|paid)\b)",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"\b(?P<word>he|she|him|her|his|hers)\b", re.IGNORECASE)
_NEUTER = re.compile(r"\b(?P<word>it|its|they|them|their|theirs|this|that|these|those|there)\b", re.IGNORECASE)
_DETERMINER = re.compile(
    r"^(?:this|that|these|those)\s+(?!(?:enough|more|less|higher|lower|better|worse|shorter|longer|right|wrong|true|good|bad)\b)"
    r"(?P<noun>[^\W\d_]{3,})",
    re.IGNORECASE,
)
_DUMMY_IT = re.compile(
    r"\b(?:is|was|does)\s+it\s+(?:that|true|possible|important|likely|clear)\b|\bhow\s+(?:is|was)\s+it\s+going\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\w\s+(?:that|those|this)\s+(?:is|are|was|were|has|have|had|will|would|can|could|may|might|do|does|did"
    r"|the|a|an|they|it|we|he|she|which|who)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_ACCORDING = re.compile(r"\baccording to [^,;:?!]+", re.IGNORECASE)
_LOOKED_AT = 6
"""Turns before a question that it may go back to."""
_LONGEST_FRAGMENT = 7
"""Words that a fragment such as "and the 7th dialogue in Brussels" has at most."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what the conversation established put in; unchanged where it needs nothing.

    Only the last few turns are looked at, so that a long conversation costs no more than a short one.
    """
    before = [turn for turn in history[-_LOOKED_AT:] if turn.answer.status != "reply"]
    if not before:
        return question
    last = before[-1].answer.standalone_question
    asked = _LEAD.sub("", question).strip() or question.strip()
    if again := _of_another_place(asked, before):
        return again
    corrected = _CORRECTION.sub("", asked)
    if corrected == asked and _is_fragment(rest := _OOPS.sub("", asked)) and rest != asked:
        corrected = rest
    if corrected != asked and corrected.strip(" ?.!"):
        return _tidy(_substitute(corrected, before[-1]) or corrected)
    if step := _step(asked, last):
        return _tidy(step)
    if found := _from_answer(asked, before[-1]):
        return _tidy(_resolve(found, before) if _PERSONAL.search(found) else found)
    if _MORE_OF_IT.fullmatch(asked):
        return last
    if more := _MORE_ABOUT.match(asked):
        return _tidy(f"What is said about {more['what']}")
    fragment = _ABOUT.sub("", asked)
    if match := _WH.match(asked):
        return _tidy(_ask_again(match["wh"], match["more"], before[-1]))
    if then := _in_that_case(asked, last):
        return _tidy(then)
    if fragment != asked or _is_fragment(fragment):
        counted = before
        if ordinal_in(fragment) and not ordinal_in(last):
            # "And the 7th?" after a question between: the last one that counted is meant.
            counted = [turn for turn in before if ordinal_in(turn.answer.standalone_question)] or before
        if put := _substitute(fragment, counted[-1]):
            return _tidy(_resolve(put, before) if _PERSONAL.search(fragment) else put)
        # "What about training?", where the last question has nothing that training could stand for, is a new topic.
        extends = fragment == asked or _PREPOSITION.match(asked)
        return _tidy(_extend(asked, last) if extends else f"What is said about {fragment}")
    if asked != question.strip() and _WHILE.match(asked):
        return _tidy(_extend(asked, last))
    whole = asked if len(asked.split()) > 2 or _needs_more(asked) else question.strip()
    return _tidy(_resolve(whole, before))


_MORE_OF_IT = re.compile(
    r"(?:anything|what|something|any ?(?:body|one))\s+(?:else|more)\W*|any\s+(?:others?|more)\W*", re.IGNORECASE
)
_MORE_ABOUT = re.compile(
    r"(?:some(?:thing)?\s+)?more\s+(?:about|on)\s+(?:the\s+)?(?P<what>(?!(?:it|that|this|them)\b)[^?.!]+?)(?:\s+please)?\W*$",
    re.IGNORECASE,
)
_WHILE = re.compile(
    r"(?:when|if|after|before|while|once|unless)\s+(?!(?:is|are|was|were|has|have|had|will|would|can|could|should|must|may"
    r"|might|do|does|did)\b)\w+\s+\w",
    re.IGNORECASE,
)
"""A clause that another case is told by: "and when the chain snapped?"."""
_PLACE_ALONE = re.compile(
    rf"(?:(?:no|sorry|i\s+mean(?:t)?)\b[\s,.:;!-]*)*(?:the\s+)?(?P<place>{'|'.join(_PLACES)}|other)(?:\s+one)?\W*",
    re.IGNORECASE,
)


def _of_another_place(asked: str, before: Sequence[Turn]) -> str | None:
    """ "And the first?" after "when did she get the second one?", which was of the answer before: the same of that."""
    match = _PLACE_ALONE.fullmatch(asked)
    if not match or len(before) < 2:
        return None
    said = before[-1].question
    place = _NTH.search(said)
    if place is None or place["place"] is None or place["number"]:
        return None
    other = match["place"].lower()
    if other == "other":
        other = "second" if _PLACES[place["place"].lower()] == 1 else "first"
    start, end = place.span("place")
    return standalone(f"{said[:start]}{other}{said[end:]}", before[:-1])


def carried(question: str, first: str) -> str:
    """The second of two questions in one with what the first is about, where it names nothing itself: of "where was the
    7th summit held and what was discussed", "what was discussed at the 7th summit"."""
    about = topic_of(first)
    names_something = ordinal_in(question) or names_in(question) or dates_in(question)
    return question if about is None or names_something else f"{_resolve_with(question.strip(), about.text)}?"


def _tidy(text: str) -> str:
    joined = " ".join(text.split()).rstrip(" ,;.!")
    return joined if joined.endswith("?") or not joined else f"{joined}?"


def _is_fragment(text: str) -> bool:
    """True for a few words with neither a question word nor a verb: "the 7th", "Brussels", "hypothesis B"."""
    words = WORD.findall(text)
    return 0 < len(words) <= _LONGEST_FRAGMENT and not QUESTION_WORD.search(text)


def _needs_more(text: str) -> bool:
    return bool(_PERSONAL.search(text) or _NEUTER.search(text))


def _step(asked: str, last: str) -> str | None:
    """ "And before that?" → the last question about the ordinal or year before; "before that, who led it?" likewise."""
    head, comma, rest = asked.partition(",")
    if comma and len(rest.split()) > 1 and (stepped := _step(head.strip(), last)):
        about = topic_of(stepped)
        return _resolve_with(rest.strip(), about.text) if about else stepped
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
    if not match or _is_fragment(rest := asked[: match.start()]) or names_in(rest) or ordinal_in(rest):
        return None
    last = last.rstrip(" ?.!")
    if case := _CASE.search(last):
        return f"{rest}{case[0]}"
    told, comma, asks = last.partition(",")
    if comma and QUESTION_WORD.search(asks) and not _ASKED_WITH.match(told) and len(told.split()) > 2:
        return f"{rest} when {told}"
    about = topic_of(last)
    return _resolve_with(rest, about.text) if about else None


def _resolve_with(asked: str, topic: str) -> str:
    """A question whose pronoun, if it has one, is the topic; else the topic is put behind it."""
    match = _NEUTER.search(asked)
    if match and match["word"].lower() in ("it", "that", "this"):
        return f"{asked[: match.start()]}{topic}{asked[match.end() :]}"
    return f"{asked.rstrip(' ?.!')} at {topic}"


def _from_answer(asked: str, turn: Turn) -> str | None:
    """ "Tell me more about the second one" → the same about what the second sentence or source of the answer says."""
    match = _NTH.search(asked)
    if not match or not turn.answer.sentences:
        return None
    place = match["number"] or match["after"]
    at = int(place) if place else _PLACES[(match["place"] or match["pair"] or match["bare"]).lower()]
    what = (match["what"] or match["kind"] or "one").lower()
    if match["bare"] and (_is_fragment(asked) or _NEUTER.search(asked)):
        return None
    if what in ("source", "citation", "document", "reference", "footnote"):
        places = [f"{c.section or c.title}" for c in turn.answer.citations]
    else:
        said = [sentence.text for sentence in turn.answer.sentences if not sentence.text.endswith(":")]
        places = [_head(text) for text in said]
        if len(said) == 1:
            places = _listed(turn) or (places if what != "one" else [])
        elif _WHO.match(asked):
            places = [next(iter(people(text)), head) for text, head in zip(said, places, strict=True)]
    if not places or not 0 <= at <= len(places):
        return None
    return f"{asked[: match.start()]}{places[at - 1]}{asked[match.end() :]}"


def _head(sentence: str) -> str:
    """What a sentence is about: a list item's label, else its first words."""
    label = re.match(r"([^:.;]{2,60}):\s", sentence)
    first = re.split(r"(?<=[^\W\d])[.;!?]\s", sentence, maxsplit=1)[0]
    return label[1] if label else " ".join(first.rstrip(".").split()[:12]).rstrip(" ,;:")


def _listed(turn: Turn) -> list[str]:
    """What the one sentence of an answer lists, for "the second one" after "co-chaired by A and B": its people, what
    its marked words enumerate, or its names of several words."""
    sentence = next(s for s in turn.answer.sentences if not s.text.endswith(":"))
    asked = turn.answer.standalone_question
    marked = " and ".join(sentence.text[slice(*span)] for span in sentence.highlights)
    parts = [_ARTICLE.sub("", part).strip() for part in re.split(r",\s+(?:and\s+)?|\s+and\s+", marked)]
    names = [sentence.text[slice(*span)] for span in names_in(sentence.text)]
    several = (
        people(sentence.text),
        parts if all(part[:1].isupper() for part in parts) else [],
        [name for name in names if " " in name and name not in asked],
    )
    return next((found for found in several if len(found) > 1), [])


_ASKED_WITH = re.compile(
    r"^\W*(?:(?:in|on|at|by|to|from)\s+)?(?P<wh>what|which|who|whom|whose|when|where|why|how)\b"
    r"(?P<much>\s+(?:many|much|long|often))?\s*",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"^(?:is|are|was|were|has|have|had|will|would|can|could|should|must|may|might|do|does|did)\b", re.IGNORECASE
)


_OF_A_SORT = re.compile(
    rf"(?!{_AUXILIARY.pattern[1:]})(?P<noun>(?:[\w’'-]+\s+){{1,3}}?)(?P<auxiliary>is|are|was|were|has|have|had|will|can|could)\b",
    re.IGNORECASE,
)
"""What follows "which": "nap is better"."""


def _ask_again(wh: str, more: str, turn: Turn) -> str:
    """ "Why?" → the last question asked with why, with what answered it in its place; "when?" → when what it is about
    was; "who else?" → the last question once more."""
    last = turn.answer.standalone_question
    request = _CONTRACTED.sub(r"\1 is", _REQUEST.sub("", last))
    match = _ASKED_WITH.match(request)
    body = request[match.end() :] if match else request
    asked_with = match["wh"].lower() if match else ""
    about = event_of(last)
    kind = wh.lower().split()[0]
    if "else" in more.lower() or (kind == asked_with and kind not in ("how", "what")):
        return last
    wh = re.sub(r"(?i)\bones?$", "", wh).strip()
    negated = " not" if re.search(r"\bnot\b", more, re.IGNORECASE) else ""
    if match is None and (decided := _AUXILIARY.match(request)):
        return f"{wh} {_denied(request, decided) if negated else f'{decided[0].lower()}{request[decided.end() :]}'}"
    asked_for_adverb = asked_with in ("why", "how", "when", "where") and not (match and match["much"])
    done = _DONE.match(body.rstrip(" ?.!")) if asked_with == "who" and kind not in _OF_DOERS else None
    if done and not _TAKES_PART.match(done["verb"]):
        return f"{wh} was {done['what']} {done['verb']}"
    if kind in ("when", "where") and about and not asked_for_adverb:
        return f"{wh} was {about.text}"
    wh = re.sub(r"(?i)^how come", "why", wh)
    if asked_with in ("which", "what") and (noun := _OF_A_SORT.match(body)):
        found = _marked(turn) or f"the {noun['noun'].strip()}"
        return f"{wh}{negated} {noun['auxiliary']} {found} {body[noun.end() :].strip()}"
    found = _marked(turn) if asked_with in ("who", "whom", "which", "what") else ""
    auxiliary = _AUXILIARY.match(body)
    if asked_with == "who" and not found and (modal := _MODAL.match(body)):
        return f"{wh} {modal[0]} they{negated}{body[modal.end() :]}"
    if found and auxiliary and asked_with != "whom":
        # "Who was missing?", "Ada Brook": "why was Ada Brook missing?"
        subject = body[auxiliary.end() :].strip()
        if not re.match(r"(?:the|an?|he|she|it|they|we|you|his|her|its|their|my|your)\b|[^\W\d_a-z]", subject):
            return f"{wh}{negated} {auxiliary[0]} {found} {subject}"
    return f"{wh}{negated} {body}"


_CONTRACTED = re.compile(r"^(\W*(?:who|what|where|when|how|why))['’]s\b", re.IGNORECASE)
_MODAL = re.compile(
    r"(?:should|will|would|can|could|must|may|might)\b(?=\s+[a-z])(?!\s+(?:the|an?|he|she|it|they|we|you)\b)"
)
_DONE = re.compile(r"(?P<verb>[\w-]+ed)\s+(?P<what>(?:the|an?)\s.+|[^\W\d_a-z].*)", re.IGNORECASE)
"""What follows "who" where somebody did something to something."""
_OF_DOERS = frozenset({"who", "why", "how", "which"})
_TAKES_PART = re.compile(
    r"(?:co-?)?(?:chair|host|led\b|head|attend|moderat|organi[sz]|join|address|visit|open)", re.IGNORECASE
)
"""What somebody does at something: when it was is when that was."""


def _denied(request: str, auxiliary: re.Match[str]) -> str:
    """A yes/no question without its mark, denied: "Did Ada win it?" → "did Ada not win it"."""
    subject = phrase_at(request, auxiliary.end() + 1)
    after = subject.end if subject.start <= auxiliary.end() + 1 else auxiliary.end()
    return f"{auxiliary[0].lower()}{request[auxiliary.end() : after]} not{request[after:]}"


def _marked(turn: Turn) -> str:
    """The words of the last answer that answer, where they are marked, short, and one thing."""
    for sentence in turn.answer.sentences[:1]:
        if len(sentence.highlights) == 1:
            words = sentence.text[slice(*sentence.highlights[0])]
            return words if len(words.split()) <= 6 else ""
    return ""


_REQUEST = re.compile(
    r"^\W*(?:please\s+)?(?:(?:tell|give|show)\s+(?:me|us)\s+(?:(?:more|everything|something|all)\s+)?(?:about\s+)?"
    r"|(?:describe|explain|summari[sz]e|list|name)\s+)",
    re.IGNORECASE,
)


_ONE = re.compile(r"\s+ones?$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|an?|its|their|my|your|our|his|her)\s", re.IGNORECASE)
_COUNTED = re.compile(
    r"\bhow\s+(?:many|much)\s+(?P<what>(?!(?:of|is|are|was|were|has|have|had|will|would|can|could|should|must|may|might|do"
    r"|does|did)\b)[^\W\d_][\w’'-]*)",
    re.IGNORECASE,
)


def _substitute(fragment: str, turn: Turn) -> str | None:
    """The last question with the fragment in place of what is like it: ordinal for ordinal, date for date, name for
    name, a group for a group."""
    read = [_text_of(turn), *(item.passage.text for item in turn.answer.passages)]
    last = truecased(turn.answer.standalone_question, read)
    stripped = fragment.strip(" ?.!,;:")
    bare = truecased(_ONE.sub("", stripped), read)
    one = _ONE.search(stripped) is not None
    if (new := ordinal_in(bare)) and (old := ordinal_in(last)):
        phrase = re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
        same_noun = last[old[2] :].lower().startswith(bare[new[2] :].lower()) if bare[new[2] :].strip() else True
        if same_noun:
            return f"{last[: old[1]]}{bare[new[1] : new[2]]}{last[old[2] :]}"
        found = phrase_at(last, old[1])
        return f"{last[: found.start]}the {phrase}{last[found.end :]}"
    for kind in (dates_in, months_in, letters_in, numbers_in, names_in):
        fresh, former = kind(bare), kind(last)
        if fresh and former:
            start, end = former[-1]
            inside = bare if kind is names_in else bare[fresh[0][0] : fresh[0][1]]
            inside = re.sub(r"^(?:in|at|on|by|from|for|with|to|of)\s+", "", inside, flags=re.IGNORECASE)
            if _ARTICLE_BEFORE.search(last, 0, start):
                inside = _ARTICLE.sub("", inside)
            return f"{last[:start]}{inside}{last[end:]}"
    if (fresh_source := _ACCORDING.match(bare)) and (former_source := _ACCORDING.search(last)):
        return f"{last[: former_source.start()]}{fresh_source[0]}{last[former_source.end() :]}"
    if _ARTICLE.match(bare) and (about := _like(bare, last)):
        return f"{last[: about.start]}{bare}{last[about.end :]}"
    plain = not names_in(bare) and not numbers_in(bare) and not _PREPOSITION.match(bare)
    if (counted := _COUNTED.search(last)) and 0 < len(bare.split()) <= 3 and plain:
        return f"{last[: counted.start('what')]}{_ARTICLE.sub('', bare)}{last[counted.end() :]}"
    if _VERB.fullmatch(bare) and bare not in _ADVERBIAL and (verb := _verb(last)):
        return f"{last[: verb[0]]}{bare}{last[verb[1] :]}"
    if _OTHER.fullmatch(bare):
        start, end = (letters_in(last) or [(0, 0)])[-1]
        swapped = {"A": "B", "B": "A"}.get(last[start:end])
        return f"{last[:start]}{swapped}{last[end:]}" if swapped else None
    if (time := _TIME_ALONE.fullmatch(bare)) and (former_time := _TIME.search(last)):
        return f"{last[: former_time.start('time')]}{time['time']}{last[former_time.end('time') :]}"
    about = topic_of(last)
    if about and _ARTICLE.match(bare):
        kind_of = f" {about.text.split()[-1]}" if one and len(bare.split()) == 2 else ""
        return f"{last[: about.start]}{bare}{kind_of}{last[about.end :]}"
    return None


_TIME = re.compile(r"\b(?P<time>first|second|third|last|next)\b", re.IGNORECASE)
_TIME_ALONE = re.compile(rf"(?:the\s+)?{_TIME.pattern}\s+time", re.IGNORECASE)
_VERB = re.compile(r"[a-z]{3,}[a-rt-z]")
_DID = re.compile(r"\b(?:did|does|do)\s+(?=(?:the|an?|its|their)\s|[^\W\d_a-z])")


def _verb(asked: str) -> tuple[int, int] | None:
    """Where the verb of "how much did the trust spend in May?" stands: behind what somebody is called, or its last
    word."""
    did = _DID.search(asked)
    if did is None:
        return None
    subject = phrase_at(asked, did.end())
    following = WORD.search(asked, subject.end)
    if following and following[0] not in STOPWORDS:
        return following.span()
    words = [match.span() for match in WORD.finditer(asked, subject.start, subject.end)]
    return words[-1] if len(words) > 2 else None


_ADVERBIAL = frozenset(
    "today tomorrow yesterday before earlier later afterwards else then there here abroad online".split()
)
_OTHER = re.compile(r"(?:the\s+)?other", re.IGNORECASE)
_ARTICLE_BEFORE = re.compile(r"\b(?:the|an?)\s+$", re.IGNORECASE)


def _like(bare: str, last: str) -> Phrase | None:
    """The noun phrase of the last question that is of the same noun as a fragment ("the control group" of "the 4 am
    group"), or belongs to somebody as it does ("my dog", "my cat")."""
    phrases = [
        phrase_at(last, match.end()) for match in re.finditer(rf"\b{_ARTICLE.pattern}(?=\w)", last, re.IGNORECASE)
    ]
    # "The meeting in May" is of the same noun as "the second meeting".
    bares = [re.split(r"\s(?:of|in|on|for|with|to|at|between)\s", phrase.text)[0] for phrase in phrases]
    for phrase, head in zip(reversed(phrases), reversed(bares), strict=True):
        if terms(head)[-1:] == terms(bare)[-1:]:
            return Phrase(head, phrase.start, phrase.start + len(head))
    if owned := re.match(r"(?:my|your|our|his|her|its|their)\s", bare, re.IGNORECASE):
        place = re.search(rf"\b{owned[0].strip()}\s+[\w’'-]+", last, re.IGNORECASE)
        return Phrase(place[0], *place.span()) if place else None
    return None


_PREPOSITION = re.compile(
    r"(?:about|on|in|at|by|from|for|with|to|of|under|during|after|before|since|until|without|within|near|per)\s",
    re.IGNORECASE,
)


def _extend(fragment: str, last: str) -> str:
    """The last question with a fragment behind it, or in the place of what stands behind the same preposition there:
    of "what was said about tea?" and "about coffee", "what was said about coffee"."""
    last, fragment = last.rstrip(" ?.!"), fragment.strip(" ?.!")
    preposition = _PREPOSITION.match(fragment)
    at = last.lower().rfind(f" {preposition[0].lower()}") if preposition else -1
    return f"{last[:at] if at > 0 else last} {fragment}"


_THAT_ONE = re.compile(r"(?<!which )\b(?:that|this) one\b", re.IGNORECASE)


def _resolve(asked: str, before: Sequence[Turn]) -> str:
    """The question with its pronouns, and its definite nouns that the last question had told more of, replaced."""
    last = before[-1].answer.standalone_question
    asked = _THAT_ONE.sub("it", asked)
    if match := _PERSONAL.search(asked):
        person = _last_person(before, match["word"].lower(), asked)
        if person:
            told = _replaced(asked, match, person, possessive={"his", "hers", "her"})
            return _placed(told, last)
    about = next((topic for turn in reversed(before) if (topic := topic_of(turn.answer.standalone_question))), None)
    if about is None:
        return asked
    if (match := _NEUTER.search(asked)) and not _DUMMY_IT.search(asked) and not _RELATIVE.search(asked):
        word = match["word"].lower()
        rest = asked[match.start() :]
        if word in ("that", "it", "this") and _MEASURES_IT.search(asked):
            about = _measured(last) or about
        asked_of_somebody = any(_WHO.search(turn.answer.standalone_question) for turn in before[-2:])
        of_somebody = asked_of_somebody or _PERSONAL.search(before[-1].question)
        if word in ("it", "its") and of_somebody and people(about.text):
            topics = (topic_of(turn.answer.standalone_question) for turn in reversed(before))
            about = next((topic for topic in topics if topic and not people(topic.text)), about)
        if word == "them" and (counted := _COUNTED.search(last)):
            about = phrase_at(last, counted.start("what"))
        elif word in ("they", "them", "their") and not names_in(about.text):
            named = (phrase for turn in reversed(before) if (phrase := _named(turn.answer.standalone_question)))
            about = next(named, about)
        if word == "there":
            return _placed(asked, last)
        if (
            (noun := _DETERMINER.match(rest))
            and not noun["noun"].lower().endswith(("ed", "ing"))
            and noun["noun"].lower() not in STOPWORDS | VERB_LIKE
        ):
            if _shares_noun(noun["noun"], about.text):
                return f"{asked[: match.start()]}{about.text}{rest[noun.end() :]}"
            return f"{asked.rstrip(' ?.!')} of {about.text}"
        if word == "they" and (names_in(asked) or ordinal_in(asked)):
            return asked  # "what did they say about the G7?"
        if word in ("they", "them", "their", "theirs") and _WHO.search(last):
            return _resolve_with(asked, about.text)  # people's names would be sought in every sentence
        return _replaced(asked, match, about.text, possessive={"its", "their", "theirs"})
    for noun in re.finditer(r"\bthe\s+(?P<noun>[^\W\d_]{4,})\b(?!\s+(?:of|for|on)\b)", asked, re.IGNORECASE):
        if _shares_noun(noun["noun"], about.text) and len(about.text.split()) > 2 and not ordinal_in(asked):
            return f"{asked[: noun.start()]}{about.text}{asked[noun.end() :]}"
    return asked


_THERE = re.compile(r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?!\s+(?:is|are|was|were)\b)", re.IGNORECASE)
_GOES = re.compile(
    r"\b(?:go|goes|going|went|gone|come|came|get|got|travel\w*|fly|flew|walk\w*|return\w*|move[ds]?)\s+$", re.IGNORECASE
)


def _placed(asked: str, last: str) -> str:
    """A question with the place or the occasion that the last one was about for "there"."""
    match, about = _THERE.search(asked), topic_of(last)
    if not match or about is None or people(about.text):
        return asked
    preposition = "to" if _GOES.search(asked, 0, match.start()) else "at"
    return f"{asked[: match.start()]}{preposition} {about.text}{asked[match.end() :]}"


_MEASURES_IT = re.compile(
    r"\b(?:more|less|fewer|higher|lower|greater|smaller|larger|bigger|enough|(?<!how )(?:much|many)|a lot|too"
    r"|rise|risen|rose|fall|fallen|fell|increase[ds]?|decrease[ds]?)\b",
    re.IGNORECASE,
)


def _measured(last: str) -> Phrase | None:
    """What a question asks the measure of: "how much income did it have?", "what was the operating profit in 2020?"."""
    if counted := _COUNTED.search(last):
        return Phrase(f"the {counted['what']}", *counted.span("what"))
    first = re.search(r"\bthe\s+(?=\w)", last, re.IGNORECASE)
    return phrase_at(last, first.end()) if first else None


def _named(asked: str) -> Phrase | None:
    """The last name in a question."""
    found = names_in(asked)
    return Phrase(asked[slice(*found[-1])], *found[-1]) if found else None


def _replaced(asked: str, match: re.Match[str], by: str, possessive: set[str]) -> str:
    word = match["word"].lower()
    following = re.match(r"\s+([^\W\d_]+)", asked[match.end() :])
    objective = word == "her" and (not following or following[1].lower() in STOPWORDS)
    put = f"{by}'s" if word in possessive and not objective else by
    return f"{asked[: match.start()]}{put}{asked[match.end() :]}"


def _shares_noun(noun: str, phrase: str) -> bool:
    wanted = terms(noun)
    return bool(wanted) and wanted[-1] in terms(phrase)[-2:]


_ABOUT_ONE = re.compile(r"\bwho\s+(?:is|was)\b(?!\s+(?:the|an?)\b)|\babout\b", re.IGNORECASE)
"""A question that a single name ends is about whom that name is of."""
_TITLED = re.compile(
    r"\b(?:Minister|President|Mr|Mrs|Ms|Miss|Dr|Captain|Professor|Prof|Judge|Sir|Lady|Lord|Chancellor|Secretary)\.?\s+"
    r"(?!of\b)[^\W\d_a-z][\w’'-]+"
)


_HERS = frozenset({"she", "her", "hers"})
_KIN = re.compile(
    r"\b[^\W\d_a-z][\w-]*(?:\s[^\W\d_a-z][\w-]*)*['’]s?\s+"
    r"(?:(?P<her>mother|sister|daughter|wife|widow|aunt|niece|grandmother)"
    r"|(?P<his>father|brother|son|husband|widower|uncle|nephew|grandfather))\b"
)
"""Somebody who is told by whose kin it is."""


def _last_person(before: Sequence[Turn], pronoun: str, asked: str) -> str | None:
    """Whom a pronoun may mean: who was asked about, else who the answer says it was, else who is named in it first.

    "Who is she?", and "she" where it was "he" before, mean somebody of the answer whom the question did not name.
    """
    newest = before[-1]
    spoken = {match["word"].lower() in _HERS for match in _PERSONAL.finditer(newest.question)}
    if re.match(r"\W*who\s+(?:is|was)\s+s?he\b", asked, re.IGNORECASE) or spoken == {pronoun not in _HERS}:
        known = newest.answer.standalone_question
        earlier = [turn.answer.standalone_question for turn in reversed(before[:-1])]
        told = [people(_marked(newest)), people(_text_of(newest)), *(people(q) or _TITLED.findall(q) for q in earlier)]
        if fresh := [person for found in told for person in found if person not in known]:
            return fresh[0]
    for turn in reversed(before[-3:]):
        asked = turn.answer.standalone_question
        if (kin := _KIN.search(asked)) and kin["her" if pronoun in _HERS else "his"]:
            return kin[0]
        if found := people(asked) or _TITLED.findall(asked):
            return found[0]
        found = people(_text_of(turn))
        words = {word.lower() for word in WORD.findall(asked)}
        surnames = {asked[slice(*span)].lower() for span in names_in(asked)}
        lines = (line for item in turn.answer.passages for line in item.passage.text.splitlines())
        read = (person for line in lines for person in people(line))
        called = (person for person in read if person.lower().split()[-1] in surnames)
        if full := next((person for person in found if words.intersection(person.lower().split())), next(called, None)):
            return full
        if (marked := people(_marked(turn))) and _WHO.search(asked):
            return marked[0]
        named = [asked[start:end] for start, end in names_in(asked)]
        if named and _ABOUT_ONE.search(asked):
            return named[-1]
        if (alone := _ALONE.match(asked)) and not named:
            return alone["name"]
        if (subject := _SUBJECT.search(asked)) and not people(asked):
            return subject["name"]
        if found:
            return found[0]
    return None


_SUBJECT = re.compile(
    r"\b(?i:did|does|was|is|has|had|will|would|could|can)\s+(?P<name>[^\W\d_a-z][^\W\d_]*[^\W\d_A-Z])(?!['’]|\s+[^\W\d_a-z])"
)
"""A single name that a question says something of: "when did Brook first go to Lyon?"."""
_ALONE = re.compile(r"^\W*who\s+(?:is|was|are)\s+(?!the\b|an?\b)(?P<name>[a-z][\w’'-]+(?:\s+[a-z][\w’'-]+){1,2})\W*$")
"""Asks in small letters who somebody is."""


def _text_of(turn: Turn) -> str:
    return " ".join(sentence.text for sentence in turn.answer.sentences)
