"""The report on agreement for a terminal: coefficients, pairs, the worst pair's table, plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hitl_tui.model.text import Shown, message
from hitl_tui.reports.agreement import Report, pair_rows
from hitl_tui.reports.table import interval, number, percent, table
from hitl_tui.stats.analysis import Analysis, Coefficient
from hitl_tui.stats.pairs import PairMatrix

HEADLINES = ("percent", "alpha_nominal", "ac1")
MATRIX_REVIEWERS = 12
WORST_PAIRS = 10
LEAST_TOGETHER = 10
"""Items together below which a pair is not called the worst, unless all have fewer."""


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
        return _pairs_table(list(pair_rows(report)))
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
            (row for row in pair_rows(report) if row["cohen_kappa"] is not None),
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
