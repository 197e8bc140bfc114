"""What speaks for and against a claim's saying what a sentence of its sources denies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hitl_tui.grounding.bridge import Bridge, alike, bridge_between, is_matter
from hitl_tui.grounding.contrary import Contrast, deniers, quoted
from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link
from hitl_tui.grounding.negations import (
    CUES,
    DENYING,
    FAINT,
    OF_NOUNS,
    SOFT,
    is_conditional,
    is_excepted,
    stated_denials,
)
from hitl_tui.grounding.scope import Likeness, scope, sides

_MOST_DENIERS = 8
_MOST_DENIALS = 12
_NEAR = 5
_BRIDGE_WORTH = 0.3
_OUTWEIGHED = 0.3
"""How much more of the claim a clause that says it outright holds than the one that denies it."""
_AIMING = frozenset(["to", "how", "base", "accord"])
"""First words of a claim that names a purpose or its sources and states nothing: "To open the lid"."""


class Dropped(NamedTuple):
    """Facts about what the sources deny and the claim does not; shares are 0..1.

    Words alike, of one family or synonyms, count in part throughout.
    """

    coverage_there: float
    """Share of the claim's weight in the sentence with the negation."""
    coverage_clause: float
    """Share of its weight in the clause with the negation."""
    denied: float
    """Share of what the denied words tell that the claim holds."""
    denied_count: float
    """Number of denied words of matter: 1..8."""
    head: float
    """How like a word of the claim the first denied word is."""
    rarity: float
    """How much the first denied word tells in these sources."""
    bridge_before: float
    """Words of matter in a row before the negation that the claim has in a row: 0..3."""
    bridge_after: float
    """The same after the negation: 0..3."""
    said: float
    """The largest share of the claim in a clause of the sources that says the word and does not deny it."""
    lead: float
    """`coverage_clause` less `said`."""
    in_best: float
    """1 if the negation stands in the best linked sentence."""
    conditional: float
    """1 if it stands in a condition, as the claim's word does."""
    of_noun: float
    """1 for "no" and "without", which deny a thing."""
    faint: float
    """1 for "fail" or "avoid", which deny without a negation."""
    soft_here: float
    """1 if the claim has a word that denies without a negation."""
    soft_near: float
    """1 if it stands shortly before the claim's word for what is denied."""
    denied_beside: float
    """1 if another clause of the claim's sentence has a negation."""
    aims: float
    """1 if the claim begins by naming a purpose, "to open the lid", or its sources."""
    quoted: float
    """Share of the claim's pairs of neighbouring words that the sentence with the negation has."""


class _Denial(NamedTuple):
    """A negation of the sources and the part of its sentence that it denies."""

    sentence: Sentence
    cue: int
    first: int
    last: int
    denied: tuple[str, ...]
    ours: int
    """Place of the claim's word for the first denied word that it has."""
    share: float
    coverage: float
    bridge: Bridge

    @property
    def worth(self) -> float:
        """How well the claim agrees with what is denied."""
        bridge = self.bridge.before + self.bridge.after
        return self.share + self.coverage + _BRIDGE_WORTH * bridge


def dropped(
    claim: Claim, beside: Sequence[Claim], links: Sequence[Link], index: Index
) -> Contrast | None:
    """That denial of the sources which the claim most likely lacks; None if it has a negation itself.

    `beside` are all claims of its sentence. A condition counts only where the claim's word stands in one too;
    a denial counts for nothing where another clause of the sources says clearly more of the claim outright.
    """
    if not links or not CUES.isdisjoint(claim.keys):
        return None
    sentences = deniers(claim, links, index, _MOST_DENIERS)
    if not sentences:
        return None
    likeness = Likeness.of(claim)
    found = [
        denial
        for sentence in sentences
        for denial in _denials(claim, likeness, sentence, index)
        if is_conditional(claim.keys, denial.ours) or not is_conditional(sentence.keys, denial.cue)
    ]
    if not found:
        return None
    best = max(found, key=lambda denial: denial.worth + likeness.to(denial.denied[0]))
    facts = _facts(claim, beside, likeness, best, links, index)
    if facts.lead < -_OUTWEIGHED:
        return None
    head = best.sentence.keys.index(best.denied[0], best.cue)
    return Contrast(facts, (best.ours, best.ours), (best.cue, head), best.sentence)


def _denials(
    claim: Claim, likeness: Likeness, sentence: Sentence, index: Index
) -> Iterator[_Denial]:
    """The denials of a sentence of which the claim has a denied word.

    A question denies nothing, nor does what denies a denial.
    """
    keys, text = sentence.keys, index.context[sentence.passage]
    for cue in [*stated_denials(keys)][:_MOST_DENIALS]:
        first, last = scope(sentence, cue, index)
        end = sentence.places[last][1]
        if keys[cue] in claim.keys or is_excepted(keys, cue, last) or "?" in text[end : end + 2]:
            continue
        if not DENYING.isdisjoint(keys[cue + 1 : last + 1]):
            continue
        denied = tuple(key for key in keys[cue + 1 : last + 1] if is_matter(key))
        word = next((key for key in denied if likeness.to(key)), None)
        if word is None:
            continue
        yield _Denial(
            sentence,
            cue,
            first,
            last,
            denied,
            next(at for at, own in enumerate(claim.keys) if alike(own, word)),
            likeness.share_of(denied, index),
            likeness.held_by(keys[first : last + 1]),
            bridge_between(keys, cue, claim.keys),
        )


def _facts(
    claim: Claim,
    beside: Sequence[Claim],
    likeness: Likeness,
    found: _Denial,
    links: Sequence[Link],
    index: Index,
) -> Dropped:
    sentence, cue = found.sentence, found.cue
    near = [link.sentence for link in links]
    said = sides(likeness, claim.keys[found.ours], near, index).said
    return Dropped(
        coverage_there=round(likeness.held_by(sentence.words), 4),
        coverage_clause=round(found.coverage, 4),
        denied=round(found.share, 4),
        denied_count=float(min(len(found.denied), 8)),
        head=likeness.to(found.denied[0]),
        rarity=round(index.idf(found.denied[0]), 4),
        bridge_before=float(found.bridge.before),
        bridge_after=float(found.bridge.after),
        said=round(said, 4),
        lead=round(found.coverage - said, 4),
        in_best=float(sentence is near[0]),
        conditional=float(is_conditional(sentence.keys, cue)),
        of_noun=float(sentence.keys[cue] in OF_NOUNS),
        faint=float(sentence.keys[cue] in FAINT),
        soft_here=float(not SOFT.isdisjoint(claim.keys)),
        soft_near=float(not SOFT.isdisjoint(claim.keys[max(0, found.ours - _NEAR) : found.ours])),
        denied_beside=float(any(not CUES.isdisjoint(other.keys) for other in beside)),
        aims=float(claim.keys[0] in _AIMING),
        quoted=quoted(claim, sentence.pairs),
    )
