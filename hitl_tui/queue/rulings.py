"""Rulings: a dispute settled by somebody who has not judged it, and a case that is withdrawn."""

from __future__ import annotations

from typing import Any, get_args

import rfc8785

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.verdict import DECISIONS, WRITES_TEXT
from hitl_tui.model.work import Cause, Resolution
from hitl_tui.queue import resolving, slots, webhooks
from hitl_tui.queue.cases import CaseRow, find, key_of, settled
from hitl_tui.queue.decode import DISPUTED, RESOLVED, STATES, WITHDRAWN
from hitl_tui.queue.protocol import Forbidden, Invalid, NotAvailable, Ruling
from hitl_tui.queue.transaction import Transaction


def adjudicate(
    tx: Transaction, adjudicator: str, case_id: str, ruling: Ruling, version: int | None
) -> Resolution:
    """Settle a dispute by this ruling, its decision and cause given. Errors as in the protocol."""
    case = find(tx, case_id)
    body = _body(ruling)
    if case.state == RESOLVED and _stored(tx, case.seq) == (adjudicator, body):
        # The same ruling again: its answer was lost on the way.
        again = resolving.standing(tx, case_id, deliver=False)
        assert again is not None
        return again
    find(tx, case_id, version)
    _check_may(tx, adjudicator, case)
    if case.state != DISPUTED:
        state = STATES[case.state]
        raise NotAvailable("case {id} is {state}, not disputed", id=case_id, state=state)
    decision = _checked_decision(ruling, case)
    _store(tx, case.seq, adjudicator, body)
    ids = tx.conn.execute(
        "SELECT id FROM verdicts WHERE case_seq = ? AND counts = 1 AND undone_at IS NULL"
        " ORDER BY seq",
        (case.seq,),
    ).fetchall()
    output = resolving.text_after(tx, case.seq, decision, ruling.output)
    resolution = resolving.resolve(
        tx, case.seq, case_id, decision, output, "adjudication", [row[0] for row in ids]
    )
    data = {
        "ruling": content_digest(key_of(tx, case.seq), body.encode()),
        "decision": decision,
        "cause": ruling.cause,
        "resolution": resolving.digest_of(tx, case.seq, resolution),
    }
    tx.event("case.adjudicated", adjudicator, case_id, data)
    return resolution


def withdraw(tx: Transaction, actor: str, case_id: str, note: str, version: int | None) -> None:
    """Take an unresolved case out of the queue; NotAvailable when it is resolved."""
    case = find(tx, case_id)
    if case.state == WITHDRAWN:
        return
    find(tx, case_id, version)
    if case.state == RESOLVED:
        raise settled(case)
    slots.end_all(tx, case.seq, "withdrawn")
    body = _body(Ruling(actor, tx.now, note=note))
    _store(tx, case.seq, actor, body)
    tx.conn.execute(
        "UPDATE cases SET state = ?, version = version + 1 WHERE seq = ?", (WITHDRAWN, case.seq)
    )
    webhooks.tell(tx, "case.withdrawn", case.seq, {"case_id": case_id})
    data = {"ruling": content_digest(key_of(tx, case.seq), body.encode())}
    tx.event("case.withdrawn", actor, case_id, data)


def _body(ruling: Ruling) -> str:
    """The canonical JSON (RFC 8785) of what was decided, without the fields that are empty."""
    fields: dict[str, Any] = {
        "decision": ruling.decision,
        "cause": ruling.cause,
        "output": ruling.output,
        "note": ruling.note or None,
    }
    return rfc8785.dumps(
        {key: value for key, value in fields.items() if value is not None}
    ).decode()


def _stored(tx: Transaction, case_seq: int) -> tuple[str, str] | None:
    row: tuple[str, str] | None = tx.conn.execute(
        "SELECT actor, body FROM rulings WHERE case_seq = ?", (case_seq,)
    ).fetchone()
    return row


def _store(tx: Transaction, case_seq: int, actor: str, body: str) -> None:
    row = (case_seq, actor, tx.micros, body)
    tx.conn.execute("INSERT INTO rulings (case_seq, actor, at, body) VALUES (?, ?, ?, ?)", row)


def _check_may(tx: Transaction, adjudicator: str, case: CaseRow) -> None:
    judged = tx.conn.execute(
        "SELECT 1 FROM verdicts WHERE case_seq = ? AND reviewer = ? LIMIT 1",
        (case.seq, adjudicator),
    ).fetchone()
    if judged is not None or case.producer == adjudicator:
        raise Forbidden(
            "{who} has judged case {id} or handed it over: somebody else must settle it",
            who=adjudicator,
            id=case.id,
        )


def _checked_decision(ruling: Ruling, case: CaseRow) -> str:
    allowed = [one for one in DECISIONS[case.kind] if one != "escalate"]
    decision = ruling.decision
    if decision is None or decision not in allowed:
        raise Invalid(
            "a {kind} case is settled by one of: {allowed}",
            kind=case.kind,
            allowed=", ".join(allowed),
        )
    if (decision in WRITES_TEXT) != (ruling.output is not None):
        raise Invalid(
            "a new text goes with: {writing}; and only with these", writing=_writing(case)
        )
    if ruling.cause not in get_args(Cause):
        raise Invalid("a cause is one of: {causes}", causes=", ".join(get_args(Cause)))
    return decision


def _writing(case: CaseRow) -> str:
    return ", ".join(one for one in DECISIONS[case.kind] if one in WRITES_TEXT) or "no decision"
