"""Finds claims that deny what the linked sentence says, or say what it denies."""

# A table of words reads better as text than as a list of strings.
# ruff: noqa: SIM905

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from hitl_tui.grounding.index import Sentence
from hitl_tui.grounding.link import Claim, Link, covered
from hitl_tui.grounding.negations import CUES, OPEN, denials
from hitl_tui.grounding.normalise import STOP_WORDS
from hitl_tui.grounding.opposites import opposites
from hitl_tui.grounding.types import Evidence, Flag

_SAME_SUBJECT = 0.5
_CLOSE_SUBJECT = 0.65
_NEIGHBOUR = 6

_SOFT = frozenset(
    "none against warn wari lose los remov avoid prevent refrain free fail lack stop except "
    "rather instead exclud unlik few littl rare unles".split()
)
"""Words that deny without a negation: beside them a missing "not" means nothing."""
_OF_NOUNS = frozenset("no without".split())
"""Negations of things: their noun may well stand elsewhere in the claim without them."""


def negation_flags(claim: Claim, number: int, links: Sequence[Link]) -> list[Flag]:
    """Flag claim `number` if its best linked sentence has the same words with the other polarity.

    At most one flag. Silent unless the sentence holds most of what the claim is about, the word denied
    and a neighbour stand in the same order in both, and every linked sentence has that word the same way.
    """
    about = {key: w for key, w in claim.weights.items() if key not in CUES}
    shares = [(link.sentence, _share(about, link.sentence)) for link in links]
    near = [sentence for sentence, share in shares if share >= _SAME_SUBJECT]
    if not near or near[0] is not links[0].sentence:
        return []
    strength = min(1.0, links[0].coverage)
    found = chain(_added(claim, near), _dropped(claim, near), _opposite(claim, near, about))
    return [
        Flag(*place, "negation", "negation differs", number, _evidence(near[0], *words, strength))
        for place, words in found
    ][:1]


_Found = tuple[tuple[int, int], tuple[int, int]]


def _added(claim: Claim, near: Sequence[Sentence]) -> Iterator[_Found]:
    """Yield where the claim denies a word that no near sentence denies."""
    for cue, head in denials(claim.keys):
        word = claim.keys[head]
        if claim.places[cue + 1][0] - claim.places[cue][1] > 1 and claim.keys[cue] == "no":
            continue
        if word not in near[0].words or any(_uncertain(sentence.keys, word) for sentence in near):
            continue
        theirs = _counterpart(claim.keys, head, near[0].keys)
        if theirs is not None:
            yield (claim.places[cue][0], claim.places[head][1]), (theirs, theirs)


def _dropped(claim: Claim, near: Sequence[Sentence]) -> Iterator[_Found]:
    """Yield where the claim says a word that every near sentence denies."""
    if any(key in CUES or key in _SOFT or key in OPEN for key in claim.keys):
        return
    for cue, head in denials(near[0].keys):
        word = near[0].keys[head]
        if near[0].keys[cue] in _OF_NOUNS:
            continue
        if word in claim.weights and all(_only_denied(sentence.keys, word) for sentence in near):
            ours = _counterpart(near[0].keys, head, claim.keys)
            if ours is not None:
                yield claim.places[ours], (cue, head)


def _opposite(claim: Claim, near: Sequence[Sentence], about: dict[str, float]) -> Iterator[_Found]:
    """Yield where the claim has "included" and the near sentences only "excluded", and the like."""
    if not CUES.isdisjoint(chain(claim.keys, near[0].keys)):
        return
    for ours, word in enumerate(claim.keys):
        if word not in claim.weights or word in near[0].words:
            continue
        rest = {key: weight for key, weight in about.items() if key != word}
        close = [sentence for sentence in near if _share(rest, sentence) >= _CLOSE_SUBJECT]
        if near[0] not in close or any(word in sentence.words for sentence in close):
            continue
        for theirs, other in enumerate(near[0].keys):
            if other not in claim.weights and other in opposites(word):
                yield claim.places[ours], (theirs, theirs)


def _counterpart(keys: Sequence[str], head: int, others: Sequence[str]) -> int | None:
    """Return the place in `others` of the word at `head` that has a neighbour of it on the same side."""
    left = next((k for k in reversed(keys[max(0, head - _NEIGHBOUR) : head]) if _matter(k)), None)
    right = next((k for k in keys[head + 1 : head + 1 + _NEIGHBOUR] if _matter(k)), None)
    for i, key in enumerate(others):
        if key == keys[head] and (
            (left and left in others[max(0, i - _NEIGHBOUR) : i])
            or (right and right in others[i + 1 : i + 1 + _NEIGHBOUR])
        ):
            return i
    return None


def _matter(key: str) -> bool:
    return key not in STOP_WORDS and key not in CUES


def _only_denied(keys: Sequence[str], word: str) -> bool:
    """Tell whether every occurrence of the word follows shortly on a negation."""
    heads = {head for _, head in denials(keys)}
    return all(i in heads for i, key in enumerate(keys) if key == word)


def _uncertain(keys: Sequence[str], word: str) -> bool:
    """Tell whether the word stands anywhere near a negation or in a condition."""
    return any(
        not (CUES | _SOFT).isdisjoint(keys[max(0, i - 8) : i + 5])
        or not OPEN.isdisjoint(keys[max(0, i - 8) : i])
        for i, key in enumerate(keys)
        if key == word
    )


def _share(weights: dict[str, float], sentence: Sentence) -> float:
    return covered(weights, sentence) / (sum(weights.values()) or 1.0)


def _evidence(sentence: Sentence, first: int, last: int, strength: float) -> Evidence:
    return Evidence(sentence.passage, sentence.places[first][0], sentence.places[last][1], strength)
