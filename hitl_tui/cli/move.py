"""`hitl queue move`: a whole queue from a file into a database or back, and the proof of it."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.text import message
from hitl_tui.queue.moving import Moved
from hitl_tui.queue.moving import move as carried
from hitl_tui.queue.open import is_server, open_bare
from hitl_tui.queue.stored import StoredQueue


def move(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The queue as it is.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="A new file, or a database without a queue.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Carry a whole queue, trail included, from a file into a database or back, and prove it.

    Stop its servers first. The queue at FROM stays as it is: keep it as a copy, and use TO.
    """
    if is_server(source) or is_server(target):
        raise Stop("a queue is moved between a file and a database: run this where they are")
    with opened(source, configuration_of(ctx)) as queue:
        if not isinstance(queue, StoredQueue):
            raise Stop("a queue is moved between a file and a database: run this where they are")
        moved = _into(queue, target)
        place = queue.address
    if as_json:
        say.emit_json(
            {
                "tables": {name: dataclasses.asdict(it) for name, it in moved.tables.items()},
                "head": moved.audit.chain.head.hex(),
                "entries": moved.audit.chain.entries,
            }
        )
        return
    for name, table in moved.tables.items():
        say.say(
            message(
                "{name}: {rows} rows, sha256 {hash}",
                name=name,
                rows=f"{table.rows:,}",
                hash=table.sha256,
            )
        )
    say.say(
        message(
            "{n} entries, none changed; the queue says what they say",
            n=f"{moved.audit.chain.entries:,}",
        ),
        message("head {hash}", hash=moved.audit.chain.head.hex()),
        message("what {place} holds now is a copy: from here on use the other", place=place),
    )


def _into(source: StoredQueue, target: str) -> Moved:
    with closing(open_bare(target)) as bare:
        return carried(source, bare)
