"""What one client may take of a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitl_tui.server.house import Terms
from hitl_tui.server.limits import BODY_BYTES, Buckets
from hitl_tui.server.problems import Problem
from tests.queue.world import FakeClock
from tests.server import asgi
from tests.server.asgi import Site, code


async def test_a_body_may_have_as_many_bytes_as_the_limit_says(site: Site) -> None:
    fits = '{"output":"' + "x" * (BODY_BYTES - 13) + '"}'
    assert len(fits) == BODY_BYTES
    assert (await site.ask("app", "POST", "/v1/cases", content=fits)).status_code == 201
    answer = await site.ask("app", "POST", "/v1/cases", content=fits + " ")
    assert code(answer) == (413, "payload-too-large")


async def test_a_body_that_says_no_length_is_measured(site: Site) -> None:
    async def endless() -> object:
        for _ in range(2 * BODY_BYTES // 65536):
            yield b" " * 65536

    answer = await site.ask("app", "POST", "/v1/cases", content=endless())
    assert code(answer) == (413, "payload-too-large")
    assert "connection" not in answer.headers


async def test_a_body_that_is_far_too_long_is_not_read(site: Site) -> None:
    length = {"Content-Length": str(10**12)}
    answer = await site.ask("app", "POST", "/v1/cases", content=b"{}", headers=length)
    assert code(answer) == (413, "payload-too-large")
    assert answer.headers["connection"] == "close"


async def test_each_token_has_so_many_requests_of_its_own(path: Path, clock: FakeClock) -> None:
    async with asgi.site(path, clock, terms=Terms(rate=1e-6, burst=3)) as site:
        found = [(await site.ask("alice", "GET", "/v1/whoami")).status_code for _ in range(4)]
        assert found == [200, 200, 200, 429]
        answer = await site.ask("alice", "GET", "/v1/whoami")
        assert code(answer) == (429, "rate-limited")
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["retryable"] is True
        assert (await site.ask("bob", "GET", "/v1/whoami")).status_code == 200


def test_a_bucket_fills_up_again_at_its_rate_and_not_above_its_burst() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0], rate=2, burst=4)

    def taken() -> int:
        for count in range(100):
            try:
                buckets.spend("t")
            except Problem:
                return count
        raise AssertionError

    assert taken() == 4
    now[0] += 1
    assert taken() == 2
    now[0] += 3600
    assert taken() == 4


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("PUT", "/v1/cases", "GET, POST"),
        ("GET", "/v1/cases/c1:unskip", "POST"),
        ("TRACE", "/v1/cases/c1", "DELETE, GET, PATCH"),
    ],
)
async def test_another_method_is_told_which_there_are(
    site: Site, method: str, url: str, allowed: str
) -> None:
    answer = await site.ask("root", method, url)
    assert code(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "limit=1&limit=2", "surprise=1", "state=odd", "cursor=x", "limit=%ff"],
)
async def test_a_query_that_does_not_fit_is_refused(site: Site, query: str) -> None:
    assert code(await site.ask("lee", "GET", f"/v1/cases?{query}")) == (422, "invalid")


async def test_an_empty_cursor_asks_for_the_first_page(site: Site) -> None:
    await site.hand_over("c1")
    answer = await site.ask("lee", "GET", "/v1/cases?cursor=")
    assert [row["case_id"] for row in answer.json()["cases"]] == ["c1"]
