"""The ids of quiz copies: they look like those in use, and give way to whoever hands a case over under one.

A producer that counts upwards comes to every number, so no number is out of its reach. A copy whose id is
wanted gets another one; its old one stays in `quiz_cases.former`, since its reviewer may be judging it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection

from pydantic_core import from_json, to_json

from hitl_tui.audit.chain import content_digest
from hitl_tui.model.ids import new_id
from hitl_tui.queue import resolving
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import find, key_of
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import content_bytes, resolution_of
from hitl_tui.queue.transaction import Transaction

HOUSE = "hitl"
_LOOKED_AT = 20_000
"""Ids of one form that are looked at to find what a new one may look like."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"\d+", re.ASCII)
_HEX = re.compile(r"(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{7,}(?![0-9a-z])", re.IGNORECASE)
_UNANSWERED = """
  SELECT c.id FROM quiz_cases q JOIN cases c ON c.seq = q.case_seq
  WHERE q.reviewer = ? AND q.former = ? AND c.state = 0 AND NOT EXISTS (SELECT 1 FROM verdicts v
    WHERE v.case_seq = c.seq AND v.reviewer = q.reviewer AND v.undone_at IS NULL)"""
_UNDER_LEASE = """
  SELECT c.id FROM leases l JOIN quiz_cases q ON q.case_seq = l.case_seq
  JOIN cases c ON c.seq = l.case_seq
  WHERE l.token = ? AND l.reviewer = ? AND q.former = ? AND q.former <> c.id"""


class Unused:
    """Finds ids that nobody has, among those of one transaction; `taken` are on their way in."""

    def __init__(self, conn: Database, taken: Collection[str] = ()) -> None:
        self._conn = conn
        self._taken = set(taken)
        self._seen: dict[tuple[str, str], list[str]] = {}

    def like(self, case_id: str) -> str:
        """One that looks like this one, and is nobody else's from now on."""
        while True:
            found = disguised(case_id, self._around)
            known = self._conn.execute("SELECT 1 FROM cases WHERE id = ?", (found,)).fetchone()
            if known is None and found not in self._taken:
                self._taken.add(found)
                return found

    def _around(self, before: str, after: str) -> list[str]:
        if (before, after) not in self._seen:
            like = self._conn.execute(
                "SELECT id FROM cases WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?",
                (before, before + "\U0010ffff", _LOOKED_AT),
            )
            self._seen[before, after] = [one for (one,) in like if one.endswith(after)]
        taken = (one for one in self._taken if one.startswith(before) and one.endswith(after))
        return [*self._seen[before, after], *taken]


def give_way(tx: Transaction, case_id: str, unused: Unused) -> None:
    """Give a quiz copy another id, in the tables and in the trail; it stays its reviewer's."""
    case = find(tx, case_id)
    other, key = unused.like(case_id), key_of(tx, case.seq)
    _, body, wishes, gold, *_ = tx.conn.execute(
        f"{sql.CONTENT} WHERE c.id = ?", (case_id,)
    ).fetchone()
    body = to_json({**from_json(body), "id": other}).decode()
    content = content_digest(key, content_bytes(body, wishes, gold))
    tx.conn.execute("UPDATE cases SET id = ? WHERE seq = ?", (other, case.seq))
    tx.conn.execute(
        "UPDATE bodies SET body = ?, digest = ? WHERE case_seq = ?", (body, content, case.seq)
    )
    tx.conn.execute(
        "UPDATE quiz_cases SET former = coalesce(former, ?) WHERE case_seq = ?", (case_id, case.seq)
    )
    row = tx.conn.execute(
        sql.RESOLUTION + " WHERE r.case_seq = ? AND r.revoked_at IS NULL", (case.seq,)
    ).fetchone()
    answered = row and resolving.digest_of(tx, case.seq, resolution_of(row[1:]))
    tx.event(
        "case.renamed", HOUSE, case_id, {"id": other, "content": content, "resolution": answered}
    )


def present(conn: Database, reviewer: str, case_id: str) -> str:
    """The id of the case that a reviewer means by one: of their own copy that had it, as long as it waits."""
    row = conn.execute(_UNANSWERED, (reviewer, case_id)).fetchone()
    return case_id if row is None else str(row[0])


def under_lease(conn: Database, reviewer: str, token: int | None, case_id: str) -> str | None:
    """The id that a copy has now, by a lease on it and the id under which it was claimed; None for others."""
    row = conn.execute(_UNDER_LEASE, (token, reviewer, case_id)).fetchone()
    return None if row is None else str(row[0])


def disguised(case_id: str, around: Callable[[str, str], list[str]]) -> str:
    """An unused id of the same form: another UUID or hash, or another number near those in use.

    `around` gives the ids that begin and end like this one. A number that nobody has is taken from
    between the ones in use; where there is none, from those that follow, up to the next power of ten.
    """
    if _UUID.fullmatch(case_id):
        return new_id()
    hexes = [run for run in _HEX.finditer(case_id) if not run[0].isdigit()]
    if hexes:
        start, end = hexes[-1].span()
        return (
            case_id[:start]
            + secrets.token_hex((end - start + 1) // 2)[: end - start]
            + case_id[end:]
        )
    runs = list(_DIGITS.finditer(case_id))
    if not runs:
        return new_id()
    start, end = runs[-1].span()
    before, after = case_id[:start], case_id[end:]
    padded = case_id[start] == "0"
    used = {
        int(middle)
        for other in around(before, after)
        if _DIGITS.fullmatch(middle := other[len(before) : len(other) - len(after)])
        and (not padded or len(middle) == end - start)
    } | {int(case_id[start:end])}
    found = _free(used)
    return f"{before}{found:0{end - start}d}{after}" if padded else f"{before}{found}{after}"


def _free(used: set[int]) -> int:
    """A number that is not among these, looking as if it could be."""
    low, high = min(used), max(used)
    if high - low + 1 - len(used) >= len(used) // 2 + 1:
        while (found := low + secrets.randbelow(high - low)) in used:
            continue
        return found
    above = max(10 ** len(str(high)), 2 * high + 10)
    while (found := high + 1 + secrets.randbelow(above - high)) in used:
        continue
    return found
