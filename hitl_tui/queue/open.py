"""From an address to an open queue: a path, `sqlite:///relative` or `sqlite:////absolute`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from hitl_tui.model.clock import Clock, utc_now
from hitl_tui.queue.protocol import Queue, Unreachable
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.sqlite import SqliteQueue

_SQLITE = "sqlite:///"
_SERVERS = ("http://", "https://", "postgresql://", "postgres://")


def open_queue(
    address: str, *, clock: Clock = utc_now, create: bool = False, rules: Rules | None = None
) -> Queue:
    """The queue at `address`; Unreachable says why it cannot be opened. `create` makes a new file."""
    return SqliteQueue(queue_path(address), clock=clock, create=create, rules=rules)


def queue_path(address: str) -> Path:
    """The file that an address names; Unreachable when it names none."""
    if address.startswith(_SERVERS):
        raise Unreachable(
            "this version of hitl speaks to queue files only, not to {address}: give a path",
            address=address.partition("://")[0] + "://",
        )
    if address.startswith(_SQLITE):
        address = unquote(address.removeprefix(_SQLITE))
    elif address.startswith("sqlite:"):
        raise Unreachable("a queue file is named by its path or sqlite:///path: three slashes")
    if not address or "\0" in address:
        raise Unreachable("a queue needs a name: give a path, such as ./hitl.db")
    return Path(address).absolute()
