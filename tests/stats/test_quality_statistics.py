"""Planning, sampling, drift, spans, discrimination and habits: each where its answer is known."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.model.verdict import Verdict
from hitl_tui.stats.cusum import Chart, run_length, simulated_run_length, threshold
from hitl_tui.stats.dawid_skene import dawid_skene
from hitl_tui.stats.discrimination import discriminations, point_biserial
from hitl_tui.stats.habits import habits
from hitl_tui.stats.intervals import horvitz_thompson, newcombe, rate, wilson
from hitl_tui.stats.planning import (
    items_for_agreement,
    items_for_mark,
    items_for_width,
    least_right,
)
from hitl_tui.stats.spans import character_alpha, overlap, pooled_f1, span_f1


class TestIntervals:
    def test_ten_of_ten_is_not_certain(self) -> None:
        assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
        assert wilson(45, 50) == pytest.approx((0.786, 0.957), abs=1e-3)

    def test_nothing_has_no_rate(self) -> None:
        assert (rate(0, 0).value, rate(0, 0).ci) == (None, None)

    @pytest.mark.parametrize(("x", "n"), [(1, 0), (-1, 5), (6, 5)])
    def test_what_is_no_rate_is_refused(self, x: int, n: int) -> None:
        with pytest.raises(ValueError, match="rate"):
            wilson(x, n)

    @given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
    def test_the_interval_of_a_difference_holds_it(self, a: int, b: int, c: int, d: int) -> None:
        x1, n1, x2, n2 = min(a, b), b, min(c, d), d
        low, high = newcombe(x1, n1, x2, n2)
        assert -1 <= low <= x1 / n1 - x2 / n2 + 1e-12
        assert x1 / n1 - x2 / n2 - 1e-12 <= high <= 1


class TestHorvitzThompson:
    def test_weights_undo_the_sampling(self) -> None:
        found = horvitz_thompson([1, 0, 0, 1], [0.5, 0.5, 0.1, 1.0])
        assert found.value == pytest.approx((2 + 1) / (2 + 2 + 10 + 1))
        assert found.effective < 4

    def test_equal_probabilities_give_the_plain_rate(self) -> None:
        found = horvitz_thompson([1] * 9 + [0] * 41, [0.2] * 50)
        assert found.value == pytest.approx(0.18)
        assert found.ci is not None
        assert found.ci == pytest.approx(wilson(9, 50), abs=0.01)

    def test_it_covers_the_truth_of_an_uneven_sample(self) -> None:
        draw = random.Random(3)  # noqa: S311  (the same sample in every run)
        covered = 0
        population = [(draw.random() < 0.05, 0.03) for _ in range(8000)]
        population += [(draw.random() < 0.4, 0.5) for _ in range(800)]
        truth = sum(bad for bad, _ in population) / len(population)
        for _ in range(300):
            sample = [(bad, p) for bad, p in population if draw.random() < p]
            found = horvitz_thompson([float(bad) for bad, _ in sample], [p for _, p in sample])
            assert found.ci is not None
            covered += found.ci[0] <= truth <= found.ci[1]
        assert covered / 300 >= 0.92

    def test_an_empty_sample_says_nothing(self) -> None:
        assert horvitz_thompson([], []).value is None

    @pytest.mark.parametrize("probability", [0, -0.1, 1.1])
    def test_what_is_no_probability_is_refused(self, probability: float) -> None:
        with pytest.raises(ValueError, match="probability"):
            horvitz_thompson([1], [probability])


class TestPlanning:
    def test_a_mark_needs_so_many_right(self) -> None:
        for n, mark in ((10, 0.7), (40, 0.75), (50, 0.8), (200, 0.9)):
            needed = least_right(n, mark)
            assert needed is not None
            assert wilson(needed, n)[0] >= mark > wilson(needed - 1, n)[0]
        assert least_right(10, 0.8) is None

    def test_a_mark_needs_so_many_items(self) -> None:
        n = items_for_mark(0.8, 0.95)
        assert wilson(math.floor(0.95 * n), n)[0] >= 0.8
        with pytest.raises(ValueError, match="above"):
            items_for_mark(0.9, 0.9)

    def test_a_width_needs_so_many_items(self) -> None:
        n = items_for_width(0.9, 0.05)
        low, high = wilson(0.9 * n, n)
        assert (high - low) / 2 <= 0.05
        low, high = wilson(0.9 * (n - 1), n - 1)
        assert (high - low) / 2 > 0.05

    def test_half_the_error_needs_four_times_the_items(self) -> None:
        assert items_for_agreement(0.05, 100, 1.96 * 0.025) == pytest.approx(400, abs=2)


class TestDrift:
    @pytest.mark.parametrize("wanted", [100, 1000, 5000])
    def test_the_threshold_gives_the_run_length_that_was_asked_for(self, wanted: int) -> None:
        chart = threshold(0.08, 0.18, wanted)
        # The statistic moves in steps, so for small thresholds not every run length can be had.
        assert wanted <= run_length(chart, 0.08) <= 1.15 * wanted
        simulated = simulated_run_length(chart, 0.08, runs=3000, seed=9)
        assert simulated == pytest.approx(run_length(chart, 0.08), rel=0.05)

    def test_a_chart_signals_after_a_run_of_errors_and_begins_again(self) -> None:
        chart = Chart(0.1, 0.3, 3.0)
        assert chart.up == pytest.approx(math.log(3))
        assert chart.signals([True] * 3) == [2]
        assert chart.signals([True] * 6) == [2, 5]
        assert chart.signals([False] * 50) == []
        assert chart.path([True, False]) == pytest.approx(
            [1.0986, 1.0986 + math.log(0.7 / 0.9)], abs=1e-3
        )

    @pytest.mark.parametrize("values", [(0.2, 0.1, 3), (0, 0.1, 3), (0.1, 0.2, 0), (0.1, 1, 3)])
    def test_a_chart_that_cannot_be_is_refused(self, values: tuple[float, float, float]) -> None:
        with pytest.raises(ValueError, match="chart"):
            Chart(*values)


class TestDawidSkene:
    def test_it_finds_the_labels_and_who_confuses_them(self) -> None:
        random_ = np.random.default_rng(11)
        n, r, q = 600, 5, 3
        truth = random_.choice(q, n, p=[0.5, 0.3, 0.2])
        item, reviewer = np.repeat(np.arange(n), r), np.tile(np.arange(r), n)
        skill = np.array([0.95, 0.9, 0.85, 0.8, 0.4])
        right = random_.random(n * r) < skill[reviewer]
        label = np.where(right, truth[item], random_.integers(0, q, n * r))
        found = dawid_skene(item, reviewer, label, n_items=n, n_reviewers=r, q=q)
        votes = np.zeros((n, q))
        np.add.at(votes, (item, label), 1)
        assert found.converged
        assert (found.labels == truth).mean() >= (votes.argmax(axis=1) == truth).mean()
        assert (found.labels == truth).mean() > 0.95
        diagonal = found.confusion[:, np.arange(q), np.arange(q)].mean(axis=1)
        assert list(np.argsort(-diagonal)) == [0, 1, 2, 3, 4]
        assert found.posterior.sum(axis=1) == pytest.approx(np.ones(n))
        assert found.confusion.sum(axis=2) == pytest.approx(np.ones((r, q)))

    def test_smoothing_keeps_a_reviewer_with_one_verdict_from_being_certain(self) -> None:
        arguments = (np.array([0, 0, 1, 1]), np.array([0, 1, 0, 0]), np.array([0, 0, 1, 1]))
        sizes = {"n_items": 2, "n_reviewers": 2, "q": 2}
        assert (dawid_skene(*arguments, **sizes).confusion > 0).all()
        assert (dawid_skene(*arguments, **sizes, smoothing=0).confusion == 0).any()


class TestSpans:
    def test_exact_spans_match_only_themselves_and_overlapping_ones_by_half(self) -> None:
        mine, theirs = [(0, 10, "a"), (20, 30, "b")], [(1, 10, "a"), (20, 30, "c")]
        assert span_f1(mine, theirs).f1 == 0
        assert span_f1(mine, theirs, 0.5).f1 == pytest.approx(2 / 4)
        assert span_f1(mine, mine).f1 == 1
        assert span_f1([], []).f1 is None
        assert span_f1(mine, []).f1 == 0

    def test_a_span_is_matched_once_and_as_many_as_can_be(self) -> None:
        one, two = [(0, 10, "a")], [(0, 9, "a"), (1, 10, "a")]
        assert span_f1(one, two, 0.5).matched == 1
        chain = span_f1([(0, 10, "a"), (3, 13, "a")], [(2, 12, "a"), (0, 7, "a")], 0.5)
        assert chain.matched == 2

    @given(
        st.tuples(st.integers(0, 9), st.integers(1, 9)),
        st.tuples(st.integers(0, 9), st.integers(1, 9)),
    )
    def test_overlap_is_symmetric_and_between_nothing_and_all(
        self, a: tuple[int, int], b: tuple[int, int]
    ) -> None:
        one, other = (a[0], a[0] + a[1], "x"), (b[0], b[0] + b[1], "x")
        assert overlap(one, other) == overlap(other, one)
        assert 0 <= overlap(one, other) <= 1
        assert overlap(one, one) == 1

    def test_many_items_are_pooled_by_counts(self) -> None:
        scores = [span_f1([(0, 1, "a")], [(0, 1, "a")]), span_f1([(0, 1, "a")] * 1, [])]
        assert pooled_f1(scores) == pytest.approx(2 / 3)
        assert pooled_f1([span_f1([], [])]) is None

    def test_alpha_by_character_counts_how_far_spans_meet(self) -> None:
        same = [(20, [[(0, 10, "a")], [(0, 10, "a")]])]
        near = [(20, [[(0, 10, "a")], [(0, 9, "a")]])]
        apart = [(20, [[(0, 10, "a")], [(10, 20, "a")]])]
        values = [character_alpha(texts) for texts in (same, near, apart)]
        assert values[0] == 1
        assert values[1] is not None and values[2] is not None
        assert 0.8 < values[1] < 1
        assert values[2] < 0
        assert character_alpha([(20, [[], []])]) is None


class TestDiscrimination:
    def test_an_item_that_goes_with_the_rest_correlates(self) -> None:
        assert point_biserial([True, True, False], [0.9, 0.8, 0.1]) == pytest.approx(
            0.9934, abs=1e-3
        )
        assert point_biserial([True, True, True], [0.9, 0.8, 0.1]) is None
        assert point_biserial([True, False], [0.9, 0.1]) is None

    def test_the_rest_leaves_the_item_out(self) -> None:
        answers = {
            "a": {"1": True, "2": True, "3": True},
            "b": {"1": True, "2": True, "3": False},
            "c": {"1": False, "2": False, "3": True},
        }
        found = discriminations(answers)
        assert found["1"] is not None and found["3"] is not None
        assert found["1"] == pytest.approx(0.5)
        assert found["3"] < 0


class TestHabits:
    def verdict(self, **fields: object) -> Verdict:
        given = {"id": "v", "case_id": "c", "reviewer": "ann", "decision": "approve", **fields}
        return Verdict.model_validate(given)

    def test_pace_flips_sides_and_haste(self) -> None:
        given = [
            self.verdict(active_ms=1000, revealed=True, first_decision="approve"),
            self.verdict(active_ms=3000, revealed=True, first_decision="reject"),
            self.verdict(active_ms=8000),
            self.verdict(decision="a", order=("y", "x")),
            self.verdict(decision="b", order=("y", "x")),
            self.verdict(decision="b", order=("x", "y")),
            self.verdict(decision="a"),
        ]
        (found,) = habits(((one, False) for one in given), lambda case_id: ("x", "y"))
        assert (found.verdicts, found.late) == (7, 0)
        assert found.seconds is not None
        assert found.seconds[1] == 3
        assert found.per_hour == pytest.approx(900)
        assert (found.flips.x, found.flips.n) == (1, 2)
        assert (found.first_shown.x, found.first_shown.n) == (1, 3)
        assert (found.too_fast.x, found.too_fast.n) == (1, 3)

    def test_without_times_there_is_no_pace(self) -> None:
        (found,) = habits([(self.verdict(), True)], lambda case_id: ())
        assert (found.seconds, found.per_hour, found.late) == (None, None, 1)
