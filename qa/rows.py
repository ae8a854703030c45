"""Questions that the rows of a table answer together: which has the most or the least of something, and which have what
is named.

Rows are given below their table's head, and where they were compared the notice says so: all of them stand there to be
checked. Pure but for what it asks of the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.terms import STOPWORDS, content_terms, word_list
from index.types import Kind, Passage, Segment
from qa import tables
from qa.compose import Choice, compose
from qa.question import Question
from qa.sorts import Expected
from qa.sources import SURROUNDINGS, Draft, Sources

_PRICE = "price cost fee fare rate charge"
_BEGAN = "founded built established opened born since"
_TIME = "time duration latency runtime seconds minutes"
_MOST = frozenset("most highest largest greatest biggest maximum peak".split())
_LEAST = frozenset("least fewest lowest smallest minimum".split())
_COLUMNS = {
    word: (most, least)
    for words, most, least in (
        ("cheapest", "", _PRICE),
        ("dearest costliest priciest expensive", _PRICE, ""),
        ("fastest quickest", "speed throughput", _TIME),
        ("slowest", _TIME, "speed throughput"),
        ("longest", "length time duration distance", ""),
        ("shortest", "", "length time duration distance height"),
        ("heaviest", "weight mass", ""),
        ("lightest", "", "weight mass"),
        ("tallest", "height", ""),
        ("deepest", "depth", ""),
        ("hottest warmest", "temperature", ""),
        ("coldest coolest", "", "temperature"),
        ("oldest", "age", _BEGAN),
        ("youngest newest", _BEGAN, "age"),
        ("largest biggest", "size area population capacity", ""),
        ("smallest", "", "size area population capacity"),
    )
    for word in words.split()
}
"""What a word that compares looks at: heads of columns of which it wants the most, and of which the least."""
_WORD = re.compile(rf"\b(?:most\s+(?=expensive))?(?P<word>{'|'.join({*_MOST, *_LEAST, *_COLUMNS})})\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:which|what|who(?:se)?|when|where|how\s+m\w+)\b|^\W*(?:name|give|show|tell)\b", re.IGNORECASE)
_ASKS_FIGURE = re.compile(r"\W*(?:what\s+(?:is|was|are|were)|how\s+m\w+)\b", re.IGNORECASE)
_OF_OTHER_ROWS = "total totals sum average mean median overall all together target"
"""Words of a row that sums others up."""
_NUMBER = re.compile(r"[-+−]?\d{1,3}(?:[,   ]\d{3})+(?:\.\d+)?|[-+−]?\d+(?:\.\d+)?")
_DOCUMENTS = 3
"""Documents whose tables are looked at, the likeliest first."""
_PASSAGES = 500
"""Passages of each."""
_ROWS = 1_000
"""Rows of all their tables, a tenth of a second's work; of more none are compared."""
_PROPERTIES = 60
"""Rows of a table that has what is compared as its columns."""
_CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a table, each with the passage that holds it; the first is its head."""

    rows: tuple[tuple[Passage, Segment], ...]

    def cells(self, row: int) -> list[tuple[int, int, str]]:
        passage, part = self.rows[row]
        return tables.cells(passage.quote(part))

    def choice(self, row: int, marked: int | None = None) -> Choice:
        """A row as it is said, one cell of it marked."""
        passage, part = self.rows[row]
        spans = [(part.start + start, part.start + end) for start, end, _ in self.cells(row)]
        return Choice(passage, part.start, part.end, () if marked is None else (spans[marked],))


def extreme(question: Question, sources: Sources) -> Draft | None:
    """The row, or of a table of columns the column, that has the most or the least of what a question asks; None where
    no table holds just that, and for any other question."""
    asked = _WORD.search(question.text)
    if not asked or question.decides or not _ASKS.search(question.text):
        return None
    word = asked["word"].lower()
    drafts = (
        draft
        for table in _of_question(question, sources)
        for draft in (_extreme_row(question, word, table, sources), _extreme_column(question, word, table, sources))
    )
    return _only([draft for draft in drafts if draft])


def _only(drafts: Sequence[Draft]) -> Draft | None:
    """What one table answers; None where several would, as which of them is meant is not clear."""
    return drafts[0] if len(drafts) == 1 else None


_ASKS_FOR_SEVERAL = re.compile(r"\W*(?:what|which)\s+(?:are|were)\b", re.IGNORECASE)
_ITEMS = "item items entry entries row rows task tasks thing things"
"""Words for rows, of which a table need not speak."""


def having(question: Question, sources: Sources) -> Draft | None:
    """ "What are Ada Brook's actions?": the rows with a cell that a question names, where it asks for several and all
    else that it says stands above them; None where a table has fewer than two, and for any other question."""
    if question.decides or not (question.several or _ASKS_FOR_SEVERAL.match(question.text)):
        return None
    drafts = (_having(question, table, sources) for table in _of_question(question, sources))
    return _only([draft for draft in drafts if draft])


def _having(question: Question, table: _Table, sources: Sources) -> Draft | None:
    asked = frozenset(question.terms)
    heads, *said = (_said(table, row) for row in range(len(table.rows)))
    whole = [(row, cells) for row, cells in enumerate(said, start=1) if len(cells) == len(heads)]
    for column in range(1, len(heads)):
        found = [(row, cells) for row, cells in whole if cells[column] and cells[column] <= asked]
        named = frozenset[str]().union(*(cells[column] for _, cells in found))
        if not 2 <= len(found) < len(said) or not named.isdisjoint(frozenset[str]().union(*heads)):
            continue
        if all(term.isdigit() for term in named):  # "region 5" is no staff of five
            continue
        if not _is_about(asked - named - word_list(_ITEMS) - question.asking, table, heads):
            continue
        answered = [at for at in range(1, len(heads)) if at != column and heads[at] & asked and _is_answered(at, whole)]
        rows = [row for row, cells in found if all(cells[at] <= word_list(_YES) for at in answered)]
        left_out = len(rows) - _MOST_SHOWN
        chosen = [table.choice(0), *(table.choice(row, column) for row in rows[:_MOST_SHOWN])]
        notice = f"{left_out} more rows are not shown." if left_out > 0 else None
        return compose(chosen, sources, confidence=_CONFIDENCE, notice=notice, listed=False) if rows else None
    return None


_YES = "yes y true x"
_YES_OR_NO = f"{_YES} no n false none"
"""What stands in a column that says of each row whether it is so."""
_MOST_SHOWN = 20
"""Rows of an answer."""


def _is_answered(column: int, rows: Sequence[tuple[int, list[frozenset[str]]]]) -> bool:
    """Whether a column says yes or no of every row."""
    return all(cells[column] <= word_list(_YES_OR_NO) for _, cells in rows)


def _of_question(question: Question, sources: Sources) -> list[_Table]:
    """The tables of the documents that most likely answer; none where they are too many to be looked through."""
    found = dict.fromkeys(item.passage.document for item in sources.retrieve(question.text, SURROUNDINGS))
    each = [_tables(sources.passages(path)[:_PASSAGES]) for path in list(found)[:_DOCUMENTS]]
    there = [table for of_document in each for table in of_document]
    return there if sum(len(table.rows) for table in there) <= _ROWS else []


def _said(table: _Table, row: int) -> list[frozenset[str]]:
    return [frozenset(content_terms(text)) for _, _, text in table.cells(row)]


def _tables(passages: Sequence[Passage]) -> Iterator[_Table]:
    """The tables of a document: rows without anything between them, wherever its passages end."""
    rows: list[tuple[Passage, Segment]] = []
    for passage in passages:
        for part in passage.segments:
            if part.kind is Kind.ROW:
                if not rows or part.start > rows[-1][1].start:  # passages may overlap
                    rows.append((passage, part))
            elif rows and part.start > rows[-1][1].start:
                yield _Table(tuple(rows))
                rows = []
    if rows:
        yield _Table(tuple(rows))


def _extreme_row(question: Question, word: str, table: _Table, sources: Sources) -> Draft | None:
    """What one table answers; None where it is of something else, or its figures cannot be compared."""
    heads = _said(table, 0)
    column, least = _compared(frozenset(question.terms), word, heads)
    if not column or not _is_about(_matter(question, word), table, heads):
        return None
    texts = {row: cells[column][2] for row in range(1, len(table.rows)) if len(cells := table.cells(row)) > column}
    figures = _figures(
        {row: text for row, text in texts.items() if not _said(table, row)[0] & word_list(_OF_OTHER_ROWS)}
    )
    best = (min if least else max)(figures.values(), default=0.0)
    rows = [row for row, figure in figures.items() if figure == best]
    if len(rows) == len(figures):
        return None
    marked = column if question.expected is Expected.NUMBER or _ASKS_FIGURE.match(question.text) else 0
    chosen = [table.choice(0), *(table.choice(row, marked) for row in rows)]
    notice = f"Found by comparing the {len(figures)} rows of this table."
    return compose(chosen, sources, confidence=_CONFIDENCE, notice=notice, listed=False)


def _extreme_column(question: Question, word: str, table: _Table, sources: Sources) -> Draft | None:
    """The same of a table that has what is compared as its columns, and a row for each of their properties."""
    if len(table.rows) > _PROPERTIES:
        return None
    names = [cells[0] if (cells := _said(table, row)) else frozenset[str]() for row in range(len(table.rows))]
    row, least = _compared(frozenset(question.terms), word, names)
    if not row or not _is_about(_matter(question, word), table, [*_said(table, 0), *names]):
        return None
    texts = dict(enumerate(text for _, _, text in table.cells(row)))
    figures = _figures({column: text for column, text in texts.items() if column})
    best = (min if least else max)(figures.values(), default=0.0)
    columns = [column for column, figure in figures.items() if figure == best]
    if len(columns) != 1 or len(figures) < 2:
        return None
    notice = f"Found by comparing the {len(figures)} columns of this table."
    asks_figure = question.expected is Expected.NUMBER or _ASKS_FIGURE.match(question.text)
    chosen = [table.choice(0, None if asks_figure else columns[0]), table.choice(row, columns[0])]
    return compose(chosen, sources, confidence=_CONFIDENCE, notice=notice, listed=False)


def _compared(asked: frozenset[str], word: str, heads: Sequence[frozenset[str]]) -> tuple[int, bool]:
    """The one head, but for the first, whose figures are compared, 0 for none, and whether the least of them is wanted.
    One that the question names goes before one that the word alone suggests."""
    most, least = (frozenset(content_terms(words)) for words in _COLUMNS.get(word, ("", "")))
    named = frozenset() if most and least else asked  # "the oldest" may be of the least year or of the most years
    for wanted, of_least in ((named, word in _LEAST or bool(least)), (least, True), (most, False)):
        shared = {at: len(heads[at] & (wanted | asked)) for at in range(1, len(heads)) if heads[at] & wanted}
        best = [at for at in shared if shared[at] == max(shared.values())]
        if len(best) == 1:
            return best[0], of_least
    return 0, False


def _matter(question: Question, word: str) -> frozenset[str]:
    """What a question says besides that it compares, and by what."""
    compares = word_list(_COMPARES) | word_list(" ".join(_COLUMNS.get(word, ())))
    return frozenset(question.terms) - question.asking - compares


_COMPARES = " ".join((*_MOST, *_LEAST, *_COLUMNS)) + " buy get have own use rent"


def _is_about(matter: frozenset[str], table: _Table, heads: Sequence[frozenset[str]]) -> bool:
    """Whether all that is asked about stands in a table's heads, its passage, or above it."""
    passage = table.rows[0][0]
    here = set(content_terms(f"{passage.title} {passage.section} {passage.text}"))
    return matter - STOPWORDS <= here.union(*heads)


def _figures(texts: Mapping[int, str]) -> dict[int, float]:
    """The figures of cells, by their place; none where they are of several units, or a cell has two."""
    figures: dict[int, float] = {}
    units: set[str] = set()
    for place, text in texts.items():
        numbers = _NUMBER.findall(text)
        if len(numbers) > 1:
            return {}
        if numbers:
            figures[place] = float(re.sub(r"[^\d.+-]", "", numbers[0].replace("−", "-")))
            units.add(re.sub(r"[\W_]+", " ", _NUMBER.sub("", text)).strip().lower())
    return figures if len(units) == 1 else {}
