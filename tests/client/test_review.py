"""What a producer is promised, against a real server: an answer, once, in time, or a clear reason."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from hitl_tui.client import (
    AsyncHitl,
    Hitl,
    HitlConflict,
    HitlError,
    HitlForbidden,
    HitlInvalid,
    HitlNotFound,
    HitlRefused,
    HitlTimeout,
    HitlUnauthenticated,
    HitlUnreachable,
    HitlWithdrawn,
    Resolution,
)
from hitl_tui.model.case import Case, Submission
from hitl_tui.queue.invariants import violations
from tests.client.cutting import Lost, cut_way
from tests.client.judging import Reviewer
from tests.client.served import Served


@pytest.fixture
def hitl(server: Served, token: str) -> Iterator[Hitl]:
    with Hitl(server.url, token) as client:
        yield client


@pytest.fixture(scope="module")
def alice(server: Served) -> Reviewer:
    return Reviewer(server, "alice")


@pytest.fixture(autouse=True)
def _nothing_is_left_waiting(server: Served) -> Iterator[None]:
    yield
    queue = server.open()
    for row in queue.listing(state="pending").rows:
        queue.withdraw("lead", row.case_id)
    queue.close()
    assert violations(server.path) == []


def cases_of(server: Served, case_id: str) -> int:
    queue = server.open()
    count = sum(record.case.id == case_id for record in queue.records())
    queue.close()
    return count


def test_an_approved_case_gives_its_own_output(server: Served, hitl: Hitl, alice: Reviewer) -> None:
    with alice.at_work():
        resolution = hitl.review({"output": "Yes, within 30 days."}, wait=20)
    assert (resolution.decision, resolution.source) == ("approve", "reviewer")
    assert resolution.output == "Yes, within 30 days."


def test_an_edited_case_gives_the_text_of_the_reviewer(
    server: Served, hitl: Hitl, alice: Reviewer
) -> None:
    with alice.at_work("edit", edited_output="Within 30 days."):
        resolution = hitl.review({"output": "Within 60 days."}, wait=20)
    assert (resolution.decision, resolution.output) == ("edit", "Within 30 days.")


def test_a_rejected_case_gives_nothing_to_show(server: Served, hitl: Hitl, alice: Reviewer) -> None:
    with alice.at_work("reject"):
        resolution = hitl.review(Case(id="rejected", output="Never."), wait=20)
    assert (resolution.case_id, resolution.output) == ("rejected", None)


def test_when_nobody_comes_the_fallback_is_there_in_time(hitl: Hitl) -> None:
    started = time.monotonic()
    resolution = hitl.review({"output": "60 days", "fallback": "I will check."}, wait=1)
    assert time.monotonic() - started < 1 + 5
    assert (resolution.source, resolution.output) == ("fallback", "I will check.")


def test_the_wait_is_the_time_that_the_queue_is_given(server: Served, hitl: Hitl) -> None:
    hitl.review({"id": "timed", "output": "60 days"}, wait=0.5)
    queue = server.open()
    record = queue.record("timed")
    queue.close()
    assert record.route.due is not None
    assert (record.route.due - record.queued_at).total_seconds() == pytest.approx(0.5, abs=0.2)


def test_a_case_with_a_longer_time_of_its_own_times_out_and_stays(
    server: Served, hitl: Hitl, alice: Reviewer
) -> None:
    with pytest.raises(HitlTimeout, match="patient") as late:
        hitl.review({"id": "patient", "output": "60 days", "review_within": "1h"}, wait=0.2)
    assert isinstance(late.value, TimeoutError)
    assert alice.judge() == "patient"
    assert hitl.wait_for(late.value.case_id, timeout=10).decision == "approve"


def test_a_timeout_of_0_looks_once(server: Served, hitl: Hitl, alice: Reviewer) -> None:
    hitl.submit({"id": "looked-at", "output": "60 days"})
    with pytest.raises(HitlTimeout):
        hitl.wait_for("looked-at", timeout=0)
    assert alice.judge() == "looked-at"
    assert hitl.wait_for("looked-at", timeout=0).output == "60 days"


def test_the_same_case_again_is_the_same_case(server: Served, hitl: Hitl, alice: Reviewer) -> None:
    case = Submission(id="a/b ?ü:skip", output="60 days", pool="medical")
    first, again = hitl.submit(case), hitl.submit(case)
    assert first == again
    assert (first.state, first.route.pool, first.resolution) == ("pending", "medical", None)
    assert cases_of(server, case.id) == 1
    assert alice.judge() == case.id
    resolution = hitl.submit(case).resolution
    assert resolution == hitl.wait_for(case.id, timeout=0)


def test_the_same_id_with_other_content_is_a_conflict(
    server: Served, hitl: Hitl, alice: Reviewer
) -> None:
    hitl.submit({"id": "one", "output": "this"})
    with pytest.raises(HitlConflict) as refused:
        hitl.submit({"id": "one", "output": "that"})
    assert (refused.value.code, refused.value.status) == ("idempotency-conflict", 422)
    assert refused.value.request_id
    assert alice.judge() == "one"


def test_a_case_without_an_id_gets_a_uuid_of_version_7(
    server: Served, hitl: Hitl, alice: Reviewer
) -> None:
    submitted = hitl.submit({"id": None, "output": "60 days"})
    assert UUID(submitted.id).version == 7
    assert alice.judge() == submitted.id


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_network_that_loses_it_three_times_makes_one_case(
    server: Served, token: str, alice: Reviewer, lost: Lost
) -> None:
    case = {"id": f"lost-{lost}", "output": "60 days"}
    with (
        cut_way(server.port, lost, times=3) as url,
        Hitl(url, token) as hitl,
        alice.at_work(),
    ):
        resolution = hitl.review(case, wait=20)
    assert resolution.output == "60 days"
    assert cases_of(server, f"lost-{lost}") == 1


def test_a_withdrawn_case_ends_the_wait(server: Served, hitl: Hitl) -> None:
    case = Submission(id="gone", output="60 days", review_within="1h")
    hitl.submit(case)
    queue = server.open()
    queue.withdraw("lead", "gone")
    queue.close()
    with pytest.raises(HitlWithdrawn, match="gone"):
        hitl.wait_for("gone", timeout=20)
    with pytest.raises(HitlWithdrawn):
        hitl.review(case, wait=20)


def test_what_does_not_fit_is_named_before_anything_is_sent(hitl: Hitl) -> None:
    with pytest.raises(HitlInvalid) as refused:
        hitl.submit({"id": "bad", "output": "60 days", "signals": [{"name": ""}]})
    assert refused.value.status is None
    assert [pointer for pointer, _ in refused.value.errors] == ["/signals/0/name"]
    with pytest.raises(HitlNotFound):
        hitl.wait_for("bad", timeout=0)


@pytest.mark.parametrize("wait", [0, -1, float("nan"), float("inf")])
def test_a_wait_that_is_no_time_is_refused(hitl: Hitl, wait: float) -> None:
    with pytest.raises(HitlInvalid, match="seconds"):
        hitl.review({"output": "60 days"}, wait=wait)


def test_what_json_cannot_carry_is_refused(hitl: Hitl) -> None:
    with pytest.raises(HitlInvalid, match="JSON"):
        hitl.submit({"output": "60 days", "metadata": {"when": object()}})


def test_a_case_that_is_too_large_is_refused_at_once(hitl: Hitl) -> None:
    with pytest.raises(HitlRefused) as refused:
        hitl.review({"output": "x" * 2 * 1024 * 1024}, wait=20)
    assert (refused.value.code, refused.value.status) == ("payload-too-large", 413)


def test_another_producers_case_is_not_there(server: Served, hitl: Hitl) -> None:
    hitl.submit({"id": "mine", "output": "60 days"})
    with (
        Hitl(server.url, server.token("producer", "other")) as other,
        pytest.raises(HitlNotFound) as refused,
    ):
        other.wait_for("mine", timeout=0)
    assert refused.value.status == 404


def test_a_wrong_token_and_a_wrong_role_are_told_apart(server: Served) -> None:
    with Hitl(server.url, "hitl_" + "x" * 43) as nobody, pytest.raises(HitlUnauthenticated):
        nobody.submit({"output": "60 days"})
    with (
        Hitl(server.url, server.token("reviewer", "bob")) as reviewer,
        pytest.raises(HitlForbidden),
    ):
        reviewer.submit({"output": "60 days"})


@pytest.mark.parametrize(
    "url", ["http://hitl.example.org", "hitl.example.org", "https://", "https://a:b@c", "http://[1"]
)
def test_no_token_goes_where_others_could_read_it(url: str) -> None:
    with pytest.raises(HitlInvalid, match="https://"):
        Hitl(url, "hitl_" + "x" * 43)


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_a_far_server_has_to_prove_who_it_is_however_its_address_is_written(scheme: str) -> None:
    with Hitl(f"{scheme}://hitl.example.org", "hitl_x") as hitl:
        transport = hitl._client._transport
        assert isinstance(transport, httpx.HTTPTransport)
        context = transport._pool._ssl_context
        assert context is not None
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_no_server_at_all_is_said_in_time(tmp_path: Path) -> None:
    nobody = Served(tmp_path)
    started = time.monotonic()
    with Hitl(nobody.url, "hitl_x", timeout=0.5) as hitl:
        with pytest.raises(HitlUnreachable):
            hitl.submit({"output": "60 days"})
        with pytest.raises(HitlUnreachable):
            hitl.review({"output": "60 days"}, wait=0.5)
    assert time.monotonic() - started < 5


class NotOurs(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Please sign in</h1>")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


def test_a_sign_in_page_is_not_taken_for_an_answer() -> None:
    with HTTPServer(("127.0.0.1", 0), NotOurs) as page:
        threading.Thread(target=page.handle_request).start()
        with (
            Hitl(f"http://127.0.0.1:{page.server_port}", "hitl_x") as hitl,
            pytest.raises(HitlUnreachable, match="not that of a hitl server"),
        ):
            hitl.review({"output": "60 days"}, wait=20)


def test_an_error_never_carries_what_a_terminal_would_act_on(hitl: Hitl) -> None:
    with pytest.raises(HitlNotFound) as missing:
        hitl.wait_for("\x1b[2J", timeout=0)
    case = Submission(id="\x1b[31mred", output="60 days", review_within="1h")
    with pytest.raises(HitlTimeout) as late:
        hitl.review(case, wait=0.1)
    assert "\x1b" not in str(missing.value) + str(late.value)


async def test_a_hundred_waits_of_asyncio_get_a_hundred_answers(
    server: Served, token: str, alice: Reviewer
) -> None:
    cases = [{"id": f"async-{n}", "output": f"answer {n}", "priority": 900} for n in range(100)]

    def judge_all() -> None:
        for _ in cases:
            alice.judge()

    async with AsyncHitl(server.url, token) as hitl:
        judging = asyncio.create_task(asyncio.to_thread(judge_all))
        found = await asyncio.gather(*(hitl.review(case, wait=60) for case in cases))
        await judging
        assert await hitl.wait_for("async-7", timeout=0) == found[7]
        assert (await hitl.submit(cases[7] | {"review_within": "60s"})).state == "resolved"
    assert [one.output for one in found] == [case["output"] for case in cases]


async def test_the_twin_fails_as_its_twin_does(server: Served, token: str) -> None:
    async with AsyncHitl(server.url, token) as hitl:
        with pytest.raises(HitlTimeout):
            await hitl.review({"output": "60 days", "review_within": "1h"}, wait=0.1)
        with pytest.raises(HitlNotFound):
            await hitl.wait_for("nowhere", timeout=0)
        with pytest.raises(HitlInvalid):
            await hitl.submit({"outptu": "60 days"})


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server of the test's own, not started."""
    served = Served(tmp_path)
    yield served
    served.close()
    assert violations(served.path) == []


@contextmanager
def waiting(served: Served, case: dict[str, Any]) -> Iterator[Future[Resolution]]:
    """A producer in another thread who waits for the answer."""
    with (
        ThreadPoolExecutor(1) as thread,
        Hitl(served.url, served.token("producer", "chat")) as hitl,
    ):
        yield thread.submit(hitl.review, case, wait=60)


def test_a_server_that_comes_up_late_is_waited_for(own: Served) -> None:
    with waiting(own, {"output": "60 days"}) as answer:
        own.start()
        Reviewer(own, "bob").judge()
        assert answer.result(60).decision == "approve"


@pytest.mark.parametrize("end", [Served.kill, Served.stop])
def test_a_server_that_ends_and_comes_back_still_answers(
    own: Served, end: Callable[[Served], object]
) -> None:
    own.start()
    bob = Reviewer(own, "bob")
    with waiting(own, {"id": "survivor", "output": "60 days"}) as answer:
        claim = bob.claim()
        end(own)
        own.start()
        bob.decide(claim)
        assert answer.result(60).output == "60 days"
    assert cases_of(own, "survivor") == 1


def test_an_application_that_imports_the_client_gets_neither_a_database_nor_a_screen() -> None:
    look = "import sys, hitl_tui.client; print(*sys.modules)"
    run = subprocess.run((sys.executable, "-c", look), capture_output=True, text=True, check=True)
    ours = {".".join(name.split(".")[:2]) for name in run.stdout.split() if "hitl_tui." in name}
    assert ours == {"hitl_tui.client", "hitl_tui.model"}
    assert not {"sqlite3", "textual", "typer", "starlette"} & set(run.stdout.split())


def test_one_except_catches_everything() -> None:
    kinds = (HitlConflict, HitlForbidden, HitlNotFound, HitlRefused, HitlTimeout, HitlUnreachable)
    assert all(issubclass(kind, HitlError) for kind in kinds)
