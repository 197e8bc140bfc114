"""`hitl review`: opens the workstation on the queue."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.documents import ServedGuideline, documents_of
from hitl_tui.cli.options import QueueOption, ReviewerOption, commands
from hitl_tui.cli.session import configuration_of, open_at, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.config.places import state_dir
from hitl_tui.model.clock import parse_duration
from hitl_tui.queue.open import is_server, named, open_desk
from hitl_tui.queue.protocol import Queue
from hitl_tui.tui import run_review
from hitl_tui.tui.keymap import KeymapError

if TYPE_CHECKING:
    from hitl_tui.queue.outbox import OutboxQueue

app = commands()


@app.command()
def review(
    ctx: typer.Context,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    pool: Annotated[
        list[str] | None, typer.Option("--pool", metavar="POOL", help="Only this pool; repeatable.")
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch", metavar="N", min=1, max=500, help="How many cases to lease at once."
        ),
    ] = None,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain", help="Line by line, for screen readers and terminals without a screen."
        ),
    ] = False,
) -> int:
    """Open the workstation: one case after the other, decided by single keys."""
    config = configuration_of(ctx)
    if not plain and not say.on_terminal():
        raise Stop(
            "hitl review needs a terminal; `hitl review --plain` works line by line, `hitl verdict` "
            "decides one case"
        )
    if not plain and os.environ.get("TERM") == "dumb":
        raise Stop(
            "this terminal has no screen (TERM=dumb); `hitl review --plain` works line by line"
        )
    address = config.queue_address(queue)
    name = reviewer_at(address, config, reviewer, state_dir())
    pools = tuple(pool or config.settings.reviewer.pools)
    if plain:
        return _plain(address, config, name, pools)
    return workstation(address, config, name, pools, batch or config.settings.queue.batch)


def _plain(address: str, config: Configuration, reviewer: str, pools: tuple[str, ...]) -> int:
    served = ServedGuideline(config)
    with opened(address, config) as queue:
        if is_server(address):
            served.ask(queue)
        plain_review(queue, config, reviewer, served, pools)
    return 0


def plain_review(
    queue: Queue,
    config: Configuration,
    reviewer: str,
    guideline: Callable[[], str],
    pools: tuple[str, ...] = (),
) -> None:
    """Review an open queue line by line."""
    from hitl_tui.cli.plain import Sitting, review_plain  # noqa: PLC0415  (the screen does without)
    from hitl_tui.tui.handbook import Handbook  # noqa: PLC0415
    from hitl_tui.tui.kinds import Seat  # noqa: PLC0415

    handbook = Handbook(guideline, documents_of(config).constitution)
    lease_s = parse_duration(config.settings.queue.lease).total_seconds()
    seat = Seat(reviewer, handbook.principles)
    sitting = Sitting(queue, config.settings, seat, pools, lease_s, say.ask, handbook.under)
    review_plain(sitting)


def workstation(
    address: str,
    config: Configuration,
    reviewer: str,
    pools: tuple[str, ...],
    batch: int,
    state: Path | None = None,
) -> int:
    """Open the workstation on the queue at `address` and stay until the reviewer leaves; exit code.

    Drafts, and what a server has not confirmed yet, are kept below `state`, by default the user's
    state directory.
    """
    place = state or state_dir()
    desks: list[OutboxQueue] = []
    served = ServedGuideline(config)

    def open_queue() -> Queue:
        if not is_server(address):
            return open_at(address, config)
        desks.append(open_desk(address, reviewer, place))
        served.ask(desks[-1])
        return desks[-1]

    try:
        code, lines = run_review(
            open_queue,
            config.settings,
            reviewer,
            pools,
            batch,
            place=place_of(address),
            state=place,
            documents=documents_of(config)._replace(guideline=served),
        )
    except KeymapError as error:
        raise Stop.saying(error.sentence) from None
    say.say(*lines, *(line for desk in desks for line in desk.farewell))
    return code


def place_of(address: str) -> str:
    """One name for one queue, however its path was written: drafts are kept under it."""
    path = address.removeprefix("sqlite:///")
    return named(path) if "://" in path else str(Path(path).resolve())
