"""What speaks for and against a claim's denying what its linked sentences say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from hitl_tui.grounding.bridge import Bridge, bridge_between, is_matter
from hitl_tui.grounding.contrary import Contrast, deniers, quoted
from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link
from hitl_tui.grounding.negations import CUES, DENYING, OF_NOUNS, OPEN, SOFT, TURNS, denials
from hitl_tui.grounding.scope import Likeness, scope, sides

_BEFORE = 6
_AFTER = 6
_MOST_DENIERS = 4
_MOST_DENIALS = 6
_CARRYING = frozenset(["do", "does", "did", "doe"])


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
    said: float
    """The largest share of the claim in a clause of the sources that says the denied word."""
    denied_too: float
    """The largest share in a clause that denies it."""
    unlike_denials: float
    """`said` less the larger of `denied_too` and the largest share in any clause that denies something."""
    after_count: float
    """Words of matter after the negation, 0..8."""
    sentence_coverage: float
    """Share of the weight of the claim's sentence that the best linked sentence holds."""
    asked: float
    """Share of the claim's weight that the question holds."""


def added(
    claim: Claim, beside: Sequence[Claim], links: Sequence[Link], index: Index
) -> Contrast | None:
    """The claim's first negation against its linked sentences; None without one.

    `beside` are all claims of its sentence.

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
    likeness = Likeness.of(claim)
    both = sides(likeness, claim.keys[head], [link.sentence for link in links], index)
    elsewhere = _denied_anywhere(likeness, deniers(claim, links, index, _MOST_DENIERS), index)
    together = dict(chain.from_iterable(part.weights.items() for part in beside))
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
        quoted=quoted(claim, frozenset().union(*(link.sentence.pairs for link in links))),
        said=round(both.said, 4),
        denied_too=round(both.denied, 4),
        unlike_denials=round(both.said - max(both.denied, elsewhere), 4),
        after_count=float(min(sum(map(is_matter, claim.keys[cue + 1 :])), 8)),
        sentence_coverage=round(_held(together, best.words), 4),
        asked=round(_held(claim.weights, index.question_keys), 4),
    )
    there = best.first.get(claim.keys[head], min(places, default=0))
    return Contrast(facts, (cue, head), (there, there), best)


def _denied_anywhere(likeness: Likeness, sentences: Sequence[Sentence], index: Index) -> float:
    """The largest share of the claim in a clause around any word that denies."""
    most = 0.0
    for sentence in sentences:
        cues = [at for at, key in enumerate(sentence.keys) if key in DENYING]
        for cue in cues[:_MOST_DENIALS]:
            first, last = scope(sentence, cue, index)
            most = max(most, likeness.held_by(sentence.keys[first : last + 1]))
    return most


def _denials_of_claim(claim: Claim) -> Iterator[tuple[int, int]]:
    """The negations of a claim that deny the word after them: not the "No," that answers a question."""
    for cue, head in denials(claim.keys, conditional=True):
        if claim.places[cue + 1][0] - claim.places[cue][1] <= 1:
            yield cue, head


def _beside(keys: Sequence[str], cue: int) -> tuple[list[str], list[str]]:
    """The last two words of matter before a negation, and the first two after it."""
    before = [key for key in keys[max(0, cue - _BEFORE) : cue] if is_matter(key)]
    after = [key for key in keys[cue + 1 : cue + 1 + _AFTER] if is_matter(key)]
    return before[-2:], after[:2]


def _around(keys: Sequence[str], cue: int) -> tuple[str, str]:
    """The words on both sides of a negation, without the verb that only carries it: "does not go"."""
    before = cue - 1 if cue and keys[cue - 1] not in _CARRYING else cue - 2
    after = keys[cue + 1] if cue + 1 < len(keys) else ""
    return (keys[before] if before >= 0 else "", after)


def _share(keys: Sequence[str], known: frozenset[str]) -> float:
    return sum(key in known for key in keys) / (len(keys) or 1)


def _held(weights: dict[str, float], known: frozenset[str]) -> float:
    total = sum(weights.values()) or 1.0
    return sum(weight for key, weight in weights.items() if key in known) / total


def _is_open(keys: Sequence[str]) -> float:
    return float(not (OPEN.isdisjoint(keys) and TURNS.isdisjoint(keys)))
