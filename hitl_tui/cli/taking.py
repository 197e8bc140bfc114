"""Taking a quiz: the workstation on a queue that gives out the quiz alone."""

from __future__ import annotations

from typing import cast

from hitl_tui.cli import say
from hitl_tui.cli.review import place_of
from hitl_tui.cli.rulebook import guideline_of
from hitl_tui.cli.session import open_at, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.config.places import state_dir
from hitl_tui.model.text import message
from hitl_tui.quality.sitting import QuizTable, SittingQueue, as_queue
from hitl_tui.queue.calibration import Sittings
from hitl_tui.queue.open import is_server, open_desk
from hitl_tui.queue.protocol import Queue
from hitl_tui.tui import run_review
from hitl_tui.tui.keymap import KeymapError


def take_quiz(config: Configuration, address: str, quiz: str, given: str | None) -> int:
    """Open the workstation on a quiz and stay until it is done or the reviewer leaves; exit code."""
    place = state_dir()
    reviewer = reviewer_at(address, config, given, place)
    sittings: list[SittingQueue] = []

    def open_queue() -> Queue:
        inner = (
            open_desk(address, reviewer, place) if is_server(address) else open_at(address, config)
        )
        if not isinstance(inner, Sittings):
            inner.close()
            raise Stop("{address} keeps no quizzes", address=inner.address)
        table = cast(QuizTable, inner)
        try:
            sittings.append(SittingQueue(table, reviewer, quiz, lambda: guideline_of(config)))
        except BaseException:
            inner.close()
            raise
        return as_queue(sittings[-1])

    try:
        code, lines = run_review(
            open_queue,
            config.settings,
            reviewer,
            (),
            config.settings.queue.batch,
            place=f"{place_of(address)}#quiz:{quiz}",
            state=place,
        )
    except KeymapError as error:
        raise Stop.saying(error.sentence) from None
    say.say(*lines)
    for sitting in sittings:
        whole = len(sitting.sitting.seats)
        done = whole - sitting.left
        say.say(message("quiz {name}: {done} of {all} answered", name=quiz, done=done, all=whole))
    return code
