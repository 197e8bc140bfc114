"""The report on agreement: one analysis as JSON and as tables to export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hitl_tui.model.text import Shown
from hitl_tui.stats.analysis import Analysis
from hitl_tui.stats.intervals import quantile
from hitl_tui.stats.pairs import kappa_interval
from hitl_tui.stats.ratings import Ratings

WORDS: Mapping[str, float] = {
    "slight": 0.0,
    "fair": 0.2,
    "moderate": 0.4,
    "substantial": 0.6,
    "almost perfect": 0.8,
}
"""A word and the lower bound that earns it (Landis and Koch 1977); a convention, not a law."""


@dataclass(frozen=True)
class Report:
    """An analysis with its ratings, its notes, and the analyses of its groups (pools, weeks)."""

    ratings: Ratings
    analysis: Analysis
    notes: Sequence[Shown]
    groups: Mapping[str, Analysis] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=lambda: WORDS)


def as_json(report: Report) -> dict[str, Any]:
    """The report under its stable names."""
    analysis = report.analysis
    found: dict[str, Any] = {
        **_sizes(analysis),
        "level": analysis.level,
        "coefficients": _coefficients(analysis),
        "per_label": {
            label: {
                "n": part.n,
                "share": part.share,
                "agreement": part.agreement,
                "ci": part.ci,
                "fleiss_kappa": part.fleiss_kappa,
            }
            for label, part in analysis.per_label.items()
        },
        "pairs": list(pair_rows(report)),
        "reviewers": {
            name: {
                "n": part.n,
                "shared_items": part.shared_items,
                "agreement": part.agreement,
                "ci": part.ci,
                "alpha_nominal_without": part.alpha_nominal_without,
                "labels": dict(zip(report.ratings.labels, part.labels, strict=True)),
            }
            for name, part in analysis.reviewers.items()
        },
        "notes": list(report.notes),
    }
    if report.groups:
        found["groups"] = {
            name: {**_sizes(group), "coefficients": _coefficients(group)}
            for name, group in report.groups.items()
        }
    return found


def tables(report: Report) -> dict[str, tuple[list[str], list[list[Any]]]]:
    """What `--export` writes: name -> (header, rows)."""
    found = {
        "coefficients": (
            [
                "name",
                "value",
                "se",
                "low",
                "high",
                "bootstrap_low",
                "bootstrap_high",
                "n_items",
                "method",
                "reason",
            ],
            [
                [
                    name,
                    one.value,
                    one.se,
                    *_ends(one.ci),
                    *_ends(one.bootstrap),
                    report.analysis.n_items,
                    one.method,
                    one.reason,
                ]
                for name, one in report.analysis.coefficients.items()
            ],
        ),
        "labels": (
            ["label", "n", "share", "agreement", "low", "high", "fleiss_kappa"],
            [
                [label, part.n, part.share, part.agreement, *_ends(part.ci), part.fleiss_kappa]
                for label, part in report.analysis.per_label.items()
            ],
        ),
        "pairs": (
            ["first", "second", "n", "percent", "cohen_kappa", "low", "high"],
            [
                [
                    row["a"],
                    row["b"],
                    row["n"],
                    row["percent"],
                    row["cohen_kappa"],
                    *_ends(row["ci"]),
                ]
                for row in pair_rows(report)
            ],
        ),
        "reviewers": (
            ["reviewer", "n", "shared_items", "agreement", "low", "high", "alpha_nominal_without"],
            [
                [
                    name,
                    part.n,
                    part.shared_items,
                    part.agreement,
                    *_ends(part.ci),
                    part.alpha_nominal_without,
                ]
                for name, part in report.analysis.reviewers.items()
            ],
        ),
    }
    if report.groups:
        found["groups"] = (
            ["group", "n_items", "n_ratings", "name", "value", "low", "high", "reason"],
            [
                [group, part.n_items, part.n_ratings, name, one.value, *_ends(one.ci), one.reason]
                for group, part in report.groups.items()
                for name, one in part.coefficients.items()
            ],
        )
    return found


def _sizes(analysis: Analysis) -> dict[str, Any]:
    return {
        "n_items": analysis.n_items,
        "n_ratings": analysis.n_ratings,
        "n_reviewers": analysis.n_reviewers,
        "q": analysis.q,
        "dropped_items": analysis.dropped_items,
    }


def _coefficients(analysis: Analysis) -> dict[str, Any]:
    return {
        name: {
            "value": one.value,
            "se": one.se,
            "ci": one.ci,
            "bootstrap": one.bootstrap,
            "method": one.method,
            "reason": one.reason,
        }
        for name, one in analysis.coefficients.items()
    }


def pair_rows(report: Report) -> Iterator[dict[str, Any]]:
    """Every pair of reviewers under stable names."""
    pairs, people = report.analysis.pairs, report.ratings.reviewers
    if pairs is None:
        return
    same = np.eye(report.ratings.q)
    z = quantile()
    for at in range(len(pairs.first)):
        kappa = float(pairs.kappa[at])
        missing = np.isnan(kappa)
        ci = None
        if pairs.tables is not None and not missing:
            ci = kappa_interval(pairs.tables[at], same, z)
        yield {
            "a": people[int(pairs.first[at])],
            "b": people[int(pairs.second[at])],
            "n": int(pairs.n[at]),
            "percent": float(pairs.percent[at]),
            "cohen_kappa": None if missing else kappa,
            "ci": ci,
            "reason": "no_variation" if missing else None,
            **{
                f"cohen_kappa_{name}": None if np.isnan(value[at]) else float(value[at])
                for name, value in pairs.weighted.items()
            },
        }


def _ends(ci: tuple[float, float] | None) -> list[float | None]:
    return [None, None] if ci is None else [ci[0], ci[1]]
