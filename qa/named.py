"""What a question names must be met: an 8th dialogue is not answered from the 7th. Pure.

Ordinals, years, dates and names are hard conditions on the passage that answers (or on its document, where the passage
itself names no other). A name that stands in no document at all is a reason to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

from index.chunk import context
from index.dates import FoundDate, find_dates
from index.irregular import IRREGULAR
from index.terms import NUMBER_WORDS, STOPWORDS, content_terms, fold, ordinal, terms
from qa.facts import Fact, Statement, Token, read, stem
from qa.phrases import POSSESSIVE, month_number, months_in
from qa.question import Question
from qa.sorts import Expected, weekday_terms
from qa.types import Evidence

Frequency = Callable[[str], int]

_FEW = 5
"""Ordinals that a refusal lists at most."""
_DOCUMENTS = frozenset(
    "document documents report reports article articles text texts paper papers sentence paragraph section page".split()
)
_UNCOUNTED = frozenset("one ones time times point thing place half of two three".split())
_SPANS = frozenset("year month week fortnight day hour minute half quarter".split())
"""What a first one of is when something begins, rather than one of several that are numbered."""
_PARENTHESIS = re.compile(r"\((?P<short>[A-Z][A-Za-z]{1,7})\)")
_LONG_FORM = 100
"""Characters in front of a parenthesis that may be its long form."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An ordinal (`term`, "6th") with the stem of the noun that it counts, and that noun as it is `spelled`, or a date;
    `text` is how the question has it. An ordinal of a document ("the 7th report") is `loose`: it counts what the
    document is about, or only says which of several is meant; so is the first year or day, which is when all begins."""

    text: str
    term: str = ""
    noun: str = ""
    spelled: str = ""
    date: FoundDate | None = None
    loose: bool = False

    @property
    def number(self) -> int:
        """What the ordinal counts to; 0 for a date."""
        return int(re.sub(r"\D", "", self.term) or 0)


def conditions(question: Question) -> tuple[Condition, ...]:
    """The hard conditions that the question states: its ordinals, dates and years."""
    found = []
    for statement in read(question.text):
        counts = {fact.first for fact in statement.facts if fact.kind == "number" and not _is_year(fact)}
        for fact in statement.facts:
            if (
                fact.kind == "ordinal" and fact.last + 1 in counts
            ):  # "the first thirty days" are thirty, not one of many
                continue
            if fact.kind == "ordinal":
                term, following = ordinal(int(fact.value)), statement.tokens[fact.last + 1 : fact.last + 5]
                after = _counted_words(following)
                if any(token.base in _DOCUMENTS for token in following[:2]) or (
                    fact.value == 1 and after and after[0].base in _SPANS
                ):
                    found.append(Condition(fact.text, term, loose=True))
                elif after and after[0].base not in _UNCOUNTED:  # "the second one", "the first time"
                    found.append(Condition(fact.text, term, after[-1].stem, fold(after[-1].text)))
            elif fact.kind == "date" and fact.date is not None:
                found.append(Condition(fact.text, date=fact.date))
            elif _is_year(fact):
                found.append(Condition(fact.text, date=FoundDate(0, 0, int(fact.value), None, None)))
    return tuple(found)


_COMPARES = frozenset("differ differs differed compare compares compared contrast".split())
"""Verbs that no ending tells from nouns."""


def _counted_words(following: Sequence[Token]) -> list[Token]:
    """The content words behind an ordinal, up to the verb: of "the 8th dialogue be held" only "dialogue"."""
    found: list[Token] = []
    for token in following:
        if token.base in _COMPARES or (
            found
            and (IRREGULAR.get(token.base, token.base) != token.base or (token.kind == "word" and not token.content))
        ):
            break
        if token.content:
            found.append(token)
    return found


_ADJECTIVE = re.compile(
    r"[a-z]{3,}(?:ish|ese|ian|ean|ican)|irish|french|dutch|german|czech|swiss|greek|thai"
    r"|western|eastern|northern|southern|federal|national"
)
"""A name that says of what country or part something is."""


def meeting(question: Question, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that meets the question's conditions; all of it where there are none.

    Two ordinals or dates in one question are alternatives ("the 6th and the 7th"), so that one suffices; names are not.
    What only says whence something is ("the French colony") a passage need not repeat.
    """
    wanted = conditions(question)
    names = [parts for fact, parts in proper_names(question) if not _ADJECTIVE.fullmatch(fact.name)]
    numbers = (fact for fact in question.named if fact.kind == "number" and not _is_year(fact))
    exact = [fact for fact in numbers if fact.text[:1].isdigit()]
    if not wanted and not names and not exact and not _months(question.text):
        return tuple(evidence)
    held = Held(evidence)
    wanted = tuple(c for c in wanted if not c.loose or any(_meets(c, item, held) for item in evidence))
    if exact:
        # A passage with the very number is meant before others; a range ("6 to 9 metres") may hold it unsaid, most of
        # all where a number is asked of it: "the fee for 7 metres".
        with_it = [item for item in evidence if all(_counts(item, fact) for fact in exact)]
        others = [item for item in evidence if item not in with_it]
        evidence = [*with_it, *others] if question.expected is Expected.NUMBER else with_it or evidence
    dates = [condition.date for condition in wanted if condition.date is not None]
    if not dates and (months := _months(question.text)):
        # "In the April meeting": what was written then, or tells of April, is meant before what does not.
        then = [
            item
            for item in evidence
            if (item.passage.date or "")[5:7] in months or not months.isdisjoint(_months(item.passage.text))
        ]
        evidence = [*then, *(item for item in evidence if item not in then)]
    met = tuple(
        item
        for item in evidence
        if (not wanted or any(_meets(condition, item, held) for condition in wanted))
        and all(held.names(item, name) for name in names)
    )
    # A document of that date is meant before one that only mentions it, where the best passage is of one.
    of_that_date = tuple(item for item in met if any(_dated(item, date) for date in dates))
    return of_that_date if of_that_date[:1] == met[:1] else met


def meeting_or_all(question: Question, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that meets the question's conditions; where none does and none of them is an ordinal, all of it.

    A year goes without saying ("24 interceptions" in an article on the season) and a name may be a little off ("Lor
    Loudoun"); whether the sentence found is of another year or name is told by the sentence. Over XQuAD ten more
    questions are answered so, all rightly; with every other paragraph missing one is that should not be.
    """
    met = meeting(question, evidence)
    return met if met or any(condition.term for condition in conditions(question)) else tuple(evidence)


def _months(text: str) -> set[str]:
    """The months that a question names, as two digits."""
    return {f"{month_number(text[slice(*span)]):02}" for span in months_in(text)}


def _counts(item: Evidence, number: Fact) -> bool:
    """Whether the passage or its context has the same number, of the same dimension where the question tells one."""
    return any(
        fact.kind == "number" and fact.value == number.value and number.dimension in ("", fact.dimension)
        for statement in read(_read_text(item))
        for fact in statement.facts
    )


def _dated(item: Evidence, date: FoundDate) -> bool:
    here = context(item.passage)
    return any(date.matches(found) and found.year is not None for found in (*find_dates(here), *_years(here)))


def related(name: str, word: str) -> bool:
    """Whether two terms are a name and what is made of it: Japan and Japanese, Norway and Norwegian."""
    shared = next((at for at, (x, y) in enumerate(zip(name, word, strict=False)) if x != y), min(len(name), len(word)))
    return shared >= 4 and shared >= 0.55 * max(len(name), len(word))


_ENDINGS = ("s", "es", "n", "an", "ian", "ish", "ese", "i", "ic", "er")


def same_name(one: str, other: str) -> bool:
    """Whether two terms are the same, or a name and what is made of it by an ending, Japan and Japanese, which is
    narrower than `related`: Greens are no Greenland."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) > 3 and long.startswith(short) and long[len(short) :] in _ENDINGS)


def _cut_short(name: str, word: str) -> bool:
    """Whether one term is the other's beginning, or related to it: Lor and Lord."""
    return related(name, word) or (len(name) > 2 < len(word) and (word.startswith(name) or name.startswith(word)))


class Held:
    """What the evidence holds, by passage and by document, read once."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._here = {item.passage.id: _terms_of(_read_text(item)) for item in evidence}
        self._document: dict[str, set[str]] = {}
        for item in evidence:
            self._document.setdefault(item.passage.document, set()).update(self._here[item.passage.id])
        self._aliases: dict[str, tuple[frozenset[str], ...]] = {}
        for short, long in {pair for item in evidence for pair in _abbreviations(item.passage.text)}:
            self._aliases[short] = (*self._aliases.get(short, ()), frozenset(long))
            for word in long:
                self._aliases[word] = (*self._aliases.get(word, ()), frozenset([short]))

    @property
    def terms(self) -> set[str]:
        return set().union(*self._here.values())

    def here(self, item: Evidence) -> frozenset[str]:
        return self._here[item.passage.id]

    def anywhere(self, item: Evidence) -> set[str]:
        return self._document[item.passage.document]

    def names(self, item: Evidence, name: tuple[str, ...]) -> bool:
        """Whether a name's words stand in the item's document, or what the documents say is the same thing does."""
        return self.holds(self.anywhere(item), name)

    def names_here(self, item: Evidence, name: tuple[str, ...]) -> bool:
        """The same of the passage and what stands above it, where a word may be cut short."""
        return self.holds(self.here(item), name, _cut_short)

    def holds(
        self, held: set[str] | frozenset[str], name: tuple[str, ...], alike: Callable[[str, str], bool] = related
    ) -> bool:
        """Whether terms have all of a name, or what the documents say is the same thing; a word may be `alike`."""
        return all(
            term in held
            or any(alias <= held for alias in self._aliases.get(term, ()))
            or any(alike(term, other) for other in held)
            for term in name
        )


def _read_text(item: Evidence) -> str:
    return f"{context(item.passage)}\n{item.passage.text}"


@lru_cache(maxsize=4096)
def _terms_of(text: str) -> frozenset[str]:
    return frozenset(terms(text))


@lru_cache(maxsize=4096)
def _abbreviations(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(short, long) terms of every "Long Form (LF)" of the text."""
    found = []
    for match in _PARENTHESIS.finditer(text):
        short = match["short"]
        before = re.findall(r"[^\W_]+", text[max(0, match.start() - _LONG_FORM) : match.start()])
        long = [word for word in before[-8:] if word[0].isupper()][-len(short) :]
        if len(long) >= 2 and "".join(word[0] for word in long).casefold() == short.casefold()[: len(long)]:
            found.append((terms(short)[0], tuple(terms(" ".join(long)))))
    return tuple(found)


def proper_names(question: Question) -> list[tuple[Fact, tuple[str, ...]]]:
    """The question's proper names, each with its terms, without the words that only ask."""
    return [
        (fact, parts)
        for statement in read(question.text)
        for fact in statement.facts
        if fact.kind == "name" and fact.sure and (parts := tuple(terms(fact.name)))
        if not _merely_begins(statement, fact) and not _merely_titles(statement, fact)
    ]


_TITLES = frozenset("mr mrs ms miss dr prof sir".split())
_OFFICES = frozenset(
    """admiral ambassador archbishop baroness bishop brigadier captain chair chairman chairwoman chancellor chief cllr
    colonel commander commissioner corporal councillor count countess dame deputy director duchess duke emperor empress
    father general governor inspector judge justice king lady lieutenant lord madam major mayor minister mother officer
    pope premier president prime prince princess private professor queen rabbi rector reverend saint secretary senator
    sergeant sister superintendent""".split()
)


def _merely_titles(statement: Statement, fact: Fact) -> bool:
    """Whether a word stands in front of a name and is not of it: who is "Mr Saita" or "Councillor Saita" in a question
    need not be so in a document. An initial need not be there either."""
    goes_on = fact.last < fact.run[1]
    after = statement.tokens[fact.last + 1].text if fact.last + 1 < len(statement.tokens) else ""
    return fact.name in _TITLES or (goes_on and fact.name in _OFFICES) or (len(fact.name) == 1 and after == ".")


_SAID = r"(?:stated|said|mentioned|described|discussed|outlined|given|reported|presented|noted|explained)"
_DOCUMENT = re.compile(
    rf"(?:\b(?:as )?{_SAID}\s+)?"
    r"\b(?:according to|in|from|per|during|within|throughout)\s+"
    r"(?:(?:the\s+)?[\w-]+['’]s\s+|(?:the|this|that|its|their|his|her|our|your|my)\s+)?"
    r"(?P<what>(?:[^\W_][\w'’-]*\s+){0,5}?(?:letter|report|article|timetable|brief(?:ing)?|minutes|notes?|log|guide"
    r"|reviews?|e-?mail|memo|paper|policy|contract|agreement|schedule|handbook|manual|newsletter|statement|survey|study"
    r"|list|diary|transcript|invoice|leaflet|brochure|press release|interview|summary|bulletin|address|speech|talk"
    r"|lecture|keynote|remarks|testimony|declaration|essay|presentation|ruling|opinion|blog|post))"
    r"(?P<more>\s+(?:of|from|by|for)\s+(?:the\s+)?[^,;:?]{1,40}?)?(?=\W*$|[,;:?]|\s)",
    re.IGNORECASE,
)
_CALLED = 0.6
"""Share of the words by which a question names a document that have to be of its title, where the question goes on."""


_ANY_DOCUMENT = re.compile(
    rf"[\s,]*\b(?:(?:as\s+)?{_SAID}\s+(?:in|during|by|throughout)|according to|based on)\s+"
    r"(?:the|this|that|these|those|his|her|their|its)\s+(?:given\s+|provided\s+)?"
    r"(?:documents?|texts?|passages?|articles?|reports?|papers?|statement|letter|interview|speech|address|remarks)\b"
    r"(?!['’]|\s+(?:of|from|by|on)\b)[,\s]*",
    re.IGNORECASE,
)
"""Says only that the answer is in the documents, as every answer is: "according to the text"."""


def without_frame(text: str) -> str:
    """A question without the words that say that documents are asked; as it is where too little is left."""
    bare = re.sub(r" (?=\W*$)", "", _ANY_DOCUMENT.sub(" ", text)).strip()
    return bare if len(bare.split()) > 3 else text


def of_document(text: str, titles: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """A question without the words by which it says in which documents its answer stands, and these documents.

    "What is the excess in the insurer's letter?" is "What is the excess?" of what has "insurer" and "letter" in its
    title or file name. The question as it is, and no documents, where it names none, or where none is so called; a
    year or another number has to be right: what the 2022 survey says of 2007 is not what a survey of 2007 says.

    Args:
        text: the question.
        titles: {path: title and date} of the documents that it may mean.
    """
    most, rest, paths = 0, text, frozenset[str]()
    names = {path: set(content_terms(f"{title} {file_words(path)}")) for path, title in titles.items()}
    for match in _DOCUMENT.finditer(text):
        for end in {match.end("what"), match.end()}:
            wanted = set(content_terms(text[match.start("what") : end]))
            numbers = {term for term in wanted if term[0].isdigit()}
            called = {path: len(wanted & name) for path, name in names.items() if numbers <= name}
            shared = max(called.values(), default=0)
            least = 0.5 if re.match(r"\W*$|[,;:?]", text[end:]) else _CALLED
            if shared >= least * len(wanted) and (shared > 1 or len(wanted) == 1) and shared > most:
                most, paths = shared, frozenset(path for path, count in called.items() if count == shared)
                rest = f"{text[: match.start()].rstrip(' ,')}{text[end:]}".lstrip(" ,;:")
    return (rest, paths) if len(rest.split()) >= 3 else (text, frozenset())


def file_words(path: str) -> str:
    """A file's name as words."""
    return re.sub(r"[\W_]+", " ", path.rpartition("/")[2].rpartition(".")[0])


def unmet(question: Question, evidence: Sequence[Evidence], frequency: Frequency) -> str | None:
    """A sentence that says what the question names and no document does, an ordinal or a name; None where nothing is
    missing.

    `frequency` tells in how many passages a term occurs.
    """
    held = Held(evidence)
    for condition in conditions(question):
        if condition.term and not condition.loose and not any(_meets(condition, item, held) for item in evidence):
            return _ordinals_there(condition, evidence)
    if other := _other_number(question.text, evidence):
        return other
    for fact, parts in proper_names(question):
        known = any(frequency(part) for part in parts) and not _only_another_word(fact, parts, evidence, frequency)
        if not known and not any(related(part, other) for part in parts for other in held.terms):
            return f"The documents do not mention {_whole_name(question.text, fact)}."
    for whole, parts in _long_names(question):
        if not any(held.names_here(item, parts) for item in evidence):
            return f"The documents do not mention {whole}."
    return None


def _only_another_word(fact: Fact, parts: Sequence[str], evidence: Sequence[Evidence], frequency: Frequency) -> bool:
    """Whether the name's term is that of quite another word wherever it stands: an Act where documents have "acting"
    alone. False where not every passage that has the term is at hand."""
    if len(parts) != 1 or parts[0] != fact.name or any(char.isdigit() for char in fact.name):
        return False
    holding = [item.passage.text for item in evidence if parts[0] in _terms_of(item.passage.text)]
    if len(holding) < frequency(parts[0]):
        return False
    inflected = {fact.name, f"{fact.name}s", f"{fact.name}es"}
    return all(inflected.isdisjoint(re.findall(r"[^\W_]+", fold(text))) for text in holding)


def _long_names(question: Question) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The question's names of several words, each as it is written and its terms."""
    runs: dict[tuple[str, tuple[int, int]], list[Fact]] = {}
    for fact, _ in proper_names(question):
        runs.setdefault((_whole_name(question.text, fact), fact.run), []).append(fact)
    for (whole, _), facts in runs.items():
        if len(facts) > 1:
            yield whole, tuple(term for fact in facts for term in terms(fact.name))


def _whole_name(text: str, fact: Fact) -> str:
    """All words of a name, of which the fact is one, with the article in front of it, but of an adjective."""
    for statement in read(text):
        if fact in statement.facts:
            tokens, (first, last) = statement.tokens, fact.run
            while first > 1 and tokens[first - 1].text == "-" and tokens[first - 1].start == tokens[first - 2].end:
                first -= 2
            alone = first < last and not _ADJECTIVE.fullmatch(tokens[last].base)
            article = "the " if alone and tokens[first - 1].base == "the" else ""
            return article + POSSESSIVE.sub("", statement.text[tokens[first].start : tokens[last].end])
    return fact.text


NUMBERED = (
    "option|section|article|phase|line|room|chapter|table|figure|part|annex|appendix|level|gate|platform|route|building"
    "|floor|clause|schedule|hypothesis|step|stage|group|volume|rule|recommendation|finding|item|lot|unit|model|batch"
)
"""What is told from its like by a number, as alternatives of a pattern."""
_NUMBER = r"\d{1,3}(?:\.\d{1,3}){0,2}"
_NUMBERED = re.compile(
    rf"\b(?P<noun>[A-Z][a-z]{{2,}}|version|release|(?:{NUMBERED})(?!\s+\d+\.\d))\s+(?P<number>{_NUMBER})"
    r"(?![\w%]|[.,:]\d|\s+(?:and|to|or|per|[a-z]+s|[mb]illion)\b)"
)


def _other_number(text: str, evidence: Sequence[Evidence]) -> str | None:
    """A sentence that says that a thing told by its number is not there, but its like is: "Line 9, not Line 11"."""
    for match in islice(_NUMBERED.finditer(text), _MOST_LOOKED_UP):
        noun, asked = match["noun"], match["number"]
        if noun.lower() in STOPWORDS or find_dates(f"3 {noun} 2020"):
            continue
        like = re.compile(rf"\b{re.escape(noun)}\s+({_NUMBER})(?![\w%]|[.,:]\d)", re.IGNORECASE)
        there = {number for item in evidence for number in like.findall(_read_text(item))}
        if there and not any(f"{number}.".startswith(f"{asked}.") for number in there):
            first = sorted(there, key=lambda number: [int(part) for part in number.split(".")])[:_FEW]
            return f"The documents mention {', '.join(f'{noun} {number}' for number in first)}, not {noun} {asked}."
    return None


def _merely_begins(statement: Statement, fact: Fact) -> bool:
    """True for a capital that names nothing: one that a question's first word has as such ("Main points of …"), a word
    that only asks, a weekday, which "every day" holds as well."""
    token = statement.tokens[fact.first]
    if weekday_terms().issuperset(terms(fact.name)):
        return True
    first = next((at for at, other in enumerate(statement.tokens) if other.kind != "mark"), 0)
    plain = token.text[:1].isupper() and token.text[1:].islower()
    return token.stem in _asking() or (fact.first == first == fact.run[1] and plain)


_ASKING = """who what when where which why how whom whose list name tell give show explain describe summarise summarize
compare define please find"""


@cache
def _asking() -> frozenset[str]:
    """Stems of words that a question may begin with in capitals without naming anything."""
    return frozenset(stem(word) for word in _ASKING.split())


def _is_year(fact: Fact) -> bool:
    return fact.kind == "number" and not fact.dimension and fact.text.isdigit() and 1500 <= fact.value <= 2200


def _meets(condition: Condition, item: Evidence, held: Held) -> bool:
    """Whether the passage, its context, or failing a contradiction its document, names what the condition does."""
    if condition.date is not None:
        here = _read_text(item)
        dates = [*find_dates(here), *_years(here)]
        return any(condition.date.matches(date) and date.year is not None for date in dates)
    if condition.term in held.here(item):
        return True
    if condition.noun and any(noun == condition.noun for _, noun in ordinals(_read_text(item))):
        return False  # the passage counts the same thing, and counts another
    return condition.term in held.anywhere(item)


def _years(text: str) -> list[FoundDate]:
    return [
        FoundDate(m.start(), m.end(), int(m[0]), None, None) for m in re.finditer(r"\b(?:1[5-9]|2[01])\d\d\b", text)
    ]


def ordinals(text: str) -> list[tuple[int, str]]:
    """(ordinal, stem of the noun that it counts) for every ordinal of the text."""
    found = []
    for statement in read(text):
        for fact in statement.facts:
            if fact.kind == "ordinal":
                after = [token.stem for token in statement.tokens[fact.last + 1 : fact.last + 6] if token.content]
                found += [(int(fact.value), noun) for noun in after]
    return found


def _ordinals_there(condition: Condition, evidence: Sequence[Evidence]) -> str:
    """A sentence that says which of the counted things the documents do mention."""
    there = sorted(
        {
            number
            for item in evidence
            for number, noun in ordinals(f"{item.passage.title}\n{item.passage.text}")
            if noun == condition.noun
        }
    )
    noun = condition.spelled if _occurs(condition.noun, evidence) else ""
    if not there or not noun or len(there) > _FEW:
        return f"The documents do not mention {_article(condition.term)} {noun or 'one'}."
    named = [ordinal(number) for number in there]
    listed = named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]
    return f"The documents mention the {listed} {noun}, not {_article(condition.term)}."


def _occurs(noun: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a passage has a noun of that stem."""
    return any(
        token.content and token.stem == noun
        for item in evidence
        for statement in read(item.passage.text)
        for token in statement.tokens
    )


_NEWEST = re.compile(
    r"(?P<the>\b(?:the|their|our|your|its|his|her|this|in|at|on|of|for|since|from)\s+(?:very\s+)?|['’]s\s+)?"
    r"\b(?P<newest>latest|newest|most recent|last|(?P<before>penultimate))\s+(?=\w)",
    re.IGNORECASE,
)
_MAY_LAST = re.compile(r"\b(?:do|does|did|will|would|can|could|to)\b", re.IGNORECASE)
_IN_A_NAME = re.compile(r"\s+[^\W\d_a-z]")


def latest_resolved(text: str, evidence: Sequence[Evidence]) -> str:
    """ "The latest summit" → "the 7th summit" where the documents count summits up to the 7th, and the penultimate one
    is the one that they count before it. In "the last Summit Post" nothing is counted, and in "did it last" neither."""
    match = _NEWEST.search(text)
    if not match or (not match["the"] and _MAY_LAST.search(text, 0, match.start())):
        return text
    counted = [pair for item in evidence for pair in ordinals(f"{item.passage.title}\n{item.passage.text}")]
    for word in islice(re.finditer(r"[\w-]+", text[match.end() :]), 4):
        noun = stem(fold(word[0]))
        if word[0][0].isupper() and _IN_A_NAME.match(text, match.end() + word.end()):
            continue
        numbers = sorted({number for number, other in counted if other == noun})
        if match["before"]:
            numbers = numbers[:-1]
        if numbers:
            return f"{text[: match.start('newest')]}{ordinal(numbers[-1])}{text[match.end('newest') :]}"
    return text


_BOTH = re.compile(
    r"\b(?:the two|both(?: of)?(?: the)?|the)\s+(?:different\s+)?(?P<noun>[^\W\d_]{3,}s)\b", re.IGNORECASE
)


def both_resolved(text: str, evidence: Sequence[Evidence]) -> str:
    """ "The two summits" → "the 6th summit and the 7th summit" where the documents count these two and no other."""
    counted = {pair for item in evidence for pair in ordinals(f"{item.passage.title}\n{item.passage.text}")}
    for match in _BOTH.finditer(text):
        noun = stem(fold(match["noun"]))
        numbers = sorted({number for number, other in counted if other == noun})
        if len(numbers) == 2:
            one = match["noun"][:-1]
            spelled = " and ".join(f"the {ordinal(number)} {one}" for number in numbers)
            return f"{text[: match.start()]}{spelled}{text[match.end() :]}"
    return text


_MOST_LOOKED_UP = 5
"""Abbreviations and numbered things of a question that are looked up; more make no question."""
_ACRONYM = re.compile(r"(?<![\w-])(?:[A-Z]{2,6}|Q[1-4])(?![\w-])")
_SKIPPED = frozenset({"of", "the", "and", "for", "in", "on", "to", "a", "de"})


def spelled_out(text: str, evidence: Sequence[Evidence], frequency: Frequency) -> str:
    """The question with an abbreviation that no document has as the words that it abbreviates, where passages have
    such: "the CFO" → "the chief financial officer"."""

    def long(match: re.Match[str]) -> str:
        if any(frequency(term) for term in terms(match[0])):
            return match[0]
        if match[0][0] == "Q" and match[0][1:].isdigit():
            return f"the {ordinal(int(match[0][1:]))} quarter"
        found = (run for item in evidence if (run := _run(match[0], item.passage.text)))
        return next(found, match[0])

    return _ACRONYM.sub(long, text, count=_MOST_LOOKED_UP)


def _run(short: str, text: str) -> str | None:
    """Words in a row whose first letters are those of an abbreviation, little words apart; of only two, or where the
    first letters are little words', only capitals count."""
    words = [match for match in re.finditer(r"[^\W\d_]+", text)]
    for at, first in enumerate(words):
        if first[0][0].upper() != short[0] or first[0].lower() in _SKIPPED:
            continue
        taken = [first]
        for before, word in zip(words[at:], words[at + 1 :], strict=False):
            if len(taken) == len(short) or re.search(r"[^\s’'-]", text[before.end() : word.start()]):
                break
            if word[0].lower() in _SKIPPED:
                continue
            if word[0][0].upper() != short[len(taken)]:
                break
            taken.append(word)
        plain = len(short) > 2 and not any(word[0].lower() in STOPWORDS for word in taken)
        if len(taken) == len(short) and (plain or all(word[0][0].isupper() for word in taken)):
            return text[taken[0].start() : taken[-1].end()]
    return None


_ROUND = re.compile(
    r"\b(?P<noun>round|session|edition|meeting|summit|dialogue|conference|workshop|congress|forum|instalment|iteration)"
    rf"\s+(?!one\s+\w)(?P<number>{'|'.join(list(NUMBER_WORDS)[1:21])}|\d{{1,2}})\b(?!\s*[-–.:/%]?\d|\s+[\w-]+s\b)",
    re.IGNORECASE,
)


def rounds_resolved(text: str) -> str:
    """ "Session four" → "4th session", as an ordinal is what documents say and what a condition is read from."""

    def counted(match: re.Match[str]) -> str:
        number = match["number"].lower()
        return f"{ordinal(int(number) if number.isdigit() else NUMBER_WORDS[number])} {match['noun']}"

    return _ROUND.sub(counted, text)


def _article(term: str) -> str:
    return f"an {term}" if term.startswith(("8", "11th", "18th")) else f"a {term}"
