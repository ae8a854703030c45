"""What a few words leave out of a question, taken from the one before: "and the 7th?", "why?", "with whom?". Pure."""

from __future__ import annotations

import re

from index.terms import STOPWORDS, terms
from qa.phrases import (
    AUXILIARY,
    MODAL,
    WORD,
    Phrase,
    dates_in,
    event_of,
    letters_in,
    months_in,
    names_in,
    numbers_in,
    ordinal_in,
    phrase_at,
    topic_of,
    truecased,
)
from qa.question import OF_THE_LIST
from qa.referents import ARTICLE, COUNTED, marked, text_of
from qa.types import Turn

_ACCORDING = re.compile(r"\baccording to [^,;:?!]+", re.IGNORECASE)
ASKED_WITH = re.compile(
    r"^\W*(?:(?:in|on|at|by|to|from)\s+)?(?P<wh>what|which|who|whom|whose|when|where|why|how)\b"
    r"(?P<much>\s+(?:many|much|long|often))?\s*",
    re.IGNORECASE,
)
"""What a question begins with that asks with a question word."""
_AUXILIARY = re.compile(rf"{AUXILIARY}\b", re.IGNORECASE)
_OF_A_SORT = re.compile(
    rf"(?!{AUXILIARY}\b)(?P<noun>(?:[\w’'-]+\s+){{1,3}}?)(?P<auxiliary>is|are|was|were|has|have|had|will|can|could"
    r"|do|does|did)\b",
    re.IGNORECASE,
)
"""What follows "which": "nap is better"."""


def ask_again(wh: str, more: str, turn: Turn) -> str:
    """ "Why?" → the last question asked with why, with what answered it in its place; "when?" → when what it is about
    was; "who else?" → the last question once more."""
    last = turn.answer.standalone_question
    request = _CONTRACTED.sub(r"\1 is", _REQUEST.sub("", last))
    match = ASKED_WITH.match(request)
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
    noun = _OF_A_SORT.match(body) if asked_with in ("which", "what") else None
    if kind in ("when", "where") and noun and about and about.text in noun["noun"]:
        return f"{wh} {noun['auxiliary']} the {noun['noun'].strip()} {body[noun.end() :].strip()}"
    if kind in ("when", "where") and about and not asked_for_adverb:
        return f"{wh} was {about.text}"
    wh = re.sub(r"(?i)^how come", "why", wh)
    if noun:
        if noun["auxiliary"].lower() in ("do", "does", "did"):  # "what speed does it run at?"
            rest = re.sub(r"\s(?:at|in|on|by|with|from|to|for)\W*$", "", body[noun.end() :].strip(" ?.!"))
            return f"{wh} {noun['auxiliary']} {rest}"
        sort = noun["noun"].strip()
        found = marked(turn) or (_some(sort, noun["auxiliary"]) if sort.lower().startswith("of ") else f"the {sort}")
        negated = "" if re.search(r"\bnot\b", found) else negated
        return f"{wh}{negated} {noun['auxiliary']} {found} {body[noun.end() :].strip()}"
    found = marked(turn) if asked_with in ("who", "whom", "which", "what") else ""
    auxiliary = _AUXILIARY.match(body)
    if asked_with == "who" and not found and (modal := _MODAL.match(body)):
        return f"{wh} {modal[0]} they{negated}{body[modal.end() :]}"
    if found and auxiliary and asked_with != "whom":
        # "Who was missing?", "Ada Brook": "why was Ada Brook missing?"
        subject = body[auxiliary.end() :].strip()
        if not re.match(r"(?:the|an?|he|she|it|they|we|you|his|her|its|their|my|your)\b|[^\W\d_a-z]", subject):
            return f"{wh}{negated} {auxiliary[0]} {found} {subject}"
    return f"{wh}{negated} {body}"


_WITH_WHAT = re.compile(
    r"(?P<wh>what|whom?|where)\s+(?P<with>of|for|from|with|by|to|against|in|on|at)\W*", re.IGNORECASE
)


def ask_with(asked: str, last: str) -> str | None:
    """ "What of?" after "when did she die?" → "what did she die of?"; None of anything else."""
    match, former = _WITH_WHAT.fullmatch(asked), ASKED_WITH.match(last)
    if not match or not former or not _AUXILIARY.match(body := last[former.end() :].strip(" ?.!")):
        return None
    return f"{match['wh']} {body} {match['with']}"


def _some(of: str, auxiliary: str) -> str:
    return f"{'some' if auxiliary.lower() in ('are', 'were', 'have', 'do') else 'one'} {of}"


_CONTRACTED = re.compile(r"^(\W*(?:who|what|where|when|how|why))['’]s\b", re.IGNORECASE)
_MODAL = re.compile(rf"{MODAL}\b(?=\s+[a-z])(?!\s+(?:the|an?|he|she|it|they|we|you)\b)")
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


_REQUEST = re.compile(
    r"^\W*(?:please\s+)?(?:(?:tell|give|show)\s+(?:me|us)\s+(?:(?:more|everything|something|all)\s+)?(?:about\s+)?"
    r"|(?:describe|explain|summari[sz]e|list|name)\s+)",
    re.IGNORECASE,
)
_ONE = re.compile(r"\s+ones?$", re.IGNORECASE)


def substitute(fragment: str, turn: Turn) -> str | None:
    """The last question with the fragment in place of what is like it: ordinal for ordinal, date for date, name for
    name, a group for a group."""
    read = [text_of(turn), *(item.passage.text for item in turn.answer.passages)]
    last = truecased(turn.answer.standalone_question, read)
    stripped = fragment.strip(" ?.!,;:")
    bare = truecased(_ONE.sub("", stripped), read)
    one = _ONE.search(stripped) is not None
    if one and (points := OF_THE_LIST.match(last)):
        return f"{last[: points.start('such')]}{ARTICLE.sub('', bare)}"
    if (new := ordinal_in(bare)) and (old := ordinal_in(last)):
        phrase = re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
        same_noun = last[old[2] :].lower().startswith(bare[new[2] :].lower()) if bare[new[2] :].strip() else True
        if same_noun:
            return f"{last[: old[1]]}{bare[new[1] : new[2]]}{last[old[2] :]}"
        found = phrase_at(last, old[1])
        return f"{last[: found.start]}the {phrase}{last[found.end :]}"
    for kind in (dates_in, months_in, letters_in, numbers_in, names_in):
        fresh, former = kind(bare), kind(last)
        if fresh and former and kind is not names_in and _names_another_thing(bare, fresh, last):
            break
        if fresh and former:
            start, end = former[-1]
            inside = bare if kind is names_in else bare[fresh[0][0] : fresh[0][1]]
            inside = re.sub(r"^(?:in|at|on|by|from|for|with|to|of)\s+", "", inside, flags=re.IGNORECASE)
            if _ARTICLE_BEFORE.search(last, 0, start):
                inside = ARTICLE.sub("", inside)
            return f"{last[:start]}{inside}{last[end:]}"
    if (fresh_source := _ACCORDING.match(bare)) and (former_source := _ACCORDING.search(last)):
        return f"{last[: former_source.start()]}{fresh_source[0]}{last[former_source.end() :]}"
    if ARTICLE.match(bare) and (about := _like(bare, last)):
        return f"{last[: about.start]}{bare}{last[about.end :]}"
    plain = not names_in(bare) and not numbers_in(bare) and not PREPOSITION.match(bare)
    if (counted := COUNTED.search(last)) and 0 < len(bare.split()) <= 3 and plain:
        whole = phrase_at(last, counted.start("what"))
        # "How many ship calls …?" and "passengers": both words; "how many vegan meals …?" and "vegetarian": one.
        end = whole.end if bare.endswith("s") and whole.text.endswith("s") else counted.end()
        return f"{last[: counted.start('what')]}{ARTICLE.sub('', bare)}{last[end:]}"
    if _VERB.fullmatch(bare) and bare not in _ADVERBIAL and (verb := _verb(last)):
        return f"{last[: verb[0]]}{bare}{last[verb[1] :]}"
    if _OTHER.fullmatch(bare):
        start, end = (letters_in(last) or [(0, 0)])[-1]
        swapped = {"A": "B", "B": "A"}.get(last[start:end])
        return f"{last[:start]}{swapped}{last[end:]}" if swapped else None
    if (time := _TIME_ALONE.fullmatch(bare)) and (former_time := _TIME.search(last)):
        return f"{last[: former_time.start('time')]}{time['time']}{last[former_time.end('time') :]}"
    if ARTICLE.match(bare) and (on := ON_WHAT.search(last)):
        return f"{last[: on.start('what')]}{bare}"
    about = topic_of(last)
    if about and ARTICLE.match(bare):
        kind_of = f" {about.text.split()[-1]}" if one and len(bare.split()) == 2 else ""
        return f"{last[: about.start]}{bare}{kind_of}{last[about.end :]}"
    return None


def _names_another_thing(bare: str, spans: list[tuple[int, int]], last: str) -> bool:
    """Whether a fragment with a date or a number begins with a thing that the last question was not about, as "cable
    faults in 2021" may."""
    before = bare[: spans[0][0]]
    if PREPOSITION.match(before) or not re.search(r"[a-z]{3,}s\s+(?:in|on|of|for|from|during)\s+$", before):
        return False
    return not set(terms(before)) - STOPWORDS <= set(terms(last))


ON_WHAT = re.compile(
    r"\b(?:say|says|said|tell|told|write|written|report|reported|state|stated)\s+(?:us\s+)?(?:about|on|of|regarding)\s+"
    r"(?P<what>[^?]+)",
    re.IGNORECASE,
)
"""What something is said about."""
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
        phrase_at(last, match.end()) for match in re.finditer(rf"\b{ARTICLE.pattern}(?=\w)", last, re.IGNORECASE)
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


PREPOSITION = re.compile(
    r"(?:about|on|in|at|by|from|for|with|to|of|under|during|after|before|since|until|without|within|near|per)\s",
    re.IGNORECASE,
)
"""What a fragment begins with that belongs behind a question: "after ten years"."""


def extend(fragment: str, last: str) -> str:
    """The last question with a fragment behind it, or in the place of what stands behind the same preposition there:
    of "what was said about tea?" and "about coffee", "what was said about coffee"."""
    last, fragment = last.rstrip(" ?.!"), fragment.strip(" ?.!")
    preposition = PREPOSITION.match(fragment)
    at = last.lower().rfind(f" {preposition[0].lower()}") if preposition else -1
    return f"{last[:at] if at > 0 else last} {fragment}"
