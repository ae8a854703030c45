"""How often `qa.verify.supports` is right: true sentences said otherwise, and the same ones made false.

    python -m benchmarks.verify_pairs --data FOLDER [--half held-out] [--show 20]

FOLDER holds SQuAD-format files (`*.json`, `*.json.gz`, at any depth); nothing of it is part of this project. Each
article's sentences are said otherwise by rule, one to three rules a sentence, and judged against the passage they come
from: a faithful claim that is not supported is a false alarm. Each is then made false in one way (`CORRUPTIONS`) and
judged again: a false claim that is supported is a miss. Articles are split in two by their place in the alphabet;
thresholds were chosen on one half, the other is the measure. Rules draw from a generator seeded by the article, so
that every run makes the same pairs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.intervals import wilson
from index.segment import sentences
from qa.verify import supports


@dataclass(frozen=True, slots=True)
class Article:
    """A title and its passages."""

    title: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, the passage it cites and what the document is called; `kind` is "faithful" or how it was made false."""

    claim: str
    passage: str
    title: str
    kind: str
    rules: tuple[str, ...]


def articles(folder: Path, per_file: int) -> Iterator[Article]:
    """The articles of all SQuAD-format files below the folder, at most `per_file` evenly spread ones of each."""
    for path in sorted([*folder.rglob("*.json"), *folder.rglob("*.json.gz")]):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        try:
            data = json.loads(raw)["data"]
        except (ValueError, KeyError, TypeError):
            continue
        step = max(1, len(data) // per_file)
        for number, article in enumerate(data[::step][:per_file]):
            passages = tuple(part["context"] for part in article["paragraphs"][:5])
            yield Article(article.get("title") or f"{path.name} {number}", passages)


# Said otherwise. Each rule returns the sentence changed, or None where it does not apply; none changes what is stated.

_SWAPS = {
    "because": "since", "although": "even though", "however": "nevertheless", "while": "whereas", "such as": "like",
    "in order to": "to", "due to": "because of", "as well as": "and", "began": "started", "several": "a number of",
    "many": "numerous", "also": "in addition", "often": "frequently", "large": "big", "whole": "entire",
    "used": "employed",
    "showed": "demonstrated", "created": "made", "important": "significant", "primarily": "mainly", "until": "up to",
    "during": "in the course of", "throughout": "all through", "about": "approximately", "received": "got",
    "built": "constructed",
    "famous": "well-known", "therefore": "thus", "various": "different", "helped": "assisted", "purchase": "acquire",
    "children": "kids", "majority": "greater part", "sometimes": "at times", "main": "principal", "required": "needed",
    "usually": "generally", "died": "passed away", "became": "came to be", "ended": "finished", "among": "amongst",
    "upon": "on", "within": "inside", "movie": "film", "area": "region", "allowed": "permitted", "located": "situated",
    "believed": "thought", "completely": "fully", "obtained": "acquired", "led to": "resulted in",
}  # fmt: skip


def _synonyms(text: str, rng: random.Random) -> str | None:
    present = [word for word in _SWAPS if re.search(rf"\b{word}\b", text)]
    rng.shuffle(present)
    for word in present[:2]:
        text = re.sub(rf"\b{word}\b", _SWAPS[word], text, count=1)
    return text if present else None


def _to_end(text: str, rng: random.Random) -> str | None:
    """In 1520, X did Y. → X did Y in 1520."""
    match = re.match(r"((?:In|On|At|During|After|Before|By|From|Since|Under|For)\b[^,;:()]{3,50}), ([^;:]+)\.$", text)
    if not match or match[2].count(",") > 1:
        return None
    head, rest = _lower_first(match[1]), match[2]
    return f"{rest[0].upper()}{rest[1:]} {head}."


def _to_front(text: str, rng: random.Random) -> str | None:
    """X did Y in 1520. → In 1520, X did Y."""
    match = re.match(
        r"((?:The|A|It|He|She|They|This|[A-Z]\w+) [^;:,]{15,}) ((?:in|on|by|during|since) [^,;:()]{3,30})\.$", text
    )
    if not match or not re.match(r"\w+ (?:the )?(?:\d|[A-Z])", match[2]):
        return None
    return f"{match[2][0].upper()}{match[2][1:]}, {_lower_first(match[1])}."


COMMON: set[str] = set()
"""Words that the articles somewhere write small, or never with a capital inside a sentence: what is not a name."""


def learn_common(chosen: Sequence[Article]) -> None:
    """Fills `COMMON` from the articles."""
    texts = [text for article in chosen for text in article.passages]
    COMMON.update(word for text in texts for word in re.findall(r"\b[a-z]+\b", text))
    inside = {word for text in texts for word in re.findall(r"(?<=[a-z] )[A-Z][a-z]+\b", text)}
    COMMON.update(word.lower() for text in texts for word in re.findall(r"\b[A-Z][a-z]+\b", text) if word not in inside)


def _lower_first(text: str) -> str:
    """The sentence without its capital, unless it begins with a name."""
    words = re.findall(r"[\w'’]+", text)[:2]
    name = words[0].lower() not in COMMON or (len(words) > 1 and words[1][:1].isupper() and words[0] not in _ARTICLES)
    return text if name or words[0] == "I" else text[0].lower() + text[1:]


_ARTICLES = {
    "The",
    "A",
    "An",
    "This",
    "These",
    "Those",
    "In",
    "On",
    "At",
    "By",
    "After",
    "Before",
    "During",
    "Since",
    "When",
    "As",
    "For",
}


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = "|".join(_MONTHS)


def _dates(text: str, rng: random.Random) -> str | None:
    changed = re.sub(
        rf"\b(\d{{1,2}}) ({_MONTH})(?: (\d{{4}}))?\b", lambda m: f"{m[2]} {m[1]}" + (f", {m[3]}" if m[3] else ""), text
    )
    if changed == text:

        def write(m: re.Match[str]) -> str:
            if m[3] and rng.random() < 0.5:
                return f"{m[3]}-{_MONTHS.index(m[1]) + 1:02d}-{int(m[2]):02d}"
            return f"{m[2]} {m[1]}" + (f" {m[3]}" if m[3] else "")

        changed = re.sub(rf"\b({_MONTH}) (\d{{1,2}})(?:, (\d{{4}}))?\b(?!,\d)", write, text)
    return changed if changed != text else None


_WORDS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
]
_PLACES = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]


def _numbers(text: str, rng: random.Random) -> str | None:
    def spell(m: re.Match[str]) -> str:
        return _WORDS[int(m[0]) - 2]

    def place(m: re.Match[str]) -> str:
        number = _PLACES.index(m[1]) + 1
        return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') } {m[2]}"

    changed = re.sub(r"\b(" + "|".join(_WORDS) + r")\b(?=[ ,.])", lambda m: str(_WORDS.index(m[1]) + 2), text)
    changed = re.sub(
        rf"\b({'|'.join(_PLACES[1:])}) (century|time|season|year|edition|game|world|king|president)\b", place, changed
    )
    if changed == text:
        changed = re.sub(r"(?<= )(?:[2-9]|1[0-5])(?= [a-z]{4,}s\b)", spell, text)
        changed = re.sub(r"(\d)%", r"\1 percent", changed)
        changed = re.sub(r"(\d) percent\b", r"\1%", changed) if changed == text else changed
        changed = re.sub(r"\b(\d{1,3}),000,000\b", r"\1 million", changed)
        changed = re.sub(r"(?<![.\d])(\d{1,3}) million\b", r"\1,000,000", changed) if changed == text else changed
        changed = re.sub(r"(?<![\d,.])(\d{1,3}),(\d{3})(?![,\d])", r"\1\2", changed)
    return changed if changed != text else None


def _active(text: str, rng: random.Random) -> str | None:
    """X was founded by Y. → Y founded X."""
    match = re.match(
        r"((?:The|A|An|[A-Z])[^,;:()]{3,60}?) (?:was|were) (\w{3,}ed) by "
        r"((?:the )?[A-Z][\w.' -]{2,40}?)( in [^,;:]{3,30})?\.$",
        text,
    )
    if not match or re.search(r"\b(?:and|which|that|who|as|is|was|were|has|had|have)\b", match[1] + match[3]):
        return None
    subject = _lower_first(match[1])
    agent = match[3][0].upper() + match[3][1:]
    return f"{agent} {match[2]} {subject}{match[4] or ''}."


def _shorten(text: str, rng: random.Random) -> str | None:
    """Without brackets, an aside between commas, or what follows a comma and a relative or subordinate word."""
    changed = re.sub(r" \([^()]*\)", "", text)
    if changed == text:
        changed = re.sub(
            r", (?:which|who|whose|where|although|though|while|whereas|including|such as|because)\b[^;]*\.$", ".", text
        )
    if changed == text:
        changed = re.sub(
            r"(?<=\w), (?:which|who|a|an) [^,;]{5,60},(?= (?:was|is|were|are|had|has|did|would)\b)", "", text
        )
    return changed if changed != text and len(changed) > 30 else None


def _split(text: str, rng: random.Random) -> str | None:
    """Only the first half of two clauses that are joined."""
    match = re.match(r"(.{35,}?)(?:;|, (?:and|but)) ((?:the|he|she|it|they|there|this) .{10,})$", text)
    return match[1].rstrip(",") + "." if match and "not only" not in match[1] and "neither" not in match[1] else None


def _contract(text: str, rng: random.Random) -> str | None:
    changed = re.sub(r"\b(is|are|was|were|did|does|do|has|have|had|would|could|should) not\b", r"\1n't", text)
    changed = changed.replace("cannot", "can't").replace("will not", "won't") if changed == text else changed
    return changed if changed != text else None


def _expand(text: str, rng: random.Random) -> str | None:
    changed = re.sub(r"\b(is|are|was|were|did|does|do|has|have|had|would|could|should)n['’]t\b", r"\1 not", text)
    return changed if changed != text else None


def _frame(text: str, rng: random.Random) -> str | None:
    if rng.random() < 0.7:
        return None
    return rng.choice(["According to the text, ", "The source states that ", "As described, "]) + _lower_first(text)


def _plain(text: str, rng: random.Random) -> str | None:
    """Without an adverb or a fronted connective."""
    changed = re.sub(
        r"^(?:However|Moreover|Furthermore|Additionally|In addition|As a result|For example|Also|Thus|Therefore), ",
        "",
        text,
    )
    changed = changed[0].upper() + changed[1:]
    if changed == text:
        changed = re.sub(
            r" (?:especially|particularly|widely|commonly|typically|largely|highly|very|extremely|generally)(?= \w)",
            "",
            text,
            count=1,
        )
    return changed if changed != text else None


def _possessive(text: str, rng: random.Random) -> str | None:
    """the army of the king → the king's army"""
    changed = re.sub(
        r"\bthe (\w{4,}) of ((?:the )?[A-Za-z]\w{3,})(?=[.,]| (?:is|was|are|were|in|on|by|to)\b)",
        r"\2's \1",
        text,
        count=1,
    )
    return changed[0].upper() + changed[1:] if changed != text else None


PARAPHRASES: dict[str, Callable[[str, random.Random], str | None]] = {
    "synonyms": _synonyms, "to the end": _to_end, "to the front": _to_front, "dates": _dates, "numbers": _numbers,
    "active": _active, "shorten": _shorten, "split": _split, "contract": _contract, "expand": _expand, "frame": _frame,
    "plain": _plain, "possessive": _possessive,
}  # fmt: skip


# Made false. Each returns a sentence that states something else, or None where there is nothing to change.

_NAME = re.compile(r"(?<![\w-])[A-Z][a-z]{2,}(?:(?: of| the)? [A-Z][a-z]{2,})*(?![\w-])")


def _names_in(text: str) -> list[str]:
    """Runs of capitalised words that are never written small, but for months."""
    found = dict.fromkeys(_NAME.findall(text))
    return [name for name in found if not any(word.lower() in COMMON or word in _MONTHS for word in name.split())]


def _strangers(name: str, others: Sequence[str], passage: str) -> list[str]:
    """Names that share no word with this one and never stand beside it, so that they cannot be the same thing."""
    words = {word[:4].lower() for word in name.split()}
    apart = [o for o in others if not words & {word[:4].lower() for word in o.split()}]
    return [
        o
        for o in apart
        if not re.search(
            rf"{re.escape(name)}\W+(?:\w+\W+)?{re.escape(o)}|{re.escape(o)}\W+(?:\w+\W+)?{re.escape(name)}", passage
        )
    ]


def _name(claim: str, passage: str, elsewhere: str, rng: random.Random, donors: Sequence[str]) -> str | None:
    mine = _names_in(claim)
    if not mine:
        return None
    name = rng.choice(mine)
    others = [other for other in _strangers(name, donors, passage) if other not in claim]
    return re.sub(rf"\b{re.escape(name)}\b", rng.choice(others), claim) if others else None


def _name_near(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    return _name(claim, passage, elsewhere, rng, _names_in(passage))


def _name_far(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    inside = set(_names_in(passage))
    return _name(
        claim,
        passage,
        elsewhere,
        rng,
        [name for name in _names_in(elsewhere) if name not in inside and name not in passage],
    )


_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w-])|(?<![\w.,-])\d+(?:\.\d+)?(?![\w-]|[.,]\d)")


def _number(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    """Another number: a neighbour, two digits exchanged, ten times as much."""
    found = [m for m in _NUMBER.finditer(claim) if not re.match(rf" ?(?:{_MONTH})", claim[m.end() :])]
    if not found:
        return _number_word(claim, rng)
    match = rng.choice(found)
    digits = match[0]
    for _ in range(10):
        place = rng.randrange(len(digits))
        if digits[place].isdigit():
            new = (
                digits[:place]
                + str(rng.choice([d for d in range(1, 10) if str(d) != digits[place]]))
                + digits[place + 1 :]
            )
            if not re.search(rf"(?<!\d){re.escape(new)}(?!\d)", passage):
                return claim[: match.start()] + new + claim[match.end() :]
    return None


def _number_word(claim: str, rng: random.Random) -> str | None:
    found = list(re.finditer(r"\b(" + "|".join([*_WORDS, *_PLACES[1:]]) + r")\b", claim))
    if not found:
        return None
    match = rng.choice(found)
    table = _WORDS if match[0] in _WORDS else _PLACES[1:]
    return claim[: match.start()] + rng.choice([word for word in table if word != match[0]]) + claim[match.end() :]


def _number_near(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    """Another number of like length that the same passage states of something else."""
    mine = [m for m in _NUMBER.finditer(claim)]
    if not mine:
        return None
    match = rng.choice(mine)
    others = [n for n in dict.fromkeys(_NUMBER.findall(passage)) if n not in claim and len(n) == len(match[0])]
    return claim[: match.start()] + rng.choice(others) + claim[match.end() :] if others else None


def _date(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    found = list(
        re.finditer(rf"\b({_MONTH})\b(?= \d|,? \d{{4}})|(?<=\d )({_MONTH})\b|\b(?<=\d{{4}}-)(\d\d)(?=-\d\d)", claim)
    )
    if not found:
        return None
    match = rng.choice(found)
    if match[0].isdigit():
        other = f"{int(match[0]) % 12 + 1:02d}"
    else:
        other = rng.choice([month for month in _MONTHS if month != match[0] and month not in passage])
    return claim[: match.start()] + other + claim[match.end() :]


def _day(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    match = re.search(
        rf"\b(\d{{1,2}})(?= (?:{_MONTH})\b)|(?:" + "|".join(f"(?<={month} )" for month in _MONTHS) + r")(\d{1,2})\b",
        claim.replace("  ", " "),
    )
    if not match:
        return None
    other = rng.choice([day for day in range(1, 29) if day != int(match[0]) and not re.search(rf"\b{day}\b", passage)])
    return claim[: match.start()] + str(other) + claim[match.end() :]


_UNITS = {
    "million": "billion", "billion": "million", "thousand": "million", "percent": "dollars", "km": "miles",
    "miles": "kilometres",
    "metres": "feet", "meters": "feet", "feet": "metres", "yards": "miles", "days": "weeks", "weeks": "months",
    "months": "years",
    "years": "months", "hours": "minutes", "minutes": "hours", "kg": "pounds", "pounds": "euros",
    "dollars": "euros", "acres": "hectares",
    "tons": "kilograms", "tonnes": "kilograms", "century": "decade", "inches": "feet", "points": "yards",
    "kilometres": "metres", "kilometers": "meters",
}  # fmt: skip


def _unit(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    found = list(re.finditer(r"(?<=\d |[a-z] )(" + "|".join(_UNITS) + r")\b", claim))
    found = [m for m in found if re.search(r"(?:\d|" + "|".join(_WORDS) + r"|hundred|million) $", claim[: m.start()])]
    if found:
        match = rng.choice(found)
        return claim[: match.start()] + _UNITS[match[0]] + claim[match.end() :]
    for old, new in (("$", "€"), ("£", "$"), ("€", "£"), ("%", " kg")):
        if re.search(rf"{re.escape(old)}\d|\d{re.escape(old)}", claim):
            return claim.replace(old, new, 1)
    return None


_VERB = r"\b(is|are|was|were|will|would|can|could|should|has|have|had|must|may)\b(?! (?:not|never|n't)|n['’]t| only)"


def _deny(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    """Puts a negation in, or takes the one there is out."""
    for pattern, new in (
        (r"\b(is|are|was|were|did|does|do|has|have|had|would|could|should)(?: not\b|n['’]t\b)(?! only)", r"\1"),
        (r"\bnever ", "always "),
        (r"\bcan(?:not|'t)\b", "can"),
        (r"\bno longer ", "still "),
    ):
        if re.search(pattern, claim):
            return re.sub(pattern, new, claim, count=1)
    if re.search(r"\b(?:no|not|neither|nor|none|without|hardly)\b", claim):
        return None
    if match := re.search(_VERB, claim):
        return f"{claim[: match.end()]} {rng.choice(['not', 'not', 'never'])}{claim[match.end() :]}"
    return None


_ANTONYMS = {
    "increased": "decreased", "increase": "decrease", "decreased": "increased", "more than": "less than",
    "less than": "more than", "before": "after",
    "after": "before", "largest": "smallest", "highest": "lowest", "lowest": "highest", "first": "last",
    "won": "lost", "lost": "won",
    "north": "south", "south": "north", "eastern": "western", "western": "eastern", "northern": "southern",
    "southern": "northern",
    "early": "late", "late": "early", "begin": "end", "began": "ended", "most of": "none of", "high": "low",
    "strong": "weak", "accepted": "rejected",
    "public": "private", "private": "public", "positive": "negative", "major": "minor", "often": "rarely",
    "always": "never", "large": "small", "older": "younger",
}  # fmt: skip


def _opposite(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    present = [word for word in _ANTONYMS if re.search(rf"\b{word}\b", claim)]
    if not present:
        return None
    word = rng.choice(present)
    return re.sub(rf"\b{word}\b", _ANTONYMS[word], claim, count=1)


def _roles(claim: str, passage: str, elsewhere: str, rng: random.Random) -> str | None:
    """X defeated Y → Y defeated X, for verbs that are not the same both ways."""
    match = re.search(
        r"((?:The |the )?[A-Z]\w+(?: [A-Z]\w+)*) ([a-z]{3,}ed|won|beat|led|took|sent|gave|wrote|built|sold)"
        r"((?: over| against| by)?) ((?:the )?[A-Z]\w+(?: [A-Z]\w+)*)",
        claim,
    )
    if (
        not match
        or match[1].lower() == match[4].lower()
        or match[2] in ("married", "joined", "named", "called", "titled")
    ):
        return None
    one, other = match[4][0].upper() + match[4][1:] if match.start() == 0 else match[4], match[1]
    return f"{claim[: match.start()]}{one} {match[2]}{match[3]} {other}{claim[match.end() :]}"


CORRUPTIONS: dict[str, Callable[[str, str, str, random.Random], str | None]] = {
    "name from elsewhere": _name_far, "name of the passage": _name_near, "number": _number,
    "number of the passage": _number_near,
    "month": _date, "day": _day, "unit": _unit, "negation": _deny, "opposite": _opposite, "roles": _roles,
}  # fmt: skip
MOVED = ("moved in the article", "moved to another article")


def pairs(chosen: Sequence[Article]) -> Iterator[Pair]:
    """Every pair that the rules make of the articles."""
    for number, article in enumerate(chosen):
        rng = random.Random(article.title)
        foreign = chosen[(number + 1) % len(chosen)]
        for at, passage in enumerate(article.passages):
            others = [text for n, text in enumerate(article.passages) if n != at]
            elsewhere = " ".join([*others, *foreign.passages])
            spans = sentences(passage, 0, len(passage))
            for claim, rules in _claims([passage[a:b] for a, b in spans], rng):
                yield Pair(claim, passage, article.title, "faithful", rules)
                for kind, make in CORRUPTIONS.items():
                    false = make(claim, passage, elsewhere, rng)
                    if false and false != claim:
                        yield Pair(false, passage, article.title, kind, rules)
                if others:
                    yield Pair(claim, rng.choice(others), article.title, MOVED[0], rules)
                yield Pair(claim, rng.choice(foreign.passages), article.title, MOVED[1], rules)


def _claims(texts: Sequence[str], rng: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each sentence said otherwise, and some joined with the next."""
    for at, text in enumerate(texts):
        text = re.sub(r"\s*\[\d+\]", "", text).strip()
        if not (7 <= len(text.split()) <= 45) or text[-1] not in ".!?" or text.endswith("?"):
            continue
        used: list[str] = []
        if (
            rng.random() < 0.12
            and at + 1 < len(texts)
            and 5 <= len(texts[at + 1].split()) <= 25
            and len(text.split()) < 25
        ):
            text = f"{text[:-1]}, and {_lower_first(texts[at + 1])}"
            used.append("merge")
        rules = list(PARAPHRASES)
        rng.shuffle(rules)
        for rule in rules:
            if len(used) < 3 and (changed := PARAPHRASES[rule](text, rng)):
                text = changed
                used.append(rule)
        if used:
            yield text, tuple(used)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints, for each half, how many faithful claims were flagged and how many false ones caught, by kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with SQuAD-format files")
    parser.add_argument("--half", choices=["tuning", "held-out", "both"], default="both")
    parser.add_argument("--per-file", type=int, default=40, help="articles to take of each file (default 40)")
    parser.add_argument("--show", type=int, default=0, help="wrong judgements to print, of each kind")
    options = parser.parse_args(arguments)
    found = list(articles(options.data, options.per_file)) if options.data.is_dir() else []
    if not found:
        print(f"No SQuAD-format file in {options.data}: name the folder with --data.", file=sys.stderr)
        return 2
    found.sort(key=lambda article: article.title)
    learn_common(found)
    for half, start in (("tuning", 0), ("held-out", 1)):
        if options.half in (half, "both"):
            _report(half, list(pairs(found[start::2])), options.show)
    return 0


def _report(half: str, made: Sequence[Pair], show: int) -> None:
    wrong: dict[str, list[tuple[Pair, tuple[str, ...]]]] = {}
    totals: dict[str, int] = {}
    seconds = []
    for pair in made:
        start = time.thread_time()
        verdict = supports(pair.claim, [pair.passage], [pair.title.replace("_", " ")])
        seconds.append(time.thread_time() - start)
        totals[pair.kind] = totals.get(pair.kind, 0) + 1
        if verdict.supported != (pair.kind == "faithful"):
            wrong.setdefault(pair.kind, []).append((pair, verdict.reasons))
    flagged, faithful = len(wrong.get("faithful", [])), totals.get("faithful", 0)
    missed = sum(len(pairs) for kind, pairs in wrong.items() if kind != "faithful")
    false = sum(totals.values()) - faithful
    print(f"{half}: {faithful} faithful, {false} false; {statistics.median(seconds) * 1000:.2f} ms a claim (median)")
    low, high = wilson(flagged, faithful)
    print(f"  flagged though faithful     {flagged / max(faithful, 1):6.1%}  [{low:.1%}, {high:.1%}]")
    low, high = wilson(false - missed, false)
    rates = [1 - len(wrong.get(kind, [])) / total for kind, total in totals.items() if kind != "faithful"]
    print(f"  caught, mean of the kinds   {statistics.mean(rates):6.1%}")
    print(f"  caught of the false         {(false - missed) / max(false, 1):6.1%}  [{low:.1%}, {high:.1%}]")
    for kind in [*CORRUPTIONS, *MOVED]:
        total = totals.get(kind, 0)
        hits = total - len(wrong.get(kind, []))
        low, high = wilson(hits, total)
        print(f"    {kind:26}{hits / max(total, 1):6.1%}  [{low:.1%}, {high:.1%}]  of {total}")
    for kind, cases in wrong.items():
        for pair, reasons in cases[:: max(1, len(cases) // show)][:show] if show else []:
            print(f"\n[{kind}] {pair.claim}\n    rules {pair.rules}; reasons {reasons}\n    PASSAGE {pair.passage}")


if __name__ == "__main__":
    raise SystemExit(main())
