"""Personal data: what is found, what is not, and that a mask moves no offset."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_tui.formats.pii import Gate, findings, masked


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        (
            "write to bob.o'hara+x@mail.example.co.uk, please",
            "email",
            "bob.o'hara+x@mail.example.co.uk",
        ),
        ("call +49 30 901820 today", "phone", "+49 30 901820"),
        ("call (415) 555-2671 today", "phone", "(415) 555-2671"),
        ("ring 020 7946 0958", "phone", "020 7946 0958"),
        ("card 4111 1111 1111 1111 it is", "card", "4111 1111 1111 1111"),
        ("card 5500005555555559.", "card", "5500005555555559"),
        ("SSN 123-45-6789", "national", "123-45-6789"),
        ("IBAN DE89 3704 0044 0532 0130 00", "national", "DE89 3704 0044 0532 0130 00"),
        (
            "my IBAN DE89 3704 0044 0532 0130 00 THIS WEEK",
            "national",
            "DE89 3704 0044 0532 0130 00",
        ),
        ("2 cards 4111 1111 1111 1111 2 days", "card", "4111 1111 1111 1111"),
        ("amex 3782 822463 10005", "card", "3782 822463 10005"),
        ("DNI 12345678Z", "national", "12345678Z"),
        ("PESEL 44051401359", "national", "44051401359"),
        ("CF RSSMRA85T10A562S", "national", "RSSMRA85T10A562S"),
    ],
)
def test_it_is_found_where_it_stands(text: str, kind: str, what: str) -> None:
    [found] = findings(text)
    assert (found.kind, text[found.start : found.end]) == (kind, what)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T09:00:00Z",
        "between 2019-11-20 and 2020-12-24",
        "version 1.2.3.4, build 20261122",
        "we sold 1,234,567 of them in 2026",
        "order 1234567890 has left the house",
        "01a20415-3778-7627-b474-a45d88fef05d",
        "r-528318348b3641dd",
        "ISBN 978-3-16-148410-0",
        "card 4111 1111 1111 1112",
        "user@host",
        "a@b",
        "[5, 31], [40, 52], [60, 72]",
        "π is 3.14159265358979",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert findings(text) == ()


@settings(max_examples=200)
@given(st.text(), st.sampled_from(["a@example.org", "+49 30 901820", "4111111111111111"]))
def test_a_mask_is_as_long_as_what_it_hides_and_hides_it(text: str, secret: str) -> None:
    whole = f"{text} {secret} {text}"
    clean = masked(whole, findings(whole))
    assert len(clean) == len(whole)
    assert secret not in clean


def test_a_gate_masks_every_text_of_a_row_and_counts() -> None:
    gate = Gate("redact")
    row = {"a": ["x@example.org", {"b": "+49 30 901820"}], "n": 3, "flag": True, "none": None}
    clean = gate.passed(row, "c")
    assert clean == {
        "a": ["[EMAIL______]", {"b": "[PHONE______]"}],
        "n": 3,
        "flag": True,
        "none": None,
    }
    assert dict(gate.found) == {"email": 1, "phone": 1}
    assert gate.rows == 1


def test_a_shut_gate_counts_and_names_the_first_places() -> None:
    gate = Gate("fail")
    row = {"messages": [{"content": "x@example.org"}]}
    assert gate.passed(row, "c1") == row
    assert gate.where == [("email", "messages.content", "c1")]
