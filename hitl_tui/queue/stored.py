"""A stored queue: the Queue protocol over a database, each method one transaction or one snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from hitl_tui.later import later
from hitl_tui.model.case import Case, Gold, Kind, Submission
from hitl_tui.model.clock import to_micros
from hitl_tui.model.text import Shown
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import CaseState, Cause, Claim, Lease, ReleaseReason, Resolution, Route
from hitl_tui.queue import claims, overdue, reading
from hitl_tui.queue.database import Database
from hitl_tui.queue.operations import Operations, check_limit, check_names
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    LOCAL,
    Admission,
    Basis,
    Connection,
    Dispute,
    Exported,
    Holder,
    Material,
    Page,
    Receipt,
    Record,
    Status,
    Stored,
    StoredVerdict,
    TrailEntry,
    Unreachable,
    Upcoming,
)
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.transaction import Transaction

if TYPE_CHECKING:
    from hitl_tui.audit.facts import Audit
    from hitl_tui.model.quiz import Feedback, Mode, Outcome, Quiz, QuizItem, QuizRecord, Sitting
    from hitl_tui.queue import (
        admit,
        checking,
        exporting,
        guidelines,
        listing,
        quizzes,
        ratings,
        tokens,
        verdicts,
        webhooks,
    )
    from hitl_tui.queue.calibration import Acknowledged, Published
    from hitl_tui.queue.ratings import RatingRow
    from hitl_tui.queue.tokens import Identity, Role, TokenRow
    from hitl_tui.queue.webhooks import Hook
else:
    # What neither opens a queue nor gives a reviewer the next case.
    admit, checking, exporting, guidelines, listing = later(
        "hitl_tui.queue", "admit", "checking", "exporting", "guidelines", "listing"
    )
    quizzes, ratings, tokens, verdicts, webhooks = later(
        "hitl_tui.queue", "quizzes", "ratings", "tokens", "verdicts", "webhooks"
    )

T = TypeVar("T")


class Store(Protocol):
    """An open database with the tables of a queue. Safe to call from several threads."""

    @property
    def address(self) -> Shown:
        """Where it is, fit to be shown; no password."""

    def now(self) -> datetime:
        """The store's time."""

    def change(
        self, work: Callable[[Transaction], T], first: Callable[[Transaction], object] | None = ...
    ) -> T:
        """Carry out a change: all of it durably with its events, or nothing. It may be tried again.

        What `first` does comes first, and `work` sees what it did; when `work` wants nothing of the
        store, `first` may be left out.
        """

    def look(self, read: Callable[[Database], T]) -> T:
        """The result of a few quick reads in one snapshot."""

    def glance(self, read: Callable[[Database], T]) -> T:
        """The result of reads that need no common snapshot, as of a single statement."""

    def streaming(self) -> AbstractContextManager[Database]:
        """One snapshot for reads that last while others write."""

    def translated(self) -> AbstractContextManager[None]:
        """Around whatever may meet a failure of the database: that becomes a QueueError."""

    def watch(self, news: Callable[[], None]) -> Callable[[], None]:
        """Call `news`, in a thread of its own, when another program changes the queue.

        Returns what ends it. A store that cannot know never calls it: who waits has to look.
        """

    def discard(self, *, filled: bool) -> None:
        """Close the store and remove the queue if it is bare, or if the caller has `filled` it."""

    def close(self) -> None:
        """Give everything back; a second call does nothing."""


class _GivenUp(Exception):
    """The only operation of a transaction was refused."""

    def __init__(self, why: Exception) -> None:
        super().__init__(why)
        self.why = why


class StoredQueue:
    """A queue in a database. Promises and errors of the methods are those of `protocol.Queue`.

    It keeps its tokens (`tokens.TokenStore`) and webhooks too (`webhooks.HookStore`).
    """

    def __init__(self, store: Store, rules: Rules | None) -> None:
        self._store = store
        self.operations = Operations(rules or Rules())

    @property
    def address(self) -> Shown:
        return self._store.address

    def connection(self) -> Connection:
        return Connection()

    def now(self) -> datetime:
        """The store's time."""
        return self._store.now()

    def filled_by(self, work: Callable[[Transaction], T]) -> T:
        """A change from outside the queue's own operations, in one transaction."""

        def patiently(tx: Transaction) -> T:
            tx.conn.patient()
            return work(tx)

        return self._store.change(patiently)

    def held(self, read: Callable[[Database], T]) -> T:
        """The result of reads while nobody changes anything."""

        def reading(tx: Transaction) -> T:
            tx.conn.patient()
            with self._store.streaming() as conn:
                return read(conn)

        return self._store.change(reading)

    def head(self) -> bytes:
        """The hash of the trail's last entry."""
        return self._store.change(lambda tx: tx.head)

    def position(self) -> int:
        """The position of the trail's last entry."""
        return self._store.glance(reading.position)

    def discard(self, *, filled: bool) -> None:
        """As `Store.discard`."""
        self._store.discard(filled=filled)

    def watch(self, news: Callable[[], None]) -> Callable[[], None]:
        """As `Store.watch`."""
        return self._store.watch(news)

    def together(self, operations: Sequence[Callable[[Transaction], T]]) -> list[T | Exception]:
        """Many operations in one transaction and one commit; for each its result or what it raised.

        One that raises leaves nothing behind and does not disturb the others. What time has brought
        comes first, and stays. When the store itself fails, nothing of all is there, and Unreachable
        is raised.
        """

        ticked = False

        def tick(tx: Transaction) -> None:
            nonlocal ticked
            self.operations.tick(tx)
            ticked = bool(tx.entries)

        if len(operations) > 1:
            return self._store.change(
                lambda tx: [self._attempted(tx, it) for it in operations], tick
            )
        [operation] = operations
        try:
            # Nothing else is in the transaction: it can be given up as a whole.
            return [self._store.change(lambda tx: self._alone(tx, operation), tick)]
        except _GivenUp as given_up:
            if ticked:
                self._store.change(tick)
            return [given_up.why]

    def _alone(self, tx: Transaction, operation: Callable[[Transaction], T]) -> T:
        try:
            with self._store.translated():
                return operation(tx)
        except Unreachable:
            raise
        except Exception as error:
            raise _GivenUp(error) from error

    def _attempted(self, tx: Transaction, operation: Callable[[Transaction], T]) -> T | Exception:
        try:
            with self._store.translated(), tx.attempt():
                return operation(tx)
        except Unreachable:
            raise
        except Exception as error:  # noqa: BLE001  (handed to whoever asked for it)
            return error

    def admit(
        self, batch: Sequence[tuple[Submission, Route]], *, producer: str = LOCAL
    ) -> list[Admission]:
        texts = admit.contents(batch)
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
            return self._store.glance(lambda conn: reading.resolution(conn, case_id))
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
        return self._store.glance(lambda conn: listing.disputes(conn, pools))

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
        return self._store.glance(lambda conn: reading.case(conn, case_id))

    def owner(self, case_id: str) -> str | None:
        check_names(case_id)
        return self._store.glance(lambda conn: reading.owner(conn, case_id))

    def listing(
        self,
        *,
        state: CaseState | None = None,
        pool: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
        copies: bool = True,
    ) -> Page:
        check_limit(limit)
        check_names(*([] if pool is None else [pool]))
        self._notice()
        return self._store.look(
            lambda conn: listing.listing(
                conn, state, pool, cursor, limit, self._now(), copies=copies
            )
        )

    def verdict_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, StoredVerdict]]:
        check_limit(limit)
        return self._store.glance(lambda conn: listing.verdict_page(conn, after, limit))

    def resolution_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Resolution]]:
        check_limit(limit)
        return self._store.glance(lambda conn: listing.resolution_page(conn, after, limit))

    def record(self, case_id: str) -> Record:
        check_names(case_id)
        return self._store.look(lambda conn: reading.record(conn, case_id))

    def gold(self, case_id: str) -> Gold | None:
        check_names(case_id)
        return self._store.glance(lambda conn: reading.gold(conn, case_id))

    def reveal(self, reviewer: str, token: int) -> None:
        self._change(lambda tx: self.operations.reveal(tx, reviewer, token))

    def looked(self, actor: str, case_id: str) -> None:
        self._change(lambda tx: self.operations.looked(tx, actor, case_id))

    def status(self, pools: Sequence[str] = ()) -> Status:
        check_names(*pools)
        self._notice()
        return self._store.look(lambda conn: reading.status(conn, pools, self._now()))

    def holders(self) -> list[Holder]:
        return self._store.glance(lambda conn: reading.holders(conn, self._now()))

    def records(self) -> Iterator[Record]:
        with self._store.streaming() as conn:
            yield from reading.records(conn)

    def materials(self, after: int = 0, *, unplaced: bool = False) -> Iterator[Material]:
        with self._store.streaming() as conn:
            yield from exporting.materials(conn, after, unplaced=unplaced)

    def stored(self, after: int = 0) -> Iterator[Stored]:
        with self._store.streaming() as conn:
            yield from exporting.as_stored(conn, after)

    def material_page(
        self, after: int = 0, limit: int = 1000, *, unplaced: bool = False
    ) -> list[Material]:
        check_limit(limit)
        with self._store.streaming() as conn:
            return list(exporting.materials(conn, after, limit, unplaced=unplaced))

    def basis(self) -> Basis:
        self._notice()
        return self._store.look(exporting.basis)

    def assign_splits(self, actor: str, splits: Mapping[str, str]) -> dict[str, str]:
        return self._change(lambda tx: self.operations.assign_splits(tx, actor, splits))

    def exported(self, actor: str, exported: Exported) -> None:
        self._change(lambda tx: self.operations.exported(tx, actor, exported))

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        check_names(reviewer)
        return self._store.glance(lambda conn: reading.history(conn, reviewer, limit))

    def trail(self, after: int = 0) -> Iterator[TrailEntry]:
        with self._store.streaming() as conn:
            yield from reading.trail(conn, after)

    def leases(self) -> list[Lease]:
        return self._store.glance(lambda conn: reading.leases(conn, self._now()))

    def verify(self, head: bytes | None = None) -> Audit:
        with self._store.streaming() as conn:
            return checking.audit(conn, head)

    def create_token(
        self, role: Role, name: str, pools: Sequence[str] = (), expires_at: datetime | None = None
    ) -> tuple[Identity, str]:
        return self._change(
            lambda tx: self.operations.create_token(tx, role, name, pools, expires_at)
        )

    def tokens(self) -> list[TokenRow]:
        return self._store.glance(tokens.rows)

    def revoke_token(self, token_id: str) -> None:
        self._change(lambda tx: self.operations.revoke_token(tx, token_id))

    def identify(self, secret: str) -> Identity | None:
        return self.identify_all([secret])[0]

    def identify_all(self, secrets: Sequence[str]) -> list[Identity | None]:
        return self._store.glance(lambda conn: tokens.identify(conn, secrets, self._now()))

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

    def rated_kinds(self) -> list[Kind]:
        return self._store.look(ratings.rated_kinds)

    def gold_items(self) -> list[QuizItem]:
        return self._store.look(quizzes.gold_items)

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
        return self._store.look(lambda conn: quizzes.feedback(conn, reviewer, quiz, case_id))

    def seated(self, reviewer: str, case_id: str) -> bool:
        return self._store.look(lambda conn: quizzes.seated(conn, reviewer, case_id))

    def close_quiz(self, actor: str, name: str) -> int:
        return self._change(lambda tx: self.operations.close_quiz(tx, actor, name))

    def quizzes(self) -> list[Quiz]:
        return self._store.look(quizzes.quizzes)

    def quiz(self, name: str) -> QuizRecord:
        check_names(name)
        return self._store.look(lambda conn: quizzes.record(conn, name))

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
        return self._store.look(guidelines.published)

    def acknowledge(self, reviewer: str, version: str) -> None:
        self._change(lambda tx: self.operations.acknowledge(tx, reviewer, version))

    def acknowledgements(self) -> list[Acknowledged]:
        return self._store.look(guidelines.acknowledgements)

    def add_hook(self, url: str, owner: str | None, *, private: bool) -> tuple[Hook, str]:
        return self._change(lambda tx: self.operations.add_hook(tx, url, owner, private=private))

    def hooks(self) -> list[Hook]:
        return self._store.glance(webhooks.hooks)

    def remove_hook(self, hook_id: str, owner: str | None = None) -> None:
        self._change(lambda tx: self.operations.remove_hook(tx, hook_id, owner))

    def hook_secrets(self, hook_id: str) -> tuple[Hook, tuple[str, ...]]:
        return self._store.glance(lambda conn: webhooks.signing(conn, hook_id, self._now()))

    def hooks_due(self) -> list[str]:
        return self._store.glance(lambda conn: webhooks.due(conn, self._now()))

    def close(self) -> None:
        self._store.close()

    def _change(self, operation: Callable[[Transaction], T]) -> T:
        [result] = self.together([operation])
        if isinstance(result, Exception):
            raise result
        return result

    def _notice(self) -> None:
        """Make the fallbacks that are due, if there are any, before something is read."""
        now = self._now()
        if self._store.glance(lambda conn: overdue.missed(conn, now)):
            self.tick()

    def _now(self) -> int:
        return to_micros(self._store.now())

    def _claims(self, leased: Sequence[claims.Leased]) -> list[Claim]:
        # A long context is parsed after the lock is free again.
        with self._store.translated():
            return claims.claims_of(leased)
