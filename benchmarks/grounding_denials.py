"""Learns when a negation on one side only contradicts: from negations put into good answers, or taken out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
from grounding_corpus import Answer, Numbers, Whole, folds
from grounding_edits import Edit, negation_inserted, negations_mended, negations_removed
from grounding_forest import SCALE, forest_of, odds_of

from hitl_tui.grounding import Index, build_index
from hitl_tui.grounding.added import Added, added
from hitl_tui.grounding.dropped import Dropped, dropped
from hitl_tui.grounding.forest import Trees
from hitl_tui.grounding.mark import claims_of

FALSE_FLAGS = {"denial_added": 0.030, "denial_dropped": 0.020}
"""How many flags a good answer may carry for nothing; the cuts are set to it."""
_RISING = frozenset(
    [
        "coverage",
        "before",
        "after",
        "head",
        "bridge",
        "rejoined",
        "quoted",
        "said",
        "unlike_denials",
        "coverage_there",
        "coverage_clause",
        "denied",
        "bridge_before",
        "bridge_after",
        "lead",
        "in_best",
    ]
)
_FALLING = frozenset(
    [
        "denied_beside",
        "denied_around",
        "denied_too",
        "soft",
        "soft_around",
        "soft_here",
        "soft_near",
        "open_here",
        "open_there",
        "reach",
        "conditional",
        "bridge_denied",
        "of_noun",
        "aims",
    ]
)
_RISING_OF = {"denial_added": _RISING - {"denied"}, "denial_dropped": _RISING - {"said"}}
_FALLING_OF = {"denial_added": _FALLING, "denial_dropped": _FALLING | {"said"}}
"""What a fact speaks for; "denied" and "said" are facts of both kinds, which mean another thing in each."""
_SETTINGS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 8, "learning_rate": 0.06, "min_data_in_leaf": 25, "lambda_l2": 5.0,
    "feature_fraction": 0.6, "seed": 1, "deterministic": True, "force_row_wise": True, "num_threads": 1,
    "verbose": -1,
}  # fmt: skip
_TREES = 120
_KEPT_BACK = {"denial_added": 0.1, "denial_dropped": 0.0}
"""Log-odds that are added to a cut, so that answers elsewhere stay within what is allowed too."""
_INNER = 5
_TIMES = 2
_NEAR = 10


class _Rows:
    """Facts, whether an edit made them so, and the answer they are from."""

    def __init__(self) -> None:
        self.facts: list[Sequence[float]] = []
        self.edited: list[bool] = []
        self.owner: list[int] = []
        self.edits = 0
        """Edits of good answers."""

    def add(self, facts: Sequence[float], edited: bool, owner: int) -> None:
        self.facts.append(facts)
        self.edited.append(edited)
        self.owner.append(owner)


def learn_denials(corpus: Sequence[Answer]) -> dict[str, Trees]:
    """The two forests, from what people left unmarked; cuts and shares are those of answers without marks."""
    rows = {"denial_added": _Rows(), "denial_dropped": _Rows()}
    for number, answer in enumerate(corpus):
        index = build_index(answer.context, answer.question)
        _gather(rows, answer, index, None, number)
        for kind, edit in _edits(answer):
            if not answer.marked()[max(0, edit.start - _NEAR) : edit.start + _NEAR].any():
                rows[kind].edits += not answer.bad
                _gather({kind: rows[kind]}, answer, index, edit, number)
    fold = folds(corpus, _INNER, "denials")
    good = np.array([not answer.bad for answer in corpus])
    names = {"denial_added": Added._fields, "denial_dropped": Dropped._fields}
    return {name: _learn(name, rows[name], names[name], fold, good) for name in rows}


def _edits(answer: Answer) -> Iterator[tuple[str, Edit]]:
    for time in range(_TIMES):
        rng = random.Random(f"{answer.id} {time}")  # noqa: S311  (the same edits in every run)
        edit = negation_inserted(answer, rng)
        if edit is not None:
            yield "denial_added", edit
    for edit in (*negations_removed(answer), *negations_mended(answer)):
        yield "denial_dropped", edit


def _gather(
    rows: dict[str, _Rows], answer: Answer, index: Index, edit: Edit | None, number: int
) -> None:
    """Add the facts of all unmarked claims of the answer, or of the edited claim alone."""
    marked = answer.marked()
    for claim, beside, links in claims_of(answer.output if edit is None else edit.output, index):
        if edit is None:
            if marked[claim.start : claim.end].any():
                continue
        elif not (claim.start < edit.end and edit.start < claim.end):
            continue
        for name, contrast in (("denial_added", added), ("denial_dropped", dropped)):
            if name in rows and (found := contrast(claim, beside, links, index)) is not None:
                rows[name].add(found.facts, edit is not None, number)


def _learn(name: str, rows: _Rows, names: tuple[str, ...], fold: Whole, good: Numbers) -> Trees:
    facts, edited = np.array(rows.facts, float), np.array(rows.edited, float)
    owner = np.array(rows.owner)
    odds = np.zeros(len(edited))
    for held in range(_INNER):
        inside = fold[owner] != held
        learnt = _fit(name, facts[inside], edited[inside], names)
        odds[~inside] = odds_of(learnt, facts[~inside])
    allowed = int(FALSE_FLAGS[name] * good.sum())
    cut = float(np.sort(odds[good[owner] & (edited == 0)])[::-1][allowed])
    forest = _fit(name, facts, edited, names)
    found = float((odds[good[owner] & (edited == 1)] > cut).sum() / rows.edits)
    print(
        f"{name}: {found:.3f} of {rows.edits} edits found, with {allowed} false flags in "
        f"{good.sum()} answers"
    )
    return replace(forest, bias=-round((cut + _KEPT_BACK[name]) * SCALE) - 1)


def _fit(name: str, facts: Numbers, edited: Numbers, names: tuple[str, ...]) -> Trees:
    rising, falling = _RISING_OF[name], _FALLING_OF[name]
    rule = [1 if of in rising else -1 if of in falling else 0 for of in names]
    settings = {**_SETTINGS, "monotone_constraints": rule}
    return forest_of(lightgbm.train(settings, lightgbm.Dataset(facts, edited), _TREES))
