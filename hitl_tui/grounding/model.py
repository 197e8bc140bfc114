"""The learnt weights of the package: small decision trees over the features and over their summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from hitl_tui.grounding.features import Features

Tree = tuple[list[int], list[float], list[int], list[int], list[int]]
"""Per node the feature's place, the threshold, the node for "at most" and for "more"; then the leaves.

A node below zero is a leaf, counted from -1 down.
"""


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees whose leaves add up to log-odds; whole numbers, in units of 1/`scale`, so that sums are exact."""

    bias: int
    scale: int
    trees: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """All weights. `features` are the names that the trees' places mean."""

    clause: Forest
    clause_without_style: Forest
    denial_added: Forest
    denial_dropped: Forest
    risk: Forest
    risk_without_style: Forest


@cache
def model() -> Model:
    """Read the weights that ship with the package, once."""
    text = resources.files("hitl_tui.grounding").joinpath("weights.json").read_text("utf-8")
    return parsed(json.loads(text))


def parsed(value: Mapping[str, Any]) -> Model:
    """Return the weights written by `benchmarks/grounding_train.py`.

    ValueError if they were learnt for other features than these.
    """
    if tuple(value["features"]) != Features._fields:
        raise ValueError("weights.json is for other features; run benchmarks/grounding_train.py")
    return Model(
        _forest(value["clause"]),
        _forest(value["clause_without_style"]),
        _forest(value["denial_added"]),
        _forest(value["denial_dropped"]),
        _forest(value["risk"]),
        _forest(value["risk_without_style"]),
    )


def _forest(value: Mapping[str, Any]) -> Forest:
    trees = tuple(tuple(tree) for tree in value["trees"])
    return Forest(value["bias"], value["scale"], trees)


def forest_sum(forest: Forest, facts: Sequence[float]) -> float:
    """Return the log-odds that the trees give to the features."""
    total = forest.bias
    for features, thresholds, left, right, leaves in forest.trees:
        node = 0
        while node >= 0:
            node = left[node] if facts[features[node]] <= thresholds[node] else right[node]
        total += leaves[~node]
    return total / forest.scale
