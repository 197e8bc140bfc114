"""How the screens look, at fixed sizes; `pytest --snapshot-update` draws them anew on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitl_tui.tui.theme import PALETTES
from tests.tui.cases import ALL, ALONE, CHAT, HEADPHONES, HIDDEN
from tests.tui.conftest import QUICK, build, fill, shown
from tests.tui.kinds import KINDS, PREFERENCE, REDTEAM

OPENS = {"h", "b", "D", "ctrl+p"}
"""Keys that open a panel, some after asking the store."""
SIZES = [(80, 24), (120, 40), (200, 50)]


@pytest.fixture
def looks_the_same(tmp_path: Path, snap_compare):
    """Whether the workstation on these cases, after these keys, looks as it did."""

    def compare(cases, size, *keys: str, theme: str = "hitl-dark") -> bool:
        path = tmp_path / "queue.db"
        fill(path, cases)
        app, _ = build(path, {"review": {**QUICK["review"], "theme": theme}}, "alice", 10)

        async def drive(pilot) -> None:
            await shown(app)
            for key in keys:
                await pilot.press(key)
                await shown(app)
                await pilot.pause()
                for _ in range(500):
                    if key not in OPENS or app.screen is not app.review:
                        break
                    await pilot.pause(0.01)
                await pilot.pause()

        try:
            return snap_compare(app, terminal_size=size, run_before=drive)
        finally:
            app.review.desk.abandon()

    return compare


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
class TestReview:
    def test_a_flagged_answer_beside_its_sources(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES, *ALL[1:]], size)

    def test_the_reasons(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "x")

    def test_an_edit_with_its_difference(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "e", "delete", "delete", "3", "0")

    def test_writing_a_rationale(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "i", *"30")

    def test_without_sources_the_output_has_the_width(self, looks_the_same, size):
        assert looks_the_same([ALONE], size)

    def test_a_long_chat(self, looks_the_same, size):
        assert looks_the_same([CHAT], size)

    def test_hidden_characters(self, looks_the_same, size):
        assert looks_the_same([HIDDEN], size)

    def test_all_keys(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "question_mark")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("case", KINDS, ids=lambda case: case["kind"])
def test_every_kind_of_case(looks_the_same, case, size):
    assert looks_the_same([case], size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
class TestPanels:
    def test_the_guideline(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "h")

    def test_the_batch(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES, *ALL[1:]], size, "b", "down")

    def test_every_action_by_name(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "ctrl+p", *"claim")

    def test_my_day_before_anything_is_decided(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "D")

    def test_choosing_a_stretch(self, looks_the_same, size):
        assert looks_the_same([HEADPHONES], size, "m", "left")

    def test_the_harms(self, looks_the_same, size):
        assert looks_the_same([REDTEAM], size, "x")

    def test_a_difference(self, looks_the_same, size):
        assert looks_the_same([PREFERENCE], size, "d")


@pytest.mark.parametrize("theme", [name for name in PALETTES if name not in {"hitl-dark", "none"}])
def test_every_theme(looks_the_same, theme):
    assert looks_the_same([HEADPHONES], (120, 40), theme=theme)


def test_no_colour(looks_the_same, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks_the_same([HEADPHONES], (80, 24))


def test_folded_text(looks_the_same):
    assert looks_the_same([{**HEADPHONES, "tags": ["graphic"]}], (80, 24))


def test_the_sources_zoomed(looks_the_same):
    assert looks_the_same([HEADPHONES], (80, 24), "tab", "z")


def test_scores_revealed(looks_the_same):
    assert looks_the_same([HEADPHONES], (120, 40), "v")


def test_an_empty_queue(looks_the_same):
    assert looks_the_same([], (80, 24))


def test_too_small_says_what_it_needs(looks_the_same):
    assert looks_the_same([HEADPHONES], (50, 12))
