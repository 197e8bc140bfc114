"""The known method beside which the bar was set: a logistic regression for each word, its mean for a clause.

It reads words, links and runs as the package does and learns nothing but one weight for each fact of a word.
On RAGTruth's test split this method reached the figures of `ON_TEST`; beside what it reaches on other data
they say how much harder those are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise

import numpy as np
from grounding_corpus import Answer, Clauses, Numbers, Whole

from hitl_tui.grounding import Index, build_index
from hitl_tui.grounding.link import Claim
from hitl_tui.grounding.mark import Reading, read
from hitl_tui.grounding.negations import CUES, denies
from hitl_tui.grounding.normalise import STOP_WORDS, prefix
from hitl_tui.grounding.runs import run_lengths
from hitl_tui.grounding.segment import sentences
from hitl_tui.grounding.style import Layout, style

ON_TEST = {
    True: (0.867, 0.557, 0.408, 0.560, 0.472, 0.370, 0.538),
    False: (0.829, 0.495, 0.301, 0.490, 0.373, 0.334, 0.490),
}
"""With style and without: response AUROC and F1, span precision, recall and F1, recall at 15 % and 25 %."""
_MOST_READ = 256
_LONGEST_RUN = 6
_BESIDE = 8
_RIDGE = 3.0
_ROUNDS = 8
_TOP = 0.1


@dataclass(frozen=True, slots=True)
class Words:
    """The words of all clauses as rows; `clause` is the place of each word's clause, as in `Clauses`."""

    clause: Whole
    source: Numbers
    """What the sources hold of the word and of what is around it."""
    style: Numbers
    """Its place, and the looks of its clause."""
    bad: Numbers
    """The share of its characters that people marked."""


def words_of(corpus: Sequence[Answer]) -> Words:
    """Read every answer against its sources, word by word."""
    clause: list[int] = []
    bad: list[float] = []
    source: list[Numbers] = []
    looks: list[Numbers] = []
    at = 0
    for answer in corpus:
        index = build_index(answer.context, answer.question)
        reading = read(answer.output, index)
        marked = answer.marked()
        for number, claim in enumerate(reading.claims):
            clause += [at + number] * len(claim.keys)
            bad += [float(marked[slice(*place)].mean()) for place in claim.places]
        at += len(reading.claims)
        if any(claim.keys for claim in reading.claims):
            found = _facts(answer.output, reading, index)
            source.append(found[0])
            looks.append(found[1])
    return Words(np.array(clause), np.concatenate(source), np.concatenate(looks), np.array(bad))


def _facts(output: str, reading: Reading, index: Index) -> tuple[Numbers, Numbers]:
    """The facts of all words of one output: of the sources, and of style."""
    claims = reading.claims
    starts = _sentence_starts(output, claims)
    layout = Layout.of(output, len(claims))
    keys = [key for claim in claims for key in claim.keys]
    weight = np.array([claim.weights.get(key, 0.0) for claim in claims for key in claim.keys])
    held = weight * np.array([key in index.counts for key in keys])
    whole = held.sum() / (weight.sum() or 1.0)
    of_words: list[tuple[float, ...]] = []
    of_clauses: list[tuple[float, ...]] = []
    looks: list[tuple[float, ...]] = []
    for start, numbers in groupby(range(len(claims)), starts.__getitem__):
        group = list(numbers)
        together = {k: w for number in group for k, w in claims[number].weights.items()}
        of_sentence = _of_sentence(output, [claims[number] for number in group], start, index)
        for number in group:
            claim, links = claims[number], reading.links[number]
            best = links[0].sentence.words if links else frozenset[str]()
            near = index.around(links[0].sentence) if links else best
            of_words += _of_words(output, claim, start, best, near, index)
            share = _held(claim.weights, index.counts)
            against = float(denies(claim.keys) != (not CUES.isdisjoint(best)))
            row = (share, share - whole, _held(together, best), float(denies(claim.keys)), against)
            of_clauses += [(*row, *of_sentence)] * len(claim.keys)
            looks += [
                style(
                    output, layout, number=number, start=claim.start, end=claim.end, keys=claim.keys,
                    sentence_start=start, in_sentence=len(group), last=group[-1] == len(claims) - 1,
                )
            ] * len(claim.keys)  # fmt: skip
    near_words = [index.sentence(number) for number in range(min(len(index.spans), _MOST_READ))]
    runs = np.minimum(run_lengths(keys, near_words), _LONGEST_RUN).astype(float)
    columns = np.column_stack([runs, weight, *_around(held, weight)])
    place = np.array([start for claim in claims for start, _ in claim.places]) / len(output)
    source = np.hstack([np.array(of_words), columns, np.array(of_clauses)])
    return source, np.column_stack([place, np.array(looks)])


def _sentence_starts(output: str, claims: Sequence[Claim]) -> list[int]:
    """For each claim, where its sentence begins."""
    cut = sentences(output)
    return [next(a for a, b in cut if a <= claim.start < b) for claim in claims]


def _of_words(
    output: str, claim: Claim, start: int, best: frozenset[str], near: frozenset[str], index: Index
) -> list[tuple[float, ...]]:
    """What kind of word each is, and which sources hold it."""
    return [
        (
            float(key in STOP_WORDS),
            float(key[0] == "#"),
            float(at != start and output[at].isupper() and key in claim.weights),
            float(at != start),
            float(key in index.counts),
            float(prefix(key) in index.families),
            float(key in best),
            float(key in near),
            float(key in index.question_keys),
        )
        for key, (at, _) in zip(claim.keys, claim.places, strict=True)
    ]


def _of_sentence(
    output: str, claims: Sequence[Claim], start: int, index: Index
) -> tuple[float, float, float, float]:
    """The share of a sentence's weight that the sources hold; its unseen words, numbers and names."""
    weights = dict(chain.from_iterable(claim.weights.items() for claim in claims))
    unseen = {key for key in weights if key not in index.counts}
    names = {
        key
        for claim in claims
        for key, (at, _) in zip(claim.keys, claim.places, strict=True)
        if at != start and output[at].isupper()
    }
    numbers = sum(key[0] == "#" for key in unseen)
    return _held(weights, index.counts), len(unseen), numbers, len(unseen & names)


def _held(weights: dict[str, float], known: dict[str, int] | frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(w for key, w in weights.items() if key in known) / total if total else 1.0


def _around(held: Numbers, weight: Numbers) -> list[Numbers]:
    """The share held of the 3 and the 7 words around each word, and of the eight before and after it."""
    ends = np.arange(len(weight))
    reaches = [(1, 2), (3, 4), (_BESIDE, 0), (-1, _BESIDE + 1)]
    sums = [np.concatenate([[0.0], np.cumsum(values)]) for values in (held, weight)]
    shares = []
    for before, after in reaches:
        low = np.clip(ends - before, 0, len(weight))
        high = np.clip(ends + after, 0, len(weight))
        had, could = (total[high] - total[low] for total in sums)
        shares.append(np.where(could > 0, had / np.where(could > 0, could, 1.0), 1.0))
    return shares


def logistic(facts: Numbers, target: Numbers, rows: Numbers) -> Numbers:
    """The chance of each row after a ridge regression by Newton's method on the chosen `rows`."""
    mean, spread = facts[rows].mean(axis=0), facts[rows].std(axis=0)
    table = np.column_stack([np.ones(len(facts)), (facts - mean) / np.where(spread, spread, 1.0)])
    inside, wanted = table[rows], target[rows]
    weights = np.zeros(table.shape[1])
    ridge = np.diag([0.0] + [_RIDGE] * facts.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-inside @ weights))
        slope = inside.T @ (wanted - chance) - ridge @ weights
        bend = (inside * (chance * (1 - chance))[:, None]).T @ inside + ridge
        weights += np.linalg.solve(bend, slope)
    return np.asarray(1 / (1 + np.exp(-table @ weights)))


def token_scores(
    clauses: Clauses, words: Words, bad: Numbers, train: Numbers, *, style: bool
) -> tuple[Numbers, Numbers]:
    """Clause scores and answers' risks, learnt from the answers where `train` is true."""
    facts = np.hstack([words.source, words.style]) if style else words.source
    chance = logistic(facts, words.bad, train[clauses.owner[words.clause]])
    size = np.bincount(words.clause, minlength=len(clauses.owner))
    score = np.bincount(words.clause, chance, len(clauses.owner)) / np.maximum(size, 1)
    table = np.zeros((len(bad), 5))
    for owner, own in groupby(range(len(score)), clauses.owner.__getitem__):
        numbers = list(own)
        table[owner, :3] = _tops(score[numbers], (1, 3, len(numbers)))
    edges = np.searchsorted(words.clause, np.searchsorted(clauses.owner, np.arange(len(bad) + 1)))
    for owner, (first, last) in enumerate(pairwise(edges)):
        few = max(1, round(_TOP * (last - first)))
        table[owner, 3:] = _tops(chance[first:last], (few, 3)) if last > first else 0.0
    return score, logistic(np.log(table + 0.01), bad, train)


def _tops(values: Numbers, sizes: Sequence[int]) -> list[float]:
    """The mean of the highest few, for each number of them."""
    ordered = np.sort(values)[::-1]
    return [float(ordered[:size].mean()) for size in sizes]
