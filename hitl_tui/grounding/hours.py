"""Compares opening hours in words, "open Monday to Friday from 9 to 5", with a table of hours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hitl_tui.grounding.normalise import WEEKDAYS
from hitl_tui.grounding.quantities import Quantity
from hitl_tui.grounding.types import Evidence, Flag, Span

Interval = tuple[int, int]
"""Minutes of the day of opening and closing."""

_INTERVAL = re.compile(
    r"\s*(?P<oh>\d{1,2})(?::(?P<om>\d{1,2}))?\s*(?P<oa>[ap]m)?\s*(?:-|–|to)\s*"
    r"(?P<ch>\d{1,2})(?::(?P<cm>\d{1,2}))?\s*(?P<ca>[ap]m)?\s*",
    re.IGNORECASE,
)
_DAY = "|".join(WEEKDAYS)
_RANGE = re.compile(rf"\b({_DAY})s?\s*(?:-|–|to|through|thru|until)\s*({_DAY})s?\b", re.IGNORECASE)
_ONE = re.compile(rf"\b({_DAY})s?\b", re.IGNORECASE)
_GROUPS = {
    re.compile(r"\bweekdays\b|\bduring the week\b", re.IGNORECASE): range(5),
    re.compile(r"\bweekends?\b", re.IGNORECASE): (5, 6),
    re.compile(
        r"\b(?:every ?day|daily|seven days|7 days|all week|each day)\b", re.IGNORECASE
    ): range(7),
}
_OPEN = re.compile(r"\b(?:open\w*|clos\w+|hours?|operat\w+|from|until|till)\b", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_OF_TIMETABLES = frozenset(
    [
        *WEEKDAYS,
        *(f"{day}s" for day in WEEKDAYS),
        *["am", "pm", "a", "p", "m", "to", "through", "and", "from", "on", "noon", "midnight"],
    ]
)
_CLOSED = re.compile(r"\b(?:closed|not open|isn['’]t open|doesn['’]t open)\b", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:except|excluding|but not|apart from|other than)\b", re.IGNORECASE)


def read_hours(text: str) -> Interval | None:
    """Read "9:0-17:30" or "9am to 5pm"; None for anything else, and for "0:0-0:0", which may mean either."""
    match = _INTERVAL.fullmatch(text)
    if match is None:
        return None
    opens = _minutes(match["oh"], match["om"], match["oa"])
    closes = _minutes(match["ch"], match["cm"], match["ca"])
    return None if opens == closes else (opens, closes)


def _minutes(hour: str, minute: str | None, half: str | None) -> int:
    value = int(hour)
    if half:
        value = value % 12 + (12 if half.lower() == "pm" else 0)
    return value % 24 * 60 + int(minute or 0)


def hours_flag(
    output: str,
    claim: Span,
    number: int,
    values: Sequence[Quantity],
    table: Mapping[int, tuple[Interval, Evidence]],
) -> tuple[Flag | None, Evidence | None]:
    """Flag a time that no named day opens or closes at, or a day that is said to be closed and is not.

    Times that lie inside the hours of a day do not differ: only what is said to open, close or last from
    one to another is compared. Days without an entry are compared with nothing. Without a flag, the second
    is the entry that says the same.
    """
    text = output[claim[0] : claim[1]]
    if not (_OPEN.search(text) or _is_timetable(text)):
        return None, None
    days = _days_of(text)
    if _CLOSED.search(text):
        return _closed_flag(output, claim, number, days, table), None
    spans = [table[day] for day in days if day in table]
    if not spans:
        return None, None
    same = None
    for value in values:
        if value.kind != "time" or not claim[0] <= value.start < claim[1]:
            continue
        if not any(_is_edge(value, edge) for (edges, _) in spans for edge in edges):
            return Flag(
                value.start, value.end, "number", "number differs", number, spans[0][1]
            ), None
        same = spans[0][1]
    return None, same


def _is_timetable(text: str) -> bool:
    """Tell whether a line has only days and times: "- Monday: 10 AM - 5 PM"."""
    return all(word.lower() in _OF_TIMETABLES for word in _LETTERS.findall(text))


def _closed_flag(
    output: str,
    claim: Span,
    number: int,
    days: Sequence[int],
    table: Mapping[int, tuple[Interval, Evidence]],
) -> Flag | None:
    match = _CLOSED.search(output, claim[0], claim[1])
    for day in days:
        if match is not None and day in table and len(days) == 1:
            return Flag(*match.span(), "negation", "negation differs", number, table[day][1])
    return None


def _days_of(text: str) -> list[int]:
    found: set[int] = set()
    for match in _RANGE.finditer(text):
        first, last = (WEEKDAYS.index(match[n].lower()) for n in (1, 2))
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    for pattern, days in _GROUPS.items():
        if pattern.search(text):
            found.update(days)
    excluded = _EXCEPT.search(text)
    for match in _ONE.finditer(text):
        day = WEEKDAYS.index(match[1].lower())
        if excluded and match.start() > excluded.start():
            found.discard(day)
        else:
            found.add(day)
    return sorted(found)


def _is_edge(value: Quantity, edge: int) -> bool:
    if value.measure:
        return value.value == edge
    return value.value % 720 == edge % 720
