"""From an address to an open queue: a path, `sqlite:///...`, `https://...`, `postgresql://...`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from hitl_tui.model.clock import Clock, utc_now
from hitl_tui.queue.protocol import Forbidden, NotOffered, Queue, Taken, Unreachable
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.store import is_bare
from hitl_tui.queue.stored import StoredQueue

if TYPE_CHECKING:
    from hitl_tui.queue.outbox import OutboxQueue
    from hitl_tui.queue.wire import Wire

_SQLITE = "sqlite:///"
_SERVERS = ("http://", "https://")
_DATABASES = ("postgresql://", "postgres://")


def open_queue(
    address: str, *, clock: Clock = utc_now, create: bool = False, rules: Rules | None = None
) -> Queue:
    """The queue at `address`; QueueError says why it cannot be opened. `create` makes a new file.

    Behind a server `clock` and `rules` are the server's own.
    """
    if is_server(address):
        from hitl_tui.queue.http import HttpQueue  # noqa: PLC0415  (httpx: only where it is used)

        return HttpQueue(_wire(address))
    if is_database(address):
        # A database that many machines share has one clock for all of them: its own.
        own = None if clock is utc_now else clock
        return _database(address, own, create=create, rules=rules)
    return SqliteQueue(queue_path(address), clock=clock, create=create, rules=rules)


def is_database(address: str) -> bool:
    """Whether the address is that of a PostgreSQL database."""
    return address.lower().startswith(_DATABASES)


def named(address: str) -> str:
    """An address under which something may be kept or shown: a database's without its password."""
    if not is_database(address):
        return address
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    return f"postgresql://{user.partition(':')[0]}{at}{host}{parts.path}"


def open_bare(address: str) -> StoredQueue:
    """A new queue at `address`, without the first entry of its trail: another is to be moved into it.

    What a move that was cut off has left there is one. Raises QueueError; Taken when there is something
    else already, for a database only once it is filled.
    """
    if is_database(address):
        return _database(address, None, create=True, rules=None, bare=True)
    path = queue_path(address)
    if path.exists() and not is_bare(path):
        raise Taken("{path} is there already: name a file that is not", path=path)
    return SqliteQueue(path, clock=utc_now, create=True, bare=True)


def is_server(address: str) -> bool:
    """Whether a server is behind the address, and so a token's name counts and not a claimed one."""
    return address.lower().startswith(_SERVERS)


def open_desk(address: str, reviewer: str, state: Path, *, clock: Clock = utc_now) -> OutboxQueue:
    """The queue behind a server for a workstation: what is decided waits below `state` if it must."""
    from hitl_tui.queue.letters import Letters, outbox_path  # noqa: PLC0415
    from hitl_tui.queue.outbox import OutboxQueue  # noqa: PLC0415

    wire = _wire(address)
    return OutboxQueue(wire, Letters(outbox_path(state, wire.url), reviewer, clock), clock=clock)


def name_at(address: str, state: Path | None = None, *, clock: Clock = utc_now) -> str:
    """Whom the token for a server stands for; with `state` also when the server is out of reach.

    Raises QueueError when there is no token, or when nobody can say whose it is.
    """
    from hitl_tui.queue.http import HttpQueue  # noqa: PLC0415
    from hitl_tui.queue.letters import name_behind, outbox_path  # noqa: PLC0415

    wire = _wire(address)
    queue = HttpQueue(wire)
    try:
        if state is None:
            return queue.name
        path = outbox_path(state, wire.url)
        return name_behind(path, _token(wire.url), lambda: queue.name, clock)
    finally:
        queue.close()


def _database(
    address: str,
    clock: Clock | None,
    *,
    create: bool,
    rules: Rules | None,
    bare: bool = False,
) -> StoredQueue:
    try:
        from hitl_tui.queue.postgres.queue import PostgresQueue  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        raise NotOffered(
            "a queue in PostgreSQL needs {module}: `pip install 'hitl-tui[postgres]'`",
            module=error.name,
        ) from None
    except ImportError:
        raise NotOffered(
            "psycopg does not find its library: `pip install 'hitl-tui[postgres]'` brings one"
        ) from None
    return PostgresQueue(address, clock=clock, create=create, rules=rules, bare=bare)


def _wire(address: str) -> Wire:
    from hitl_tui.queue.wire import Wire, checked  # noqa: PLC0415

    url = checked(address)
    return Wire(url, _token(url))


def _token(address: str) -> str:
    from hitl_tui.config.credentials import token_for  # noqa: PLC0415  (a file needs none)

    token = token_for(address)
    if token is None:
        raise Forbidden(
            "there is no token for {url}: `hitl login {url}` keeps one, or set HITL_TOKEN",
            url=address,
        )
    return token


def queue_path(address: str) -> Path:
    """The file that an address names; Unreachable when it names none."""
    if is_server(address) or is_database(address):
        raise Unreachable(
            "this takes the file of a queue, not {address}: give a path",
            address=address.partition("://")[0] + "://",
        )
    if address.startswith(_SQLITE):
        address = unquote(address.removeprefix(_SQLITE))
    elif address.startswith("sqlite:"):
        raise Unreachable("a queue file is named by its path or sqlite:///path: three slashes")
    elif "://" in address:
        raise Unreachable(
            "{scheme}:// leads to no queue: give a path, sqlite:///path, https://... or postgresql://...",
            scheme=address.partition("://")[0],
        )
    if not address or "\0" in address:
        raise Unreachable("a queue needs a name: give a path, such as ./hitl.db")
    return Path(address).absolute()
