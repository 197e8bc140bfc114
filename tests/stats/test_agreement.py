"""Agreement where it is undefined, lopsided or thin: a null with its reason, never a flattering 1."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_tui.stats.analysis import Analysis, analyse
from hitl_tui.stats.bootstrap import bootstrap, replicates_for
from hitl_tui.stats.coefficients import names
from hitl_tui.stats.notes import notes
from hitl_tui.stats.ratings import LEVELS, Level, Ratings, fold, from_rows, number

UNWEIGHTED = {
    "alpha_nominal",
    "percent",
    "fleiss_kappa",
    "conger_kappa",
    "ac1",
    "bp",
    "cohen_kappa",
    "scott_pi",
}
OK = ("ok", "violation")


def rows(*items: str) -> list[tuple[str, str, str | None]]:
    """One item a word, one reviewer a letter; `.` is no rating."""
    return [
        (str(i), f"r{g}", None if letter == "." else letter)
        for i, item in enumerate(items)
        for g, letter in enumerate(item)
    ]


def reasons(analysis: Analysis) -> dict[str, str | None]:
    return {name: one.reason for name, one in analysis.coefficients.items()}


def told(ratings: Ratings, level: Level = "nominal") -> str:
    return "\n".join(notes(ratings, analyse(ratings, level)))


@pytest.mark.parametrize("level", LEVELS)
def test_no_ratings_at_all_is_null_throughout(level: Level) -> None:
    analysis = analyse(from_rows([], level=level), level)
    assert {one.reason for one in analysis.coefficients.values()} == {"no_items"}
    assert all(one.value is None for one in analysis.coefficients.values())


def test_the_level_says_which_coefficients_there_are() -> None:
    assert set(names("nominal")) == UNWEIGHTED
    ordinal = set(names("ordinal"))
    assert ordinal == set(names("interval")) == set(names("ratio"))
    weighted = {
        f"{family}_{scheme}"
        for family in ("percent", "fleiss_kappa", "conger_kappa", "ac2", "bp", "cohen_kappa")
        for scheme in ("linear", "quadratic", "gwetordinal")
    }
    alphas = {"alpha_ordinal", "alpha_interval", "alpha_ratio"}
    assert ordinal == UNWEIGHTED | weighted | alphas


def test_one_reviewer_agrees_with_nobody() -> None:
    analysis = analyse(from_rows(rows("a", "b")))
    assert set(reasons(analysis).values()) == {"one_reviewer"}


def test_items_that_nobody_shares_have_no_agreement() -> None:
    analysis = analyse(from_rows(rows("a.", ".b"), declared=("a", "b")))
    assert set(reasons(analysis).values()) == {"no_pairable_items"}
    assert (analysis.n_items, analysis.n_ratings) == (2, 2)


def test_one_label_throughout_leaves_only_what_does_not_ask_for_variation() -> None:
    ratings = from_rows([(str(i), g, "ok") for i in range(60) for g in ("x", "y")], declared=OK)
    analysis = analyse(ratings)
    assert {n: c.value for n, c in analysis.coefficients.items() if c.value is not None} == {
        "percent": 1.0,
        "ac1": 1.0,
        "bp": 1.0,
    }
    assert {reason for reason in reasons(analysis).values() if reason} == {"no_variation"}


@pytest.mark.parametrize("level", LEVELS)
def test_without_a_schema_one_label_leaves_percent_alone(level: Level) -> None:
    analysis = analyse(from_rows(rows("11", "11"), level=level), level)
    assert [n for n, c in analysis.coefficients.items() if c.value is not None] == ["percent"]


@pytest.mark.parametrize("level", LEVELS)
def test_one_item_has_values_and_no_interval(level: Level) -> None:
    analysis = analyse(from_rows(rows("122"), declared=("1", "2", "3"), level=level), level)
    valued = [one for one in analysis.coefficients.values() if one.value is not None]
    assert len(valued) >= 5
    assert all((one.ci, one.se, one.reason) == (None, None, "n_items<2") for one in valued)


def test_kappa_of_two_is_for_two() -> None:
    three = analyse(from_rows(rows("aab", "bba", "aaa")))
    assert reasons(three)["cohen_kappa"] == reasons(three)["scott_pi"] == "not_two_reviewers"
    two = analyse(from_rows(rows("aa", "ba", "bb")))
    assert two.coefficients["cohen_kappa"].value == pytest.approx(0.4)
    assert two.coefficients["cohen_kappa"].ci is not None


def test_items_and_reviewers_without_a_rating_are_left_out_and_counted() -> None:
    ratings = from_rows(rows("aa.", "...", "ab.", "ba."))
    analysis = analyse(ratings)
    assert (analysis.n_items, analysis.dropped_items, analysis.n_reviewers) == (3, 1, 2)
    assert "1 items without any rating were left out" in told(ratings)


def test_an_item_with_one_rating_counts_for_the_shares_only() -> None:
    with_one = analyse(from_rows(rows("aa", "ab", "bb", "b."), declared=("a", "b")))
    without = analyse(from_rows(rows("aa", "ab", "bb"), declared=("a", "b")))
    for name in ("percent", "alpha_nominal", "bp", "cohen_kappa"):
        assert with_one.coefficients[name].value == without.coefficients[name].value
    assert with_one.coefficients["ac1"].value != without.coefficients["ac1"].value


def test_labels_outside_the_schema_count_and_are_named() -> None:
    ratings = from_rows(rows("ab", "ac", "aa"), declared=("a", "b"))
    assert (ratings.q, ratings.undeclared) == (3, ("c",))
    assert "c: not among the declared labels" in told(ratings)


def test_the_number_of_labels_comes_from_the_schema() -> None:
    three = analyse(from_rows(rows("ab", "aa", "bb"), declared=("a", "b", "c")))
    two = analyse(from_rows(rows("ab", "aa", "bb")))
    assert (three.q, two.q) == (3, 2)
    assert three.coefficients["bp"].value == pytest.approx(0.5)
    assert two.coefficients["bp"].value == pytest.approx(1 / 3)


def test_words_have_no_distance_and_no_order_unless_it_is_declared() -> None:
    words = [("1", "x", "low"), ("1", "y", "high"), ("2", "x", "mid"), ("2", "y", "mid")]
    unordered = reasons(analyse(from_rows(words, level="ordinal"), "ordinal"))
    assert unordered["alpha_ordinal"] == unordered["ac2_linear"] == "no_order"
    assert unordered["alpha_interval"] == unordered["alpha_ratio"] == "not_numeric"
    assert unordered["percent"] is None
    declared = from_rows(words, declared=("low", "mid", "high"), level="ordinal")
    ordered = analyse(declared, "ordinal").coefficients
    assert ordered["ac2_linear"].value is not None
    interval = reasons(analyse(declared, "interval"))
    assert interval["percent_linear"] == interval["alpha_interval"] == "not_numeric"
    assert interval["percent_gwetordinal"] is None


def test_ratios_need_labels_that_are_not_negative() -> None:
    found = reasons(analyse(from_rows([*rows("12"), ("9", "r0", "-1"), ("9", "r1", "1")]), "ratio"))
    assert found["alpha_ratio"] == "negative_labels"
    assert found["alpha_interval"] is None


def test_one_number_written_in_two_ways_is_one_label() -> None:
    pairs = [("1", "x", "1.0"), ("1", "y", "1"), ("2", "x", "2"), ("2", "y", "2.0")]
    assert from_rows(pairs, level="interval").q == 2
    assert from_rows(pairs, declared=("1", "2")).labels == ("1", "2")
    assert [number(word) for word in ("nan", "inf", "1_0", " 1", "0x1", "1e400", "")] == [None] * 7


def test_order_is_by_rank_at_the_ordinal_level_and_by_value_above() -> None:
    uneven = from_rows(rows("19", "12", "22"), declared=("1", "2", "9"), level="ordinal")
    ranks = analyse(uneven, "ordinal").coefficients["percent_linear"].value
    values = analyse(uneven, "interval").coefficients["percent_linear"].value
    assert (ranks, values) == pytest.approx((0.5, (0 + 7 / 8 + 1) / 3))


def test_prevalence_is_named_and_the_minority_label_shown() -> None:
    cells = ["oo"] * 98 + ["ov", "vo"]
    ratings = from_rows(rows(*cells), declared=("o", "v"))
    analysis = analyse(ratings)
    assert all(one.value is not None for one in analysis.coefficients.values())
    assert (
        "99 % of ratings are one label (o): alpha and kappa say little; see the minority label (v)"
        in (told(ratings))
    )
    assert analysis.per_label["v"].agreement == 0
    assert analysis.per_label["o"].agreement == pytest.approx(196 / 198)


def test_a_reviewer_who_never_varied_is_named() -> None:
    assert "r0 gave one label only" in told(from_rows(rows("ab", "aa", "ab", "aa")))


def test_perfect_agreement_is_not_called_certain() -> None:
    assert "the intervals have no width" in told(from_rows(rows("aa", "bb", "aa")))


def test_few_items_are_called_few() -> None:
    assert "too few items: 3 with two ratings or more" in told(from_rows(rows("aa", "ab", "ba")))
    many = from_rows(rows(*["ab", "aa", "bb"] * 17))
    assert "too few" not in told(many)


def test_whoever_pulls_the_agreement_down_is_named() -> None:
    good, bad = "abcabcabcabc", "bcabcabcabca"
    items = [f"{g}{g}{b}" for g, b in zip(good, bad, strict=True)]
    assert "without r2 alpha would be 1.00 instead of" in told(from_rows(rows(*items)))


@settings(max_examples=60)
@given(
    st.lists(st.text(alphabet="12345.", min_size=4, max_size=4), min_size=0, max_size=12),
    st.sampled_from(LEVELS),
)
def test_every_coefficient_has_a_value_or_a_reason(items: list[str], level: Level) -> None:
    ratings = from_rows(rows(*items), declared=tuple("12345"), level=level)
    analysis = analyse(ratings, level, replicates=100)
    assert list(analysis.coefficients) == names(level)
    for name, one in analysis.coefficients.items():
        assert (one.value is None) <= (one.reason is not None), name
        if one.value is not None:
            assert math.isfinite(one.value) and one.value <= 1 + 1e-12, name
        if one.ci is not None and one.value is not None and one.se is not None:
            assert one.ci[0] <= one.value + 1e-9 and one.ci[1] <= 1.0, name
            assert math.isfinite(one.se), name
    assert all(isinstance(note, str) for note in notes(ratings, analysis))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_folded_items_unfold_to_what_they_were(counts: list[tuple[int, int]]) -> None:
    table = np.array(counts)
    folded = fold(table)
    assert (folded.rows[folded.row_of] == table).all()
    assert (np.bincount(folded.row_of) == folded.times).all()


def test_the_bootstrap_resamples_items() -> None:
    times = np.array([30, 70])
    value = np.array([1.0, 0.0])
    found = bootstrap(times, lambda drawn: {"mean": drawn @ value / drawn.sum(axis=1)}, seed=2)
    (low, high), se = found["mean"]
    assert se == pytest.approx(math.sqrt(0.3 * 0.7 / 100), rel=0.1)
    assert low == pytest.approx(0.3 - 1.96 * se, abs=0.02)
    assert high == pytest.approx(0.3 + 1.96 * se, abs=0.02)
    assert bootstrap(times, lambda d: {"m": d @ value}, seed=2) == bootstrap(
        times, lambda d: {"m": d @ value}, seed=2
    )


def test_more_different_items_get_fewer_replicates_but_never_too_few() -> None:
    assert replicates_for(100) == 1000
    assert replicates_for(100_000) == 200
    assert replicates_for(10_000_000) == 100


@pytest.mark.parametrize("n", [20, 50, 200, 1000])
def test_the_default_interval_covers_what_it_says(n: int) -> None:
    """Three reviewers with a known error rate, so the true AC1, kappa and alpha are known in the limit."""
    random = np.random.default_rng(1000 + n)
    shares, error, q, reviewers = np.array([0.5, 0.3, 0.2]), 0.2, 3, 3

    def draw(size: int) -> np.ndarray:
        truth = random.choice(q, size, p=shares)[:, None]
        wrong = random.random((size, reviewers)) < error
        return np.where(wrong, random.integers(0, q, (size, reviewers)), truth)

    def measured(labels: np.ndarray) -> Analysis:
        item = np.repeat(np.arange(len(labels)), reviewers)
        names_ = tuple("abc")
        ratings = Ratings(
            item,
            np.tile(np.arange(reviewers), len(labels)),
            labels.ravel(),
            len(labels),
            names_,
            names_,
        )
        return analyse(ratings, replicates=0, parts=False)

    true = {name: one.value for name, one in measured(draw(400_000)).coefficients.items()}
    hits = dict.fromkeys(("percent", "alpha_nominal", "fleiss_kappa", "ac1", "conger_kappa"), 0)
    runs = 1200
    for _ in range(runs):
        found = measured(draw(n)).coefficients
        for name in hits:
            low, high = found[name].ci or (math.inf, -math.inf)
            hits[name] += low <= (true[name] or 0.0) <= high
    coverage = {name: count / runs for name, count in hits.items()}
    assert all(0.93 <= value <= 0.97 for value in coverage.values()), coverage
