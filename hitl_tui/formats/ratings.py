"""Ratings from a long file, CSV or JSON Lines: one line says which reviewer gave which item which label."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from hitl_tui.formats.files import FileTrouble
from hitl_tui.model.load import MAX_RECORD, read_lines
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.stats.ratings import Collector, Ints, Level, Ratings

COLUMNS = ("item", "reviewer", "label")
_DELIMITERS = (",", "\t", ";")
_BOM = b"\xef\xbb\xbf"
MOST_LABELS = 1000
MOST_CELLS = 100_000_000
"""Labels, and items times labels, from which on a column is taken for something else."""
_SHOWN = 5
_LONGEST = 512

Row = tuple[int, str, str, str | None]
"""Line from 1, item, reviewer, label; None where there is no rating."""


@dataclass(frozen=True)
class Loaded:
    """The ratings of a file. `repeated` lines said the same again and count once."""

    ratings: Ratings
    repeated: int


class _Bad(Exception):
    """A line that is no rating; the reason is in our own words."""

    def __init__(self, line: int, template: str, /, **values: object) -> None:
        self.line = line
        self.reason = message(template, **values)
        super().__init__(self.reason)


def load_ratings(
    stream: BinaryIO, name: str, *, declared: Sequence[str] = (), level: Level = "nominal"
) -> Loaded:
    """All ratings of a file, or FileTrouble with the first lines that are none: nothing is left out.

    JSON Lines when the first character is `{`, else CSV with a header (comma, tab or semicolon; a byte
    order mark and quoted line ends are fine). Other columns and fields are not looked at. An empty
    label, or null, is no rating. Two different labels of one reviewer for one item are refused.
    """
    rows = _json_rows if _is_json(stream) else _csv_rows
    collected, lines = Collector(), array("q")
    bad: list[_Bad] = []
    wrong = 0
    for row in rows(stream, name):
        if isinstance(row, _Bad):
            wrong += 1
            bad += [row] if len(bad) < _SHOWN else []
            continue
        line, item, reviewer, label = row
        lines.append(line)
        collected.add(item, reviewer, label)
    if wrong:
        raise _refused(name, [(one.line, one.reason) for one in bad], wrong)
    cells = len(collected.items) * len(collected.labels)
    if len(collected.labels) > MOST_LABELS or cells > MOST_CELLS:
        raise FileTrouble(
            "{name}: the column label has {n} different values for {items} items, too many to be "
            "labels: is it the right column?",
            name=name,
            n=f"{len(collected.labels):,}",
            items=f"{len(collected.items):,}",
        )
    kept, repeated = _once(collected, lines, name)
    return Loaded(collected.ratings(declared, level, kept), repeated)


def _refused(name: str, shown: Sequence[tuple[int, Shown]], count: int) -> FileTrouble:
    parts = [message("line {line}: {reason}", line=line, reason=why) for line, why in shown]
    more = message(" and {n} more lines", n=count - len(shown)) if count > len(shown) else ""
    return FileTrouble(
        "{name}: {parts}{more}; nothing was computed",
        name=name,
        parts=reveal_line("; ".join(parts)) if len(parts) > 1 else parts[0],
        more=more,
    )


def _once(collected: Collector, lines: array[int], name: str) -> tuple[Ints, int]:
    """The places of the ratings that count: one for each item and reviewer, an empty one never first."""
    item, reviewer, label = collected.codes()
    order = np.lexsort((np.arange(len(item)), label < 0, reviewer, item))
    item, reviewer, label = item[order], reviewer[order], label[order]
    again = np.zeros(len(item), bool)
    again[1:] = (item[1:] == item[:-1]) & (reviewer[1:] == reviewer[:-1])
    told = again & (label >= 0)
    other = np.flatnonzero(told[1:] & (label[1:] != label[:-1])) + 1
    if len(other):
        people, things = list(collected.reviewers), list(collected.items)
        shown = []
        for at in other[:_SHOWN]:
            here, before = int(lines[order[at]]), int(lines[order[at - 1]])
            words = message(
                "{reviewer} gave {item} another label in line {before}",
                reviewer=reveal_line(people[reviewer[at]], 60),
                item=reveal_line(things[item[at]], 60),
                before=before,
            )
            shown.append((here, words))
        raise _refused(name, sorted(shown), len(other))
    return np.sort(order[~again]), int(told.sum())


def _is_json(stream: BinaryIO) -> bool:
    head = stream.peek(4096) if hasattr(stream, "peek") else b""
    return head.removeprefix(_BOM).lstrip()[:1] == b"{"


def _json_rows(stream: BinaryIO, name: str) -> Iterator[Row | _Bad]:
    for line in read_lines(stream):
        if line.refusal is not None:
            yield _Bad(line.number, "{why}", why=line.refusal)
            continue
        try:
            yield _json_row(line.number, line.value)
        except _Bad as bad:
            yield bad


def _json_row(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        raise _Bad(number, "not an object with item, reviewer and label")
    missing = [column for column in COLUMNS if column not in value]
    if missing:
        raise _Bad(number, "it has no {fields}", fields=", ".join(missing))
    item, reviewer = (_word(number, column, value[column]) for column in COLUMNS[:2])
    if item is None or reviewer is None:
        raise _Bad(number, "item and reviewer need a value")
    return number, item, reviewer, _word(number, "label", value["label"])


def _word(line: int, column: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str | int | float):
        return _checked(line, column, str(value)) or None
    raise _Bad(line, "{column} is text, a number or null", column=column)


def _checked(line: int, column: str, value: str) -> str:
    if len(value) > _LONGEST:
        raise _Bad(line, "{column} is longer than {n} characters", column=column, n=_LONGEST)
    return value if value.strip() else ""


def _csv_rows(stream: BinaryIO, name: str) -> Iterator[Row | _Bad]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from _csv_of(text, name)
    except UnicodeDecodeError:
        raise FileTrouble("{name} is not UTF-8: save it as such", name=name) from None
    except csv.Error as error:
        raise FileTrouble("{name} is no CSV file: {why}", name=name, why=error) from None
    finally:
        text.detach()


def _csv_of(text: io.TextIOWrapper, name: str) -> Iterator[Row | _Bad]:
    csv.field_size_limit(MAX_RECORD)
    first = text.readline(MAX_RECORD)
    if not first.strip():
        raise FileTrouble(
            "{name} has no header: the first line names the columns item, reviewer, label",
            name=name,
        )
    delimiter, header = _header(first, name)
    places = [header.index(column) for column in COLUMNS]
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    needed = max(places)
    begins = 2
    for fields in reader:
        line, begins = begins, reader.line_num + 2
        if not fields:
            continue
        if len(fields) <= needed:
            yield _Bad(line, "it has {n} columns, the header {m}", n=len(fields), m=len(header))
            continue
        try:
            item, reviewer, label = (
                _checked(line, column, fields[place])
                for column, place in zip(COLUMNS, places, strict=True)
            )
        except _Bad as bad:
            yield bad
            continue
        if item and reviewer:
            yield line, item, reviewer, label or None
        else:
            yield _Bad(line, "item and reviewer need a value")


def _header(first: str, name: str) -> tuple[str, list[str]]:
    found: list[str] = []
    for delimiter in _DELIMITERS:
        found = [
            column.strip().casefold() for column in next(csv.reader([first], delimiter=delimiter))
        ]
        if set(COLUMNS) <= set(found):
            twice = [column for column in COLUMNS if found.count(column) > 1]
            if twice:
                raise FileTrouble(
                    "{name} has two columns {columns}", name=name, columns=", ".join(twice)
                )
            return delimiter, found
    raise FileTrouble(
        "{name} needs the columns item, reviewer and label in its first line (or is JSON Lines with "
        "these fields)",
        name=name,
    )
