"""What goes wrong with a database, said in a sentence that helps; no psycopg error leaves the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.queue.protocol import Invalid, NoQueue, StoreBusy, StoreFull, Unreachable
from hitl_tui.queue.refusals import Damaged

_AGAIN = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
_GONE = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)
_REASON = 200


class Lost(Unreachable):
    """The connection was lost, or the server is not taking changes: the same may work in a moment."""


class Again(StoreBusy):
    """Another session was in the way: nothing was done, the same works at the next try."""


def shown(url: str) -> Shown:
    """A database as it may be shown: without the password."""
    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return Shown("postgresql://")
    place = ":".join(filter(None, (parts.get("host"), str(parts.get("port", "")))))
    user = f"{parts['user']}@" if "user" in parts else ""
    return reveal_line(f"postgresql://{user}{place}/{parts.get('dbname', '')}")


def checked(url: str) -> str:
    """The connection string of a URL, with limits on how long a dead server is waited for."""
    limits: dict[str, Any] = {
        "connect_timeout": 3,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "application_name": "hitl",
        "client_encoding": "utf8",
    }
    try:
        parts = conninfo_to_dict(url)
        if "," in str(parts.get("host", "")):
            limits["target_session_attrs"] = "read-write"
        return make_conninfo(**{**limits, **parts})
    except psycopg.ProgrammingError:
        raise Unreachable(
            "this is no address of a database: write postgresql://user@host:5432/name"
        ) from None


class PartFailed(StoreBusy):
    """A part of a change has to be undone, and no savepoint was set before it."""


@contextmanager
def translated(place: Shown) -> Iterator[None]:
    """Turn whatever PostgreSQL raises in the block into a QueueError."""
    try:
        yield
    except psycopg.Error as error:
        raise refusal(place, error) from None
    except UnicodeEncodeError:
        raise Invalid("half of a surrogate pair is not text: it cannot be stored") from None
    except Damaged:
        raise Unreachable(
            "{path} is damaged: stop writing to it and restore a copy", path=place
        ) from None


def refusal(place: Shown, error: psycopg.Error) -> Unreachable | Invalid:
    """The sentence for an error of the database."""
    if isinstance(error, _AGAIN):
        return Again("{path} is busy: try again", path=place)
    if isinstance(error, errors.LockNotAvailable):
        return StoreBusy("{path} is held by another program: try again", path=place)
    if isinstance(error, errors.DiskFull):
        return StoreFull(
            "the disk of {path} is full: nothing was written; make room and try again", path=place
        )
    if isinstance(error, errors.ProgramLimitExceeded):
        return Invalid("a name is too long for the database of this queue")
    if isinstance(error, errors.InsufficientPrivilege):
        return Unreachable(
            "{path}: this user may not do that; give it the rights on the schema hitl", path=place
        )
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return _no_queue(place)
    if isinstance(error, errors.IntegrityError | errors.RaiseException):
        return Unreachable(
            "{path} was changed by another program, the queue contradicts itself: see "
            "`hitl audit verify`",
            path=place,
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return Lost(
            "{path} can only be read: it is a standby, or set so; name the one that takes changes",
            path=place,
        )
    if isinstance(error, (*_GONE, psycopg.OperationalError, psycopg.InterfaceError)):
        reason = str(error).strip().splitlines()[:1] or ["no answer"]
        return Lost(
            "{path} cannot be reached ({reason}): check that PostgreSQL runs and the address is right",
            path=place,
            reason=reason[0].removeprefix("connection failed: ")[:_REASON],
        )
    return Unreachable(
        "{path} could not be used ({code}): see the log of PostgreSQL",
        path=place,
        code=error.sqlstate or type(error).__name__,
    )


def _no_queue(place: Shown) -> NoQueue:
    return NoQueue(
        "there is no queue in {path}: `hitl ingest` or `hitl serve` makes one", path=place
    )


def check_encoding(place: Shown, encoding: str | None) -> None:
    """Refuse a database that cannot keep every text."""
    if encoding != "UTF8":
        raise Unreachable(
            "{path} keeps text as {encoding}: make one with UTF8, as in `createdb -E UTF8 hitl`",
            path=place,
            encoding=encoding,
        )


def check_version(place: Shown, version: int, known: int, *, create: bool) -> None:
    """Refuse a database without a queue, unless one may be made, and one of a newer hitl."""
    if version == 0 and not create:
        raise _no_queue(place)
    if version > known:
        raise Unreachable(
            "{path} was written by a newer hitl (schema {found}, this one knows {known}): upgrade "
            "hitl",
            path=place,
            found=version,
            known=known,
        )
