"""A connection to PostgreSQL as a queue's changes use it: statements wait until a result is asked for.

What waits is sent together with the statement whose rows are read, in one round trip to the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import takewhile
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from hitl_tui.queue.database import Dialect, Values
from hitl_tui.queue.postgres.dialect import FILLED, POSTGRES
from hitl_tui.queue.postgres.errors import PartFailed
from hitl_tui.queue.postgres.line import Answer, Line, Psycopg

_AT_ONCE = 8
"""Rows up to which single inserts are sooner done than a COPY."""
_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_ROWS_AT_A_TIME = 2000


@cache
def marked(statement: str) -> str:
    """A statement with its values marked as psycopg has them; none of ours holds a percent sign."""
    return _NAMED.sub(r"%(\1)s", statement).replace("?", "%s")


class PostgresDatabase:
    """The writing side: a transaction on one connection, begun when the first rows are wanted.

    What is asked for before that goes out with the statements that begin it, so it is there as soon as
    the lock is. Then `begun` is called, which sees to what time has brought; when it changed something,
    what was asked for is asked again.
    """

    def __init__(
        self, line: Line, begin: Sequence[str], begun: Callable[[Any], bool], *, parts: bool
    ) -> None:
        """`begun` gets the row that the last statement of `begin` gives, and says whether it changed
        anything. With `parts` there is a savepoint before each part of the change.

        Without, a part that fails after it wrote something raises PartFailed: nearly none does, and
        two savepoints for each cost more than to do it all again then.
        """
        self._line = line
        self._conn = line.conn
        self._waiting: list[_Later] = []
        self._parts = parts
        self._mark: _Later | None = None
        self._marked = False
        self._written = 0
        self._written_before = 0
        self._afterwards: list[_Later] = []
        self._begin = [_Later(self, statement) for statement in begin]
        self._begun = begun

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    @property
    def in_transaction(self) -> bool:
        open_ = (TransactionStatus.INTRANS, TransactionStatus.INERROR)
        return not self._conn.closed and self._line.status in open_

    @property
    def concerned(self) -> bool:
        """Whether the change wanted anything of the database."""
        return not self._begin or self._written > 0

    @property
    def in_parts(self) -> bool:
        """Whether the change has parts."""
        return self._marked

    def begin(self) -> None:
        if self._begin:
            self.flush()

    def ask(self, statement: str, values: Values = (), /) -> _Later:
        return self._later(statement, values, repeatable=True)

    def execute(self, statement: str, values: Values = (), /) -> _Later:
        """Let a statement wait; asking for its rows sends it."""
        self._written += not _reads(statement)
        return self._later(statement, values)

    def afterwards(self, statement: str, values: Values = (), /) -> _Later:
        later = self._later(statement, values, repeatable=True)
        self._afterwards.append(later)
        return later

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        some = list(rows)
        if len(some) > _AT_ONCE:
            self.flush()
            self._written += 1
            with self._conn.cursor() as cursor, cursor.copy(_copy(table, columns)) as copy:
                for row in some:
                    copy.write_row(row)
            return
        for row in some:
            self.execute(_insert(table, columns), row)

    def patient(self) -> None:
        self.begin()
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
        self._marked = True
        self._written_before = self._written
        if self._parts:
            self._mark = self.execute("SAVEPOINT attempt")

    def keep(self) -> None:
        if not self._parts:
            return
        sent = not self._waiting
        self.execute("RELEASE SAVEPOINT attempt")
        # What can still fail has to fail now, not in the part that follows.
        if not sent:
            self.flush()

    def back(self) -> None:
        if not self._parts:
            failed = self._line.status == TransactionStatus.INERROR
            if failed or self._written > self._written_before:
                raise PartFailed(
                    "a part of the change has to be undone: it is tried again in parts"
                )
            return
        if self._mark in self._waiting:
            # Nothing of the part was sent.
            del self._waiting[self._waiting.index(self._mark) :]
            return
        self._waiting.clear()
        self.execute("ROLLBACK TO SAVEPOINT attempt")
        self.execute("RELEASE SAVEPOINT attempt")
        self.flush()

    def flush(self) -> None:
        """Send everything that waits and have its results."""
        waiting, self._waiting = self._waiting, []
        if self._begin:
            begin, self._begin = self._begin, []
            asked = list(takewhile(lambda later: later.repeatable, waiting))
            self._send(begin + asked)
            if self._begun(begin[-1].fetchone()):
                self.flush()
                self._send(asked)
            waiting = waiting[len(asked) :]
        self._send(waiting)

    def answer_from(self, other: PostgresDatabase) -> None:
        """Take the rows that were for afterwards and got lost with the connection from another one."""
        lost = [later for later in self._afterwards if later.answer is None]
        again = [other.ask(later.statement, later.values) for later in lost]
        other.flush()
        for later, found in zip(lost, again, strict=True):
            later.answer = found.answer

    def _later(self, statement: str, values: Values, *, repeatable: bool = False) -> _Later:
        later = _Later(self, statement, values, repeatable=repeatable)
        self._waiting.append(later)
        return later

    def _send(self, some: Sequence[_Later]) -> None:
        if some:
            answers = self._line.send([(later.statement, later.values) for later in some])
            for later, answer in zip(some, answers, strict=True):
                later.answer = answer


class _Later:
    """The rows of a statement that may not have been sent yet; `repeatable`: it only reads."""

    def __init__(
        self,
        database: PostgresDatabase,
        statement: str,
        values: Values = (),
        *,
        repeatable: bool = False,
    ) -> None:
        self.statement = statement
        self.values = values
        self.repeatable = repeatable
        self.answer: Answer | None = None
        self._database = database
        self._read = 0

    @property
    def rowcount(self) -> int:
        return self._answered().touched

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchall(self) -> list[Any]:
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        rows = self._answered().rows
        if self._read == len(rows):
            raise StopIteration
        self._read += 1
        return rows[self._read - 1]

    def _answered(self) -> Answer:
        if self.answer is None:
            self._database.flush()
        assert self.answer is not None
        return self.answer


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

    ask = afterwards = execute

    def begin(self) -> None:
        raise AssertionError("a snapshot is read")

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        raise AssertionError("a snapshot is read")

    def stream(self, statement: str) -> Any:
        return self.execute(statement)

    def mark(self) -> None:
        raise AssertionError("a snapshot is read")

    keep = back = filled = patient = mark


@cache
def _reads(statement: str) -> bool:
    return statement.lstrip().startswith("SELECT")


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
