"""What the store keeps for exports: the split of each case, pseudonyms, and that data left."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import from_json

from hitl_tui.model.clock import rfc3339_of
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import no_case
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import STATES
from hitl_tui.queue.protocol import SPLITS, Basis, Exported, Invalid, Material, Stored
from hitl_tui.queue.reading import Following, Row, numbered_records
from hitl_tui.queue.refusals import stored as damaged
from hitl_tui.queue.transaction import Transaction

_PSEUDONYM_DIGITS = 16
_NAMES = "SELECT reviewer FROM verdicts UNION SELECT actor FROM rulings ORDER BY 1"
_KEY = "SELECT value FROM secrets WHERE name = 'pseudonyms'"


def materials(
    conn: Database, after: int, limit: int = sql.NEVER, *, unplaced: bool = False
) -> Iterator[Material]:
    """Cases behind `after` with their gold flag and their split; with `unplaced` those without one."""
    behind = (after,)
    gold = Following(
        conn.execute("SELECT case_seq FROM gold WHERE case_seq > ? ORDER BY case_seq", behind)
    )
    splits = Following(
        conn.execute(
            "SELECT case_seq, split FROM splits WHERE case_seq > ? ORDER BY case_seq", behind
        )
    )
    for seq, record in numbered_records(
        conn, after, limit, sql.UNPLACED if unplaced else sql.ORIGINAL
    ):
        split = splits.of(seq)
        yield Material(seq, record, bool(gold.of(seq)), split[0][1] if split else None)


def as_stored(conn: Database, after: int) -> Iterator[Stored]:
    """Cases behind `after` with the texts that are kept, parsed and no more."""
    verdicts = Following(
        conn.execute(
            "SELECT case_seq, body, late, adopted, undone_at, accepted_at FROM verdicts"
            " WHERE case_seq > ? ORDER BY case_seq, seq",
            (after,),
        )
    )
    resolutions = Following(
        conn.execute(
            "SELECT case_seq, decision, output, source, verdicts, resolved_at, version FROM resolutions"
            " WHERE case_seq > ? AND revoked_at IS NULL ORDER BY case_seq",
            (after,),
        )
    )
    query = f"{sql.RECORD} WHERE c.seq > ? AND {sql.ORIGINAL} ORDER BY c.seq"
    for row in conn.execute(query, (after,)):
        seq = row[0]
        yield _as_stored(row, verdicts.of(seq), resolutions.of(seq))


@damaged
def _as_stored(row: Row, verdicts: list[Row], resolutions: list[Row]) -> Stored:
    seq, body, route, pool, priority, overlap, due, state, _, _ = row
    case = from_json(body)
    last = max((v[4] or v[5] for v in verdicts), default=None)
    return Stored(
        seq,
        case,
        _route(route, pool, priority, overlap, due),
        STATES[state],
        tuple((from_json(v[1]), bool(v[2]), bool(v[3])) for v in verdicts if v[4] is None),
        _resolution(case["id"], resolutions[0]) if resolutions else None,
        len(verdicts),
        last,
    )


# Cases of one rule and pool have the same route, unless each has a due time of its own.
@lru_cache(maxsize=256)
def _route(
    route: str, pool: str, priority: int, overlap: int, due: int | None
) -> Mapping[str, Any]:
    where = {"pool": pool, "priority": priority, "overlap": overlap, "due": _moment(due)}
    return {**from_json(route), **where}


def _resolution(case_id: str, row: Row) -> dict[str, Any]:
    _, decision, output, source, verdicts, resolved_at, version = row
    return {
        "case_id": case_id,
        "decision": decision,
        "output": output,
        "source": source,
        "verdicts": from_json(verdicts),
        "resolved_at": _moment(resolved_at),
        "version": version,
    }


def _moment(micros: int | None) -> str | None:
    return None if micros is None else rfc3339_of(micros)


def basis(conn: Database) -> Basis:
    """The size of the trail and of the queue, and the pseudonym of everybody who decided."""
    [(events,)] = conn.execute("SELECT coalesce(max(seq), 0) FROM events")
    [(cases,)] = conn.execute(sql.COUNT)
    [(secret,)] = conn.execute(_KEY)
    names = {name: pseudonym(secret, name) for (name,) in conn.execute(_NAMES)}
    return Basis(events, cases, names)


def pseudonym(secret: bytes, name: str) -> str:
    """`r-` and 16 hex digits of HMAC-SHA256 (RFC 2104) of the name."""
    return "r-" + hmac.digest(secret, name.encode(), "sha256").hex()[:_PSEUDONYM_DIGITS]


def assign_splits(tx: Transaction, actor: str, splits: Mapping[str, str]) -> dict[str, str]:
    """Store the split of each case that has none; where each is now. NotFound, Invalid."""
    new: dict[str, list[str]] = {}
    standing: dict[str, str] = {}
    for case_id, wanted in splits.items():
        if wanted not in SPLITS:
            raise Invalid("a split is one of: {splits}", splits=", ".join(SPLITS))
        row = tx.conn.execute(
            "SELECT c.seq, s.split FROM cases c LEFT JOIN splits s ON s.case_seq = c.seq"
            " WHERE c.id = ?",
            (case_id,),
        ).fetchone()
        if row is None:
            raise no_case(case_id)
        seq, split = row
        if split is None:
            tx.conn.execute("INSERT INTO splits (case_seq, split) VALUES (?, ?)", (seq, wanted))
            new.setdefault(wanted, []).append(case_id)
        standing[case_id] = split or wanted
    if new:
        tx.event("split.assigned", actor, None, new)
    return standing


def note(tx: Transaction, actor: str, exported: Exported) -> None:
    """Append the event that says what left, with the digests of the files."""
    files = [f"{digest} {name}" for name, digest in sorted(exported.files.items())]
    if any(len(digest) != hashlib.sha256().digest_size * 2 for digest in exported.files.values()):
        raise Invalid("a file is noted with its SHA-256, 64 hexadecimal digits")
    data = {
        "format": exported.format,
        "rows": exported.rows,
        "manifest": exported.manifest,
        "files": files,
    }
    tx.event("data.exported", actor, None, data)
