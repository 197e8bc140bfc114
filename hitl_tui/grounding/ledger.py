"""The facts of the structured sources of one context, made ready to be compared with claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hitl_tui.grounding.hours import Interval, read_hours
from hitl_tui.grounding.negations import CUES
from hitl_tui.grounding.normalise import WEEKDAYS, key, keys, prefix
from hitl_tui.grounding.quantities import Quantity, quantities
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.structure import Fact, FactKind, split_key
from hitl_tui.grounding.types import Span
from hitl_tui.grounding.units import UNITS

_IDLE = frozenset(
    [
        "restaurant",
        "restaurants",
        "business",
        "has",
        "have",
        "is",
        "are",
        "offers",
        "offer",
        "by",
        "accepts",
        "accept",
        "allows",
        "allowed",
        "allow",
        "good",
        "for",
        "attributes",
        "attribute",
        "info",
        "details",
        "the",
        "of",
        "and",
        "a",
        "an",
        "only",
        "with",
        "best",
        "supports",
        "support",
        "provides",
        "provide",
        "available",
        "enabled",
        "included",
        "includes",
    ]
)
"""Words of keys that say that something is there, not what."""
_MOST_FACTS = 4096
_MOST_TEXT = 200
_MOST_WORDS = 4
_LONGEST_AMOUNT = 24


@dataclass(frozen=True, slots=True)
class Known:
    """A fact made ready to be compared. `words` name it, `joined` is the key of all of them in one, `outer`
    are words of the keys around it, `unit` is what its name counts in: the days of "trial_days";
    `amount` is what a text says if it is one value and nothing else: "15:00", "$12".
    """

    passage: int
    span: Span
    value: Span
    kind: FactKind
    words: tuple[str, ...]
    joined: str
    outer: frozenset[str]
    text: str
    unit: str
    amount: Quantity | None


@dataclass(frozen=True, slots=True)
class Group:
    """The facts under one key, "parking": whether any of them says yes, whether all of them say no."""

    words: tuple[str, ...]
    passage: int
    span: Span
    members: tuple[int, ...]
    some: bool
    none: bool


@dataclass(frozen=True, slots=True)
class Ledger:
    """All facts of a context, by the words that name them, and the groups of those with yes and no."""

    facts: tuple[Known, ...]
    by_word: dict[str, tuple[int, ...]]
    groups: tuple[Group, ...]
    hours: dict[int, tuple[Interval, Known]]
    """Weekday (0 Monday) to minutes of opening and closing, where the sources have a table of hours."""


def ledger(found: Sequence[tuple[int, str, Fact]]) -> Ledger:
    """Make the facts of a context comparable; (passage, its text, fact), at most a few thousand."""
    facts: list[Known] = []
    by_word: dict[str, list[int]] = {}
    nests: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    hours: dict[int, tuple[Interval, Known]] = {}
    for passage, text, fact in found[:_MOST_FACTS]:
        known = _known(passage, text, fact)
        if known is None:
            continue
        day = _weekday(fact.path[-1])
        if day is not None and (span := read_hours(known.text)) is not None:
            hours.setdefault(day, (span, known))
            continue
        for word in {*known.words, known.joined}:
            by_word.setdefault(head(word), []).append(len(facts))
        if len(fact.path) > 1:
            nests.setdefault((passage, fact.path[:-1]), []).append(len(facts))
        facts.append(known)
    groups = (
        _group(path, [facts[at] for at in places], places) for (_, path), places in nests.items()
    )
    return Ledger(
        tuple(facts),
        {word: tuple(at) for word, at in by_word.items()},
        tuple(group for group in groups if group is not None),
        hours,
    )


def _group(path: Sequence[str], members: Sequence[Known], places: Sequence[int]) -> Group | None:
    """What the facts under one key say together; None where the key names nothing, or none says yes or no."""
    words = _named(path[-1])
    kinds = {member.kind for member in members}
    if not words or len(words) > _MOST_WORDS or not kinds & {"yes", "no"}:
        return None
    yes = next((member for member in members if member.kind == "yes"), None)
    shown = yes or members[0]
    return Group(words, shown.passage, shown.span, tuple(places), yes is not None, kinds == {"no"})


def _known(passage: int, text: str, fact: Fact) -> Known | None:
    """None for a fact without a telling name, and for one like "no_music", which may mean either."""
    if not fact.path:
        return None
    parts = _parts(fact.path[-1])
    unit = parts[-1] if len(parts) > 1 and len(parts[-1]) > 1 and parts[-1] in UNITS else ""
    words = tuple(keys(parts[:-1] if unit else parts))
    if not words or len(words) > _MOST_WORDS or words[0] in CUES:
        return None
    outer = frozenset(word for name in fact.path[:-1] for word in _named(name))
    value = text[slice(*fact.value)]
    joined = key("".join(parts))
    return Known(
        passage,
        fact.span,
        fact.value,
        fact.kind,
        words,
        joined,
        outer,
        value[:_MOST_TEXT],
        unit,
        _amount(fact.kind, value),
    )


def _amount(kind: FactKind, value: str) -> Quantity | None:
    """The one time, date or amount that a text is; None for any other."""
    if kind != "text" or len(value) > _LONGEST_AMOUNT:
        return None
    found = quantities(value)
    whole = len(found) == 1 and found[0].end - found[0].start == len(value.strip())
    return found[0] if whole and not found[0].measure.startswith("of ") else None


def _named(name: str) -> tuple[str, ...]:
    """The telling words of a key: "RestaurantsTakeOut" is take out."""
    return tuple(keys(_parts(name)))


def _parts(name: str) -> list[str]:
    return [part for part in split_key(name) if part not in _IDLE and WORD.fullmatch(part)]


def _weekday(name: str) -> int | None:
    lower = name.strip().lower()
    return next((n for n, day in enumerate(WEEKDAYS) if lower in {day, day[:3]}), None)


def head(word: str) -> str:
    """What a word is looked up by: its first letters."""
    return prefix(word)
