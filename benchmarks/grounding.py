"""How well grounding finds what people marked: cross-validated by source, beside three other methods.

    pip install numpy lightgbm
    python benchmarks/grounding.py --data ragtruth_train.jsonl

The weights and every cut are learnt anew in each fold, from other sources than those they are judged on.
The edits are made in answers in which people marked nothing; they are judged with the weights of the package.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from grounding_corpus import Answer, Clauses, Numbers, answers, clauses_of, folds
from grounding_edits import edit_rows
from grounding_metrics import FIGURES, Scored, intervals, judge
from grounding_rivals import RIVALS, rival_scores
from grounding_tokens import ON_TEST, Words, token_scores, words_of
from grounding_train import best_threshold, learn, odds_of, scores_of, summaries

FOLDS = 5
KNOWN = {False: "a regression by word, without style", True: "a regression by word"}
BARS: dict[str, tuple[float, float | None]] = {
    "response AUROC": (0.88, 0.84),
    "response F1": (0.62, None),
    "span F1": (0.52, None),
    "recall at 15 %": (0.42, None),
    "recall at 25 %": (0.60, None),
    "conflicts at 25 %": (0.40, None),
}
"""The bar of each figure, in full and without style; it is for RAGTruth's test split, which is easier."""


def ours(corpus: Sequence[Answer], clauses: Clauses, *, style: bool) -> Scored:
    """Scores and risks that were learnt on other sources."""
    fold = folds(corpus, FOLDS)
    score, risk = np.zeros(len(clauses.owner)), np.zeros(len(corpus))
    for number in range(FOLDS):
        held = fold == number
        learnt = learn(corpus, clauses, ~held, style=style)
        rows = held[clauses.owner]
        score[rows] = scores_of(odds_of(learnt.clause, clauses.facts[rows]))
        table = summaries(clauses, score, len(corpus), style=style)
        risk[held] = scores_of(odds_of(learnt.risk, table[held]))
    half = np.full(len(corpus), 0.5)
    return Scored(score, risk, half, half)


def rival(corpus: Sequence[Answer], clauses: Clauses, name: str) -> Scored:
    """What a rival says, with cuts learnt on other sources like ours."""
    fold = folds(corpus, FOLDS)
    score, risk = rival_scores(corpus, clauses, RIVALS[name])
    bad = np.array([float(answer.bad) for answer in corpus])
    score_cut, risk_cut = np.zeros(len(corpus)), np.zeros(len(corpus))
    for number in range(FOLDS):
        train = fold != number
        rows = train[clauses.owner]
        score_cut[~train] = best_threshold(score[rows], clauses.bad[rows], clauses.length[rows])
        risk_cut[~train] = best_threshold(risk[train], bad[train], np.ones(train.sum()))
    return Scored(score, risk, score_cut, risk_cut)


def known_method(
    corpus: Sequence[Answer], clauses: Clauses, words: Words, *, style: bool
) -> Scored:
    """What a logistic regression for each word says, learnt with its cuts on other sources."""
    fold = folds(corpus, FOLDS)
    bad = np.array([float(answer.bad) for answer in corpus])
    score, risk = np.zeros(len(clauses.owner)), np.zeros(len(corpus))
    score_cut, risk_cut = np.zeros(len(corpus)), np.zeros(len(corpus))
    for number in range(FOLDS):
        train = fold != number
        rows = train[clauses.owner]
        own, whole = token_scores(clauses, words, bad, train, style=style)
        score[~rows], risk[~train] = own[~rows], whole[~train]
        score_cut[~train] = best_threshold(own[rows], clauses.bad[rows], clauses.length[rows])
        risk_cut[~train] = best_threshold(whole[train], bad[train], np.ones(train.sum()))
    return Scored(score, risk, score_cut, risk_cut)


def chance(corpus: Sequence[Answer], clauses: Clauses) -> Scored:
    """Random scores: what marking blindly finds."""
    rng = np.random.default_rng(0)
    none: Numbers = np.full(len(corpus), 0.5)
    return Scored(rng.random(len(clauses.owner)), rng.random(len(corpus)), none, none)


def perfect(corpus: Sequence[Answer], clauses: Clauses) -> Scored:
    """What people marked, cut into our clauses: the most that any score can reach."""
    bad: Numbers = np.array([float(answer.bad) for answer in corpus])
    half = np.full(len(corpus), 0.5)
    return Scored(clauses.share, bad, half, half)


def print_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    rows = [[*row, *[""] * (len(head) - len(row))] for row in rows]
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, *rows]:
        cells = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join(cells).rstrip(), flush=True)


def table(corpus: Sequence[Answer], clauses: Clauses) -> None:
    """Print every method's figures, and what the known method reaches on the split the bar is for."""
    words = words_of(corpus)
    methods = {
        "by chance": lambda: chance(corpus, clauses),
        **{name: (lambda name=name: rival(corpus, clauses, name)) for name in RIVALS},
        **{
            name: (lambda style=style: known_method(corpus, clauses, words, style=style))
            for style, name in KNOWN.items()
        },
        "hitl without style": lambda: ours(corpus, clauses, style=False),
        "hitl": lambda: ours(corpus, clauses, style=True),
        "a perfect ranking of the clauses": lambda: perfect(corpus, clauses),
    }
    rows = []
    for name, method in methods.items():
        found = intervals(judge(corpus, clauses, method()), corpus)
        rows.append([name, *(f"{figure.value:.3f}" for figure in found.values())])
        rows.append(["", *(f"{figure.low:.3f}-{figure.high:.3f}" for figure in found.values())])
    for style, name in KNOWN.items():
        rows.append([f"{name}, on the test split", *(f"{figure:.3f}" for figure in ON_TEST[style])])
    bars = [f"{BARS[name][0]:.2f}" if name in BARS else "" for name in FIGURES]
    rows.append(["bar, on the easier test split", *bars])
    print_rows(["", *FIGURES], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSON Lines with human spans")
    parser.add_argument("--edits-only", action="store_true", help="skip the long cross-validation")
    options = parser.parse_args()
    corpus = answers(options.data)
    if not options.edits_only:
        clauses = clauses_of(corpus)
        print(
            f"\n{len(corpus)} answers to {len({a.source for a in corpus})} questions, "
            f"{sum(a.bad for a in corpus)} with something marked; {FOLDS} folds by source"
        )
        table(corpus, clauses)
    print("\nEdits made in answers without marks, found by a flag on the edited words")
    print_rows(*edit_rows(corpus))


if __name__ == "__main__":
    main()
