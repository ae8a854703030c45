"""Whether a sentence tells of something else than a question asks: of the opposite, of another year, number of its
kind, office or name. Pure.

A reader takes a thing of the right kind from the right page for the thing that was asked; each rule here is for one way
in which it is another.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from index.chunk import context
from index.terms import NUMBER_WORDS, STOPWORDS, content_terms, fold
from index.types import Kind, Passage
from qa import rank
from qa.facts import opposites, read, with_equivalents
from qa.lexicon import UNITS
from qa.mistimed import of_another_day, of_another_year
from qa.named import NUMBERED
from qa.phrases import MONTH, WORD
from qa.question import Question
from qa.rank import Candidate
from qa.sorts import LABEL, Expected

_ALL_THE_SAME = 4.0
"""Margin from which on a sentence is believed that names something else than the question does. Over XQuAD ten such
sentences are below it, eight of them wrong."""


def ordinals(text: str) -> set[float]:
    """The ordinals in a text, as numbers."""
    return {fact.value for statement in read(text) for fact in statement.facts if fact.kind == "ordinal"}


def of_something_else(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether the best candidate tells of something else; `passage` is where it stands."""
    margin = best.features["margin"]
    return (
        (margin < _ALL_THE_SAME and not question.decides and _of_another_name(best))
        or (margin < rank.SURE and _counts_something_else(question, best, passage))
        or _counts_elsewhere(question, best)
        or _measures_instead(question, best)
        or _of_no_change(question, best)
        or (question.expected is Expected.REASON and _denies(question, best))
        or _says_the_opposite(question, best)
        or _of_no_life(question, best)
        or of_another_year(question, best, passage)
        or of_another_day(question, best)
        or _of_another_label(question, best)
        or _of_another_number(question, best)
        or _of_the_deputy(question, best)
        or _of_another_rank(question, best)
        or _of_the_other_side(question, best)
        or _of_a_later_one(question, best)
        or _of_its_siblings(question, best, passage)
        or _of_another_compound(question, best)
    )


_BUT = re.compile(r"\b(?:except|apart from|other than|unless)\b", re.IGNORECASE)
_BESIDE = 4
"""Words on either side of an opposite of which one is the question's where the opposite is said of the same thing."""


def _says_the_opposite(question: Question, best: Candidate) -> bool:
    """Whether a sentence has instead of a word of the question its opposite, of the same thing: when it opened is not
    when it closed, but that sales fell because the rent rose tells why they fell, and what is open except on Mondays is
    closed then. The opposite answers what can be answered by yes or no."""
    if not question.decides and _negated(question.text, best.text):
        return True
    words = [content_terms(word) for word in WORD.findall(best.text)]
    said = {term for terms in words for term in terms}
    against = {other for term in question.terms if term not in said for other in opposites().get(term, ())}
    against.difference_update(question.terms)  # "every flat, old or new"
    if question.decides or said.isdisjoint(against) or _BUT.search(best.text):
        return False
    return any(
        not against.isdisjoint(terms)
        and any(not set(question.terms).isdisjoint(near) for near in words[max(0, at - _BESIDE) : at + _BESIDE + 1])
        for at, terms in enumerate(words)
    )


_NEGATING = ("un", "non", "in", "im", "ir", "il", "dis")
_NOT = re.compile(r"\b(?:not?|never|without|cannot)\b|n['’]t\b", re.IGNORECASE)


def _negated(asked: str, said: str) -> bool:
    """Whether a text has a word with a syllable that denies it, and the other the word without, and neither denies
    anything besides: how many islands are uninhabited is not told by how many inhabited ones were visited."""
    if _NOT.search(asked) or _NOT.search(said):
        return False
    one, other = (frozenset(word.lower() for word in re.findall(r"[^\W\d_]+", text)) for text in (asked, said))
    return any(
        word.removeprefix(prefix) in there - here
        for here, there in ((one, other), (other, one))
        for word in here - there
        for prefix in _NEGATING
        if word.startswith(prefix) and len(word) > len(prefix) + 4
    )


_LIVES = (
    (re.compile(r"\bborn\b", re.IGNORECASE), re.compile(r"\b(?:born|birth\w*|b\.)|\(\D{0,12}\d{3,4}", re.IGNORECASE)),
    (
        re.compile(r"\b(?:die|died|killed)\b", re.IGNORECASE),
        re.compile(
            r"\b(?:dies?|died|death\w*|dead|late|kill\w*|murder\w*|drown\w*|fell|executed|assassinat\w*|suicide"
            r"|pass(?:ed|ing) away|lost (?:his|her|their) li\w+)\b|\(\D{0,12}\d{3,4}",
            re.IGNORECASE,
        ),
    ),
)
"""What asks for the beginning or the end of a life, and what in a sentence tells of it, such as "(1871–1949)"."""


_DIE_OF = re.compile(r"\bwhat\b[^?]*\b(?:die[ds]?|dying) (?:of|from)\b|\bcauses? of (?:[\w’'-]+ ){0,4}death\b", re.I)
_DIED_OF = re.compile(
    r"\b(?:die[ds]?|dying|death|killed|drowned|succumbed)\b[^.;]*?\b(?:of|from|after|by|following|due|cause[ds]?|when|to)\b"
    r"|\b(?:drown\w*|murder\w*|shot|executed|suicide|cancer|pneumonia|stroke|heart (?:attack|failure)|illness|disease"
    r"|accident|crash)\b",
    re.IGNORECASE,
)


def _of_no_life(question: Question, best: Candidate) -> bool:
    """Whether a sentence that tells neither of a birth nor of a death is to say when or where somebody was born or
    died; or one that tells of no cause what of."""
    if _DIE_OF.search(question.text):
        return not _DIED_OF.search(best.text)
    return question.expected in (Expected.TIME, Expected.PLACE, Expected.VENUE) and any(
        asks.search(question.text) and not tells.search(best.text) for asks, tells in _LIVES
    )


_DENIED = re.compile(r"(?:\b(?:not|never)|n['’]t)\s+(?:\w+ly\s+)?(?P<verb>\w+)", re.IGNORECASE)

_DECLINED = re.compile(r"\b(?:declin|refus|reject|fail|unable|unwilling|reluctan)\w*", re.IGNORECASE)
"""Says without a "not" that something was not done."""


def _denies(question: Question, best: Candidate) -> bool:
    """Whether a sentence says that what the question takes for granted is not so: why it was upheld is not answered by
    why it was not."""
    if _DENIED.search(question.text) or _DECLINED.search(question.text):
        return False
    return any(not set(question.terms).isdisjoint(content_terms(said["verb"])) for said in _DENIED.finditer(best.text))


def _of_another_name(best: Candidate) -> bool:
    """Whether a sentence names something, and nothing around it any of the question's names: what is said of Ghent is
    not said of Bruges."""
    return best.features["names_missing"] >= 1 and any(
        fact.kind == "name" and fact.sure for statement in read(best.text) for fact in statement.facts
    )


_VALUE = re.compile(r"[^\w\n]*\d[^\n]{0,40}")


@cache
def _summed() -> frozenset[str]:
    """Terms that a label may add to what is asked without being of something else."""
    return frozenset(content_terms("average number total overall annual amount"))


def _of_another_label(question: Question, best: Candidate) -> bool:
    """Whether a line is a label and a figure, and the label neither is of the question's words nor has all of those
    that what stands above the line does not say: "Net sales: 12" gives no net profit."""
    label = LABEL.match(best.text)
    if not label or not _VALUE.fullmatch(best.text[label.end() :]):
        return False
    says = set(content_terms(label[0])) - _summed()
    own = {term for term in question.terms if term not in question.asking and term not in best.above}
    return not says <= set(question.terms) and not own - _summed() <= says


_ONE_OF_ITS_KIND = re.compile(
    rf"\b(?P<kind>[A-Z]{{1,6}}-?|[A-Z][a-z]{{2,}}-|(?:[A-Z]{{2,6}}|(?i:{NUMBERED}))\s)"
    rf"(?P<number>\d{{1,4}}|(?i:{'|'.join(list(NUMBER_WORDS)[1:13])}))\b(?![.,:/-]?\d|\s*%)"
    r"|\b(?P<name>[A-Z][a-z]{2,})\s(?P<digits>\d{1,2})\b(?![.,:/-]?\d|\s*%)"
)


def _of_another_number(question: Question, best: Candidate) -> bool:
    """Whether a question names one of several things told by their numbers, and a sentence another and not that one:
    the DH-12 for the DH-20, stage one for stage two, Year 1 for Year 6."""

    def numbers(text: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for match in _ONE_OF_ITS_KIND.finditer(text):
            kind, number = (
                (match["kind"] or match["name"]).lower().strip(),
                (match["number"] or match["digits"]).lower(),
            )
            if kind not in STOPWORDS and not MONTH.fullmatch(kind):
                found.setdefault(kind, set()).add(str(NUMBER_WORDS.get(number, number)))
        return found

    said = numbers(best.text)
    return any(kind in said and said[kind].isdisjoint(asked) for kind, asked in numbers(question.text).items())


_DEPUTY = re.compile(
    r"\b(?P<rank>deputy|vice|assistant|acting|interim|former|ex|honorary|junior|associate)[\s-]+(?P<office>[\w-]+)",
    re.IGNORECASE,
)


def _of_the_deputy(question: Question, best: Candidate) -> bool:
    """Whether a sentence tells of the deputy of an office, and not of the office that is asked for; or of the office,
    and of no deputy, where the deputy is."""
    if asked := _DEPUTY.search(question.text):
        held = set(content_terms(asked["office"]))
        return held <= set(content_terms(best.text)) and not _DEPUTY.search(best.text)
    deputies = [terms for match in _DEPUTY.finditer(best.text) if (terms := content_terms(match["office"]))]
    own = set(content_terms(_DEPUTY.sub(" ", best.text)))
    return any(set(terms) <= set(question.terms) and own.isdisjoint(terms) for terms in deputies)


_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_RANKED = re.compile(
    r"\b(?:c[ao]mes?|finish\w*|placed|rank\w*)\s+(?:(?:only|in|overall|joint)\s+)*(?P<rank>\w+)", re.IGNORECASE
)


_EXTREME = r"(?:(?:most|least)\s+[a-z]{3,}|[a-z]{3,}est|worst|best)"
_NEXT_TO_IT = re.compile(
    rf"\b(?:second|third|fourth|fifth|[2-9](?:nd|rd|th))[\s-]+(?P<extreme>{_EXTREME})\b", re.IGNORECASE
)


def _of_another_rank(question: Question, best: Candidate) -> bool:
    """Whether a question is for what came second, say, and a sentence only tells of what came third; or for the most
    frequent reason, and a sentence for the second most frequent."""
    if not _NEXT_TO_IT.search(question.text):
        rest = _NEXT_TO_IT.sub(" ", best.text).lower()
        for match in _NEXT_TO_IT.finditer(best.text):
            if match["extreme"].lower() in question.text.lower() and match["extreme"].lower() not in rest:
                return True
    asked, said = (
        {term for match in _RANKED.finditer(text) for term in content_terms(match["rank"]) if _ORDINAL.fullmatch(term)}
        for text in (question.text, best.text)
    )
    return bool(said) and bool(asked) and asked.isdisjoint(said)


_BOUND = re.compile(
    r"\b(?:(?P<above>more|over|above|at least|larger|greater|longer|older)"
    r"|(?:fewer|less|under|below|at most|smaller|shorter|younger))\s+(?:than\s+)?(?P<number>[\w.,]*\w)",
    re.IGNORECASE,
)


def _of_the_other_side(question: Question, best: Candidate) -> bool:
    """Whether a question is about what is above a number, and a sentence about what is below it, or the other way
    round: what firms with fewer than fifty people pay does not say what those with more do."""

    def bounds(text: str) -> set[tuple[str, bool]]:
        found = ((match["number"].lower(), bool(match["above"])) for match in _BOUND.finditer(text))
        numbers = ((str(NUMBER_WORDS.get(number, number)), above) for number, above in found)
        return {(number, above) for number, above in numbers if number[0].isdigit()}

    said = bounds(best.text)
    return any((number, not above) in said and (number, above) not in said for number, above in bounds(question.text))


_BEGINS = re.compile(
    r"\b(?:start\w*|beg[aiu]n\w*|launch\w*|found(?:ed|ing)|establish\w*|creat(?:ed|ion)|inaugurat\w*|introduc\w+"
    r"|set up)\b",
    re.IGNORECASE,
)
_TELLS_BEGINNING = re.compile(rf"{_BEGINS.pattern}|\b(?:since|first|1st|open\w*|new\w*)\b", re.IGNORECASE)


def _of_a_later_one(question: Question, best: Candidate) -> bool:
    """Whether a question for when something began is to be answered with when its sixth, say, was: that does not say
    when the first was."""
    if question.expected is not Expected.TIME or not _BEGINS.search(question.text):
        return False
    later = ordinals(best.text)
    return bool(later) and later.isdisjoint(ordinals(question.text)) and not _TELLS_BEGINNING.search(best.text)


_SORT = re.compile(r"\bthe\s+(?P<sort>[a-z][a-z-]{2,})\s+(?P<noun>[a-z][a-z-]{2,})\b")


def _of_its_siblings(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a question is for one sort of several, and a sentence tells of two other sorts: when the night shift
    starts is not told by when the early shift and the late shift do."""
    return any(
        STOPWORDS.isdisjoint(match.groups())
        and _untold(set(content_terms(match["sort"])), f"{best.text} {context(passage)}")
        and len(_sorts_of(match["noun"], best.text)) > 1
        for match in _SORT.finditer(question.text)
    )


def _sorts_of(noun: str, text: str) -> set[str]:
    """The words that stand in front of a noun in a text."""
    wanted = content_terms(noun)
    words = (match[0] for match in WORD.finditer(text))
    return {
        before.lower()
        for before, word in pairwise(words)
        if before.lower() not in STOPWORDS and content_terms(word) == wanted
    }


def _untold(terms: set[str], text: str) -> bool:
    """Whether a text has none of the terms nor of their near-synonyms."""
    return with_equivalents(terms).isdisjoint(content_terms(text))


_COMPOUND = re.compile(r"\b(?P<first>[^\W\d_]{2,})-(?P<second>[^\W\d_]{3,})\b")


def _of_another_compound(question: Question, best: Candidate) -> bool:
    """Whether a question has one word of two and a sentence only another with the same second half: what full-time
    staff get is not what part-time staff do. Of 560 questions of SQuADShifts with such a word two would be so refused
    wrongly."""
    said = [(match["first"].lower(), match["second"].lower()) for match in _COMPOUND.finditer(best.text)]
    words = {word for match in WORD.finditer(best.text) for word in match[0].lower().split("-")}
    return any(
        second == match["second"].lower() and first[:3] != match["first"].lower()[:3]
        for match in _COMPOUND.finditer(question.text)
        if match["first"].lower() not in words
        for first, second in said
    )


_DEED = re.compile(
    r"\bhow many\s+(?:[\w-]+\s+){1,4}?(?:(?:were|was|have|had|has|are|been)\s+)*(?P<said>\w{2,}(?:ed|en))\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bhow many\s+(?:(?:more|other|different|new|total)\s+)?(?P<said>[\w-]+)(?P<behind>\s+[\w-]+)?", re.IGNORECASE
)
"""What is counted, and the word behind it: a text may repeat either of "excess deaths"."""


_COUNTED_AT = re.compile(
    r"\bhow many\s+(?P<what>[\w-]+)\s+(?:are|were|is|was)\s+(?:there\s+)?(?P<at>on|in|at)\s+"
    r"(?P<where>(?:the|an?|our|its)\s[^,.;?]+)",
    re.IGNORECASE,
)


def _counts_elsewhere(question: Question, best: Candidate) -> bool:
    """Whether a question is for how many of something are somewhere, and a sentence tells how many are elsewhere: how
    many people are on the list is not how many are on the board."""
    asked = _COUNTED_AT.search(question.text)
    said = asked and re.search(
        rf"\b{re.escape(asked['what'])}\s+(?:(?:are|were|is|was)\s+)?{asked['at']}\s+(?P<where>(?:the|an?|our|its)\s[^,.;]+)",
        best.text,
        re.IGNORECASE,
    )
    return bool(asked and said and set(content_terms(asked["where"])).isdisjoint(content_terms(said["where"])))


@cache
def _anybody() -> frozenset[str]:
    """Terms of what is counted that a passage need not repeat: it says who, when or of what measure instead."""
    return frozenset(content_terms("people persons times things square cubic"))


def _counts_something_else(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether something is counted that neither the sentence nor the one before it nor what stands above tells of, or
    that did or suffered what the passage tells nothing like: how many were aboard is not how many died, nor the number
    of nurses that of doctors."""
    above = context(passage)
    block = [part for part in passage.segments if part.block == best.segment.block and part.end <= best.segment.start]
    last = passage.quote(block[-1]) if block else ""

    def untold(said: str, text: str, behind: str = "") -> bool:
        terms = set(content_terms(said)) - _anybody()
        return bool(terms) and _untold(terms.union(content_terms(behind)), text)

    deed, counted = _DEED.search(question.text), _COUNTED.search(question.text)
    return bool(deed and untold(deed["said"], f"{best.text} {above} {passage.text}")) or bool(
        counted
        and not question.measure
        and untold(counted["said"], f"{best.text} {above} {last}", counted["behind"] or "")
    )


def _measures_instead(question: Question, best: Candidate) -> bool:
    """Whether something is counted, and all numbers of the sentence are of a measure: that it takes twelve months does
    not say how many programmes there are."""
    if question.measure or not re.match(r"\W*how many\b", question.text, re.IGNORECASE):
        return False
    if best.segment.kind is Kind.ROW:
        return False  # "4.1 m" in a cell may be millions
    asked = {fact.value for fact in question.named if fact.kind == "number"}
    units = {UNITS[token][0] for token in map(fold, re.findall(r"[^\W\d_]+", question.text)) if token in UNITS}
    numbers = [
        fact
        for statement in read(best.text)
        for fact in statement.facts
        if fact.kind == "number" and fact.value not in asked
    ]
    return bool(numbers) and not units and all(fact.dimension for fact in numbers)


_FOLLOWED = re.compile(
    r"\b(?:replace[sd]?|succeed(?:s|ed)?|successors?|predecessors?|take over|took over|taken over)\b", re.IGNORECASE
)
_CHANGES = re.compile(
    r"\b(?:replac\w+|succe(?:ed|ss)\w*|predecessor\w*|t(?:ake|ook|aken|akes|aking) (?:over|up|on|charge|office|the)"
    r"|former\w*|previous\w*|ex-|new\w*|next|since|until|after|before|following|appoint\w*|elect\w*|nam(?:ed|es)"
    r"|promot\w*|retir\w*|resign\w*|le(?:ft|aves?|aving)|depart\w*|step\w*|stood? (?:down|in)|join\w*|hand\w*|instead"
    r"|interim|acting|now|then|later|once|inherit\w*|became|becomes?|will be|changes?|goes|went|swap\w*|substitut\w*"
    r"|supersed\w*|fill\w*|follow\w*|in place)\b",
    re.IGNORECASE,
)


_BEFORE_SOMEBODY = re.compile(
    r"^\W*who\s+(?:was|were|is|are|held|led|ran|served)\b[^?]*\b(?:before|after)\s+[A-Z]", re.I
)
_FOLLOWS_IN_TIME = re.compile(r"\bfollow\w*|\bnew\w*|\bnext\b|\bafter\b|\bon\b", re.IGNORECASE)


def _of_no_change(question: Question, best: Candidate) -> bool:
    """Whether a question is for who or what followed upon somebody, or was somebody before, and a sentence tells of no
    change at all."""
    if _BEFORE_SOMEBODY.search(question.text):
        return not _tells_who_followed(best.text)
    return bool(_FOLLOWED.search(question.text)) and not question.decides and not _CHANGES.search(best.text)


def _tells_who_followed(text: str) -> bool:
    return _CHANGES.search(_FOLLOWS_IN_TIME.sub(" ", text)) is not None


_NOT_FAR_BEHIND = 4.0
"""Log-odds by which a sentence may be behind that tells of a change."""


def only_of_changes(question: Question, ranked: list[Candidate]) -> list[Candidate]:
    """Where it is asked who was somebody before another, only the sentences that tell who followed whom, if one is not
    far behind: "She succeeded Carl Stone" without "Ada Brook, the clerk, spoke"."""
    if not ranked or not _BEFORE_SOMEBODY.search(question.text):
        return ranked
    told = [c for c in ranked if _tells_who_followed(c.text)]
    return told if told and ranked[0].score - told[0].score <= _NOT_FAR_BEHIND else ranked
