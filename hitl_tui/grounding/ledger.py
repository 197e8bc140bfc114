"""The facts of the structured sources of one context, made ready to be compared with claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hitl_tui.grounding.hours import Interval, read_hours
from hitl_tui.grounding.normalise import WEEKDAYS, key, keys, prefix
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.structure import Fact, FactKind, split_key
from hitl_tui.grounding.types import Span

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


@dataclass(frozen=True, slots=True)
class Known:
    """A fact made ready to be compared. `words` name it, `joined` is the key of all of them in one, `outer`
    are words of the keys around it.
    """

    passage: int
    span: Span
    value: Span
    kind: FactKind
    words: tuple[str, ...]
    joined: str
    outer: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All facts of a context, by the words that name them."""

    facts: tuple[Known, ...]
    by_word: dict[str, tuple[int, ...]]
    hours: dict[int, tuple[Interval, Known]]
    """Weekday (0 Monday) to minutes of opening and closing, where the sources have a table of hours."""


def ledger(found: Sequence[tuple[int, str, Fact]]) -> Ledger:
    """Make the facts of a context comparable; (passage, its text, fact), at most a few thousand."""
    facts: list[Known] = []
    by_word: dict[str, list[int]] = {}
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
        facts.append(known)
    return Ledger(tuple(facts), {word: tuple(at) for word, at in by_word.items()}, hours)


def _known(passage: int, text: str, fact: Fact) -> Known | None:
    if not fact.path:
        return None
    words = _named(fact.path[-1])
    if not words or len(words) > _MOST_WORDS:
        return None
    outer = frozenset(word for name in fact.path[:-1] for word in _named(name))
    value = text[slice(*fact.value)]
    joined = key("".join(_parts(fact.path[-1])))
    return Known(
        passage, fact.span, fact.value, fact.kind, words, joined, outer, value[:_MOST_TEXT]
    )


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
