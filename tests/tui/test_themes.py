"""Themes and keymaps: readable in every one, and nothing that depends on a colour."""

from __future__ import annotations

import pytest

from hitl_tui.tui.keymap import ACTIONS, PRESETS, KeymapError, build_keymap, keys_of
from hitl_tui.tui.screens.chooser import Chooser
from hitl_tui.tui.theme import PALETTES, styles
from tests.tui.cases import CLEAN, HEADPHONES

COLOURED = [palette for palette in PALETTES.values() if not palette.own]
LEGIBLE = 4.5
"""WCAG 2.1, 1.4.3: contrast of text that has to be read."""
SEEN = 3.0
"""What may be overlooked: rulers, places to write, numbers of lines."""


def luminance(colour: str) -> float:
    """WCAG 2.1 relative luminance of a #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", COLOURED, ids=lambda palette: palette.name)
class TestPalettes:
    def test_whatever_has_to_be_read_has_contrast_on_every_ground(self, palette):
        for ground in (palette.page, palette.pane, palette.bar):
            for colour in (palette.text, palette.dim, palette.look, palette.link, palette.error):
                assert contrast(colour, ground) >= LEGIBLE, (colour, ground)
            assert contrast(palette.faint, ground) >= SEEN

    def test_text_on_an_accent_is_readable(self, palette):
        for accent in (palette.look, palette.link):
            assert contrast(palette.ink, accent) >= LEGIBLE
        assert contrast(palette.text, palette.look_ground) >= LEGIBLE
        assert contrast(palette.look, palette.look_ground) >= LEGIBLE


PANES = (
    ("text", "doubt", "clause-now", "doubt-now", "flag-now"),
    ("text", "flag", "clause-now", "flag-now", "span"),
    ("text", "evidence", "evidence-now", "differs"),
    ("text", "added", "removed"),
    ("text", "hit", "hit-now"),
    ("dim", "strong"),
)
"""Meanings that stand beside each other; `doubt` and `flag` have their signs in the gutter too."""


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_meanings_that_meet_differ_without_colour(palette):
    looks = styles(palette)
    for pane in PANES:
        plain = [
            (s.bold or False, s.underline or False, s.reverse or bool(s.bgcolor), s.strike or False)
            for s in (looks[name] for name in pane)
        ]
        assert len(set(plain)) == len(pane), pane


@pytest.mark.parametrize("name", [name for name in PALETTES if name != "none"])
async def test_every_theme_shows_a_case_and_takes_a_verdict(start, name):
    async with start(
        [HEADPHONES, CLEAN], settings={"review": {"guard_ms": 0, "theme": name}}
    ) as bench:
        assert bench.app.palette.name == name
        await bench.press("a")
        assert bench.case_id == "support-2"


async def test_no_color_means_no_colour_at_all(start, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    async with start([HEADPHONES]) as bench:
        await bench.press("x", "escape", "e", "escape")
        await bench.pilot.press("b")
        await bench.until(lambda: isinstance(bench.app.screen, Chooser))
        for screen in bench.app.screen_stack:
            for pane in screen.query("TextPane, Rows, Listing"):
                for y in range(pane.size.height):
                    for segment in pane.render_line(y):
                        style = segment.style
                        assert style is None or (style.color, style.bgcolor) == (None, None)


@pytest.mark.parametrize("preset", PRESETS)
class TestPresets:
    def test_is_valid_and_reaches_every_action(self, preset):
        keymap = build_keymap({}, preset)
        assert [action.id for action in ACTIONS if not keys_of(keymap, action.id)] == []

    def test_names_only_actions_that_exist(self, preset):
        assert set(PRESETS[preset]) <= {action.id for action in ACTIONS}

    def test_gives_way_to_the_reviewer_s_own_keys(self, preset):
        assert build_keymap({"approve": ("c",)}, preset)["c"].id == "approve"

    def test_is_checked_together_with_them(self, preset):
        with pytest.raises(KeymapError, match="is given to both"):
            build_keymap({"approve": ("u", "backspace")}, preset)


async def test_argilla_s_enter_approves(start):
    settings = {"review": {"guard_ms": 0, "repeat_ms": 0, "keymap": "argilla"}}
    async with start([HEADPHONES, CLEAN], settings=settings) as bench:
        await bench.press("enter")
        assert bench.decisions()["support-1"] == ["approve"]
        await bench.press("backspace")
        assert bench.decisions()["support-1"] == []
