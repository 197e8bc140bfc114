"""The workstation: the screen where reviewers work. Everything textual is imported from here only."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hitl_tui.config.settings import Settings
from hitl_tui.model.clock import parse_duration
from hitl_tui.model.text import Shown
from hitl_tui.queue.protocol import Queue

if TYPE_CHECKING:
    from hitl_tui.tui.drafts import DraftBox
    from hitl_tui.tui.measure import Asked


class Documents(NamedTuple):
    """Read the guideline and the constitution when they are wanted. May raise OSError, ValueError."""

    guideline: Callable[[], str] = str
    constitution: Callable[[], str] = str


NO_DOCUMENTS = Documents()


def run_review(
    open_queue: Callable[[], Queue],
    settings: Settings,
    reviewer: str,
    pools: tuple[str, ...],
    batch: int,
    *,
    place: str,
    state: Path,
    documents: Documents = NO_DOCUMENTS,
) -> tuple[int, list[Shown]]:
    """Open the workstation on a terminal and stay until the reviewer leaves.

    `documents` are the guideline and the constitution. `place` names the queue among the drafts, which
    are kept below `state`. Returns the exit code and the lines to print once the screen is gone. Raises
    KeymapError, QueueError, OSError.
    """
    from hitl_tui.tui.drafts import DraftBox  # noqa: PLC0415
    from hitl_tui.tui.keymap import build_keymap  # noqa: PLC0415
    from hitl_tui.tui.measure import ask  # noqa: PLC0415  (where there is no terminal, nor termios)

    build_keymap(settings.keys, settings.review.keymap)
    drafts = DraftBox.of(state, place, reviewer)
    asked = ask()  # now that the screen will open: the terminal answers while it is being loaded
    try:
        return _loaded(open_queue, settings, reviewer, pools, batch, drafts, documents, asked)
    finally:
        if asked is not None:
            asked.leave()


def _loaded(
    open_queue: Callable[[], Queue],
    settings: Settings,
    reviewer: str,
    pools: tuple[str, ...],
    batch: int,
    drafts: DraftBox,
    documents: Documents,
    asked: Asked | None,
) -> tuple[int, list[Shown]]:
    gc.disable()  # until the first case is shown: start-up makes much and throws nothing away
    from hitl_tui.tui.app import run  # noqa: PLC0415  (textual: 0.2 s that no other command pays)
    from hitl_tui.tui.handbook import Handbook  # noqa: PLC0415

    lease_s = parse_duration(settings.queue.lease).total_seconds()
    handbook = Handbook(documents.guideline, documents.constitution, drafts.directory / "read.json")
    return run(open_queue, settings, reviewer, pools, batch, lease_s, drafts, handbook, asked)
