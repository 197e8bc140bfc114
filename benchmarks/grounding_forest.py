"""From the trees that lightgbm learns to the forests that the package reads."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
from grounding_corpus import Numbers

from hitl_tui.grounding.model import Forest

SCALE = 1000


def forest_of(booster: lightgbm.Booster) -> Forest:
    """The booster's trees, without a bias."""
    trees = [_flat(info["tree_structure"]) for info in booster.dump_model()["tree_info"]]
    return Forest(0, SCALE, tuple(trees))


def _flat(root: dict[str, Any]) -> Any:
    """A tree as five lists, its leaves in whole units of 1/SCALE."""
    features: list[int] = []
    thresholds: list[float] = []
    left: list[int] = []
    right: list[int] = []
    leaves: list[int] = []

    def add(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            leaves.append(round(node["leaf_value"] * SCALE))
            return -len(leaves)
        at = len(features)
        features.append(node["split_feature"])
        thresholds.append(round(node["threshold"], 5))
        left.append(0)
        right.append(0)
        left[at], right[at] = add(node["left_child"]), add(node["right_child"])
        return at

    if add(root) < 0:
        features, thresholds, left, right = [0], [0.0], [-1], [-1]
    return (features, thresholds, left, right, leaves)


def odds_of(forest: Forest, facts: Numbers) -> Numbers:
    """The log-odds of each row, as `forest_sum` gives them, for all rows at once."""
    total = np.full(len(facts), forest.bias)
    rows = np.arange(len(facts))
    for tree in forest.trees:
        features, thresholds, left, right, leaves = map(np.array, tree)
        node = np.zeros(len(facts), int)
        while (inside := node >= 0).any():
            at = node[inside]
            low = facts[rows[inside], features[at]] <= thresholds[at]
            node[inside] = np.where(low, left[at], right[at])
        total += leaves[~node]
    return total / forest.scale
