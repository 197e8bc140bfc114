"""Claims about business listings, in the words in which summaries of them are written."""

from __future__ import annotations

import json

import pytest

from hitl_tui.grounding import Grounding, build_index, ground

NOODLES = json.dumps(
    {
        "name": "Noodles by Minh",
        "city": "Ostrow",
        "hours": {"Monday": "10:0-0:0", "Tuesday": "12:0-22:0"},
        "attributes": {
            "BusinessParking": {"garage": False, "street": False, "lot": False, "valet": False},
            "WiFi": "free",
            "Alcohol": "beer_and_wine",
            "Music": {"live": True, "dj": False, "karaoke": False, "no_music": False},
            "Ambience": {"romantic": False, "upscale": False, "casual": True},
        },
        "price": 12,
        "delivery_fee": "$3",
        "monthly_pass_usd": 49,
        "capacity": 80,
        "kitchen_closes": "21:30",
        "business_stars": 4.0,
        "review_info": [
            {"review_stars": 5.0, "review_text": "The broth simmers for 20 hours. We were 12."},
            {"review_stars": 1.0, "review_text": "The grill was broken and never repaired."},
            {
                "review_stars": 4.0,
                "review_text": "Great with my 6 year old. I lost 9 pounds in 5 months.",
            },
        ],
        "grill": True,
    }
)
RIGHT = [
    "One reviewer gave it 5 stars.",
    "A customer loved the broth and gave it five stars.",
    "A 1-star review says that the grill was broken.",
    "It is rated 4 out of 5 stars.",
    "It has a 4/5 star rating.",
    "The rating is 4 stars out of 5.",
    "On Monday it is open until midnight.",
    "On Tuesday it opens at noon.",
    "- Tuesday: 12 PM - 10 PM",
    "It is open from 10 AM to midnight on Monday, and noon to 10 PM on Tuesday.",
    "There is no parking.",
    "Free Wi-Fi is offered.",
    "It serves beer and wine.",
    "The delivery fee is $3.",
    "The price is $12.",
    "The monthly pass is $49.",
    "The kitchen closes at 9:30 PM.",
    "There is live music but no karaoke.",
    "The vibe is casual rather than upscale.",
]
WRONG = [
    ("One reviewer gave it 3 stars.", "3 stars"),
    ("It has 5 stars.", "5 stars"),
    ("It is rated 3 out of 5 stars.", "3"),
    ("On Tuesday it opens at midnight.", "midnight"),
    ("- Tuesday: 12 PM - 11 PM", "11 PM"),
    ("It is open from 10 AM to midnight on Monday, and noon to 11 PM on Tuesday.", "11 PM"),
    ("Parking is available.", "Parking"),
    ("There is no Wi-Fi.", "Wi-Fi"),
    ("There is no alcohol.", "alcohol"),
    ("There is no music.", "music"),
    ("It features karaoke.", "karaoke"),
    ("The delivery fee is $5.", "$5"),
    ("The price is $15.", "$15"),
    ("The monthly pass is $12.", "$12"),
    ("The capacity is 90 people.", "90 people"),
    ("The kitchen closes at 10:30 PM.", "10:30 PM"),
    ("The broth simmers for 12 hours.", "12 hours"),
    ("One member lost 9 kilograms in 5 months.", "9 kilograms"),
    ("A reviewer found it great with their 9-year-old.", "9-year"),
]


def grounded(output: str) -> Grounding:
    return ground(output, build_index([NOODLES]))


@pytest.mark.parametrize("claim", RIGHT)
def test_what_a_listing_says_carries_no_flag(claim: str) -> None:
    assert grounded(claim).flags == ()


def test_all_of_it_together_carries_no_flag_either() -> None:
    assert grounded("\n".join(RIGHT)).flags == ()


@pytest.mark.parametrize(("claim", "value"), WRONG)
def test_what_a_listing_contradicts_is_flagged_at_its_words(claim: str, value: str) -> None:
    grounding = grounded(claim)
    assert value in {claim[flag.start : flag.end] for flag in grounding.flags}
    assert "not_found" in {clause.grade for clause in grounding.clauses}


def test_a_fact_that_a_claim_only_touches_does_not_vouch_for_the_rest() -> None:
    (clause,) = grounded("The grill was repaired.").clauses
    assert "the same value is in the sources" not in clause.reasons
