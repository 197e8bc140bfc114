"""The options that several commands share, and what `hitl` itself was told before the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


class Session:
    """The options that stand before the command: `--config`, `--debug`."""

    def __init__(self) -> None:
        self.config: Path | None = None
        self.debug = False


QueueOption = Annotated[
    str | None,
    typer.Option(
        "--queue",
        envvar="HITL_QUEUE",
        metavar="QUEUE",
        help="A path or sqlite:///path of the queue, https://... of its server, or postgresql://...",
    ),
]
ReviewerOption = Annotated[
    str | None,
    typer.Option("--reviewer", envvar="HITL_REVIEWER", metavar="NAME", help="Who decides."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON with stable names.")]


def commands(about: str | None = None) -> typer.Typer:
    """An empty set of commands that leaves drawing and errors to us."""
    return typer.Typer(
        help=about,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
