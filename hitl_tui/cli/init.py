"""`hitl init`: writes a configuration, a guideline, a constitution and an empty queue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import commands
from hitl_tui.cli.session import open_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.config.places import CONFIG_NAME, shipped
from hitl_tui.config.settings import Settings
from hitl_tui.formats.files import make_directory, write_whole
from hitl_tui.model.text import message

app = commands()
GUIDELINE, CONSTITUTION = "guideline.md", "constitution.md"
DOCUMENTS = (CONFIG_NAME, GUIDELINE, CONSTITUTION)
QUEUE = "hitl.db"


@app.command()
def init(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to start; the working directory.")
    ] = Path(),
) -> None:
    """Write hitl.toml, a guideline, a constitution and an empty queue to DIR."""
    there = [name for name in (*DOCUMENTS, QUEUE) if (directory / name).exists()]
    if there:
        raise Stop(
            "{names} is there already in {directory}; nothing was written",
            names=", ".join(there),
            directory=directory.absolute(),
        )
    make_directory(directory)
    for name in DOCUMENTS:
        write_whole(directory, name, [shipped(name).read_bytes()])
    open_at(str(directory / QUEUE), Configuration(Settings(), None), create=True).close()
    say.say(
        message("{path}: the configuration, every value explained", path=directory / CONFIG_NAME),
        message(
            "{path}: how to judge; change it to your house's rules", path=directory / GUIDELINE
        ),
        message(
            "{path}: the principles that critiques cite; write your own",
            path=directory / CONSTITUTION,
        ),
        message("{path}: the empty queue", path=directory / QUEUE),
        message("Next: `hitl ingest FILE`, then `hitl review`."),
    )
