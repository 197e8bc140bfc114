"""The open queue file: how it is made, connected, locked, written in one transaction, and read."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hitl_tui.audit.chain import GENESIS
from hitl_tui.model.clock import Clock, to_micros
from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.queue.database import Database, Dialect, Rows, Values
from hitl_tui.queue.lock import FairLock
from hitl_tui.queue.protocol import Unreachable
from hitl_tui.queue.refusals import check_path, closed, translated
from hitl_tui.queue.sqlite_dialect import SQLITE
from hitl_tui.queue.transaction import Start, Transaction

APPLICATION_ID = 0x6869746C
"""`hitl` in ASCII: tells a queue from other SQLite files."""
SCHEMA_VERSION = 7
WAL_LIMIT = 16 * 1024 * 1024
"""Bytes of write-ahead log above which it is written back and cut to nothing."""


T = TypeVar("T")


class SqliteDatabase(sqlite3.Connection):
    """A connection of the standard library that knows the words of its engine."""

    @property
    def dialect(self) -> Dialect:
        return SQLITE

    def begin(self) -> None:
        """It has begun."""

    def ask(self, statement: str, values: Values = (), /) -> Rows:
        # Read at once: a statement whose rows nobody reads in the end would keep its snapshot open.
        return _Held(self.execute(statement, values).fetchall())

    afterwards = ask

    def patient(self) -> None:
        """Nobody ends a transaction of a file."""

    def stream(self, statement: str) -> Rows:
        return self.execute(statement)

    def filled(self) -> None:
        """Numbers that were given go on behind the largest by themselves."""

    def mark(self) -> None:
        self.execute("SAVEPOINT attempt")

    def keep(self) -> None:
        self.execute("RELEASE attempt")

    def back(self) -> None:
        self.execute("ROLLBACK TO attempt")
        self.execute("RELEASE attempt")

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        self.executemany(_insert(table, columns), rows)


class _Held:
    """Rows that are in memory: no statement is open any more."""

    def __init__(self, rows: list[Any]) -> None:
        self.rowcount = len(rows)
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


def connect_plainly(path: Path) -> SqliteDatabase:
    """A connection to a queue file for a look at all of it, beside its store."""
    return sqlite3.connect(path, factory=SqliteDatabase)


@cache
def _insert(table: str, columns: str) -> str:
    marks = ", ".join("?" * (columns.count(",") + 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  (names of our own)


class Store:
    """One connection to one queue file. Threads take turns; every process opens its own."""

    def __init__(
        self, path: Path, clock: Clock, *, create: bool, wait_s: float, bare: bool = False
    ) -> None:
        """Open the file, making or migrating it when needed; Unreachable says why not.

        A `bare` one is made without the first entry of its trail: a queue is to be moved into it.
        """
        self._bare = bare
        self.path = path
        self.clock = clock
        self._wait_s = wait_s
        self._mutex = threading.RLock()
        self._closed = False
        with translated(path):
            check_path(path, create)
            self._lock = FairLock(path.with_name(path.name + ".lock"), wait_s)
            try:
                with self._lock.held():
                    self._conn = self._open(create)
            except BaseException:
                self._lock.close()
                raise

    @property
    def address(self) -> Shown:
        return reveal_line(self.path)

    def now(self) -> datetime:
        return self.clock()

    def change(
        self, work: Callable[[Transaction], T], first: Callable[[Transaction], object] | None = None
    ) -> T:
        with self.writing() as transaction:
            if first is not None:
                first(transaction)
                transaction.noticed = len(transaction.entries)
            return work(transaction)

    def look(self, read: Callable[[Database], T]) -> T:
        with self.reading() as conn:
            return read(conn)

    def glance(self, read: Callable[[Database], T]) -> T:
        return self.look(read)

    def watch(self, news: Callable[[], None]) -> Callable[[], None]:
        # A file tells nobody when it is changed.
        return lambda: None

    def discard(self, *, filled: bool) -> None:
        try:
            with self.writing() as tx:
                ours = filled or not tx.seq
        finally:
            self.close()
        if not ours:
            return
        for name in ("", "-wal", "-shm", ".lock"):
            self.path.with_name(self.path.name + name).unlink(missing_ok=True)

    def translated(self) -> AbstractContextManager[None]:
        return translated(self.path)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction under the fair lock: committed durably with its events, or not at all."""
        with self._mutex, translated(self.path), self._held():
            self._conn.execute("BEGIN IMMEDIATE")
            try:
                transaction = self._transaction(self._conn)
                yield transaction
                transaction.write_events()
                self._conn.execute("COMMIT")
            except BaseException:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
                raise
            self._trim_log()

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """One snapshot for a few quick reads."""
        with self._mutex, translated(self.path):
            self._conn.execute("BEGIN")
            try:
                yield self._conn
            finally:
                self._conn.execute("ROLLBACK")

    @contextmanager
    def streaming(self) -> Iterator[Database]:
        """One snapshot on a connection of its own, for reads that last while others write."""
        with translated(self.path):
            with self._mutex, self._held():
                conn = self._connect()
                conn.execute("BEGIN")
            try:
                yield conn
            finally:
                conn.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            with translated(self.path), self._lock.held():
                self._conn.close()
            self._lock.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        if self._closed:
            raise closed(self.path)
        with self._lock.held():
            yield

    def _transaction(self, conn: SqliteDatabase) -> Transaction:
        now = self.clock()
        last = conn.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        seq, head = last or (0, GENESIS)
        return Transaction(conn, Start(now, to_micros(now), seq, head))

    def _connect(self) -> SqliteDatabase:
        conn = sqlite3.connect(
            self.path,
            timeout=self._wait_s,
            isolation_level=None,
            check_same_thread=False,
            factory=SqliteDatabase,
        )
        conn.execute("PRAGMA synchronous = FULL")
        # On macOS only this empties the disk's own cache too; elsewhere it does nothing.
        conn.execute("PRAGMA fullfsync = 1")
        conn.execute("PRAGMA checkpoint_fullfsync = 1")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        conn.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
        return conn

    def _open(self, create: bool) -> SqliteDatabase:
        # SQLite would make the file with the umask's rights; its -wal and -shm copy those of the file.
        # A file that is there is not opened: closing it again would drop the POSIX locks of every
        # other connection of this process, and another process would then delete its log.
        if create:
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        conn = self._connect()
        try:
            version = self._known_version(conn, create)
            self._keep_log(conn)
            if version < SCHEMA_VERSION:
                self._migrate(conn)
        except BaseException:
            conn.close()
            raise
        return conn

    def _keep_log(self, conn: SqliteDatabase) -> None:
        if conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise Unreachable(
                "{path} cannot keep a write-ahead log: put the queue on a local disk",
                path=self.path,
            )

    def _known_version(self, conn: SqliteDatabase, create: bool) -> int:
        version: int = conn.execute("PRAGMA user_version").fetchone()[0]
        ours = conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        if not ours:
            if conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] or version:
                raise Unreachable(
                    "{path} is the database of another program: name another file for the queue",
                    path=self.path,
                )
            if not create:
                raise Unreachable(
                    "{path} is empty, not a queue: `hitl init` or `hitl ingest` makes one",
                    path=self.path,
                )
        if version > SCHEMA_VERSION:
            raise Unreachable(
                "{path} was written by a newer hitl (schema {found}, this one knows {known}): "
                "upgrade hitl",
                path=self.path,
                found=version,
                known=SCHEMA_VERSION,
            )
        return version

    def _migrate(self, conn: SqliteDatabase) -> None:
        from sqlite_utils import Database  # noqa: PLC0415  (90 ms that an open file never needs)

        from hitl_tui.queue.schema import migrations  # noqa: PLC0415

        conn.execute("BEGIN IMMEDIATE")
        try:
            migrations.apply(Database(conn, execute_plugins=False))
            transaction = self._transaction(conn)
            if transaction.seq or not self._bare:
                kind = "queue.upgraded" if transaction.seq else "queue.created"
                transaction.event(kind, "hitl", None, {"version": SCHEMA_VERSION})
            transaction.write_events()
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            conn.execute("COMMIT")
        except BaseException:
            conn.rollback()
            raise

    def _trim_log(self) -> None:
        log = self.path.with_name(self.path.name + "-wal")
        if not log.exists() or log.stat().st_size <= WAL_LIMIT:
            return
        # A reader in the way is not waited for: the next writer tries again.
        self._conn.execute("PRAGMA busy_timeout = 0")
        self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._conn.execute(f"PRAGMA busy_timeout = {round(self._wait_s * 1000)}")


def is_bare(path: Path) -> bool:
    """Whether a file is a queue without any entry in its trail; it is only looked at."""
    if not path.is_file() or not path.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
            ours: bool = conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
            return ours and conn.execute("SELECT 1 FROM events LIMIT 1").fetchone() is None
    except sqlite3.Error:
        return False
