"""The line of keys: whatever decides, and the key of the help, stand there at every width that is promised."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from hitl_tui.model.case import Kind
from hitl_tui.tui.face import hints
from hitl_tui.tui.keymap import ACTION, PRESETS, build_keymap, keys_of
from hitl_tui.tui.kinds import view_of
from hitl_tui.tui.layout import MIN_WIDTH
from hitl_tui.tui.prepare import prepare
from hitl_tui.tui.widgets.rows import Line
from tests.tui.cases import HEADPHONES
from tests.tui.kinds import KINDS, claim_of

CASES = [HEADPHONES, *KINDS]
FOR_EVERY_CASE = ("escalate", "skip", "help")


def named_keys(line: Line) -> list[str]:
    words = [text for text, style in (*line.left, *line.right) if style == "key"]
    return [key for keys in words for key in keys.split()]


def labels(line: Line) -> list[str]:
    return [text.strip() for text, style in (*line.left, *line.right) if style != "key"]


def cells(line: Line) -> int:
    """Of the line with its indent, and the two cells that part its halves."""
    return 1 + sum(cell_len(text) for text, _ in line.left) + 2 + sum(map(len, right_of(line)))


def right_of(line: Line) -> list[str]:
    return [text for text, _ in line.right]


def kind_of(case) -> Kind:
    return claim_of(case).case.kind


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("case", CASES, ids=kind_of)
class TestEveryKind:
    def test_at_80_columns_every_verdict_skip_and_help_have_their_keys(self, case, preset):
        keymap = build_keymap({}, preset)
        line = hints(keymap, 80, prepare(claim_of(case)))
        wanted = [*view_of(kind_of(case)).answers, *FOR_EVERY_CASE]
        assert {keys_of(keymap, one)[0] for one in wanted} <= set(named_keys(line))

    def test_undo_has_its_key_too_when_that_is_a_letter(self, case, preset):
        keymap = build_keymap({"undo": ("u",)}, preset)
        assert "u" in named_keys(hints(keymap, 80, prepare(claim_of(case))))

    def test_at_the_narrowest_every_verdict_and_help(self, case, preset):
        keymap = build_keymap({}, preset)
        line = hints(keymap, MIN_WIDTH, prepare(claim_of(case)))
        wanted = [*view_of(kind_of(case)).answers, "escalate", "help"]
        assert {keys_of(keymap, one)[0] for one in wanted} <= set(named_keys(line))

    @pytest.mark.parametrize("width", range(MIN_WIDTH, 161, 10))
    def test_nothing_is_cut(self, case, preset, width):
        keymap = build_keymap({}, preset)
        assert cells(hints(keymap, width, prepare(claim_of(case)))) <= width


def test_the_labels_are_whole_where_there_is_room():
    keymap = build_keymap({})
    assert labels(hints(keymap, 120, prepare(claim_of(KINDS[0]))))[:5] == [
        "first is better", "second is better", "tie", "neither", "correct",
    ]  # fmt: skip


def test_two_keys_for_the_same_word_share_it_where_there_is_little():
    line = hints(build_keymap({}), 80, prepare(claim_of(KINDS[0])))
    assert ("1 2", "key") in line.left
    assert labels(line)[0] == "better"


def test_a_long_key_of_one_s_own_pushes_out_what_matters_least():
    keymap = build_keymap({"skip": ("pagedown", "f9"), "half-down": ("ctrl+d",)})
    line = hints(keymap, 80, prepare(claim_of(KINDS[0])))
    assert {"1", "2", "=", "0", "e", "!", "?"} <= set(named_keys(line))


def test_without_a_case_the_keys_that_still_do_something():
    keymap = build_keymap({})
    line = hints(keymap, 80, None)
    wanted = ("undo", "history", "overview", "my-day", "quit", "help")
    assert named_keys(line) == [keys_of(keymap, one)[0] for one in wanted]
    assert labels(line) == [ACTION[one].label for one in wanted]
