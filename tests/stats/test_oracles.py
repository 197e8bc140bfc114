"""The statistics beside other people's code, on random ratings with missing entries."""

from __future__ import annotations

import math
from typing import Any

import krippendorff
import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import masi_distance
from scipy import stats as scipy_stats
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from hitl_tui.stats.analysis import analyse
from hitl_tui.stats.calibration import isotonic
from hitl_tui.stats.errors import cohen
from hitl_tui.stats.intervals import clopper_pearson, newcombe, t_quantile, wilson
from hitl_tui.stats.multiple import benjamini_hochberg
from hitl_tui.stats.pairs import two_way
from hitl_tui.stats.ratings import Level, Ratings, from_rows
from hitl_tui.stats.sets import alpha_of, masi
from hitl_tui.stats.weights import weights

SEEDS = range(6)


def random_table(seed: int, *, missing: float = 0.3, q: int = 5) -> np.ndarray[Any, Any]:
    """Items by reviewers, labels 1..q, NaN where nothing was given."""
    random = np.random.default_rng(seed)
    items, reviewers = int(random.integers(12, 40)), int(random.integers(3, 7))
    truth = random.integers(1, q + 1, items)[:, None]
    noise = random.integers(-1, 2, (items, reviewers)) * (random.random((items, reviewers)) < 0.5)
    table = np.clip(truth + noise, 1, q).astype(float)
    table[random.random((items, reviewers)) < missing] = np.nan
    return table


def ratings_of(table: np.ndarray[Any, Any], level: Level, q: int = 5) -> Ratings:
    rows = [
        (str(i), str(g), None if math.isnan(value) else str(int(value)))
        for i, row in enumerate(table)
        for g, value in enumerate(row)
    ]
    return from_rows(rows, declared=[str(k + 1) for k in range(q)], level=level)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_is_that_of_krippendorff(seed: int, level: Level) -> None:
    table = random_table(seed)
    expected = krippendorff.alpha(reliability_data=table.T, level_of_measurement=level)
    found = analyse(ratings_of(table, level), level).coefficients[f"alpha_{level}"]
    assert found.value == pytest.approx(expected, abs=1e-9)


def test_hundreds_of_labels_are_no_other_matter() -> None:
    random = np.random.default_rng(3)
    table = random.integers(1, 150, (150, 3)).astype(float)
    table[random.random(table.shape) < 0.2] = np.nan
    ratings = ratings_of(table, "ordinal", q=150)
    found = analyse(ratings, "ordinal", replicates=100)
    for level in ("nominal", "ordinal", "interval"):
        expected = krippendorff.alpha(reliability_data=table.T, level_of_measurement=level)
        assert found.coefficients[f"alpha_{level}"].value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_without_a_reviewer_is_that_of_the_table_without_the_column(seed: int) -> None:
    table = random_table(seed)
    parts = analyse(ratings_of(table, "nominal")).reviewers
    for column in range(table.shape[1]):
        rest = np.delete(table, column, axis=1)
        expected = krippendorff.alpha(reliability_data=rest.T, level_of_measurement="nominal")
        assert parts[str(column)].alpha_nominal_without == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_fleiss_kappa_of_complete_tables_is_that_of_statsmodels(seed: int) -> None:
    ratings = ratings_of(random_table(seed, missing=0), "nominal")
    found = analyse(ratings).coefficients["fleiss_kappa"].value
    assert found == pytest.approx(fleiss_kappa(ratings.counts, method="fleiss"), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scheme", ["", "linear", "quadratic"])
def test_cohens_kappa_and_its_error_are_those_of_sklearn_and_statsmodels(
    seed: int, scheme: str
) -> None:
    table = random_table(seed)[:, :2]
    both = table[~np.isnan(table).any(axis=1)].astype(int)
    ratings = ratings_of(table, "ordinal")
    name = f"cohen_kappa_{scheme}" if scheme else "cohen_kappa"
    found = analyse(ratings, "ordinal").coefficients[name]
    kappa = cohen_kappa_score(*both.T, labels=[1, 2, 3, 4, 5], weights=scheme or None)
    assert found.value == pytest.approx(kappa, abs=1e-9)
    weight = weights(scheme, np.arange(5.0)) if scheme else np.eye(5)
    counted = two_way(ratings)
    value, se = cohen(counted, weight)
    other = cohens_kappa(counted, weights=None if not scheme else 1 - weight)
    assert (value, se) == pytest.approx((other.kappa, other.std_kappa), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_pair_has_the_kappa_of_sklearn(seed: int) -> None:
    table = random_table(seed)
    pairs = analyse(ratings_of(table, "nominal")).pairs
    assert pairs is not None
    for a, b, n, kappa in zip(pairs.first, pairs.second, pairs.n, pairs.kappa, strict=True):
        both = table[~np.isnan(table[:, [a, b]]).any(axis=1)][:, [a, b]]
        assert n == len(both)
        assert kappa == pytest.approx(cohen_kappa_score(*both.T), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_scotts_pi_is_that_of_nltk(seed: int) -> None:
    table = random_table(seed)[:, :2]
    both = table[~np.isnan(table).any(axis=1)].astype(int)
    triples = [(str(g), str(i), int(v)) for i, row in enumerate(both) for g, v in enumerate(row)]
    found = analyse(ratings_of(table, "nominal")).coefficients["scott_pi"].value
    assert found == pytest.approx(AnnotationTask(data=triples).pi(), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_masi_alpha_is_that_of_nltk(seed: int) -> None:
    random = np.random.default_rng(seed)
    sets = [
        [
            frozenset(random.choice(list("ABCD"), random.integers(1, 4), replace=False))
            for _ in "xyz"
        ]
        for _ in range(15)
    ]
    triples = [(str(g), str(i), v) for i, row in enumerate(sets) for g, v in enumerate(row)]
    expected = AnnotationTask(data=triples, distance=masi_distance).alpha()
    assert alpha_of(sets, masi) == pytest.approx(expected, abs=1e-2)
    exact = AnnotationTask(data=triples, distance=masi).alpha()
    assert alpha_of(sets, masi) == pytest.approx(exact, abs=1e-9)


def test_two_empty_sets_are_equal() -> None:
    assert masi(frozenset(), frozenset()) == 0


@pytest.mark.parametrize(("x", "n"), [(0, 7), (3, 7), (7, 7), (499, 1000)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_intervals_of_rates_are_those_of_statsmodels(x: int, n: int, level: float) -> None:
    for method, found in (("wilson", wilson), ("beta", clopper_pearson)):
        expected = proportion_confint(x, n, alpha=1 - level, method=method)
        assert found(x, n, level) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "counts", [(56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (10, 10, 0, 20)]
)
def test_the_difference_of_rates_is_that_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert newcombe(*counts) == pytest.approx(expected, abs=1e-9)


def test_adjusted_p_values_quantiles_and_isotonic_fits_are_those_of_the_libraries() -> None:
    random = np.random.default_rng(4)
    p = random.random(40) ** 2
    assert benjamini_hochberg(p.tolist()) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert t_quantile(7) == pytest.approx(scipy_stats.t.ppf(0.975, 7))
    y, weight = random.random(50), random.random(50) + 0.1
    fit = IsotonicRegression().fit_transform(np.arange(50), y, sample_weight=weight)
    assert isotonic(y, weight) == pytest.approx(fit)
