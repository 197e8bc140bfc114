"""One change under way: its connection, the moment it happens at, and the events it causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hitl_tui.audit.chain import encode_entry, link_hash
from hitl_tui.queue.database import Database, Rows


@dataclass(slots=True)
class Transaction:
    """A change under way, under the lock that puts all changes of a queue in one order.

    `keys` are those of cases whose digests are made, asked for or known.
    `fallbacks` counts the missed SLAs that it noticed. Before the moment `quiet_until`, in
    microseconds, neither a lease ends nor an SLA is missed; 0 when nobody has looked.
    """

    conn: Database
    now: datetime
    micros: int
    seq: int
    head: bytes
    entries: list[tuple[int, bytes, bytes, bytes]]
    fallbacks: int = 0
    quiet_until: int = 0
    keys: dict[int, Rows | bytes] = field(default_factory=dict)

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
        self.conn.mark()
        try:
            yield
            self.conn.keep()
        except BaseException:
            # A full disk or a lost connection may have ended the whole transaction already.
            if self.conn.in_transaction:
                self.conn.back()
            self.seq, self.head = seq, head
            del self.entries[kept:]
            raise

    def write_events(self) -> None:
        """Put the events into their table; the commit follows."""
        self.conn.fill("events", "seq, entry, prev, hash", self.entries)
