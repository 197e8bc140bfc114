"""Compares a claim with the facts of a structured source: yes, no, unknown, counted, open at which hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitl_tui.grounding.hours import Interval, hours_flag
from hitl_tui.grounding.ledger import Known, Ledger, head
from hitl_tui.grounding.link import Claim
from hitl_tui.grounding.negations import CUES, TURNS
from hitl_tui.grounding.normalise import key, prefix
from hitl_tui.grounding.quantities import Quantity
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.structure import FactKind
from hitl_tui.grounding.synonyms import groups
from hitl_tui.grounding.types import Evidence, Flag, Span
from hitl_tui.grounding.units import UNITS

_REACH_BEFORE = 6
_REACH_AFTER = 5
_MOST_CLAIM = 200
_ABSENT = frozenset(
    "unavailabl absent lack miss prohibit forbidden ban closed disabl exclud unsupport deni".split()  # noqa: SIM905
)
_LACKS = frozenset("lack lacks miss prohibit forbid ban exclud without unabl prevent avoid".split())  # noqa: SIM905
_VERBS = frozenset("is ar was wer be been do doe did can will hav has".split())  # noqa: SIM905
_SCALES = (
    "casual formal dressy", "quiet average loud", "free paid", "cheap moderate expensive pricey",
    "small medium large", "beginner intermediate advanced", "indoor outdoor", "new used refurbished",
    "wired wireless", "manual automatic", "monthly yearly weekly daily", "vegan vegetarian",
)  # fmt: skip
_SCALE_OF = {key(word): number for number, words in enumerate(_SCALES) for word in words.split()}
_VALUE_KINDS: frozenset[FactKind] = frozenset({"yes", "no", "unknown"})


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing a claim with the facts: flags, and facts that say the same or leave it open."""

    flags: tuple[Flag, ...] = ()
    same: tuple[Evidence, ...] = ()
    unknown: tuple[Evidence, ...] = ()


def compared(
    output: str, claim: Claim, number: int, values: Sequence[Quantity], book: Ledger
) -> Compared:
    """Flag claim `number` where it affirms what the facts deny, denies what they affirm, or has another value.

    A fact that is null contradicts nothing: it leaves open whatever is said of it.
    """
    if len(claim.keys) > _MOST_CLAIM or not (book.facts or book.hours):
        return Compared()
    same: list[Evidence] = []
    unknown: list[Evidence] = []
    span = claim.start, claim.end
    flags: list[Flag] = []
    told: dict[int, set[bool]] = {}
    seen: dict[int, Flag] = {}
    for fact in _about(claim, book):
        where = _mention(claim, fact)
        if where is None:
            continue
        source = Evidence(fact.passage, *fact.span, 1.0)
        if fact.kind == "unknown":
            unknown.append(source)
            continue
        if fact.kind in _VALUE_KINDS:
            flag = _polarity_flag(claim, number, fact, where)
        else:
            flag = _value_flag(claim, number, fact, where, values)
        told.setdefault(where[0], set()).add(flag is None)
        if flag is not None:
            seen.setdefault(where[0], flag)
        elif fact.kind != "text" or _says(claim, fact):
            same.append(source)
    # Two facts of one name that disagree, as in two rooms of a hotel, cannot contradict a claim.
    flags += [flag for place, flag in seen.items() if told[place] == {False}]
    if book.hours:
        flag, agrees = hours_flag(output, span, number, values, _days(book))
        flags += [flag] if flag else []
        same += [agrees] if agrees else []
    return Compared(tuple(flags), tuple(same), tuple(unknown))


def _says(claim: Claim, fact: Known) -> bool:
    """Tell whether the claim has a word of the fact's value."""
    return any(key(word) in claim.weights for word in WORD.findall(fact.text))


def _days(book: Ledger) -> dict[int, tuple[Interval, Evidence]]:
    return {
        day: (span, Evidence(known.passage, *known.span, 1.0))
        for day, (span, known) in book.hours.items()
    }


def _about(claim: Claim, book: Ledger) -> Iterator[Known]:
    """The facts of which a word stands in the claim, each once."""
    heads = [*claim.keys, *(a + b for a, b in pairwise(claim.keys))]
    found = dict.fromkeys(
        at for short in dict.fromkeys(map(head, heads)) for at in book.by_word.get(short, ())[:64]
    )
    for at in found:
        yield book.facts[at]


def _mention(claim: Claim, fact: Known) -> tuple[int, int] | None:
    """First and last key of the claim that name the fact; None if it does not speak of it."""
    joined = fact.joined
    for at, (one, other) in enumerate(pairwise(claim.keys)):
        if joined in {one, one + other} and len(joined) > 3:
            return at, at if one == joined else at + 1
    if claim.keys and claim.keys[-1] == joined:
        return _with_context(claim, fact, len(claim.keys) - 1, len(claim.keys) - 1)
    places = []
    for word in fact.words:
        place = next((at for at, own in enumerate(claim.keys) if _same(own, word)), None)
        if place is None:
            return None
        places.append(place)
    if max(places) - min(places) > 4:
        return None
    return _with_context(claim, fact, min(places), max(places))


def _with_context(claim: Claim, fact: Known, first: int, last: int) -> tuple[int, int] | None:
    """A single everyday word, "street" of the parking, counts only beside a word of the keys around it."""
    if len(fact.words) == 1 and fact.outer and fact.kind in _VALUE_KINDS:
        beside = any(_same(own, word) for own in claim.keys for word in fact.outer)
        if not beside and not _stands_alone(fact):
            return None
    return first, last


def _stands_alone(fact: Known) -> bool:
    """Tell whether the keys around a fact say nothing of their own, as "attributes" does not."""
    return not fact.outer


def _same(own: str, word: str) -> bool:
    if own == word:
        return True
    kin = len(own) >= 5 and len(word) >= 5 and prefix(own) == prefix(word)
    return kin or not groups(own).isdisjoint(groups(word))


def _polarity_flag(claim: Claim, number: int, fact: Known, where: Span) -> Flag | None:
    denied = _is_denied(claim.keys, *where)
    if denied == (fact.kind == "no"):
        return None
    place = claim.places[where[0]][0], claim.places[where[1]][1]
    source = Evidence(fact.passage, *fact.span, 1.0)
    return Flag(*place, "negation", "negation differs", number, source)


def _is_denied(words: Sequence[str], first: int, last: int) -> bool:
    """Tell whether the claim denies what it names at these places."""
    for at in range(first - 1, max(-1, first - 1 - _REACH_BEFORE), -1):
        word = words[at]
        if word in TURNS:
            break
        if word in CUES or word in _LACKS:
            return not (at + 1 < len(words) and words[at + 1] == "only")
    for at in range(last + 1, min(len(words), last + 1 + _REACH_AFTER)):
        word = words[at]
        if word in TURNS or word == "and":
            break
        if word in _ABSENT:
            return True
        if word in CUES:
            return words[at - 1] in _VERBS or word.endswith("nt") or word in {"not", "cannot"}
    return False


def _value_flag(
    claim: Claim, number: int, fact: Known, where: Span, values: Sequence[Quantity]
) -> Flag | None:
    source = Evidence(fact.passage, *fact.span, 1.0)
    if fact.kind == "number":
        return _number_flag(claim, number, fact, values, source)
    theirs = {key(word) for word in WORD.findall(fact.text)}
    scales = {_SCALE_OF[word]: word for word in theirs if word in _SCALE_OF}
    for at, word in enumerate(claim.keys):
        scale = _SCALE_OF.get(word)
        near = abs(at - where[0]) <= _REACH_BEFORE
        if scale in scales and word not in theirs and near and not _is_denied(claim.keys, at, at):
            return Flag(*claim.places[at], "entity", "value differs", number, source)
    return None


def _number_flag(
    claim: Claim, number: int, fact: Known, values: Sequence[Quantity], source: Evidence
) -> Flag | None:
    """A number of the same thing, "4.5 stars" beside `stars: 4.0`, that is not the fact's."""
    theirs = float(fact.text)
    unit = UNITS.get(fact.words[-1])
    for value in values:
        if value.kind != "number" or not claim.start <= value.start < claim.end:
            continue
        named = value.measure == f"of {fact.words[-1]}" or (unit and value.measure == unit[0])
        if not named:
            continue
        ours = value.amount / unit[1] if unit else value.value
        if abs(ours - theirs) > 1e-9 * max(1.0, abs(theirs)):
            return Flag(value.start, value.end, "number", "number differs", number, source)
        return None
    return None
