"""`hitl export`: writes one data set from the queue's cases and verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.trouble import Stop
from hitl_tui.formats.files import FileTrouble, make_directory, write_whole
from hitl_tui.formats.writers import WRITERS
from hitl_tui.model.text import message
from hitl_tui.queue.open import named
from hitl_tui.queue.protocol import Queue, Record

app = commands()


@app.command()
def export(
    ctx: typer.Context,
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help=", ".join(WRITERS))],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")],
    queue: QueueOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the cases and what was decided about them to files in DIR."""
    writer = WRITERS.get(format_)
    if writer is None:
        known = "; ".join(f"{name}: {one.about}" for name, one in WRITERS.items())
        raise Stop("there is no format {name}; there are: {known}", name=format_, known=known)
    if not force and (out / writer.file).exists():
        raise FileTrouble("{path} is there already; --force replaces it", path=out / writer.file)
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    with opened(address, config) as store:
        records = _some(store, address)
        make_directory(out)
        written = write_whole(out, writer.file, writer.lines(records), replace=force)
    if as_json:
        file = {"name": written.name, "rows": written.rows, "sha256": written.sha256}
        say.emit_json({"format": format_, "files": [file]})
        return
    say.say(message("{rows} rows in {path}", rows=f"{written.rows:,}", path=out / written.name))
    say.say(message("sha256 {digest}", digest=written.sha256))


def _some(store: Queue, address: str) -> Iterator[Record]:
    """The queue's records; Stop when there are none."""
    records = store.records()
    first = next(records, None)
    if first is None:
        raise Stop(
            "{queue} holds no cases, so there is nothing to export; `hitl ingest FILE` brings some",
            queue=named(address),
        )
    return _from(first, records)


def _from(first: Record, rest: Iterator[Record]) -> Iterator[Record]:
    yield first
    yield from rest
