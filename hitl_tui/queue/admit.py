"""Admission: a batch of submissions into the queue in one transaction, each id with one content."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from pydantic_core import PydanticSerializationError, from_json

from hitl_tui.audit.chain import KEY_BYTES, content_digest
from hitl_tui.model.case import Case, Submission
from hitl_tui.model.clock import from_micros, rfc3339, to_micros
from hitl_tui.model.text import message
from hitl_tui.model.work import Resolution, Route
from hitl_tui.queue import naming, webhooks
from hitl_tui.queue import statements as sql
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import (
    PENDING,
    RESOLVED,
    STATES,
    content_bytes,
    json_of,
    resolution_bytes,
)
from hitl_tui.queue.outcome import released_text
from hitl_tui.queue.protocol import LOCAL, Admission, Invalid
from hitl_tui.queue.slots import add_pool
from hitl_tui.queue.transaction import Transaction

_WISHES = set(Submission.model_fields) - set(Case.model_fields) - {"gold"}
_OUTCOMES = {"escalate": "queued", "allow": "allowed", "block": "blocked"}
_LOOKED_UP_AT_ONCE = 500
_FIRST_VERSION = 1

Content = tuple[str, str, str]
"""The JSON of the case, of what its producer wishes, and of its gold (empty when it has none)."""

Earlier = tuple[Content, int, str | None, bool]
"""What is there under an id: its content, since when in microseconds, whose it is, and whether it is a
quiz copy.
"""


def contents(batch: Sequence[tuple[Submission, Route]]) -> list[Content]:
    """The JSON of each submission; Invalid when one holds what JSON cannot."""
    try:
        return [_content(submission) for submission, _ in batch]
    except PydanticSerializationError:
        raise Invalid("a case holds a value that is not JSON text: nothing was taken") from None


def admit(
    tx: Transaction,
    batch: Sequence[tuple[Submission, Route]],
    texts: Sequence[Content],
    producer: str,
) -> list[Admission]:
    """Take the new ones of a batch; one admission per item, in order.

    Quiz copies give way: to a producer their ids are free.
    """
    ids = [submission.id for submission, _ in batch]
    known = _known(tx.conn, ids)
    unused = naming.Unused(tx.conn, ids)
    for case_id in [one for one, earlier in known.items() if earlier[3]]:
        naming.give_way(tx, case_id, unused)
        del known[case_id]
    owner = None if producer == LOCAL else producer
    new = _New(tx, producer, owner)
    admissions = []
    for (submission, route), content in zip(batch, texts, strict=True):
        earlier = known.get(submission.id)
        if earlier is None:
            known[submission.id] = (content, tx.micros, owner, False)
            new.add(submission, route, content)
            admissions.append(Admission(_OUTCOMES[route.action]))
        elif earlier[2] != owner:
            admissions.append(_foreign(submission.id))
        elif _same(earlier[0], content):
            admissions.append(Admission("duplicate"))
        else:
            admissions.append(_conflict(submission.id, earlier[1]))
    new.write()
    return admissions


class _New:
    """The rows of one batch on their way into the tables."""

    def __init__(self, tx: Transaction, producer: str, owner: str | None) -> None:
        self._tx = tx
        self._producer = producer
        self._owner = owner
        self._seq: int = tx.conn.execute("SELECT coalesce(max(seq), 0) FROM cases").fetchone()[0]
        self._cases: list[tuple[object, ...]] = []
        self._bodies: list[tuple[object, ...]] = []
        self._gold: list[tuple[int, str]] = []
        self._resolutions: list[tuple[object, ...]] = []
        self._answered: list[tuple[int, Resolution]] = []
        self._first: dict[str, tuple[int, int, int]] = {}

    def add(self, submission: Submission, route: Route, content: Content) -> None:
        body, wishes, gold = content
        self._seq += 1
        seq, key = self._seq, os.urandom(KEY_BYTES)
        digest = content_digest(key, content_bytes(*content))
        due = None if route.due is None else to_micros(route.due)
        state = PENDING if route.action == "escalate" else RESOLVED
        why = route.model_dump_json(include={"action", "rule", "reasons"})
        deadline = due if state == PENDING else None
        if deadline is not None:
            self._tx.expect(deadline)
        arrival = (len(submission.output or ""), self._tx.micros, deadline, self._owner)
        place = (state, route.priority, due, route.pool, route.pool)
        slots = (route.overlap, route.overlap, _FIRST_VERSION)
        self._cases.append((seq, submission.id, submission.kind, *place, *slots, *arrival))
        self._bodies.append((seq, body, wishes, why, key, digest))
        if gold:
            self._gold.append((seq, gold))
        resolution = None
        if state == RESOLVED:
            resolution = content_digest(key, self._resolve(seq, submission.id, route, body))
        else:
            turn = (-route.priority, sql.NEVER if due is None else due, seq)
            self._first[route.pool] = min(turn, self._first.get(route.pool, turn))
        data = {
            "content": digest,
            "action": route.action,
            "rule": route.rule,
            "pool": route.pool,
            "priority": route.priority,
            "due": None if route.due is None else rfc3339(route.due),
            "overlap": route.overlap,
            "state": STATES[state],
            "resolution": resolution,
        }
        self._tx.event("case.queued", self._producer, submission.id, data)

    def write(self) -> None:
        conn = self._tx.conn
        for pool in {str(case[6]) for case in self._cases}:
            add_pool(self._tx, pool)
        conn.fill("cases", sql.ADMIT_CASE, self._cases)
        conn.fill("bodies", sql.ADMIT_BODY, self._bodies)
        conn.fill("gold", "case_seq, body", self._gold)
        conn.fill("resolutions", sql.ADMIT_RESOLUTION, self._resolutions)
        for seq, resolution in self._answered:
            webhooks.tell(self._tx, "case.resolved", seq, resolution.model_dump(mode="json"))
        for pool, (urgency, due, seq) in self._first.items():
            place = {"pool": pool, "priority": -urgency, "due": due, "seq": seq}
            conn.execute(sql.PULL_BACK_ALL, place)

    def _resolve(self, seq: int, case_id: str, route: Route, body: str) -> bytes:
        output = released_text(from_json(body), route.action, None)
        resolution = Resolution.model_validate(
            {
                "case_id": case_id,
                "decision": route.action,
                "output": output,
                "source": "policy",
                "resolved_at": self._tx.now,
            }
        )
        self._resolutions.append((seq, 1, route.action, output, "policy", "[]", self._tx.micros))
        self._answered.append((seq, resolution))
        return resolution_bytes(resolution)


def _content(submission: Submission) -> Content:
    # Defaults are left out to keep the file small; kind stays, for those who read it with other tools.
    body = submission.model_dump_json(exclude={*_WISHES, "gold", "kind"}, exclude_defaults=True)
    wishes = submission.model_dump_json(include=_WISHES, exclude_none=True)
    gold = "" if submission.gold is None else submission.gold.model_dump_json(exclude_defaults=True)
    return f'{{"kind":"{submission.kind}",{body[1:]}', wishes, gold


def _known(conn: Database, ids: Sequence[str]) -> dict[str, Earlier]:
    found: dict[str, Earlier] = {}
    for start in range(0, len(ids), _LOOKED_UP_AT_ONCE):
        some = ids[start : start + _LOOKED_UP_AT_ONCE]
        marks = ",".join("?" * len(some))
        rows = conn.execute(f"{sql.CONTENT} WHERE c.id IN ({marks})", some)
        found.update(
            (row[0], ((row[1], row[2], row[3]), row[4], row[5], bool(row[6]))) for row in rows
        )
    return found


def _same(earlier: Content, later: Content) -> bool:
    """Whether two submissions say the same; the order of an object's keys says nothing."""
    return earlier == later or [_sorted(text) for text in earlier] == [
        _sorted(text) for text in later
    ]


def _sorted(text: str) -> str:
    return json.dumps(json_of(text), sort_keys=True) if text else ""


def _foreign(case_id: str) -> Admission:
    sentence = message(
        "the id {id} is taken by a case of another producer: give the new one another id",
        id=case_id,
    )
    return Admission("conflict", sentence)


def _conflict(case_id: str, queued_at: int) -> Admission:
    sentence = message(
        "the case {id} is in the queue with other content since {at}: give the new one another id",
        id=case_id,
        at=rfc3339(from_micros(queued_at)),
    )
    return Admission("conflict", sentence)
