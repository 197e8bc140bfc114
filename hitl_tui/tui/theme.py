"""Colours and styles: what each meaning looks like, as data; two accents, one meaning each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.style import Style


class Palette(NamedTuple):
    """The colours of one theme: #rrggbb, the terminal's own by name, or "" for none at all."""

    name: str
    page: str
    pane: str
    bar: str
    text: str
    dim: str
    faint: str
    look: str
    """Orange: look here (a doubtful clause, a late clock)."""
    look_ground: str
    link: str
    """Blue: evidence and keys."""
    error: str
    """Red: errors of the program, nothing else."""
    ink: str
    """Text on a ground of `look` or `link`."""
    own: bool = False
    """Whether the colours are the terminal's own, not to be turned into others."""


PALETTES: Mapping[str, Palette] = {
    palette.name: palette
    for palette in (
        Palette(
            "hitl-dark", page="#10151d", pane="#161d27", bar="#1d2736", text="#d5dce6", dim="#9fabba",
            faint="#85909e", look="#f2a04a", look_ground="#31261a", link="#6cb4ff", error="#ff6b68",
            ink="#10151d",
        ),
        Palette(
            "hitl-light", page="#edf0f4", pane="#fafbfc", bar="#dce2ea", text="#1b232e", dim="#444e5c",
            faint="#5a6471", look="#93400a", look_ground="#fbe7d0", link="#0a4f99", error="#a81e17",
            ink="#ffffff",
        ),
        Palette(
            "hitl-high-contrast", page="#000000", pane="#000000", bar="#1c1c1c", text="#ffffff",
            dim="#d8d8d8", faint="#b0b0b0", look="#ffb733", look_ground="#3d2a00", link="#7cd0ff",
            error="#ff8a80", ink="#000000",
        ),
        # Okabe and Ito's orange and sky blue, and a red, told apart with every colour vision, also from grey.
        Palette(
            "hitl-colour-blind", page="#0e1116", pane="#151a21", bar="#1e2630", text="#e2e6eb",
            dim="#9fa9b4", faint="#858f9c", look="#e69f00", look_ground="#2e2408", link="#56b4e9",
            error="#ff6666", ink="#0e1116",
        ),
        Palette(
            "ansi", page="default", pane="default", bar="default", text="default", dim="bright_black",
            faint="bright_black", look="yellow", look_ground="default", link="cyan", error="red",
            ink="black", own=True,
        ),
        Palette(
            "none", page="", pane="", bar="", text="", dim="", faint="", look="", look_ground="",
            link="", error="", ink="", own=True,
        ),
    )
}  # fmt: skip
"""Name -> palette; `none` is what NO_COLOR asks for."""


def styles(palette: Palette) -> dict[str, Style]:
    """Style name to Rich style. Every meaning differs by more than its colour."""
    look, link, text = palette.look or None, palette.link or None, palette.text or None
    dim, faint, ink = palette.dim or None, palette.faint or None, palette.ink or None
    flat = palette.own
    """No grounds to tell surfaces apart: reverse and bold do it."""
    ground = None if flat else palette.look_ground
    return {
        "text": Style(color=text),
        "head": Style(color=text, bold=True),
        "dim": Style(color=dim),
        "faint": Style(color=faint),
        "strong": Style(color=text, bold=True),
        "look": Style(color=look),
        "look-strong": Style(color=look, bold=True),
        "key": Style(color=link, bold=True),
        "link": Style(color=link),
        "error": Style(color=palette.error or None, bold=True),
        "doubt": Style(color=dim, underline=True),
        "flag": Style(color=look, underline=True),
        "clause-now": Style(bgcolor=ground, bold=True if flat else None),
        "flag-now": _on(ink, look, flat, bold=True),
        "doubt-now": Style(color=look, bgcolor=ground, underline=True, bold=True if flat else None),
        "evidence": Style(color=link, underline=True),
        "evidence-now": _on(ink, link, flat),
        "differs": _on(ink, link, flat, bold=True, underline=True),
        "alarm": _on(ink, look, flat),
        "added": Style(color=link, bold=True, underline=True),
        "removed": Style(color=dim, strike=True),
        "span": Style(
            color=look, bgcolor=ground, bold=None if flat else True, underline=True, reverse=flat
        ),
        **_overlays(palette),
        "folded": Style(color=faint, bold=False, underline=False, reverse=False),
        "cursor": Style(bgcolor=palette.bar or None, reverse=True if flat else None),
    }


def _overlays(palette: Palette) -> dict[str, Style]:
    """What lies over every mark for a moment: it says all of its look, so that nothing below shines through."""
    page, text, dim = palette.page or None, palette.text or None, palette.dim or None
    if palette.own:
        plain = Style(color=text, reverse=True, bold=False, underline=False)
        found = Style(color=text, reverse=True, bold=False, underline=True)
        return {
            "selecting": plain,
            "hit": found,
            "hit-now": found + Style(bold=True, italic=True),
        }
    plain = Style(color=page, bgcolor=text, bold=False, underline=False)
    return {
        "selecting": plain,
        "hit": Style(color=page, bgcolor=dim, bold=False, underline=True),
        "hit-now": plain + Style(bold=True),
    }


def _on(
    ink: str | None, ground: str | None, flat: bool, *, bold: bool = False, underline: bool = False
) -> Style:
    """Text on a ground of an accent; where there are no colours, the terminal's own reversed."""
    if flat:
        return Style(color=ground, reverse=True, bold=bold, underline=underline)
    return Style(color=ink, bgcolor=ground, bold=bold, underline=underline)


def css_variables(palette: Palette) -> dict[str, str]:
    """The palette under the names that the style sheet uses."""
    return {
        "hitl-page": _css(palette.page),
        "hitl-pane": _css(palette.pane),
        "hitl-bar": _css(palette.bar),
        "hitl-text": _css(palette.text),
        "hitl-dim": _css(palette.dim),
        "hitl-look": _css(palette.look),
        "hitl-link": _css(palette.link),
        "hitl-ink": _css(palette.ink),
    }


def _css(colour: str) -> str:
    return colour if colour.startswith("#") else f"ansi_{colour or 'default'}"
