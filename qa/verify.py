"""Does the cited evidence bear a sentence out? Pure, offline, deterministic, without a model.

`supports` asks four things of a claim, each of which is easy to explain: is everything exact that it states (numbers,
dates, names) in the evidence; does it stand there beside the same matter rather than another; does neither deny what
the other asserts; and is the wording, by content words, the evidence's. A claim fails for a reason that a reader can
check.

What it is not: it knows no paraphrase beyond stems and a short list of near-synonyms, so that a faithful sentence in
wholly other words is marked unsupported, and a false one in the evidence's own words and names may pass.
`benchmarks/verify_pairs.py` measures how often, on a set of true sentences and of the same ones made false.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from index.dates import FoundDate
from qa.facts import Beside, Fact, Statement, Token, beside, equivalents, opposites, read, stem
from qa.lexicon import PEOPLES

ENOUGH_WORDS = 0.55
"""Share of the claim's content words that the evidence must have."""

MOST_SENTENCES = 3
"""How many sentences of the evidence may bear one claim out together."""

MUCH_NEARER = 1.6
"""A number or name belongs to something else where another stands so many times nearer to the claim's other words …"""

NEARER_BY = 0.35
"""… plus this: one shared word some three words away is chance. These were chosen on the tuning half of the pairs."""

NEARER_AT_HOME = 0.8
"""The same for a name that stands in the very sentence the claim was made from, where offices and places surround
it."""

FEW_WORDS = 4
"""A claim of so few content words may take them from anywhere in what it cites: "It was published on 30 January"."""

NEARLY_ALL = 0.8
"""Share of the claim's words that one sentence has when it is the sentence that the claim was made from."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the evidence bears the claim out. `score` in [0, 1] is the share of its content words that it has, halved
    for each thing found wrong; `reasons` say what is wrong, empty where it is supported."""

    supported: bool
    score: float
    reasons: tuple[str, ...]


def supports(claim: str, evidence: Sequence[str], context: Sequence[str] = ()) -> Verdict:
    """Judges one sentence against the texts that it cites.

    `evidence` are the cited passages or quotes; `context` what names and dates may also come from but wording may not:
    the document's title, its date, its headings. Markers and markup must have been taken out of the claim. A claim
    without a single content word asserts nothing and is supported.
    """
    said = read(claim)
    if not any(token.content for statement in said for token in statement.tokens):
        return Verdict(True, 1.0, ())
    source = tuple(statement for text in evidence for statement in read(text))
    if not source:
        return Verdict(False, 0.0, ("nothing is cited",))
    around = tuple(statement for text in context for statement in read(text))
    ground = _Ground(source, around, _short_forms(" \n".join((*evidence, *context, claim))), _by_beginning(source))
    reasons: list[str] = []
    covered = total = 0
    for statement in said:
        bearing, had, words = ground.bearing(statement)
        covered, total = covered + had, total + words
        if words and had < ENOUGH_WORDS * words:
            reasons.append(f"only {had} of its {words} words are in what it cites")
        unfounded = [reason for fact in statement.facts if fact.sure and (reason := ground.unfounded(fact, statement))]
        reasons += unfounded
        if not unfounded:
            reasons += ground.misplaced(statement, bearing)
            reasons += ground.exchanged(statement, bearing)
        reasons += ground.contradicted(statement, bearing)
    share = covered / total if total else 1.0
    return Verdict(not reasons, round(share * 0.5 ** len(reasons), 4), tuple(dict.fromkeys(reasons)))


def overlap(claim: str, texts: Sequence[str]) -> tuple[list[frozenset[int]], frozenset[int]]:
    """For each text, which of the claim's content words it has (numbered through the claim, numbers and names
    included), and which of these words are numbers, dates or names. What a citation is narrowed down to a sentence
    by."""
    covers: list[set[int]] = [set() for _ in texts]
    exact: set[int] = set()
    offset = 0
    sources = [read(text) for text in texts]
    known = _by_beginning([statement for source in sources for statement in source])
    ground = _Ground((), (), _short_forms(" \n".join((*texts, claim))), known)
    for statement in read(claim):
        places = {i for fact in statement.facts for i in range(fact.first, fact.last + 1)}
        for i, token in enumerate(statement.tokens):
            if token.content:
                forms = ground.forms_of(token)
                for cover, source in zip(covers, sources, strict=True):
                    if any(not forms.isdisjoint(place.places) for place in source):
                        cover.add(offset + i)
        for fact in statement.facts:
            if fact.kind != "name":
                spot = set(range(fact.first, fact.last + 1))
                for cover, source in zip(covers, sources, strict=True):
                    if any(_same_amount(fact, other) for place in source for other in place.facts):
                        cover.update(offset + i for i in spot)
                    else:
                        cover.difference_update(offset + i for i in spot)
        exact.update(offset + i for i in places)
        offset += len(statement.tokens)
    return [frozenset(cover) for cover in covers], frozenset(exact)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a claim is judged against; `short_forms` are the abbreviations that the texts spell out, `known` the
    source's stems by their first four letters."""

    source: tuple[Statement, ...]
    around: tuple[Statement, ...]
    short_forms: Mapping[str, frozenset[str]]
    known: Mapping[str, frozenset[str]]
    cache: dict[str, frozenset[str]] = field(default_factory=dict)

    # Wording

    def bearing(self, claim: Statement) -> tuple[list[Statement], int, int]:
        """The up to three sentences that together have most of the claim's words (greedy, the best first), how many
        they have, and how many there are. Numbers and dates are judged apart; names may also come from the context."""
        wanted = [i for i, token in enumerate(claim.tokens) if token.content]
        covers: list[set[int]] = [set() for _ in self.source]
        for i in wanted:
            forms = self.forms_of(claim.tokens[i])
            for cover, statement in zip(covers, self.source, strict=True):
                if not forms.isdisjoint(statement.places):
                    cover.add(i)
        chosen: list[int] = []
        covered: set[int] = set()
        while len(chosen) < MOST_SENTENCES:
            best = max(range(len(covers)), key=lambda n: (len(covers[n] - covered), -len(self.source[n].tokens)))
            gained = len(covers[best] - covered)
            if not gained or (chosen and gained < 2):
                break
            chosen.append(best)
            covered |= covers[best]
        for fact in claim.facts:
            if fact.kind == "name" and any(self._named(fact, place) for place in self.around):
                covered.add(fact.first)
        exact = {i for fact in claim.facts if fact.kind != "name" for i in range(fact.first, fact.last + 1)}
        words = [i for i in wanted if i not in exact]
        if len(words) <= FEW_WORDS:
            covered.update(*covers)
        return [self.source[n] for n in chosen], sum(i in covered for i in words), len(words)

    def forms_of(self, token: Token) -> frozenset[str]:
        """The stems of the source that can stand for the token's."""
        if token.base not in self.cache:
            near = self.known.get(token.stem[:4], frozenset())
            found = {other for other in near if _alike(token.stem, other)}
            others = equivalents().get(token.stem, frozenset()) | PEOPLES.get(token.stem, frozenset())
            others |= {stem(word) for word in self.short_forms.get(token.base, ())}
            found |= {other for other in others if other in self.known.get(other[:4], ())}
            self.cache[token.base] = frozenset(found)
        return self.cache[token.base]

    # What is exact

    def unfounded(self, fact: Fact, claim: Statement) -> str | None:
        """Why the fact is not in the source, or None where it is."""
        places = (*self.source, *self.around)
        if fact.kind == "name":
            found = any(self._named(fact, place) for place in places)
        else:
            found = any(_same_amount(fact, other) for place in places for other in place.facts)
            found = found or _pieced_together(fact, places) or _rounded(fact, claim, places)
        return None if found else f"the {fact.kind} {fact.text} is not in what it cites"

    def _named(self, fact: Fact, place: Statement) -> bool:
        return any(self._same_name(fact.name, token.base) for token in place.tokens if token.kind == "word")

    def _same_name(self, name: str, word: str) -> bool:
        return name == word or word in self.short_forms.get(name, ()) or _related(name, word)

    # What stands beside what

    def misplaced(self, claim: Statement, bearing: Sequence[Statement]) -> list[str]:
        """The claim's facts that the evidence has, but beside other matter: numbers and names of something else."""
        reasons = []
        for fact, mine in zip(claim.facts, claim.beside, strict=True):
            at_home = fact.kind == "name" and any(self._named(fact, statement) for statement in bearing[:1])
            same = max(
                (near for statement in self.source for near in self._nearness_of(fact, mine, statement)), default=0.0
            )
            rivals = [
                (_nearness(mine, theirs), candidate)
                for statement in (bearing[:1] if at_home else self.source)
                for candidate, theirs in zip(statement.facts, statement.beside, strict=True)
                if (candidate.kind == "name") == (fact.kind == "name")
                and not self._claimed(candidate, claim)
                and not self._joined(fact, candidate, statement)
                and not (fact.kind == "name" and self._apposed(candidate, statement, claim))
            ]
            other, rival = max(rivals, key=lambda found: found[0], default=(0.0, None))
            least = NEARER_AT_HOME if at_home else NEARER_BY
            if rival is not None and other > MUCH_NEARER * same + least:
                reasons.append(f"what it cites says {rival.text} where it says {fact.text}")
            elif fact.kind != "name" and (stated := self._stated_instead(fact, claim, bearing[:1])):
                reasons.append(f"what it cites says {stated.text} where it says {fact.text}")
        return reasons

    def _joined(self, fact: Fact, candidate: Fact, statement: Statement) -> bool:
        """Whether the name stands so near the other in the evidence that the two belong together, as an office and its
        holder do: neither has then taken the other's place."""
        if fact.kind != "name":
            return False
        near = statement.tokens[max(0, candidate.first - _TOGETHER) : candidate.last + 1 + _TOGETHER]
        return any(token.kind == "word" and self._same_name(fact.name, token.base) for token in near)

    def _apposed(self, candidate: Fact, statement: Statement, claim: Statement) -> bool:
        """Whether the name says in brackets or between commas what another name of the claim is: "Saita,
        Ambassador"."""
        at = candidate.run[0]
        if at < 2 or statement.tokens[at - 1].text not in (",", "("):
            return False
        before = statement.tokens[at - 2]
        return before.text[:1].isupper() and any(
            self._same_name(token.base, before.base) for token in claim.tokens if token.kind == "word"
        )

    def _nearness_of(self, fact: Fact, mine: Beside, statement: Statement) -> list[float]:
        """How near to the claim's other words the fact stands at each of its places in the statement."""
        if fact.kind != "name":
            pairs = zip(statement.facts, statement.beside, strict=True)
            return [_nearness(mine, theirs) for other, theirs in pairs if _agree(fact, other)]
        found = [
            _nearness(mine, theirs)
            for other, theirs in zip(statement.facts, statement.beside, strict=True)
            if other.kind == "name" and self._same_name(fact.name, other.name)
        ]
        return found + [
            _nearness(mine, beside(statement.tokens, i, i))
            for i, token in enumerate(statement.tokens)
            if token.kind == "word" and self._same_name(fact.name, token.base)
        ]

    def _stated_instead(self, fact: Fact, claim: Statement, bearing: Sequence[Statement]) -> Fact | None:
        """The number or date of the same sort that the one sentence which says nearly all of the claim has instead: a
        year can stand anywhere in its sentence, so that its neighbours tell nothing."""
        words = [token for token in claim.tokens if token.content and token.kind == "word"]
        for statement in bearing:
            if any(_agree(fact, other) for other in statement.facts):
                continue
            had = sum(not self.forms_of(token).isdisjoint(statement.places) for token in words)
            if len(words) < 3 or had < NEARLY_ALL * len(words):
                continue
            for other in statement.facts:
                if _same_sort(fact, other) and not self._claimed(other, claim):
                    return other
        return None

    def _claimed(self, candidate: Fact, claim: Statement) -> bool:
        """Whether the claim states the evidence's fact too, so that it cannot have taken another's place."""
        if candidate.kind == "name":
            return any(self._same_name(token.base, candidate.name) for token in claim.tokens if token.kind == "word")
        return any(_agree(fact, candidate) for fact in claim.facts if fact.kind != "name")

    def exchanged(self, claim: Statement, bearing: Sequence[Statement]) -> list[str]:
        """Who did it and to whom, otherwise: "A beat B" where the evidence says "B beat A" or "C beat B"."""
        theirs = [(deed, statement) for statement in bearing for deed in _deeds(statement)]
        for doer, verb, done_to in _deeds(claim):
            found = [(deed, place) for deed, place in theirs if _alike(verb.stem, deed[1].stem)]
            found = [(deed, place) for deed, place in found if not self._shared(deed[0], deed[2])]
            if self._shared(doer, done_to):
                continue
            straight = [self._shared(doer, deed[0]) for deed, _ in found]
            object_straight = [self._shared(done_to, deed[2]) for deed, _ in found]
            turned = [self._shared(doer, deed[2]) and self._shared(done_to, deed[0]) for deed, _ in found]
            if any(a and b for a, b in zip(straight, object_straight, strict=True)):
                continue
            if any(turned):
                return [f"{' '.join(doer)} and {' '.join(done_to)} are the other way round in what it cites"]
            for (deed, place), same_doer, same_object in zip(found, straight, object_straight, strict=True):
                claimed, stated = (doer, deed[0]) if same_object else (done_to, deed[2])
                words = [token.base for token in place.tokens]
                said = [token.base for token in claim.tokens]
                if (same_doer or same_object) and not self._shared(claimed, words) and not self._shared(stated, said):
                    return [f"what it cites says {' '.join(stated)} where it says {' '.join(claimed)}"]
        return []

    def _shared(self, one: Sequence[str], other: Sequence[str]) -> bool:
        return any(self._same_name(a, b) for a in one for b in other)

    # Who denies what

    def contradicted(self, claim: Statement, bearing: Sequence[Statement]) -> list[str]:
        """A word that only one of the two denies, or whose opposite stands in its place in the evidence."""
        both_deny = {claim.tokens[i].stem for i in claim.negated} & {
            statement.tokens[i].stem for statement in bearing for i in statement.negated
        }
        for i, token in enumerate(claim.tokens):
            if token.kind != "word":
                continue
            mine = beside(claim.tokens, i, i)
            denied = i in claim.negated
            same = {True: 0.0, False: 0.0}
            if token.content:
                for near, theirs in self._nearest(mine, bearing, {token.stem}):
                    same[theirs] = max(same[theirs], near + 0.01)
                # "receives no money" and "does not receive money" deny the same thing by different words
                beside_it = {claim.tokens[j].stem for j in claim.negated if abs(j - i) <= _SAME_DENIAL}
                if same[not denied] > same[denied] and same[not denied] > 0.01 and not beside_it & both_deny:
                    return [f"one of the two denies “{token.text}”"]
            if token.stem in opposites() and not denied:
                here = max((n for n, _ in self._nearest(mine, bearing, {token.stem})), default=0.0)
                there = [n for n, theirs in self._nearest(mine, bearing, opposites()[token.stem]) if not theirs]
                if max(there, default=0.0) > 1.2 * here + 0.3:
                    return [f"what it cites says the opposite of “{token.text}”"]
        return []

    def _nearest(self, mine: Beside, bearing: Sequence[Statement], stems: Collection[str]) -> list[tuple[float, bool]]:
        """(nearness, whether it is denied there) of each place where one of the stems stands."""
        return [
            (_nearness(mine, beside(statement.tokens, i, i)), i in statement.negated)
            for statement in bearing
            for word in stems
            for i in statement.places.get(word, ())
        ]


def _nearness(mine: Beside, theirs: Beside) -> float:
    """How much two places share of what stands beside them: the smaller weight of each shared word, less for a word on
    the other side, as when a clause was moved."""
    total = 0.0
    for (word, after), weight in mine.items():
        here, there = theirs.get((word, after), 0.0), theirs.get((word, not after), 0.0)
        total += max(min(weight, here), 0.6 * min(weight, there))
    return total


_TOGETHER = 9
"""Tokens between two names that belong together."""
_SAME_DENIAL = 3
"""Tokens between a word and another that both texts deny."""
_DEED_REACH = 4
"""Tokens between a deed and who did it, or to whom."""


def _deeds(statement: Statement) -> list[tuple[tuple[str, ...], Token, tuple[str, ...]]]:
    """(who, did, to whom) for each content word that stands between two names nearby; "by" turns the two round."""
    names = {
        i: tuple(token.base for token in statement.tokens[fact.run[0] : fact.run[1] + 1])
        for fact in statement.facts
        if fact.kind == "name"
        for i in (fact.first,)
    }
    tokens = statement.tokens
    found = []
    for i, token in enumerate(tokens):
        if not token.content or token.kind != "word" or i in names:
            continue
        since = _before_aside(tokens, i)
        left = next((j for j in range(since, max(-1, since - _DEED_REACH), -1) if j in names), None)
        right = next((j for j in range(i + 1, min(len(tokens), i + 1 + _DEED_REACH)) if j in names), None)
        if left is None or right is None:
            continue
        if any(mark.text in ",;:.()" for mark in (*tokens[left : since + 1], *tokens[i:right])):
            continue
        passive = any(word.base == "by" for word in tokens[i + 1 : right])
        who, whom = (right, left) if passive else (left, right)
        found.append((names[who], token, names[whom]))
    return found


def _before_aside(tokens: Sequence[Token], verb: int) -> int:
    """The last token before the verb, or before what stands between commas in front of it: "Voss, who leads it,
    won"."""
    if verb < 2 or tokens[verb - 1].text != ",":
        return verb - 1
    opening = next((j for j in range(verb - 2, max(-1, verb - 14), -1) if tokens[j].text == ","), None)
    return verb - 1 if opening is None else opening - 1


def _same_sort(fact: Fact, other: Fact) -> bool:
    """Whether two numbers or dates could take each other's place: both dates or years, ordinals, or of one
    dimension."""

    def sort(one: Fact) -> tuple[str, str]:
        if one.kind == "date" or (
            one.kind == "number" and not one.unit and 1000 <= one.value <= 2100 and one.value % 1 == 0
        ):
            return "date", ""
        return one.kind, one.dimension

    return other.kind != "name" and sort(fact) == sort(other)


def _by_beginning(source: Sequence[Statement]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for statement in source:
        for word in statement.places:
            found.setdefault(word[:4], set()).add(word)
    return {beginning: frozenset(words) for beginning, words in found.items()}


@lru_cache(maxsize=200_000)
def _alike(one: str, other: str) -> bool:
    """True for forms of one word (cooperat, cooper), a country and its people, and listed near-synonyms."""
    if one == other or other in PEOPLES.get(one, ()) or other in equivalents().get(one, ()):
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= 4 and longer.startswith(shorter) and len(longer) - len(shorter) <= 4:
        return True
    shared = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    return shared >= 5 and shared >= 0.7 * len(longer)


_NAME_ENDINGS = frozenset(
    ["s", "es", "n", "an", "ian", "ean", "ese", "i", "ish", "ic", "er", "ers", "ns", "ans", "ians", "al"]
)


@lru_cache(maxsize=200_000)
def _related(name: str, word: str) -> bool:
    """True for a country and its people (Japan, Japanese), and a name with an ending that makes no other name of it."""
    shorter, longer = sorted((name, word), key=len)
    if len(shorter) < 3:
        return False
    return word in PEOPLES.get(name, ()) or (longer.startswith(shorter) and longer[len(shorter) :] in _NAME_ENDINGS)


def _same_amount(fact: Fact, other: Fact) -> bool:
    """Whether the evidence's number, ordinal or date states the claim's. A unit must be the same or convert exactly
    enough; a percentage is no plain number; a year may be part of a date."""
    if other.kind == "name":
        return False
    if fact.date is not None:
        return other.date is not None and _covers(other.date, fact.date)
    if other.date is not None:
        year = fact.kind == "number" and not fact.dimension and fact.value == other.date.year
        return year or (fact.kind == "ordinal" and fact.value == other.date.day)
    if fact.kind != other.kind or fact.decade != other.decade:
        return False
    if fact.dimension and other.dimension:
        tolerance = 1e-9 if fact.unit == other.unit else 0.02
        return fact.dimension == other.dimension and abs(fact.value - other.value) <= tolerance * abs(other.value)
    if fact.dimension or other.dimension == "%":
        return False
    return fact.value == other.value or fact.plain == other.plain


def _agree(fact: Fact, other: Fact) -> bool:
    """Whether two facts can be the same one, told more or less fully: 12 November and 12 November 2024, 2024 and
    either."""
    if fact.date is not None and other.date is not None:
        return fact.date.matches(other.date)
    return _same_amount(fact, other) or _same_amount(other, fact)


def _covers(stated: FoundDate, claimed: FoundDate) -> bool:
    """Whether all that the claim says of the date is stated: November 2024 is, by 11 November 2024; not the reverse."""
    if claimed.year is not None and claimed.year != stated.year:
        return False
    if claimed.month is not None and claimed.month != stated.month:
        return False
    if claimed.day is None:
        return True
    return claimed.day in (stated.day, stated.last) and (claimed.last is None or claimed.last == stated.last)


def _pieced_together(fact: Fact, places: Sequence[Statement]) -> bool:
    """A year that stands apart from its day: "the 2024 meeting, on 11 November"."""
    claimed = fact.date
    if claimed is None or claimed.year is None:
        return False
    facts = [other for place in places for other in place.facts]
    years = {other.value for other in facts if other.kind == "number"} | {
        o.date.year for o in facts if o.date is not None
    }
    parts = [other.date for other in facts if other.date is not None and other.date.year is None]
    days = any(d.month == claimed.month and (claimed.day is None or claimed.day in (d.day, d.last)) for d in parts)
    return claimed.year in years and days


_HEDGES = {
    "about": 0.05, "around": 0.05, "approximately": 0.05, "roughly": 0.1, "nearly": 0.05, "almost": 0.05, "over": 0.1,
    "than": 0.1, "some": 0.05, "circa": 0.05, "least": 0.1,
}  # fmt: skip


def _rounded(fact: Fact, claim: Statement, places: Sequence[Statement]) -> bool:
    """ "About 5.2 million" where the evidence says 5,187,000."""
    before = [token.base for token in claim.tokens[max(0, fact.first - 2) : fact.first]]
    tolerance = max((_HEDGES.get(word, 0.0) for word in before), default=0.0)
    return fact.kind == "number" and any(
        other.kind == "number"
        and other.dimension == fact.dimension
        and abs(other.value) >= 20
        and 0 < abs(other.value - fact.value) <= tolerance * abs(other.value)
        for place in places
        for other in place.facts
    )


_SMALL = frozenset(["of", "the", "and", "for", "in", "on", "to", "de", "la", "des", "du", "a", "an"])


@lru_cache(maxsize=256)
def _short_forms(text: str) -> Mapping[str, frozenset[str]]:
    """Folded abbreviation → the folded words that it abbreviates, and back, where the text has both: capitals in a row
    that are the first letters of capitalised words in a row."""
    shorts = set(re.findall(r"\b[A-Z]{2,7}\b", text))
    shorts |= {found.replace(".", "") for found in re.findall(r"\b(?:[A-Z]\.){2,}", text)}
    words = [word for word in re.findall(r"[^\W\d_]+", text) if word.lower() not in _SMALL]
    initials = "".join(word[0] if word[0].isupper() and len(word) > 1 and not word.isupper() else "." for word in words)
    pairs: dict[str, set[str]] = {}
    for short in shorts:
        at = initials.find(short)
        while at >= 0:
            for word in words[at : at + len(short)]:
                pairs.setdefault(short.lower(), set()).add(word.lower())
                pairs.setdefault(word.lower(), set()).add(short.lower())
            at = initials.find(short, at + 1)
    return {form: frozenset(others) for form, others in pairs.items()}
