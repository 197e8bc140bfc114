"""The open queue file: how it is made, connected, locked, written in one transaction, and read."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hitl_tui.audit.chain import GENESIS, encode_entry, link_hash
from hitl_tui.model.clock import Clock, to_micros
from hitl_tui.queue.lock import FairLock
from hitl_tui.queue.protocol import Unreachable
from hitl_tui.queue.refusals import check_path, closed, translated

APPLICATION_ID = 0x6869746C
"""`hitl` in ASCII: tells a queue from other SQLite files."""
SCHEMA_VERSION = 4
WAL_LIMIT = 16 * 1024 * 1024
"""Bytes of write-ahead log above which it is written back and cut to nothing."""


@dataclass(slots=True)
class Transaction:
    """One change under way: the connection, the moment it happens at, and the events it causes.

    `fallbacks` counts the missed SLAs that it noticed.
    """

    conn: sqlite3.Connection
    now: datetime
    micros: int
    seq: int
    head: bytes
    entries: list[tuple[int, bytes, bytes, bytes]]
    fallbacks: int = 0

    def event(self, kind: str, actor: str, case_id: str | None, data: Mapping[str, Any]) -> None:
        """Append an event to the trail, in the order of the calls."""
        entry = encode_entry(self.seq + 1, self.now, kind, actor, case_id, data)
        link = link_hash(self.head, entry)
        self.entries.append((self.seq + 1, entry, self.head, link))
        self.seq, self.head = self.seq + 1, link

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of the transaction that, when the block raises, leaves nothing behind, no event either."""
        seq, head, kept = self.seq, self.head, len(self.entries)
        self.conn.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            # A full disk may have ended the whole transaction already.
            if self.conn.in_transaction:
                self.conn.execute("ROLLBACK TO attempt")
                self.conn.execute("RELEASE attempt")
            self.seq, self.head = seq, head
            del self.entries[kept:]
            raise
        self.conn.execute("RELEASE attempt")

    def write_events(self) -> None:
        """Put the events into their table; the commit follows."""
        self.conn.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", self.entries)


class Store:
    """One connection to one queue file. Threads take turns; every process opens its own."""

    def __init__(self, path: Path, clock: Clock, *, create: bool, wait_s: float) -> None:
        """Open the file, making or migrating it when needed; Unreachable says why not."""
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
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot for a few quick reads."""
        with self._mutex, translated(self.path):
            self._conn.execute("BEGIN")
            try:
                yield self._conn
            finally:
                self._conn.execute("ROLLBACK")

    @contextmanager
    def streaming(self) -> Iterator[sqlite3.Connection]:
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

    def _transaction(self, conn: sqlite3.Connection) -> Transaction:
        now = self.clock()
        last = conn.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        seq, head = last or (0, GENESIS)
        return Transaction(conn, now, to_micros(now), seq, head, [])

    def _connect(self) -> sqlite3.Connection:
        conn = sqlite3.connect(
            self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False
        )
        conn.execute("PRAGMA synchronous = FULL")
        # On macOS only this empties the disk's own cache too; elsewhere it does nothing.
        conn.execute("PRAGMA fullfsync = 1")
        conn.execute("PRAGMA checkpoint_fullfsync = 1")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")
        conn.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
        return conn

    def _open(self, create: bool) -> sqlite3.Connection:
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

    def _keep_log(self, conn: sqlite3.Connection) -> None:
        if conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise Unreachable(
                "{path} cannot keep a write-ahead log: put the queue on a local disk",
                path=self.path,
            )

    def _known_version(self, conn: sqlite3.Connection, create: bool) -> int:
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

    def _migrate(self, conn: sqlite3.Connection) -> None:
        from sqlite_utils import Database  # noqa: PLC0415  (90 ms that an open file never needs)

        from hitl_tui.queue.schema import migrations  # noqa: PLC0415

        conn.execute("BEGIN IMMEDIATE")
        try:
            migrations.apply(Database(conn, execute_plugins=False))
            transaction = self._transaction(conn)
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
