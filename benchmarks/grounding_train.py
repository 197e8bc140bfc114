"""Learns the weights of grounding from outputs with human spans, and writes them into the package.

    pip install numpy lightgbm
    python benchmarks/grounding_train.py --data ragtruth_train.jsonl

Clauses are scored by small gradient-boosted trees whose answer may only rise, or only fall, with the features
that speak for or against a clause; outputs by small trees over a summary of their clauses. Both are learnt
twice: with all features, and without those of style. Nothing of the texts goes into the weights.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from grounding_corpus import Answer, Clauses, Numbers, Whole, answers, clauses_of, digest, folds
from grounding_denials import learn_denials
from grounding_forest import SCALE, forest_of, odds_of, without_trees

from hitl_tui.grounding.features import SOURCE, Features
from hitl_tui.grounding.forest import Trees
from hitl_tui.grounding.model import model
from hitl_tui.grounding.score import SUMMARY, summary

WEIGHTS = Path(__file__).parent.parent / "hitl_tui" / "grounding" / "weights.json"
RISING = frozenset(
    [
        "unseen",
        "strangers",
        "apart",
        "apart_near",
        "apart_union",
        "sentence_unseen",
        "sentence_strangers",
        "sentence_apart",
        "reworded",
        "sentence_reworded",
        "gap",
        "pairs_apart",
        "output_unseen",
        "output_reworded",
        "before",
        "after",
        "after_three",
        "numbers_unseen",
        "numbers_unbound",
        "names_unseen",
        "differs",
        "absent",
        "contrary",
        "unknown_name",
    ]
)
FALLING = frozenset(["run", "longest_run", "in_runs", "sentence_run", "silent"])
SETTINGS: dict[str, Any] = {
    "objective": "cross_entropy",
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 10.0, "max_bin": 63,
    "monotone_constraints_method": "intermediate", "seed": 1, "deterministic": True, "force_row_wise": True,
    "num_threads": 1, "verbose": -1,
}  # fmt: skip
SIZES: dict[bool, tuple[int, dict[str, Any]]] = {
    True: (200, {"num_leaves": 16, "learning_rate": 0.07, "min_data_in_leaf": 80}),
    False: (120, {"num_leaves": 8, "learning_rate": 0.11, "min_data_in_leaf": 150}),
}
"""How many trees, and how large: with style, and without, where larger ones learn nothing more."""
RISK_SETTINGS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 6, "learning_rate": 0.03, "min_data_in_leaf": 40,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 20.0,
    "seed": 1, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}  # fmt: skip
RISK_TREES = 250
INNER = 4
GOOD_COUNTS = 3.0
"""For how many answers each one without marks stands when a cut is chosen: most queues have fewer bad ones
than the data, 44 in 100. At three it is 20: that costs .02 of F1 in the data, and gains it where 18 are."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The trees over the features of clauses, and those over the summaries of answers."""

    clause: Trees
    risk: Trees


def columns(style: bool) -> int:
    """How many of the features count; those of style are the last."""
    return len(Features._fields) if style else len(SOURCE)


def fit_forest(clauses: Clauses, chosen: Numbers, *, style: bool) -> Trees:
    """Learn the trees from the chosen clauses, weighted by length; a half-marked clause counts half."""
    names = Features._fields[: columns(style)]
    rule = [1 if name in RISING else -1 if name in FALLING else 0 for name in names]
    data = lightgbm.Dataset(
        clauses.facts[chosen][:, : len(names)],
        clauses.share[chosen],
        weight=clauses.length[chosen] / clauses.length.mean(),
    )
    trees, size = SIZES[style]
    booster = lightgbm.train({**SETTINGS, **size, "monotone_constraints": rule}, data, trees)
    return forest_of(booster)


def scores_of(odds: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.clip(odds, -8, 8)))


def best_threshold(score: Numbers, good: Numbers, weight: Numbers) -> float:
    """The score from which F1 is best; `good` is what is won by taking a row, `weight` what it costs."""
    order = np.argsort(-score, kind="stable")
    won, paid = np.cumsum(good[order]), np.cumsum(weight[order])
    f1 = 2 * won / (paid + good.sum())
    return float(score[order][np.argmax(f1)])


def centred(
    forest: Trees, odds: Numbers, clauses: Clauses, chosen: Numbers, counts: Numbers
) -> Trees:
    """Shift a forest so that a score of 0.5 is where F1 over characters is best.

    `counts` tells for how many like it each answer stands.
    """
    cost = clauses.length * counts[clauses.owner]
    cut = best_threshold(odds[chosen], clauses.bad[chosen], cost[chosen])
    return replace(forest, bias=-round(cut * SCALE))


def summaries(clauses: Clauses, score: Numbers, count: int, *, style: bool) -> Numbers:
    """The summary of each answer; zeros for one without clauses."""
    table = np.zeros((count, len(SUMMARY) + columns(style)))
    at = 0
    for owner, spans in clauses.spans_of():
        rows = slice(at, at + len(spans))
        at += len(spans)
        table[owner] = summary(
            score[rows].tolist(),
            [end - start for start, end in spans],
            [Features._make(row) for row in clauses.facts[rows].tolist()],
            style=style,
        )
    return table


def fit_risk(table: Numbers, bad: Numbers) -> Trees:
    """Learn the trees over the summaries of answers, a forest without a bias."""
    return forest_of(lightgbm.train(RISK_SETTINGS, lightgbm.Dataset(table, bad), RISK_TREES))


def learn(corpus: Sequence[Answer], clauses: Clauses, train: Numbers, *, style: bool) -> Learnt:
    """Learn from the answers where `train` is true.

    The risk and both cuts are learnt on scores that the trees gave to sources they had not seen.
    """
    inner: Whole = folds(corpus, INNER, "inner")
    mine = train[clauses.owner]
    odds = np.zeros(len(clauses.owner))
    for fold in range(INNER):
        held = mine & (inner[clauses.owner] == fold)
        odds[held] = odds_of(fit_forest(clauses, mine & ~held, style=style), clauses.facts[held])
    bad = np.array([float(answer.bad) for answer in corpus])
    counts = np.where(bad > 0, 1.0, GOOD_COUNTS)
    forest = centred(fit_forest(clauses, mine, style=style), odds, clauses, mine, counts)
    table = summaries(clauses, scores_of(odds + forest.bias / SCALE), len(corpus), style=style)
    risk = np.zeros(len(corpus))
    for fold in range(INNER):
        held = train & (inner == fold)
        risk[held] = odds_of(fit_risk(table[train & ~held], bad[train & ~held]), table[held])
    cut = best_threshold(risk[train], bad[train], counts[train])
    whole = replace(fit_risk(table[train], bad[train]), bias=-round(cut * SCALE))
    return Learnt(forest, whole)


def as_json(full: Learnt, plain: Learnt, denials: dict[str, Trees], about: dict[str, Any]) -> str:
    """The weights as the package reads them, one array a line."""

    def forest(of: Trees) -> str:
        arrays = ("roots", "features", "thresholds", "at_most", "more", "leaves")
        lines = [
            f'"{name}": {json.dumps(list(getattr(of, name)), separators=(",", ":"))}'
            for name in arrays
        ]
        return ",\n".join([f'{{"bias": {of.bias}, "scale": {of.scale}', *lines]) + "}"

    fields = {
        "about": json.dumps(about, ensure_ascii=False),
        "features": json.dumps(Features._fields),
        "risk": forest(full.risk),
        "risk_without_style": forest(plain.risk),
        "clause": forest(full.clause),
        "clause_without_style": forest(plain.clause),
        **{name: forest(of) for name, of in denials.items()},
    }
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in fields.items()) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSON Lines with human spans")
    options = parser.parse_args()
    corpus = answers(options.data)
    denials = learn_denials(corpus)
    # What they flag is a feature of the clauses, so the package must have them first.
    blank = Learnt(without_trees(), without_trees())
    WEIGHTS.write_text(as_json(blank, blank, denials, {}), "utf-8")
    model.cache_clear()
    clauses = clauses_of(corpus)
    everything = np.ones(len(corpus), bool)
    full = learn(corpus, clauses, everything, style=True)
    plain = learn(corpus, clauses, everything, style=False)
    about = {
        "learnt_from": "RAGTruth, question answering, train split (MIT, (c) 2023 Particle Media)",
        "sha256": digest(options.data),
        "responses": len(corpus),
        "command": "python benchmarks/grounding_train.py --data FILE",
    }
    WEIGHTS.write_text(as_json(full, plain, denials, about), "utf-8")
    print(f"{WEIGHTS.name}: {len(corpus)} responses, {len(clauses.owner)} clauses")


if __name__ == "__main__":
    main()
