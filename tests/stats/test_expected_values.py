"""The published and twice-computed values: every coefficient, error, interval and reason within tolerance.

`tests/data/agreement_dev.json` names the source of each value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hitl_tui.stats.analysis import Analysis, analyse
from hitl_tui.stats.calibration import brier, calibration_error, isotonic
from hitl_tui.stats.cusum import Chart, run_length, simulated_run_length
from hitl_tui.stats.dawid_skene import dawid_skene
from hitl_tui.stats.intervals import clopper_pearson, wilson
from hitl_tui.stats.multiple import benjamini_hochberg
from hitl_tui.stats.ratings import Level, Ratings, from_rows
from hitl_tui.stats.sets import alpha_of, jaccard, masi

DATA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "agreement_dev.json").read_text("utf-8")
)
EXTRAS = DATA["extras"]
NUMERIC: tuple[Level, ...] = ("ordinal", "interval", "ratio")
LEVELS: list[tuple[dict[str, Any], Level]] = [
    (case, level)
    for case in DATA["cases"]
    for level in (("nominal",) if case["level"] == "nominal" else NUMERIC)
]


def ratings_of(case: dict[str, Any], level: Level) -> Ratings:
    rows = [
        (str(item), str(reviewer), None if label is None else str(label))
        for item, row in enumerate(case["ratings"])
        for reviewer, label in enumerate(row)
    ]
    return from_rows(rows, declared=[str(label) for label in case["categories"]], level=level)


def analysed(name: str) -> tuple[dict[str, Any], Analysis]:
    (case,) = [case for case in DATA["cases"] if case["name"] == name]
    return case, analyse(ratings_of(case, "nominal"))


def test_there_are_as_many_expected_values_as_the_file_says() -> None:
    assert sum(len(case["expected"]) for case in DATA["cases"]) == 214


@pytest.mark.parametrize(("case", "level"), LEVELS, ids=lambda value: str(value)[:40])
def test_every_expected_value_is_met(case: dict[str, Any], level: Level) -> None:
    found = analyse(ratings_of(case, level), level).coefficients
    tolerance = case["tolerance"]
    for name, expected in case["expected"].items():
        got = found[name]
        if expected["value"] is None:
            assert (got.value, got.reason) == (None, expected["reason"]), name
            continue
        assert got.value == pytest.approx(expected["value"], abs=tolerance["value"]), name
        if "published" in expected:
            slack = expected["published_tolerance"] + tolerance["value"]
            assert got.value == pytest.approx(expected["published"], abs=slack), name
        if "se" in expected:
            assert got.se == pytest.approx(expected["se"], abs=tolerance["se"]), name
        if "ci95" in expected:
            assert got.ci == pytest.approx(expected["ci95"], abs=tolerance["ci95"]), name


def test_alpha_without_each_reviewer_and_the_pairs_are_met() -> None:
    case, analysis = analysed("krippendorff_2011_C")
    for name, value in case["per_reviewer"]["alpha_nominal_without_rater"].items():
        assert analysis.reviewers[name].alpha_nominal_without == pytest.approx(value, abs=2e-6)
    pairs = analysis.pairs
    assert pairs is not None
    found = {
        f"{a}-{b}": (n, percent, kappa)
        for a, b, n, percent, kappa in zip(
            pairs.first, pairs.second, pairs.n, pairs.percent, pairs.kappa, strict=True
        )
    }
    assert found.keys() == case["pairs"]["values"].keys()
    for name, expected in case["pairs"]["values"].items():
        n, percent, kappa = found[name]
        assert (n, percent, kappa) == pytest.approx(tuple(expected.values()), abs=2e-6)


def test_kappa_by_label_is_met() -> None:
    case, analysis = analysed("fleiss_1971")
    expected = case["per_category"]["fleiss_kappa"]
    found = {label: part.fleiss_kappa for label, part in analysis.per_label.items()}
    assert found == pytest.approx(expected, abs=case["per_category"]["tolerance"])


def test_the_anaesthetists_of_dawid_and_skene() -> None:
    extra = EXTRAS["dawid_skene_1979"]
    verdicts = np.array(extra["verdicts"]) - 1
    skill = dawid_skene(
        *verdicts.T, n_items=45, n_reviewers=5, q=4, smoothing=0, tolerance=1e-13, most_steps=2000
    )
    expected, tolerance = extra["expected"], extra["tolerance"]
    assert skill.converged
    assert skill.prior == pytest.approx(expected["prior"], abs=tolerance["prior"])
    assert skill.loglik == pytest.approx(expected["loglik"], abs=tolerance["loglik"])
    assert list(skill.labels + 1) == expected["labels"]
    first = np.array(expected["confusion_observer1_true_by_observed"])
    assert skill.confusion[0] == pytest.approx(first, abs=tolerance["confusion"])


@pytest.mark.parametrize(
    "case", EXTRAS["wilson"]["cases"], ids=lambda case: f"{case['x']}/{case['n']}"
)
def test_intervals_of_a_rate(case: dict[str, Any]) -> None:
    x, n = case["x"], case["n"]
    assert wilson(x, n) == pytest.approx(case["wilson"], abs=1e-6)
    assert clopper_pearson(x, n) == pytest.approx(case["clopper_pearson"], abs=1e-6)


def test_brier_calibration_error_and_isotonic_regression() -> None:
    for name, function in (("brier", brier), ("ece", calibration_error)):
        extra = EXTRAS[name]
        more = {"bins": extra["bins"]} if "bins" in extra else {}
        value = function(np.array(extra["y"]), np.array(extra["p"]), **more)
        assert value == pytest.approx(extra["expected"])
    fitted = isotonic(np.array(EXTRAS["isotonic"]["y"], dtype=float))
    assert fitted == pytest.approx(EXTRAS["isotonic"]["expected"])


def test_benjamini_hochberg_rejects_four_of_fifteen() -> None:
    extra = EXTRAS["benjamini_hochberg"]
    adjusted = benjamini_hochberg(extra["p"])
    assert sum(p <= extra["q"] for p in adjusted) == extra["expected_rejections"]


def test_alpha_of_label_sets() -> None:
    extra = EXTRAS["masi_alpha"]
    sets = [[frozenset(labels) for labels in item] for item in extra["ratings"]]
    expected, tolerance = extra["expected"], extra["tolerance"]
    assert alpha_of(sets, masi) == pytest.approx(expected["alpha_masi"], abs=tolerance)
    assert alpha_of(sets, jaccard) == pytest.approx(expected["alpha_jaccard"], abs=tolerance)


@pytest.mark.parametrize(
    "case", EXTRAS["bernoulli_cusum"]["cases"], ids=lambda case: f"h={case['h']}"
)
def test_the_run_lengths_of_the_chart(case: dict[str, Any]) -> None:
    extra = EXTRAS["bernoulli_cusum"]
    chart = Chart(extra["p0"], extra["p1"], case["h"])
    slack = extra["relative_tolerance"]
    for p, stated in ((chart.p0, case["arl0"]), (chart.p1, case["arl1"])):
        exact = run_length(chart, p)
        assert exact == pytest.approx(stated, rel=slack)
        assert simulated_run_length(chart, p, runs=4000, seed=5) == pytest.approx(exact, rel=slack)
