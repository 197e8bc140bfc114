"""The reviewer's desk: the cases at hand, the next ones already prepared, the store kept off the UI."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import Shown
from hitl_tui.model.verdict import EvidenceRef, Verdict
from hitl_tui.model.work import Cause, Claim, ReleaseReason, Resolution
from hitl_tui.queue.protocol import (
    Connection,
    Dispute,
    Holder,
    NotAvailable,
    NotFound,
    Queue,
    QueueError,
    Receipt,
    Record,
    Status,
    StoredVerdict,
    Unreachable,
    Upcoming,
)
from hitl_tui.tui.kinds import Seat
from hitl_tui.tui.layout import Layout
from hitl_tui.tui.prepare import Prepared, completed, is_large, prepare

if TYPE_CHECKING:
    from hitl_tui.grounding import Evidence
    from hitl_tui.model.quiz import Lesson

T = TypeVar("T")

MOST_EVIDENCE = 100
"""Places of the sources that a verdict names at most."""
IDLE_AFTER_S = 30.0
"""A pause longer than this counts as this much active time."""


Stretch = tuple[int, int, str | None]
"""Start and end of a marked stretch, half-open raw offsets, and its label."""


@dataclass(eq=False, repr=False)
class Item:
    """One case at hand, with what the reviewer has done to it so far."""

    claim: Claim
    claimed: float
    """`monotonic()` when it was claimed, for clocks that run on the store's time."""
    rationale: str = ""
    edited: str | None = None
    writes: str | None = None
    """The decision that saving the edit gives; None while nothing is edited."""
    spans: list[Stretch] = field(default_factory=list)
    """What was marked in the output."""
    evidence: list[EvidenceRef] = field(default_factory=list)
    """The places of the sources that stood beside a claim, each once, in the order they were shown."""
    strength: int | None = None
    revealed: bool = False
    first_decision: str | None = None
    opened_at: datetime | None = None
    active_s: float = 0.0
    touched: float = 0.0
    again: bool = False
    """Whether it is here for a second time, after an undo or a skip."""
    preparing: Future[Prepared] | None = None
    comparing: Future[Prepared] | None = None
    """The work on its marks, for a case that is shown before it has been compared."""

    @property
    def case_id(self) -> str:
        return self.claim.case.id

    def opened(self, now: datetime) -> None:
        """Note that it is on the screen."""
        if self.opened_at is None:
            self.opened_at = now
        self.touched = monotonic()

    def showed(self, *places: Evidence) -> None:
        """Note that places of the sources were shown beside a claim; of very many the last ones stay."""
        refs = [EvidenceRef(passage=p.passage, start=p.start, end=p.end) for p in places]
        self.evidence = list(dict.fromkeys([*self.evidence, *refs]))[-MOST_EVIDENCE:]

    def active(self) -> None:
        """Note a sign of life; a long pause counts as half a minute."""
        moment = monotonic()
        self.active_s += min(moment - self.touched, IDLE_AFTER_S) if self.touched else 0.0
        self.touched = moment


class Done(NamedTuple):
    """One thing that can be undone, and done again."""

    case_id: str
    decision: str
    verdict: Verdict | None = None
    """None for a skip and for putting it away until a time."""
    rationale: str = ""
    edited: str | None = None
    writes: str | None = None
    away: timedelta | None = None
    """For how long it was put away."""

    @property
    def verdict_id(self) -> str | None:
        return self.verdict.id if self.verdict else None


class Desk:
    """Claims, prepares, submits. Its methods are coroutines; the work runs in two threads.

    One thread owns the queue, so the order of what the reviewer did is the order in the store; the
    other prepares cases. A long text is compared in a thread of its own, for which neither the next
    case nor the end of the program waits. Queue errors reach the caller as they are.
    """

    def __init__(
        self,
        open_queue: Callable[[], Queue],
        reviewer: str,
        pools: Sequence[str],
        batch: int,
        lease_s: float,
    ) -> None:
        self.reviewer = reviewer
        self.pools = tuple(pools)
        self.batch = batch
        self.lease_s = lease_s
        self.items: list[Item] = []
        self.ahead: list[Item] = []
        self.history: list[Done] = []
        self.undone: list[Done] = []
        """What was taken back and nothing was decided since, the last one last."""
        self.seat = Seat(reviewer)
        self.finished = 0
        self.layout: Layout | None = None
        self._open_queue = open_queue
        self._queue: Queue | None = None
        self._store = ThreadPoolExecutor(1, thread_name_prefix="hitl-store")
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="hitl-prepare")
        self._opening: Future[list[Item]] | None = None
        self._arriving: asyncio.Future[list[Item]] | None = None
        self._refused: set[str | None] = set()
        self._held: set[int] = set()
        """Tokens of the leases that this desk has, kept by the store's thread alone."""

    # -- start and end ----------------------------------------------------------------------------

    def open(self, *, resume_before: datetime | None) -> None:
        """Begin to open the queue and claim the first batch, while the screen is still being built.

        What this reviewer claimed before `resume_before` is taken up again; None leaves it alone.
        """
        self._opening = self._store.submit(self._open, resume_before)

    async def warm(self, seconds: float) -> bool:
        """Whether the first batch has come and its first case is prepared, after at most so long."""
        arriving = self._first_batch()
        await asyncio.wait([arriving], timeout=seconds)
        return arriving.done()

    async def begin(self) -> None:
        """Wait for the first batch. Raises QueueError when the store cannot be had."""
        self.items = await self._first_batch()

    def _first_batch(self) -> asyncio.Future[list[Item]]:
        # One future for both who wait: an error that one of two never asked for would be printed.
        assert self._opening is not None, "open() comes first"
        if self._arriving is None:
            self._arriving = asyncio.wrap_future(self._opening)
        return self._arriving

    @property
    def address(self) -> Shown:
        """Where the queue is."""
        return self._queue.address if self._queue else Shown("")

    @property
    def connection(self) -> Connection:
        """Whether the place of the cases can be reached, and what waits to be sent."""
        return self._queue.connection() if self._queue else Connection()

    def lesson(self) -> Lesson | None:
        """What a training quiz has to say of the last verdict, told once."""
        teaches = getattr(self._queue, "take_lesson", None)
        lesson: Lesson | None = teaches() if teaches is not None else None
        return lesson

    async def acknowledge(self, version: str) -> bool:
        """Note in the queue that this version of the guideline was read; False when it knows none such."""
        return await self._call(self._acknowledge, version)

    def _acknowledge(self, queue: Queue, version: str) -> bool:
        from hitl_tui.queue.calibration import Sittings  # noqa: PLC0415  (not before the first case)

        if not isinstance(queue, Sittings):
            return False
        try:
            queue.acknowledge(self.reviewer, version)
        except NotFound:
            return False
        return True

    async def close(self) -> None:
        """Give every lease back and the store's resources too."""
        self.items, self.ahead = [], []
        await self._call(self._leave)
        self._store.shutdown(wait=False)
        self._maker.shutdown(wait=False, cancel_futures=True)

    def abandon(self) -> None:
        """Stop the threads without touching the leases; after `close` it does nothing."""
        self._store.shutdown(wait=False, cancel_futures=True)
        self._maker.shutdown(wait=False, cancel_futures=True)

    # -- cases --------------------------------------------------------------------------------------

    async def prepared(self, item: Item) -> Prepared:
        """The case ready to be shown; immediate when it was prefetched."""
        return await asyncio.wrap_future(self._prepare(item))

    async def compared(self, item: Item) -> Prepared:
        """The same case with its marks, for one that was too large to wait for."""
        if item.comparing is None:
            compare = partial(completed, await self.prepared(item), self.layout, self.seat)
            large = is_large(item.claim.case)
            item.comparing = _beside(compare) if large else self._maker.submit(compare)
        work = item.comparing
        # Who no longer waits for it must not cancel it for others.
        prepared = await asyncio.shield(asyncio.wrap_future(work))
        item.preparing = work
        return prepared

    def prefetch(self, item: Item) -> None:
        """Prepare the cases that may come after `item`, in the background, and let go of far ones."""
        at = self.items.index(item) if item in self.items else 0
        near = [*self.items[max(0, at - 1) : at + 3], *self.items[:1], *self.ahead[:1]]
        for other in self.items:
            if other not in near:
                other.preparing = other.comparing = None
        for other in near:
            self._prepare(other)

    async def refill(self) -> bool:
        """Claim ahead when the batch runs out, and begin it when nothing is left; True on new cases."""
        if len(self.items) <= 1 and not self.ahead:
            await self._call(self._claim_ahead)
        if self.items or not self.ahead:
            return False
        self.items, self.ahead = self.ahead, []
        self.finished = 0
        return True

    # -- decisions ----------------------------------------------------------------------------------

    async def submit(self, item: Item, verdict: Verdict) -> Receipt:
        """Send a verdict; when this returns it is on a disk and the case is off the desk."""
        receipt: Receipt = await self._call(self._submit, verdict)
        self._finish(item)
        self.history.append(_done(verdict, item.edited, item.writes))
        return receipt

    async def skip(self, item: Item, note: str, *, away: timedelta | None = None) -> None:
        """Give a case back for later or for others; with `away` nobody is shown it again before then."""
        reason: ReleaseReason = "skip" if away is None else "snooze"
        until = None if away is None else store_time(item) + away
        await self._call(self._give_back, item.claim.token, reason, note, until)
        self._finish(item)
        done = Done(item.case_id, reason, None, item.rationale, item.edited, item.writes, away)
        self.history.append(done)

    async def looked(self, item: Item) -> None:
        """Note in the trail that scores or folded text of a case were shown, verdict or not."""
        token = item.claim.token
        await self._call(lambda queue: queue.reveal(self.reviewer, token))

    async def undo(self) -> tuple[Item, Done] | None:
        """Take the last thing back; the case is at hand again. None when there is nothing to undo.

        What this run did comes first, then the reviewer's earlier verdicts from the store. What the
        store refuses to take back is passed over the next time.
        """
        done = self.history.pop() if self.history else await self._call(self._earlier)
        if done is None:
            return None
        if done.verdict_id is None and (item := self.at_hand(done.case_id)):
            self._put_first(item)
            self.undone.append(done)
            return item, done
        try:
            claim = await self._call(lambda queue: self._take_back(queue, done))
        except Unreachable:
            self.history.append(done)
            raise
        except QueueError:
            self._refused.add(done.verdict_id)
            raise
        item = _reopened(claim, done)
        self._put_first(item)
        self.undone.append(done)
        return item, done

    def drop(self, item: Item) -> None:
        """Take a case off the desk whose lease is gone."""
        self._finish(item)

    async def take_back(self, verdict: Verdict) -> tuple[Item, Done]:
        """Take back one verdict of the reviewer's own, whichever it is; the case is at hand again."""
        done = next((one for one in self.history if one.verdict_id == verdict.id), _done(verdict))
        claim = await self._call(lambda queue: self._take_back(queue, done))
        self.history = [one for one in self.history if one.verdict_id != verdict.id]
        item = _reopened(claim, done)
        self._put_first(item)
        self.undone.append(done)
        return item, done

    # -- the store's state ----------------------------------------------------------------------------

    async def status(self) -> Status:
        """The counts of the pools this reviewer works for."""
        return await self._call(lambda queue: queue.status(self.pools))

    async def holders(self) -> list[Holder]:
        """Who holds cases now."""
        return await self._call(lambda queue: queue.holders())

    async def latest(self, limit: int) -> list[StoredVerdict]:
        """The reviewer's latest standing verdicts, newest first."""
        return await self._call(lambda queue: queue.history(self.reviewer, limit))

    async def upcoming(self, limit: int) -> list[Upcoming]:
        """What a claim would give next, and why."""
        return await self._call(
            lambda queue: queue.upcoming(self.reviewer, pools=self.pools, limit=limit)
        )

    async def disputes(self) -> list[Dispute]:
        """What waits for adjudication in the pools of this reviewer."""
        return await self._call(lambda queue: queue.disputes(self.pools))

    async def record(self, case_id: str) -> Record:
        """One case with its verdicts."""
        return await self._call(lambda queue: queue.record(case_id))

    async def adjudicate(
        self, record: Record, decision: str, cause: Cause, output: str | None
    ) -> Resolution:
        """Settle a dispute as it was shown."""
        return await self._call(
            lambda queue: queue.adjudicate(
                self.reviewer,
                record.case.id,
                decision,
                cause=cause,
                output=output,
                version=record.version,
            )
        )

    async def heartbeat(self) -> None:
        """Prolong the leases of everything at hand."""
        items = [*self.items, *self.ahead]
        tokens = [item.claim.token for item in items]
        if not tokens:
            return
        until = await self._call(
            lambda queue: queue.heartbeat(self.reviewer, tokens, lease_s=self.lease_s)
        )
        for item in items:
            if item.claim.token in until:
                item.claim = item.claim.model_copy(update={"lease_until": until[item.claim.token]})

    # -- in the store's thread ------------------------------------------------------------------------

    def _open(self, before: datetime | None) -> list[Item]:
        self._queue = self._open_queue()
        kept: list[Claim] = []
        if before is not None:
            kept = self._queue.resume(self.reviewer, lease_s=self.lease_s, claimed_before=before)
        items = [Item(claim, monotonic()) for claim in kept or self._claim(self._queue)]
        self._held.update(item.claim.token for item in items)
        for first in items[:1]:
            # To be read at once; what compares it is not even imported before it is on the screen.
            self._prepare(first, hurry=True).result()
        return items

    def _claim(self, queue: Queue) -> list[Claim]:
        claims = queue.claim(
            self.reviewer, pools=self.pools, batch=self.batch, lease_s=self.lease_s
        )
        self._held.update(claim.token for claim in claims)
        return claims

    def _claim_ahead(self, queue: Queue) -> None:
        # Here and not by whoever waits: a waiter that is cancelled must not lose what was leased.
        self.ahead.extend(Item(claim, monotonic()) for claim in self._claim(queue))

    def _submit(self, queue: Queue, verdict: Verdict) -> Receipt:
        receipt = queue.submit(verdict)
        self._held.discard(verdict.lease or 0)
        return receipt

    def _give_back(
        self, queue: Queue, token: int, reason: ReleaseReason, note: str, until: datetime | None
    ) -> None:
        queue.release(self.reviewer, token, reason=reason, note=note, until=until)
        self._held.discard(token)

    def _leave(self, queue: Queue) -> None:
        try:
            for token in sorted(self._held):
                self._release(queue, token)
        finally:
            queue.close()

    def _release(self, queue: Queue, token: int) -> None:
        try:
            queue.release(self.reviewer, token, reason="quit")
        except (NotFound, NotAvailable):
            return
        except QueueError as error:
            if error.code != "lease-lost":
                raise

    def _earlier(self, queue: Queue) -> Done | None:
        for stored in queue.history(self.reviewer, len(self._refused) + 1):
            if stored.verdict.id not in self._refused and not stored.late:
                return _done(stored.verdict)
        return None

    def _take_back(self, queue: Queue, done: Done) -> Claim:
        if done.verdict_id is None:
            claim = queue.unskip(self.reviewer, done.case_id, lease_s=self.lease_s)
        else:
            claim = queue.undo(self.reviewer, done.verdict_id, lease_s=self.lease_s)
        self._held.add(claim.token)
        return claim

    # -- our own --------------------------------------------------------------------------------------

    async def _call(self, work: Callable[..., T], *args: object) -> T:
        def run() -> T:
            assert self._queue is not None, "the queue is not open"
            return work(self._queue, *args)

        return await asyncio.get_running_loop().run_in_executor(self._store, run)

    def at_hand(self, case_id: str) -> Item | None:
        """The case among those of this desk, such as one that was skipped and has come back."""
        return next((i for i in (*self.items, *self.ahead) if i.case_id == case_id), None)

    def _put_first(self, item: Item) -> None:
        for pile in (self.items, self.ahead):
            if item in pile:
                pile.remove(item)
        self.items.insert(0, item)
        self.finished = max(0, self.finished - 1)

    def _finish(self, item: Item) -> None:
        if item in self.items:
            self.items.remove(item)
            self.finished += 1

    def _prepare(self, item: Item, *, hurry: bool = False) -> Future[Prepared]:
        if item.preparing is None:
            compare = not (hurry or is_large(item.claim.case))
            work = partial(prepare, compare=compare, seat=self.seat, hurry=hurry)
            item.preparing = self._maker.submit(work, item.claim, self.layout)
        return item.preparing


def _beside(work: Callable[[], T]) -> Future[T]:
    """Do something in a thread of its own, which ends with the program at the latest."""
    result: Future[T] = Future()
    result.set_running_or_notify_cancel()  # who no longer waits for it must not cancel it for others

    def run() -> None:
        try:
            result.set_result(work())
        except Exception as error:  # noqa: BLE001  (whoever waits for it gets it)
            result.set_exception(error)

    threading.Thread(target=run, name="hitl-compare", daemon=True).start()
    return result


def _done(verdict: Verdict, draft: str | None = None, writes: str | None = None) -> Done:
    edited = verdict.edited_output
    if edited is not None:
        draft, writes = edited, verdict.decision
    return Done(verdict.case_id, verdict.decision, verdict, verdict.rationale or "", draft, writes)


def _reopened(claim: Claim, done: Done) -> Item:
    """The case of something that was taken back, with what had been written."""
    item = Item(claim, monotonic(), again=True)
    item.rationale, item.edited, item.writes = done.rationale, done.edited, done.writes
    if done.verdict is not None:
        item.revealed = done.verdict.revealed
        item.first_decision = done.decision
        item.evidence = list(done.verdict.evidence)
        item.spans = [(one.start, one.end, one.label) for one in done.verdict.spans]
        item.strength = done.verdict.strength
    return item


def store_time(item: Item) -> datetime:
    """The time by the store's clock, reckoned from the moment when the case was claimed."""
    return item.claim.server_time + timedelta(seconds=monotonic() - item.claimed)


def seconds_left(item: Item) -> float | None:
    """Seconds until the case is due by the store's clock, None without an SLA; negative when late."""
    due = item.claim.route.due
    if due is None:
        return None
    return (due - store_time(item)).total_seconds()


def until_words(moment: datetime) -> Shown:
    """A time of day in the store's UTC, as `15:04 UTC`."""
    return Shown(rfc3339(moment)[11:16] + " UTC")
