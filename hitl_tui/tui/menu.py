"""Small questions that one key answers: the reasons, the harms, how grave, until when. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

from hitl_tui.config.settings import LabelSettings
from hitl_tui.model.case import Kind
from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.tui.kinds import Question
from hitl_tui.tui.paint import Piece, piece, shortened
from hitl_tui.tui.widgets.rows import Line
from hitl_tui.tui.wrap import wrap

MOST_LINES = 8
"""Options that may stand one below the other; more of them get two columns, if need be with fewer words."""
_INDENT, _KEY, _GAP = 1, 2, 3
"""Cells before the first column; of a key and the blank behind it; between two columns."""
_SEVERITIES = (
    ("0", "none"),
    ("1", "slight"),
    ("2", "moderate"),
    ("3", "serious"),
    ("4", "grave, or beyond repair"),
)
SNOOZES: tuple[tuple[str, str, timedelta], ...] = (
    ("1", "15 minutes", timedelta(minutes=15)),
    ("2", "1 hour", timedelta(hours=1)),
    ("3", "4 hours", timedelta(hours=4)),
    ("4", "1 day", timedelta(days=1)),
    ("5", "3 days", timedelta(days=3)),
)
"""Key, words, how long."""
STRENGTHS = {1: "slightly", 2: "clearly", 3: "by far"}


class Option(NamedTuple):
    """One answer: its key, what it says, what it stands for."""

    key: str
    text: Shown
    value: str


class Menu(NamedTuple):
    """A question with its options. With `note`, Enter writes the answer in words instead."""

    name: str
    options: tuple[Option, ...]
    verb: str
    note: bool = False
    again: str | None = None
    """The value that `.` gives: what was chosen the last time."""

    def chosen(self, key: str) -> Option | None:
        """The option that a key means."""
        wanted = next((one for one in self.options if one.value == self.again), None)
        if key == "." and wanted is not None:
            return wanted
        return next((one for one in self.options if one.key == key), None)


def question_menu(
    question: Question, labels: LabelSettings, kind: Kind, decision: str, again: str | None
) -> Menu:
    """The menu of a question that a decision on a case of this kind asks."""
    if question == "severity":
        return Menu(
            "severity", _options((key, text, key) for key, text in _SEVERITIES), "how grave"
        )
    if question == "harm":
        entries = ((one.key or "", one.text, one.id) for one in labels.harm if one.key)
        return Menu("harm", _options(entries), "harmful, as", again=again)
    reasons = [one for one in labels.reason if one.serves(kind, decision) and one.key]
    entries = ((one.key or "", one.text, one.id) for one in reasons)
    return Menu("reason", _options(entries), f"{decision}, because", note=True, again=again)


def span_menu(labels: LabelSettings, kind: Kind) -> Menu:
    """What a marked stretch is called."""
    reasons = [one for one in labels.reason if (not one.kinds or kind in one.kinds) and one.key]
    if kind == "redteam":
        entries = [(one.key or "", one.text, one.id) for one in labels.harm if one.key]
    else:
        entries = [(one.key or "", one.text, one.id) for one in reasons]
    return Menu("span", _options(entries), "mark it as")


def snooze_menu() -> Menu:
    """Until when a case is put away."""
    return Menu("snooze", _options((key, text, key) for key, text, _ in SNOOZES), "put away for")


def _options(entries: Iterable[tuple[str, str, str]]) -> tuple[Option, ...]:
    return tuple(Option(key, reveal_line(text), value) for key, text, value in entries)


def menu_lines(menu: Menu, width: int, most: int = MOST_LINES) -> list[Line]:
    """The options with their keys, in as many columns as the width takes.

    Where they need fewer words than they have, an option goes on below itself as long as all of them take
    at most `most` lines; otherwise its last words give way.
    """
    entries: Sequence[tuple[str, Shown]] = [(one.key, one.text) for one in menu.options]
    if not entries:
        return [
            Line([piece("no reason has a key; [[labels.reason]] in hitl.toml gives them", "dim")])
        ]
    for columns in (3, 2, 1):
        depth = -(-len(entries) // columns)
        table = [entries[at : at + depth] for at in range(0, len(entries), depth)]
        widths = [max(cell_len(text) for _, text in column) for column in table]
        over = _INDENT + sum(widths) + _KEY * len(widths) + _GAP * (len(widths) - 1) - width
        if columns == 1:
            widths = [widths[0] - max(0, over)]
        if over <= 0 or columns == 1:
            break
        if columns == 2 and len(entries) > MOST_LINES:
            widths = _narrowed(widths, over)
            break
    broken = [_column(column, room, _broken) for column, room in zip(table, widths, strict=True)]
    if max(map(len, broken)) > most:
        broken = [_column(column, room, _cut) for column, room in zip(table, widths, strict=True)]
    lines = []
    for row in zip_longest(*broken):
        left: list[Piece] = []
        gap = 0
        for cell, room in zip(row, widths, strict=True):
            if cell is not None:
                key, words = cell
                left += [piece(" " * gap), (key, "key"), piece(" "), (words, "text")]
                gap = room + _GAP - cell_len(words)
        lines.append(Line(left))
    return lines


def _column(
    entries: Sequence[tuple[str, Shown]], room: int, fit: Callable[[Shown, int], Sequence[Shown]]
) -> list[tuple[Shown, Shown]]:
    """The lines of a column: a key with its words, and below it a blank with the rest of them."""
    lines = []
    for key, text in entries:
        first, *rest = fit(text, room)
        name = reveal_line(key)
        lines += [(name, first), *((Shown(" " * cell_len(name)), more) for more in rest)]
    return lines


def _broken(text: Shown, room: int) -> list[Shown]:
    lines = wrap(text, room)
    return [Shown(text[a:b]) for a, b in zip(lines.starts, lines.ends, strict=True)]


def _cut(text: Shown, room: int) -> list[Shown]:
    return [shortened(text, room)]


def _narrowed(widths: Sequence[int], over: int) -> list[int]:
    """Two columns that are `over` cells too wide: the wider gives way until they are even, then both."""
    first, second = widths
    give = min(over, abs(first - second))
    over -= give
    first, second = (first - give, second) if first > second else (first, second - give)
    return [first - (over + 1) // 2, second - over // 2]
