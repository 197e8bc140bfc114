"""How every further screen looks at the three sizes, and how every theme does; clocks stand still.

`test_snapshots.py` has the review and its first panels. `pytest --snapshot-update` draws them anew on purpose.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.tui.theme import PALETTES
from tests.tui.cases import ALONE, CLEAN, HEADPHONES
from tests.tui.house import LAMPS, TALK, World, admitted, at_rest, busy_house, held, until, walk
from tests.tui.kinds import ACTION, DEMONSTRATION, PREFERENCE, REDTEAM

SIZES = [(80, 24), (120, 40), (200, 50)]

THREE: dict[str, Any] = {
    **PREFERENCE,
    "candidates": [
        *PREFERENCE["candidates"],
        {"id": "third", "text": "Because the sea is blue, and the sky is its mirror."},
    ],
    "context": ["Air scatters short waves more than long ones: by the fourth power of the ratio."],
}


def taken(path: Path) -> None:
    """A queue in which others hold what is left."""
    admitted(path, [HEADPHONES, CLEAN, ALONE])
    held(path, "bob", "support-1", "support-2")
    held(path, "carol", "tone-3")


@dataclass(frozen=True)
class Picture:
    """Cases, or what fills the queue; keys; `~words` waits until the words are on the screen."""

    name: str
    cases: Any
    steps: tuple[str, ...] = ()
    guideline_changed: bool = False


SCREENS = (
    Picture("every grade and flag", [LAMPS]),
    Picture("the next claim", [LAMPS], ("]", "]")),
    Picture("scores of a claim revealed", [LAMPS], ("v",)),
    Picture("marked by the reviewer", [LAMPS], ("m", "l", "enter", "3", "]", "]", "m", "enter", "1")),
    Picture("a stretch over the current flag", [HEADPHONES], ("m",)),
    Picture("a search", [HEADPHONES], ("tab", "/", *"days", "enter", "~1 of 2", "n")),
    Picture("a search being typed", [HEADPHONES], ("/", *"head")),
    Picture("a search in vain", [HEADPHONES], ("/", *"zebra", "enter", "~not in this pane")),
    Picture("a note for a reason", [HEADPHONES], ("x", "enter", *"wrong shop")),
    Picture("an unknown key in a menu", [HEADPHONES], ("x", "w")),
    Picture("snooze", [HEADPHONES], ("s",)),
    Picture("how grave", [REDTEAM], ("x", "1")),
    Picture("a chat with sources", [TALK]),
    Picture("three answers", [THREE], ("+", "+")),
    Picture("an answer being corrected", [PREFERENCE], ("e", *"Now: ")),
    Picture("an answer being written", [DEMONSTRATION], ("e", *"For four weeks, then renew it once.")),
    Picture("arguments that are no JSON", [ACTION], ("e", "{", "f2", "~not JSON")),
    Picture("folded", [{**HEADPHONES, "tags": ["graphic"]}]),
    Picture("the sources zoomed", [HEADPHONES], ("tab", "z")),
    Picture("an undone verdict", [HEADPHONES, CLEAN], ("a", "~approved", "u", "~took back")),
    Picture("the end of a batch", [HEADPHONES, CLEAN], ("a", "~approved", "x", "1", "~batch done")),
    Picture("nothing waits but others hold cases", taken, ("~carol holds",)),
    Picture("the queue", busy_house, ("O", "~The queue")),
    Picture("disputes", busy_house, ("A", "~Disputes")),
    Picture("a dispute", busy_house, ("A", "~Disputes", "enter", "~Verdict A")),
    Picture(
        "how a dispute is decided", busy_house,
        ("A", "~Disputes", "enter", "~settle it", "enter", "~How is it decided"),
    ),
    Picture(
        "why verdicts differ", busy_house,
        ("A", "~Disputes", "enter", "~settle it", "enter", "~How is it decided", "j", "enter", "~Why do they"),
    ),
    Picture("my history", busy_house, ("H", "~My latest verdicts", "down", "down")),
    Picture("my day", busy_house, ("D", "~My day")),
    Picture("every action", [HEADPHONES], ("ctrl+p", "~Do what", "down", "down")),
    Picture("the guideline has changed", [HEADPHONES], ("h", "~changed"), True),
)  # fmt: skip
THEMED = (
    Picture("marks", [LAMPS], ("m", "l", "enter", "3", "]")),
    Picture("an edit", [HEADPHONES], ("e", "delete", "delete", "3", "0")),
)
"""What is drawn in every theme: every grade, flag and mark; the cursor, the difference, the current pair."""
WITHOUT_COLOUR = (
    Picture("a search", [HEADPHONES], ("tab", "/", *"days", "enter", "~1 of 2", "n")),
    Picture("a stretch", [HEADPHONES], ("m",)),
    Picture("the batch", [HEADPHONES, CLEAN, ALONE], ("b", "~The cases at hand", "down")),
    Picture("a warning", [HEADPHONES], ("/", *"zebra", "enter", "~not in this pane")),
    Picture("the reasons", [HEADPHONES], ("x",)),
    Picture("a difference", [PREFERENCE], ("d",)),
)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("house") / "queue.db"
    busy_house(path)
    return path


@pytest.fixture
def looks_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any, house: Path
) -> Any:
    def compare(picture: Picture, size: tuple[int, int], theme: str = "hitl-dark") -> bool:
        world = World(tmp_path, monkeypatch)
        if picture.cases is busy_house:
            shutil.copy(house, world.path)
        elif picture.cases is taken:
            taken(world.path)
        else:
            admitted(world.path, picture.cases)
        if theme == "none":
            monkeypatch.setenv("NO_COLOR", "1")
        app = world.app(
            "hitl-dark" if theme == "none" else theme, guideline_changed=picture.guideline_changed
        )

        async def drive(pilot: Any) -> None:
            await until(pilot, at_rest)
            await walk(pilot, *picture.steps)
            await pilot.pause()

        try:
            return bool(snap_compare(app, terminal_size=size, run_before=drive))
        finally:
            app.review.desk.abandon()

    return compare


def named(one: Any) -> str:
    return one.name if isinstance(one, Picture) else f"{one[0]}x{one[1]}"


@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("picture", SCREENS, ids=named)
def test_every_screen(looks_the_same, picture, size):
    assert looks_the_same(picture, size)


@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("picture", THEMED, ids=named)
def test_every_theme(looks_the_same, picture, size, theme):
    assert looks_the_same(picture, size, theme)


@pytest.mark.parametrize("theme", ["ansi", "none"])
@pytest.mark.parametrize("picture", WITHOUT_COLOUR, ids=named)
def test_what_a_colour_would_say_elsewhere(looks_the_same, picture, theme):
    assert looks_the_same(picture, (80, 24), theme)
