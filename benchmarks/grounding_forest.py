"""From the trees that lightgbm learns to the forests that the package reads."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
from grounding_corpus import Numbers

from hitl_tui.grounding.forest import Trees

SCALE = 1000


def forest_of(booster: lightgbm.Booster) -> Trees:
    """The booster's trees, without a bias."""
    roots: list[int] = []
    at_most: list[int] = []
    more: list[int] = []
    leaves: list[int] = []
    thresholds: list[float] = []
    features = bytearray()

    def add(node: dict[str, Any]) -> int:
        if "leaf_value" in node:
            leaves.append(round(node["leaf_value"] * SCALE))
            return -len(leaves)
        at = len(features)
        features.append(node["split_feature"])
        thresholds.append(round(node["threshold"], 5))
        at_most.append(0)
        more.append(0)
        at_most[at], more[at] = add(node["left_child"]), add(node["right_child"])
        return at

    for info in booster.dump_model()["tree_info"]:
        # A tree that is one leaf has a root below zero.
        roots.append(add(info["tree_structure"]))
    return Trees(0, SCALE, roots, bytes(features), thresholds, at_most, more, leaves)


def without_trees() -> Trees:
    """A forest that tells nothing."""
    return Trees(0, SCALE, [], b"", [], [], [], [])


def odds_of(forest: Trees, facts: Numbers) -> Numbers:
    """The log-odds of each row, as a `Forest` gives them, for all rows at once."""
    total = np.full(len(facts), forest.bias)
    rows = np.arange(len(facts))
    features = np.frombuffer(forest.features, np.uint8)
    thresholds, leaves = np.array(forest.thresholds), np.array(forest.leaves)
    at_most, more = np.array(forest.at_most), np.array(forest.more)
    for root in forest.roots:
        node = np.full(len(facts), root)
        while (inside := node >= 0).any():
            at = node[inside]
            low = facts[rows[inside], features[at]] <= thresholds[at]
            node[inside] = np.where(low, at_most[at], more[at])
        total += leaves[~node]
    return total / forest.scale
