"""The report on agreement: one analysis as JSON, as lines for a terminal, and as tables to export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hitl_tui.model.text import Shown, message
from hitl_tui.reports.table import interval, number, percent, table
from hitl_tui.stats.analysis import Analysis, Coefficient
from hitl_tui.stats.intervals import quantile
from hitl_tui.stats.pairs import PairMatrix, kappa_interval
from hitl_tui.stats.ratings import Ratings

HEADLINES = ("percent", "alpha_nominal", "ac1")
MATRIX_REVIEWERS = 12
WORST_PAIRS = 10
LEAST_TOGETHER = 10
"""Items together below which a pair is not called the worst, unless all have fewer."""
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
        "pairs": list(_pair_rows(report)),
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


def lines(report: Report, by: str | None = None) -> list[Shown]:
    """The report for a terminal; `by` adds the table of labels, pairs, reviewers or groups."""
    analysis = report.analysis
    shown = [
        message(
            "{ratings} ratings of {items} items by {reviewers} reviewers, {q} labels, {level}",
            ratings=f"{analysis.n_ratings:,}",
            items=f"{analysis.n_items:,}",
            reviewers=analysis.n_reviewers,
            q=analysis.q,
            level=analysis.level,
        ),
        Shown(""),
        *_coefficient_table(analysis, report.words),
    ]
    shown += _legend(analysis)
    for part in (_breakdown(report, by), _matrix(report), _worst(report)):
        if part:
            shown += [Shown(""), *part]
    if report.notes:
        shown += [Shown(""), *(message("- {note}", note=note) for note in report.notes)]
    return shown


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
                for row in _pair_rows(report)
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
            "method": one.method,
            "reason": one.reason,
        }
        for name, one in analysis.coefficients.items()
    }


def _coefficient_table(analysis: Analysis, words: Mapping[str, float]) -> list[Shown]:
    rows = [
        [
            name,
            number(one.value),
            number(one.se),
            interval(one.ci),
            interval(one.bootstrap),
            _word(name, one, words),
            one.reason,
        ]
        for name, one in analysis.coefficients.items()
        if one.reason != "not_two_reviewers"
    ]
    header = ["", "value", "se", "95 % interval", "bootstrap", "at least", "reason"]
    return table(header, rows)


def _word(name: str, one: Coefficient, words: Mapping[str, float]) -> str | None:
    """The word whose band the lower bound reaches; percent agreement gets none."""
    if name.startswith("percent") or one.ci is None:
        return None
    earned = [(bound, word) for word, bound in words.items() if one.ci[0] >= bound]
    return max(earned)[1] if earned else None


def _legend(analysis: Analysis) -> Iterator[Shown]:
    methods: dict[str, list[str]] = {}
    for name, one in analysis.coefficients.items():
        if one.ci is not None:
            methods.setdefault(one.method, []).append(name)
    for at, (method, names) in enumerate(methods.items()):
        which = "intervals" if at == 0 else ", ".join(names)
        yield message(
            "{which}: {method}, n = {n} items", which=which, method=method, n=analysis.n_items
        )


def _breakdown(report: Report, by: str | None) -> list[Shown]:
    analysis = report.analysis
    if by == "label":
        rows = [
            [
                label,
                part.n,
                percent(part.share),
                percent(part.agreement),
                interval(part.ci),
                number(part.fleiss_kappa),
            ]
            for label, part in analysis.per_label.items()
        ]
        header = ["label", "n", "share", "agreement", "95 % interval", "fleiss_kappa"]
        return table(header, rows)
    if by == "reviewer":
        rows = [
            [
                name,
                part.n,
                part.shared_items,
                percent(part.agreement),
                interval(part.ci),
                number(part.alpha_nominal_without),
            ]
            for name, part in analysis.reviewers.items()
        ]
        header = ["reviewer", "n", "shared", "agrees with others", "95 % interval"]
        return table([*header, "alpha without"], rows)
    if by == "pair":
        return _pairs_table(list(_pair_rows(report)))
    if report.groups:
        grouped: list[list[object]] = [
            [
                name,
                group.n_items,
                group.n_reviewers,
                *(_with_interval(group.coefficients[one]) for one in HEADLINES),
            ]
            for name, group in report.groups.items()
        ]
        return table([by or "group", "items", "reviewers", *HEADLINES], grouped)
    return []


def _with_interval(one: Coefficient) -> str | None:
    if one.value is None:
        return one.reason
    return f"{one.value:.3f}" + (f" [{one.ci[0]:.3f}, {one.ci[1]:.3f}]" if one.ci else "")


def _pairs_table(rows: Sequence[Mapping[str, Any]]) -> list[Shown]:
    header = ["first", "second", "items", "percent", "cohen_kappa", "95 % interval", "reason"]
    body = [
        [
            row["a"],
            row["b"],
            row["n"],
            number(row["percent"]),
            number(row["cohen_kappa"]),
            interval(row["ci"]),
            row["reason"],
        ]
        for row in rows
    ]
    return table(header, body, left=2)


def _matrix(report: Report) -> list[Shown]:
    pairs, people = report.analysis.pairs, report.ratings.reviewers
    if pairs is None or len(people) < 2:
        return []
    if len(people) > MATRIX_REVIEWERS:
        rows = sorted(
            (row for row in _pair_rows(report) if row["cohen_kappa"] is not None),
            key=lambda row: row["cohen_kappa"],
        )[:WORST_PAIRS]
        words = message(
            "The {n} pairs that agree least, of {all}:", n=len(rows), all=len(pairs.first)
        )
        return [words, *_pairs_table(rows)]
    grid: list[list[object]] = [[name, *[None] * len(people)] for name in people]
    for a, b, n, kappa in zip(pairs.first, pairs.second, pairs.n, pairs.kappa, strict=True):
        cell = ("-" if np.isnan(kappa) else f"{kappa:.2f}") + f" ({n})"
        grid[int(a)][int(b) + 1] = grid[int(b)][int(a) + 1] = cell
    head = Shown("Cohen's kappa of each pair (items together):")
    return [head, *table(["", *people], grid)]


def worst_pair(pairs: PairMatrix) -> int | None:
    """The place of the pair with the lowest kappa among those with items enough together."""
    known = ~np.isnan(pairs.kappa)
    enough = known & (pairs.n >= LEAST_TOGETHER)
    chosen = enough if enough.any() else known
    if not chosen.any():
        return None
    return int(np.where(chosen, pairs.kappa, np.inf).argmin())


def _worst(report: Report) -> list[Shown]:
    pairs, labels, people = report.analysis.pairs, report.ratings.labels, report.ratings.reviewers
    at = None if pairs is None else worst_pair(pairs)
    if pairs is None or pairs.tables is None or at is None or len(labels) > MATRIX_REVIEWERS:
        return []
    a, b = people[int(pairs.first[at])], people[int(pairs.second[at])]
    head = message(
        "The pair that agrees least: {a} (down) and {b} (across), kappa {kappa}, {n} items",
        a=a,
        b=b,
        kappa=f"{pairs.kappa[at]:.2f}",
        n=int(pairs.n[at]),
    )
    body: list[list[object]] = [
        [label, *(int(cell) for cell in row)]
        for label, row in zip(labels, pairs.tables[at], strict=True)
    ]
    return [head, *table(["", *labels], body)]


def _pair_rows(report: Report) -> Iterator[dict[str, Any]]:
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
