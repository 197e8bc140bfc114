"""Tables of text for the terminal: columns as wide as their widest cell, numbers to the right."""

from __future__ import annotations

from collections.abc import Sequence

from hitl_tui.model.characters import cells
from hitl_tui.model.text import Shown, reveal_line

GAP = "  "
WIDEST = 40


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, left: int = 1) -> list[Shown]:
    """The lines of a table; the first `left` columns stand to the left, the others to the right.

    Cells are revealed and cut at 40 characters; None is a dash.
    """
    lines = [[_cell(cell) for cell in line] for line in (header, *rows)]
    widths = [max(cells(line[at]) for line in lines) for at in range(len(header))]
    shown = []
    for line in lines:
        parts = []
        for at, cell in enumerate(line):
            space = " " * (widths[at] - cells(cell))
            parts.append(f"{cell}{space}" if at < left else f"{space}{cell}")
        shown.append(Shown(GAP.join(parts).rstrip()))
    return shown


def number(value: float | None, places: int = 3) -> str | None:
    """A figure as it is printed, None where there is none."""
    return None if value is None else f"{value:.{places}f}"


def interval(ci: tuple[float, float] | None, places: int = 3) -> str | None:
    """An interval as it is printed."""
    return None if ci is None else f"{ci[0]:.{places}f} to {ci[1]:.{places}f}"


def percent(value: float | None) -> str | None:
    """A share in percent."""
    return None if value is None else f"{100 * value:.1f} %"


def _cell(value: object) -> Shown:
    return reveal_line("-" if value is None else value, WIDEST)
