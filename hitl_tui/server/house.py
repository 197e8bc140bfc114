"""What all requests to one server share: the store, the writer, the waits, the clock and the limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from hitl_tui.model.case import Submission
from hitl_tui.model.clock import Clock
from hitl_tui.model.work import Route
from hitl_tui.queue.claims import Leased
from hitl_tui.queue.operations import Operations
from hitl_tui.queue.protocol import LeaseLost, Queue, QueueError
from hitl_tui.queue.tokens import TokenStore
from hitl_tui.queue.transaction import Transaction
from hitl_tui.queue.webhooks import Hook, HookStore
from hitl_tui.server import limits
from hitl_tui.server.gate import Gate
from hitl_tui.server.logs import Log, failure, silent
from hitl_tui.server.metrics import Metrics
from hitl_tui.server.posting import Post
from hitl_tui.server.waiting import Resolutions, Streams, Work
from hitl_tui.server.writer import Together, Writer

T = TypeVar("T")
TICK_S = 1.0
READERS = 2
HEARD_S = 0.02
AutoReply = Literal["approve", "reject"]


class ServedQueue(Queue, TokenStore, HookStore, Together, Protocol):
    """A store that a server can serve: cases, their tokens, and several changes in one commit."""

    @property
    def operations(self) -> Operations:
        """The changes as functions of an open transaction, under the store's rules."""

    def position(self) -> int:
        """The position of the trail's last entry."""

    def watch(self, news: Callable[[], None]) -> Callable[[], None]:
        """Call `news`, in any thread, when another program changes the store; returns what ends it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a server asks of its clients, and whether it plays the reviewer itself (for tests)."""

    body_bytes: int = limits.BODY_BYTES
    rate: float = limits.RATE
    burst: int = limits.BURST
    auto_reply: AutoReply | None = None


@dataclass(slots=True)
class House:
    """The state of one server between its start and its end.

    `reader` and `tokens` may be further connections to the store of `queue`: reads and the check of
    tokens then do not wait for the writer.
    """

    queue: ServedQueue
    clock: Clock
    route: Callable[[Submission], Route]
    reader: Queue
    tokens: TokenStore
    terms: Terms = Terms()
    log: Log = silent
    metrics: Metrics = field(default_factory=Metrics)
    resolutions: Resolutions = field(default_factory=Resolutions)
    streams: Streams = field(default_factory=Streams)
    draining: bool = False
    gate: Gate = field(init=False)
    post: Post = field(init=False)
    work: Work = field(init=False)
    buckets: limits.Buckets = field(init=False)
    _writer: Writer = field(init=False)
    _readers: ThreadPoolExecutor = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(init=False)
    _drained: asyncio.Event = field(init=False)
    _unwatch: Callable[[], None] = field(init=False)
    _due_news: bool = False
    _seen: int = 0
    _told: int = 0
    _foreign: bool = False

    def __post_init__(self) -> None:
        self.work = Work()
        self.buckets = limits.Buckets(time.monotonic, self.terms.rate, self.terms.burst)

    async def open(self) -> None:
        """Start the writer, the ticker and the one who serves those that wait for work."""
        self._writer = Writer(self.queue, self.metrics.committed)
        self.gate = Gate(self.tokens)
        self._readers = ThreadPoolExecutor(READERS, "hitl-reader")
        self._drained = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hear() -> None:
            loop.call_soon_threadsafe(self._heard)

        self._unwatch = self.queue.watch(hear)
        self.post = Post(self)
        self._tasks = [
            asyncio.create_task(self._tick_on(), name="hitl-ticker"),
            asyncio.create_task(self.work.serve(), name="hitl-work"),
            asyncio.create_task(self.post.serve(), name="hitl-post"),
        ]

    async def close(self) -> None:
        """Let every wait go, finish the writes that were asked for, stop."""
        self.drain()
        await asyncio.to_thread(self._unwatch)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.gate.close()
        await self._writer.close()
        await asyncio.to_thread(self._readers.shutdown)

    def drain(self) -> None:
        """From now on: not ready, no new claims, every wait answered with what there is."""
        self.draining = True
        self._drained.set()
        self.resolutions.wake_all()
        self.streams.tell()
        self.work.release_all()

    async def change(self, act: Callable[[Operations, Transaction], T]) -> T:
        """Carry out a change in the writer's next commit; its result once it is durable."""

        def operation(tx: Transaction) -> T:
            caused = tx.caused
            result = act(self.queue.operations, tx)
            # In the writer's thread, one after the other: an event between ours is somebody else's.
            self._foreign = self._foreign or tx.seq - (tx.caused - caused) != self._seen
            self._seen = tx.seq
            return result

        before = self._told
        result = await self._writer.do(operation)
        if self._seen != before:
            self._told = self._seen
            self.streams.tell()
            self.post.look()
        return result

    async def position(self) -> int:
        """The position of the trail's last entry."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.queue.position)

    async def hooks(self) -> list[Hook]:
        """Every webhook."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.queue.hooks)

    async def hooks_due(self) -> list[str]:
        """The ids of the webhooks for which a message is to be sent."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.queue.hooks_due)

    async def read(self, look: Callable[[Queue], T]) -> T:
        """Read from the store without blocking the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, look, self.reader)

    async def give_back(self, reviewer: str, leased: list[Leased]) -> None:
        """Return what was leased for somebody who had gone before the answer."""

        def release(do: Operations, tx: Transaction) -> None:
            for one in leased:
                do.release(tx, reviewer, one.token, reason="quit")

        with suppress(LeaseLost):
            await self.change(release)

    def now(self) -> datetime:
        """The store's time."""
        return self.clock()

    def _heard(self) -> None:
        """Another program changed the store: those who wait look, once for many such news."""
        if not self._due_news:
            self._due_news = True
            asyncio.get_running_loop().call_later(HEARD_S, self._spread)

    def _spread(self) -> None:
        self._due_news = False
        self.resolutions.wake_all()
        self.streams.tell()
        self.post.look()
        self.work.ready()

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await self.tick()
            except QueueError as error:
                self.log("tick-failed", code=error.code)
            except Exception as error:  # noqa: BLE001  (the ticker must outlive whatever it was)
                self.log("tick-failed", **failure(error))

    async def tick(self) -> None:
        """End leases, make fallbacks, and notice what other programs did to the store."""
        fallbacks = await self.change(lambda do, tx: do.tick(tx))
        self.metrics.fell_back(fallbacks)
        if fallbacks or self._foreign:
            self._foreign = False
            self.resolutions.wake_all()
            self.streams.tell()
        self.work.ready()
