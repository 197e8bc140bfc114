"""Reads: records, counts, holders, history and the trail, each from one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hitl_tui.model.case import Case, Gold
from hitl_tui.model.work import Lease, Resolution
from hitl_tui.queue import statements as sql
from hitl_tui.queue.cases import no_case
from hitl_tui.queue.database import Database
from hitl_tui.queue.decode import (
    case_of,
    gold_of,
    moment_of,
    resolution_of,
    route_of,
    ruling_of,
    state_of,
    stored_verdict,
)
from hitl_tui.queue.protocol import Holder, Record, Status, StoredVerdict, TrailEntry

Row = tuple[Any, ...]


def record(conn: Database, case_id: str) -> Record:
    """One case with everything but its gold; NotFound."""
    row = conn.execute(sql.RECORD + " WHERE c.id = ?", (case_id,)).fetchone()
    if row is None:
        raise no_case(case_id)
    verdicts = conn.execute(sql.VERDICT + " WHERE case_seq = ? ORDER BY seq", (row[0],))
    resolution = conn.execute(
        sql.RESOLUTION + " WHERE r.case_seq = ? AND r.revoked_at IS NULL", (row[0],)
    )
    ruling = conn.execute(sql.RULING + " WHERE case_seq = ?", (row[0],))
    return _record(row, verdicts.fetchall(), resolution.fetchall(), ruling.fetchall())


def records(conn: Database, after: int = 0, limit: int = sql.NEVER) -> Iterator[Record]:
    """Cases behind `after` in order of arrival: four streams in the order of `seq`, merged.

    The copies that a quiz gave to its takers say nothing new of their case, and are not among them.
    """
    return (record for _, record in numbered_records(conn, after, limit))


def numbered_records(
    conn: Database, after: int = 0, limit: int = sql.NEVER, which: str = sql.ORIGINAL
) -> Iterator[tuple[int, Record]]:
    """The same, each with its place; `which` is a condition of ours on `cases c`."""
    behind = (after,)
    verdicts = Following(
        conn.execute(sql.VERDICT + " WHERE case_seq > ? ORDER BY case_seq, seq", behind)
    )
    resolutions = Following(
        conn.execute(
            sql.RESOLUTION + " WHERE r.case_seq > ? AND r.revoked_at IS NULL ORDER BY r.case_seq",
            behind,
        )
    )
    rulings = Following(conn.execute(sql.RULING + " WHERE case_seq > ? ORDER BY case_seq", behind))
    query = f"{sql.RECORD} WHERE c.seq > ? AND {which} ORDER BY c.seq LIMIT ?"
    for row in conn.execute(query, (after, limit)):
        seq = row[0]
        yield seq, _record(row, verdicts.of(seq), resolutions.of(seq), rulings.of(seq))


def gold(conn: Database, case_id: str) -> Gold | None:
    """The gold answer of a case, None when it has none; NotFound."""
    row = conn.execute(
        "SELECT g.body FROM cases c LEFT JOIN gold g ON g.case_seq = c.seq WHERE c.id = ?",
        (case_id,),
    ).fetchone()
    if row is None:
        raise no_case(case_id)
    return None if row[0] is None else gold_of(row[0])


def status(conn: Database, pools: Sequence[str], now: int) -> Status:
    """The counts of these pools, or of all."""
    everything = [name for (name,) in conn.execute("SELECT name FROM pools")]
    wanted = set(pools) or everything

    def count(query: str) -> list[int]:
        found = (conn.execute(query, {"pool": pool, "now": now}).fetchone()[0] for pool in wanted)
        return [number for number in found if number is not None]

    verdicts = count(_STANDING) if pools else conn.execute(_ALL_STANDING).fetchone()
    oldest = min(count(_OLDEST), default=None)
    return Status(
        pending=sum(count(_PENDING)),
        leased=sum(count(_LEASED)),
        snoozed=sum(count(conn.dialect.snoozed)),
        disputed=sum(count(_DISPUTED)),
        resolved=sum(count(_RESOLVED)),
        verdicts=sum(verdicts),
        oldest_pending_s=None if oldest is None else max(0, now - oldest) / 1_000_000,
    )


def holders(conn: Database, now: int) -> list[Holder]:
    """Who holds cases now."""
    rows = conn.execute(
        "SELECT reviewer, count(*), max(until) FROM leases WHERE state = 0 AND until > ?"
        " GROUP BY reviewer ORDER BY reviewer",
        (now,),
    )
    return [Holder(reviewer, cases, moment_of(until)) for reviewer, cases, until in rows]


def history(conn: Database, reviewer: str, limit: int) -> list[StoredVerdict]:
    """The reviewer's latest verdicts that were neither late nor undone, newest first."""
    rows = conn.execute(
        sql.VERDICT + " WHERE reviewer = ? AND undone_at IS NULL AND late = 0"
        " ORDER BY seq DESC LIMIT ?",
        (reviewer, limit),
    )
    return [stored_verdict(*row[1:]) for row in rows.fetchall()]


def trail(conn: Database, after: int) -> Iterator[TrailEntry]:
    """The rows of the trail behind `after`; a byte that is no longer a blob is read as bytes too."""
    rows = conn.execute(conn.dialect.trail, (after,))
    return (TrailEntry(*row) for row in rows)


def position(conn: Database) -> int:
    """The position of the trail's last entry, 0 without any."""
    row = conn.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    found: int = row[0]
    return found


def leases(conn: Database, now: int) -> list[Lease]:
    """Every live lease by token."""
    rows = conn.execute(conn.dialect.live, (now,))
    return [
        Lease.model_validate(
            {
                "token": token,
                "case_id": case_id,
                "reviewer": reviewer,
                "claimed_at": moment_of(claimed_at),
                "until": moment_of(until),
            }
        )
        for token, case_id, reviewer, claimed_at, until in rows.fetchall()
    ]


class Following:
    """Rows sorted by their first column, handed out group by group as that column rises.

    A group that is not asked for is passed over.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next: Row | None = next(self._rows, None)

    def of(self, key: int) -> list[Row]:
        """The rows of this key; rows of keys before it are passed over."""
        rows, row = self._rows, self._next
        while row is not None and row[0] < key:
            row = next(rows, None)
        group = []
        while row is not None and row[0] == key:
            group.append(row)
            row = next(rows, None)
        self._next = row
        return group


def case(conn: Database, case_id: str) -> Case:
    """One case as a reviewer may see it; NotFound."""
    row = conn.execute(
        "SELECT b.body FROM cases c JOIN bodies b ON b.case_seq = c.seq WHERE c.id = ?", (case_id,)
    ).fetchone()
    if row is None:
        raise no_case(case_id)
    return case_of(row[0])


def resolution(conn: Database, case_id: str) -> Resolution | None:
    """The standing resolution of a case; NotFound."""
    row = conn.execute(
        sql.RESOLUTION + " WHERE c.id = ? AND r.revoked_at IS NULL", (case_id,)
    ).fetchone()
    if row is None:
        owner(conn, case_id)
        return None
    return resolution_of(row[1:])


def owner(conn: Database, case_id: str) -> str | None:
    """Who handed the case over; NotFound."""
    row: tuple[str | None] | None = conn.execute(
        "SELECT producer FROM cases WHERE id = ?", (case_id,)
    ).fetchone()
    if row is None:
        raise no_case(case_id)
    return row[0]


def _record(
    row: Row, verdicts: Sequence[Row], resolutions: Sequence[Row], rulings: Sequence[Row]
) -> Record:
    _, body, route, pool, priority, overlap, due, state, version, queued_at = row
    return Record(
        case=case_of(body),
        route=route_of(route, pool, priority, overlap, due),
        state=state_of(state),
        version=version,
        queued_at=moment_of(queued_at),
        verdicts=tuple(stored_verdict(*verdict[1:]) for verdict in verdicts),
        resolution=resolution_of(resolutions[0][1:]) if resolutions else None,
        ruling=ruling_of(*rulings[0][1:]) if rulings else None,
    )


_LEASED = """
  SELECT count(DISTINCT l.case_seq) FROM leases l JOIN cases c ON c.seq = l.case_seq
  WHERE l.state = 0 AND l.until > :now AND c.pool = :pool"""
_STANDING = """
  SELECT count(*) FROM verdicts v JOIN cases c ON c.seq = v.case_seq
  WHERE v.late = 0 AND v.undone_at IS NULL AND c.pool = :pool"""
_ALL_STANDING = "SELECT count(*) FROM verdicts WHERE late = 0 AND undone_at IS NULL"
_PENDING = "SELECT count(*) FROM cases WHERE state = 0 AND pool = :pool"
_OLDEST = "SELECT min(queued_at) FROM cases WHERE state = 0 AND pool = :pool"
_DISPUTED = "SELECT count(*) FROM cases WHERE state > 0 AND state = 1 AND pool = :pool"
_RESOLVED = "SELECT count(*) FROM cases WHERE state > 0 AND state = 2 AND pool = :pool"
