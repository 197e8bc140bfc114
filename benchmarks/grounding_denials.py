"""Learns when a negation on one side only contradicts: from negations put into good answers, or taken out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
from grounding_corpus import Answer, Numbers, Whole, folds
from grounding_edits import Edit, negation_inserted, negation_removed
from grounding_forest import SCALE, forest_of, odds_of

from hitl_tui.grounding import build_index
from hitl_tui.grounding.contrary import Added, Dropped, added, dropped
from hitl_tui.grounding.mark import claims_of
from hitl_tui.grounding.model import Forest

FALSE_FLAGS = {"denial_added": 0.038, "denial_dropped": 0.016}
"""How many flags a good answer may carry for nothing; the cuts are set to it."""
_RISING = frozenset(
    [
        "coverage",
        "before",
        "after",
        "head",
        "agreement",
        "bridge",
        "bridge_before",
        "bridge_after",
        "coverage_there",
        "emphatic",
        "rejoined",
        "quoted",
    ]
)
_FALLING = frozenset(
    [
        "denied_beside",
        "denied_around",
        "soft",
        "soft_around",
        "soft_here",
        "open_here",
        "open_there",
        "reach",
        "undenied",
        "conditional",
        "bridge_denied",
        "of_noun",
    ]
)
_SETTINGS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 6, "learning_rate": 0.08, "min_data_in_leaf": 30, "lambda_l2": 5.0,
    "seed": 1, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbose": -1,
}  # fmt: skip
_TREES = 70
_KEPT_BACK = {"denial_added": 0.1, "denial_dropped": 0.0}
"""Log-odds that are added to a cut, so that answers elsewhere stay within what is allowed too."""
_INNER = 5
_TIMES = 2


class _Rows:
    """Facts, whether an edit made them so, and the answer they are from."""

    def __init__(self) -> None:
        self.facts: list[Sequence[float]] = []
        self.edited: list[bool] = []
        self.owner: list[int] = []
        self.edits = 0

    def add(self, facts: Sequence[float], edited: bool, owner: int) -> None:
        self.facts.append(facts)
        self.edited.append(edited)
        self.owner.append(owner)


def learn_denials(corpus: Sequence[Answer]) -> dict[str, Forest]:
    """The two forests, from the answers in which people marked nothing."""
    rows = {"denial_added": _Rows(), "denial_dropped": _Rows()}
    good = [number for number, answer in enumerate(corpus) if not answer.bad]
    for number in good:
        answer = corpus[number]
        _gather(rows, answer, None, number)
        for time in range(_TIMES):
            rng = random.Random(f"{answer.id} {time}")  # noqa: S311  (the same edits in every run)
            for make in (negation_inserted, negation_removed):
                edit = make(answer, rng)
                if edit is not None:
                    put = "denial_added" if make is negation_inserted else "denial_dropped"
                    rows[put].edits += 1
                    _gather(rows, answer, edit, number)
    fold = folds(corpus, _INNER, "denials")
    names = {"denial_added": Added._fields, "denial_dropped": Dropped._fields}
    return {name: _learn(name, rows[name], names[name], fold, len(good)) for name in rows}


def _gather(rows: dict[str, _Rows], answer: Answer, edit: Edit | None, number: int) -> None:
    """Add the facts of all claims of the answer, or of the edited claim alone."""
    index = build_index(answer.context, answer.question)
    output = answer.output if edit is None else edit.output
    for claim, links in claims_of(output, index):
        if edit is not None and not (claim.start < edit.end and edit.start < claim.end):
            continue
        for name, found in (
            ("denial_added", added(claim, links, index)),
            ("denial_dropped", dropped(claim, links, index)),
        ):
            wanted = edit is None or (name == "denial_added") == (len(output) > len(answer.output))
            if found is not None and wanted:
                rows[name].add(found.facts, edit is not None, number)


def _learn(name: str, rows: _Rows, names: tuple[str, ...], fold: Whole, good: int) -> Forest:
    facts, edited = np.array(rows.facts, float), np.array(rows.edited, float)
    owner = fold[np.array(rows.owner)]
    odds = np.zeros(len(edited))
    for held in range(_INNER):
        inside = owner != held
        odds[~inside] = odds_of(_fit(facts[inside], edited[inside], names), facts[~inside])
    allowed = int(FALSE_FLAGS[name] * good)
    cut = float(np.sort(odds[edited == 0])[::-1][allowed])
    forest = _fit(facts, edited, names)
    found = float((odds[edited == 1] > cut).sum() / rows.edits)
    print(
        f"{name}: {found:.3f} of {rows.edits} edits found, with {allowed} false flags in {good} answers"
    )
    return Forest(-round((cut + _KEPT_BACK[name]) * SCALE) - 1, SCALE, forest.trees)


def _fit(facts: Numbers, edited: Numbers, names: tuple[str, ...]) -> Forest:
    rule = [1 if name in _RISING else -1 if name in _FALLING else 0 for name in names]
    settings = {**_SETTINGS, "monotone_constraints": rule}
    return forest_of(lightgbm.train(settings, lightgbm.Dataset(facts, edited), _TREES))
