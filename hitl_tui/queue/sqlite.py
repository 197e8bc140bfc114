"""The SQLite store: the Queue protocol over one file, each method one transaction or one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from hitl_tui.audit.calibration import calibration_differences
from hitl_tui.audit.chain import verify
from hitl_tui.audit.facts import Audit, differences, token_differences
from hitl_tui.audit.replay import Replay
from hitl_tui.model.case import Case, Gold, Submission
from hitl_tui.model.clock import Clock, to_micros
from hitl_tui.model.quiz import Feedback, Mode, Outcome, Quiz, QuizItem, QuizRecord, Sitting
from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import CaseState, Cause, Claim, Lease, ReleaseReason, Resolution, Route
from hitl_tui.queue import (
    claims,
    guidelines,
    listing,
    overdue,
    quizzes,
    ratings,
    reading,
    tokens,
    verdicts,
)
from hitl_tui.queue.admit import contents
from hitl_tui.queue.calibration import Acknowledged, Published
from hitl_tui.queue.facts import facts
from hitl_tui.queue.operations import Operations, check_limit, check_names
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    LOCAL,
    Admission,
    Connection,
    Dispute,
    Holder,
    Page,
    Receipt,
    Record,
    Status,
    StoredVerdict,
    TrailEntry,
    Unreachable,
    Upcoming,
)
from hitl_tui.queue.ratings import RatingRow
from hitl_tui.queue.refusals import translated
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.store import Store, Transaction
from hitl_tui.queue.tokens import Identity, Role, TokenRow

T = TypeVar("T")


class SqliteQueue:
    """A queue in a file. Promises and errors of the methods are those of `protocol.Queue`.

    It keeps its tokens too (`tokens.TokenStore`).
    """

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
        self.operations = Operations(rules or Rules())

    @property
    def address(self) -> Shown:
        return reveal_line(self._store.path)

    def connection(self) -> Connection:
        return Connection()

    def together(self, operations: Sequence[Callable[[Transaction], T]]) -> list[T | Exception]:
        """Many operations in one transaction and one commit; for each its result or what it raised.

        One that raises leaves nothing behind and does not disturb the others. What time has brought
        comes first, and stays. When the store itself fails, nothing of all is there, and Unreachable
        is raised.
        """
        results: list[T | Exception] = []
        with self._store.writing() as tx:
            self.operations.tick(tx)
            for operation in operations:
                try:
                    with tx.attempt(), translated(self._store.path):
                        results.append(operation(tx))
                except Unreachable:
                    raise
                except Exception as error:  # noqa: BLE001  (handed to whoever asked for it)
                    results.append(error)
        return results

    def admit(
        self, batch: Sequence[tuple[Submission, Route]], *, producer: str = LOCAL
    ) -> list[Admission]:
        texts = contents(batch)
        return self._change(lambda tx: self.operations.admit(tx, batch, texts, producer=producer))

    def claim(
        self,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Claim]:
        leased = self._change(
            lambda tx: self.operations.claim(
                tx, reviewer, pools=pools, batch=batch, lease_s=lease_s, case_id=case_id
            )
        )
        return self._claims(leased)

    def upcoming(
        self, reviewer: str, *, pools: Sequence[str] = (), limit: int = 5
    ) -> list[Upcoming]:
        return self._change(
            lambda tx: self.operations.upcoming(tx, reviewer, pools=pools, limit=limit)
        )

    def tick(self) -> int:
        return self._change(self.operations.tick)

    def resume(
        self,
        reviewer: str,
        *,
        lease_s: float = DEFAULT_LEASE_S,
        claimed_before: datetime | None = None,
    ) -> list[Claim]:
        leased = self._change(
            lambda tx: self.operations.resume(
                tx, reviewer, lease_s=lease_s, claimed_before=claimed_before
            )
        )
        return self._claims(leased)

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], *, lease_s: float = DEFAULT_LEASE_S
    ) -> dict[int, datetime]:
        return self._change(
            lambda tx: self.operations.heartbeat(tx, reviewer, tokens, lease_s=lease_s)
        )

    def release(
        self,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        self._change(
            lambda tx: self.operations.release(
                tx, reviewer, token, reason=reason, note=note, until=until
            )
        )

    def submit(self, verdict: Verdict) -> Receipt:
        receipt = self._change(lambda tx: self.operations.submit(tx, verdict))
        if receipt.kept:
            raise verdicts.lost(receipt)
        return receipt

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        leased = self._change(
            lambda tx: self.operations.undo(tx, reviewer, verdict_id, lease_s=lease_s)
        )
        return self._claims([leased])[0]

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        leased = self._change(
            lambda tx: self.operations.unskip(tx, reviewer, case_id, lease_s=lease_s)
        )
        return self._claims([leased])[0]

    def resolution(self, case_id: str, *, deliver: bool = False) -> Resolution | None:
        if not deliver:
            check_names(case_id)
            self._notice()
            with self._store.reading() as conn:
                return reading.resolution(conn, case_id)
        return self._change(lambda tx: self.operations.resolution(tx, case_id, deliver=deliver))

    def adjudicate(
        self,
        adjudicator: str,
        case_id: str,
        decision: str,
        *,
        cause: Cause,
        output: str | None = None,
        note: str = "",
        version: int | None = None,
    ) -> Resolution:
        return self._change(
            lambda tx: self.operations.adjudicate(
                tx,
                adjudicator,
                case_id,
                decision,
                cause=cause,
                output=output,
                note=note,
                version=version,
            )
        )

    def disputes(self, pools: Sequence[str] = ()) -> list[Dispute]:
        check_names(*pools)
        self._notice()
        with self._store.reading() as conn:
            return listing.disputes(conn, pools)

    def withdraw(
        self, actor: str, case_id: str, *, note: str = "", version: int | None = None
    ) -> None:
        self._change(
            lambda tx: self.operations.withdraw(tx, actor, case_id, note=note, version=version)
        )

    def change(
        self,
        actor: str,
        case_id: str,
        *,
        priority: int | None = None,
        due: datetime | None = None,
        pool: str | None = None,
        version: int | None = None,
    ) -> int:
        return self._change(
            lambda tx: self.operations.change(
                tx, actor, case_id, priority=priority, due=due, pool=pool, version=version
            )
        )

    def assign(self, actor: str, case_id: str, reviewer: str | None) -> None:
        self._change(lambda tx: self.operations.assign(tx, actor, case_id, reviewer))

    def requeue(self, actor: str, case_id: str, *, reviewer: str | None = None) -> None:
        self._change(lambda tx: self.operations.requeue(tx, actor, case_id, reviewer=reviewer))

    def free(self, actor: str, case_id: str, *, reviewer: str | None = None) -> int:
        return self._change(lambda tx: self.operations.free(tx, actor, case_id, reviewer=reviewer))

    def case(self, case_id: str) -> Case:
        check_names(case_id)
        with self._store.reading() as conn:
            return reading.case(conn, case_id)

    def owner(self, case_id: str) -> str | None:
        check_names(case_id)
        with self._store.reading() as conn:
            return reading.owner(conn, case_id)

    def listing(
        self,
        *,
        state: CaseState | None = None,
        pool: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        check_limit(limit)
        check_names(*([] if pool is None else [pool]))
        self._notice()
        with self._store.reading() as conn:
            return listing.listing(conn, state, pool, cursor, limit, self._now())

    def verdict_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, StoredVerdict]]:
        check_limit(limit)
        with self._store.reading() as conn:
            return listing.verdict_page(conn, after, limit)

    def resolution_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Resolution]]:
        check_limit(limit)
        with self._store.reading() as conn:
            return listing.resolution_page(conn, after, limit)

    def record(self, case_id: str) -> Record:
        check_names(case_id)
        with self._store.reading() as conn:
            return reading.record(conn, case_id)

    def gold(self, case_id: str) -> Gold | None:
        check_names(case_id)
        with self._store.reading() as conn:
            return reading.gold(conn, case_id)

    def looked(self, actor: str, case_id: str) -> None:
        self._change(lambda tx: self.operations.looked(tx, actor, case_id))

    def status(self, pools: Sequence[str] = ()) -> Status:
        check_names(*pools)
        self._notice()
        with self._store.reading() as conn:
            return reading.status(conn, pools, self._now())

    def holders(self) -> list[Holder]:
        with self._store.reading() as conn:
            return reading.holders(conn, self._now())

    def records(self) -> Iterator[Record]:
        with self._store.streaming() as conn:
            yield from reading.records(conn)

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        check_names(reviewer)
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
            found = [
                *differences(replay.facts(), facts(conn)),
                *token_differences(replay.tokens(), tokens.token_facts(conn)),
                *calibration_differences(replay.calibration, guidelines.calibration_facts(conn)),
            ]
            return Audit(chain, tuple(found))

    def create_token(
        self, role: Role, name: str, pools: Sequence[str] = (), expires_at: datetime | None = None
    ) -> tuple[Identity, str]:
        return self._change(
            lambda tx: self.operations.create_token(tx, role, name, pools, expires_at)
        )

    def tokens(self) -> list[TokenRow]:
        with self._store.reading() as conn:
            return tokens.rows(conn)

    def revoke_token(self, token_id: str) -> None:
        self._change(lambda tx: self.operations.revoke_token(tx, token_id))

    def identify(self, secret: str) -> Identity | None:
        with self._store.reading() as conn:
            return tokens.identify(conn, secret, self._now())

    def ratings(
        self,
        on: str = "decision",
        label: str = "",
        *,
        kind: str | None = None,
        placed: bool = False,
    ) -> Iterator[RatingRow]:
        with self._store.streaming() as conn:
            yield from ratings.ratings(conn, on, label, kind=kind, placed=placed)

    def rated_kinds(self) -> list[str]:
        with self._store.reading() as conn:
            return ratings.rated_kinds(conn)

    def gold_items(self) -> list[QuizItem]:
        with self._store.reading() as conn:
            return quizzes.gold_items(conn)

    def create_quiz(
        self,
        actor: str,
        name: str,
        items: Sequence[QuizItem],
        *,
        mode: Mode = "scored",
        stratified: bool = False,
        seed: int = 0,
    ) -> Quiz:
        return self._change(
            lambda tx: self.operations.create_quiz(
                tx, actor, name, items, mode=mode, stratified=stratified, seed=seed
            )
        )

    def sit(self, reviewer: str, quiz: str) -> Sitting:
        return self._change(lambda tx: self.operations.sit(tx, reviewer, quiz))

    def feedback(self, reviewer: str, quiz: str, case_id: str) -> Feedback:
        check_names(reviewer, quiz, case_id)
        with self._store.reading() as conn:
            return quizzes.feedback(conn, reviewer, quiz, case_id)

    def seated(self, reviewer: str, case_id: str) -> bool:
        with self._store.reading() as conn:
            return quizzes.seated(conn, reviewer, case_id)

    def close_quiz(self, actor: str, name: str) -> int:
        return self._change(lambda tx: self.operations.close_quiz(tx, actor, name))

    def quizzes(self) -> list[Quiz]:
        with self._store.reading() as conn:
            return quizzes.quizzes(conn)

    def quiz(self, name: str) -> QuizRecord:
        check_names(name)
        with self._store.reading() as conn:
            return quizzes.record(conn, name)

    def settle_item(
        self,
        actor: str,
        name: str,
        item: int,
        *,
        gold: Gold | None = None,
        section: str | None = None,
        note: str = "",
    ) -> Outcome:
        return self._change(
            lambda tx: self.operations.settle_item(
                tx, actor, name, item, gold=gold, section=section, note=note
            )
        )

    def publish_guideline(self, actor: str, text: str) -> Published:
        return self._change(lambda tx: self.operations.publish_guideline(tx, actor, text))

    def guideline(self) -> Published | None:
        found = self.guidelines()
        return found[-1] if found else None

    def guidelines(self) -> list[Published]:
        with self._store.reading() as conn:
            return guidelines.published(conn)

    def acknowledge(self, reviewer: str, version: str) -> None:
        self._change(lambda tx: self.operations.acknowledge(tx, reviewer, version))

    def acknowledgements(self) -> list[Acknowledged]:
        with self._store.reading() as conn:
            return guidelines.acknowledgements(conn)

    def close(self) -> None:
        self._store.close()

    def _change(self, operation: Callable[[Transaction], T]) -> T:
        [result] = self.together([operation])
        if isinstance(result, Exception):
            raise result
        return result

    def _notice(self) -> None:
        """Make the fallbacks that are due, if there are any, before something is read."""
        with self._store.reading() as conn:
            missed = overdue.missed(conn, self._now())
        if missed:
            self.tick()

    def _now(self) -> int:
        return to_micros(self._store.clock())

    def _claims(self, leased: Sequence[claims.Leased]) -> list[Claim]:
        # A long context is parsed after the lock is free again.
        with translated(self._store.path):
            return claims.claims_of(leased)
