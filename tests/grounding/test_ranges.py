"""Tokens, sentences and clauses are ranges of the raw text that leave out nothing but white space."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.grounding.segment import clauses, sentences
from hitl_tui.grounding.types import Span

ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.characters(categories=["Cs"]),
        st.sampled_from("\r\n\x00\u2028\u2029\x85\x1c .,;:()-–—!?。、'\"[]{}19"),
        st.sampled_from("aAéßहिन्दी日本語ไทย한국어عربي\u0301\u200d"),
    ),
    max_size=120,
)


def assert_covers(text: str, spans: list[Span]) -> None:
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start] == text[start].strip()
        assert text[end - 1] == text[end - 1].strip()
        position = end
    assert not text[position:].strip()


@given(ANY_TEXT)
def test_sentences_leave_out_only_white_space(text: str) -> None:
    assert_covers(text, sentences(text))


@given(ANY_TEXT)
def test_clauses_leave_out_only_white_space_and_stay_inside_their_sentence(text: str) -> None:
    whole = sentences(text)
    parts = [clauses(text, sentence) for sentence in whole]
    assert_covers(text, [clause for part in parts for clause in part])
    assert all(
        start >= first and end <= last
        for (first, last), part in zip(whole, parts, strict=True)
        for start, end in part
    )


def cut(text: str) -> list[list[str]]:
    return [[text[a:b] for a, b in clauses(text, sentence)] for sentence in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Moss signed the lease.",
        "It costs 1,200.50 euros at 10:30 a.m. on weekdays.",
        "See https://shop.example/a,b;c:d?e=1,2 for the form.",
        "1. Open the valve.",
        "The U.S. office e.g. in Ohio is closed.",
        "Allow 5–7 days for the well-known long-distance carrier.",
    ],
)
def test_points_and_commas_inside_a_word_or_number_do_not_cut(text: str) -> None:
    assert cut(text) == [[text]]


def test_a_line_break_always_ends_a_sentence() -> None:
    assert cut("Fees\r\n- no fee\u2028- one fee") == [["Fees"], ["- no fee"], ["- one fee"]]


def test_a_sentence_ends_at_full_stops_of_other_scripts() -> None:
    assert len(cut("今日は晴れです。明日は雨です。")) == 2
    assert len(cut("यह पहला वाक्य है। यह दूसरा है।")) == 2
    assert len(cut("هل هذا صحيح؟ نعم هذا صحيح")) == 2


def test_a_clause_ends_at_a_comma_when_both_sides_are_claims() -> None:
    text = "The lamp ships within two working days, and the cable costs nothing at all."
    assert [len(part) for part in cut(text)] == [2]


def test_short_fragments_join_their_neighbour() -> None:
    assert cut("Yes, the lamp can be dimmed from the wall.") == [
        ["Yes, the lamp can be dimmed from the wall."]
    ]
    assert cut("It comes in red, green, and blue.") == [["It comes in red, green, and blue."]]


def test_a_phrase_that_only_names_the_sources_joins_its_claim() -> None:
    text = "Based on the given passages, the lamp ships within two days."
    assert cut(text) == [[text]]


def test_the_keys_of_json_are_sentences_of_their_own() -> None:
    assert ['"wifi": true,'] in cut('{"name": "Harbour Inn", "wifi": true, "rooms": 12}')
