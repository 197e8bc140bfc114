"""What speaks for and against a claim's denying what its linked sentences say, or saying what they deny."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from hitl_tui.grounding.bridge import Bridge, bridge_between, is_matter
from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link, covered
from hitl_tui.grounding.negations import CUES, OF_NOUNS, OPEN, SOFT, TURNS, denials
from hitl_tui.grounding.types import Span

_BEFORE = 6
_AFTER = 6
_MOST_DENIALS = 12
_MOST_DENIERS = 6
_SHORTLY = 5
_EMPHATIC = frozenset(["do", "does", "did", "doe"])


class Added(NamedTuple):
    """Facts about a negation of the claim; shares are 0..1."""

    coverage: float
    """Share of the claim's weight in the best linked sentence."""
    denied: float
    """1 if that sentence has a negation."""
    denied_beside: float
    """1 if another linked sentence has one."""
    denied_around: float
    """1 if the best one or a neighbour of it has one."""
    soft: float
    """1 if the best linked sentence has a word that denies without a negation: "avoid", "only"."""
    soft_around: float
    """1 if it or a neighbour of it has."""
    soft_here: float
    """1 if the claim has one itself."""
    open_here: float
    """1 if the claim is conditional, or turns against something said: "if", "but"."""
    open_there: float
    """1 if the best linked sentence is."""
    conditional: float
    """1 if the negation stands in a condition."""
    of_noun: float
    """1 for "no" and "without", which deny a thing."""
    head: float
    """1 if the denied word is in the best linked sentence."""
    before: float
    """Share of the two words of matter before the negation that this sentence has."""
    after: float
    """Share of the two words of matter after it that this sentence has."""
    reach: float
    """How far apart those words stand there; 60 if fewer than two do."""
    bridge: float
    """Words of matter in a row around the negation that a linked sentence has in a row: 0..6."""
    bridge_denied: float
    """1 if that sentence denies them too."""
    rejoined: float
    """1 if a linked sentence has the words on both sides of the negation side by side."""
    quoted: float
    """Share of the claim's pairs of neighbouring words that the linked sentences have."""


class Dropped(NamedTuple):
    """Facts about a negation of a linked sentence that the claim lacks; shares are 0..1."""

    coverage: float
    """Share of the claim's weight in the best linked sentence."""
    coverage_there: float
    """Share of its weight in the sentence with the negation."""
    denials: float
    """Negations in the sentences that speak of the same."""
    agreement: float
    """How many of the words around the negation the claim has: 0..3, the denied one counts twice."""
    before: float
    """Share of the two words of matter before the negation that the claim has."""
    undenied: float
    """How often the linked sentences have the claim's word for what is denied without a negation."""
    conditional: float
    """1 if the negation stands in a condition."""
    denied: float
    """1 if it stands in the best linked sentence."""
    denied_linked: float
    """1 if it stands in a linked sentence."""
    of_noun: float
    """1 for "no" and "without", which deny a thing."""
    emphatic: float
    """1 if the claim's word for what is denied follows on "do", "does" or "did"."""
    open_here: float
    """1 if the claim is conditional, or turns against something said."""
    soft_here: float
    """1 if the claim has a word that denies without a negation."""
    open_there: float
    """1 if the sentence with the negation is conditional or turns against something said."""
    bridge_before: float
    """Words of matter in a row before the negation that the claim has in a row: 0..3."""
    bridge_after: float
    """The same after the negation: 0..3."""
    rejoined: float
    """1 if the claim has the words on both sides of the negation side by side."""
    quoted: float
    """Share of the claim's pairs of neighbouring words that the sentence with the negation has."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A negation on one side only: `ours` and `theirs` are first and last key on each side."""

    facts: Added | Dropped
    ours: tuple[int, int]
    theirs: tuple[int, int]
    sentence: Sentence
    """The sentence of the sources that `theirs` are keys of."""


def added(claim: Claim, links: Sequence[Link], index: Index) -> Contrast | None:
    """The claim's first negation against its linked sentences; None without one.

    A condition denies nothing, unless the best linked sentence is one too.
    """
    found = next(_denials_of_claim(claim), None)
    if found is None or not links:
        return None
    cue, head = found
    best = links[0].sentence
    conditional = not OPEN.isdisjoint(claim.keys[max(0, cue - 7) : cue])
    if conditional and OPEN.isdisjoint(best.keys):
        return None
    around = index.around(best)
    before, after = _beside(claim.keys, cue)
    places = [best.first[key] for key in (*before, *after) if key in best.first]
    bridge, bridge_denied = Bridge(0, 0, 0), 0.0
    for link in links:
        other = bridge_between(claim.keys, cue, link.sentence.keys)
        if other.size > bridge.size:
            bridge = other
            near = link.sentence.keys[max(0, other.place - _BEFORE) : other.place]
            bridge_denied = float(not CUES.isdisjoint(near))
    facts = Added(
        coverage=round(links[0].coverage, 4),
        denied=float(best.denies),
        denied_beside=float(any(link.sentence.denies for link in links[1:])),
        denied_around=float(not CUES.isdisjoint(around)),
        soft=float(not SOFT.isdisjoint(best.words)),
        soft_around=float(not SOFT.isdisjoint(around)),
        soft_here=float(not SOFT.isdisjoint(claim.keys)),
        open_here=_is_open(claim.keys),
        open_there=_is_open(best.keys),
        conditional=float(conditional),
        of_noun=float(claim.keys[cue] in OF_NOUNS),
        head=float(claim.keys[head] in best.words),
        before=_share(before, best.words),
        after=_share(after, best.words),
        reach=float(min(max(places) - min(places), 60)) if len(places) > 1 else 60.0,
        bridge=float(bridge.before + bridge.after),
        bridge_denied=bridge_denied,
        rejoined=float(any(_around(claim.keys, cue) in link.sentence.pairs for link in links)),
        quoted=_quoted(claim, frozenset().union(*(link.sentence.pairs for link in links))),
    )
    there = best.first.get(claim.keys[head], min(places, default=0))
    return Contrast(facts, (cue, head), (there, there), best)


def dropped(claim: Claim, links: Sequence[Link], index: Index) -> Contrast | None:
    """That negation of the sources which the claim most likely lacks; None if it has one itself."""
    if not links or not CUES.isdisjoint(claim.keys):
        return None
    best: tuple[float, Sentence, int, Bridge] | None = None
    total = 0
    for sentence in _deniers(claim, links, index):
        for cue, _ in list(_spoken(sentence.keys, sentence.places))[:_MOST_DENIALS]:
            total += 1
            bridge = bridge_between(sentence.keys, cue, claim.keys)
            worth = _agreement(sentence.keys, cue, claim) + bridge.size
            if worth > 0 and (best is None or worth > best[0]):
                best = (worth, sentence, cue, bridge)
    if best is None:
        return None
    _, sentence, cue, bridge = best
    keys = sentence.keys
    before, after = _beside(keys, cue)
    shared = [key for key in (*after, *reversed(before)) if key in claim.weights]
    ours = bridge.place if bridge.after else claim.keys.index(shared[0]) if shared else 0
    linked = [link.sentence for link in links]
    facts = Dropped(
        coverage=round(links[0].coverage, 4),
        coverage_there=round(covered(claim.weights, sentence) / (claim.weight or 1.0), 4),
        denials=float(min(total, 8)),
        agreement=round(_agreement(keys, cue, claim), 4),
        before=_share(before, claim.weights),
        undenied=float(min(sum(_undenied(near.keys, claim.keys[ours]) for near in linked), 6)),
        conditional=float(not OPEN.isdisjoint(keys[max(0, cue - 8) : cue])),
        denied=float(sentence is linked[0]),
        denied_linked=float(sentence in linked),
        of_noun=float(keys[cue] in OF_NOUNS),
        emphatic=float(ours > 0 and claim.keys[ours - 1] in _EMPHATIC),
        open_here=_is_open(claim.keys),
        soft_here=float(not SOFT.isdisjoint(claim.keys)),
        open_there=_is_open(keys),
        bridge_before=float(bridge.before),
        bridge_after=float(bridge.after),
        rejoined=float(_around(keys, cue) in set(pairwise(claim.keys))),
        quoted=_quoted(claim, sentence.pairs),
    )
    head = next((at for at in range(cue + 1, len(keys)) if is_matter(keys[at])), cue)
    return Contrast(facts, (ours, ours), (cue, head), sentence)


def _deniers(claim: Claim, links: Sequence[Link], index: Index) -> list[Sentence]:
    """The linked sentences with a negation, then others with one that share most words with the claim."""
    found = {link.sentence.number: link.sentence for link in links if link.sentence.denies}
    shared: dict[int, int] = {}
    for key in claim.weights:
        for number in index.postings.get(key, ()):
            if number in index.denying:
                shared[number] = shared.get(number, 0) + 1
    ranked = sorted((-count, number) for number, count in shared.items() if count > 1)
    for _, number in ranked[:_MOST_DENIERS]:
        found.setdefault(number, index.sentence(number))
    return list(found.values())


def _spoken(keys: Sequence[str], places: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """The negations that deny the word after them: not "No.", "If not,"."""
    for cue, head in denials(keys, conditional=True):
        if places[cue + 1][0] - places[cue][1] <= 1:
            yield cue, head


def _denials_of_claim(claim: Claim) -> Iterator[tuple[int, int]]:
    """The negations of a claim, without the "No," that answers a question."""
    yield from _spoken(claim.keys, claim.places)


def _beside(keys: Sequence[str], cue: int) -> tuple[list[str], list[str]]:
    """The last two words of matter before a negation, and the first two after it."""
    before = [key for key in keys[max(0, cue - _BEFORE) : cue] if is_matter(key)]
    after = [key for key in keys[cue + 1 : cue + 1 + _AFTER] if is_matter(key)]
    return before[-2:], after[:2]


def _around(keys: Sequence[str], cue: int) -> tuple[str, str]:
    """The words on both sides of a negation, without the verb that only carries it: "does not go"."""
    before = cue - 1 if cue and keys[cue - 1] not in _EMPHATIC else cue - 2
    after = keys[cue + 1] if cue + 1 < len(keys) else ""
    return (keys[before] if before >= 0 else "", after)


def _quoted(claim: Claim, pairs: frozenset[tuple[str, str]]) -> float:
    own = list(pairwise(claim.keys))
    return round(sum(pair in pairs for pair in own) / (len(own) or 1), 4)


def _share(keys: Sequence[str], known: frozenset[str] | dict[str, float]) -> float:
    return sum(key in known for key in keys) / (len(keys) or 1)


def _agreement(keys: Sequence[str], cue: int, claim: Claim) -> float:
    before, after = _beside(keys, cue)
    denied = bool(after) and after[0] in claim.weights
    return _share(before, claim.weights) + _share(after, claim.weights) + denied


def _undenied(keys: Sequence[str], word: str) -> int:
    return sum(
        key == word and CUES.isdisjoint(keys[max(0, at - _SHORTLY) : at])
        for at, key in enumerate(keys)
    )


def _is_open(keys: Sequence[str]) -> float:
    return float(not (OPEN.isdisjoint(keys) and TURNS.isdisjoint(keys)))
