"""The word diff gives both texts back exactly, and cuts only between words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hitl_tui.grounding import word_diff

WORDS = st.lists(
    st.sampled_from(["keep", "the", " ", "  ", "\r\n", ",", "日本", "\ud800", "é", "12"]),
    max_size=30,
)
TEXT = st.one_of(st.text(max_size=60), WORDS.map("".join))


@given(TEXT, TEXT)
def test_the_ranges_concatenate_to_both_texts(old: str, new: str) -> None:
    steps = word_diff(old, new)
    assert "".join(old[step.old_start : step.old_end] for step in steps) == old
    assert "".join(new[step.new_start : step.new_end] for step in steps) == new


@given(TEXT, TEXT)
def test_tags_say_what_the_ranges_hold(old: str, new: str) -> None:
    for step in word_diff(old, new):
        before, after = old[step.old_start : step.old_end], new[step.new_start : step.new_end]
        expected = {
            (True, True): "equal" if before == after else "replace",
            (True, False): "delete",
            (False, True): "insert",
        }
        assert step.tag == expected[bool(before), bool(after)]


@given(TEXT, TEXT)
def test_two_changes_never_stand_side_by_side(old: str, new: str) -> None:
    changed = [step.tag != "equal" for step in word_diff(old, new)]
    assert not any(a and b for a, b in pairwise(changed))


def test_a_changed_word_is_replaced_whole() -> None:
    (change,) = [s for s in word_diff("within 60 days", "within 30 days") if s.tag != "equal"]
    assert (change.tag, change.old_start, change.old_end) == ("replace", 7, 9)


def test_unspaced_scripts_are_compared_by_character() -> None:
    (change,) = [s for s in word_diff("返品は不可です", "返品は可です") if s.tag != "equal"]
    assert (change.tag, change.old_start, change.old_end) == ("delete", 3, 4)


def test_equal_texts_have_no_change() -> None:
    assert word_diff("", "") == ()
    assert [step.tag for step in word_diff("the same", "the same")] == ["equal"]
