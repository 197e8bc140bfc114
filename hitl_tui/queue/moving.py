"""A whole queue from one store into another, trail included, and the proof that it is the same there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hitl_tui.audit.chain import GENESIS
from hitl_tui.audit.facts import Audit
from hitl_tui.queue.database import Database
from hitl_tui.queue.protocol import Taken, Unreachable
from hitl_tui.queue.stored import StoredQueue
from hitl_tui.queue.transaction import Transaction

TABLES: dict[str, tuple[str, str]] = {
    "pools": ("name", "name"),
    "cases": (
        "seq, id, kind, state, priority, due, pool, home, overlap, open_slots, version, output_length,"
        " queued_at, deadline, assigned, producer",
        "seq",
    ),
    "bodies": ("case_seq, body, wishes, route, key, digest", "case_seq"),
    "gold": ("case_seq, body", "case_seq"),
    "leases": ("token, case_seq, reviewer, state, claimed_at, until, reason, note", "token"),
    "resolutions": (
        "id, case_seq, version, decision, output, source, verdicts, resolved_at, revoked_at,"
        " delivered_at",
        "id",
    ),
    "verdicts": (
        "seq, id, case_seq, reviewer, token, decision, counts, late, adopted, accepted_at, undone_at,"
        " state_after, resolution, body",
        "seq",
    ),
    "snoozes": ("case_seq, reviewer, at, until", "{arrival}"),
    "cursors": ("reviewer, pool, priority, due, seq", "pool, reviewer"),
    "rulings": ("case_seq, actor, at, body", "case_seq"),
    "tokens": (
        "seq, id, digest, hint, name, role, pools, created_at, expires_at, revoked_at",
        "seq",
    ),
    "splits": ("case_seq, split", "case_seq"),
    "secrets": ("name, value", "name"),
    "guidelines": ("version, text, actor, at", "{arrival}"),
    "acknowledgements": ("version, reviewer, at", "{arrival}"),
    "quizzes": ("name, body, key, closed_at", "{arrival}"),
    "quiz_items": ("quiz, item, body", "quiz, item"),
    "sittings": ("quiz, reviewer, at, guideline", "quiz, reviewer"),
    "quiz_cases": ("case_seq, quiz, item, reviewer, place, former", "case_seq"),
    "quiz_outcomes": ("seq, quiz, body", "seq"),
    "webhooks": (
        "seq, id, url, secret, old_secret, old_until, owner, private, created_at, ended_at, why",
        "seq",
    ),
    "deliveries": (
        "seq, webhook, message, case_seq, kind, body, created_at, attempts, next_at, done_at, why",
        "seq",
    ),
    "events": ("seq, entry, prev, hash", "seq"),
}
"""Table -> its columns and its order, `{arrival}` for that in which rows came. Tables that others refer to
come first."""
TOGETHER = 2000
"""Rows that are in memory at once."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """A table as both stores have it: how many rows, and the SHA-256 over all of them in order."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What was carried, table by table, and the audit of the queue where it is now."""

    tables: dict[str, Carried]
    audit: Audit


def move(source: StoredQueue, target: StoredQueue) -> Moved:
    """Carry everything into `target`, which must be bare; whoever would write to `source` waits.

    All of it is one transaction of the target. Raises Taken when there is a queue, which stays as it is.
    Raises Unreachable when a table does not read back as it was sent, when the audit finds a fault, or
    when somebody wrote to the source before it was done: then, and whatever else keeps it from being
    done, nothing of it remains and the target is closed and removed.
    """
    if target.position():
        raise _taken()
    filled = False

    def fill(conn: Database) -> tuple[dict[str, Carried], bytes]:
        nonlocal filled
        tables = target.filled_by(lambda tx: _carry(conn, tx))
        filled = True
        return tables, _head(conn)

    try:
        tables, head = source.held(fill)
        return Moved(tables, _proven(source, target, head))
    except BaseException:
        target.discard(filled=filled)
        raise


def _proven(source: StoredQueue, target: StoredQueue, head: bytes) -> Audit:
    audit = target.verify(head)
    if audit.chain.fault is not None or audit.differences:
        raise Unreachable(
            "the queue was carried to {path}, but its trail does not fit its tables: run "
            "`hitl audit verify` on {source}",
            path=target.address,
            source=source.address,
        )
    # Those who waited come before this look: the lock of a queue is given in turn.
    if source.head() != head:
        raise Unreachable(
            "{path} was written to while it was carried over: it has everything; stop its servers and "
            "whoever works on it, then move it again",
            path=source.address,
        )
    return audit


def _taken() -> Taken:
    return Taken("there is a queue already: name a place where there is none")


def _head(conn: Database) -> bytes:
    row = conn.execute("SELECT hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return GENESIS if row is None else bytes(row[0])


def _carry(source: Database, tx: Transaction) -> dict[str, Carried]:
    if tx.seq:
        raise _taken()
    # Its own: the one that comes along is the one under which people have been named.
    tx.conn.execute("DELETE FROM secrets")
    carried = {}
    for name, (columns, order) in TABLES.items():
        select = f"SELECT {columns} FROM {name} ORDER BY {order}"  # noqa: S608  (names of our own)
        query = select.format(arrival=tx.conn.dialect.arrival)
        digest = _Digest()
        for some in _together(source.execute(select.format(arrival=source.dialect.arrival))):
            tx.conn.fill(name, columns, map(digest.noting, some))
        again = _Digest()
        for some in _together(tx.conn.stream(query)):
            for row in some:
                again.noting(row)
        if digest.carried() != again.carried():
            raise Unreachable("the table {name} did not read back as it was sent", name=name)
        carried[name] = digest.carried()
    tx.conn.filled()
    return carried


class _Digest:
    def __init__(self) -> None:
        self._rows = 0
        self._hash = hashlib.sha256()

    def noting(self, row: Row) -> Row:
        """The row itself, once it is noted."""
        self._rows += 1
        self._hash.update(repr(row).encode("utf-8", "surrogatepass"))
        return row

    def carried(self) -> Carried:
        return Carried(self._rows, self._hash.hexdigest())


def _together(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == TOGETHER:
            yield some
            some = []
    if some:
        yield some
