"""Webhooks: told once decided, signed, in order of each case, until it is taken in, and nowhere private."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.operations import Operations
from hitl_tui.queue.protocol import Forbidden, Invalid
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.webhooks import RETRIES_S, TAKEN_S, Hook, Letter
from hitl_tui.server.posting import AT_ONCE, OF_ONE, Post
from hitl_tui.server.sending import Sent, send
from tests.queue.places import Place, a_place, store_at, violations
from tests.queue.world import NINE, FakeClock, events, fill, judge, verdict
from tests.server.asgi import Site, code
from tests.server.receiver import Receiver


class Desk:
    """A post over a store, without a server around it: what it does is done when it says so."""

    def __init__(self, queue: Any, **options: Any) -> None:
        self.queue = queue
        self.post = Post(self, luck=lambda: 0.0, **options)

    def log(self, event: str, **fields: Any) -> None:
        """Nothing reads it."""

    async def change(self, act: Any) -> Any:
        do: Operations = self.queue.operations
        [result] = self.queue.together([lambda tx: act(do, tx)])
        if isinstance(result, Exception):
            raise result
        return result

    def now(self) -> Any:
        return self.queue.now()

    async def hooks_due(self) -> list[str]:
        found: list[str] = self.queue.hooks_due()
        return found

    async def all(self) -> None:
        """Until nothing is due and nothing under way."""
        while await self.post.begin() or self.post.under_way:
            if self.post.under_way:
                await asyncio.wait(self.post.under_way, return_when=asyncio.FIRST_COMPLETED)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with a_place(request.param, tmp_path) as found:
        yield found
        assert violations(found) == []


@pytest.fixture
def queue(place: Place, clock: FakeClock) -> Iterator[Any]:
    opened = store_at(place, clock)
    yield opened
    opened.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


def told(receiver: Receiver) -> list[tuple[str, str, Any]]:
    return [
        (one["type"], one["data"]["case_id"], one["data"].get("version")) for one in receiver.taken
    ]


async def test_what_is_decided_is_told_with_a_signature(queue: Any, receiver: Receiver) -> None:
    _, secret = queue.add_hook(receiver.url, None, private=True)
    receiver.secrets = [secret]
    fill(queue, "c1", "c2")
    judge(queue, "alice", "edit", edited_output="30 days")
    queue.withdraw("lead", "c2")
    await Desk(queue).all()
    # Two cases have no order between them: their messages are under way side by side.
    assert len(receiver.taken) == 2
    of_case = {one["data"]["case_id"]: (one["type"], one["data"]) for one in receiver.taken}
    assert of_case == {
        "c1": ("case.resolved", queue.resolution("c1").model_dump(mode="json")),
        "c2": ("case.withdrawn", {"case_id": "c2"}),
    }
    assert "resolution.delivered c1" in events(queue)
    assert not queue.hooks_due()


async def test_an_answer_taken_back_is_told_in_order(queue: Any, receiver: Receiver) -> None:
    queue.add_hook(receiver.url, None, private=True)
    fill(queue, "c1")
    first = judge(queue, "alice")
    claim = queue.undo("alice", first.id)
    queue.submit(verdict(claim, "alice", "reject"))
    await Desk(queue).all()
    assert told(receiver) == [
        ("case.resolved", "c1", 1),
        ("case.reopened", "c1", 1),
        ("case.resolved", "c1", 2),
    ]


async def test_a_producer_is_told_of_its_own_cases_only(queue: Any, receiver: Receiver) -> None:
    queue.add_hook(receiver.url, "app", private=True)
    from tests.queue.world import item

    queue.admit([item("mine")], producer="app")
    queue.admit([item("other")], producer="other-app")
    judge(queue, "alice")
    judge(queue, "alice")
    await Desk(queue).all()
    assert told(receiver) == [("case.resolved", "mine", 1)]


async def test_a_fallback_is_told_and_what_the_policy_decides(
    queue: Any, receiver: Receiver, clock: FakeClock
) -> None:
    from datetime import timedelta

    from tests.queue.world import item

    queue.add_hook(receiver.url, None, private=True)
    fill(queue, "late", due=NINE + timedelta(minutes=1))
    queue.admit([item("let-through", action="allow", rule="all")])
    clock.advance(60)
    queue.tick()
    await Desk(queue).all()
    assert {(one["data"]["case_id"], one["data"]["source"]) for one in receiver.taken} == {
        ("late", "fallback"),
        ("let-through", "policy"),
    }


@pytest.mark.parametrize("bad", [500, 302, 404, None])
async def test_a_receiver_that_fails_gets_it_again_in_order_under_the_same_id(
    queue: Any, clock: FakeClock, bad: int | None
) -> None:
    receiver = Receiver(lambda receiver, before: bad if before < 3 else 200)
    queue.add_hook(receiver.url, None, private=True)
    fill(queue, "c1", "c2")
    first = judge(queue, "alice")
    queue.undo("alice", first.id)
    judge(queue, "bob")
    desk = Desk(queue)
    await desk.all()
    for wait in RETRIES_S[:2]:
        clock.advance(wait)
        await desk.all()
    receiver.close()
    of_c1 = [message for message in told(receiver) if message[1] == "c1"]
    assert of_c1 == [("case.resolved", "c1", 1), ("case.reopened", "c1", 1)]
    assert ("case.resolved", "c2", 1) in told(receiver)
    assert len(set(receiver.ids)) == 3
    assert all(one["type"] != "followed a redirect" for one in receiver.got)


async def test_a_receiver_that_hangs_holds_nobody_up(queue: Any, clock: FakeClock) -> None:
    def hang(receiver: Receiver, before: int) -> int:
        receiver.hangs.wait()
        return 200

    hanging, other = Receiver(hang), Receiver()
    for one in (hanging, other):
        queue.add_hook(one.url, None, private=True)
    fill(queue, "c1")
    judge(queue, "alice")

    async def carry(letter: Letter, now: Any) -> Sent:
        # Only the one that hangs is given up soon: the other may be slow on a busy machine.
        return await send(letter, now, timeout_s=0.2 if letter.hook.url == hanging.url else 15)

    await Desk(queue, carry=carry).all()
    assert told(other) == [("case.resolved", "c1", 1)]
    assert queue.hooks()[0].ended_at is None
    clock.advance(RETRIES_S[0] - 1)
    assert not queue.hooks_due()
    clock.advance(1)
    assert queue.hooks_due()
    hanging.close()
    other.close()


async def test_messages_to_a_receiver_that_hangs_are_not_in_the_way_of_others(queue: Any) -> None:
    """However many wait for it, and were there first."""

    def hang(receiver: Receiver, before: int) -> int:
        receiver.hangs.wait()
        return 204

    hanging, other = Receiver(hang), Receiver()
    cases = [f"c{n}" for n in range(2 * AT_ONCE)]
    hook, _ = queue.add_hook(hanging.url, None, private=True)
    fill(queue, *cases)
    for case in cases:
        queue.withdraw("lead", case)
    queue.add_hook(other.url, None, private=True)
    fill(queue, "late")
    queue.withdraw("lead", "late")
    desk = Desk(queue)
    assert await desk.post.begin() == OF_ONE + 1
    while not other.taken:
        await asyncio.wait(desk.post.under_way, return_when=asyncio.FIRST_COMPLETED)
    assert told(other) == [("case.withdrawn", "late", None)]
    assert list(desk.post.under_way.values()) == [hook.id] * OF_ONE
    assert (await desk.post.begin(), hanging.taken) == (0, [])
    hanging.hangs.set()
    await desk.all()
    assert len(hanging.taken) == len(cases) + 1
    hanging.close()
    other.close()


async def test_an_attempt_that_fails_in_an_unknown_way_counts(queue: Any, clock: FakeClock) -> None:
    async def carry(letter: Letter, now: Any) -> Sent:
        raise ZeroDivisionError

    queue.add_hook("https://example.org/", None, private=False)
    fill(queue, "c1")
    judge(queue, "alice")
    desk = Desk(queue, carry=carry)
    await desk.all()
    for wait in RETRIES_S:
        assert queue.hooks()[0].ended_at is None
        clock.advance(wait)
        await desk.all()
    assert "ZeroDivisionError" in (queue.hooks()[0].why or "")


async def test_after_the_last_retry_it_is_disabled_and_the_trail_says_so(
    queue: Any, clock: FakeClock
) -> None:
    receiver = Receiver(lambda receiver, before: 500)
    queue.add_hook(receiver.url, None, private=True)
    fill(queue, "c1")
    judge(queue, "alice")
    desk = Desk(queue)
    await desk.all()
    for wait in RETRIES_S:
        assert queue.hooks()[0].ended_at is None
        clock.advance(wait)
        await desk.all()
    receiver.close()
    assert len(receiver.got) == len(RETRIES_S) + 1
    assert len(set(receiver.ids)) == 1
    assert "answered with 500" in (queue.hooks()[0].why or "")
    assert events(queue)[-1] == "webhook.disabled None"
    assert not queue.hooks_due()


async def test_a_receiver_that_is_gone_for_good_is_not_asked_again(queue: Any) -> None:
    receiver = Receiver(lambda receiver, before: 410)
    queue.add_hook(receiver.url, None, private=True)
    fill(queue, "c1")
    judge(queue, "alice")
    await Desk(queue).all()
    receiver.close()
    assert queue.hooks()[0].ended_at is not None


async def test_a_server_that_dies_with_a_message_in_hand_loses_none(
    queue: Any, place: Place, receiver: Receiver, clock: FakeClock
) -> None:
    hook, _ = queue.add_hook(receiver.url, None, private=True)
    fill(queue, "c1")
    judge(queue, "alice")
    [dead] = queue.together([lambda tx: queue.operations.take_letters(tx, {hook.id: 9})])
    other = store_at(place, clock)
    await Desk(other).all()
    assert receiver.taken == []
    clock.advance(TAKEN_S)
    await Desk(other).all()
    assert receiver.ids == [dead[0].id]
    other.close()


async def test_two_servers_send_each_message_once(
    queue: Any, place: Place, receiver: Receiver, clock: FakeClock
) -> None:
    queue.add_hook(receiver.url, None, private=True)
    fill(queue, *(f"c{n}" for n in range(40)))
    for _ in range(40):
        judge(queue, "alice")
    other = store_at(place, clock)
    await asyncio.gather(Desk(queue).all(), Desk(other).all())
    other.close()
    assert len(receiver.ids) == len(set(receiver.ids)) == 40


async def test_while_a_secret_changes_both_sign(queue: Any, clock: FakeClock) -> None:
    receiver = Receiver()
    hook, old = queue.add_hook(receiver.url, None, private=True)
    again, new = queue.add_hook(receiver.url, None, private=True)
    assert (again.id, old != new) == (hook.id, True)
    receiver.secrets = [old, new]
    fill(queue, "c1", "c2")
    judge(queue, "alice")
    await Desk(queue).all()
    clock.advance(86_400)
    receiver.secrets = [new]
    judge(queue, "alice")
    await Desk(queue).all()
    receiver.close()
    assert [len(one.split()) for one in receiver.signatures] == [2, 1]
    assert len(receiver.taken) == 2


def letter_to(url: str, *, private: bool = False) -> Letter:
    hook = Hook("h", url, None, private, NINE, None, None)
    return Letter(1, "msg_1", "{}", 1, hook, ("whsec_" + "A" * 32,))


class TestWhereMessagesMayGo:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",  # noqa: S104
            "224.0.0.1",
            "::1",
            "fe80::1%eth0",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "fec0::1",
        ],
    )
    async def test_a_name_that_leads_inside_is_refused(self, address: str) -> None:
        async def resolve(host: str, port: int) -> list[str]:
            return ["93.184.216.34", address]

        sent = await send(letter_to("https://innocent.example/x"), NINE, resolve=resolve)
        assert (sent.ok, "private network" in sent.why) == (False, True)

    async def test_the_address_that_was_checked_is_the_one_that_is_asked(
        self, receiver: Receiver
    ) -> None:
        """A name that changes its mind: looked up once, and the connection goes there."""
        answers = [["127.0.0.1"], ["93.184.216.34"]]

        async def resolve(host: str, port: int) -> list[str]:
            assert host == "fickle.example"
            return answers.pop(0)

        port = receiver.url.split(":")[2]
        letter = letter_to(f"http://fickle.example:{port}", private=True)
        assert (await send(letter, NINE, resolve=resolve)).ok
        assert len(answers) == 1

    async def test_the_certificates_are_read_once_and_not_for_each_message(
        self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It takes longer than all else, and nobody else is served meanwhile."""
        reads: list[object] = []
        load = ssl.SSLContext.load_verify_locations

        def counting(self: ssl.SSLContext, *given: Any, **more: Any) -> None:
            reads.append(self)
            load(self, *given, **more)

        monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
        for _ in range(3):
            assert (await send(letter_to(receiver.url, private=True), NINE)).ok
        assert len(reads) <= 1

    async def test_a_name_is_asked_at_each_of_its_addresses(self, receiver: Receiver) -> None:
        """`localhost` is two for many a machine, and the receiver listens at one."""

        async def resolve(host: str, port: int) -> list[str]:
            return ["127.0.0.2", "127.0.0.1"]

        port = receiver.url.split(":")[2]
        letter = letter_to(f"http://localhost:{port}", private=True)
        assert (await send(letter, NINE, resolve=resolve)).ok
        assert len(receiver.got) == 1

    async def test_a_name_is_looked_up_as_it_is_written(self) -> None:
        """What it stands for, straße.example, would be looked up as strasse.example."""
        asked = []

        async def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        for name in ("xn--strae-oqa.example", "xn--0.example"):
            assert not (await send(letter_to(f"https://{name}/"), NINE, resolve=resolve)).ok
        assert asked == ["xn--strae-oqa.example", "xn--0.example"]

    @pytest.mark.parametrize(
        "url", ["https://a..b/", f"https://{'y' * 64}.com/", "https://[v1.x]/"]
    )
    async def test_a_url_of_an_older_queue_that_leads_nowhere_is_a_failure(self, url: str) -> None:
        sent = await send(letter_to(url), NINE)
        assert (sent.ok, "could not be reached" in sent.why) == (False, True)

    def test_an_address_of_the_public_network_is_one(self, queue: Any) -> None:
        for url in (
            "https://93.184.216.34/",
            "https://[2606:2800:21f::1]:8443/x",
            "https://a_b.c./",
        ):
            queue.add_hook(url, None, private=False)
        queue.add_hook("http://127.0.0.1:9/", None, private=True)

    @pytest.mark.parametrize(
        "url",
        [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[fe80::1%25eth0]/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://a..b/",
            "https://.example.org/",
            f"https://{'y' * 64}.com/",
            "https://[v1.x]/",
            "https://a<b>/",
            "https://ex%61mple.org/",
            "https://-a.example/",
            "https://example.org:0/",
            "https://example.org:65536/",
            "http://example.org/",
            "ftp://example.org/",
            "https://user:password@example.org/",
            "https:///path",
            "https://[::1",
            "https://example.org/#part",
            "https://example.org/\n",
            "https://exämple.org/",
            "",
        ],
    )
    def test_what_is_no_public_url_is_refused(self, queue: Any, url: str) -> None:
        with pytest.raises((Invalid, Forbidden)):
            queue.add_hook(url, None, private=False)
        assert queue.hooks() == []


async def test_over_http_each_has_their_own(site: Site) -> None:
    url = "https://example.org/hook"
    made = await site.ask("app", "POST", "/v1/webhooks", {"url": url})
    assert (made.status_code, made.json()["owner"]) == (201, "app")
    assert made.json()["secret"].startswith("whsec_")
    lead = await site.ask("lee", "POST", "/v1/webhooks", {"url": url})
    assert lead.json()["owner"] is None
    assert (await site.ask("other-app", "GET", "/v1/webhooks")).json() == {"webhooks": []}
    path = f"/v1/webhooks/{made.json()['id']}"
    assert code(await site.ask("other-app", "DELETE", path)) == (404, "not-found")
    assert (await site.ask("app", "DELETE", path)).status_code == 204
    [mine] = (await site.ask("app", "GET", "/v1/webhooks")).json()["webhooks"]
    assert (mine["why"], "secret" in mine) == ("removed", False)
    for inside in ("https://127.0.0.1/", "https://0x7f.1", "https://2130706433./"):
        answer = await site.ask("app", "POST", "/v1/webhooks", {"url": inside})
        assert code(answer) == (403, "forbidden")
    far = await site.ask("app", "POST", "/v1/webhooks", {"url": "https://example.org:65535"})
    assert far.status_code == 201
    for bad in ("http://example.org/", "https://127.0.0.1\\@x/", "file:///etc/passwd"):
        assert code(await site.ask("app", "POST", "/v1/webhooks", {"url": bad})) == (422, "invalid")


async def test_a_running_server_sends_by_itself(site: Site, receiver: Receiver) -> None:
    site.queue.add_hook(receiver.url, None, private=True)
    await site.hand_over("c1")
    await site.judge("alice")
    async with asyncio.timeout(10):
        while not receiver.taken:
            await asyncio.sleep(0.01)
    assert isinstance(site.queue, SqliteQueue)
    assert told(receiver) == [("case.resolved", "c1", 1)]
