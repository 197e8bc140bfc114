"""Which verdicts fit which kind of case."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from hitl_tui.model.case import Kind
from hitl_tui.model.verdict import DECISIONS, MAY_WRITE, WRITES_TEXT, Verdict, misfit


def verdict(decision: str, **more: Any) -> Verdict:
    return Verdict.model_validate(
        {"id": "v", "case_id": "c", "reviewer": "r", "decision": decision, **more}
    )


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_kind_takes_its_own_decisions_and_no_others(kind: Kind) -> None:
    for decisions in DECISIONS.values():
        for decision in decisions:
            text = "new" if decision in WRITES_TEXT else None
            why = misfit(verdict(decision, edited_output=text), kind, 10)
            assert (why is None) == (decision in DECISIONS[kind])


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_text_goes_with_decisions_that_write_one_and_with_a_preference(kind: Kind) -> None:
    for decision in DECISIONS[kind]:
        with_text = misfit(verdict(decision, edited_output="new"), kind, 10) is None
        without = misfit(verdict(decision), kind, 10) is None
        assert with_text == (decision in WRITES_TEXT | MAY_WRITE)
        assert without == (decision not in WRITES_TEXT)


def test_a_span_ends_inside_the_output() -> None:
    span = {"start": 5, "end": 11}
    assert misfit(verdict("approve", spans=[span]), "response", 11) is None
    assert misfit(verdict("approve", spans=[span]), "response", 10) is not None


def test_the_order_of_the_candidates_is_kept_and_nothing_is_said_of_it_elsewhere() -> None:
    assert verdict("a", order=["y", "x"]).order == ("y", "x")
    assert "order" not in verdict("approve").model_dump(exclude_defaults=True)
