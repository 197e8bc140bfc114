"""Compares the numbers, units, times and dates of a claim with those of the sentences it is linked to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from hitl_tui.grounding.calendars import MONTH_OF, WEEKDAY_OF
from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link, covered
from hitl_tui.grounding.normalise import MONTHS, WEEKDAYS, key, keys
from hitl_tui.grounding.quantities import Quantity
from hitl_tui.grounding.types import Evidence, Flag, FlagKind

_SAME_SUBJECT = 0.6
_BETTER_BY = 0.15
_MOST_HOLDERS = 24
_MOST_VALUES = 40
_SMALL = 12
_RANGE_GAP = 5
_DEGREES = 1e-9
_HUNDRED_MILLION = 1e8
_FOREIGN_MONTHS = [(keys([name])[0], number) for name, number in MONTH_OF.items()]
_ROUNDED_DEGREES = 6
"""How far a temperature in Fahrenheit may be from its rounded Celsius."""
_KITCHEN_DEGREES = 10
"""The same where both are written side by side: "400°F (200°C)"."""


def value_flags(
    claim: Claim,
    number: int,
    values: Sequence[Quantity],
    subject: dict[str, float],
    links: Sequence[Link],
    index: Index,
    question_values: Sequence[Quantity],
    others: Sequence[Quantity] = (),
) -> list[Flag]:
    """Flag the values of claim `number` that its linked sentences contradict, or that no source holds.

    `subject` are the weights of what the claim and its sentence are about; a contradiction needs a linked
    sentence on that subject that no sentence holding the claim's own value matches nearly as well. `others`
    are all values of its sentence.
    """
    flags: list[Flag] = []
    nearest = index.values(links[0].sentence) if links else ()
    for value in values[:_MOST_VALUES]:
        if any(same(value, theirs) for theirs in nearest):
            continue
        if any(_restates(value, other) for other in others[:_MOST_VALUES]):
            continue
        if _within_range(value, nearest):
            continue
        rival = _rival(value, values[:_MOST_VALUES], nearest)
        about = _without_other_unit(subject, value, claim, links)
        nearness = _share(about, links[0].sentence) if links else 0.0
        holders = list(_holders(value, index))
        if holders and nearness - max(_share(about, s) for s in holders) < _BETTER_BY:
            continue
        if holders and (rival is None or nearness < _SAME_SUBJECT):
            continue
        if rival is not None and nearness >= _SAME_SUBJECT:
            kind, note = _difference(value, rival)
            sentence = links[0].sentence
            source = Evidence(sentence.passage, rival.start, rival.end, min(1.0, nearness))
            flags.append(Flag(value.start, value.end, kind, note, number, source))
        elif not any(same(value, asked) for asked in question_values) and _telling(value, index):
            kind = "date" if value.kind == "date" else "number"
            flags.append(
                Flag(value.start, value.end, kind, f"{kind} not in the sources", number, None)
            )
    return flags


def _without_other_unit(
    subject: dict[str, float], value: Quantity, claim: Claim, links: Sequence[Link]
) -> dict[str, float]:
    """What a value is said of: its unit, where the linked sentence lacks it, may be what is wrong with it."""
    if not links or not _in_table(value):
        return subject
    unit = {
        key
        for key, (start, end) in zip(claim.keys, claim.places, strict=True)
        if value.start <= start and end <= value.end
    }
    lacking = unit - links[0].sentence.words
    return {key: weight for key, weight in subject.items() if key not in lacking}


def same(a: Quantity, b: Quantity) -> bool:
    """Tell whether two values may be the same; what one of them leaves open does not count as a difference."""
    if a.kind == "date" or b.kind == "date":
        return _same_date(a, b)
    if a.kind == "time" and b.kind == "time":
        half_known = bool(a.measure and b.measure)
        return a.value == b.value if half_known else a.value % 720 == b.value % 720
    if a.kind == "time" or b.kind == "time":
        clock, plain = (a, b) if a.kind == "time" else (b, a)
        return clock.value % 720 == 60 * plain.value % 720 and not _in_table(plain)
    if _in_table(a) and _in_table(b):
        if a.measure != b.measure:
            return False
        if a.measure == "degree" and (_converted(a.value, b.value) or _converted(b.value, a.value)):
            return True
        return _near(a.amount, b.amount, _DEGREES if a.factor == b.factor else 0.02)
    return _near(a.value, b.value, _DEGREES)


def _same_date(a: Quantity, b: Quantity) -> bool:
    if a.kind != b.kind:
        date, plain = (a, b) if a.kind == "date" else (b, a)
        return plain.value in date.date[:1] and not _in_table(plain)
    if "decade" in {a.measure, b.measure}:
        return a.date[0] // 10 == b.date[0] // 10
    shared = [(x, y) for x, y in zip(a.date, b.date, strict=True) if x and y]
    return bool(shared) and all(x == y for x, y in shared)


def _rival(
    value: Quantity, own: Sequence[Quantity], nearest: Sequence[Quantity]
) -> Quantity | None:
    """Return the value in the linked sentence that stands where the claim has `value`, if there is one."""
    rivals = [
        theirs
        for theirs in nearest
        if _comparable(value, theirs) and not any(same(theirs, other) for other in own)
    ]
    return min(rivals, key=lambda theirs: _unlike(value, theirs), default=None)


def _unlike(value: Quantity, theirs: Quantity) -> bool:
    """Tell whether both unit and number differ: such a rival stands last."""
    return theirs.factor != value.factor and theirs.value != value.value


def _comparable(a: Quantity, b: Quantity) -> bool:
    if a.kind != b.kind:
        return False
    if a.kind == "date":
        return any(x and y for x, y in zip(a.date, b.date, strict=True))
    return a.kind == "time" or (a.measure == b.measure and a.measure != "")


def _within_range(value: Quantity, nearest: Sequence[Quantity]) -> bool:
    """Tell whether the linked sentence has a range, "5 to 7 days", that holds the value."""
    return any(
        low.end + _RANGE_GAP >= high.start
        and _comparable(value, low)
        and _comparable(value, high)
        and low.amount <= value.amount <= high.amount
        for low, high in pairwise(nearest)
    )


def _difference(value: Quantity, rival: Quantity) -> tuple[FlagKind, str]:
    if value.kind == "date":
        return "date", "date differs"
    if value.kind == "number" and value.value == rival.value and value.factor != rival.factor:
        return "unit", "unit differs"
    return "number", "number differs"


def _holders(value: Quantity, index: Index) -> Iterator[Sentence]:
    """Yield the first sentences of the sources that hold the value in any of its writings."""
    seen: set[int] = set()
    for writing in _writings(value):
        for number in index.postings.get(writing, ())[:_MOST_HOLDERS]:
            if number not in seen:
                seen.add(number)
                sentence = index.sentence(number)
                if any(same(value, theirs) for theirs in index.values(sentence)):
                    yield sentence


def _writings(value: Quantity) -> Iterator[str]:
    """Yield the keys under which a sentence that holds the value may be found."""
    if value.kind == "date":
        yield from _date_writings(value)
        return
    if value.kind == "time":
        hour = int(value.value // 60)
        for written in {hour, hour % 12, hour % 12 + 12, hour % 12 or 12}:
            yield f"#{written}"
        return
    for scale in (1, 1e3, 1e6, 1e9, 1e2, 1e5, 1e7, 1e4, 1e8):
        yield f"#{value.value / scale:.12g}"
    if value.value > _HUNDRED_MILLION:
        yield f"#{value.value // _HUNDRED_MILLION:.12g}"
    if value.measure == "degree":
        yield f"#{(value.value - 32) * 5 / 9:.0f}"
        yield f"#{value.value * 9 / 5 + 32:.0f}"
    if _in_table(value):
        for ratio in (7, 12, 24, 60, 1000, 365, 30, 3600, 100, 10, 16, 4.345):
            yield f"#{value.value / ratio:.12g}"
            yield f"#{value.value * ratio:.12g}"
    if 20 < value.value < 100 and value.value == int(value.value):
        yield f"#{value.value - value.value % 10:.12g}"


def _date_writings(value: Quantity) -> Iterator[str]:
    year, month, day, weekday = value.date
    if month:
        yield key(MONTHS[month - 1])
        yield from (name for name, number in _FOREIGN_MONTHS if number == month)
    if day:
        yield f"#{day}"
    if year:
        yield f"#{year}"
    if weekday:
        yield key(WEEKDAYS[weekday - 1])
        yield from (name for name, number in WEEKDAY_OF.items() if number == weekday)


def _telling(value: Quantity, index: Index) -> bool:
    """Tell whether it means anything that no source holds the value: small counts may be the output's own."""
    if value.kind != "number" or _in_table(value):
        return value.kind != "date" or value.date[3] == 0 or any(value.date[:3])
    return value.value > _SMALL and not value.spelt


def _share(weights: dict[str, float], sentence: Sentence) -> float:
    return covered(weights, sentence) / (sum(weights.values()) or 1.0)


def _in_table(value: Quantity) -> bool:
    return value.measure != "" and not value.measure.startswith("of ")


def _restates(value: Quantity, other: Quantity) -> bool:
    """Tell whether one is the other in another unit: "350°F (180°C)", "5 kg (11 lb)"."""
    if value is other or value.measure != other.measure or not _in_table(value):
        return False
    if value.measure == "degree":
        pairs = ((value.value, other.value), (other.value, value.value))
        return any(_converted(c, f, _KITCHEN_DEGREES) for c, f in pairs)
    return value.factor != other.factor and _near(value.amount, other.amount, 0.1)


def _converted(celsius: float, fahrenheit: float, within: float = _ROUNDED_DEGREES) -> bool:
    return abs(celsius * 9 / 5 + 32 - fahrenheit) <= within


def _near(a: float, b: float, within: float) -> bool:
    return math.isclose(a, b, rel_tol=within)
