"""Slots and leases: how a reviewer's seat on a case is taken, given back, and found empty.

A case is ready for a reviewer when it is pending with an open slot, is not assigned to another, and the
reviewer neither holds it, nor has judged it, nor handed it over, nor put it off. The table `cursors`
keeps for each reviewer and pool a place in the order of urgency up to which nothing is ready for them,
so that a claim need not step over the cases they finished; whatever makes a case ready in front of such
a place moves the place back, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from hitl_tui.queue import statements as sql
from hitl_tui.queue.transaction import Transaction

LIVE, DONE, RELEASED, EXPIRED, REPLACED = range(5)


def lease(tx: Transaction, case_seq: int, reviewer: str, until: int) -> int:
    """Lease a case without touching its slots; the new token."""
    token: int = tx.conn.execute(sql.LEASE, (case_seq, reviewer, tx.micros, until)).fetchone()[0]
    return token


def take_slot(tx: Transaction, case_seq: int, reviewer: str, until: int) -> int:
    """Take an open slot and lease the case, forgetting that it was put off; the new token."""
    tx.conn.execute(sql.TAKE_SLOT, (case_seq,))
    tx.conn.execute(sql.FORGET, (case_seq, reviewer))
    return lease(tx, case_seq, reviewer, until)


def take_slots(
    tx: Transaction, chosen: Sequence[tuple[int, bool]], reviewer: str, until: int, first: int
) -> None:
    """Take an open slot of each case and lease it, under tokens that count on from `first`.

    `first` is what `statements.NEXT_NUMBER` gave in this transaction. A case comes with whether the
    reviewer had put it off.
    """
    numbered = sql.LEASE_NUMBERED.format(tx.conn.dialect.number)
    for token, (case_seq, put_off) in enumerate(chosen, first):
        tx.conn.execute(sql.TAKE_SLOT, (case_seq,))
        if put_off:
            tx.conn.execute(sql.FORGET, (case_seq, reviewer))
        tx.conn.execute(numbered, (token, case_seq, reviewer, tx.micros, until))


def give_slot(tx: Transaction, case_seq: int) -> None:
    """Open one more slot of a case, for whomever it concerns."""
    tx.conn.execute(sql.GIVE_SLOT, (case_seq,))
    made_ready(tx, case_seq)


def end_lease(tx: Transaction, token: int, state: int) -> None:
    """Let a lease end in one of the states above."""
    tx.conn.execute(sql.END_LEASE, (state, token))


def forget(tx: Transaction, case_seq: int, reviewer: str) -> bool:
    """Forget that this reviewer put the case off; whether there was anything to forget."""
    return tx.conn.execute(sql.FORGET, (case_seq, reviewer)).rowcount > 0


def end_all(tx: Transaction, case_seq: int, reason: str) -> None:
    """End the live leases of a case that is not pending any more."""
    ended = tx.conn.execute(sql.END_ALL, (reason, case_seq)).rowcount
    if ended:
        tx.conn.execute(sql.GIVE_SLOTS, (ended, case_seq))


def expire(tx: Transaction) -> None:
    """End every lease whose time has passed and give its slot back, each with its event."""
    for token, case_id, case_seq in tx.conn.execute(
        tx.conn.dialect.expired, (tx.micros,)
    ).fetchall():
        end_lease(tx, token, EXPIRED)
        give_slot(tx, case_seq)
        tx.event("lease.expired", "hitl", case_id, {"token": str(token)})


def made_ready(tx: Transaction, case_seq: int) -> None:
    """Move back the cursors that stand beyond this case, of those reviewers who may have it."""
    pool, priority, due = tx.conn.execute(
        "SELECT pool, priority, due FROM cases WHERE seq = ?", (case_seq,)
    ).fetchone()
    tx.conn.execute(
        sql.PULL_BACK,
        {
            "pool": pool,
            "priority": priority,
            "due": sql.NEVER if due is None else due,
            "seq": case_seq,
        },
    )


def assign(tx: Transaction, case_seq: int, reviewer: str | None) -> None:
    """Keep a case for one reviewer, or for nobody in particular."""
    tx.conn.execute("UPDATE cases SET assigned = ? WHERE seq = ?", (reviewer, case_seq))
    made_ready(tx, case_seq)


def add_pool(tx: Transaction, pool: str) -> None:
    """Let a pool be known, if it is not."""
    tx.conn.execute("INSERT INTO pools (name) VALUES (?) ON CONFLICT DO NOTHING", (pool,))
