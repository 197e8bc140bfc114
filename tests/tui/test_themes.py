"""Themes and keymaps: readable in every one, and nothing that depends on a colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, product

import pytest
from rich.style import Style

from hitl_tui.tui.keymap import ACTIONS, PRESETS, KeymapError, build_keymap, keys_of
from hitl_tui.tui.screens.chooser import Chooser
from hitl_tui.tui.theme import PALETTES, styles
from tests.tui.cases import CLEAN, HEADPHONES

COLOURED = [palette for palette in PALETTES.values() if not palette.own]
LEGIBLE = {palette.name: 4.5 for palette in COLOURED} | {"hitl-high-contrast": 7.0}
"""WCAG 2.1: contrast of text, 1.4.3 and, for whoever asks for more, 1.4.6."""
APART = 20.0
"""CIE 1976 colour difference of two meanings in the theme for every colour vision; 2.3 can just be noticed."""
ACCENTS_APART = 60.0
"""The same of the two accents, in every theme."""


def luminance(colour: str) -> float:
    """WCAG 2.1 relative luminance of a #rrggbb."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> list[float]:
    """The parts of a #rrggbb, from 0 to 1, before sRGB's curve."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


BELOW = {
    "output": [
        (), ("doubt",), ("flag",), ("clause-now",), ("clause-now", "flag-now"), ("doubt-now",),
        ("flag", "clause-now"), ("flag", "clause-now", "flag-now"), ("flag", "doubt-now"), ("flag", "doubt"),
    ],
    "sources": [
        (), ("evidence",), ("evidence-now",), ("evidence", "evidence-now"), ("evidence-now", "differs"),
    ],
}  # fmt: skip
"""Pane -> the stacks of marks that a case itself brings, lowest first."""
OVER = {
    "output": [("span",), ("selecting",), ("hit",), ("hit", "hit-now"), ("span", "selecting")],
    "sources": [("hit",), ("hit", "hit-now")],
}
"""Pane -> what the reviewer puts over them."""


def looks_below(pane: str) -> list[tuple[str, ...]]:
    """With and without a hidden character in it."""
    return [(*stack, *alarm) for stack in BELOW[pane] for alarm in ((), ("alarm",))]


def stacked() -> list[tuple[str, ...]]:
    return [(*below, *over) for pane in BELOW for below in looks_below(pane) for over in OVER[pane]]


def seen(style: Style) -> tuple[str, str]:
    """Text and ground as #rrggbb, turned round where the style does."""
    assert style.color is not None
    assert style.bgcolor is not None
    both = style.color.name, style.bgcolor.name
    return (both[1], both[0]) if style.reverse else both


def attributes(style: Style) -> tuple[bool, ...]:
    return tuple(
        bool(value)
        for value in (style.bold, style.underline, style.reverse, style.strike, style.italic)
    )


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", COLOURED, ids=lambda palette: palette.name)
class TestPalettes:
    def test_whatever_has_to_be_read_has_contrast_on_every_ground(self, palette):
        for ground in (palette.page, palette.pane, palette.bar):
            for role in ("text", "dim", "faint", "look", "link", "error"):
                colour = getattr(palette, role)
                assert contrast(colour, ground) >= LEGIBLE[palette.name], (role, ground)

    def test_every_stack_of_marks_is_readable(self, palette):
        looks = styles(palette)
        pane = Style(color=palette.text, bgcolor=palette.pane)
        for stack in [*looks_below("output"), *looks_below("sources"), *stacked()]:
            colour, ground = seen(sum((looks[name] for name in stack), start=pane))
            assert contrast(colour, ground) >= LEGIBLE[palette.name], stack

    def test_the_field_for_writing_is_readable(self, palette):
        for colour, ground in (
            (palette.text, palette.bar),
            (palette.page, palette.link),
            (palette.page, palette.look),
        ):
            assert contrast(colour, ground) >= LEGIBLE[palette.name]

    @pytest.mark.parametrize("vision", ["protanopia", "deuteranopia", "tritanopia"])
    def test_the_two_accents_are_told_apart_with_every_colour_vision(self, palette, vision):
        matrix = VISIONS[vision]
        assert difference(palette.look, palette.link, matrix) >= ACCENTS_APART


# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision
# deficiency", severity 1.0; applied to linear RGB.
VISIONS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
    "full": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}  # fmt: skip


def lab(linear: Sequence[float]) -> tuple[float, float, float]:
    """CIE L*a*b* under D65 of a linear RGB colour."""
    to_xyz = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750),
              (0.0193339, 0.1191920, 0.9503041))  # fmt: skip
    white = (0.95047, 1.0, 1.08883)
    x, y, z = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for t in (part / of for part, of in zip(times(to_xyz, linear), white, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def difference(one: str, other: str, vision: Sequence[Sequence[float]]) -> float:
    """CIE 1976 difference of two colours as somebody with this vision sees them."""
    seen_as = [
        [min(1.0, max(0.0, part)) for part in times(vision, linear(c))] for c in (one, other)
    ]
    return math.dist(*(lab(colour) for colour in seen_as))


class TestEveryColourVision:
    def test_the_simulation_takes_red_and_green_for_each_other(self):
        green, red = "#9b8f00", "#d5773d"
        assert difference(green, red, VISIONS["full"]) > 2 * APART
        assert difference(green, red, VISIONS["deuteranopia"]) < APART

    @pytest.mark.parametrize("vision", VISIONS)
    def test_the_colour_blind_theme_keeps_all_meanings_apart(self, vision):
        palette = PALETTES["hitl-colour-blind"]
        for one, other in combinations(("text", "dim", "look", "link", "error"), 2):
            apart = difference(getattr(palette, one), getattr(palette, other), VISIONS[vision])
            assert apart >= APART, (one, other)


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


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
@pytest.mark.parametrize("pane", BELOW)
def test_what_the_reviewer_marks_or_finds_is_seen_on_every_mark(palette, pane):
    looks = styles(palette)
    for below, over in product(BELOW[pane], OVER[pane]):
        before = sum((looks[name] for name in below), start=Style())
        after = sum((looks[name] for name in over), start=before)
        if palette.own:
            assert attributes(before) != attributes(after), (below, over)
        else:
            assert before != after, (below, over)


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
