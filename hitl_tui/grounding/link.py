"""Links a clause of the output to the sentences of the sources that speak of the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.normalise import prefix
from hitl_tui.grounding.opposites import opposites
from hitl_tui.grounding.synonyms import groups
from hitl_tui.grounding.types import Evidence, Span

_CLAUSE_WEIGHT = 2.0
_DENIAL_WEIGHT = 2.0
_CANDIDATES = 8
MOST_EVIDENCE = 3
_WORTH_ADDING = 0.12
_FAMILY = 0.6


@dataclass(frozen=True, slots=True)
class Claim:
    """One clause of the output, read: its keys in order, their places and weights (0 for stop words)."""

    start: int
    end: int
    keys: tuple[str, ...]
    places: tuple[Span, ...]
    weights: dict[str, float]

    @property
    def weight(self) -> float:
        """The sum of the weights of its distinct keys."""
        return sum(self.weights.values())


@dataclass(frozen=True, slots=True)
class Link:
    """A sentence of the sources with the share (0..1) of the claim's weight that it covers alone."""

    sentence: Sentence
    coverage: float


def linked(claim: Claim, sentence: Sequence[Claim], index: Index) -> tuple[Link, ...]:
    """Return up to three sentences of the sources for a claim, the best first.

    The best shares most weight with the claim (counted twice more) and with the whole `sentence` it
    stands in, less what denies it: "unopened" where the claim has "opened". Further ones add what the
    first leaves uncovered. Ties go to the earlier sentence.
    """
    if not claim.weights:
        return ()
    scores: dict[int, float] = {}
    for part in sentence:
        for key, weight in part.weights.items():
            for number in index.postings.get(key, ()):
                scores[number] = scores.get(number, 0.0) + weight
    for key, weight in claim.weights.items():
        for number in index.postings.get(key, ()):
            scores[number] += _CLAUSE_WEIGHT * weight
    best = nsmallest(_CANDIDATES, scores, key=lambda number: (-scores[number], number))
    ranked = {number: scores[number] - _denied(claim, index.sentence(number)) for number in best}
    best.sort(key=lambda number: (-ranked[number], number))
    candidates = [index.sentence(number) for number in best]
    chosen: list[Link] = []
    open_weights = claim.weights
    worth, whole = 0.0, claim.weight
    while candidates and len(chosen) < MOST_EVIDENCE:
        if chosen:
            gains = [covered(open_weights, candidate) for candidate in candidates]
            gain = max(gains)
            taken = candidates.pop(gains.index(gain))
            held = covered(claim.weights, taken) if gain > worth else 0.0
        else:
            taken = candidates.pop(0)
            gain = held = covered(claim.weights, taken)
        if gain <= worth:
            break
        chosen.append(Link(taken, held / whole))
        open_weights = {key: w for key, w in open_weights.items() if key not in taken.words}
        worth = _WORTH_ADDING * whole
    return tuple(chosen)


def _denied(claim: Claim, sentence: Sentence) -> float:
    """What speaks against a sentence: it has the opposite of a word of the claim and not the word."""
    return sum(
        _DENIAL_WEIGHT * weight
        for key, weight in claim.weights.items()
        if key not in sentence.words and not sentence.words.isdisjoint(opposites(key))
    )


def covered(weights: dict[str, float], sentence: Sentence) -> float:
    """Return how much of the weights the sentence holds; a word of the same family counts in part."""
    words, families, near = sentence.words, sentence.families, sentence.groups
    total = 0.0
    for key, weight in weights.items():
        if key in words:
            total += weight
        elif (len(key) >= 5 and prefix(key) in families) or not near.isdisjoint(groups(key)):
            total += _FAMILY * weight
    return total


def evidence(claim: Claim, link: Link) -> Evidence:
    """Return the part of the linked sentence that holds the claim's words.

    It is the run of words with the largest sum, where a shared word counts its weight and any other
    costs a little; the earlier run wins a tie.
    """
    mean = claim.weight / max(1, len(claim.weights))
    families = {
        prefix(key): _FAMILY * weight for key, weight in claim.weights.items() if len(key) >= 5
    }
    known = set(claim.keys)
    best, best_range = 0.0, (0, len(link.sentence.keys) - 1)
    total, first = 0.0, 0
    for i, key in enumerate(link.sentence.keys):
        if total <= 0:
            total, first = 0.0, i
        gain = claim.weights.get(key) or families.get(key[:5] if len(key) >= 5 else key, 0.0)
        total += gain if gain else (0.0 if key in known else -0.2 * mean)
        if total > best:
            best, best_range = total, (first, i)
    places = link.sentence.places
    start, end = places[best_range[0]][0], places[best_range[1]][1]
    return Evidence(link.sentence.passage, start, end, min(1.0, link.coverage))
