"""Consensus: what a set of verdicts settles, whatever their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.stats.consensus import Ballot, Outcome, settle

A, R = Ballot("approve"), Ballot("reject")
BALLOTS = st.lists(
    st.sampled_from([A, R, Ballot("edit", "x"), Ballot("edit", "y")]), min_size=1, max_size=9
)


@pytest.mark.parametrize("rule", ["majority", "unanimous"])
def test_nothing_is_settled_below_the_overlap(rule: str) -> None:
    assert settle([A, A], 3, rule).state == "pending"  # type: ignore[arg-type]
    assert settle([], 1, rule).state == "pending"  # type: ignore[arg-type]


def test_half_is_no_majority() -> None:
    assert settle([A, A, R, R], 4) == Outcome("disputed")
    assert settle([A, A, A, R], 4) == Outcome("resolved", A)


def test_unanimous_bears_no_dissent() -> None:
    assert settle([A, A, A, R], 4, "unanimous") == Outcome("disputed")
    assert settle([A, A], 2, "unanimous") == Outcome("resolved", A)


def test_edits_agree_only_when_their_texts_are_equal() -> None:
    x, decomposed = Ballot("edit", "\u00e9"), Ballot("edit", "e\u0301")
    assert settle([x, x], 2) == Outcome("resolved", x)
    assert settle([x, decomposed], 2) == Outcome("disputed")


def test_more_verdicts_than_the_overlap_are_an_error() -> None:
    with pytest.raises(ValueError, match="overlap"):
        settle([A, A], 1)
    with pytest.raises(ValueError, match="overlap"):
        settle([], 0)


@given(BALLOTS, st.randoms(use_true_random=False))
def test_the_order_of_the_verdicts_does_not_matter(ballots: list[Ballot], order: object) -> None:
    shuffled = list(ballots)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    for rule in ("majority", "unanimous"):
        assert settle(ballots, len(ballots), rule) == settle(shuffled, len(ballots), rule)


@given(BALLOTS)
def test_a_winner_has_more_than_half_and_without_one_nobody_does(ballots: list[Ballot]) -> None:
    outcome = settle(ballots, len(ballots))
    most = max(ballots.count(ballot) for ballot in ballots)
    assert (outcome.state == "resolved") == (2 * most > len(ballots))
    if outcome.winner is not None:
        assert 2 * ballots.count(outcome.winner) > len(ballots)
