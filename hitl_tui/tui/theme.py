"""Colours and styles: what each meaning looks like, as data; two accents, one meaning each."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, as #rrggbb."""

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


HITL_DARK = Palette(
    name="hitl-dark",
    page="#10151d",
    pane="#161d27",
    bar="#1d2736",
    text="#d5dce6",
    dim="#8a97a8",
    faint="#5d6978",
    look="#f2a04a",
    look_ground="#31261a",
    link="#6cb4ff",
    error="#ff6b68",
)


def styles(palette: Palette) -> dict[str, Style]:
    """Style name to Rich style. Every meaning differs by more than its colour."""
    look, link, text = palette.look, palette.link, palette.text
    return {
        "text": Style(color=text),
        "head": Style(color=text, bold=True),
        "dim": Style(color=palette.dim),
        "faint": Style(color=palette.faint),
        "strong": Style(color=text, bold=True),
        "look": Style(color=look),
        "look-strong": Style(color=look, bold=True),
        "key": Style(color=link, bold=True),
        "link": Style(color=link),
        "error": Style(color=palette.error, bold=True),
        "doubt": Style(color=palette.dim, underline=True),
        "flag": Style(color=look, underline=True),
        "clause-now": Style(bgcolor=palette.look_ground),
        "flag-now": Style(color=palette.page, bgcolor=look, bold=True),
        "doubt-now": Style(color=look, bgcolor=palette.look_ground, underline=True),
        "evidence": Style(color=link, underline=True),
        "evidence-now": Style(color=palette.page, bgcolor=link),
        "differs": Style(color=palette.page, bgcolor=link, bold=True, underline=True),
        "alarm": Style(color=look, reverse=True),
        "added": Style(color=link, bold=True, underline=True),
        "removed": Style(color=palette.dim, strike=True),
    }


def css_variables(palette: Palette) -> dict[str, str]:
    """The palette under the names that the style sheet uses."""
    return {
        "hitl-page": palette.page,
        "hitl-pane": palette.pane,
        "hitl-bar": palette.bar,
        "hitl-text": palette.text,
        "hitl-dim": palette.dim,
        "hitl-look": palette.look,
        "hitl-link": palette.link,
    }
