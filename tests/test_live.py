"""What a terminal shows while an answer is written, and after: a small terminal stands in for a real one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.live import Live
from qa.render import wrapped


class Screen:
    """Obeys what `Live` writes: text, line ends, cursor up, erase below. `drawn` counts characters written."""

    def __init__(self, columns: int = 40, rows: int = 12) -> None:
        self.columns, self.rows = columns, rows
        self.lines = [""]
        self.row = self.column = 0
        self.drawn = 0

    def write(self, text: str) -> None:
        for part in re.findall(r"\x1b\[\d*[A-Za-z]|\x1b\[[\d;]*m|.|\n", text, re.DOTALL):
            if part.endswith("m") and len(part) > 1:
                continue
            if part.startswith("\x1b") and part.endswith("A"):
                top = max(len(self.lines) - self.rows, 0)
                self.row = max(self.row - int(part[2:-1]), top)
            elif part == "\x1b[J":
                self.lines[self.row] = self.lines[self.row][: self.column]
                del self.lines[self.row + 1 :]
            elif part == "\r":
                self.column = 0
            elif part == "\n":
                self._next()
            else:
                if self.column == self.columns:
                    self._next()
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + part + line[self.column + 1 :]
                self.column += 1
                self.drawn += 1

    def _next(self) -> None:
        self.row, self.column = self.row + 1, 0
        if self.row == len(self.lines):
            self.lines.append("")

    def flush(self) -> None:
        pass

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def live(screen: Screen) -> Live:
    return Live(screen, width=screen.columns, columns=screen.columns, rows=screen.rows)


ANSWER = "The mill was built in 1850, when the river still froze every winter. [1]\n- It burned down twice [2]\n\nEnd."


@pytest.mark.parametrize("step", [1, 4, 17, 500])
def test_what_is_shown_is_the_answer_so_far_and_then_the_answer(step: int) -> None:
    screen = Screen()
    shown = live(screen)
    for at in range(0, len(ANSWER), step):
        shown.add(ANSWER[at : at + step])
        assert screen.text == wrapped(ANSWER[: at + step].rstrip(), 40)
    shown.settle(wrapped(ANSWER, 40) + "\n\n[1] The mill")
    assert screen.text == wrapped(ANSWER, 40) + "\n\n[1] The mill\n"


def test_only_what_changes_is_drawn_again() -> None:
    screen = Screen()
    shown = live(screen)
    for word in re.findall(r"\S+\s*", ANSWER):
        shown.add(word)
    before = screen.drawn
    shown.settle(wrapped(ANSWER, 40) + "\n\nSource")
    assert screen.drawn - before < 20


def test_an_answer_that_is_not_what_was_shown_takes_its_place() -> None:
    screen = Screen()
    shown = live(screen)
    shown.add("Something that nothing bears out, over more than a line of this screen.")
    shown.settle("The documents do not say.")
    assert screen.text == "The documents do not say.\n"


def test_colour_may_come_with_the_checked_answer() -> None:
    screen = Screen()
    shown = live(screen)
    shown.add("Built in 1850. [1]")
    shown.settle("\x1b[1mBuilt in 1850. [1]\x1b[0m\n\nSource")
    assert screen.text == "Built in 1850. [1]\n\nSource\n"


LONG = "\n".join(f"- point {number}" for number in range(30))


def test_what_has_left_the_screen_stays_and_the_rest_follows() -> None:
    screen = Screen(rows=5)
    shown = live(screen)
    for at in range(0, len(LONG), 7):
        shown.add(LONG[at : at + 7])
    shown.settle(LONG + "\n\nSource")
    assert screen.text == LONG + "\n\nSource\n"


def test_another_answer_than_what_has_left_the_screen_is_printed_below() -> None:
    screen = Screen(rows=5)
    shown = live(screen)
    shown.add(LONG)
    shown.settle("The documents do not say.")
    assert screen.text == LONG + "\n\nThe documents do not say.\n"


def test_characters_that_a_terminal_obeys_are_not_sent_to_it() -> None:
    written: list[str] = []

    class Raw:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    shown = Live(Raw(), width=40, columns=40, rows=10)
    shown.add("a\x1b]0;title\x07b\u202ec")
    assert not {"\x07", "\u202e"} & {*"".join(written)} and "\x1b]" not in "".join(written)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab -\n", max_size=12), max_size=12), st.integers(12, 30))
def test_however_it_arrives_the_last_screen_is_the_answer(parts: list[str], columns: int) -> None:
    screen = Screen(columns=columns, rows=200)
    shown = live(screen)
    for part in parts:
        shown.add(part)
    shown.settle("The answer.")
    assert screen.text.strip() == "The answer."
