"""How well scores of clauses and risks of outputs agree with what people marked, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from grounding_corpus import Answer, Clauses, Numbers, Whole

BUDGETS = (0.15, 0.25)
REPLICATES = 400


@dataclass(frozen=True, slots=True)
class Scored:
    """What one method says: a score for each clause, a risk for each answer, and the two cuts it was given."""

    score: Numbers
    risk: Numbers
    score_cut: Numbers
    """For each answer, the score from which a clause counts, learnt on other sources."""
    risk_cut: Numbers


@dataclass(frozen=True, slots=True)
class Judged:
    """Of each answer, the amounts that every figure is a ratio of: so a bootstrap only adds up rows."""

    bad: Numbers
    risk: Numbers
    called: Numbers
    marked: Numbers
    """Characters that people marked."""
    taken: Numbers
    """Characters of clauses at or over the cut."""
    hit: Numbers
    """Marked characters among them."""
    read: dict[float, Numbers]
    """Marked characters within the best share of the output, by budget."""
    conflict: Numbers
    conflict_read: Numbers
    """Characters of evident conflicts, and those within the best quarter."""


def judge(corpus: Sequence[Answer], clauses: Clauses, said: Scored) -> Judged:
    """Compare what a method says with what people marked, answer by answer."""
    count = len(corpus)
    owner = clauses.owner
    over = said.score >= said.score_cut[owner]
    reads = {budget: _read(corpus, clauses, said.score, budget, clauses.bad) for budget in BUDGETS}
    return Judged(
        bad=np.array([float(answer.bad) for answer in corpus]),
        risk=said.risk,
        called=(said.risk >= said.risk_cut).astype(float),
        marked=np.array([answer.marked().sum() for answer in corpus]),
        taken=np.bincount(owner, over * clauses.length, count),
        hit=np.bincount(owner, over * clauses.bad, count),
        read=reads,
        conflict=np.array([answer.marked("Evident Conflict").sum() for answer in corpus]),
        conflict_read=_read(corpus, clauses, said.score, 0.25, clauses.conflict),
    )


def _read(
    corpus: Sequence[Answer], clauses: Clauses, score: Numbers, budget: float, target: Numbers
) -> Numbers:
    """Characters of the target that are read in the best `budget` of each output, the last clause in part."""
    found = np.zeros(len(corpus))
    order = np.lexsort((clauses.start, -score, clauses.owner))
    length = clauses.length
    at, room = -1, 0.0
    for row in order:
        owner = clauses.owner[row]
        if owner != at:
            at, room = owner, budget * len(corpus[owner].output)
        if room > 0:
            found[owner] += target[row] * min(1.0, room / length[row])
            room -= length[row]
    return found


def auroc(risk: Numbers, bad: Numbers) -> float:
    """The chance that a bad answer has a higher risk than a good one, ties counted half."""
    order = np.argsort(risk, kind="stable")
    ranks = np.empty(len(risk))
    ranks[order] = np.arange(1, len(risk) + 1)
    values, where, times = np.unique(risk, return_inverse=True, return_counts=True)
    if len(values) < len(risk):
        ranks = (np.bincount(where, ranks) / times)[where]
    good, wrong = (bad == 0).sum(), (bad == 1).sum()
    return float((ranks[bad == 1].sum() - wrong * (wrong + 1) / 2) / (good * wrong))


def response_f1(one: Judged, rows: Whole) -> float:
    both = (one.called[rows] * one.bad[rows]).sum()
    return float(2 * both / (one.called[rows].sum() + one.bad[rows].sum()))


def span_f1(one: Judged, rows: Whole) -> float:
    return float(2 * one.hit[rows].sum() / (one.taken[rows].sum() + one.marked[rows].sum()))


def recall(budget: float) -> Callable[[Judged, Whole], float]:
    return lambda one, rows: float(one.read[budget][rows].sum() / one.marked[rows].sum())


Figure = Callable[[Judged, Whole], float]
FIGURES: dict[str, Figure] = {
    "response AUROC": lambda one, rows: auroc(one.risk[rows], one.bad[rows]),
    "response F1": response_f1,
    "span precision": lambda one, rows: float(one.hit[rows].sum() / one.taken[rows].sum()),
    "span recall": lambda one, rows: float(one.hit[rows].sum() / one.marked[rows].sum()),
    "span F1": span_f1,
    "recall at 15 %": recall(0.15),
    "recall at 25 %": recall(0.25),
    "conflicts at 25 %": lambda one, rows: float(
        one.conflict_read[rows].sum() / one.conflict[rows].sum()
    ),
}
"""The figures of the table, each from the answers of some rows."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the range that 95 of 100 resamplings of the sources stay within."""

    value: float
    low: float
    high: float


def intervals(
    one: Judged, corpus: Sequence[Answer], figures: Mapping[str, Figure] = FIGURES
) -> dict[str, Interval]:
    """Every figure with its bootstrap interval; whole sources are drawn, as their answers are alike."""
    names = {source: place for place, source in enumerate({a.source: None for a in corpus})}
    source = np.array([names[answer.source] for answer in corpus])
    members = [np.flatnonzero(source == number) for number in range(len(names))]
    rng = np.random.default_rng(0)
    drawn: dict[str, list[float]] = {name: [] for name in figures}
    for _ in range(REPLICATES):
        picks = rng.integers(0, len(members), len(members))
        rows = np.concatenate([members[pick] for pick in picks])
        for name, figure in figures.items():
            drawn[name].append(figure(one, rows))
    everything = np.arange(len(corpus))
    return {
        name: Interval(figure(one, everything), *np.quantile(drawn[name], (0.025, 0.975)))
        for name, figure in figures.items()
    }
