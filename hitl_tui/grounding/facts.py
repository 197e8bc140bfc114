"""Compares a claim with the facts of a structured source: yes, no, unknown, on a scale, open at which hours."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitl_tui.grounding.amounts import Naming, amount_flags
from hitl_tui.grounding.hours import Interval, hours_flag
from hitl_tui.grounding.index import Index
from hitl_tui.grounding.ledger import Group, Known, Ledger, head
from hitl_tui.grounding.link import Claim
from hitl_tui.grounding.negations import CUES, TURNS
from hitl_tui.grounding.normalise import MONTHS, WEEKDAYS, key, prefix
from hitl_tui.grounding.quantities import Quantity
from hitl_tui.grounding.segment import WORD
from hitl_tui.grounding.structure import FactKind
from hitl_tui.grounding.synonyms import groups
from hitl_tui.grounding.types import Evidence, Flag, Span

_REACH_BEFORE = 6
_REACH_AFTER = 5
_REACH_INSTEAD = 3
_INSTEAD = (("rather", "than"), ("instead", "of"))
_MOST_CLAIM = 200
_ABSENT = frozenset(
    "unavailabl absent lack miss prohibit forbidden ban closed disabl exclud unsupport deni".split()
)
_LACKS = frozenset("lack lacks miss prohibit forbid ban exclud without unabl prevent avoid".split())
_VERBS = frozenset("is ar was wer be been do doe did can will hav has".split())
_SCALES = (
    "casual formal dressy", "quiet average loud", "free paid", "cheap moderate expensive pricey",
    "small medium large", "beginner intermediate advanced", "indoor outdoor", "new used refurbished",
    "wired wireless", "manual automatic", "monthly yearly weekly daily", "vegan vegetarian",
)  # fmt: skip
_SCALE_OF = {key(word): number for number, words in enumerate(_SCALES) for word in words.split()}
_VALUE_KINDS: frozenset[FactKind] = frozenset({"yes", "no", "unknown"})
_NONE_OF = frozenset("no without lack neither nor".split())
_NOT_GIVEN = frozenset("offer hav has provid serv includ featur accept allow".split())
_EVERYDAY = frozenset(
    "lot street live video other good background plan room area time day service".split()
)
"""Words of keys that also stand in claims about something else: "a lot of", "live nearby"."""
_LONGEST_LABEL = 3
_THERE = (("is",), ("ar",))
_IDLE = frozenset(
    map(
        key,
        (
            "restaurant business place establishment location available offer provide serve include feature "
            "allow accept good suitable guest customer visitor people also option open close hour operate"
        ).split(),
    )
)
"""Words of a claim that say nothing more than that the fact is so."""
_TIMES = frozenset(
    map(key, [*WEEKDAYS, *MONTHS, "daily", "weekday", "weekend", "noon", "midnight"])
)
_WORTH_AGREEING = 0.5


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing a claim with the facts: flags, and facts that say the same or leave it open."""

    flags: tuple[Flag, ...] = ()
    same: tuple[Evidence, ...] = ()
    unknown: tuple[Evidence, ...] = ()


def compared(
    output: str,
    claim: Claim,
    number: int,
    beside: Sequence[Claim],
    values: Sequence[Quantity],
    index: Index,
) -> Compared:
    """Flag claim `number` where it affirms what the facts deny, denies what they affirm, or has another value.

    A fact that is null contradicts nothing: it leaves open whatever is said of it. A fact counts as saying
    the same only if it speaks of a good part of the claim. `beside` are all claims of its sentence.
    """
    book = index.book
    if len(claim.keys) > _MOST_CLAIM or not (book.facts or book.hours):
        return Compared()
    named = {
        at: Naming(book.facts[at], where)
        for at in _about(claim, book)
        if (where := _mention(claim, book.facts[at], index)) is not None
    }
    amounts = [naming for naming in named.values() if _is_amount(naming.fact)]
    wrong, same = _plain_flags(claim, number, named.values())
    wrong += _group_flags(claim, number, frozenset(named), book)
    differing, agreeing = amount_flags(claim, number, beside, values, amounts, book)
    wrong += differing
    places = [_place(naming.fact) for naming in [*same, *agreeing]]
    covered = set[str]().union(*(_words_of(claim, naming) for naming in [*same, *agreeing]))
    if book.hours:
        flag, entry = hours_flag(output, (claim.start, claim.end), number, values, _days(book))
        wrong += [flag] if flag else []
        if entry:
            places.append(entry)
            covered |= {word for word in claim.weights if word[0] == "#" or word in _TIMES}
    unknown = (_place(naming.fact) for naming in named.values() if naming.fact.kind == "unknown")
    agreed = places if places and _is_much(claim, covered) else ()
    return Compared(tuple(wrong), tuple(agreed), tuple(unknown))


def _place(fact: Known) -> Evidence:
    return Evidence(fact.passage, *fact.span, 1.0)


def _is_amount(fact: Known) -> bool:
    return fact.kind == "number" or fact.amount is not None


def _plain_flags(
    claim: Claim, number: int, named: Iterable[Naming]
) -> tuple[list[Flag], list[Naming]]:
    """Flag what facts that are no amounts contradict; and the facts that say the same."""
    same: list[Naming] = []
    told: dict[int, set[bool]] = {}
    seen: dict[int, Flag] = {}
    for naming in named:
        fact, where = naming
        if fact.kind == "unknown" or _is_amount(fact):
            continue
        check = _polarity_flag if fact.kind in _VALUE_KINDS else _label_flag
        flag = check(claim, number, fact, where)
        told.setdefault(where[0], set()).add(flag is None)
        if flag is not None:
            seen.setdefault(where[0], flag)
        elif fact.kind != "text" or _says(claim, fact):
            same.append(naming)
    # Two facts of one name that disagree, as in two rooms of a hotel, cannot contradict a claim.
    return [flag for place, flag in seen.items() if told[place] == {False}], same


def _words_of(claim: Claim, naming: Naming) -> set[str]:
    """The words of the claim that name a fact or its value."""
    fact, where = naming
    told = {*fact.words, *fact.outer, *(key(word) for word in WORD.findall(fact.text))}
    return told | set(claim.keys[where[0] : where[1] + 1])


def _is_much(claim: Claim, covered: set[str]) -> bool:
    """Tell whether the words covered make up a good part of what the claim says."""
    matter = {word: weight for word, weight in claim.weights.items() if word not in _IDLE}
    told = sum(weight for word, weight in matter.items() if word in covered)
    return told >= _WORTH_AGREEING * sum(matter.values())


def _says(claim: Claim, fact: Known) -> bool:
    """Tell whether the claim has a word of the fact's value."""
    return any(key(word) in claim.weights for word in WORD.findall(fact.text))


def _days(book: Ledger) -> dict[int, tuple[Interval, Evidence]]:
    return {
        day: (span, Evidence(known.passage, *known.span, 1.0))
        for day, (span, known) in book.hours.items()
    }


def _about(claim: Claim, book: Ledger) -> Iterator[int]:
    """The facts of which a word stands in the claim, each once."""
    heads = [*claim.keys, *(a + b for a, b in pairwise(claim.keys))]
    found = dict.fromkeys(
        at for short in dict.fromkeys(map(head, heads)) for at in book.by_word.get(short, ())[:64]
    )
    yield from found


def _mention(claim: Claim, fact: Known, index: Index) -> tuple[int, int] | None:
    """First and last key of the claim that name the fact; None if it does not speak of it."""
    joined = fact.joined
    for at, (one, other) in enumerate(pairwise(claim.keys)):
        if joined in {one, one + other} and len(joined) > 3:
            return at, at if one == joined else at + 1
    if claim.keys and claim.keys[-1] == joined:
        return _with_context(claim, fact, len(claim.keys) - 1, len(claim.keys) - 1, index)
    places = []
    for word in fact.words:
        place = next((at for at, own in enumerate(claim.keys) if _same(own, word)), None)
        if place is None:
            return None
        places.append(place)
    if max(places) - min(places) > 4:
        return None
    return _with_context(claim, fact, min(places), max(places), index)


def _with_context(
    claim: Claim, fact: Known, first: int, last: int, index: Index
) -> tuple[int, int] | None:
    """A single everyday word, "street" of the parking, counts only beside a word of the keys around it."""
    if len(fact.words) == 1 and fact.outer and fact.kind in _VALUE_KINDS:
        beside = any(_same(own, word) for own in claim.keys for word in fact.outer)
        if not beside and not _stands_alone(claim, fact, first, index):
            return None
    return first, last


def _stands_alone(claim: Claim, fact: Known, at: int, index: Index) -> bool:
    """Tell whether the claim has the very word of a fact that stands nowhere else in the sources."""
    (word,) = fact.words
    telling = len(fact.text) > 0 and word not in _EVERYDAY and claim.keys[at] == word
    return telling and index.counts.get(word, 0) <= 1


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
        if tuple(words[max(0, at - 1) : at + 1]) in _INSTEAD:
            return first - at <= _REACH_INSTEAD
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


def _label_flag(claim: Claim, number: int, fact: Known, where: Span) -> Flag | None:
    """Flag a word of the same scale that is not the fact's, and what denies that the thing is there."""
    source = Evidence(fact.passage, *fact.span, 1.0)
    theirs = {key(word) for word in WORD.findall(fact.text)}
    scales = {_SCALE_OF[word]: word for word in theirs if word in _SCALE_OF}
    for at, word in enumerate(claim.keys):
        scale = _SCALE_OF.get(word)
        near = abs(at - where[0]) <= _REACH_BEFORE
        if scale in scales and word not in theirs and near and not _is_denied(claim.keys, at, at):
            return Flag(*claim.places[at], "entity", "value differs", number, source)
    if 0 < len(theirs) <= _LONGEST_LABEL and _is_none_of(claim.keys, where[0]):
        place = claim.places[where[0]][0], claim.places[where[1]][1]
        return Flag(*place, "negation", "negation differs", number, source)
    return None


def _is_none_of(words: Sequence[str], first: int) -> bool:
    """Tell whether "no", "without" or "does not offer" stands right before the word at `first`."""
    before = words[first - 1] if first else ""
    if before in _NONE_OF:
        return True
    return before in _NOT_GIVEN and not CUES.isdisjoint(words[max(0, first - 3) : first - 1])


def _group_flags(
    claim: Claim, number: int, mentioned: frozenset[int], book: Ledger
) -> Iterator[Flag]:
    """Flag "no parking" where some kind of it is there, and "parking is available" where there is none."""
    for group in book.groups:
        if not mentioned.isdisjoint(group.members):
            continue
        where = _place_of(claim, group)
        if where is None:
            continue
        denied = _is_none_of(claim.keys, where[0])
        there = not denied and _is_there(claim.keys, *where)
        if (denied and group.some) or (there and group.none):
            place = claim.places[where[0]][0], claim.places[where[1]][1]
            source = Evidence(group.passage, *group.span, 1.0)
            yield Flag(*place, "negation", "negation differs", number, source)


def _place_of(claim: Claim, group: Group) -> Span | None:
    """First and last key of the claim that name a group, its words in a row."""
    size = len(group.words)
    for at in range(len(claim.keys) - size + 1):
        if claim.keys[at : at + size] == group.words:
            return at, at + size - 1
    return None


def _is_there(words: Sequence[str], first: int, last: int) -> bool:
    """Tell whether the claim says that the thing is to be had: "parking is available", "offers parking"."""
    if _is_denied(words, first, last):
        return False
    offered = first > 0 and words[first - 1] in _NOT_GIVEN
    return offered or (
        words[last + 1 : last + 2] in _THERE and words[last + 2 : last + 3] == ("availabl",)
    )
