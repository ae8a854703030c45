"""Questions to begin with, made from the documents themselves and kept only where they are answered well."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from web.answering import Assistant

_SHOWN = 4
_TRIED = 12
_DOCUMENTS = 6
_READ = 40_000
"""Characters of a document that are looked through."""
_EXPANSION = re.compile(
    r"\b((?:[A-Z][\w’'-]+[ -](?:(?:of|the|for|and|in|on|to) )?){1,6}[A-Z]?[\w’'-]*?) ?\(([A-Z][A-Z&]{1,7})s?\)"
)
_ROLE = re.compile(r"\b(?:co-)?(chaired|hosted|led|founded|written|organi[sz]ed|signed|published) by\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\b(?:the |its |their )?(\d{1,3}(?:st|nd|rd|th) (?:[A-Z][\w-]+ ?){1,3})")
_WHEN = re.compile(
    r"\b(The [A-Z][\w’' -]{5,60}?),? (?:was |were )?(held|opened|signed|founded|published|built) (?:on|in)\b"
)


def examples(assistant: Assistant) -> Iterator[str]:
    """A few questions that the assistant answers, of different kinds and documents; one by one, as found."""
    corpus = assistant.corpus()
    waiting = [
        (record.path, list(_candidates(corpus.document(record.path).text[:_READ])))
        for record in corpus.manifest.readable[:_DOCUMENTS]
    ]
    kinds: set[str] = set()
    found = tried = 0
    while any(candidates for _, candidates in waiting) and tried < _TRIED and found < _SHOWN:
        for path, candidates in waiting:
            question = next(
                (said for said in candidates if _kind(said) not in kinds), candidates[0] if candidates else None
            )
            if question is None or tried >= _TRIED or found >= _SHOWN:
                continue
            candidates.remove(question)
            tried += 1
            answer = assistant.ask(question)
            if answer.status == "answered" and any(cited.document == path for cited in answer.citations):
                kinds.add(_kind(question))
                found += 1
                yield question


def _kind(question: str) -> str:
    return question.split(" ", 1)[0]


def _candidates(text: str) -> Iterator[str]:
    seen: set[str] = set()
    for question in (*_by_role(text), *_by_time(text), *_by_expansion(text)):
        if question.casefold() not in seen and len(question) <= 90:
            seen.add(question.casefold())
            yield question


def _by_role(text: str) -> Iterator[str]:
    """`… 6th Cyber Dialogue … chaired by …` → `Who chaired the 6th Cyber Dialogue?`"""
    named = _ORDINAL.search(text)
    for match in _ROLE.finditer(text):
        if named:
            yield f"Who {match[0].split()[0].lower()} the {' '.join(named[1].split())}?"


def _by_time(text: str) -> Iterator[str]:
    if named := _ORDINAL.search(text):
        yield f"When and where was the {' '.join(named[1].split())} held?"
    for match in _WHEN.finditer(text):
        subject = " ".join(match[1].split())
        yield f"When was {subject[0].lower()}{subject[1:]} {match[2]}?"


def _by_expansion(text: str) -> Iterator[str]:
    """`European External Action Service (EEAS)` → `What does EEAS stand for?`"""
    for match in _EXPANSION.finditer(text):
        initials = "".join(word[0] for word in re.split(r"[ -]", match[1]) if word and word[0].isupper())
        if initials[-len(match[2]) :] == match[2] and len(match[2]) > 2:
            yield f"What does {match[2]} stand for?"


class Examples:
    """The examples for the generation in use, looked for in the background."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._generation: str | None = None
        self._found: tuple[str, ...] = ()
        self._complete = False

    def get(self) -> tuple[tuple[str, ...], bool]:
        """Those found so far, and whether that is all."""
        generation = str(self._assistant.corpus().generation)
        with self._lock:
            if generation == self._generation:
                return self._found, self._complete
            self._generation, self._found, self._complete = generation, (), False
        threading.Thread(target=self._look, args=(generation,), name="examples", daemon=True).start()
        return (), False

    def _look(self, generation: str) -> None:
        try:
            for question in examples(self._assistant):
                with self._lock:
                    if self._generation != generation:
                        return
                    self._found = (*self._found, question)
        except Exception:
            # Nobody asked for these; a page without them is no worse than that.
            pass
        finally:
            with self._lock:
                self._complete = self._complete or self._generation == generation
