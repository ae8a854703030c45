"""Rows and cells of tables: which row a question means, under which head it stands, which cell answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from index.terms import STOPWORDS, content_terms
from index.types import Kind, Passage, Segment
from qa.compose import Choice
from qa.facts import equivalents, with_equivalents
from qa.mistimed import YEAR
from qa.question import Question
from qa.rank import Candidate

COLUMNS = 3
"""Columns from which on a row does not speak for itself."""


_UNIT = re.compile(r"\([^()|]*\)")
"""What a cell adds in brackets: a row is named "Revenue" by "Revenue (million euros)"."""


def under_its_head(question: Question, choice: Choice) -> list[Choice]:
    """A table's row behind its table's first row, which says what the columns are, where there are several to tell
    apart; what answers in it is the cell of the column that the question names, where it names one."""
    head = _head_of(choice.passage, choice.start)
    if head is None:
        return [choice]
    if column := _column(question, choice.passage.quote(head), choice.text):
        start, end, _ = cells(choice.text)[column]
        choice = replace(choice, spans=((choice.start + start, choice.start + end),))
    return [Choice(choice.passage, head.start, head.end), choice]


def _head_of(passage: Passage, row: int) -> Segment | None:
    """The first row of the table that has a further row at the place `row`, where it has columns to tell apart."""
    rows: list[Segment] = []
    for part in passage.segments:
        if part.kind is not Kind.ROW:
            rows = []
        elif part.start < row:
            rows.append(part)
        else:
            return rows[0] if rows and len(cells(passage.quote(rows[0]))) >= COLUMNS else None
    return None


def _column(question: Question, head: str, row: str) -> int:
    """The place of the one column, the first apart, whose head has most words of the question, without those whose cell
    the question says, as it names the row by them; 0 for none."""
    asked = with_equivalents(question.terms)
    heads, said = _said(head), _said(row)
    if len(heads) != len(said):
        return 0
    columns = [at for at in range(1, len(heads)) if heads[at] & asked and not _says(asked, said[at])]
    columns = [at for at in columns if not _of_another_year(question, heads[at])]
    most = max(columns, key=lambda at: len(heads[at] & asked), default=0)
    return most if [heads[at] & asked for at in columns].count(heads[most] & asked) == 1 else 0


def _of_another_year(question: Question, head: Collection[str]) -> bool:
    """Whether a column's head has a year, and not the one that a question names."""
    asked, told = (set(YEAR.findall(" ".join(terms))) for terms in (question.terms, head))
    return bool(asked) and bool(told) and asked.isdisjoint(told)


def _says(asked: Collection[str], cell: set[str]) -> bool:
    return bool(cell) and cell.issubset(asked)


def asks_for_a_cell(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a question asks for a cell: it names a column by its head, and the row by what another cell says."""
    if best.segment.kind is not Kind.ROW or (head := _head_of(passage, best.segment.start)) is None:
        return False
    asked = set(question.terms)
    named = any(_says(asked, cell) for cell in (*_said(best.text), *_said(_UNIT.sub("", best.text))[:1]))
    return named and _column(question, passage.quote(head), best.text) > 0


def says_all_else(question: Question, passage: Passage) -> bool:
    """Whether what a question for a cell says besides row and column stands in its table or above it."""
    here = set(content_terms(f"{passage.title} {passage.section} {passage.text}"))
    rest = set(question.terms) - question.asking - STOPWORDS
    return all(term in here or not equivalents().get(term, frozenset()).isdisjoint(here) for term in rest)


def asked_row_first(question: Question, ranked: list[Candidate]) -> list[Candidate]:
    """Where a row of a table is best, of its passage's rows only those that the question names by their first cell, or
    that say most of the question. Rows are so alike that a reader confuses them."""
    if not ranked or ranked[0].segment.kind is not Kind.ROW:
        return ranked
    best, asked = ranked[0], set(question.terms)

    def names(row: Candidate) -> tuple[bool, float]:
        return any(_says(asked, cell) for cell in _said(_UNIT.sub("", row.text))[:1]), row.features["covers"]

    rows = [c for c in ranked if c.segment.kind is Kind.ROW and c.evidence == best.evidence]
    most = max(map(names, rows))
    meant = [row for row in rows if names(row) == most]
    return [*meant, *(c for c in ranked if c not in rows)]


def of_another_row(question: Question, best: Candidate, passage: Passage) -> bool:
    """Whether a row has what is asked for in a column of another year alone, or is one of several that are told apart
    by words that the question has not, and it has one that stands neither in the table nor above it: the limit for
    lunch, and that for dinner, are none for breakfast."""
    if best.segment.kind is not Kind.ROW or question.several:
        return False
    asked = with_equivalents(question.terms)
    if head := _head_of(passage, best.segment.start):
        named = [
            cell for cell in _said(passage.quote(head))[1:] if any(not YEAR.fullmatch(term) for term in cell & asked)
        ]
        if named and all(_of_another_year(question, cell) for cell in named):
            return True
    first = [cell[0] for part in passage.segments if part.kind is Kind.ROW and (cell := _said(passage.quote(part)))]
    own = (_said(best.text) or [set()])[0]
    shared, apart = own & asked, own - asked
    siblings = [cell for cell in first if cell != own and shared <= cell and cell - asked]
    if not shared or not apart or not siblings:
        return False
    return not says_all_else(question, passage)


def _said(row: str) -> list[set[str]]:
    """The content terms of each cell of a row."""
    return [set(content_terms(text)) for _, _, text in cells(row)]


def cells(row: str) -> list[tuple[int, int, str]]:
    """(start, end, text) of the cells of a row between bars."""
    found = re.finditer(r"(?<=\|)\s*(?P<cell>[^|]*?)\s*(?=\|)", row)
    return [(match.start("cell"), match.end("cell"), match["cell"]) for match in found]
