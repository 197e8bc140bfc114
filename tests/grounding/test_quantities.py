"""The same value written in another way is the same value; marks and references are no values."""

from __future__ import annotations

import pytest

from hitl_tui.grounding.quantities import Quantity, quantities
from hitl_tui.grounding.values import same


def only(text: str) -> Quantity:
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1,200 seats", "1200 seats"),
        ("1.2 million users", "1,200,000 users"),
        ("12k users", "twelve thousand users"),
        ("twenty-five percent", "25%"),
        ("40 per cent", "40 %"),
        ("$50", "50 dollars"),
        ("two weeks", "14 days"),
        ("1 hour", "60 minutes"),
        ("500 mg", "0.5 g"),
        ("212°F", "100°C"),
        ("9:50 p.m.", "21:50"),
        ("8 pm", "8:00 pm"),
        ("March 3, 2021", "3 March 2021"),
        ("Sept. 9th", "September 9"),
        ("2021-03-03", "3 Mar 2021"),
        ("12 pm", "noon"),
        ("13:05:55", "13:05"),
        ("1⁄4 inch", "1/4 inch"),
        ("4.5 stars", "4.5 out of 5 stars"),
        ("2,5 %", "2.5 percent"),
        ("2億8000万円", "280,000,000円"),
        ("am 3. Mai 2021", "May 3, 2021"),
        ("2021年5月3日", "3 May 2021"),
        ("14か月", "14 months"),
    ],
)
def test_two_writings_of_one_value_are_the_same(left: str, right: str) -> None:
    assert same(only(left), only(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("60 days", "30 days"),
        ("5 mg", "5 mcg"),
        ("8 GB", "8 MB"),
        ("24 hours", "24 days"),
        ("$50", "50%"),
        ("9:50 am", "9:50 pm"),
        ("March 3, 2021", "March 4, 2021"),
        ("in 1998", "in 2004"),
        ("noon", "midnight"),
        ("4 out of 5 stars", "5 stars"),
        ("14 Monate", "14 Jahre"),
    ],
)
def test_different_values_are_not_the_same(left: str, right: str) -> None:
    assert not same(only(left), only(right))


@pytest.mark.parametrize(
    "text",
    [
        "1. Open the valve",
        "as passage 2 says",
        "see sources 1, 2 and 3",
        "as was shown [1]",
        "as was shown [2, 3]",
        "the F-150 pickup",
        "COVID-19 tests",
        "at https://shop.example/item/77?page=3",
        "you may march on",
    ],
)
def test_marks_references_and_names_are_no_values(text: str) -> None:
    assert quantities(text) == ()


def test_a_range_shares_its_unit() -> None:
    text = "Allow 5–7 days."
    assert [(q.value, q.measure) for q in quantities(text)] == [(5.0, "time"), (7.0, "time")]


def test_the_range_of_a_value_includes_its_unit() -> None:
    text = "Returns within 60 business days."
    assert [text[q.start : q.end] for q in quantities(text)] == ["60 business days"]
