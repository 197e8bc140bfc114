"""The outbox: what a reviewer decided arrives exactly once, whatever the network or the power does."""

from __future__ import annotations

import multiprocessing
import os
import random
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.letters import Letters, name_behind, outbox_path
from hitl_tui.queue.outbox import OutboxQueue
from hitl_tui.queue.protocol import Invalid, LeaseLost, UndoRefused, Unreachable
from hitl_tui.queue.wire import Unauthenticated, Wire
from tests.queue.serving import Network, Served
from tests.queue.world import FakeClock, events, fill, ids, verdict

fork = multiprocessing.get_context("fork")


@pytest.fixture
def served(path: Path, clock: FakeClock) -> Iterator[Served]:
    served = Served(path, clock)
    yield served
    served.close()
    assert violations(path) == []


@pytest.fixture
def network(served: Served) -> Iterator[Network]:
    network = Network(served.port)
    yield network
    network.close()


Desk = Callable[..., OutboxQueue]


@pytest.fixture
def desk(served: Served, network: Network, tmp_path: Path) -> Iterator[Desk]:
    """Opens the outbox of a reviewer anew at each call, as a workstation does when it starts."""
    opened: list[OutboxQueue] = []

    def make(
        name: str = "alice",
        secret: str | None = None,
        patience_s: float = 5.0,
        pause_s: float = 0.02,
    ) -> OutboxQueue:
        wire = Wire(network.url, secret or served.token(name), timeout_s=5)
        letters = Letters(outbox_path(tmp_path / "state", wire.url), name, utc_now)
        opened.append(
            OutboxQueue(
                wire, letters, clock=utc_now, patience_s=patience_s, pause=lambda n: pause_s
            )
        )
        return opened[-1]

    yield make
    network.cut()
    for queue in opened:
        queue.close()


def delivered(queue: OutboxQueue) -> bool:
    """Whether nothing waits any more, after a while of trying."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if queue.flush(1.0):
            return True
    return False


def stored(served: Served) -> Counter[str]:
    """How often each verdict is in the store."""
    return Counter(v.verdict.id for record in served.store.records() for v in record.verdicts)


def offline(queue: OutboxQueue, network: Network) -> OutboxQueue:
    """The same queue once it has noticed that the network is cut."""
    network.cut()
    with suppress(Unreachable):
        queue.status()
    assert queue.connection().online is False
    return queue


def until(true: Callable[[], bool]) -> None:
    """Wait for what the courier does in its own time."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.005)


class TestWithANetwork:
    def test_a_verdict_gets_the_servers_own_receipt(self, served: Served, desk: Desk) -> None:
        fill(served.store, "c1")
        queue = desk()
        claim = queue.claim("alice")[0]
        receipt = queue.submit(verdict(claim, "alice"))
        assert (receipt.sent, receipt.case_state) == (True, "resolved")
        assert served.store.record("c1").verdicts[0].verdict.id == receipt.id
        assert queue.connection().unsent == 0

    def test_a_lost_lease_says_whether_the_verdict_was_kept(
        self, served: Served, desk: Desk, clock: FakeClock
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        claim = queue.claim("alice", lease_s=60)[0]
        clock.advance(61)
        served.store.claim("bob")
        with pytest.raises(LeaseLost) as lost:
            queue.submit(verdict(claim, "alice"))
        assert lost.value.kept
        assert queue.connection().unsent == 0
        assert [v.late for v in served.store.record("c1").verdicts] == [True]

    def test_undo_skip_and_heartbeat_go_through_with_the_desks_own_numbers(
        self, served: Served, desk: Desk
    ) -> None:
        fill(served.store, "c1", "c2")
        queue = desk()
        first, second = queue.claim("alice", batch=2)
        given = verdict(first, "alice")
        queue.submit(given)
        again = queue.undo("alice", given.id)
        queue.release("alice", second.token, reason="skip")
        back = queue.unskip("alice", "c2")
        assert set(queue.heartbeat("alice", [again.token, back.token])) == {
            again.token,
            back.token,
        }
        assert ids(queue.resume("alice")) == ["c1", "c2"]
        assert queue.submit(verdict(again, "alice", "reject")).case_state == "resolved"
        assert queue.submit(verdict(back, "alice")).case_state == "resolved"

    def test_a_verdict_that_cannot_fit_is_refused_before_it_is_written(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        claim = queue.claim("alice")[0]
        offline(queue, network)
        with pytest.raises(Invalid):
            queue.submit(verdict(claim, "alice", "tie"))
        assert queue.connection().unsent == 0

    def test_a_refused_undo_leaves_nothing_at_hand(
        self, served: Served, desk: Desk, clock: FakeClock
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        given = verdict(queue.claim("alice")[0], "alice", "escalate")
        queue.submit(given)
        served.store.claim("bob")
        with pytest.raises(UndoRefused):
            queue.undo("alice", given.id)
        assert queue.resume("alice") == []


class TestWithoutANetwork:
    def test_work_goes_on_and_everything_arrives_in_order_afterwards(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2", "c3", "c4")
        queue = desk()
        claims = queue.claim("alice", batch=4)
        offline(queue, network)
        given = [verdict(claim, "alice") for claim in claims[:3]]
        assert [queue.submit(one).sent for one in given] == [False] * 3
        queue.release("alice", claims[3].token, reason="skip")
        assert queue.claim("alice") == []
        assert queue.connection().unsent == 4
        network.mend()
        assert delivered(queue)
        assert stored(served) == Counter(one.id for one in given)
        assert events(served.store)[-4:] == [
            "verdict.recorded c1",
            "verdict.recorded c2",
            "verdict.recorded c3",
            "lease.released c4",
        ]
        assert queue.connection().online

    def test_that_something_was_shown_arrives_before_what_was_decided_then(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2")
        queue = desk()
        first, second = queue.claim("alice", batch=2)
        offline(queue, network)
        queue.reveal("alice", first.token)
        queue.release("alice", first.token, reason="skip")
        queue.reveal("alice", second.token)
        assert queue.connection().unsent == 1, "a look is no decision that waits"
        queue.close()
        assert "1 decision not sent yet" in str(queue.farewell)
        again = desk()
        network.mend()
        assert delivered(again)
        assert events(served.store)[-3:] == [
            "case.revealed c1",
            "lease.released c1",
            "case.revealed c2",
        ]
        with pytest.raises(LeaseLost):
            again.reveal("alice", 99)

    def test_the_first_start_without_it_says_so(self, desk: Desk, network: Network) -> None:
        network.cut()
        with pytest.raises(Unreachable):
            desk().claim("alice")

    def test_a_restart_shows_the_same_cases_again_and_they_can_be_judged(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2", "c3")
        queue = desk()
        claims = queue.claim("alice", batch=3)
        offline(queue, network)
        queue.submit(verdict(claims[0], "alice"))
        queue.release("alice", claims[1].token, reason="quit")
        queue.close()
        assert "1 decision not sent yet" in str(queue.farewell)
        again = desk()
        held = again.resume("alice")
        assert ids(held) == ["c2", "c3"]
        given = verdict(held[0], "alice")
        assert not again.submit(given).sent
        network.mend()
        assert delivered(again)
        assert served.store.record("c1").state == "resolved"
        assert served.store.record("c2").verdicts[0].verdict.id == given.id

    def test_what_was_not_sent_is_taken_back_without_a_trace(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2")
        queue = desk(pause_s=60)
        first, second = queue.claim("alice", batch=2)
        offline(queue, network)
        given = verdict(first, "alice")
        queue.submit(given)
        until(lambda: queue.connection().unsent == 1 and not queue.flush(0.2))
        assert queue.undo("alice", given.id).token == first.token
        assert queue.connection().unsent == 0
        network.mend()
        assert queue.status().pending == 2
        assert queue.submit(verdict(second, "alice")).accepted
        assert served.store.record("c1").verdicts == ()

    def test_a_delivered_verdict_is_undone_and_given_anew(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        given = verdict(queue.claim("alice")[0], "alice")
        queue.submit(given)
        offline(queue, network)
        claim = queue.undo("alice", given.id)
        other = verdict(claim, "alice", "reject")
        assert not queue.submit(other).sent
        network.mend()
        assert delivered(queue)
        record = served.store.record("c1")
        assert [(v.verdict.id, v.undone_at is None) for v in record.verdicts] == [
            (given.id, False),
            (other.id, True),
        ]
        assert record.resolution is not None and record.resolution.decision == "reject"

    def test_a_verdict_that_came_too_late_is_told_afterwards_and_its_text_was_kept(
        self, served: Served, desk: Desk, network: Network, clock: FakeClock
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        claim = queue.claim("alice", lease_s=60)[0]
        offline(queue, network)
        given = verdict(claim, "alice", rationale="because")
        assert not queue.submit(given).sent
        clock.advance(61)
        served.store.claim("bob")
        network.mend()
        assert delivered(queue)
        assert "kept as late" in queue.connection().note
        [late] = served.store.record("c1").verdicts
        assert (late.late, late.verdict.rationale) == (True, "because")

    def test_the_counts_stay_as_they_were_last_told(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2")
        queue = desk()
        assert queue.status().pending == 2
        offline(queue, network)
        assert queue.status().pending == 2


class TestRefusals:
    def test_a_revoked_token_parks_the_verdict_and_the_next_token_delivers_it(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2")
        identity, secret = served.store.create_token("reviewer", "alice")
        queue = desk(secret=secret)
        first, second = queue.claim("alice", batch=2)
        offline(queue, network)
        given = verdict(first, "alice")
        queue.submit(given)
        served.store.revoke_token(identity.id)
        network.mend()
        assert delivered(queue)
        assert queue.connection().parked == 1
        assert "does not accept the token" in queue.connection().note
        with pytest.raises(Unauthenticated):
            queue.submit(verdict(second, "alice"))
        queue.close()
        assert "was refused and is kept here" in str(queue.farewell)
        again = desk()
        assert delivered(again)
        assert again.connection().parked == 0
        assert stored(served) == Counter([given.id])

    def test_a_refused_verdict_stands_in_nobodys_way(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1", "c2")
        queue = desk()
        first, second = queue.claim("alice", batch=2)
        taken = served.client("bob")
        used = new_id()
        fill(served.store, "c3")
        taken.submit(verdict(taken.claim("bob")[0], "bob", id=used))
        offline(queue, network)
        refused, good = verdict(first, "alice", id=used), verdict(second, "alice")
        queue.submit(refused)
        queue.submit(good)
        network.mend()
        assert delivered(queue)
        assert queue.connection().parked == 1
        assert stored(served)[good.id] == 1
        back = queue.undo("alice", used)
        assert back.case.id == "c1"
        assert queue.submit(verdict(back, "alice")).accepted
        assert queue.connection().parked == 0
        taken.close()


class TestLostAnswers:
    def test_a_verdict_whose_answer_was_lost_is_not_doubled(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        claim = queue.claim("alice")[0]
        network.lose_next("answer")
        given = verdict(claim, "alice")
        queue.submit(given)
        assert delivered(queue)
        assert network.lost == ["answer"]
        assert stored(served) == Counter([given.id])

    def test_an_undo_whose_answer_was_lost_gives_the_case_back(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        given = verdict(queue.claim("alice")[0], "alice")
        queue.submit(given)
        network.lose_next("answer")
        claim = queue.undo("alice", given.id)
        assert queue.submit(verdict(claim, "alice", "reject")).case_state == "resolved"
        assert network.lost == ["answer"]
        assert queue.connection().parked == 0

    def test_a_claim_whose_answer_was_lost_holds_no_case_back(
        self, served: Served, desk: Desk, network: Network
    ) -> None:
        fill(served.store, "c1")
        queue = desk()
        assert queue.status().pending == 1
        network.lose_next("answer")
        assert queue.claim("alice") == []
        assert ids(queue.claim("alice")) == ["c1"]
        assert network.lost == ["answer"]

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_on_a_line_that_loses_a_third_every_verdict_arrives_exactly_once(
        self, served: Served, desk: Desk, network: Network, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311
        fill(served.store, *(f"c{n}" for n in range(30)))
        queue = desk(patience_s=0.05)
        assert queue.status().pending == 30
        network.lose_at_random(0.3, seed)
        given: dict[str, Verdict] = {}
        for _ in range(400):
            if len(given) == 30:
                break
            for claim in queue.claim("alice", batch=3):
                one = verdict(claim, "alice")
                queue.submit(one)
                if chance.random() < 0.3:
                    claim = queue.undo("alice", one.id)  # noqa: PLW2901
                    one = verdict(claim, "alice", "reject")
                    queue.submit(one)
                given[claim.case.id] = one
        assert len(given) == 30
        network.mend()
        assert delivered(queue)
        assert queue.connection().parked == 0
        for record in served.store.records():
            standing = [v.verdict.id for v in record.verdicts if v.undone_at is None]
            assert standing == [given[record.case.id].id]
        assert {"request", "answer"} <= set(network.lost)


def work_and_note(url: str, secret: str, state: Path, seed: int, notes: Path) -> None:
    """Judge through the outbox, noting each verdict once `submit` has returned; never ends."""
    chance = random.Random(seed)  # noqa: S311
    noted = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    wire = Wire(url, secret, timeout_s=2)
    letters = Letters(outbox_path(state, url), "alice", utc_now)
    queue = OutboxQueue(wire, letters, clock=utc_now, patience_s=0.05, pause=lambda n: 0.02)
    claims = queue.resume("alice")
    while True:
        for claim in claims:
            one = verdict(claim, "alice", chance.choice(["approve", "reject"]))
            queue.submit(one)
            os.write(noted, f"{one.id}\n".encode())
        claims = queue.claim("alice", batch=4)


def test_kill_9_at_random_on_a_line_that_is_cut_loses_and_doubles_nothing(
    served: Served, network: Network, tmp_path: Path
) -> None:
    state, notes = tmp_path / "state", tmp_path / "notes"
    fill(served.store, *(f"c{n}" for n in range(500)))
    secret, chance = served.token("alice"), random.Random(5)  # noqa: S311

    def lines() -> list[str]:
        return notes.read_text("ascii").splitlines() if notes.exists() else []

    for kill in range(20):
        arguments = (network.url, secret, state, kill, notes)
        worker = fork.Process(target=work_and_note, args=arguments)
        worker.start()
        if kill % 4:
            # However slow the machine is, most are at work by then; the others may still be starting.
            done = len(lines())
            until(lambda done=done: len(lines()) > done + 1)
        time.sleep(chance.uniform(0, 0.2))
        if kill % 3 == 1:
            network.cut()
            time.sleep(0.05)
            network.mend()
        worker.kill()
        worker.join()
    wire = Wire(network.url, secret)
    letters = Letters(outbox_path(state, network.url), "alice", utc_now)
    queue = OutboxQueue(wire, letters, clock=utc_now)
    assert delivered(queue)
    assert queue.connection().parked == 0
    queue.close()
    noted = [line for line in lines() if len(line) == 36]
    there = stored(served)
    assert len(noted) > 20
    assert [one for one in noted if there[one] != 1] == []
    assert set(there.values()) == {1}


def test_the_server_stopped_and_started_again_costs_nothing(
    served: Served, desk: Desk, network: Network
) -> None:
    fill(served.store, *(f"c{n}" for n in range(12)))
    queue = desk(patience_s=0.1)
    claims = queue.claim("alice", batch=12)
    given = []
    for number, claim in enumerate(claims):
        if number in (3, 8):
            served.stop()
        if number in (5, 10):
            served.start()
        one = verdict(claim, "alice")
        queue.submit(one)
        given.append(one.id)
    assert delivered(queue)
    assert stored(served) == Counter(given)


def test_two_workstations_of_one_reviewer_share_the_outbox(
    served: Served, desk: Desk, network: Network
) -> None:
    fill(served.store, "c1", "c2")
    one, other = desk(), desk()
    first = one.claim("alice")[0]
    second = other.claim("alice")[0]
    given = [verdict(first, "alice"), verdict(second, "alice")]
    one.submit(given[0])
    other.submit(given[1])
    one.close()
    assert delivered(other)
    assert stored(served) == Counter(each.id for each in given)


def test_the_file_is_the_users_own(served: Served, desk: Desk, tmp_path: Path) -> None:
    fill(served.store, "c1")
    queue = desk()
    queue.claim("alice")
    outbox = tmp_path / "state" / "outbox"
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in outbox.iterdir()} == {0o600}


def test_texts_do_not_stay_behind_once_everything_arrived(
    served: Served, desk: Desk, tmp_path: Path
) -> None:
    fill(served.store, "c1")
    queue = desk()
    claim = queue.claim("alice")[0]
    queue.submit(verdict(claim, "alice", rationale="a secret reason"))
    queue.close()
    found = b"".join(file.read_bytes() for file in (tmp_path / "state" / "outbox").iterdir())
    assert b"the answer of c1" not in found
    assert b"a secret reason" not in found


def test_whose_token_it_is_is_known_without_the_server(tmp_path: Path) -> None:
    path = outbox_path(tmp_path, "https://hitl.example.org")
    assert name_behind(path, "hitl_x", lambda: "alice", utc_now) == "alice"
    assert name_behind(path, "hitl_x", lambda: pytest.fail("asked again"), utc_now) == "alice"
    assert b"hitl_x" not in path.read_bytes()


def test_an_outbox_of_a_newer_hitl_is_left_alone(tmp_path: Path) -> None:
    path = outbox_path(tmp_path, "https://hitl.example.org")
    letters = Letters(path, "alice", utc_now)
    with letters.changing() as conn:
        conn.execute("PRAGMA user_version = 99")
    letters.close()
    with pytest.raises(Unreachable, match="newer"):
        Letters(path, "alice", utc_now)
