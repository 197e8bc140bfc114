"""`hitl demo`: the workstation on the sample cases, in a queue that is thrown away."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn, cast

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import ReviewerOption, commands
from hitl_tui.cli.review import workstation
from hitl_tui.cli.routes import router
from hitl_tui.cli.session import configuration_of, open_at, reviewer_of
from hitl_tui.cli.sheet import sheet
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.config.places import shipped
from hitl_tui.formats.readers import Reject, read_cases
from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.model.text import message
from hitl_tui.queue.protocol import Queue

app = commands()


@app.command()
def demo(ctx: typer.Context, reviewer: ReviewerOption = None) -> int:
    """Open the workstation on sample cases; without a terminal print the first one."""
    config = configuration_of(ctx)
    name = reviewer_of(config, reviewer)
    with _throw_away() as directory:
        address = str(directory / "demo.db")
        queue = open_at(address, config, create=True)
        try:
            route = router(config.settings, utc_now)
            queue.admit([(submission, route(submission)) for submission in samples()])
            if not say.on_terminal():
                _print_first(queue, name, config)
                return 0
        finally:
            queue.close()
        return workstation(address, config, name, (), config.settings.queue.batch, state=directory)


@contextmanager
def _throw_away() -> Iterator[Path]:
    """A directory that is removed at the end, also when the terminal is closed meanwhile."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        with tempfile.TemporaryDirectory(prefix="hitl-demo-") as directory:
            yield Path(directory)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def samples() -> list[Submission]:
    """The sample cases, file by file in the order of their names."""
    place = shipped("sample_data")
    if not place.is_dir():
        raise Stop("the sample cases are not installed; `hitl ingest FILE` reads your own")
    files = [file for file in place.iterdir() if file.name.endswith(".jsonl")]
    return [one for file in sorted(files, key=lambda file: file.name) for one in _read(file)]


def _read(file: Traversable) -> list[Submission]:
    submissions = []
    with file.open("rb") as stream:
        for line in read_cases(cast(BinaryIO, stream), "native"):
            if isinstance(line, Reject):
                raise Stop(
                    "the sample cases are damaged ({file}); install hitl again", file=file.name
                )
            submissions.append(line.read.submission)
    return submissions


def _print_first(queue: Queue, reviewer: str, config: Configuration) -> None:
    for claim in queue.claim(reviewer):
        say.say(*sheet(claim.case, say.width(), budget=config.settings.review.mark_budget))
    say.say(
        message(""),
        message(
            "This is the first of the sample cases. On a terminal, `hitl demo` opens the workstation."
        ),
        message("For your own: `hitl init`, `hitl ingest FILE`, `hitl review`."),
    )
