"""Replay: the tables' state follows from the trail, and what cannot have happened is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hitl_tui.audit.chain import Impossible
from hitl_tui.audit.facts import CaseFacts, TokenFacts, VerdictFacts, differences
from hitl_tui.audit.replay import Replay
from hitl_tui.model.work import Event

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)


def replayed(*steps: tuple[str, str, dict[str, Any]]) -> Replay:
    """A replay of a queue with the case c1 of overlap 2, and of these steps on it."""
    queued = {
        "content": "d",
        "overlap": 2,
        "priority": 50,
        "due": None,
        "state": "pending",
        "pool": "p",
        "resolution": None,
    }
    replay = Replay()
    all_steps = [("case.queued", "producer", queued), *steps]
    replay.apply(Event(seq=1, at=NINE, type="queue.created", actor="hitl", data={"version": 1}))
    for seq, (kind, actor, data) in enumerate(all_steps, 2):
        replay.apply(
            Event.model_validate(
                {
                    "seq": seq,
                    "at": NINE,
                    "type": kind,
                    "actor": actor,
                    "case_id": "c1",
                    "data": data,
                }
            )
        )
    return replay


def claimed(reviewer: str, token: str) -> tuple[str, str, dict[str, Any]]:
    return "lease.claimed", reviewer, {"token": token}


def recorded(reviewer: str, token: str, **other: Any) -> tuple[str, str, dict[str, Any]]:
    data = {"verdict": f"v{token}", "token": token, "decision": "approve", "digest": "e"}
    where = {"state": "pending", "pool": "p", "resolution": None}
    return (
        "verdict.recorded",
        reviewer,
        {**data, "counts": True, "adopted": False, **where, **other},
    )


def undone(reviewer: str, of: str, token: str) -> tuple[str, str, dict[str, Any]]:
    return "verdict.undone", reviewer, {"verdict": f"v{of}", "token": token, "pool": "p"}


RESOLVED = {"state": "resolved", "resolution": "r"}
RULED = {"ruling": "u", "decision": "reject", "cause": "error", "resolution": "r"}
ADJUDICATED = ("case.adjudicated", "lead", RULED)
ASSIGNED = ("case.assigned", "lead", {"reviewer": "bob"})
DELIVERED = ("resolution.delivered", "shop", {"version": 1})
FALLBACK = ("case.fallback", "hitl", {"resolution": "f"})
WITHDRAWN = ("case.withdrawn", "shop", {"ruling": "u"})
TOKEN = (
    "token.created",
    "local",
    {
        "token": "t",
        "name": "alice",
        "role": "lead",
        "pools": ["p"],
        "digest": "d",
        "expires": None,
    },
)
REVOKED = ("token.revoked", "local", {"token": "t"})


def test_slots_leases_and_verdicts_follow_the_events() -> None:
    replay = replayed(
        claimed("alice", "1"),
        claimed("bob", "2"),
        recorded("alice", "1"),
        ("lease.resumed", "bob", {"token": "3", "previous": "2"}),
    )
    facts = replay.facts()["c1"]
    assert facts.open_slots == 0
    assert facts.leases == {"3": "bob"}
    assert facts.verdicts == {"v1": VerdictFacts("alice", "approve", "e", False, "counts")}


def test_an_undone_verdict_leaves_its_slot_with_its_reviewer() -> None:
    undone = ("verdict.undone", "alice", {"verdict": "v1", "token": "2", "pool": "p"})
    facts = replayed(claimed("alice", "1"), recorded("alice", "1"), undone).facts()["c1"]
    assert facts.verdicts["v1"].standing == "undone"
    assert (facts.open_slots, facts.leases) == (1, {"2": "alice"})


def test_late_verdicts_and_escalations_take_no_slot() -> None:
    late = (
        "verdict.late",
        "carol",
        {"verdict": "v9", "token": "9", "decision": "a", "digest": "e"},
    )
    escalated = recorded("alice", "1", counts=False, pool="lead")
    facts = replayed(claimed("alice", "1"), escalated, late).facts()["c1"]
    assert (facts.open_slots, facts.pool) == (2, "lead")
    assert {v.standing for v in facts.verdicts.values()} == {"stands", "late"}


def test_a_fallback_ends_the_leases_and_answers_the_case() -> None:
    facts = replayed(claimed("alice", "1"), FALLBACK).facts()["c1"]
    assert (facts.state, facts.resolution, facts.leases) == ("resolved", "f", {})
    assert facts.open_slots == 2


def test_a_dispute_is_settled_by_somebody_else() -> None:
    steps = (claimed("alice", "1"), recorded("alice", "1", state="disputed"), ADJUDICATED)
    facts = replayed(*steps).facts()["c1"]
    assert (facts.state, facts.resolution, facts.ruling) == ("resolved", "r", "u")


def test_a_delivered_answer_is_taken_back_only_as_an_amendment() -> None:
    amended = ("resolution.amended", "a", {"version": 1})
    steps = (claimed("a", "1"), recorded("a", "1", **RESOLVED), DELIVERED)
    assert replayed(*steps).facts()["c1"].delivered
    facts = replayed(*steps, amended, undone("a", "1", "2")).facts()["c1"]
    assert (facts.state, facts.delivered, facts.resolution) == ("pending", False, None)


def test_an_assignment_is_used_up_by_its_verdict() -> None:
    assert replayed(ASSIGNED).facts()["c1"].assigned == "bob"
    steps = (ASSIGNED, claimed("bob", "1"), recorded("bob", "1"), claimed("alice", "2"))
    assert replayed(*steps).facts()["c1"].assigned is None


def test_a_token_is_revoked_once() -> None:
    token = replayed(TOKEN, REVOKED).tokens()["t"]
    assert token == TokenFacts("t", "alice", "lead", ("p",), "d", None, True)


@pytest.mark.parametrize(
    "steps",
    [
        [claimed("a", "1"), claimed("b", "2"), claimed("c", "3")],
        [claimed("a", "1"), claimed("a", "2")],
        [("lease.expired", "hitl", {"token": "1"})],
        [("lease.released", "a", {"token": "1", "reason": "quit", "until": None})],
        [claimed("a", "1"), ("lease.resumed", "b", {"token": "2", "previous": "1"})],
        [recorded("a", "1")],
        [claimed("a", "1"), recorded("b", "1")],
        [claimed("a", "1"), recorded("a", "1"), recorded("a", "2", adopted=True)],
        [("verdict.undone", "a", {"verdict": "v1", "token": "2", "pool": "p"})],
        [
            claimed("a", "1"),
            recorded("a", "1"),
            ("verdict.undone", "b", {"verdict": "v1", "token": "2", "pool": "p"}),
        ],
        [ASSIGNED, claimed("a", "1")],
        [FALLBACK, FALLBACK],
        [FALLBACK, claimed("a", "1")],
        [claimed("a", "1"), recorded("a", "1"), FALLBACK, undone("a", "1", "2")],
        [claimed("a", "1"), recorded("a", "1", **RESOLVED), FALLBACK],
        [ADJUDICATED],
        [claimed("a", "1"), recorded("a", "1", state="disputed"), ("case.adjudicated", "a", RULED)],
        [WITHDRAWN, WITHDRAWN],
        [WITHDRAWN, ("case.changed", "lead", {"priority": 1, "due": None, "pool": "p"})],
        [("resolution.delivered", "shop", {"version": 1})],
        [("resolution.amended", "a", {"version": 1})],
        [claimed("a", "1"), recorded("a", "1", **RESOLVED), DELIVERED, undone("a", "1", "2")],
        [("lease.freed", "lead", {"token": "1", "reviewer": "a"})],
        [("token.revoked", "local", {"token": "t"})],
        [TOKEN, TOKEN],
        [TOKEN, REVOKED, REVOKED],
        [("case.queued", "producer", {})],
        [("queue.created", "hitl", {})],
        [("lease.claimed", "a", {})],
        [("verdict.invented", "a", {})],
    ],
)
def test_what_cannot_have_happened_is_refused(steps: list[tuple[str, str, dict[str, Any]]]) -> None:
    with pytest.raises(Impossible):
        replayed(*steps)


def test_an_event_of_a_case_never_queued_is_refused() -> None:
    event = Event.model_validate(
        {
            "seq": 2,
            "at": NINE,
            "type": "lease.claimed",
            "actor": "a",
            "case_id": "c2",
            "data": {"token": "1"},
        }
    )
    with pytest.raises(Impossible):
        replayed().apply(event)


def test_equal_facts_make_no_difference() -> None:
    facts = replayed(claimed("alice", "1"), recorded("alice", "1")).facts()
    assert list(differences(facts, facts.values())) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"content": "x"}, "content was changed"),
        ({"resolution": "x"}, "resolution was changed"),
        ({"state": "resolved"}, "state is resolved"),
        ({"pool": "q"}, "pool is q"),
        ({"open_slots": 0}, "open_slots is 0"),
        ({"priority": 90}, "priority is 90"),
        ({"due": "2026"}, "due is 2026"),
        ({"assigned": "eve"}, "assigned is eve"),
        ({"delivered": True}, "delivered is True"),
        ({"ruling": "x"}, "ruling was changed"),
        ({"leases": {"4": "eve"}}, "leases"),
        ({"verdicts": {}}, "verdict v1 was removed"),
        (
            {"verdicts": {"v1": VerdictFacts("alice", "reject", "e", False, "counts")}},
            "v1 was changed",
        ),
    ],
)
def test_every_other_table_is_named(change: dict[str, Any], words: str) -> None:
    expected = replayed(claimed("alice", "1"), recorded("alice", "1")).facts()
    found: list[CaseFacts] = [replace(expected["c1"], **change)]
    sentences = list(differences(expected, found))
    assert len(sentences) == 1
    assert "c1" in sentences[0]
    assert words in sentences[0]


def test_missing_and_foreign_cases_are_named() -> None:
    expected = replayed().facts()
    foreign = replace(expected["c1"], case_id="c2")
    assert len(list(differences(expected, [foreign]))) == 2
