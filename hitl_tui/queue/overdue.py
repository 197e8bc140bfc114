"""What time does to a queue: leases end, and a case past its SLA is answered by its fallback, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hitl_tui.later import later
from hitl_tui.queue import slots
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import json_of
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

if TYPE_CHECKING:
    from hitl_tui.queue import resolving
else:
    [resolving] = later("hitl_tui.queue", "resolving")


def tick(tx: Transaction, rules: Rules) -> None:
    """Let everything happen whose time has come.

    A fallback text is the case's own wish, else its pool's, else the house's, else none. A dispute
    that nobody settled in time gets one too: whoever waits for the answer waits no longer than asked.
    """
    if tx.micros < tx.quiet_until:
        return
    slots.expire(tx)
    rows = tx.conn.execute(tx.conn.dialect.overdue, (tx.micros,)).fetchall()
    for case_seq, case_id, pool, home, wishes in rows:
        wish = json_of(wishes).get("fallback")
        output = rules.fallback_of(pool, home) if wish is None else wish
        slots.end_all(tx, case_seq, "fallback")
        resolution = resolving.resolve(tx, case_seq, case_id, "fallback", output, "fallback")
        data = {"resolution": resolving.digest_of(tx, case_seq, resolution)}
        tx.event("case.fallback", "hitl", case_id, data)
    tx.fallbacks += len(rows)


def missed(conn: Database, now: int) -> bool:
    """Whether there is an SLA that was missed and that nobody has noticed yet."""
    return conn.execute(conn.dialect.any_overdue, (now,)).fetchone() is not None
