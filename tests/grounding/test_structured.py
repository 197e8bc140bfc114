"""Claims about structured sources: what is true, false, null, counted or open at certain hours."""

from __future__ import annotations

import json

import pytest

from hitl_tui.grounding import Grounding, build_index, ground
from hitl_tui.grounding.structure import structured

CAFE = json.dumps(
    {
        "name": "Cafe Lumen",
        "city": "Porto Novo",
        "categories": "Coffee, Breakfast, Bakeries",
        "hours": {
            "Monday": "9:0-17:0",
            "Tuesday": "9:0-17:0",
            "Wednesday": "9:0-17:0",
            "Friday": "9:0-21:30",
            "Saturday": "10:0-22:0",
        },
        "attributes": {
            "WiFi": "no",
            "BusinessParking": {"street": True, "lot": False, "valet": False, "garage": True},
            "RestaurantsDelivery": None,
            "OutdoorSeating": True,
            "RestaurantsTakeOut": True,
            "RestaurantsReservations": False,
            "DogsAllowed": False,
            "NoiseLevel": "quiet",
            "RestaurantsAttire": "casual",
            "Ambience": {"romantic": False, "cozy": True},
        },
        "business_stars": 4.0,
    }
)
HOTEL = """Property record:
{
  "hotel": "Gull Point Inn",
  "rooms": 42,
  "pool": {"indoor": false, "heated": true},
  "breakfast_included": true,
  "pets": "no",
  "air_conditioning": false,
  "elevator": true,
  "gym": null,
  "parking": {"free": true, "ev_charging": false},
  "smoking": "no",
  "airport_shuttle": "yes",
  "checkin_hours": 15,
  "spa": "not_available"
}
Guests praise the view of the harbour."""
PHONE = (
    "{'model': 'Orla 5', 'waterproof': True, 'headphone_jack': False, 'battery': {'hours': 18, "
    "'removable': False}, 'weight_grams': 182, 'wireless_charging': None, 'fingerprint_reader': True}"
)
PLANS = """Our plans at a glance.

| Plan | Price | Phone support | Backups |
|------|-------|---------------|---------|
| Basic | $5 | no | weekly |
| Pro | $12 | yes | daily |
"""
RIGHT: dict[str, list[str]] = {
    CAFE: [
        "Cafe Lumen is in Porto Novo.",
        "It offers outdoor seating and takeout.",
        "Dogs are not allowed.",
        "It does not provide Wi-Fi.",
        "There is no WiFi.",
        "Street parking is available, but no valet parking.",
        "Parking is available on the street and in a garage.",
        "It has 4 stars.",
        "On Saturday it is open from 10 AM to 10 PM.",
        "It is open Monday to Wednesday from 9 AM to 5 PM.",
        "On Friday it closes at 9:30 pm.",
        "The noise level is quiet.",
        "The attire is casual.",
        "Reservations are not accepted.",
        "The cafe does not take reservations.",
        "It has a cozy ambience.",
        "Take-out is possible.",
    ],
    HOTEL: [
        "The inn has 42 rooms.",
        "Breakfast is included.",
        "Pets are not allowed.",
        "There is an elevator.",
        "The rooms have no air conditioning.",
        "Smoking is prohibited.",
        "An airport shuttle is offered.",
        "Parking is free.",
        "The parking has no EV charging.",
        "There is no spa.",
        "The pool is heated.",
    ],
    PHONE: [
        "The phone is waterproof.",
        "It has no headphone jack.",
        "The battery lasts 18 hours.",
        "The battery is not removable.",
        "It weighs 182 grams.",
        "A fingerprint reader is built in.",
    ],
    PLANS: [
        "Pro includes phone support.",
        "Basic has no phone support.",
    ],
}
WRONG: dict[str, list[tuple[str, str]]] = {
    CAFE: [
        ("There is no outdoor seating.", "outdoor seating"),
        ("The cafe does not offer outdoor seating.", "outdoor seating"),
        ("Dogs are welcome.", "Dogs"),
        ("Guests enjoy WiFi.", "WiFi"),
        ("It offers free Wi-Fi.", "Wi-Fi"),
        ("It has a parking lot.", "lot"),
        ("Valet parking is available.", "Valet"),
        ("There is no street parking.", "street"),
        ("It has a rating of 4.5 stars.", "4.5 stars"),
        ("It opens at 8 am on Monday.", "8 am"),
        ("On Saturday it is open until 11 PM.", "11 PM"),
        ("It is closed on Saturday.", "closed"),
        ("The attire is formal.", "formal"),
        ("The noise level is loud.", "loud"),
        ("Takeout is not available.", "Takeout"),
        ("It takes reservations.", "reservations"),
        ("It has a romantic ambience.", "romantic"),
    ],
    HOTEL: [
        ("The inn has 24 rooms.", "24 rooms"),
        ("Breakfast is not included.", "Breakfast"),
        ("Pets are welcome.", "Pets"),
        ("There is no elevator.", "elevator"),
        ("All rooms have air conditioning.", "air conditioning"),
        ("The spa is open to guests.", "spa"),
        ("The pool is not heated.", "heated"),
        ("The parking has EV charging.", "EV charging"),
        ("There is no airport shuttle.", "airport shuttle"),
    ],
    PHONE: [
        ("The phone is not waterproof.", "waterproof"),
        ("It has a headphone jack.", "headphone jack"),
        ("The battery lasts 24 hours.", "24 hours"),
        ("The battery is removable.", "removable"),
        ("It weighs 210 grams.", "210 grams"),
        ("It lacks a fingerprint reader.", "fingerprint reader"),
    ],
}
OPEN = {
    CAFE: ["It offers delivery.", "There is no delivery."],
    HOTEL: ["The inn has a gym.", "There is no gym."],
    PHONE: ["It supports wireless charging."],
}
SILENT = [
    "The listing does not mention delivery.",
    "No information about parking for buses is given in the data.",
]


def grounded(output: str, context: str) -> Grounding:
    return ground(output, build_index([context]))


@pytest.mark.parametrize(
    ("context", "claim"),
    [(context, claim) for context, claims in RIGHT.items() for claim in claims],
)
def test_a_right_claim_carries_no_flag(context: str, claim: str) -> None:
    assert grounded(claim, context).flags == ()


@pytest.mark.parametrize(
    ("context", "claim", "value"),
    [(context, *claim) for context, claims in WRONG.items() for claim in claims],
)
def test_a_wrong_claim_is_flagged_at_its_words_and_shows_the_fact(
    context: str, claim: str, value: str
) -> None:
    grounding = grounded(claim, context)
    assert [claim[flag.start : flag.end] for flag in grounding.flags] == [value]
    (source,) = [flag.source for flag in grounding.flags]
    assert source is not None
    assert context[source.start : source.end].strip()
    assert grounding.clauses[0].grade != "found"


@pytest.mark.parametrize(
    ("context", "claim"), [(context, claim) for context, claims in OPEN.items() for claim in claims]
)
def test_of_what_is_null_nothing_is_said_to_differ(context: str, claim: str) -> None:
    grounding = grounded(claim, context)
    assert grounding.flags == ()
    assert grounding.clauses[0].reasons == ("the sources leave it open",)
    assert grounding.clauses[0].grade != "found"


@pytest.mark.parametrize("claim", SILENT)
def test_saying_that_the_data_do_not_tell_is_a_class_of_its_own(claim: str) -> None:
    grounding = grounded(claim, CAFE)
    assert grounding.flags == ()
    assert grounding.clauses[0].reasons == ("says that the sources do not tell",)


def test_a_claim_that_a_fact_agrees_with_is_found_with_that_fact_as_evidence() -> None:
    grounding = grounded("It does not provide Wi-Fi.", CAFE)
    best = grounding.clauses[0].evidence[0]
    assert grounding.clauses[0].grade == "found"
    assert CAFE[best.start : best.end] == 'WiFi": "no'


def test_facts_keep_their_places_in_the_raw_text() -> None:
    text = 'Data: {"a": {"b": [true, "x y"]}, "c": 1.5} and more'
    read = structured(text)
    assert read is not None
    assert [(fact.path, text[slice(*fact.value)], fact.kind) for fact in read.facts] == [
        (("a", "b"), "true", "yes"),
        (("a", "b"), "x y", "text"),
        (("c",), "1.5", "number"),
    ]
    assert [text[slice(*span)] for span in read.prose] == ["Data: ", " and more"]


@pytest.mark.parametrize(
    "text",
    ['{"a": ', "[1] As the first source says.", '{"a": 1} }', "{'a' 1}", '{"a"' * 500, "| a | b |"],
)
def test_what_only_looks_like_structure_stays_prose_or_ends_where_it_breaks(text: str) -> None:
    read = structured(text)
    assert read is None or all(
        0 <= fact.value[0] <= fact.value[1] <= len(text) for fact in read.facts
    )
