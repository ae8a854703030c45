"""What a text holds of the sort of thing that a question asks for: a person, a time, a number of euros. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache

from index.terms import content_terms, fold, terms
from qa.facts import read
from qa.phrases import MONTH


class Expected(StrEnum):
    """The sort of thing that would answer."""

    PERSON = "person"
    TIME = "time"
    NUMBER = "number"
    PLACE = "place"
    VENUE = "venue"
    """Where something is or was held or stands, not where it comes from or goes to."""
    BUILDING = "building"
    """A building or a part of one: the town that it stands in does not answer."""
    REASON = "reason"
    FORM = "form"
    """What is told by how it is written, such as an address of mail, a colour or somebody's name; the measure says
    which."""
    ANY = "any"


_YEAR = re.compile(r"\b(?:1\d|20)\d\d(?:s\b|\b)")
_YEAR_ALONE = re.compile(r"(?<![\w.,$€£¥-])(?:1[5-9]|20)\d\d(?![\w.,:%€£-]*\d|\s+[a-z]+s\b|%|\s*[€£])")
"""What is a year rather than a number of things."""
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
_WEEKDAY_ASKED = frozenset({"day", "week"})
_TIME = re.compile(
    rf"\b\d{{1,2}}[:.]\d\d\b|\b\d{{1,2}}\s?(?:am|pm|a\.m\.|p\.m\.)|{_WEEKDAY.pattern}"
    r"|\b(?:\d+|an?|the|each|every|one|next|last|first|same|following|previous|[a-z-]*(?:two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)(?:th)?|third|second)[\s-]"
    r"(?:[\w-]+\s)?(?:second|minute|hour|day|night|morning|afternoon|evening|week|weekend|month|quarter|season|year)s?\b"
    r"|\b(?:[\w-]+\s)?(?:century|centuries|decades?)\b|\b(?:daily|weekly|monthly|yearly|annually|every (?:day|week"
    r"|month|year)|noon|midnight|"
    r"yesterday|today|tomorrow|spring|summer|autumn|winter|christmas|easter)\b"
    r"|\b(?:before|after|during|until|when|while|since|by the time|at the (?:time|start|end|beginning) of)\s+\w+",
    re.IGNORECASE,
)
_LASTS = re.compile(
    r"(?<!\bafter )(?<!\bwithin )(?<!\bin )(?<!\bevery )(?<!\bsince )(?<!\bfirst )(?<!\blast )(?<!\bnext )"
    r"\b(?:\d+|[a-z-]*(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|teen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred))[\s-](?:second|minute|hour|day|night|week|weekend|month|year)s\b"
    r"(?!\s+(?:later|ago|after|before|earlier|from|prior|into))",
    re.IGNORECASE,
)
"""How long something lasts, which is not when it is: "90 days' notice". None of XQuAD's questions for a time is
answered by such."""
_SPAN_ASKED = frozenset({"window", "period", "span", "frame", "timefram", "durat", "horizon"})
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?"
    r"|billions?"
    r"|half|twice|single|once|(?:a|one|two|three)[ -](?:thirds?|quarters?|fifths?|tenths?))\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due to|in order to|so that|results? of|owing to|thanks to|on account of|reasons?|caused?"
    r"|therefore|stem(?:s|med)? from|driven by|attribut\w+ to|down to|which is why|consequences?"
    r"|on (?:the )?grounds? (?:that|of)"
    r"|in (?:response to|view of|(?:the )?light of|the hope|an (?:effort|attempt) to)"
    r"|for (?:fear|want|lack|the (?:sake|purpose))"
    r"|given that|citing|arguing that|believing|so as to|with (?:a view to|the aim)|prompted|triggered|blam\w+|led to"
    r"|forced|wanted to|aim(?:ed|ing)? (?:at|to)|out of (?:concern|fear|respect)|out of (?:a )?desire"
    r"|to (?:avoid|prevent|ensure|protect|allow|reduce))\b|, as (?:it|they|he|she|we|there|the|this|no"
    r"|its|their|his|her|(?!well|soon|long|far|much|many|if|though|opposed|against|yet|usual|planned|part|an?\b|of|in|at|do"
    r"|does|did|is|are|was|were|has|have|had)[a-z-]{3,}\s+[a-z]+)\b",
    re.IGNORECASE,
)
LABEL = re.compile(r"\A[^:.;!?\n]{2,60}:(?=\s|\*\*|__|$)")
"""What a sentence or list item begins with that names what it holds."""
SOMEBODY = (
    r"(?:\w*(?:master|m[ae]n|person|officer|director|manager|chair|minister|president|secretary|leader"
    r"|captain|engineer|surveyor|inspector|doctor|nurse|teacher|author|owner|guard|driver|king|queen|prince|princess)s?"
    r"|people|teams?|committees?|boards?|staff|councils?|crews?|members?|users?|compan(?:y|ies)|groups?|heads?|shift"
    r"|students?|pupils?|children|parents?|workers?|employees?|players?|citizens?|residents?|voters?|settlers?|visitors?"
    r"|governments?|professionals?|boys?|girls?|supervisors?|\w{4,}ists)"
)
"""Words for who somebody is, as alternatives of a pattern."""
_ROLE = re.compile(
    r"\b(?:i|we|he|she|they|any(?:one|body)|every(?:one|body)|no ?body|no one|who(?:so)?ever|those who"
    rf"|{SOMEBODY})\b",
    re.IGNORECASE,
)
"""Words for who somebody is, where no name is given."""
_PLACE_PREPOSITION = re.compile(
    r"\b(?:in|at|near|from|to|of|on|off|outside|around|across|through|along)\s+(?:the\s+)?[A-Z]"
)


_PLACE_NOUN = (
    r"library|hall|hotel|school|church|museum|theat(?:re|er)|cent(?:re|er)|station|office|palace|castle|university|college"
    r"|embassy|ministry|parliament|building|house|headquarters|hospital|club|campus|chapel|market|town|village|city|capital"
    r"|park|garden|square|harbou?r|port|airport|street|field|forest|valley|mountains?|island|coast|beach|river|lake|sea"
    r"|court|courtyard|caf[eé]|restaurant|pub|bar|canteen|cellar|basement|lobby|foyer|gym|yard|barn|workshop|factory|shed"
    r"|warehouse|laborator(?:y|ies)|lab|studio|gallery|stadium|arena|pavilion|tent|marquee|kitchen|attic|ground floor"
)
_AT_A_PLACE = re.compile(
    r"\b(?i:in|at|on|near|outside|inside|opposite|beside|behind|off)\s+"
    rf"(?!(?i:(?:the\s+)?(?:\d|{MONTH.pattern}|{_WEEKDAY.pattern})))"
    r"(?P<place>(?i:the|an?|its|their|our|his|her|this|that)\s+"
    rf"(?:[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*|(?:{_PLACE_NOUN})\b|\w+\s+\w+)"
    r"|(?:[\w-]+\s+)?[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*)"
    r"|\b(?P<says>(?i:host|locat|headquarter)\w*|(?i:venue|online|virtual(?:ly)?|address)\b)"
)
"""A place that something may be at, or a word that tells of one."""
_LODGING = r"hotels?|inns?|hostels?|resorts?|lodges?|guest ?houses?"
_BUILDING = re.compile(
    r"\b(?:(?:the|an?|its|their|this|that|same) (?:(?!(?:of|and|in|for|to|on)\b)[\w’'-]+ ){0,3}buildings?"
    rf"|{_LODGING}|houses?|palaces?|palais|halls?|auditoriums?|theat(?:re|er)s?|rooms?|chambers?"
    r"|cent(?:re|er)s?|headquarters|towers?|museums?|castles?|mansions?|universit(?:y|ies)|schools?|colleges?|stations?"
    r"|offices?|ministr(?:y|ies)|embass(?:y|ies)|parliament|librar(?:y|ies)|church(?:es)?|cathedrals?|stadiums?|arenas?"
    r"|campus|institutes?|clubs?|sheds?|warehouses?|factor(?:y|ies)|hospitals?|barracks|forts?)\b",
    re.IGNORECASE,
)
_HOTEL = re.compile(rf"\b(?:{_LODGING})\b", re.IGNORECASE)
_SENTENCE = 60
"""Characters from which on a line is a sentence, and no entry of a table or a list that may be a place alone."""
_MEASURED = {
    measure: re.compile(pattern, re.IGNORECASE)
    for measure, pattern in (
        (
            "money",
            r"[$€£¥₹]|\b(?:[A-Z]{2})?(?:dollars?|euros?|pounds?|yen|pence|penny|(?<!per )cents?|francs?|kron\w+|rupees?"
            r"|rand|yuan|won|pesos?|lira|roubles?|rubles?|zlot\w+|guilders?|shillings?|marks?|crowns?|[a-z]+illion|free"
            r"|USD|EUR|GBP|JPY|CHF|AUD|CAD|CNY|INR|SEK|NOK|DKK)\b",
        ),
        (
            "age",
            r"\b(?:years?|ages?|aged|old|older|younger|centur(?:y|ies)|decades?|born|founded|built|opened"
            r"|dat(?:es?|ing)|since|(?:1\d|20)\d\d)\b|-year",
        ),
        (
            "lifetime",
            r"\byears?\b|\b(?:aged?|born)\b|-year"
            r"|\b(?:was|is|then|only|just|turned|already)\s+(?:\d\d|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
            r"(?:-\w+)?|(?:thir|four|fif|six|seven|eigh|nine)teen)\b(?=\s*(?:[,.;)]|and\b|but\b|when\b|at\b|$))",
        ),
        (
            "length",
            r"\d\s?-?(?:m|km|cm|mm|ft|mi|in)\b|['\"′″]|\b(?:(?:kilo|centi|milli)?met(?:re|er)s?|feet|foot|inch(?:es)?|miles?"
            r"|yards?|blocks?|steps?|(?:light[- ])?years?|fathoms?|leagues?|store?ys|stories|floors?|minutes?|hours?"
            r"|days?|stops?)\b",
        ),
        (
            "duration",
            r"\d\s?-?(?:m|km|cm|mm|ft|mi|in|min|h|hrs?|mins?|secs?|s)\b|\d['\"′″]|\d:\d\d|\b(?:(?:milli)?seconds?|minutes?|hours?"
            r"|days?|nights?|weeks?|weekends?|fortnights?|months?|quarters?|years?|yrs?|decades?|centur(?:y|ies)|millenni\w+"
            r"|seasons?|semesters?|terms?|generations?|life(?:times?)?|until|till|since|through(?:out)?|permanent\w*"
            r"|indefinite\w*|forever|always|ever|never|temporar\w*|overnight|(?:kilo|centi|milli)?met(?:re|er)s?|feet|foot"
            r"|inch(?:es)?|miles?|yards?|blocks?|words?|pages?|lines?|characters?|letters?|chapters?|episodes?|instant\w*"
            r"|immediate\w*|moments?|while|once|long\w*|short\w*|brief\w*|times?|from|between|daily|weekly|monthly|annual\w*"
            r"|ago|soon|quick\w*|duration|period|age|era|january|february|march|april|may|june|july|august|september|october"
            r"|november|december|holidays?|(?:1[0-9]|20)\d\d)\b",
        ),
        (
            "speed",
            r"\b(?:mph|kph|km/?h|knots?|kn|m/s|[kMG]?bits?/s|[MG]?bps|speeds?|pace|fast\w*|slow\w*|quick\w*|rapid\w*|times"
            r"|(?:milli)?seconds?|minutes?|hours?|days?|weeks?|months?|years?|(?:an?|per|each|every) \w+)\b",
        ),
        (
            "share",
            r"%|\b(?:per ?cent|percent\w*|half|halves|thirds?|quarters?|fifths?|sixths?|eighths?|tenths?|one in|out of"
            r"|majority|most|(?<!\bin )all|none|0[.,]\d+)\b",
        ),
    )
}
"""How a text has a number of the measure. Of 714 questions of XQuAD and SQuADShifts for how long, all but six are
answered by a sentence with a word of the duration's."""


_COMPARED = re.compile(
    r"\b[\w.,-]+(?:\s+[\w²³-]+){0,2}?\s+(?:deeper|taller|higher|lower|longer|shorter|wider|narrower|older|younger|f[au]rther"
    r"|closer)\b",
    re.IGNORECASE,
)
"""By how much one thing differs from another: "two metres deeper" does not say how deep."""
_WRITTEN = {
    "email": re.compile(r"\S@\S"),
    "website": re.compile(
        r"https?://|\bwww\.|\b[\w-]+\.(?:com|org|net|eu|gov|int|info|io|[a-z]{2})\b(?:/|\s|[.,;)]|$)"
    ),
    "phone": re.compile(r"\d[\d ()/.-]{4,}\d"),
    "nationality": re.compile(
        r"\b(?:[A-Z][a-z]+(?:ish|ese|ian|ean|[a-z]an)|[A-Z][a-z]+man|French|Dutch|Czech|Swiss|Icelandic|Greek|Thai|Dane|Finn"
        r"|Swede|Pole|Turk|Iraqi|Israeli|Pakistani|Saudi|Qatari|Kuwaiti|Afghan|Filipino|[Cc]itizen|[Bb]orn in"
        r"|[Nn]ational of)\b"
    ),
    "colour": re.compile(
        r"\b(?:red|orange|yellow|green|blue|purple|violet|pink|brown|black|white|gr[ae]y|silver|gold(?:en)?|beige|cream|turquoise"
        r"|crimson|scarlet|maroon|navy|amber|bronze)\b",
        re.IGNORECASE,
    ),
}
"""How what is asked for by a measure of `Expected.FORM` is written."""
OFFICIAL = (
    r"(?:ministr(?:y|ies)|departments?|agenc(?:y|ies)|directorates?(?:-general)?|authorit(?:y|ies)|bureaus?|secretariats?"
    r"|embass(?:y|ies))"
)
ORGANISATION = r"(?:organi[sz]ations?|institut(?:ions?|es?)|universit(?:y|ies))"
"""Words for bodies whose names have such a word or are initials, and for those whose names may be any; as alternatives
of a pattern."""
_BODY = re.compile(
    rf"(?:[\w’'-]+\s)?\b(?:{OFFICIAL}|{ORGANISATION}|(?:govern|parlia)ments?|commissions?|councils?|committees?"
    r"|compan(?:y|ies)|offices?|services?|colleges?|schools?|associations?|foundations?|societ(?:y|ies)|banks?|courts?"
    r"|police|army|navy|forces?|treasury|cent(?:re|er)s?|boards?|teams?|units?|divisions?|hospitals?|laborator(?:y|ies)"
    r"|museums?|librar(?:y|ies)|firms?|trusts?|administration|inspectorate|registry)\b(?:\s(?:of|for)\s(?:the\s)?[\w’'-]+)?",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"\b(?=\w{3})[A-Z][A-Za-z]?[A-Z]+[a-z]*\b")
"""How a body's name may be shortened: HUD, MoD. Those of two letters are rather a country's, or a union's."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = r"(mon|tues|wednes|thurs|fri|satur|sun)days?"
_DAY_RANGE = re.compile(rf"\b{_DAY}\s*(?:to|till?|until|through|-|–|—)\s*{_DAY}\b", re.IGNORECASE)
_DAILY = re.compile(r"\b(?:every day|each day|daily|seven days a week|all week)\b", re.IGNORECASE)
_WORKDAYS = re.compile(r"\bweekdays?\b", re.IGNORECASE)
_WEEKEND = re.compile(r"\bweekends?\b", re.IGNORECASE)


def weekdays_within(text: str) -> frozenset[str]:
    """Terms of the weekdays that the text means without naming them: "Tuesday to Sunday", "every day", "weekdays"."""
    meant: set[int] = set()
    for match in _DAY_RANGE.finditer(text):
        first, last = (
            next(i for i, day in enumerate(_DAYS) if day.startswith(part.lower())) for part in match.groups()
        )
        meant |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    for pattern, days in ((_DAILY, range(7)), (_WORKDAYS, range(5)), (_WEEKEND, range(5, 7))):
        if pattern.search(text):
            meant |= set(days)
    return frozenset(term for day in meant for term in terms(_DAYS[day]))


@cache
def weekday_terms() -> frozenset[str]:
    """The terms of all weekdays."""
    return frozenset(term for day in _DAYS for term in terms(day))


def _names_a_place(question_terms: frozenset[str], text: str) -> bool:
    """Whether the text has a place that something may be at, and that the question did not already say."""
    return any(
        match["says"] or set(content_terms(match["place"])) - question_terms for match in _AT_A_PLACE.finditer(text)
    )


def _is_entry(text: str) -> bool:
    """Whether a text looks like an entry of a table or a list, whose heading may say what it is of."""
    return len(text) < _SENTENCE and not text.rstrip().endswith((".", "!", "?"))


_DEMONYM = re.compile(r"[a-z](?:ish|ese|ian|ean|ic)$")
_OF_A_PLACE = re.compile(
    r"(?:\b(?:in|at|near|outside|around|across|throughout)\s+(?:the\s+)?"
    r"|\b(?:capital|city|town|village|port|island|province|region|country|state|county)(?:\s+of|,)\s+"
    r"|\b[A-Z][\w’'-]+\s+of\s+(?:the\s+)?)$"
)
"""What stands before the name of a place, or before the second half of a name: Gulf of Lion."""


def _names_somebody(question_terms: frozenset[str], text: str) -> bool:
    """Whether a text has a name that the question did not say and that is neither a place that something is in nor an
    adjective ("the Danish coast"). None of XQuAD's questions for a person is answered by a sentence without one."""
    for statement in read(text):
        for fact in statement.facts:
            if fact.kind != "name" or not fact.sure or set(terms(fold(fact.name))) <= question_terms:
                continue
            first, last = fact.run
            before = statement.text[: statement.tokens[first].start]
            after = statement.text[statement.tokens[last].end :]
            peoples = first == last and _DEMONYM.search(fact.text)
            adjective = peoples and re.search(r"\b[Tt]he\s+$", before) and re.match(r"\s+[a-z]", after)
            if not adjective and not _OF_A_PLACE.search(before):
                return True
    return False


def _names_a_body(question_terms: frozenset[str], text: str) -> bool:
    """Whether a text has a ministry, an agency or the like that the question did not say."""
    named = (*_BODY.finditer(text), *_INITIALS.finditer(text))
    return any(not question_terms.issuperset(content_terms(match[0])) for match in named)


def _names_an_organisation(question_terms: frozenset[str], text: str) -> bool:
    """Whether a text has a body or any other name that the question did not say."""
    return _names_a_body(question_terms, text) or _names_somebody(question_terms, text)


_TOLD_BY_NAME = {"name": _names_somebody, "official": _names_a_body, "organisation": _names_an_organisation}
"""How a text holds what is asked for by a measure of `Expected.FORM` that is told by a name."""


def roles_in(text: str) -> set[str]:
    """The terms of the words by which a text says who somebody is without a name, pronouns apart."""
    pronouns = {"i", "we", "he", "she", "they"}
    return {term for match in _ROLE.finditer(text) if match[0].lower() not in pronouns for term in terms(match[0])}


_ONE = re.compile(
    r"\b(?:if|when|whether|that|this|no|any|every|each|the|which|another)\s+one\b"
    r"|\bone\b(?=\s+(?:another|must|can|could|should|would|may|might|who|that|which)\b|['’]s\b)",
    re.IGNORECASE,
)
""" "One" that counts nothing: "if one party", "no one", "one must"."""


@lru_cache(maxsize=4096)
def answers_kind(expected: Expected, question_terms: frozenset[str], text: str, measure: str = "") -> bool:
    """True where the text holds something of the expected sort, and measure, that the question did not already say."""
    if expected is Expected.ANY:
        return True
    if expected is Expected.VENUE:
        if _names_a_place(question_terms, text):
            return True
        if len(text) >= _SENTENCE:
            return False
    if expected is Expected.BUILDING:
        return _is_entry(text) or bool((_HOTEL if "hotel" in question_terms else _BUILDING).search(text))
    if expected is Expected.FORM:
        tells = _TOLD_BY_NAME.get(measure)
        return tells(question_terms, text) if tells else bool(_WRITTEN[measure].search(text))
    if expected is Expected.REASON:
        return bool(_REASON.search(text))
    if expected is Expected.TIME:
        if question_terms >= _WEEKDAY_ASKED or "weekday" in question_terms:
            return bool(_WEEKDAY.search(text))
        if question_terms.isdisjoint(_SPAN_ASKED):
            text = _LASTS.sub(" ", text)
        return any(
            not set(terms(match[0])) <= question_terms
            for pattern in (_YEAR, MONTH, _TIME)
            for match in pattern.finditer(text)
        )
    if measure in ("length", "age", "lifetime"):
        text = _COMPARED.sub(" ", text)
    if measure and not _is_entry(text) and not _MEASURED[measure].search(text):
        return False
    if expected is Expected.NUMBER and measure not in ("age", "lifetime"):
        text = _ONE.sub(" ", _YEAR_ALONE.sub(" ", text))
    facts = [fact for statement in read(text) for fact in statement.facts]
    if expected is Expected.NUMBER:
        counted = [fact for fact in facts if fact.kind == "number"]
        return any(set(terms(fact.text)) - question_terms for fact in counted) or bool(_NUMBER_WORD.search(text))
    if expected is Expected.PERSON:
        return bool(roles_in(LABEL.sub("", text))) or _names_somebody(question_terms, LABEL.sub("", text))
    if expected in (Expected.PLACE, Expected.VENUE) and _PLACE_PREPOSITION.search(text):
        return True
    return any(fact.kind == "name" and not set(terms(fold(fact.name))) <= question_terms for fact in facts)
