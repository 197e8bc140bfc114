"""Whose token it is: looked up beside the event loop, one read for all that wait, and never remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from hitl_tui.queue.tokens import Identity, TokenStore

MOST = 64
"""Tokens that are looked up in one read."""


class Gate:
    """Looks tokens up in the store, in a thread of its own. Use it from one event loop.

    Whoever asks while a read is under way waits for the next one, so that a token which was revoked
    before it was asked for is never let in.
    """

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "hitl-gate")
        self._asked: dict[str, asyncio.Future[Identity | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def identify(self, secret: str) -> Identity | None:
        """As `TokenStore.identify`."""
        if secret not in self._asked:
            self._asked[secret] = asyncio.get_running_loop().create_future()
        answer = self._asked[secret]
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on(), name="hitl-gate")
        # The one whose client hangs up must not take it from the others.
        return await asyncio.shield(answer)

    async def close(self) -> None:
        """Answer those who wait, then stop."""
        if self._reading is not None:
            await self._reading
        await asyncio.to_thread(self._thread.shutdown)

    async def _read_on(self) -> None:
        loop = asyncio.get_running_loop()
        while self._asked:
            asked = {secret: self._asked.pop(secret) for secret in islice([*self._asked], MOST)}
            try:
                found: Sequence[Identity | Exception | None] = await loop.run_in_executor(
                    self._thread, self._store.identify_all, list(asked)
                )
            except Exception as error:  # noqa: BLE001  (each request gets it and answers for itself)
                found = [error] * len(asked)
            for answer, identity in zip(asked.values(), found, strict=True):
                if isinstance(identity, Exception):
                    answer.set_exception(identity)
                    # Nobody may be left to hear it.
                    answer.exception()
                else:
                    answer.set_result(identity)
        self._reading = None
