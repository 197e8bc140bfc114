"""The whole analysis of agreement: every coefficient the level defines, with its interval or its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hitl_tui.stats import errors
from hitl_tui.stats.bootstrap import SEED, bootstrap, replicates_for
from hitl_tui.stats.coefficients import (
    FAMILIES,
    Pattern,
    Reason,
    Scale,
    alpha,
    chance_corrected,
    named,
    names,
    scale_of,
)
from hitl_tui.stats.intervals import Interval, quantile, t_quantile
from hitl_tui.stats.pairs import PairMatrix, pair_matrix, two_way
from hitl_tui.stats.parts import LabelPart, ReviewerPart, label_parts, reviewer_parts
from hitl_tui.stats.ratings import Floats, Level, Ratings

METHOD_T = "linearised t over items, reviewers fixed (Gwet)"
METHOD_FCE = "large-sample normal (Fleiss, Cohen and Everitt 1969)"
METHOD_NONE = "none"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient: its value, standard error and interval, or the reason why one is missing.

    `bootstrap` is the percentile interval that checks the other, where there is one.
    """

    value: float | None
    se: float | None = None
    ci: Interval | None = None
    method: str = METHOD_NONE
    reason: Reason | None = None
    bootstrap: Interval | None = None


@dataclass(frozen=True)
class Analysis:
    """What a set of ratings says of agreement. `pairable_items` have two ratings or more."""

    level: Level
    n_items: int
    n_ratings: int
    n_reviewers: int
    q: int
    dropped_items: int
    pairable_items: int
    coefficients: Mapping[str, Coefficient]
    per_label: Mapping[str, LabelPart] = field(default_factory=dict)
    pairs: PairMatrix | None = None
    reviewers: Mapping[str, ReviewerPart] = field(default_factory=dict)


def analyse(
    ratings: Ratings,
    level: Level = "nominal",
    *,
    replicates: int = 1000,
    seed: int = SEED,
    parts: bool = True,
) -> Analysis:
    """Everything about the agreement in `ratings`; `parts` says whether labels, pairs and reviewers too."""
    paired = int((ratings.counts.sum(axis=1) >= 2).sum()) if len(ratings) else 0
    whole = _nothing(ratings, paired)
    scale = scale_of(ratings, level)
    if whole is not None:
        found = {name: Coefficient(None, reason=whole) for name in names(level)}
    else:
        found = _coefficients(ratings, scale, level, paired, replicates, seed)
    shown = {name: found[name] for name in names(level)}
    told = parts and len(ratings) > 0
    schemes = {
        name: weight
        for name, weight in scale.weights.items()
        if name and not isinstance(weight, str)
    }
    return Analysis(
        level,
        ratings.n_items,
        len(ratings),
        len(ratings.reviewers),
        ratings.q,
        ratings.empty_items,
        paired,
        shown,
        per_label=label_parts(ratings) if told else {},
        pairs=pair_matrix(ratings, schemes) if told and paired else None,
        reviewers=reviewer_parts(ratings) if told else {},
    )


def _nothing(ratings: Ratings, paired: int) -> Reason | None:
    """Why nothing at all can be said, if that is so."""
    if not len(ratings):
        return "no_items"
    if len(ratings.reviewers) < 2:
        return "one_reviewer"
    return None if paired else "no_pairable_items"


def _coefficients(
    ratings: Ratings, scale: Scale, level: Level, paired: int, replicates: int, seed: int
) -> dict[str, Coefficient]:
    folded = ratings.folded
    pattern = Pattern.of(folded)
    times = folded.times.astype(np.float64)
    values = _values(pattern, times[None], scale)
    point = {name: float(found[0]) for name, found in values.items()}
    checks = {}
    if paired >= 2:
        number = replicates_for(len(times), replicates)
        checks = bootstrap(
            folded.times,
            lambda drawn: _values(pattern, drawn, scale),
            replicates=number,
            seed=seed,
        )
    found = dict(_alphas(pattern, times, scale, point, checks, paired))
    for scheme, weight in scale.weights.items():
        if isinstance(weight, str):
            for family in (*FAMILIES, "cohen_kappa"):
                found[named(family, scheme)] = Coefficient(None, reason=weight)
            continue
        mine = {family: point[named(family, scheme)] for family in FAMILIES if family != CONGER}
        ses = errors.standard_errors(pattern, times, weight, mine) if paired >= 2 else {}
        df = ratings.n_items - 1
        for family, value in mine.items():
            name = named(family, scheme)
            check = checks.get(name)
            found[name] = _estimate(value, ses.get(family), df, check and check[0])
        conger, se = errors.conger(ratings, pattern, weight)
        found[named(CONGER, scheme)] = _estimate(conger, se, df, None)
        found[named("cohen_kappa", scheme)] = _cohen(ratings, weight)
    found["scott_pi"] = _scott(ratings, pattern)
    return found


CONGER = "conger_kappa"


def _values(pattern: Pattern, times: Floats, scale: Scale) -> dict[str, Floats]:
    found = {
        name: alpha(pattern, times, difference)
        for name, difference in scale.differences.items()
        if not isinstance(difference, str)
    }
    for scheme, weight in scale.weights.items():
        if not isinstance(weight, str):
            for family, value in chance_corrected(pattern, times, weight).items():
                found[named(family, scheme)] = value
    return found


def _alphas(
    pattern: Pattern,
    times: Floats,
    scale: Scale,
    point: Mapping[str, float],
    checks: Mapping[str, tuple[Interval, float]],
    paired: int,
) -> list[tuple[str, Coefficient]]:
    found = []
    for name, difference in scale.differences.items():
        if isinstance(difference, str):
            found.append((name, Coefficient(None, reason=difference)))
            continue
        value, check = point[name], checks.get(name)
        if difference is not None or math.isnan(value) or paired < 2:
            se = None
            if difference is not None and not math.isnan(value) and paired >= 2:
                se = errors.alpha_error(pattern, times, difference)
            found.append((name, _estimate(value, se, paired - 1, check and check[0])))
        elif check is None:
            found.append((name, Coefficient(value, reason="n_items<2")))
        else:
            # Its difference depends on the ratings, so no linearisation of the others holds for it.
            number = replicates_for(len(times))
            method = f"percentile bootstrap over items, {number} replicates"
            found.append((name, Coefficient(value, check[1], check[0], method, None, check[0])))
    return found


def _estimate(value: float, se: float | None, df: int, check: Interval | None) -> Coefficient:
    if math.isnan(value):
        return Coefficient(None, reason="no_variation")
    if se is None or df < 1:
        return Coefficient(value, reason="n_items<2")
    half = t_quantile(df) * se
    return Coefficient(value, se, (value - half, min(1.0, value + half)), METHOD_T, None, check)


def _cohen(ratings: Ratings, weight: Floats) -> Coefficient:
    if len(ratings.reviewers) != 2:
        return Coefficient(None, reason="not_two_reviewers")
    table = two_way(ratings)
    value, se = errors.cohen(table, weight)
    if math.isnan(value):
        return Coefficient(None, reason="no_variation")
    if table.sum() < 2:
        return Coefficient(value, reason="n_items<2")
    half = quantile() * se
    return Coefficient(value, se, (value - half, min(1.0, value + half)), METHOD_FCE)


def _scott(ratings: Ratings, pattern: Pattern) -> Coefficient:
    """Scott's pi: Fleiss' kappa of two reviewers over the items that both rated."""
    if len(ratings.reviewers) != 2:
        return Coefficient(None, reason="not_two_reviewers")
    both = pattern.two > 0
    times = ratings.folded.times.astype(np.float64)[both]
    kept = Pattern(pattern.rows[both], pattern.size[both], pattern.two[both], pattern.share[both])
    weight = np.eye(ratings.q)
    values = chance_corrected(kept, times[None], weight)
    point = {name: float(value[0]) for name, value in values.items()}
    n = float(times.sum())
    if math.isnan(point["fleiss_kappa"]) or n < 2:
        return _estimate(point["fleiss_kappa"], None, 0, None)
    ses = errors.standard_errors(kept, times, weight, point)
    return _estimate(point["fleiss_kappa"], ses["fleiss_kappa"], int(n) - 1, None)
