"""What an edit did not touch stays as it was, code point for code point."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hitl_tui.model.text import reveal
from hitl_tui.tui.editing import raw_after_edit

RAW = st.text(alphabet="ab é\n\t\r\x1b\u202e\u200b‹›U+20\U000e0041👍\u0301\u2028", max_size=40)


@settings(max_examples=800)
@given(RAW)
def test_no_edit_is_the_raw_text(raw):
    shown = reveal(raw)
    assert raw_after_edit(shown, shown.text) == raw


@settings(max_examples=800)
@given(RAW, st.data())
def test_typing_between_two_characters_adds_just_that(raw, data):
    shown = reveal(raw)
    at = data.draw(st.integers(0, len(raw)))
    where = shown.to_display(at)
    edited = shown.text[:where] + "XY" + shown.text[where:]
    assert raw_after_edit(shown, edited) == raw[:at] + "XY" + raw[at:]


@settings(max_examples=800)
@given(RAW, st.data())
def test_deleting_whole_pictures_takes_out_just_those_characters(raw, data):
    shown = reveal(raw)
    first = data.draw(st.integers(0, len(raw)))
    last = data.draw(st.integers(first, len(raw)))
    start, end = shown.to_display(first), shown.to_display(last)
    edited = shown.text[:start] + shown.text[end:]
    assert raw_after_edit(shown, edited) in {
        raw[:first] + raw[last:],
        *_same_when_shown(shown.text, edited, raw),
    }


def _same_when_shown(before: str, after: str, raw: str) -> set[str]:
    # Equal neighbours make it open which of them was deleted; the text is the same either way.
    return {raw} if before == after else set()


def test_a_typed_picture_stands_for_its_character():
    assert raw_after_edit(reveal("ab"), "a‹U+200B›b") == "a\u200bb"
    assert raw_after_edit(reveal("a"), "a‹b") == "a‹b"


def test_line_ends_are_kept_around_an_edit():
    raw = "one\r\ntwo\rthree\nfour\u2028five"
    shown = reveal(raw)
    assert raw_after_edit(shown, shown.text.replace("three", "3")) == raw.replace("three", "3")
