"""Figures and verdicts: medians beside minima, ratios against a floor of the same run, one table a budget."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from time import perf_counter, process_time
from typing import Literal, NamedTuple

NOISY = 2.0
"""A floor whose median exceeds this many minima was disturbed: nothing is judged against it."""


class Cost(NamedTuple):
    """What one piece of work took, in seconds of wall time and of the process's CPU."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Series:
    """The costs of the same work, over several rounds. Never empty."""

    costs: Sequence[Cost]

    @property
    def cpu(self) -> float:
        """The median of the CPU, in seconds."""
        return median(cost.cpu for cost in self.costs)

    @property
    def least(self) -> float:
        """The minimum of the CPU, in seconds."""
        return min(cost.cpu for cost in self.costs)

    @property
    def wall(self) -> float:
        """The median of the wall time, in seconds."""
        return median(cost.wall for cost in self.costs)

    @property
    def noisy(self) -> bool:
        """Whether other work on the machine disturbed the rounds too much to judge by them."""
        return self.cpu > NOISY * self.least


class Row(NamedTuple):
    """One line of a table, as text."""

    name: str
    cpu: str = ""
    least: str = ""
    wall: str = ""
    ratio: str = ""
    least_ratio: str = ""
    bar: str = ""
    verdict: str = ""


HEAD = Row(
    "", "CPU ms", "least ms", "wall ms", "ratio", "ratio of least", "bar (stretch)", "verdict"
)


def timed(work: Callable[[], object]) -> Cost:
    """The cost of calling `work` once in this process."""
    wall, cpu = perf_counter(), process_time()
    work()
    return Cost(perf_counter() - wall, process_time() - cpu)


def plain(name: str, series: Series) -> Row:
    """A row that is not judged: a floor, or something to compare with."""
    return Row(name, _ms(series.cpu), _ms(series.least), _ms(series.wall))


def against(
    name: str,
    series: Series,
    floor: Series,
    bar: float | None = None,
    stretch: float | None = None,
    machine: Series | None = None,
) -> Row:
    """A row judged by its median CPU over the floor's.

    It is too noisy to judge when the rounds of `machine` were, by default the floor's: a program
    that is compared with itself names the run's true floor.
    """
    ratio = series.cpu / floor.cpu
    noisy = (machine or floor).noisy
    verdict = "" if bar is None else "too noisy" if noisy else _reached(ratio, bar, stretch)
    return plain(name, series)._replace(
        ratio=f"{ratio:.2f}x",
        least_ratio=f"{series.least / floor.least:.2f}x",
        bar="" if bar is None else f"<= {bar:g}x" + (f" ({stretch:g}x)" if stretch else ""),
        verdict=verdict,
    )


def limit(
    name: str,
    value: float,
    unit: str,
    bar: float,
    stretch: float | None = None,
    want: Literal["<=", ">="] = "<=",
    machine: Series | None = None,
) -> Row:
    """A row judged by one figure of its own; too noisy when the rounds of `machine` were."""
    sign = 1 if want == "<=" else -1
    verdict = _reached(sign * value, sign * bar, sign * stretch if stretch else None)
    if machine and machine.noisy:
        verdict = "too noisy"
    shown = f"{want} {bar:,g} {unit}" + (f" ({stretch:,g})" if stretch else "")
    return Row(name, ratio=f"{value:,.4g} {unit}", bar=shown, verdict=verdict)


def note(name: str, value: str) -> Row:
    """A row with one figure that no bar asks for."""
    return Row(name, ratio=value)


def print_machine() -> None:
    """Print what the figures were measured on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    parts = (
        f"Python {platform.python_version()}",
        f"textual {version('textual')}",
        platform.system(),
        f"{os.cpu_count()} cores",
        f"load {load:.2f}",
    )
    print(", ".join(parts), flush=True)


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print a title and its rows in aligned columns."""
    table = [HEAD, *rows]
    used = [at for at in range(len(HEAD)) if any(row[at] for row in rows)]
    widths = {at: max(len(row[at]) for row in table) for at in used}
    print(f"\n{title}")
    for row in table:
        cells = (row[at].ljust(widths[at]) if at == 0 else row[at].rjust(widths[at]) for at in used)
        print("  " + "  ".join(cells).rstrip(), flush=True)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g}" if seconds < 1 else f"{seconds * 1000:.0f}"


def _reached(value: float, bar: float, stretch: float | None) -> str:
    if value > bar:
        return "missed"
    return "reached (stretch)" if stretch is not None and value <= stretch else "reached"
