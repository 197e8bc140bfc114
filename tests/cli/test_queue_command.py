"""`hitl queue`: what it lists, what comes next and why, and a lead's hand on a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitl_tui.queue.open import open_queue
from tests.cli.running import Hitl, Write


@pytest.fixture
def queued(hitl: Hitl, cases: Write) -> Hitl:
    hitl(
        "ingest",
        cases(
            {"id": "a", "output": "A", "pool": "legal"},
            {"id": "b", "output": "B", "priority": 90, "review_within": "4h"},
            {"id": "c", "output": "C", "overlap": 2},
        ),
    )
    return hitl


def claim(name: str, case_id: str) -> None:
    queue = open_queue("hitl.db")
    queue.claim(name, case_id=case_id)
    queue.close()


def test_list_has_stable_names_and_a_cursor(queued: Hitl) -> None:
    claim("alice", "c")
    page = queued("queue", "list", "--limit", 2, "--json").json
    assert [row["id"] for row in page["cases"]] == ["a", "b"]
    assert page["cases"][1]["due"].endswith("Z")
    assert set(page["cases"][0]) == {
        "id",
        "kind",
        "state",
        "pool",
        "priority",
        "due",
        "overlap",
        "open_slots",
        "version",
        "queued_at",
        "holders",
    }
    rest = queued("queue", "list", "--cursor", page["cursor"], "--json").json
    assert [(row["id"], row["holders"]) for row in rest["cases"]] == [("c", ["alice"])]
    assert rest["cursor"] is None


def test_list_for_people_says_who_holds_what_and_how_to_go_on(queued: Hitl) -> None:
    claim("alice", "a")
    out = queued("queue", "list", "--limit", 1).out
    assert "a  pending  legal  priority 50, no due time, 0 of 1 open, held by alice" in out
    assert "--cursor" in out
    assert queued("queue", "list", "--pool", "nowhere").out == "no such case\n"


def test_next_is_what_one_would_get_and_why(queued: Hitl) -> None:
    found = queued("queue", "list", "--next", "--reviewer", "alice", "--json").json
    assert [one["id"] for one in found["next"]] == ["b", "a", "c"]
    out = queued("queue", "list", "--next", "--reviewer", "alice", "--pool", "legal").out
    assert "1  a  legal: priority 50" in out


def test_with_nothing_next_it_says_who_holds_the_rest(queued: Hitl) -> None:
    for case_id in "abc":
        claim("alice", case_id)
    out = queued("queue", "list", "--next", "--reviewer", "alice").out
    assert "nothing is ready for alice now" in out
    assert "alice holds 3 until" in out


def test_release_ends_leases_of_one_or_of_all(queued: Hitl) -> None:
    for name in ("alice", "bob"):
        claim(name, "c")
    assert "leases ended: 1" in queued("queue", "release", "c", "--from", "bob").out
    assert "leases ended: 1" in queued("queue", "release", "c").out
    assert "nobody held it" in queued("queue", "release", "c").out


def test_assign_keeps_a_case_for_one_and_opens_it_again(queued: Hitl) -> None:
    assert queued("queue", "assign", "b", "bob").code == 0
    refused = queued("verdict", "b", "approve", "--reviewer", "alice")
    assert refused.code == 2
    assert "assigned to another" in refused.err
    assert queued("queue", "assign", "b", "--anybody").code == 0
    assert queued("verdict", "b", "approve", "--reviewer", "alice").code == 0


def test_requeue_is_for_oneself_for_another_or_for_everybody(queued: Hitl) -> None:
    queue = open_queue("hitl.db")
    for name in ("alice", "bob", "carol"):
        token = queue.claim(name, case_id="b")[0].token
        queue.release(name, token, reason="skip")

    def first(name: str) -> str:
        return queue.upcoming(name)[0].case_id

    queued("queue", "requeue", "b", "--reviewer", "alice")
    assert [first(name) for name in ("alice", "bob", "carol")] == ["b", "a", "a"]
    queued("queue", "requeue", "b", "--for", "bob", "--reviewer", "alice")
    assert [first(name) for name in ("alice", "bob", "carol")] == ["b", "b", "a"]
    queued("queue", "requeue", "b", "--all", "--reviewer", "alice")
    assert first("carol") == "b"
    queue.close()


def test_withdraw_takes_a_case_out(queued: Hitl) -> None:
    assert queued("queue", "withdraw", "a", "--note", "sent twice").code == 0
    assert queued("queue", "status", "--json").json["pending"] == 2
    assert queued("queue", "list", "--state", "withdrawn", "--json").json["cases"][0]["id"] == "a"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "--state", "late"], "--state is pending, disputed, resolved or withdrawn"),
        (["list", "--limit", "0"], "a page has 1 to 1000 lines"),
        (["list", "--cursor", "x"], "no page gave this cursor"),
        (["assign", "a"], "say who is to judge the case, or --anybody"),
        (["assign", "a", "bob", "--anybody"], "say who is to judge the case, or --anybody"),
        (["requeue", "a", "--all", "--for", "bob"], "not both"),
        (["withdraw", "z"], "there is no case z"),
        (["release", "z"], "there is no case z"),
    ],
)
def test_a_wrong_call_is_one_plain_sentence(
    queued: Hitl, arguments: list[str], sentence: str
) -> None:
    ran = queued("queue", *arguments)
    assert ran.code == 2
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


def test_pools_of_the_configuration_give_fallbacks_and_consensus(
    hitl: Hitl, cases: Write, home: Path
) -> None:
    (home / "hitl.toml").write_text(
        '[sla]\nfallback = "house"\n[pools.p]\nfallback = "pool"\nconsensus = "unanimous"\n'
    )
    hitl(
        "ingest",
        cases(
            {"id": "p", "output": "o", "pool": "p", "review_within": "0.001s"},
            {"id": "g", "output": "o", "review_within": "0.001s"},
            {"id": "v", "output": "o", "pool": "p", "overlap": 3},
        ),
    )
    for name, decision in (("a", "approve"), ("b", "approve"), ("c", "reject")):
        hitl("verdict", "v", decision, "--reviewer", name)
    queue = open_queue("hitl.db")
    outputs = {record.case.id: record.resolution for record in queue.records()}
    queue.close()
    assert outputs["p"] is not None and outputs["p"].output == "pool"
    assert outputs["g"] is not None and outputs["g"].output == "house"
    assert hitl("queue", "status", "--json").json["disputed"] == 1
    assert "1 in dispute" in hitl("queue", "status").out
