"""What a follow-up refers to: a pronoun to what a question was about or to somebody of an answer, "the second one" to a
point of an answer, "there" to a place. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.terms import STOPWORDS, terms
from qa.phrases import (
    AUXILIARY,
    QUESTION_WORD,
    VERB_LIKE,
    WORD,
    Phrase,
    names_in,
    ordinal_in,
    people,
    people_at,
    phrase_at,
    topic_of,
)
from qa.types import AnswerSentence, Turn

PLACES = {
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
"""Words for a place in a list, the last being 0."""
NTH = re.compile(
    rf"\b(?:the\s+)?(?P<place>{'|'.join(PLACES)}|\[?(?P<number>\d{{1,2}})\]?)\s+"
    r"(?P<what>one|source|citation|point|item|document|sentence|answer|reference|footnote)s?\b"
    r"|\b(?P<kind>source|citation|point|item|reference|footnote)\s+\[?(?P<after>\d{1,2})\]?"
    r"|\bthe\s+(?P<pair>latter|former)\b"
    r"|\bthe\s+(?P<bare>first|second|third|last)(?=\W*$|\s+(?:is|was|did|does|has|had|will|would|can|could|say|said|give|gave"
    r"|get|got|do|take|took|make|made|cost|come|came|mean|work|live|pay|paid)\b)",
    re.IGNORECASE,
)
"""What names a point or a source of an answer by its place."""
PERSONAL = re.compile(r"\b(?P<word>he|she|him|her|his|hers)\b", re.IGNORECASE)
NEUTER = re.compile(r"\b(?P<word>it|its|they|them|their|theirs|this|that|these|those|there)\b", re.IGNORECASE)
"""Words that mean somebody, and something, that was spoken of."""
_DETERMINER = re.compile(
    r"^(?:this|that|these|those)\s+(?!(?:enough|more|less|higher|lower|better|worse|shorter|longer|right|wrong|true|good|bad)\b)"
    r"(?P<noun>[^\W\d_]{3,})",
    re.IGNORECASE,
)
_DUMMY_IT = re.compile(
    r"\b(?:is|was|does)\s+it\s+(?:that|true|possible|likely|(?:important|clear)\s+(?:that|to|for|whether|how|why|when))\b"
    r"|\bhow\s+(?:is|was)\s+it\s+going\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\w\s+(?:that|those|this)\s+(?:is|are|was|were|has|have|had|will|would|can|could|may|might|do|does|did"
    r"|the|a|an|they|it|we|he|she|which|who)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)
_LONGEST_FRAGMENT = 7
"""Words that a fragment such as "and the 7th dialogue in Brussels" has at most."""


def is_fragment(text: str) -> bool:
    """True for a few words with neither a question word nor a verb: "the 7th", "Brussels", "hypothesis B"."""
    words = WORD.findall(text)
    return 0 < len(words) <= _LONGEST_FRAGMENT and not QUESTION_WORD.search(text)


def resolve_with(asked: str, topic: str) -> str:
    """A question whose pronoun, if it has one, is the topic; else the topic is put behind it."""
    match = NEUTER.search(asked)
    if match and match["word"].lower() in ("it", "that", "this"):
        return f"{asked[: match.start()]}{topic}{asked[match.end() :]}"
    return f"{asked.rstrip(' ?.!')} at {topic}"


def from_answer(asked: str, turn: Turn) -> str | None:
    """ "Tell me more about the second one" → the same about what the second sentence or source of the answer says."""
    match = NTH.search(asked)
    if not match or not turn.answer.sentences:
        return None
    place = match["number"] or match["after"]
    at = int(place) if place else PLACES[(match["place"] or match["pair"] or match["bare"]).lower()]
    what = (match["what"] or match["kind"] or "one").lower()
    if match["bare"] and (is_fragment(asked) or NEUTER.search(asked)):
        return None
    if what in ("source", "citation", "document", "reference", "footnote"):
        places = [f"{c.section or c.title}" for c in turn.answer.citations]
    else:
        said = [sentence for sentence in turn.answer.sentences if not sentence.text.endswith(":")]
        places = [_head(sentence.text) for sentence in said]
        if len(said) == 1:
            places = _listed(said[0], turn.answer.standalone_question) or (places if what != "one" else [])
        elif _WHO.match(asked):
            places = [next(iter(people(sentence.text)), head) for sentence, head in zip(said, places, strict=True)]
    if not places or not 0 <= at <= len(places):
        return None
    return f"{asked[: match.start()]}{_uncapitalised(places[at - 1], turn)}{asked[match.end() :]}"


def _uncapitalised(head: str, turn: Turn) -> str:
    """The beginning of a sentence without its capital, where what was read has its first word nowhere else so: one put
    into a question would look like a name."""
    first = re.match(r"[^\W\d_a-z][a-z’'-]+(?=\s+[a-z(])", head)
    inside = rf"[\w,;]\s+{re.escape(first[0])}\b" if first else ""
    if not first or any(re.search(inside, item.passage.text) for item in turn.answer.passages):
        return head
    return head[0].lower() + head[1:]


def _head(sentence: str) -> str:
    """What a sentence is about: a list item's label, else its first words."""
    label = re.match(r"([^:.;]{2,60}):\s", sentence)
    first = re.split(r"(?<=[^\W\d])[.;!?]\s", sentence, maxsplit=1)[0]
    return label[1] if label else " ".join(first.rstrip(".").split()[:12]).rstrip(" ,;:")


def _listed(sentence: AnswerSentence, asked: str) -> list[str]:
    """What the one sentence of an answer lists, for "the second one" after "co-chaired by A and B": its people, what
    its marked words enumerate, or its names of several words that the question has not."""
    words = " and ".join(sentence.text[slice(*span)] for span in sentence.highlights)
    parts = [ARTICLE.sub("", part).strip() for part in re.split(r",\s+(?:and\s+)?|\s+and\s+", words)]
    names = [sentence.text[slice(*span)] for span in names_in(sentence.text)]
    several = (
        people(sentence.text),
        parts if all(part[:1].isupper() for part in parts) else [],
        [name for name in names if " " in name and name not in asked],
    )
    return next((found for found in several if len(found) > 1), [])


def marked(turn: Turn) -> str:
    """The words of the last answer that answer, where they are marked, short, and one thing."""
    for sentence in turn.answer.sentences[:1]:
        if len(sentence.highlights) == 1:
            words = sentence.text[slice(*sentence.highlights[0])]
            return words if len(words.split()) <= 6 else ""
    return ""


ARTICLE = re.compile(r"(?:the|an?|its|their|my|your|our|his|her)\s", re.IGNORECASE)
COUNTED = re.compile(rf"\bhow\s+(?:many|much)\s+(?P<what>(?!(?:of|{AUXILIARY})\b)[^\W\d_][\w’'-]*)", re.IGNORECASE)
_THAT_ONE = re.compile(r"(?<!which )\b(?:that|this) one\b", re.IGNORECASE)


def resolve(asked: str, before: Sequence[Turn]) -> str:
    """The question with its pronouns, and its definite nouns that the last question had told more of, replaced."""
    last = before[-1].answer.standalone_question
    asked = _THAT_ONE.sub("it", asked)
    if match := PERSONAL.search(asked):
        person = _last_person(before, match["word"].lower(), asked)
        if person:
            told = _replaced(asked, match, person, possessive={"his", "hers", "her"})
            return _placed(told, last)
    topics = [topic for turn in reversed(before) if (topic := topic_of(turn.answer.standalone_question))]
    if not topics:
        return asked
    about = topics[0]
    if (match := NEUTER.search(asked)) and not _DUMMY_IT.search(asked) and not _RELATIVE.search(asked):
        word = match["word"].lower()
        rest = asked[match.start() :]
        if _OWN_MATTER.match(asked[: match.start()]):
            return asked
        if word == "it" and (thing := _done_by_somebody(before[-1]) or _of_mine(last)):
            about = thing
        if said := _SAID_ABOUT.search(last):
            about = Phrase(said["what"], *said.span("what"))
        if word in ("they", "them") and (several := _SEVERAL_AT_END.search(last)) and not _PLURAL.search(about.text):
            about = Phrase(several["what"], *several.span("what"))
        if word in ("that", "it", "this") and _MEASURES_IT.search(asked):
            about = _measured(last) or about
        if word in ("it", "its", "that", "this") and _TITLED.fullmatch(about.text):
            about = next((topic for topic in topics if not _TITLED.fullmatch(topic.text)), about)
        if word in ("it", "its") and people(about.text) and _of_somebody(before):
            about = next((topic for topic in topics if not people(topic.text)), about)
        if word == "it" and _TAKES_PLACE.search(asked) and about.text[:1].isupper() and " " not in about.text:
            about = next((topic for topic in topics if not topic.text[:1].isupper()), about)
        if word in ("their", "its") and _OWN.match(asked):
            return asked
        if word in ("they", "them") and (counted := COUNTED.search(last)):
            about = phrase_at(last, counted.start("what"))
            if word == "they" and (tail := _IN_WHAT.search(last, about.end)):
                return f"{asked[: match.start()]}the {about.text} {tail['what']}{asked[match.end() :]}"
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
        if word in ("they", "them", "their", "theirs") and _WHO.search(last) and not _WHO_ARE.match(last):
            return resolve_with(asked, about.text)  # people's names would be sought in every sentence
        return _replaced(asked, match, about.text, possessive={"its", "their", "theirs"})
    for noun in re.finditer(r"\bthe\s+(?P<noun>[^\W\d_]{4,})\b(?!\s+(?:of|for|on)\b)", asked, re.IGNORECASE):
        if _shares_noun(noun["noun"], about.text) and len(about.text.split()) > 2 and not ordinal_in(asked):
            return f"{asked[: noun.start()]}{about.text}{asked[noun.end() :]}"
    return asked


_OWN_MATTER = re.compile(
    r".*?(?:\b[A-Z]+-?\d+\b|\b(?:an?|my|our|the)\s+[a-z]{3,}).*?,\s+(?:and\s+|then\s+)?"
    r"(?:what|how|why|when|where|who|which|can|is|does|do|should|will)\b",
    re.IGNORECASE,
)
"""A first half of a question that says itself what "it" is: "I get error E17, what does it mean?"."""
_SEVERAL_AT_END = re.compile(r"\b(?:for|of|about|on|with)\s+(?P<what>(?:the\s+)?[a-z]{3,}(?<![sui])s)\W*$")
_PLURAL = re.compile(r"(?<![sui])s$")
_WHO_ARE = re.compile(r"\W*who\s+(?:are|were)\s+the\b", re.IGNORECASE)
_DID_SOMETHING = re.compile(
    r"\b(?:did|does|has|had)\s+(?P<name>[^\W\d_a-z][\w’'-]+)\s+[a-z]{3,}\s+(?P<what>(?:(?:the|an?|his|her)\s+)?[a-z-]{3,}"
    r"(?:\s+[a-z-]{3,})?)\W*$"
)


_SAID_ABOUT = re.compile(
    r"\b(?:does|do|did)\s+the\s+[\w\s-]{3,40}?\s+(?:say|tell(?:\s+us)?|report|state)\s+(?:about|on|of|regarding)\s+"
    r"(?P<what>[^?]+?)\W*$"
)
_I_DO = re.compile(
    r"\b(?:can|could|may|must|should|shall|do|will)\s+(?:i|we)\s+(?:(?:have|need|want)\s+to\s+)?[a-z]+\s+"
    r"(?P<what>(?:my|our|the|an?)\s+[a-z-]{3,})\s+(?:on|in|at|by|for|from|with|to|before|after|during)\s",
    re.IGNORECASE,
)


def _of_mine(last: str) -> Phrase | None:
    """What somebody asks to be allowed to do something with: "my tender" of "can I submit my tender on paper?"."""
    match = _I_DO.search(last)
    return Phrase(match["what"], *match.span("what")) if match else None


def _done_by_somebody(turn: Turn) -> Phrase | None:
    """What somebody did something to, in a question that calls that one by the surname: "it" is that."""
    match = _DID_SOMETHING.search(turn.answer.standalone_question)
    if not match or not _called([match["name"]], turn):
        return None
    return Phrase(match["what"], *match.span("what"))


_TAKES_PLACE = re.compile(
    r"\bit\s+(?:be\s+)?(?:held|tak\w+\s+place|happen\w*|(?:co-?)?chaired|hosted|organi[sz]ed)\b", re.IGNORECASE
)
"""Says of something what is said of events, and of no country or body that is told by one word."""


def _of_somebody(before: Sequence[Turn]) -> bool:
    """Whether the last questions were about somebody, so that "it" is something else."""
    asked = any(_WHO.search(turn.answer.standalone_question) for turn in before[-2:])
    return asked or PERSONAL.search(before[-1].question) is not None


_OWN = re.compile(
    r"\W*(?:who|how\s+many(?:\s+\w+)?|which\s+\w+|what\s+share)\s+"
    r"(?!(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should)\b)\w+",
    re.IGNORECASE,
)
"""Who does something: "who knows their neighbours" asks of their own."""
_IN_WHAT = re.compile(r"\b(?P<what>(?:in|at|of|on)\s+(?:the|an?|[^\W\d_a-z])[^?.!]*)")


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
    if counted := COUNTED.search(last):
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
_MR = re.compile(r"\b(?:(?P<his>Mr|Sir|Lord|Herr)|(?P<hers>Mrs|Ms|Miss|Lady|Madam|Dame))\.?\s+$")


def _of_gender(text: str, pronoun: str) -> list[str]:
    """The people of a text, without those whom a title makes others than the pronoun means."""
    other = "his" if pronoun in _HERS else "hers"
    titles = ((span, _MR.search(text, 0, span[0])) for span in people_at(text))
    return [text[slice(*span)] for span, title in titles if not (title and title[other])]


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
    spoken = {match["word"].lower() in _HERS for match in PERSONAL.finditer(newest.question)}
    if re.match(r"\W*who\s+(?:is|was)\s+s?he\b", asked, re.IGNORECASE) or spoken == {pronoun not in _HERS}:
        known = newest.answer.standalone_question
        earlier = [turn.answer.standalone_question for turn in reversed(before[:-1])]
        told = [
            people(marked(newest)),
            _of_gender(text_of(newest), pronoun),
            *(people(q) or _TITLED.findall(q) for q in earlier),
        ]
        if fresh := [person for found in told for person in found if person not in known]:
            return fresh[0]
    for turn in reversed(before[-3:]):
        asked = turn.answer.standalone_question
        if (kin := _KIN.search(asked)) and kin["her" if pronoun in _HERS else "his"]:
            return kin[0]
        if found := people(asked) or _TITLED.findall(asked):
            return found[0]
        found = _of_gender(text_of(turn), pronoun)
        words = {word.lower() for word in WORD.findall(asked)}
        named = [asked[slice(*span)] for span in names_in(asked)]
        in_answer = (person for person in found if words.intersection(person.lower().split()))
        if full := next(in_answer, None) or _called(named, turn):
            return full
        if (answering := people(marked(turn))) and _WHO.search(asked):
            return answering[0]
        if _WHO.match(asked) and not found and (single := _SINGLE.match(marked(turn))):
            return single[0]
        if named and _ABOUT_ONE.search(asked):
            return named[-1]
        if (alone := _ALONE.match(asked)) and not named:
            return alone["name"]
        if (subject := _SUBJECT.search(asked)) and not people(asked):
            return subject["name"]
        if found:
            return found[0]
    return None


_SINGLE = re.compile(r"[^\W\d_a-z][a-z’'-]{2,}(?=$|,)")
"""A name of one word, alone or before what is said of it."""


def _called(surnames: Sequence[str], turn: Turn) -> str | None:
    """The first person of what was read for an answer who has one of the surnames."""
    if not surnames:
        return None
    wanted = {name.lower() for name in surnames}
    lines = (line for item in turn.answer.passages for line in item.passage.text.splitlines())
    read = (person for line in lines for person in people(line))
    return next((person for person in read if person.lower().split()[-1] in wanted), None)


_SUBJECT = re.compile(
    r"\b(?i:did|does|was|is|has|had|will|would|could|can)\s+(?P<name>[^\W\d_a-z][^\W\d_]*[^\W\d_A-Z])(?!\w|['’]|\s+[^\W\d_a-z]|\W*$)"
)
"""A single name that a question says something of: "when did Brook first go to Lyon?"; in "which of them is Norwegian?"
it is what is said."""
_ALONE = re.compile(r"^\W*who\s+(?:is|was|are)\s+(?!the\b|an?\b)(?P<name>[a-z][\w’'-]+(?:\s+[a-z][\w’'-]+){1,2})\W*$")
"""Asks in small letters who somebody is."""


def text_of(turn: Turn) -> str:
    """What an answer says, its sentences apart."""
    return " | ".join(sentence.text for sentence in turn.answer.sentences)
