"""Draws the pictures of the guides with the program itself: `python docs/screens/make.py [DIR]`.

The sample cases go into a throw-away queue, the workstation runs on it without a terminal, the keys of a
screen are pressed, and what stands there is written to DIR (by default beside this file) as SVG.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from textual.pilot import Pilot

from hitl_tui.cli.demo import samples
from hitl_tui.cli.routes import router
from hitl_tui.config.places import shipped
from hitl_tui.config.settings import Settings
from hitl_tui.queue.open import open_queue
from hitl_tui.queue.protocol import Queue
from hitl_tui.tui.app import Workstation
from hitl_tui.tui.desk import Desk
from hitl_tui.tui.drafts import DraftBox
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.kinds import Seat
from hitl_tui.tui.screens.review import Review


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen: the case it shows, the pool it is found in, and the keys that lead there."""

    name: str
    keys: tuple[str, ...] = ()
    case_id: str = "support-00017"
    pools: tuple[str, ...] = ()
    theme: str = "hitl-dark"
    batch: int = 10


PICTURES = (
    Picture("review"),
    Picture("reasons", ("x",)),
    Picture("edit", ("e", "delete", "delete", "3", "0")),
    Picture("hidden", case_id="legal-00336", pools=("legal",)),
    Picture("help", ("question_mark",)),
    Picture("preference", case_id="pref-0101", batch=100),
    Picture("difference", ("d",), case_id="pref-0101", batch=100),
    Picture("demonstration", case_id="demo-0201", batch=100),
    Picture("redteam", ("x",), case_id="red-0302", batch=100),
    Picture("critique", case_id="crit-0401", batch=100),
    Picture("action", case_id="act-0501", batch=100),
    Picture("folded", case_id="care-0601", pools=("medical",), batch=100),
    Picture("guideline", ("h",)),
    Picture("batch", ("b",)),
    Picture("palette", ("ctrl+p",)),
    Picture("light", theme="hitl-light"),
    Picture("high-contrast", theme="hitl-high-contrast"),
    Picture("colour-blind", theme="hitl-colour-blind"),
    Picture("ansi", theme="ansi"),
    Picture("plain", theme="none"),
)
SIZES = ((120, 40), (80, 24))
SETTINGS = Settings.model_validate({"review": {"guard_ms": 0, "repeat_ms": 0}})
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TURNS = 1000
STILL = 15

# The font would be fetched from the network by whoever looks at the picture.
_WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
# Some viewers drop the blanks at the head of a text: the text is moved to the right instead.
_BLANKS = re.compile(
    r'x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"([^>]*)>((?:&#160;)+)(?=[^<&]|&(?!#160))'
)
_CELL = 12.2
"""Width of a cell in the units of the picture."""


def main() -> None:
    """Draw every picture in every size."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    out.mkdir(parents=True, exist_ok=True)
    # Both clocks stand still, so that the time left does not depend on the machine's speed.
    still = patch("hitl_tui.tui.desk.monotonic", lambda: 0.0)
    with still, tempfile.TemporaryDirectory(prefix="hitl-screens-") as directory:
        queue = Path(directory) / "hitl.db"
        _fill(queue)
        for picture in PICTURES:
            for size in SIZES:
                svg = asyncio.run(_draw(queue, picture, size))
                (out / f"{picture.name}-{size[0]}.svg").write_text(svg, "utf-8")


def _fill(path: Path) -> None:
    queue = _open(path, create=True)
    route = router(SETTINGS, lambda: NOON)
    queue.admit([(submission, route(submission)) for submission in samples()])
    queue.close()


def _open(path: Path, *, create: bool = False) -> Queue:
    """The queue at `path`, whose clock stands still."""
    return open_queue(str(path), clock=lambda: NOON, create=create)


async def _draw(queue: Path, picture: Picture, size: tuple[int, int]) -> str:
    drafts = DraftBox.of(queue.parent / "state", str(queue), "alice")
    desk = Desk(lambda: _open(queue), "alice", picture.pools, picture.batch, 300)
    handbook = Handbook(_shipped("guideline.md"), _shipped("constitution.md"))
    desk.seat = Seat("alice", handbook.principles)
    desk.open(resume_before=None)
    review = SETTINGS.review.model_copy(update={"theme": picture.theme})
    with patch.dict(os.environ, {"NO_COLOR": ""} if picture.theme == "none" else {}):
        app = Workstation(
            desk, drafts, SETTINGS.model_copy(update={"review": review}), handbook=handbook
        )
    screen = app.review
    async with app.run_test(size=size) as pilot:
        await _until(pilot, lambda: _ready(screen))
        for _ in range(len(desk.items)):
            if screen.item is not None and screen.item.case_id == picture.case_id:
                break
            await pilot.press("right")
            await _until(pilot, lambda: _ready(screen))
        assert screen.item is not None, "the queue is not empty"
        assert screen.item.case_id == picture.case_id, f"{picture.case_id} is not at hand"
        for key in picture.keys:
            await pilot.press(key)
            await pilot.pause()
        svg = await _at_rest(pilot)
        await desk.close()
    drafts.drop(picture.case_id)
    return _BLANKS.sub(_moved, _WEB_FONT.sub("", svg))


def _ready(screen: Review) -> bool:
    """Whether the case is on the screen with its marks, which come a moment after its text."""
    return not screen.busy and (screen.prepared is None or screen.prepared.compared)


def _shipped(name: str) -> Callable[[], str]:
    return lambda: shipped(name).read_text("utf-8")


def _moved(text: re.Match[str]) -> str:
    x, y, length, rest, blanks = text.groups()
    shift = blanks.count(";") * _CELL
    left, room = round(float(x) + shift, 1), round(float(length) - shift, 1)
    return f'x="{left}" y="{y}" textLength="{room}"{rest}>'


async def _at_rest(pilot: Pilot[None]) -> str:
    """The picture of a screen that has stopped changing."""
    before, same = "", 0
    for _ in range(TURNS):
        now = pilot.app.export_screenshot(title="hitl")
        before, same = now, same + 1 if now == before else 0
        if same == STILL:
            return now
        await pilot.pause(0.02)
    raise TimeoutError("the screen never came to rest")


async def _until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(TURNS):
        if true():
            return
        await pilot.pause(0.01)
    raise TimeoutError("the screen never came to rest")


if __name__ == "__main__":
    main()
