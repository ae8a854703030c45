"""Who speaks in a transcript that says so by office alone: "THE PRESIDENT: My fellow Americans …". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.terms import terms
from qa.named import Frequency
from qa.types import Evidence

_TURN = re.compile(r"^(?:the |THE |The )?(?P<office>[A-Z][A-Za-z]+(?:[ -][A-Z][A-Za-z]+){0,3}):\s+\S", re.MULTILINE)
_FEWEST_TURNS = 2
"""Turns that a speaker has at least; a single one may be the label of anything else."""
_THEY, _THEIR = "they", "their"
"""Whom a question is about once the name is left out. Of "they", "he", "I", "the speaker" and "the president" it finds
most in a speech that 68 questions are asked of."""
_NAME = r"\s+(?P<name>[A-Z][\w-]+(?:\s+[A-Z][\w-]+){0,2})"


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A question without a name that no document has, `paths` of the documents in which somebody of that office speaks,
    and a `notice` that says that they do not give the name."""

    text: str
    paths: frozenset[str]
    notice: str


def unnamed(text: str, evidence: Sequence[Evidence], frequency: Frequency) -> Unnamed | None:
    """ "What does Mayor Brook promise?" as "What does they promise?" of the documents where "THE MAYOR:" speaks,
    when no document mentions any Brook; None for any other question.

    That it is she who speaks the documents do not say, and so the notice does not either.
    """
    for office, paths in _speakers(evidence).items():
        called = re.compile(rf"\b(?:the\s+)?(?i:{re.escape(office)}){_NAME}")
        match = called.search(text)
        if not match or any(frequency(term) for term in terms(match["name"].split()[-1])):
            continue
        name = re.compile(rf"(?:{re.escape(match[0])}|\b{re.escape(match['name'].split()[-1])}\b)(?P<of>['’]s)?")
        notice = (
            f"The documents do not mention {match['name']}; the {office.title()} who speaks here is not named in them."
        )
        return Unnamed(name.sub(lambda found: _THEIR if found["of"] else _THEY, text), frozenset(paths), notice)
    return None


def _speakers(evidence: Sequence[Evidence]) -> dict[str, set[str]]:
    """The paths of the documents in which somebody speaks who is called by an office alone, by that office."""
    turns: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for item in evidence:
        passage = item.passage
        for match in _TURN.finditer(passage.text):
            turns.setdefault((match["office"].lower(), passage.document), set()).add(
                (passage.document, passage.start + match.start())
            )
    found: dict[str, set[str]] = {}
    for (office, path), places in turns.items():
        if len(places) >= _FEWEST_TURNS:
            found.setdefault(office, set()).add(path)
    return found
