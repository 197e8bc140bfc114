"""The post of a server: takes the messages whose time has come, sends them, notes what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from random import SystemRandom
from typing import Any, Protocol

from hitl_tui.queue.operations import Operations
from hitl_tui.queue.protocol import QueueError
from hitl_tui.queue.transaction import Transaction
from hitl_tui.queue.webhooks import Letter
from hitl_tui.server.logs import Log, failure
from hitl_tui.server.sending import Sent, send

AT_ONCE = 16
"""Messages under way from one server."""
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

    async def letters_due(self) -> bool:
        """Whether a message is to be sent."""


class Post:
    """Sends what is due, some at once; it is told when there may be something new."""

    def __init__(
        self,
        house: Changing,
        *,
        carry: Send = send,
        luck: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1),
    ) -> None:
        self._house = house
        self._carry = carry
        self._luck = luck
        self._news = asyncio.Event()

    def look(self) -> None:
        """There may be a message."""
        self._news.set()

    async def serve(self) -> None:
        """Send until it is cancelled. What is under way then is sent again, by whoever takes it."""
        while True:
            try:
                if not await self.round():
                    await self._pause()
            except QueueError as error:
                self._house.log("webhooks-failed", code=error.code)
                await asyncio.sleep(LOOK_S)
            except Exception as error:  # noqa: BLE001  (the post must outlive whatever it was)
                self._house.log("webhooks-failed", **failure(error))
                await asyncio.sleep(LOOK_S)

    async def round(self) -> int:
        """Take what is due and send it; how many messages it was."""
        if not await self._house.letters_due():
            return 0
        letters: list[Letter] = await self._house.change(
            lambda do, tx: do.take_letters(tx, AT_ONCE)
        )
        await asyncio.gather(*(self._send(letter) for letter in letters))
        return len(letters)

    async def _send(self, letter: Letter) -> None:
        sent = await self._carry(letter, self._house.now())
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
        self._news.clear()
        try:
            async with asyncio.timeout(LOOK_S):
                await self._news.wait()
        except TimeoutError:
            return
        # Many decisions in a row are one look.
        await asyncio.sleep(BREATH_S)
