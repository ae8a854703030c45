"""What a question asks for: its kind, the sort of thing that would answer it, and what it names. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from index.terms import content_terms, terms
from qa.facts import Fact, read
from qa.phrases import AUXILIARY
from qa.sorts import OFFICIAL, ORGANISATION, SOMEBODY, Expected


@dataclass(frozen=True, slots=True)
class Question:
    """A question as ranking sees it. `terms` are its content terms in order, `asking` those of them that only ask
    ("which city", "held"), so that an answer need not repeat them; `named` the facts (ordinals, dates, numbers, names)
    that an answer must not contradict; `several` is true where it asks for a list, `decides` where yes or no would
    do; `measure` says what a number is asked of ("money", "age", "length", "share"), empty where any number would do.
    """

    text: str
    terms: tuple[str, ...]
    asking: frozenset[str]
    expected: Expected
    named: tuple[Fact, ...]
    several: bool
    decides: bool
    measure: str = ""


_ASKS = re.compile(r"\b(?:who(?:m|se)?|when|where|why|what|which|how)\b", re.IGNORECASE)
_YES_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|shall|may|might|must)(?:n't|n’t)?\b",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"\b(?:say|said|state[ds]?|mention(?:ed)?|know|known|tell|told|specif(?:y|ied)|reveal(?:ed)?|explain(?:ed)?"
    r"|indicate[ds]?|describe[ds]?|clear|name[ds]?|given?|noted?)\s+(?:us\s+|me\s+|exactly\s+|about\s+)?"
    r"(?:who(?:m|se)?|when|where|why|what|which|how)\b",
    re.IGNORECASE,
)
_ASKS_PLACE = (
    r"where\b|(?:what|which) (?:cit(?:y|ies)|countr(?:y|ies)|places?|towns?|regions?|locations?|venues?|streets?"
    r"|address)\b"
)
_STANDS = r"hosts?|hosted|located|situated|based|headquartered|held|hold|(?:takes?|took|taken) place|meet|met"
_OWN = r"(?:the|their|your|his|her|its|our|[\w.-]+['’]s)"
"""What a figure is said to be somebody's with."""
_EXPECTED = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Expected.NUMBER,
            r"what (?:do|does|did|will|would) [^?]*\b(?:costs?|charge)\b"
            r"|(?:what|how) [^?]*\bin (?:percent(?:age)?s?|per cent)\b"
            r"|how (?:many|fast|much(?! (?:more |less )?(?:confidence|trust|support|interest|influence|power|control"
            r"|attention|emphasis|evidence|detail|progress|importance|agreement|uncertainty|risk|effort|freedom)\b)"
            r"|old|long|far|large|big|tall|high|deep|often)\b"
            rf"|(?:what|which) (?:(?:was|is|were|are) {_OWN} )?(?:(?:total|net|gross) )?"
            r"(?:(?:annual|yearly|monthly|average|maximum|minimum) )?"
            r"(?:(?:(?:tele|mobile )?phone |telephone |mobile |fax )?number|percentage|percent|proportion|share"
            r"|amount|population|price|cost|fee|fare|budget|salary|turnover|revenue|income|profit|earnings|length|height|width|depth|weight"
            r"|speed|temperature|capacity|distance|age)\b",
        ),
        (
            Expected.TIME,
            r"when\b|(?:what|which) (?:(?:was|is) the )?(?:exact )?(?:year|date|day|weekday|month|century|decade"
            r"|time)\b",
        ),
        (
            Expected.PERSON,
            r"who(?:m|se)?\b|(?:what|which) (?:person|people|man|woman|official|individual)s?\b",
        ),
        (Expected.BUILDING, r"(?:what|which) (?:buildings?|halls?|hotels?|rooms?)\b"),
        (Expected.VENUE, rf"(?:{_ASKS_PLACE})(?=[^?]*\b(?:{_STANDS})\b)"),
        (Expected.PLACE, _ASKS_PLACE),
        (
            Expected.REASON,
            r"why\b|(?:what|which) reason\b|(?:what|which) grounds\b|how come\b"
            r"|what (?:has |had )?(?:caused?|causes|prompted|triggered|provoked|sparked|brought about)\b"
            r"|what (?:was|is|were|are) the (?:main |chief |real )?(?:causes?|reasons?)\b",
        ),
    )
)
_FORMS = {
    form: re.compile(
        rf"(?:what|which)\b[^?]*?\b(?:{pattern})\b(?!\s+(?:was|is|were|are)?\s*(?:for|about)\b)", re.IGNORECASE
    )
    for form, pattern in (
        ("email", r"e-?mail(?: address)?"),
        ("website", r"websites?|web ?page|web address|url"),
        ("phone", r"(?:(?:tele|mobile )?phone|telephone|mobile|fax) number"),
        ("nationality", r"nationality"),
        ("colour", r"colou?r"),
    )
} | {
    "name": re.compile(
        r"what (?:is|was|are|were) the (?:full )?names? of (?:the |an? |his |her |their |its |our )?(?:[\w'’-]+ ){0,3}?"
        rf"(?:{SOMEBODY}|\w{{4,}}(?<!numb)(?<!comput)(?<!pap)(?:ers?|ors?)|river|lake|mountain|island|town|city|village|street"
        r"|school|church|hospital|ship|boat|vessel|museum|hotel|restaurant|university|college)\b"
        r"|(?:what|which) (?:company|firm|supplier|contractor|airline|newspaper|publisher)\b(?! of)",
        re.IGNORECASE,
    ),
    "official": re.compile(rf"(?:what|which) (?!of\b)(?:[\w'’-]+ ){{0,2}}{OFFICIAL}\b(?! of\b)", re.IGNORECASE),
    "organisation": re.compile(
        rf"(?:what|which) (?!(?:sort|kind|type)s? )(?:[\w'’-]+ ){{0,2}}{ORGANISATION}\b(?! of\b)", re.IGNORECASE
    ),
}
"""What is asked for by how it is written, or by its name."""
_MEASURES = {
    measure: re.compile(pattern, re.IGNORECASE)
    for measure, pattern in (
        (
            "money",
            r"how much\b(?! of\b)[^?]*\b(?:costs?|pay|paid|charged?|worth|price|fee|rent|earn(?:ed)?|spen[dt])\b"
            r"|what (?:do|does|did|will|would) [^?]*\b(?:costs?|charge)\b"
            rf"|(?:what|which) (?:(?:was|is|were|are) {_OWN} )?(?:[\w-]+ ){{0,2}}"
            r"(?:price|cost|fee|fare|fine|penalty|deposit|budget|salary|turnover|revenue|income|profit|earnings)\b",
        ),
        (
            "age",
            rf"how old\b|(?:what|which) (?:(?:was|is|were|are) {_OWN} )?"
            r"(?:(?:average|maximum|minimum) )?age\b",
        ),
        (
            "length",
            r"how (?:deep|tall|wide|far)\b",
        ),
        ("duration", r"how long\b"),
        ("speed", rf"how fast\b|(?:what|which) (?:(?:was|is|were|are) {_OWN} )?(?:[\w-]+ )?speed\b"),
        (
            "share",
            r"(?:what|how) [^?]*\bin (?:percent(?:age)?s?|per cent)\b"
            rf"|(?:what|which) (?:(?:was|is|were|are) {_OWN} )?(?:total )?"
            r"(?:percentage|percent|proportion|share)\b",
        ),
    )
}
"""What a number may be asked of."""
_WHO_IS = re.compile(r"^\W*(?i:who)(?:\s+(?i:is|was)|['’]s)\s+(?:[A-Z][\w'’.-]*\s*){1,5}\W*$")
"""Asks what somebody is whom it names: what tells of them need name nobody else."""
_OFFICE_ALONE = re.compile(
    r"\b(?:co-?)?(?:chairs?|chairm[ae]n|chairpersons?|directors?|presidents?|ministers?|authors?|leaders?|secretary|secretaries"
    r"|treasurers?|ambassadors?|spokesm[ae]n|spokespersons?|managers?|founders?|owners?|participants?|attendees?|speakers?)\W*$",
    re.IGNORECASE,
)
"""What a few words end with that ask, without "who", for people."""
_FEW_WORDS = 7
_SOMEBODY = re.compile(r"\b(?:is|was|are|were)\s+(?:[A-Z][a-z’'-]+\s+[A-Z]|he\b|she\b|M(?:r|rs|s)\b|Dr\b|Captain\b)")
_SEVERAL = re.compile(
    r"\b(?:where|when)\s+(?:were|are)\s+(?:the|all|both|these|those)\b|"
    r"\b(?:where|when)\s+have\s+(?:the|all|both|these|those)\s+(?:[\w-]+\s+)?[\w-]{3,}(?<![sui])s\b|"
    r"^\W*(?:please\s+)?(?:list|name|enumerate|quote)\b|\b(?:give|tell|show)\s+(?:me\s+)?(?:all|the|every|some)\b"
    r"|\b(?:which|what)\s+(?:[\w-]+\s+){0,3}?(?:people|[\w-]{3,}(?<![sui])(?:s|eria|ora))\s+(?:are|were|do|does|did|have|has|can"
    r"|could|will|would|should|may|of|from|in)\b"
    r"|^\W*(?!(?:is|was|has|does|as)\b)(?:the\s+)?(?:(?!wh|how)[\w-]+\s+)?(?!wh|how)[\w-]{4,}(?<![sui])s\s+(?:of|in|from|for)\b"
    r"|^\W*what\s+(?:do|does|did|would)\b[^?]*\b(?:recommend|propose|suggest|demand)\b"
    r"|\b(?:which|what)\s+(?:are|were)\s+(?:the|some|all|its|their)\b|\bwho\s+(?:are|were)\b|\b(?:all"
    r"|list)\s+(?:of\s+)?the\b",
    re.IGNORECASE,
)
_SORTS = (Expected.TIME, Expected.PLACE, Expected.VENUE, Expected.BUILDING, Expected.PERSON)
"""Where a word such as "city" or "year" in the question only names a sort of thing; a "price" is the matter itself."""


@cache
def _light() -> frozenset[str]:
    """Terms of words that most questions could do without."""
    return frozenset(
        term
        for word in """take takes took taken place hold held happen happens happened occur occurred exact exactly actual
        actually really please today mention mentioned named called said stated described given say says mean means
        meaning define latest newest current currently now make makes made specific specifically specified particular
        significant certain various several describe described discuss discussed outline outlined emphasize emphasized
        emphasise emphasised highlight highlighted claim claimed suggest suggested explain explained identify identified
        cite cited detail details detailed refer referred example examples kind kinds type types aspect aspects regard
        regarding concern concerning relate related relation according""".split()
        for term in terms(word)
    )


@cache
def _counting() -> frozenset[str]:
    """Terms of words that ask for a number and that an answer has none of: "42 visitors came", not their number."""
    return frozenset(terms("total number amount phone telephone mobile fax"))


_THINGS_ALONE = re.compile(
    r"^\W*(?!(?i:list|name|enumerate|give|show|tell|quote|find|get|print|count|explain|describe|summari[sz]e|compare|outline"
    r"|define|discuss|translate|cite|read|see|check)\b)(?:(?!(?i:the|an?|all|any|some|(?:any|some|no|every)thing|about|on|of|and|or|not|no)\b)[\w-]+\s+){0,2}"
    r"(?:[a-z-]{3,}(?<![sui])s|(?<!\w )[A-Z][a-z]{3,}(?<![sui])s)(?:\s+(?:of|in|from)\s+(?:the|this|that)\s+[^?]+)?\W*$"
)
"""No more than a word or three of which the last is a plural, and of what: "members of the board"."""


_SAID_OTHERWISE = (
    (
        re.compile(
            r"^\W*(?:please\s+)?(?:compare|contrast)\s+what\s+(?P<who>[^?]{3,60}?)\s+(?:say|says|said|write|report|state)\s+"
            r"(?:on|about|of|regarding)\s+(?P<what>[^?]+?)[?.]?$",
            re.IGNORECASE,
        ),
        r"what do \g<who> say about \g<what>?",
    ),
    (
        re.compile(
            r"^\W*(?P<what>[^?:]{3,80}?)\s*[:–—-]\s+(?P<asks>what\s+(?:do|does|did)\s+[^?]{3,60}?\s+say)(?:\s+(?:on|about)\s+(?:it"
            r"|this|that))?\W*$",
            re.IGNORECASE,
        ),
        r"\g<asks> about \g<what>?",
    ),
    (
        re.compile(
            r"^\W*(?:the\s+)?(?:exact\s+)?(?P<sort>date|day|month|year|time|place|city|country)\s+(?P<in>on|in|at)\s+which\s+"
            r"(?P<what>[^?]+)\??$",
            re.IGNORECASE,
        ),
        r"\g<in> which \g<sort> \g<what>?",
    ),
)
"""Forms of a question, and the plain one that each stands for."""


def in_full(text: str) -> str:
    """A few words, or what is put in a roundabout way, as the question that they stand for: "6th summit co-chairs" →
    "who are the 6th summit co-chairs?", "findings" → "what are the findings?", "fees: what does the leaflet say?" →
    "what does the leaflet say about fees?". Any other text as it is."""
    for form, plain in _SAID_OTHERWISE:
        if match := form.match(text):
            return match.expand(plain)
    if _ASKS.search(text) or _YES_NO.match(text) or len(text.split()) > _FEW_WORDS:
        return text
    asks = "who" if _OFFICE_ALONE.search(text) else "what" if _THINGS_ALONE.match(text) else ""
    return f"{asks} are the {text.strip(' ?.!')}?" if asks else text


OF_THE_LIST = re.compile(
    r"^\W*(?:(?:which|what|who|any)(?:\s+ones?)?|(?P<is>is|are|was|were|do|does|did)\s+any)\s+of\s+(?:all\s+)?the\s+"
    r"(?P<what>(?:[^\W\d_][\w’'-]*\s+){1,4}?)"
    rf"(?(is)(?=\w)|(?:{AUXILIARY}|(?:mention|concern|cover|include|involve|contain)s?"
    r"|(?:deal|work|belong|refer|relate)s?(?=\s+\w+\s))\s)"
    r"\s*(?P<such>[^?]+?)\W*$",
    re.IGNORECASE,
)
"""Asks which points of a list, `what`, are `such`."""


@lru_cache(maxsize=256)
def parse(text: str) -> Question:
    """Reads a question. Any text is one: what cannot be told is `Expected.ANY`."""
    # Only the first question word asks; "… when the gate closed" does not, nor does any in a yes/no question, unless it
    # is one only in form: "Does the report say when …?"
    decides = bool(_YES_NO.match(text)) and not _INDIRECT.search(text)
    asks = None if decides else _ASKS.search(text)
    matched = ((kind, hit) for kind, pattern in _EXPECTED if asks and (hit := pattern.match(text, asks.start())))
    expected, sort = (Expected.ANY, None) if _WHO_IS.match(text) else next(matched, (Expected.ANY, None))
    form = next((form for form, pattern in _FORMS.items() if asks and pattern.match(text, asks.start())), "")
    if form:
        expected = Expected.FORM
    sorts = set(terms(sort[0])) if sort else set()
    asking = sorts if expected in _SORTS else sorts & _counting()
    found = tuple(dict.fromkeys(content_terms(text)))
    named = tuple(fact for statement in read(text) for fact in statement.facts if fact.sure)
    return Question(
        text=text,
        terms=found,
        asking=frozenset(term for term in found if term in asking or term in _light()),
        expected=expected,
        named=named,
        several=bool(_SEVERAL.search(text)),
        decides=decides,
        measure=form or (_measure(text[asks.start() :]) if asks and expected is Expected.NUMBER else ""),
    )


def _measure(asked: str) -> str:
    """Which of the measures is asked for, from the question word on; empty for a plain count."""
    head = re.sub(r"(?i)^how many\b.*", "", asked)
    found = next((name for name, asks in _MEASURES.items() if asks.search(head)), "")
    return "lifetime" if found == "age" and _SOMEBODY.search(head) else found
