"""The narrow row of a case: what every change looks at first."""

from __future__ import annotations

from typing import NamedTuple

from hitl_tui.model.case import Kind
from hitl_tui.queue import statements as sql
from hitl_tui.queue.decode import STATES
from hitl_tui.queue.protocol import NotAvailable, NotFound, VersionMismatch
from hitl_tui.queue.transaction import Transaction


class CaseRow(NamedTuple):
    """The columns of `statements.CASE`; times in microseconds, `state` an index of STATES."""

    seq: int
    id: str
    kind: Kind
    state: int
    priority: int
    due: int | None
    pool: str
    home: str
    overlap: int
    open_slots: int
    version: int
    output_length: int
    deadline: int | None
    assigned: str | None
    producer: str | None


def find(tx: Transaction, case_id: str, version: int | None = None) -> CaseRow:
    """The row of a case; NotFound, or VersionMismatch unless it has the version that is named."""
    row = tx.conn.execute(sql.CASE, (case_id,)).fetchone()
    if row is None:
        raise no_case(case_id)
    case = CaseRow(*row)
    if version is not None and case.version != version:
        raise VersionMismatch(
            "case {id} has version {found}, not {version}: look at it again",
            id=case_id,
            found=case.version,
            version=version,
        )
    return case


def no_case(case_id: str) -> NotFound:
    """The refusal of an id that is not in the queue."""
    return NotFound("there is no case {id} in the queue", id=case_id)


def settled(case: CaseRow) -> NotAvailable:
    """The refusal of a change that comes too late."""
    return NotAvailable("case {id} is {state} already", id=case.id, state=STATES[case.state])


def key_of(tx: Transaction, case_seq: int) -> bytes:
    """The key of a case's digests."""
    if case_seq not in tx.keys:
        tx.keys[case_seq] = tx.conn.execute(sql.KEY, (case_seq,)).fetchone()[0]
    return tx.keys[case_seq]
