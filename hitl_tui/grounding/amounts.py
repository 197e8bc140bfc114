"""Compares the numbers, times and prices of a claim with those of the facts of a structured source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hitl_tui.grounding.ledger import Known, Ledger, head
from hitl_tui.grounding.link import Claim
from hitl_tui.grounding.normalise import AUTHOR_KEYS, STOP_KEYS, key
from hitl_tui.grounding.quantities import Quantity
from hitl_tui.grounding.types import Evidence, Flag, FlagKind, Span
from hitl_tui.grounding.units import UNITS
from hitl_tui.grounding.values import same

_NEAR = 3
_REVIEW = key("review")
_AUTHORS = AUTHOR_KEYS - {"one"}


class Naming(NamedTuple):
    """A fact with a value that a claim names, and the first and last key that name it."""

    fact: Known
    where: Span


def amount_flags(
    claim: Claim,
    number: int,
    beside: Sequence[Claim],
    values: Sequence[Quantity],
    named: Sequence[Naming],
    book: Ledger,
) -> tuple[list[Flag], list[Naming]]:
    """Flag the values of claim `number` that no fact it names holds; and the facts whose value it has.

    `beside` are all claims of its sentence, `values` those of the sentence. A value is compared with the
    facts that count in its unit or noun, and with those named right before it.
    """
    flags: list[Flag] = []
    agreeing: list[Naming] = []
    for value in values:
        if not claim.start <= value.start < claim.end:
            continue
        theirs = [naming for naming in named if _is_of(value, naming, claim)]
        right = [naming for naming in theirs if _equal(value, naming.fact)]
        agreeing += right
        if theirs and not right and not _is_a_review_s(value, beside, book):
            fact = theirs[0].fact
            source = Evidence(fact.passage, *fact.span, 1.0)
            kind: FlagKind = "date" if value.kind == "date" else "number"
            flags.append(Flag(value.start, value.end, kind, f"{kind} differs", number, source))
    return flags, agreeing


def _is_of(value: Quantity, naming: Naming, claim: Claim) -> bool:
    """Tell whether a value is said of a fact."""
    fact = naming.fact
    if fact.amount is not None:
        kin = value.kind == fact.amount.kind and value.measure == fact.amount.measure
        return (kin or value.kind == fact.amount.kind == "time") and _follows(value, naming, claim)
    if value.kind != "number":
        return False
    if fact.unit:
        return value.measure == UNITS[fact.unit][0]
    last = fact.words[-1]
    if value.measure == f"of {last}" or (last in UNITS and value.measure == UNITS[last][0]):
        return True
    return _follows(value, naming, claim)


def _follows(value: Quantity, naming: Naming, claim: Claim) -> bool:
    """Tell whether a value comes right after the words that name a fact: "the fee is $25"."""
    first = next((at for at, place in enumerate(claim.places) if place[1] > value.start), 0)
    last = naming.where[1]
    between = claim.keys[last + 1 : first]
    return last < first <= last + 1 + _NEAR and all(word in STOP_KEYS for word in between)


def _equal(value: Quantity, fact: Known) -> bool:
    if fact.amount is not None:
        return same(value, fact.amount)
    unit = UNITS.get(fact.unit) or UNITS.get(fact.words[-1])
    ours = value.amount / unit[1] if unit and value.measure == unit[0] else value.value
    theirs = float(fact.text)
    return abs(ours - theirs) <= 1e-9 * max(1.0, abs(theirs))


def _is_a_review_s(value: Quantity, beside: Sequence[Claim], book: Ledger) -> bool:
    """Tell whether a value is that of a review among the facts, and the sentence speaks of who wrote it."""
    if all(_AUTHORS.isdisjoint(part.keys) for part in beside):
        return False
    noun = value.measure.removeprefix("of ")
    facts = (book.facts[at] for at in book.by_word.get(head(noun), ()))
    return any(
        fact.kind == "number"
        and _REVIEW in fact.words
        and noun in fact.words
        and _equal(value, fact)
        for fact in facts
    )
