"""The measures that the features of a clause are made of: words, runs, places, values, polarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link, covered
from hitl_tui.grounding.negations import denies

_LONGEST_RUN = 8
_AROUND = 4
_MOST_HOLDERS = 24
_ASKED = 0.13
_LINKED_ASKED = 0.38
"""Where no question is known, what is usual: nothing asked must not look like much off the question."""


@dataclass(slots=True)
class Seen:
    """One claim with what the sources hold of it."""

    claim: Claim
    links: tuple[Link, ...]
    best: Sentence | None
    unseen: dict[str, float]
    """Weight of each key that is not in the sources itself."""
    share: float
    runs: list[int]


@dataclass(frozen=True, slots=True)
class Whole:
    """The shares of the whole output."""

    unseen: float
    reworded: float


@dataclass(frozen=True, slots=True)
class SentenceFacts:
    """What the claims of one sentence have together: weights, share and number of unseen words, pairs, run."""

    weights: dict[str, float]
    unseen: float
    strangers: int
    pairs: list[tuple[str, str]]
    run: float


def mean_run(runs: Sequence[int]) -> float:
    """The mean length of common runs, as a share of eight words."""
    return sum(min(run, _LONGEST_RUN) for run in runs) / (_LONGEST_RUN * (len(runs) or 1))


def of_words(one: Seen, sentence: SentenceFacts, index: Index) -> tuple[float, ...]:
    """`unseen` to `sentence_apart`: which words stand in the sources, and which in the linked sentence."""
    total = one.claim.weight or 1.0
    best, whole = one.best, sum(sentence.weights.values()) or 1.0
    strangers = float(min(len(one.unseen), 12))
    of_sentence = (round(sentence.unseen, 4), float(min(sentence.strangers, 15)))
    if best is None:
        return (round(one.share, 4), strangers, 1.0, 1.0, 1.0, *of_sentence, 1.0)
    weights, around = one.claim.weights, index.around(best)
    union = best.words.union(*(link.sentence.words for link in one.links[1:]))
    return (
        round(one.share, 4),
        strangers,
        round(1 - one.links[0].coverage, 4),
        round(sum(w for key, w in weights.items() if key not in around) / total, 4),
        round(sum(w for key, w in weights.items() if key not in union) / total, 4),
        *of_sentence,
        round(1 - covered(sentence.weights, best) / whole, 4),
    )


def of_runs(one: Seen, sentence: SentenceFacts) -> tuple[float, ...]:
    """`reworded` to `gap`: how much is in the order of the sources."""
    pairs = frozenset[tuple[str, str]]().union(*(link.sentence.pairs for link in one.links))
    own = list(pairwise(one.claim.keys))
    words = len(one.runs) or 1
    gap = longest = 0
    for run in one.runs:
        gap = gap + 1 if run < 2 else 0
        longest = max(longest, gap)
    return (
        round(1 - sum(pair in pairs for pair in own) / (len(own) or 1), 4),
        round(1 - sum(pair in pairs for pair in sentence.pairs) / (len(sentence.pairs) or 1), 4),
        round(mean_run(one.runs), 4),
        float(min(max(one.runs, default=0), 12)),
        round(sum(run >= 2 for run in one.runs) / words, 4),
        round(sentence.run, 4),
        float(min(longest, 20)),
    )


def of_place(one: Seen, asked: frozenset[str], index: Index) -> tuple[float, ...]:
    """`pairs_apart` to `linked_asked`: how the words of the clause stand together in the sources."""
    content = [key for key in one.claim.keys if key in one.claim.weights]
    pairs = [(a, b) for a, b in pairwise(content) if a in index.counts and b in index.counts]
    apart = sum(not _together(a, b, index) for a, b in pairs) / (len(pairs) or 1)
    best = one.best
    if best is None:
        return (round(apart, 4), 1.0, 1.0, 0.0, 0.0, 0.0)
    first: dict[str, int] = best.first
    places = [first[key] for key in content if key in first]
    reach = max(places) - min(places) + 1 if places else 0
    turned = sum(b < a for a, b in pairwise(places)) / max(1, len(places) - 1)
    return (
        round(apart, 4),
        round(reach / max(1, len(best.keys)), 4) if places else 1.0,
        round(turned, 4),
        round(len(set(places)) / reach, 4) if places else 0.0,
        float(min(len(best.keys), 80)),
        round(len(asked & best.words) / len(asked), 4) if asked else _LINKED_ASKED,
    )


def _together(a: str, b: str, index: Index) -> bool:
    """Tell whether one of the first sentences with the one word has the other too."""
    others = index.postings[b]
    return any(number in others[:_MOST_HOLDERS] for number in index.postings[a][:_MOST_HOLDERS])


def of_output(
    one: Seen,
    number: int,
    seen: Sequence[Seen],
    whole: Whole,
    said: set[str],
    said_unseen: set[str],
    index: Index,
) -> tuple[float, ...]:
    """`asked` to `after_three`: the clause within the output, and what was said before it."""
    weights, total = one.claim.weights, one.claim.weight or 1.0
    after = [other.share for other in seen[number + 1 : number + 4]]
    return (
        round(sum(w for key, w in weights.items() if key in index.question_keys) / total, 4)
        if index.question_keys
        else _ASKED,
        float(min(len(weights), 20)),
        round(sum(w for key, w in weights.items() if key not in said) / total, 4),
        float(min(sum(key in said_unseen for key in one.unseen), 12)),
        round(whole.unseen, 4),
        round(whole.reworded, 4),
        round(one.share - whole.unseen, 4),
        round(seen[number - 1].share if number else whole.unseen, 4),
        round(after[0] if after else whole.unseen, 4),
        round(sum(after) / len(after) if after else whole.unseen, 4),
    )


def of_values(output: str, one: Seen, start: int, index: Index) -> tuple[float, ...]:
    """`numbers_unseen` to `names_here`; `start` is where the sentence begins, whose capital means nothing."""
    claim, best = one.claim, one.best
    here = best.words if best else frozenset[str]()
    numbers = [key for key in claim.weights if key[0] == "#"]
    names = [
        key
        for key, (at, _) in zip(claim.keys, claim.places, strict=True)
        if at != start and key in claim.weights and output[at].isupper()
    ]
    return (
        *_counts(numbers, here, index),
        round(max((_unbound(claim, key, index) for key in numbers), default=0.0), 4),
        *_counts(names, here, index),
    )


def _counts(keys: Sequence[str], here: frozenset[str], index: Index) -> tuple[float, float, float]:
    unseen = sum(key not in index.counts for key in keys)
    found = sum(key in here for key in keys)
    return (
        float(min(unseen, 4)),
        float(min(len(keys) - unseen - found, 4)),
        float(min(found, 4)),
    )


def _unbound(claim: Claim, number: str, index: Index) -> float:
    """How little the words around a number are those around it in the sources; 0 if it is not there."""
    if number not in index.counts:
        return 0.0
    at = claim.keys.index(number)
    around = {
        key for key in claim.keys[max(0, at - _AROUND) : at + _AROUND + 1] if key in claim.weights
    } - {number}
    if not around:
        return 0.0
    best = 0
    for place in index.postings[number][:_MOST_HOLDERS]:
        sentence = index.sentence(place)
        there = sentence.first[number]
        window = sentence.keys[max(0, there - 2 * _AROUND) : there + 2 * _AROUND + 1]
        best = max(best, len(around.intersection(window)))
    return 1 - best / len(around)


def of_polarity(one: Seen) -> tuple[float, float, float]:
    """`denies` to `denial_added`: negations on either side."""
    ours = denies(one.claim.keys)
    theirs = one.best is not None and one.best.denies
    return float(ours), float(ours != theirs), float(ours and not theirs)
