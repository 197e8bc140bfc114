"""The SQLite store: the Queue protocol over one file, each method one transaction or one snapshot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from hitl_tui.audit.chain import verify
from hitl_tui.audit.replay import Audit, Replay, differences
from hitl_tui.model.case import Gold, Submission
from hitl_tui.model.clock import Clock, to_micros
from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim, Lease, ReleaseReason, Route
from hitl_tui.queue import admit, claims, reading, undo, verdicts
from hitl_tui.queue.facts import facts
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    Admission,
    Holder,
    Invalid,
    Receipt,
    Record,
    Status,
    StoredVerdict,
    TrailEntry,
)
from hitl_tui.queue.refusals import translated
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.store import Store, Transaction

LONGEST_LEASE_S = 7 * 86_400


class SqliteQueue:
    """A queue in a file. Promises and errors of the methods are those of `protocol.Queue`."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        create: bool = False,
        rules: Rules | None = None,
        wait_s: float = 10.0,
    ) -> None:
        """Open `path`; `wait_s` is how long another writer is waited for. Raises Unreachable."""
        self._store = Store(path, clock, create=create, wait_s=wait_s)
        self._rules = rules or Rules()

    @property
    def address(self) -> Shown:
        return reveal_line(self._store.path)

    def admit(self, batch: Sequence[tuple[Submission, Route]]) -> list[Admission]:
        texts = admit.contents(batch)
        with self._store.writing() as tx:
            return admit.admit(tx, batch, texts)

    def claim(
        self,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Claim]:
        _check_text(reviewer, *pools, *([] if case_id is None else [case_id]))
        if batch < 1:
            raise Invalid("a claim is for one case or more, not for {batch}", batch=batch)
        with self._store.writing() as tx:
            until = _until(tx, lease_s)
            if case_id is None:
                leased = claims.claim(tx, reviewer, pools, batch, until, self._rules)
            else:
                leased = [claims.claim_one(tx, reviewer, pools, case_id, until, self._rules)]
        return self._claims(tx, leased)

    def resume(self, reviewer: str, *, lease_s: float = DEFAULT_LEASE_S) -> list[Claim]:
        _check_text(reviewer)
        with self._store.writing() as tx:
            leased = claims.resume(tx, reviewer, _until(tx, lease_s))
        return self._claims(tx, leased)

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], *, lease_s: float = DEFAULT_LEASE_S
    ) -> dict[int, datetime]:
        _check_text(reviewer)
        with self._store.writing() as tx:
            known = [token for token in tokens if 0 < token < 2**63]
            return claims.heartbeat(tx, reviewer, known, _until(tx, lease_s))

    def release(
        self,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        _check_text(reviewer, note or "-")
        if reason not in ("skip", "snooze", "quit"):
            raise Invalid("a case is given back to skip, snooze or quit, not to {it}", it=reason)
        if (reason == "snooze") != (until is not None) or (until and until.tzinfo is None):
            raise Invalid(
                "a snooze, and only a snooze, has a time with its zone until which it lasts"
            )
        with self._store.writing() as tx:
            known = token if 0 < token < 2**63 else 0
            claims.release(tx, reviewer, known, reason, note, until)

    def submit(self, verdict: Verdict) -> Receipt:
        with self._store.writing() as tx:
            receipt = verdicts.submit(tx, verdict, self._rules)
        if receipt.kept:
            raise verdicts.lost(receipt)
        return receipt

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        _check_text(reviewer, verdict_id)
        with self._store.writing() as tx:
            leased = undo.undo(tx, reviewer, verdict_id, _until(tx, lease_s), self._rules)
        return self._claims(tx, [leased])[0]

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        _check_text(reviewer, case_id)
        with self._store.writing() as tx:
            leased = claims.unskip(tx, reviewer, case_id, _until(tx, lease_s))
        return self._claims(tx, [leased])[0]

    def record(self, case_id: str) -> Record:
        _check_text(case_id)
        with self._store.reading() as conn:
            return reading.record(conn, case_id)

    def gold(self, case_id: str) -> Gold | None:
        _check_text(case_id)
        with self._store.reading() as conn:
            return reading.gold(conn, case_id)

    def status(self, pools: Sequence[str] = ()) -> Status:
        _check_text(*pools)
        with self._store.reading() as conn:
            return reading.status(conn, pools, self._now())

    def holders(self) -> list[Holder]:
        with self._store.reading() as conn:
            return reading.holders(conn, self._now())

    def records(self) -> Iterator[Record]:
        with self._store.streaming() as conn:
            yield from reading.records(conn)

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        _check_text(reviewer)
        with self._store.reading() as conn:
            return reading.history(conn, reviewer, limit)

    def trail(self, after: int = 0) -> Iterator[TrailEntry]:
        with self._store.streaming() as conn:
            yield from reading.trail(conn, after)

    def leases(self) -> list[Lease]:
        with self._store.reading() as conn:
            return reading.leases(conn, self._now())

    def verify(self, head: bytes | None = None) -> Audit:
        with self._store.streaming() as conn:
            replay = Replay()
            chain = verify(reading.trail(conn, 0), head, visit=replay.apply)
            if chain.fault is not None and chain.fault.wrong != "anchor":
                return Audit(chain, ())
            return Audit(chain, tuple(differences(replay.facts(), facts(conn))))

    def close(self) -> None:
        self._store.close()

    def _now(self) -> int:
        return to_micros(self._store.clock())

    def _claims(self, tx: Transaction, leased: Sequence[claims.Leased]) -> list[Claim]:
        # A long context is parsed after the lock is free again.
        with translated(self._store.path):
            return claims.claims_of(tx.now, leased)


def _until(tx: Transaction, lease_s: float) -> int:
    if not (math.isfinite(lease_s) and 0 < lease_s <= LONGEST_LEASE_S):
        raise Invalid(
            "a lease lasts more than 0 and at most {longest} seconds", longest=LONGEST_LEASE_S
        )
    return to_micros(tx.now + timedelta(seconds=lease_s))


def _check_text(*names: str) -> None:
    for name in names:
        if not name:
            raise Invalid("a name is empty: reviewers, cases and pools have one")
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            raise Invalid("half of a surrogate pair is not text: it cannot be stored") from None
