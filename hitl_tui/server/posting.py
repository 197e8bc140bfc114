"""The post of a server: takes the messages whose time has come, sends them, notes what became of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from random import SystemRandom
from typing import Any, Protocol

from hitl_tui.queue.operations import Operations
from hitl_tui.queue.protocol import QueueError
from hitl_tui.queue.transaction import Transaction
from hitl_tui.queue.webhooks import Letter
from hitl_tui.server.logs import Log, failure
from hitl_tui.server.sending import Sent, send

AT_ONCE = 64
"""Messages under way from one server."""
OF_ONE = 8
"""Of these to one webhook: those to a receiver that hangs are not in the way of the others."""
LOOK_S = 1.0
BREATH_S = 0.05

Send = Callable[[Letter, datetime], Awaitable[Sent]]


class Changing(Protocol):
    """What the post needs of the house."""

    @property
    def log(self) -> Log:
        """Where it is said what went wrong."""

    async def change(self, act: Callable[[Operations, Transaction], Any]) -> Any:
        """Carry out a change; its result once it is durable."""

    def now(self) -> datetime:
        """The store's time."""

    async def hooks_due(self) -> list[str]:
        """The ids of the webhooks for which a message is to be sent."""


class Post:
    """Sends what is due, some at once; it is told when there may be something new."""

    def __init__(
        self,
        house: Changing,
        *,
        carry: Send = send,
        luck: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1),
    ) -> None:
        self.under_way: dict[asyncio.Task[None], str] = {}
        """Each message that is being sent, with the id of its webhook."""
        self._house = house
        self._carry = carry
        self._luck = luck
        self._news = asyncio.Event()

    def look(self) -> None:
        """There may be a message."""
        self._news.set()

    async def serve(self) -> None:
        """Send until it is cancelled. What is under way then is sent again, by whoever takes it."""
        try:
            while True:
                self._news.clear()
                try:
                    if not await self.begin():
                        await self._pause()
                except QueueError as error:
                    self._house.log("webhooks-failed", code=error.code)
                    await asyncio.sleep(LOOK_S)
                except Exception as error:  # noqa: BLE001  (the post must outlive whatever it was)
                    self._house.log("webhooks-failed", **failure(error))
                    await asyncio.sleep(LOOK_S)
        finally:
            under_way = list(self.under_way)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def begin(self) -> int:
        """Take what is due, as far as there is room for it, and begin to send it; how many."""
        room = self._room_for(await self._house.hooks_due())
        if not room:
            return 0
        letters: list[Letter] = await self._house.change(lambda do, tx: do.take_letters(tx, room))
        for letter in letters:
            task = asyncio.create_task(self._see_to(letter), name="hitl-letter")
            self.under_way[task] = letter.hook.id
            task.add_done_callback(self._done)
        return len(letters)

    def _room_for(self, hooks: Sequence[str]) -> dict[str, int]:
        """How many messages may be begun for each: those with the fewest under way come first."""
        busy, left = Counter(self.under_way.values()), AT_ONCE - len(self.under_way)
        room = {}
        for hook in sorted(hooks, key=lambda one: busy[one]):
            free = min(OF_ONE - busy[hook], left)
            if free > 0:
                room[hook] = free
                left -= free
        return room

    def _done(self, task: asyncio.Task[None]) -> None:
        del self.under_way[task]
        # There is room again, and the case's next message has its turn.
        self.look()

    async def _see_to(self, letter: Letter) -> None:
        try:
            await self._send(letter)
        except QueueError as error:
            # It stays taken: somebody sends it again when its time is over.
            self._house.log("webhooks-failed", code=error.code)
        except Exception as error:  # noqa: BLE001  (the same, whatever it was)
            self._house.log("webhooks-failed", **failure(error))

    async def _send(self, letter: Letter) -> None:
        try:
            sent = await self._carry(letter, self._house.now())
        except Exception as error:  # noqa: BLE001  (whatever it was, it counts as an attempt)
            self._house.log("webhooks-failed", **failure(error))
            sent = Sent(False, f"it could not be sent ({type(error).__name__})")
        if sent.ok:
            await self._house.change(lambda do, tx: do.letter_arrived(tx, letter))
            return
        luck = self._luck()
        ended = await self._house.change(
            lambda do, tx: do.letter_failed(tx, letter, sent.why, luck, final=sent.final)
        )
        told = {"webhook": letter.hook.id, "attempt": letter.attempt, "why": sent.why}
        self._house.log("webhook-disabled" if ended else "webhook-not-delivered", **told)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                await self._news.wait()
        except TimeoutError:
            return
        # Many decisions in a row are one look.
        await asyncio.sleep(BREATH_S)
