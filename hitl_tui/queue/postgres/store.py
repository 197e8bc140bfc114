"""The open database: connections, one change at a time, and what is done when a connection is lost.

A change holds an advisory lock (or the row of `head`) from its first statement to its commit, so the
trail is one chain and nobody decides on what another is about to change. When a connection is lost before
the commit, nothing was done, and the change is tried again on a new one. When it is lost during the
commit, the trail says whether the change is there: its last entry is looked up under the same lock, which
the lost session cannot hold any more once it is ours. So every change happens once, whatever the network
does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import psycopg
from psycopg_pool import ConnectionPool

from hitl_tui.model.clock import Clock, from_micros, to_micros, utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.model.text import Shown
from hitl_tui.queue.database import Database
from hitl_tui.queue.postgres import dialect as sql
from hitl_tui.queue.postgres import errors, text
from hitl_tui.queue.postgres.database import PostgresDatabase, ReadingDatabase
from hitl_tui.queue.postgres.line import Line, Psycopg
from hitl_tui.queue.postgres.listen import Listener
from hitl_tui.queue.postgres.migrate import migrate, newest, version
from hitl_tui.queue.protocol import Unreachable
from hitl_tui.queue.transaction import Start, Transaction

T = TypeVar("T")
NEVER = 2**63 - 1
# What the pool has to say of a lost connection, the error says too; nobody else asked for it.
logging.getLogger("psycopg").addHandler(logging.NullHandler())
PAUSE_S = 0.1
CONNECTIONS = 8
"""Those of one program that read: long streams, and quick reads beside them."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What the engine behind the address offers: PostgreSQL all, its relatives not always.

    Without `notify` other programs' changes are noticed by looking, as a file's are; without
    `advisory` locks rows and tables are locked instead; without `planner` it is not told how to plan.
    All programs over one database have to see it alike.
    """

    notify: bool = True
    advisory: bool = True
    planner: bool = True


def engine_of(version: str) -> Engine:
    """The engine that says this of itself: the answer to `SELECT version()`."""
    if "CockroachDB" in version:
        return Engine(notify=False, advisory=False, planner=False)
    if "-YB-" in version:
        return Engine(notify=False, advisory=False)
    return Engine()


class PostgresStore:
    """The connections to one database. Threads take one each."""

    def __init__(
        self,
        url: str,
        clock: Clock | None,
        *,
        create: bool,
        wait_s: float,
        engine: Engine | None,
        bare: bool = False,
    ) -> None:
        """Connect, make or migrate the tables when needed; Unreachable says why not.

        Without a `clock` the database's own counts. A `bare` queue is made without the first entry of
        its trail: another is to be moved into it.
        """
        self.address: Shown = errors.shown(url)
        self.name = new_id()
        self.engine = engine or Engine()
        self.conninfo = errors.checked(url)
        self._clock = clock
        self._bare = bare
        self._wait_s = wait_s
        self._ahead = timedelta()
        self._turn = threading.RLock()
        self._writer: Line | None = None
        self._mutex = threading.Lock()
        self._readers: ConnectionPool[Psycopg] | None = None
        self._closed = False
        with self.translated():
            line = Line(self._connected())
            try:
                if engine is None:
                    row = line.conn.execute("SELECT version()").fetchone()
                    self.engine = engine_of(str(row))
                self._prepare(line, create)
                self._for_writing(line.conn)
            except BaseException:
                line.close()
                raise
            self._writer = line

    def now(self) -> datetime:
        return utc_now() + self._ahead if self._clock is None else self._clock()

    def change(
        self, work: Callable[[Transaction], T], first: Callable[[Transaction], object] | None = None
    ) -> T:
        """As the protocol says; tried again for `wait_s` when the connection is lost."""
        begin = first or _nothing
        try:
            return self._insisted(lambda: self._change(work, begin, parts=False))
        except errors.PartFailed:
            return self._insisted(lambda: self._change(work, begin, parts=True))

    def look(self, read: Callable[[Database], T]) -> T:
        def reading(conn: Psycopg) -> T:
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = read(ReadingDatabase(conn, streams=False))
            conn.execute("COMMIT")
            return found

        return self._insisted(lambda: self._read(reading))

    def glance(self, read: Callable[[Database], T]) -> T:
        return self._insisted(
            lambda: self._read(lambda conn: read(ReadingDatabase(conn, streams=False)))
        )

    @contextmanager
    def streaming(self) -> Iterator[Database]:
        with self.translated(), self._pool().connection() as conn:
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield ReadingDatabase(conn, streams=True)
            conn.execute("ROLLBACK")

    def watch(self, news: Callable[[], None]) -> Callable[[], None]:
        if not self.engine.notify:
            return lambda: None
        return Listener(self.conninfo, self.name, news).close

    def discard(self, *, filled: bool) -> None:
        try:
            with self.translated(), self._writing() as line:
                database, transaction = self._opened(line, _nothing, self._locking)
                if filled or not transaction.seq:
                    database.execute("DROP SCHEMA hitl CASCADE")
                    database.execute("COMMIT")
                    database.flush()
        finally:
            self.close()

    def translated(self) -> AbstractContextManager[None]:
        return errors.translated(self.address)

    def close(self) -> None:
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            readers, self._readers = self._readers, None
        if readers is not None:
            readers.close()
        with self._turn:
            self._hang_up()

    def _change(
        self,
        work: Callable[[Transaction], T],
        first: Callable[[Transaction], object],
        *,
        parts: bool,
    ) -> T:
        with self._writing() as line:
            database, transaction = self._opened(line, first, self._locking, parts=parts)
            result = work(transaction)
            if not database.concerned:
                return result
            try:
                self._write_events(database, transaction)
                # Sent together: what is refused keeps the commit from being carried out.
                database.execute("COMMIT")
                database.flush()
            except psycopg.Error as error:
                if database.in_parts and not parts and not line.conn.closed:
                    # One of them was refused, and nobody knows which.
                    raise errors.PartFailed("the change is tried again in parts") from error
                lost = isinstance(error, psycopg.OperationalError)
                if not (lost and transaction.entries and self._happened(transaction, database)):
                    raise
            return result

    def _opened(
        self,
        line: Line,
        first: Callable[[Transaction], object],
        begin: Sequence[str],
        *,
        parts: bool = True,
    ) -> tuple[PostgresDatabase, Transaction]:
        """A transaction that begins, and does `first`, as soon as anything is wanted of it."""

        def begun(row: tuple[int, bytes, int, int | None]) -> bool:
            transaction.start = self._start(*row)
            first(transaction)
            transaction.noticed = len(transaction.entries)
            return bool(transaction.entries)

        database = PostgresDatabase(line, begin, begun, parts=parts)
        transaction = Transaction(database)
        return database, transaction

    def _start(self, seq: int, head: bytes, at: int, next_moment: int | None) -> Start:
        self._ahead = from_micros(at) - utc_now()
        now = from_micros(at) if self._clock is None else self._clock()
        quiet_until = NEVER if next_moment is None else next_moment
        return Start(now, to_micros(now), seq, head, quiet_until)

    @property
    def _locking(self) -> Sequence[str]:
        # Those who wait for the advisory lock stand in a line; for a row they would each try anew.
        lock = sql.ADVISORY if self.engine.advisory else sql.LOCK_HEAD
        return (sql.BEGIN, lock, sql.BEGUN)

    def _happened(self, transaction: Transaction, database: PostgresDatabase) -> bool:
        """Whether a change is in the trail, now that its session has ended one way or the other.

        If it is, its `database` gets the rows that were to come with the commit.
        """

        def found() -> bool:
            with self._writing() as line:
                again, _ = self._opened(line, _nothing, self._locking)
                ours = (transaction.seq, transaction.head)
                if again.ask(sql.OUR_ENTRY, ours).fetchone() is None:
                    return False
                database.answer_from(again)
                return True

        self._hang_up()
        return self._insisted(found)

    def _insisted(self, attempt: Callable[[], T]) -> T:
        ends = time.monotonic() + self._wait_s
        while True:
            self._check_open()
            try:
                with self.translated():
                    return attempt()
            except (errors.Again, errors.Lost):
                if time.monotonic() >= ends:
                    raise
            time.sleep(PAUSE_S)

    def _connected(self) -> Psycopg:
        # What is prepared here is the line's: psycopg would drop all of it when a change is undone.
        return psycopg.connect(self.conninfo, autocommit=True, prepare_threshold=None)

    @contextmanager
    def _writing(self) -> Iterator[Line]:
        """The one connection that writes; rolled back unless it was committed."""
        with self._turn:
            if self._writer is None:
                fresh = Line(self._connected())
                self._for_writing(fresh.conn)
                self._writer = fresh
            line = self._writer
            try:
                yield line
            except BaseException:
                try:
                    line.roll_back()
                except psycopg.Error:
                    self._hang_up()
                raise
            if not line.conn.closed:
                line.roll_back()

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _read(self, look: Callable[[Psycopg], T]) -> T:
        pool = self._pool()
        try:
            with pool.connection() as conn:
                return look(conn)
        except psycopg.OperationalError:
            # A pool whose server was gone would try ever more slowly; a new one tries at once.
            with self._mutex:
                if self._readers is pool:
                    self._readers = None
            pool.close(timeout=0)
            raise

    def _pool(self) -> ConnectionPool[Psycopg]:
        with self._mutex:
            self._check_open()
            if self._readers is None:
                self._readers = ConnectionPool(
                    self.conninfo,
                    kwargs={"autocommit": True, "prepare_threshold": 2},
                    configure=_for_reading,
                    min_size=1,
                    max_size=CONNECTIONS,
                    timeout=3.0,
                    num_workers=1,
                    open=True,
                )
            return self._readers

    def _for_writing(self, conn: Psycopg) -> None:
        conn.execute(sql.PLACE)
        if self.engine.planner:
            conn.execute(sql.PLANNER)
        conn.execute(f"SET lock_timeout = {round(self._wait_s * 1000)}")
        # A machine that dies in the midst of a change must not hold the queue up.
        conn.execute("SET idle_in_transaction_session_timeout = 60000")
        if conn.execute("SHOW synchronous_commit").fetchone() == ("off",):
            conn.execute("SET synchronous_commit = on")

    def _prepare(self, line: Line, create: bool) -> None:
        conn = line.conn
        errors.check_encoding(self.address, conn.info.parameter_status("server_encoding"))
        found = version(conn)
        errors.check_version(self.address, found, newest(), create=create)
        if found < newest():
            migrate(conn, lambda before: self._note(line, before), advisory=self.engine.advisory)

    def _note(self, line: Line, before: int) -> None:
        if self._bare and not before:
            return
        # The migrations have begun the transaction.
        database, transaction = self._opened(line, _nothing, (sql.BEGUN,))
        kind = "queue.upgraded" if before else "queue.created"
        transaction.event(kind, "hitl", None, {"version": newest()})
        self._write_events(database, transaction)
        database.flush()

    def _write_events(self, database: PostgresDatabase, transaction: Transaction) -> None:
        if transaction.entries:
            *others, last = transaction.entries
            database.fill("events", "seq, entry, prev, hash", others)
            if self.engine.notify:
                database.execute(sql.LAST_EVENT_AND_NEWS, (*last, self.name))
            else:
                database.execute(sql.LAST_EVENT, last)

    def _check_open(self) -> None:
        if self._closed:
            raise Unreachable("the queue {path} was closed: open it again", path=self.address)


def _nothing(tx: Transaction) -> None:
    """Nothing comes before the change itself."""


@contextmanager
def reading(url: str) -> Iterator[Database]:
    """One snapshot of a database on a connection of its own, for a look at all of it."""
    with psycopg.connect(errors.checked(url), autocommit=True) as conn:
        _for_reading(conn)
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield ReadingDatabase(conn, streams=True)


def _for_reading(conn: Psycopg) -> None:
    text.adapt(conn)
    conn.execute("SET search_path TO hitl; SET jit = off")
