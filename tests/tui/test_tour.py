"""How every screen looks in every theme: one walk a theme through the whole workstation, at 80x24.

`test_screens.py` has every screen at the three sizes, in the usual theme. `pytest --snapshot-update` draws both
anew on purpose.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest_textual_snapshot import SVGImageExtension

from hitl_tui.tui.theme import PALETTES
from tests.tui.cases import ALONE, HEADPHONES, HIDDEN
from tests.tui.house import World, admitted, at_rest, busy_house, until, walk
from tests.tui.kinds import ACTION, CRITIQUE, DEMONSTRATION, PREFERENCE, REDTEAM

FIRST = {"priority": 99}
"""Before everything else that is in the house."""
FOLDED = {**HEADPHONES, "tags": ["graphic"]}
ON_THE_WAY = [
    {**case, **FIRST, "id": f"walk-{at}"}
    for at, case in enumerate(
        [HIDDEN, FOLDED, DEMONSTRATION, REDTEAM, CRITIQUE, ACTION, PREFERENCE, ALONE]
    )
]
"""In this order, and then what the house has: every grade and flag, a chat, two answers."""


class Stop(NamedTuple):
    """A screen, the keys that lead to it from the one before; `~words` waits until the words stand there."""

    name: str
    keys: tuple[str, ...]


WALK = (
    Stop("hidden characters", ()),
    Stop("folded", ("right",)),
    Stop("a demonstration", ("right",)),
    Stop("an answer being written", ("e", *"For four weeks.")),
    Stop("a draft", ("escape",)),
    Stop("a redteam case", ("right",)),
    Stop("the harms", ("x",)),
    Stop("how grave", ("1",)),
    Stop("a critique", ("escape", "escape", "right")),
    Stop("what a revision changed", ("d",)),
    Stop("a tool call", ("d", "right")),
    Stop("arguments that are no JSON", ("e", "{", "f2", "~not JSON")),
    Stop("two answers", ("escape", "right")),
    Stop("two answers compared", ("d", "+")),
    Stop("an undone verdict", ("d", "1", "~preferred", "u", "~took back")),
    Stop("without sources", ("right",)),
    Stop("every grade and flag", ("right",)),
    Stop("scores", ("v",)),
    Stop("the reasons", ("x",)),
    Stop("a note", ("enter", *"wrong")),
    Stop("snooze", ("escape", "escape", "s")),
    Stop("a rationale", ("escape", "i", *"See")),
    Stop("a search", ("enter", "/", *"the", "enter", "~1 of")),
    Stop("a search in vain", ("/", *"zebra", "enter", "~not in this pane")),
    Stop("a stretch", ("escape", "m", "l", "l")),
    Stop("what a stretch is called", ("enter",)),
    Stop("marked", ("3", "]")),
    Stop("an edit", ("e", "delete", "delete", "3", "0")),
    Stop("the sources zoomed", ("escape", "tab", "z")),
    Stop("all keys", ("z", "question_mark", "~All keys")),
    Stop("the guideline", ("escape", "h", "~Guideline")),
    Stop("the batch", ("escape", "b", "~The cases at hand", "down")),
    Stop("my history", ("escape", "H", "~My latest verdicts")),
    Stop("the queue", ("escape", "O", "~The queue")),
    Stop("my day", ("escape", "D", "~My day")),
    Stop("every action", ("escape", "ctrl+p", "~Do what", "down")),
    Stop("disputes", ("escape", "A", "~Disputes")),
    Stop("a dispute", ("enter", "~Verdict A")),
    Stop("how a dispute is decided", ("enter", "~How is it decided")),
)  # fmt: skip


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The queue through which the walk leads."""
    path = tmp_path_factory.mktemp("walk") / "queue.db"
    busy_house(path)
    admitted(path, ON_THE_WAY)
    return path


@pytest.mark.parametrize("theme", [name for name in PALETTES if name != "hitl-dark"])
async def test_every_screen_in_every_theme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Any, walked: Path, theme: str
) -> None:
    if theme == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    world = World(tmp_path, monkeypatch)
    shutil.copy(walked, world.path)
    app = world.app("hitl-dark" if theme == "none" else theme, guideline_changed=False, batch=20)
    drawn = snapshot.use_extension(SVGImageExtension)
    other = []
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, at_rest)
        for stop in WALK:
            await walk(pilot, *stop.keys)
            await pilot.pause()
            if app.export_screenshot() != drawn(name=stop.name):
                other.append(stop.name)
    app.review.desk.abandon()
    assert other == []
