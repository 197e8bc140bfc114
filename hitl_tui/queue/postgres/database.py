"""A connection to PostgreSQL as a queue's changes use it: statements wait until a result is asked for.

What waits is sent together with the statement whose rows are read, in one round trip to the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from hitl_tui.queue.database import Dialect, Values
from hitl_tui.queue.postgres.dialect import FILLED, POSTGRES

_AT_ONCE = 8
"""Rows up to which single inserts are sooner done than a COPY."""
_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_ROWS_AT_A_TIME = 2000

Psycopg = psycopg.Connection[tuple[Any, ...]]


@cache
def marked(statement: str) -> str:
    """A statement with its values marked as psycopg has them; none of ours holds a percent sign."""
    return _NAMED.sub(r"%(\1)s", statement).replace("?", "%s")


class PostgresDatabase:
    """The writing side: a transaction under way on one connection."""

    def __init__(self, conn: Psycopg) -> None:
        self._conn = conn
        self._waiting: list[_Later] = []
        self._mark: _Later | None = None

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    @property
    def in_transaction(self) -> bool:
        open_ = (TransactionStatus.INTRANS, TransactionStatus.INERROR)
        return not self._conn.closed and self._conn.info.transaction_status in open_

    def execute(self, statement: str, values: Values = (), /) -> _Later:
        """Let a statement wait; asking for its rows sends it."""
        later = _Later(self, marked(statement), values)
        self._waiting.append(later)
        return later

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        some = list(rows)
        if len(some) > _AT_ONCE:
            self.flush()
            with self._conn.cursor() as cursor, cursor.copy(_copy(table, columns)) as copy:
                for row in some:
                    copy.write_row(row)
            return
        for row in some:
            self.execute(_insert(table, columns), row)

    def patient(self) -> None:
        self.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        self.flush()

    def stream(self, statement: str) -> Any:
        self.flush()
        cursor = psycopg.ServerCursor(self._conn, "moving")
        cursor.itersize = _ROWS_AT_A_TIME
        return _closing(cursor, cursor.execute(marked(statement), (), binary=True))

    def filled(self) -> None:
        for statement in FILLED:
            self.execute(statement)
        self.flush()

    def mark(self) -> None:
        self._mark = self.execute("SAVEPOINT attempt")

    def keep(self) -> None:
        self.execute("RELEASE SAVEPOINT attempt")
        self.flush()

    def back(self) -> None:
        if self._mark in self._waiting:
            # Nothing of the part was sent.
            del self._waiting[self._waiting.index(self._mark) :]
            return
        self._waiting.clear()
        self.execute("ROLLBACK TO SAVEPOINT attempt")
        self.keep()

    def flush(self) -> None:
        """Send everything that waits and have its results."""
        waiting, self._waiting = self._waiting, []
        if len(waiting) == 1:
            waiting[0].send(self._conn)
        elif waiting:
            with self._conn.pipeline():
                for later in waiting:
                    later.send(self._conn)


class _Later:
    """The rows of a statement that may not have been sent yet."""

    def __init__(self, database: PostgresDatabase, statement: str, values: Values) -> None:
        self._database = database
        self._statement = statement
        self._values = values
        self._cursor: psycopg.Cursor[tuple[Any, ...]] | None = None

    def send(self, conn: Psycopg) -> None:
        self._cursor = conn.execute(self._statement, self._values, binary=True)

    @property
    def rowcount(self) -> int:
        return self._rows().rowcount

    def fetchone(self) -> Any:
        return self._rows().fetchone()

    def fetchall(self) -> list[Any]:
        return self._rows().fetchall()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows())

    def _rows(self) -> psycopg.Cursor[tuple[Any, ...]]:
        if self._cursor is None:
            self._database.flush()
        assert self._cursor is not None
        return self._cursor


class ReadingDatabase:
    """The reading side. `streams`: rows come from the server as they are read, in a transaction."""

    def __init__(self, conn: Psycopg, *, streams: bool) -> None:
        self._conn = conn
        self._streams = streams
        self._count = 0

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    @property
    def in_transaction(self) -> bool:
        return self._conn.info.transaction_status != TransactionStatus.IDLE

    def execute(self, statement: str, values: Values = (), /) -> Any:
        """Carry out a statement that reads."""
        if not self._streams:
            return self._conn.execute(marked(statement), values, binary=True)
        self._count += 1
        cursor = psycopg.ServerCursor(self._conn, f"stream{self._count}")
        cursor.itersize = _ROWS_AT_A_TIME
        return cursor.execute(marked(statement), values, binary=True)

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        raise AssertionError("a snapshot is read")

    def stream(self, statement: str) -> Any:
        return self.execute(statement)

    def mark(self) -> None:
        raise AssertionError("a snapshot is read")

    keep = back = filled = patient = mark


def _closing(cursor: Any, rows: Any) -> Iterator[Any]:
    with cursor:
        yield from rows


@cache
def _insert(table: str, columns: str) -> str:
    marks = ", ".join("?" * (columns.count(",") + 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  (names of our own)


@cache
def _copy(table: str, columns: str) -> bytes:
    return f"COPY {table} ({columns}) FROM STDIN".encode()
