"""A follow-up → a question that stands alone, by rules. Pure.

What a follow-up leaves out is taken from the last question that stood alone (never from what an answer claims, but
for the names of people), and put in its place: the ordinal for the ordinal, the name for the name. A question that is
whole is left as it is, so that a new topic carries nothing over, and what was refused is asked again with what it was
refused for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.dates import find_dates
from index.terms import STOPWORDS, ordinal, terms
from qa.types import Turn

_LEAD = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|then|also|well|right|now|thanks|thank you|please)\b[\s,.:;!-]*)+", re.IGNORECASE
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
_WH = re.compile(
    r"^(?P<wh>(?:(?:since|until|by|to|from)\s+)?(?:who(?:m|se)?|when|where|why|which(?:\s+ones?)?"
    r"|what(?:\s+(?:for|time|year|date))?|how(?:\s+(?:many|much|long|often|so|come))?))\b\W*$",
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
    r"|\bthe\s+(?P<pair>latter|former)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"\b(?P<word>he|she|him|her|his|hers)\b", re.IGNORECASE)
_NEUTER = re.compile(r"\b(?P<word>it|its|they|them|their|theirs|this|that|these|those|there)\b", re.IGNORECASE)
_DETERMINER = re.compile(r"^(?:this|that|these|those)\s+(?P<noun>[^\W\d_]{3,})", re.IGNORECASE)
_DUMMY_IT = re.compile(
    r"\b(?:is|was|does)\s+it\s+(?:that|true|possible|important|likely|clear)\b|\bhow\s+(?:is|was)\s+it\s+going\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\w\s+(?:that|those|this)\s+(?:is|are|was|were|has|have|had|will|would|can|could|may|might|do|does|did"
    r"|the|a|an|they|it|we|he|she|which|who)\b",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\b(?:who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|has|have|had|will|would|can|could"
    r"|should|may|might|list|name|tell|give|show|describe|explain|compare|summari[sz]e|define|say|says|said)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.&/][^\W_]+)*")
_VERB_LIKE = frozenset(
    """held hold take takes took taken place happen happens happened occur occurs occurred begin begins began start
    starts end ends say says said mean means meant stand stands discuss agree cover covers include includes mention
    mentions describe focus aim chair attend host join lead make made give given come came go went see seen work works
    do done call called about regarding concerning differ compare change""".split()
)
_NOT_A_PERSON = frozenset(
    """agency ambassador assembly association authority bank board bureau cabinet chair chairman chancellor chief
    college commission commissioner committee company conference congress corporation council court department deputy
    dialogue director directorate division federation forum foundation general government group head institute kingdom
    league manager managing minister ministry mission nations office officer organisation organization parliament
    partnership party policy president prime programme project republic school secretary section senate service
    services society states summit team treaty union unit university vice week""".split()
)
_OFFICES = re.compile(
    r"\A(?:(?:ambassador|captain|chair(?:man|woman)?|chancellor|chief|commissioner|deputy|director|doctor|dr|general|judge"
    r"|mayor|minister|mr|mrs|ms|officer|president|prime|prof(?:essor)?|secretary|vice)\.?\s+)+",
    re.IGNORECASE,
)
_DOES = re.compile(r"\b(?:do|does|did)\b", re.IGNORECASE)
_WHO = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_INSIDE = frozenset({"of", "and", "for", "on", "in", "to", "between", "with", "the", "&"})
_ACCORDING = re.compile(r"\baccording to [^,;:?!]+", re.IGNORECASE)
_LONGEST_FRAGMENT = 7
"""Words that a fragment such as "and the 7th dialogue in Brussels" has at most."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A noun phrase at text[start:end] of a question."""

    text: str
    start: int
    end: int


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with what the conversation established put in; unchanged where it needs nothing.

    Only the last few turns are looked at, so that a long conversation costs no more than a short one.
    """
    before = [turn for turn in history[-6:] if turn.answer.status != "reply"]
    if not before:
        return question
    last = before[-1].answer.standalone_question
    asked = _LEAD.sub("", question).strip() or question.strip()
    corrected = _CORRECTION.sub("", asked)
    if corrected != asked and corrected.strip(" ?.!"):
        return _tidy(_substitute(corrected, last) or corrected)
    if step := _step(asked, last):
        return _tidy(step)
    if found := _from_answer(asked, before[-1]):
        return _tidy(found)
    fragment = _ABOUT.sub("", asked)
    if match := _WH.match(asked):
        return _tidy(_ask_again(match["wh"], last))
    if fragment != asked or _is_fragment(fragment):
        if put := _substitute(fragment, last):
            return _tidy(put)
        # "What about training?", where the last question has nothing that training could stand for, is a new topic.
        return _tidy(f"What is said about {fragment}" if fragment != asked else _extend(fragment, last))
    return _tidy(_resolve(asked if asked != question.strip() and _needs_more(asked) else question.strip(), before))


def carried(question: str, first: str) -> str:
    """The second of two questions in one with what the first is about, where it names nothing itself: of "where was the
    7th summit held and what was discussed", "what was discussed at the 7th summit"."""
    about = _topic(first)
    names_something = _ordinal_in(question) or _names(question) or _dates(question)
    return question if about is None or names_something else f"{_resolve_with(question.strip(), about.text)}?"


def _tidy(text: str) -> str:
    joined = " ".join(text.split()).rstrip(" ,;.!")
    return joined if joined.endswith("?") or not joined else f"{joined}?"


def _is_fragment(text: str) -> bool:
    """True for a few words with neither a question word nor a verb: "the 7th", "Brussels", "hypothesis B"."""
    words = _WORD.findall(text)
    return 0 < len(words) <= _LONGEST_FRAGMENT and not _QUESTION_WORD.search(text)


def _needs_more(text: str) -> bool:
    return bool(_PERSONAL.search(text) or _NEUTER.search(text))


def _step(asked: str, last: str) -> str | None:
    """ "And before that?" → the last question about the ordinal or year before; "before that, who led it?" likewise."""
    head, comma, rest = asked.partition(",")
    if comma and len(rest.split()) > 1 and (stepped := _step(head.strip(), last)):
        about = _topic(stepped)
        return _resolve_with(rest.strip(), about.text) if about else stepped
    by = -1 if _BEFORE.match(asked) else 1 if _AFTER.match(asked) else 0
    if not by:
        return None
    if found := _ordinal_in(last):
        number, start, end = found
        if number + by > 0:
            return f"{last[:start]}{ordinal(number + by)}{last[end:]}"
    if match := re.search(r"\b(1[5-9]|2[01])\d\d\b", last):
        return f"{last[: match.start()]}{int(match[0]) + by}{last[match.end() :]}"
    return None


def _resolve_with(asked: str, topic: str) -> str:
    """A question whose pronoun, if it has one, is the topic; else the topic is put behind it."""
    match = _NEUTER.search(asked)
    if match and match["word"].lower() in ("it", "that", "this"):
        return f"{asked[: match.start()]}{topic}{asked[match.end() :]}"
    return f"{asked.rstrip(' ?.!')} at {topic}"


def _ordinal_in(text: str) -> tuple[int, int, int] | None:
    """(number, start, end) of the first ordinal."""
    for match in _WORD.finditer(text):
        found = terms(match[0])
        if len(found) == 1 and re.fullmatch(r"\d+(?:st|nd|rd|th)", found[0]):
            return int(found[0][:-2]), match.start(), match.end()
    return None


def _from_answer(asked: str, turn: Turn) -> str | None:
    """ "Tell me more about the second one" → the same about what the second sentence or source of the answer says."""
    match = _NTH.search(asked)
    if not match or not turn.answer.sentences:
        return None
    place = match["number"] or match["after"]
    at = int(place) if place else _PLACES[(match["place"] or match["pair"]).lower()]
    what = (match["what"] or match["kind"] or "one").lower()
    if what in ("source", "citation", "document", "reference", "footnote"):
        places = [f"{c.section or c.title}" for c in turn.answer.citations]
    else:
        places = [_head(sentence.text) for sentence in turn.answer.sentences]
        if len(places) == 1:
            places = _listed(turn.answer.sentences[0].text) or places
    if not 0 <= at <= len(places):
        return None
    return f"{asked[: match.start()]}{places[at - 1]}{asked[match.end() :]}"


def _head(sentence: str) -> str:
    """What a sentence is about: a list item's label, else its first words."""
    label = re.match(r"([^:.;]{2,60}):\s", sentence)
    return label[1] if label else " ".join(sentence.rstrip(".").split()[:12])


def _listed(sentence: str) -> list[str]:
    """The names that a sentence lists, for "the second one" after "co-chaired by A and B"."""
    names = people(sentence)
    return names if len(names) > 1 else []


def _ask_again(wh: str, last: str) -> str:
    """ "Why?" → the last question asked with why; "when?" → when what it is about was."""
    about = _topic(last)
    body = re.sub(
        r"^\W*(?:(?:in|on|at|by|to|from)\s+)?(?:what|which|who|whom|whose|when|where|why|how)(?:\s+(?:many|much"
        r"|long|often))?\b\s*",
        "", _REQUEST.sub("", last), flags=re.IGNORECASE,
    )  # fmt: skip
    if wh.lower().startswith(("when", "where")) and about:
        return f"{wh} was {about.text}"
    return f"{wh} {body}"


_REQUEST = re.compile(
    r"^\W*(?:please\s+)?(?:(?:tell|give|show)\s+(?:me|us)\s+(?:(?:more|everything|something|all)\s+)?(?:about\s+)?"
    r"|(?:describe|explain|summari[sz]e|list|name)\s+)",
    re.IGNORECASE,
)


def _substitute(fragment: str, last: str) -> str | None:
    """The last question with the fragment in place of what is like it: ordinal for ordinal, date for date, name for
    name."""
    bare = fragment.strip(" ?.!,;:")
    if (new := _ordinal_in(bare)) and (old := _ordinal_in(last)):
        phrase = re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
        same_noun = last[old[2] :].lower().startswith(bare[new[2] :].lower()) if bare[new[2] :].strip() else True
        if same_noun:
            return f"{last[: old[1]]}{bare[new[1] : new[2]]}{last[old[2] :]}"
        found = _phrase_at(last, old[1])
        return f"{last[: found.start]}the {phrase}{last[found.end :]}"
    for kind in (_dates, _single_letters, _numbers, _names):
        fresh, former = kind(bare), kind(last)
        if fresh and former:
            start, end = former[-1]
            inside = bare if kind is _names else bare[fresh[0][0] : fresh[0][1]]
            inside = re.sub(r"^(?:in|at|on|by|from|for|with|to)\s+", "", inside, flags=re.IGNORECASE)
            return f"{last[:start]}{inside}{last[end:]}"
    if (fresh_source := _ACCORDING.match(bare)) and (former_source := _ACCORDING.search(last)):
        return f"{last[: former_source.start()]}{fresh_source[0]}{last[former_source.end() :]}"
    about = _topic(last)
    if about and re.match(r"(?:the|an?|its|their)\s", bare, re.IGNORECASE):
        return f"{last[: about.start]}{bare}{last[about.end :]}"
    return None


def _extend(fragment: str, last: str) -> str:
    return f"{last.rstrip(' ?.!')} {fragment.strip(' ?.!')}"


def _dates(text: str) -> list[tuple[int, int]]:
    years = [match.span() for match in re.finditer(r"\b(?:1[5-9]|2[01])\d\d\b", text)]
    return [(date.start, date.end) for date in find_dates(text)] or years


def _single_letters(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\b[B-HJ-Z]\b|\bA\b(?!\s+[a-z])", text)]


def _numbers(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\b\d+(?:[.,]\d+)*\b", text)]


def _names(text: str) -> list[tuple[int, int]]:
    """Spans of runs of capitalised words that do not merely begin the text."""
    found = []
    for match in re.finditer(r"[^\W\d_a-z][\w’'-]*(?:\s+(?:of\s+|de\s+|the\s+)?[^\W\d_a-z][\w’'-]*)*", text):
        first = match[0].split()[0].lower()
        start = match.start()
        if start == 0 and (first in STOPWORDS or _QUESTION_WORD.fullmatch(first)):
            rest = re.match(r"\S+\s+(?=[^\W\d_a-z])", match[0])
            if not rest:
                continue
            start += rest.end()
        found.append((start, match.end()))
    return found


def people(text: str) -> list[str]:
    """Runs of two to five capitalised words without a word for an office or a body, which is what people's names look
    like, in order."""
    return [text[start:end] for start, end in people_at(text)]


def people_at(text: str) -> list[tuple[int, int]]:
    """Where `people` stand in the text, without the office in front ("Minister Ada Brook")."""
    named = [(end - len(_OFFICES.sub("", text[start:end])), end) for start, end in _names(text)]
    return [
        (start, end)
        for start, end in named
        if 2 <= len(words := text[start:end].split()) <= 5
        and words[0][:1].isupper()  # of "Chair of Trustees" the office leaves "of Trustees"
        and len(words[-1]) > 1  # "Option B"
        and not any(char.isdigit() for char in text[start:end])
        and not _NOT_A_PERSON & {word.lower() for word in words}
    ]


def _topic(question: str) -> _Phrase | None:
    """The noun phrase that a question is about: the one with an ordinal or a name, else the last one with an
    article."""
    if found := _ordinal_in(question):
        return _phrase_at(question, found[1])
    if names := _names(question):
        return _phrase_at(question, names[-1][0])
    articles = list(re.finditer(r"\b(?:the|an?)\s+(?=\w)", question, re.IGNORECASE))
    if articles:
        return _phrase_at(question, articles[-1].end())
    words = [match for match in _WORD.finditer(question) if match[0].lower() not in STOPWORDS]
    return _phrase_at(question, words[-1].start()) if words else None


def _phrase_at(text: str, place: int) -> _Phrase:
    """The noun phrase around a place: words to both sides up to a verb, an auxiliary or a pronoun."""
    words = [(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
    at = next((i for i, (_, start, end) in enumerate(words) if start <= place < end), 0)

    def inside(i: int) -> bool:
        word = words[i][0].lower()
        gap = text[words[i - 1][2] : words[i][1]] if i else " "
        if any(mark in gap for mark in ",;:?!()") or word in _VERB_LIKE:
            return False
        if i == len(words) - 1 and _DOES.search(text):
            return False  # "what does the plan recommend": the last word is the verb
        return word not in STOPWORDS and not _QUESTION_WORD.fullmatch(word) and not word.endswith("ed")

    first = last = at
    while first > 0 and inside(first - 1):
        first -= 1
    if first > 0 and words[first - 1][0].lower() in ("the", "a", "an"):
        first -= 1
    while last + 1 < len(words):
        if inside(last + 1):
            last += 1
        elif (
            words[last + 1][0].lower() in _INSIDE
            and last + 2 < len(words)
            and (words[last + 2][0][0].isupper() or words[last + 1][0].lower() == "of")
            and inside(last + 2)
        ):
            last += 2
        else:
            break
    return _Phrase(text[words[first][1] : words[last][2]], words[first][1], words[last][2])


def _resolve(asked: str, before: Sequence[Turn]) -> str:
    """The question with its pronouns, and its definite nouns that the last question had told more of, replaced."""
    last = before[-1].answer.standalone_question
    if match := _PERSONAL.search(asked):
        person = _last_person(before)
        if person:
            return _replaced(asked, match, person, possessive={"his", "hers", "her"})
    about = _topic(last)
    if about is None:
        return asked
    if (match := _NEUTER.search(asked)) and not _DUMMY_IT.search(asked) and not _RELATIVE.search(asked):
        word = match["word"].lower()
        rest = asked[match.start() :]
        if word == "there":
            if re.search(r"\b(?:is|are|was|were)\s+there\b|\bthere\s+(?:is|are|was|were)\b", asked, re.I):
                return asked
            return f"{asked[: match.start()]}at {about.text}{asked[match.end() :]}"
        if (
            (noun := _DETERMINER.match(rest))
            and not noun["noun"].lower().endswith(("ed", "ing"))
            and noun["noun"].lower() not in STOPWORDS | _VERB_LIKE
        ):
            if _shares_noun(noun["noun"], about.text):
                return f"{asked[: match.start()]}{about.text}{rest[noun.end() :]}"
            return f"{asked.rstrip(' ?.!')} of {about.text}"
        if word in ("they", "them", "their", "theirs") and _WHO.search(last):
            return _resolve_with(asked, about.text)  # people's names would be sought in every sentence
        return _replaced(asked, match, about.text, possessive={"its", "their", "theirs"})
    for noun in re.finditer(r"\bthe\s+(?P<noun>[^\W\d_]{4,})\b(?!\s+(?:of|for|on)\b)", asked, re.IGNORECASE):
        if _shares_noun(noun["noun"], about.text) and len(about.text.split()) > 2 and not _ordinal_in(asked):
            return f"{asked[: noun.start()]}{about.text}{asked[noun.end() :]}"
    return asked


def _replaced(asked: str, match: re.Match[str], by: str, possessive: set[str]) -> str:
    word = match["word"].lower()
    objective = word == "her" and not re.match(r"\s+[^\W\d_]", asked[match.end() :])
    put = f"{by}'s" if word in possessive and not objective else by
    return f"{asked[: match.start()]}{put}{asked[match.end() :]}"


def _shares_noun(noun: str, phrase: str) -> bool:
    wanted = terms(noun)
    return bool(wanted) and wanted[-1] in terms(phrase)[-2:]


_ABOUT_ONE = re.compile(r"\bwho\s+(?:is|was)\b|\babout\b", re.IGNORECASE)
"""A question that a single name ends is about whom that name is of."""


def _last_person(before: Sequence[Turn]) -> str | None:
    for turn in reversed(before[-3:]):
        asked = turn.answer.standalone_question
        if found := people(asked):
            return found[0]
        found = people(_text_of(turn))
        named = [asked[start:end] for start, end in _names(asked)]
        if full := next((person for person in found for name in named if name in person.split()), None):
            return full
        if named and _ABOUT_ONE.search(asked):
            return named[-1]
        if found:
            return found[0]
    return None


def _text_of(turn: Turn) -> str:
    return " ".join(sentence.text for sentence in turn.answer.sentences)
