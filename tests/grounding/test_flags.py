"""Flags name what the sources contradict or lack, and keep silent on clean paraphrases."""

from __future__ import annotations

import pytest

from hitl_tui.grounding import Flag, build_index, ground

RETURNS = (
    "Unopened products may be returned within 60 days of delivery for a full refund. "
    "Opened items may be returned within 30 days of delivery. "
    "The customer pays return shipping unless the item arrived damaged."
)
PUMP = (
    "The Ardent P2 pump delivers 5 mg of solution per stroke. It was approved on March 3, 2019 in Norway. "
    "The battery lasts 12 hours and the memory holds 8 GB of readings. The warranty excludes the tubing. "
    "Nurses should not refill the cartridge while the pump is running."
)


def flags(output: str, *context: str, question: str = "") -> tuple[Flag, ...]:
    return ground(output, build_index(context, question)).flags


def shown(output: str, *context: str) -> list[tuple[str, str, str, str]]:
    """Return (kind, note, value in the output, value in the source) of each flag."""
    return [
        (
            flag.kind,
            flag.note,
            output[flag.start : flag.end],
            context[flag.source.passage][flag.source.start : flag.source.end]
            if flag.source
            else "",
        )
        for flag in flags(output, *context)
    ]


def test_a_number_that_belongs_to_another_subject_differs() -> None:
    output = "Yes. Opened items can be returned within 60 days of delivery."
    assert shown(output, RETURNS) == [("number", "number differs", "60 days", "30 days")]


def test_the_flag_points_at_its_clause() -> None:
    output = "Yes. Opened items can be returned within 60 days of delivery."
    grounding = ground(output, build_index([RETURNS]))
    (flag,) = grounding.flags
    clause = grounding.clauses[flag.clause]
    assert clause.start <= flag.start < flag.end <= clause.end
    assert "number differs" in clause.reasons
    assert clause.grade != "found"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("The battery lasts 18 hours.", ("number", "number differs", "18 hours", "12 hours")),
        (
            "The pump delivers 5 mcg of solution per stroke.",
            ("unit", "unit differs", "5 mcg", "5 mg"),
        ),
        ("The memory holds 8 MB of readings.", ("unit", "unit differs", "8 MB", "8 GB")),
        ("The battery lasts 12 days.", ("unit", "unit differs", "12 days", "12 hours")),
        (
            "It was approved on May 3, 2019 in Norway.",
            ("date", "date differs", "May 3, 2019", "March 3, 2019"),
        ),
        (
            "Nurses should refill the cartridge while the pump is running.",
            ("negation", "negation differs", "refill", "not refill"),
        ),
        (
            "The battery never lasts 12 hours.",
            ("negation", "negation differs", "never lasts", "lasts"),
        ),
        (
            "The warranty includes the tubing.",
            ("negation", "negation differs", "includes", "excludes"),
        ),
    ],
)
def test_a_contradiction_is_flagged_with_what_the_source_says(
    output: str, expected: tuple[str, str, str, str]
) -> None:
    assert shown(output, PUMP) == [expected]


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("Sales of it reached 48,500 last winter.", "48,500"),
        ("Training takes around 90 minutes for each ward.", "90 minutes"),
    ],
)
def test_a_number_that_no_source_holds_is_flagged(output: str, value: str) -> None:
    (flag,) = flags(output, PUMP)
    assert (flag.kind, flag.note, flag.source) == ("number", "number not in the sources", None)
    assert output[flag.start : flag.end].startswith(value)


def test_a_date_that_no_source_holds_is_flagged() -> None:
    assert [(f.kind, f.note) for f in flags("Sweden followed in November 2024.", PUMP)] == [
        ("date", "date not in the sources")
    ]


def test_a_name_of_several_words_that_no_source_holds_is_flagged() -> None:
    output = "The pump was designed by Helena Brandvold in Norway."
    assert shown(output, PUMP) == [("name", "name not in the sources", "Helena Brandvold", "")]


def test_a_single_capital_word_or_a_heading_is_not_flagged_as_a_name() -> None:
    assert flags("Battery Life And Memory:\nIt lasts 12 hours, says Olsen.", PUMP) == ()


def test_what_the_question_names_is_not_flagged() -> None:
    question = "Does Helena Brandvold recommend the pump for 90 minutes?"
    assert (
        flags("I found no advice by Helena Brandvold about 90 minutes.", PUMP, question=question)
        == ()
    )


@pytest.mark.parametrize(
    "output",
    [
        "Opened items can be sent back up to 30 days after delivery.",
        "You have sixty days to return products that are unopened.",
        "Return shipping is paid by the customer, except when the item was damaged on arrival.",
        "1. Unopened products: 60 days (passage 1)\n2. Opened items: 30 days [1]",
        "Within one month, opened items may be returned.",
    ],
)
def test_a_clean_paraphrase_raises_no_flag(output: str) -> None:
    assert flags(output, RETURNS) == ()


@pytest.mark.parametrize(
    "output",
    [
        "Each stroke of the Ardent P2 delivers 0.005 g of solution.",
        "Norway approved it on 3 March 2019.",
        "The battery runs for half a day, that is twelve hours.",
        "The tubing is excluded from the warranty.",
        "While the pump is running, nurses should not refill the cartridge.",
        "The sources do not mention a price of 400 dollars.",
    ],
)
def test_a_reworded_fact_raises_no_flag(output: str) -> None:
    assert flags(output, PUMP) == ()


def test_a_value_inside_the_range_of_the_source_is_not_flagged() -> None:
    assert flags("Parcels take 6 days to arrive.", "Parcels take 5 to 7 days to arrive.") == ()


def test_a_second_unit_beside_the_first_is_not_flagged() -> None:
    assert flags("Heat the oven to 350°F (177°C).", "Heat the oven to 350 degrees F.") == ()


@pytest.mark.parametrize(
    "output",
    [
        "No, opened items may be returned within 30 days of delivery.",
        "If opened items are not returned within 30 days of delivery, no refund is due.",
        "Not only opened items may be returned within 30 days of delivery.",
    ],
)
def test_a_no_to_the_question_a_condition_and_not_only_deny_nothing(output: str) -> None:
    assert flags(output, RETURNS) == ()


def test_a_rounded_conversion_beside_its_value_is_no_second_value() -> None:
    source = "Preheat the oven to 400°F and bake the rolls for 12 minutes."
    assert flags("Preheat the oven to 400°F (200°C).", source) == ()
    assert [flag.kind for flag in flags("Preheat the oven to 350°F (200°C).", source)][:1] == [
        "number"
    ]
