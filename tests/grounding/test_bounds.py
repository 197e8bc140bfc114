"""Hostile input costs work in proportion to its size, never more."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from hitl_tui.grounding import build_index, ground

CLAIM = "Opened items may be returned within 30 days of delivery."


def calls(work: Callable[[], object]) -> int:
    """Count the function calls, Python's and C's, that some work makes."""
    count = 0

    def count_one(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(count_one)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


UNITS = [
    CLAIM + " ",
    "a",
    "7",
    "字",
    ".",
    '"',
    "(",
    ", ",
    "@",
    "1,",
    "a'",
    "[1",
    "one ",
    "Aa ",
    "not ",
    '{"a":',
    "\n",
    "\u0301",
]


@pytest.mark.parametrize("unit", UNITS)
def test_the_work_for_a_context_is_linear_in_its_length(unit: str) -> None:
    small = calls(lambda: build_index([unit * 200]))
    large = calls(lambda: build_index([unit * 2000]))
    assert large <= 12 * small + 2000


@pytest.mark.parametrize("unit", UNITS)
def test_the_work_for_an_output_is_linear_in_its_length(unit: str) -> None:
    index = build_index([CLAIM, unit * 20])
    small = calls(lambda: ground(unit * 100, index))
    large = calls(lambda: ground(unit * 1000, index))
    assert large <= 14 * small + 4000


def test_the_work_for_one_claim_does_not_grow_with_a_sentence_repeated_in_the_context() -> None:
    few, many = build_index([CLAIM * 300]), build_index([CLAIM * 6000])
    assert calls(lambda: ground(CLAIM, many)) <= 2 * calls(lambda: ground(CLAIM, few))


def test_nor_with_a_denial_repeated_in_it() -> None:
    denial = "Opened items may not be returned, but closed ones may be returned within 30 days. "
    few, many = build_index([denial * 300]), build_index([denial * 6000])
    assert calls(lambda: ground(CLAIM, many)) <= 2 * calls(lambda: ground(CLAIM, few))


def test_a_single_giant_word_is_grounded_like_any_other() -> None:
    giant = "a" * 1_000_000
    grounding = ground(giant, build_index([giant]))
    assert [clause.grade for clause in grounding.clauses] == ["found"]
