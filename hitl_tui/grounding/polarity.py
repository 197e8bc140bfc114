"""Flags claims that deny what the linked sentences say, or say what they deny."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from hitl_tui.grounding.added import added
from hitl_tui.grounding.contrary import Contrast
from hitl_tui.grounding.dropped import dropped
from hitl_tui.grounding.index import Index
from hitl_tui.grounding.link import Claim, Link, covered, evidence
from hitl_tui.grounding.model import model
from hitl_tui.grounding.negations import CUES
from hitl_tui.grounding.opposites import opposites
from hitl_tui.grounding.types import Evidence, Flag

_SAME_SUBJECT = 0.5
_CLOSE_SUBJECT = 0.65


def negation_flags(
    claim: Claim, number: int, beside: Sequence[Claim], links: Sequence[Link], index: Index
) -> list[Flag]:
    """Flag claim `number` if its linked sentences say the same with the other polarity. At most one flag.

    `beside` are all claims of its sentence. Whether a negation on one side only is a contradiction is
    decided by small trees that were learnt from negations put into answers and taken out of them.
    """
    if not links:
        return []
    about = {key: w for key, w in claim.weights.items() if key not in CUES}
    found = _learnt(claim, beside, links, index) or next(
        iter(_opposites(claim, links, about)), None
    )
    if found is None:
        return []
    (first, last), source = found
    place = claim.places[first][0], claim.places[last][1]
    return [Flag(*place, "negation", "negation differs", number, source)]


_Found = tuple[tuple[int, int], Evidence]


def _learnt(
    claim: Claim, beside: Sequence[Claim], links: Sequence[Link], index: Index
) -> _Found | None:
    more, less = added(claim, beside, links, index), dropped(claim, beside, links, index)
    if more is not None and model().denial_added.odds(more.facts) >= 0:
        return more.ours, _there(claim, links, more)
    if less is not None and model().denial_dropped.odds(less.facts) >= 0:
        return less.ours, _there(claim, links, less)
    return None


def _there(claim: Claim, links: Sequence[Link], found: Contrast) -> Evidence:
    sentence = found.sentence
    if found.theirs == (0, 0) and claim.keys[found.ours[1]] not in sentence.words:
        return evidence(claim, links[0])
    first, last = found.theirs
    strength = min(1.0, covered(claim.weights, sentence) / (claim.weight or 1.0))
    return Evidence(sentence.passage, sentence.places[first][0], sentence.places[last][1], strength)


def _opposites(claim: Claim, links: Sequence[Link], about: dict[str, float]) -> Iterator[_Found]:
    """Yield where the claim has "included" and the linked sentences only "excluded", and the like."""
    best = links[0].sentence
    if _share(about, links[0]) < _SAME_SUBJECT or not CUES.isdisjoint(chain(claim.keys, best.keys)):
        return
    for ours, word in enumerate(claim.keys):
        if word not in claim.weights or word in best.words:
            continue
        rest = {key: weight for key, weight in about.items() if key != word}
        close = [link.sentence for link in links if _share(rest, link) >= _CLOSE_SUBJECT]
        if best not in close or any(word in sentence.words for sentence in close):
            continue
        for theirs, other in enumerate(best.keys):
            if other not in claim.weights and other in opposites(word):
                place = best.places[theirs]
                yield (ours, ours), Evidence(best.passage, *place, min(1.0, links[0].coverage))


def _share(weights: dict[str, float], link: Link) -> float:
    return covered(weights, link.sentence) / (sum(weights.values()) or 1.0)
