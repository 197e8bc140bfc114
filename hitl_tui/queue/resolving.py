"""Resolutions: how a case gets its answer, and how it is noted that somebody received it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.clock import from_micros
from hitl_tui.model.work import Resolution, Source
from hitl_tui.queue import statements as sql
from hitl_tui.queue import webhooks
from hitl_tui.queue.cases import find, key_of
from hitl_tui.queue.decode import RESOLVED, resolution_bytes, resolution_of
from hitl_tui.queue.outcome import released_text
from hitl_tui.queue.protocol import LOCAL
from hitl_tui.queue.transaction import Transaction

_STANDING = """
  SELECT id, version, source, delivered_at FROM resolutions
  WHERE case_seq = ? AND revoked_at IS NULL"""


class Basis(NamedTuple):
    """What a verdict, and the resolution that it may lead to, are made from.

    `version` is that of the last resolution, 0 without one. `copy` says whether it is a quiz's case.
    `last_hook` is None when there has never been a webhook.
    """

    key: bytes
    body: str
    version: int
    copy: bool
    last_hook: int | None


def resolve(
    tx: Transaction,
    case_seq: int,
    case_id: str,
    decision: str,
    output: str | None,
    source: Source,
    verdicts: Sequence[str] = (),
    basis: Basis | None = None,
) -> Resolution:
    """Resolve a case under the next version of its resolution."""
    earlier = basis.version if basis else _one(tx, sql.LAST_VERSION, case_seq)
    resolution = Resolution.model_validate(
        {
            "case_id": case_id,
            "decision": decision,
            "output": output,
            "source": source,
            "verdicts": tuple(verdicts),
            "resolved_at": from_micros(tx.micros),
            "version": earlier + 1,
        }
    )
    row = (case_seq, earlier + 1, decision, output, source, json.dumps(list(verdicts)), tx.micros)
    tx.conn.execute(sql.RESOLVE, row)
    tx.conn.execute(
        "UPDATE cases SET state = ?, version = version + 1 WHERE seq = ?", (RESOLVED, case_seq)
    )
    if basis is None or basis.last_hook is not None:
        webhooks.tell(tx, "case.resolved", case_seq, resolution.model_dump(mode="json"))
    return resolution


def text_after(
    tx: Transaction,
    case_seq: int,
    decision: str,
    written: str | None,
    basis: Basis | None = None,
) -> str | None:
    """What a decision lets out of a case."""
    body = basis.body if basis else _one(tx, sql.BODY, case_seq)
    return released_text(from_json(body), decision, written)


def digest_of(tx: Transaction, case_seq: int, resolution: Resolution) -> str:
    """The digest by which the trail knows a resolution."""
    return content_digest(key_of(tx, case_seq), resolution_bytes(resolution))


def standing(tx: Transaction, case_id: str, *, deliver: bool) -> Resolution | None:
    """The answer of a case; `deliver` notes, once, that its producer has it. NotFound."""
    case = find(tx, case_id)
    row = tx.conn.execute(
        sql.RESOLUTION + " WHERE r.case_seq = ? AND r.revoked_at IS NULL", (case.seq,)
    ).fetchone()
    if row is None:
        return None
    resolution = resolution_of(row[1:])
    _, _, _, delivered_at = tx.conn.execute(_STANDING, (case.seq,)).fetchone()
    if deliver and delivered_at is None:
        tx.conn.execute(
            "UPDATE resolutions SET delivered_at = ? WHERE case_seq = ? AND revoked_at IS NULL",
            (tx.micros, case.seq),
        )
        data = {"version": resolution.version}
        tx.event("resolution.delivered", case.producer or LOCAL, case_id, data)
    return resolution


def delivered(tx: Transaction, case_seq: int, version: int) -> None:
    """Note that the answer of this version has arrived, if it still stands and nobody noted it before."""
    row = tx.conn.execute(_STANDING, (case_seq,)).fetchone()
    if row is not None and row[1] == version and row[3] is None:
        case_id = tx.conn.execute("SELECT id FROM cases WHERE seq = ?", (case_seq,)).fetchone()[0]
        standing(tx, case_id, deliver=True)


def revoke(tx: Transaction, case_seq: int) -> tuple[int, bool] | None:
    """Take the standing resolution back: its version and whether it was delivered; None without one."""
    row = tx.conn.execute(_STANDING, (case_seq,)).fetchone()
    if row is None:
        return None
    tx.conn.execute("UPDATE resolutions SET revoked_at = ? WHERE id = ?", (tx.micros, row[0]))
    return row[1], row[3] is not None


def source_of(tx: Transaction, case_seq: int) -> tuple[int, Source] | None:
    """The row and the source of the standing resolution; None without one."""
    row = tx.conn.execute(_STANDING, (case_seq,)).fetchone()
    return None if row is None else (row[0], row[2])


def _one(tx: Transaction, statement: str, case_seq: int) -> Any:
    return tx.conn.execute(statement, (case_seq,)).fetchone()[0]
