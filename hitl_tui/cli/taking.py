"""Taking a quiz: the workstation on a queue that gives out the quiz alone, with a screen or line by line."""

from __future__ import annotations

from typing import cast

from hitl_tui.cli import say
from hitl_tui.cli.documents import ServedGuideline, documents_of
from hitl_tui.cli.review import place_of, plain_review
from hitl_tui.cli.session import open_at, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.config.places import state_dir
from hitl_tui.model.guideline import Guideline, parse
from hitl_tui.model.text import message
from hitl_tui.quality.sitting import QuizTable, SittingQueue, as_queue
from hitl_tui.queue.calibration import Sittings
from hitl_tui.queue.open import is_server, open_desk
from hitl_tui.queue.protocol import Queue
from hitl_tui.tui import run_review
from hitl_tui.tui.keymap import KeymapError


def take_quiz(
    config: Configuration, address: str, quiz: str, given: str | None, *, plain: bool = False
) -> int:
    """Open the workstation on a quiz and stay until it is done or the reviewer leaves; exit code.

    `plain` is the line-by-line form.
    """
    place = state_dir()
    reviewer = reviewer_at(address, config, given, place)
    sittings: list[SittingQueue] = []
    served = ServedGuideline(config)

    def rules() -> Guideline | None:
        try:
            return parse(served())
        except (OSError, ValueError):
            return None  # the lesson then has no words of the guideline

    def sit(inner: Queue) -> Queue:
        if not isinstance(inner, Sittings):
            raise Stop("{address} keeps no quizzes", address=inner.address)
        table = cast(QuizTable, inner)
        sittings.append(SittingQueue(table, reviewer, quiz, rules))
        return as_queue(sittings[-1])

    def open_queue() -> Queue:
        inner = _desk(address, config, reviewer, plain=plain)
        if is_server(address):
            served.ask(inner)
        try:
            return sit(inner)
        except BaseException:
            inner.close()
            raise

    code = 0
    if plain:
        queue = open_queue()
        try:
            plain_review(queue, config, reviewer, served)
        finally:
            queue.close()
    else:
        try:
            code, lines = run_review(
                open_queue,
                config.settings,
                reviewer,
                (),
                config.settings.queue.batch,
                place=f"{place_of(address)}#quiz:{quiz}",
                state=place,
                documents=documents_of(config)._replace(guideline=served),
            )
        except KeymapError as error:
            raise Stop.saying(error.sentence) from None
        say.say(*lines)
    for sitting in sittings:
        whole = len(sitting.sitting.seats)
        done = whole - sitting.left
        say.say(message("quiz {name}: {done} of {all} answered", name=quiz, done=done, all=whole))
    return code


def _desk(address: str, config: Configuration, reviewer: str, *, plain: bool) -> Queue:
    if is_server(address) and not plain:
        return open_desk(address, reviewer, state_dir())
    return open_at(address, config)
