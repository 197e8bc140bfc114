"""The learnt weights of the package: small decision trees over the features and over their summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from hitl_tui.grounding.features import Features
from hitl_tui.grounding.forest import Forest, Trees


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
    return Forest(Trees(**{**value, "features": bytes(value["features"])}))
