"""Long polls: requests that wait for a resolution or for work, without a thread or a query each.

A wait is a future on the event loop. Whoever changes a case wakes those who wait for it; a change by
another program is noticed by the ticker, which then wakes everybody.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request

from hitl_tui.queue.claims import Leased
from hitl_tui.server.problems import Problem

TRIED_TOGETHER = 32
MOST_TRIED = 256
"""Of those who wait for work, so many are tried at one piece of news; the rest have their turn at the
next one. A thousand who wait then do not ask the store a thousand times for one case."""
BREATH_S = 0.05
MOST_WAITS = 20_000

Try = Callable[[], Awaitable[list[Leased]]]
GiveBack = Callable[[list[Leased]], Awaitable[None]]
"""Takes what was leased for somebody who has gone meanwhile."""


class Resolutions:
    """Those who wait for the answer of a case."""

    def __init__(self) -> None:
        self._waits: dict[str, set[asyncio.Event]] = defaultdict(set)

    def __len__(self) -> int:
        return sum(map(len, self._waits.values()))

    @contextmanager
    def of(self, case_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each piece of news of the case."""
        news = asyncio.Event()
        self._waits[case_id].add(news)
        try:
            yield news
        finally:
            self._waits[case_id].discard(news)
            if not self._waits[case_id]:
                del self._waits[case_id]

    def wake(self, case_id: str) -> None:
        """There is news of a case."""
        for news in self._waits.get(case_id, ()):
            news.set()

    def wake_all(self) -> None:
        """There may be news of any case."""
        for waits in self._waits.values():
            for news in waits:
                news.set()


class Streams:
    """Those who listen to everything."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happened."""
        news = asyncio.Event()
        self._listeners.add(news)
        try:
            yield news
        finally:
            self._listeners.discard(news)

    def tell(self) -> None:
        """Something happened."""
        for news in self._listeners:
            news.set()


class _Hungry:
    def __init__(self, pools: Iterable[str], attempt: Try, give_back: GiveBack) -> None:
        self.pools = frozenset(pools)
        self.attempt = attempt
        self.give_back = give_back
        self.answer: asyncio.Future[list[Leased]] = asyncio.get_running_loop().create_future()

    def serves(self, pools: set[str] | None) -> bool:
        return pools is None or not self.pools or not self.pools.isdisjoint(pools)


class Work:
    """Those who wait for a case to judge, in turn."""

    def __init__(self) -> None:
        self._turn: dict[_Hungry, None] = {}
        self._news = asyncio.Event()
        self._pools: set[str] | None = set()

    def __len__(self) -> int:
        return len(self._turn)

    def ready(self, *pools: str) -> None:
        """A case of these pools may have become free; of any pool when none is named."""
        if not pools:
            self._pools = None
        elif self._pools is not None:
            self._pools.update(pools)
        self._news.set()

    def release_all(self) -> None:
        """Let everybody go with nothing."""
        for hungry in list(self._turn):
            if not hungry.answer.done():
                hungry.answer.set_result([])

    async def wait(
        self,
        pools: Iterable[str],
        attempt: Try,
        give_back: GiveBack,
        gone: Awaitable[None],
        seconds: float,
    ) -> list[Leased]:
        """Wait in turn until `attempt` gives something, `gone` is done or the time is over."""
        hungry = _Hungry(pools, attempt, give_back)
        self._turn[hungry] = None
        left = asyncio.ensure_future(gone)
        # The case may have come between the caller's own attempt and this wait.
        self.ready(*hungry.pools)
        try:
            both: set[asyncio.Future[Any]] = {hungry.answer, left}
            await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return hungry.answer.result() if hungry.answer.done() else []
        finally:
            left.cancel()
            hungry.answer.cancel()
            self._turn.pop(hungry, None)

    async def serve(self) -> None:
        """Try those who wait whenever there is news; runs until it is cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            pools, self._pools = self._pools, set()
            if not await self._sweep(pools):
                await asyncio.sleep(BREATH_S)

    async def _sweep(self, pools: set[str] | None) -> bool:
        """Try some of those who serve the pools; whether anybody got something."""
        tried = [hungry for hungry in self._turn if hungry.serves(pools)][:MOST_TRIED]
        fed = False
        for start in range(0, len(tried), TRIED_TOGETHER):
            some = tried[start : start + TRIED_TOGETHER]
            fed = any(await asyncio.gather(*map(self._feed, some))) or fed
        return fed

    async def _feed(self, hungry: _Hungry) -> bool:
        if hungry.answer.done():
            return False
        # To the end of the turn, so that those behind are tried at the next news.
        self._turn[hungry] = self._turn.pop(hungry, None)
        try:
            claims = await hungry.attempt()
        except Exception as error:  # noqa: BLE001  (the request that waits answers for it)
            if not hungry.answer.done():
                hungry.answer.set_exception(error)
            return False
        if hungry.answer.done():
            self._turn.pop(hungry, None)
            if claims:
                await hungry.give_back(claims)
            return False
        if claims:
            hungry.answer.set_result(claims)
        return bool(claims)


def room_for(waits: int) -> None:
    """Problem `store-busy` when too many wait already."""
    if waits >= MOST_WAITS:
        raise Problem("store-busy", "too many requests wait", headers={"Retry-After": "5"})


async def hung_up(request: Request) -> None:
    """Returns when the client of a request, whose body was read, has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
