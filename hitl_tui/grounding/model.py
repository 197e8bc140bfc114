"""The learnt weights of the package: small decision trees over the features and over their summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from hitl_tui.grounding.features import Features


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees whose leaves add up to log-odds; whole numbers, in units of 1/`scale`, so that sums are exact.

    The nodes of all trees stand one after the other; `roots` are the first of each tree. Per node: the
    feature's place, the threshold, the node for "at most" and the one for "more". A node below zero is
    a leaf, counted from -1 down. Lists, as what is read from an array is made anew each time.
    """

    bias: int
    scale: int
    roots: list[int]
    features: bytes
    thresholds: list[float]
    at_most: list[int]
    more: list[int]
    leaves: list[int]


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
    return Forest(**{**value, "features": bytes(value["features"])})


def forest_sum(forest: Forest, facts: Sequence[float]) -> float:
    """Return the log-odds that the trees give to the features."""
    features, thresholds = forest.features, forest.thresholds
    at_most, more, leaves = forest.at_most, forest.more, forest.leaves
    total = forest.bias
    for root in forest.roots:
        node = root
        while node >= 0:
            node = at_most[node] if facts[features[node]] <= thresholds[node] else more[node]
        total += leaves[~node]
    return total / forest.scale
