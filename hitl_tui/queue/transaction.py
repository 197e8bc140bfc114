"""One change under way: its connection, the moment it happens at, and the events it causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from hitl_tui.audit.chain import encode_entry, link_hash
from hitl_tui.queue.database import Database


class Start:
    """Where a change begins: the moment, and the end of the trail. `micros` is `now` in microseconds.

    Before the moment `quiet_until`, in microseconds, neither a lease ends nor an SLA is missed; 0 when
    nobody has looked.
    """

    __slots__ = ("head", "micros", "now", "quiet_until", "seq")

    def __init__(
        self, now: datetime, micros: int, seq: int, head: bytes, quiet_until: int = 0
    ) -> None:
        self.now = now
        self.micros = micros
        self.seq = seq
        self.head = head
        self.quiet_until = quiet_until


class Transaction:
    """A change under way, under the lock that puts all changes of a queue in one order.

    `start` is None until somebody wants to know it. `keys` are those of cases whose digests are made, as
    far as they are known. `fallbacks` counts the missed SLAs that it noticed, `noticed` the events that
    came with the time, before the change itself.
    """

    __slots__ = ("conn", "entries", "fallbacks", "keys", "noticed", "start")

    def __init__(self, conn: Database, start: Start | None = None) -> None:
        self.conn = conn
        self.start = start
        self.entries: list[tuple[int, bytes, bytes, bytes]] = []
        self.fallbacks = 0
        self.noticed = 0
        self.keys: dict[int, bytes] = {}

    @property
    def now(self) -> datetime:
        """The moment that it happens at."""
        return self._started.now

    @property
    def micros(self) -> int:
        """The same in microseconds."""
        return self._started.micros

    @property
    def seq(self) -> int:
        """The position of the trail's last entry."""
        return self.entries[-1][0] if self.entries else self._started.seq

    @property
    def caused(self) -> int:
        """How many events the change itself has caused by now."""
        return len(self.entries) - self.noticed

    @property
    def head(self) -> bytes:
        """The hash of the trail's last entry."""
        return self.entries[-1][3] if self.entries else self._started.head

    @property
    def quiet_until(self) -> int:
        """As in `Start`."""
        return self._started.quiet_until

    def expect(self, moment: int) -> None:
        """Note that time does something at a moment, in microseconds."""
        self._started.quiet_until = min(self.quiet_until, moment)

    @property
    def _started(self) -> Start:
        if self.start is None:
            self.conn.begin()
        assert self.start is not None
        return self.start

    def event(self, kind: str, actor: str, case_id: str | None, data: Mapping[str, Any]) -> None:
        """Append an event to the trail, in the order of the calls."""
        seq, head = self.seq + 1, self.head
        entry = encode_entry(seq, self.now, kind, actor, case_id, data)
        self.entries.append((seq, entry, head, link_hash(head, entry)))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of the transaction that, when the block raises, leaves nothing behind, no event either."""
        kept = len(self.entries)
        self.conn.mark()
        try:
            yield
            self.conn.keep()
        except BaseException:
            # A full disk or a lost connection may have ended the whole transaction already.
            if self.conn.in_transaction:
                self.conn.back()
            del self.entries[kept:]
            raise

    def write_events(self) -> None:
        """Put the events into their table; the commit follows."""
        self.conn.fill("events", "seq, entry, prev, hash", self.entries)
