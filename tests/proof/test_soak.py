"""A server that works on does not grow: after a while its memory is what it was."""

from __future__ import annotations

import asyncio
import subprocess
from typing import Any

from hitl_tui.model.ids import new_id
from tests.client.served import Served
from tests.proof.clients import verdict_on
from tests.proof.line import Line
from tests.proof.sizes import SIZE

MOST_GROWTH = 1.05
PAIRS = 8
BUSY = 429


class Pair:
    """A producer and a reviewer of a pool of their own."""

    def __init__(self, pool: str, app: Line, reviewer: Line) -> None:
        self._pool = pool
        self._app = app
        self._reviewer = reviewer

    @classmethod
    async def of(cls, served: Served, pool: str, tokens: tuple[str, str]) -> Pair:
        app, reviewer = [await Line.open(served.port, token) for token in tokens]
        return cls(pool, app, reviewer)

    async def work(self, loops: int) -> None:
        """Hand over and judge so many cases."""
        for _ in range(loops):
            case = {"output": "60 days", "context": ["30 days"] * 5, "pool": self._pool}
            await self._asked(self._app, "POST", "/cases", case)
            found = await self._asked(self._reviewer, "POST", "/claims", {"pools": [self._pool]})
            path = f"/verdicts/{new_id()}"
            await self._asked(self._reviewer, "PUT", path, verdict_on(found["claims"][0]))

    async def _asked(self, line: Line, method: str, path: str, body: object) -> Any:
        """The answer, asked for again as long as the token has asked too often."""
        while (answer := await line.ask(method, path, body))[0] == BUSY:
            pass
        assert answer[0] in (200, 201), answer
        return answer[1]

    def close(self) -> None:
        for line in (self._app, self._reviewer):
            line.close()


def memory(served: Served) -> int:
    """What the server has in memory, in KiB."""
    asked = ["ps", "-o", "rss=", "-p", str(served.pid)]
    return int(subprocess.run(asked, capture_output=True, check=True).stdout)


async def test_a_server_that_works_on_does_not_grow(served: Served) -> None:
    pools = [f"pool{number}" for number in range(PAIRS)]
    tokens = {
        pool: (served.token("producer", f"app of {pool}"), served.token("reviewer", f"r of {pool}"))
        for pool in pools
    }
    served.start()
    pairs = [await Pair.of(served, pool, tokens[pool]) for pool in pools]

    async def work(loops: int) -> None:
        await asyncio.gather(*(pair.work(loops // PAIRS) for pair in pairs))

    await work(SIZE.soak_loops // 3)
    before = memory(served)
    await work(SIZE.soak_loops)
    after = memory(served)
    for pair in pairs:
        pair.close()
    assert after <= before * MOST_GROWTH, f"{before} KiB became {after} KiB"
    assert served.stop() == 0
