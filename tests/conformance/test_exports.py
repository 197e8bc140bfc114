"""What every store keeps for exports: splits that stay, pseudonyms, the trace of what left."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hitl_tui.model.case import Submission
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import Exported, Forbidden, Invalid, NotFound, Queue, QueueError
from tests.conformance.conftest import MakeQueue
from tests.queue.world import events, fill, item, judge, verdict

DIGEST = "0" * 64
LEFT = Exported("sft", 3, DIGEST, {"train.jsonl": "1" * 64})


def planted(queue: Queue, case_id: str) -> None:
    submission = Submission.model_validate(
        {"id": case_id, "output": "o", "gold": {"decision": "approve"}}
    )
    queue.admit([(submission, Route())])


def test_materials_are_the_records_in_order_with_what_was_known_before(queue: Queue) -> None:
    fill(queue, "a")
    planted(queue, "g")
    fill(queue, "b")
    judge(queue, "alice", "reject", rationale="r")
    found = list(queue.materials())
    assert [(one.record.case.id, one.planted, one.split) for one in found] == [
        ("a", False, None),
        ("g", True, None),
        ("b", False, None),
    ]
    assert found[0].record == queue.record("a")
    assert [one.record.case.id for one in queue.materials(found[0].seq)] == ["g", "b"]
    assert [one.record.case.id for one in queue.material_page(found[0].seq, 1)] == ["g"]


def test_what_is_kept_says_the_same_as_the_records(queue: Queue) -> None:
    fill(queue, "a", "b", overlap=2)
    judge(queue, "alice", "reject", labels=("x",))
    queue.undo("bob", judge(queue, "bob").id)
    for kept, record in zip(queue.stored(), queue.records(), strict=True):
        assert kept.case["id"] == record.case.id
        assert kept.state == record.state
        assert kept.taken == len(record.verdicts)
        assert [verdict["id"] for verdict, _, _ in kept.verdicts] == [
            one.verdict.id for one in record.verdicts if one.undone_at is None
        ]


def test_the_copies_of_a_quiz_are_in_no_stream_of_cases_but_in_the_listing(queue: Any) -> None:
    fill(queue, "a")
    planted(queue, "g")
    queue.create_quiz("lea", "cal", queue.gold_items())
    (seat,) = queue.sit("alice", "cal").seats
    fill(queue, "b")
    assert [one.case.id for one in queue.records()] == ["a", "g", "b"]
    assert [one.record.case.id for one in queue.materials()] == ["a", "g", "b"]
    assert [one.case["id"] for one in queue.stored()] == ["a", "g", "b"]
    listed = [row.case_id for row in queue.listing().rows]
    assert listed == ["a", "g", seat.case_id, "b"]
    first = queue.listing(copies=False, limit=2)
    rest = queue.listing(copies=False, limit=2, cursor=first.cursor)
    assert [row.case_id for row in (*first.rows, *rest.rows)] == ["a", "g", "b"]


def a_quiz(queue: Any, *reviewers: str) -> dict[str, str]:
    """A quiz of one gold case among 100 that were counted through; whose copy is called what."""
    queue.admit([item(f"case-{number:05d}") for number in range(1, 100)])
    planted(queue, "case-00100")
    queue.create_quiz("lea", "cal", queue.gold_items())
    return {name: str(queue.sit(name, "cal").seats[0].case_id) for name in reviewers}


def test_a_copy_gives_way_to_the_case_that_is_handed_over_under_its_id(queue: Any) -> None:
    copies = a_quiz(queue, "alice", "bob")
    [held] = queue.claim("alice", case_id=copies["alice"])
    given = verdict(held, "alice", "reject")
    handed = [item(f"case-{number:05d}") for number in range(101, 1001)]
    assert {one.outcome for one in queue.admit(handed)} == {"queued"}
    assert {one.outcome for one in queue.admit(handed)} == {"duplicate"}
    assert len(list(queue.records())) == 1000

    # Whoever was judging one goes on, and its verdict arrives once.
    assert queue.submit(given).accepted
    assert queue.submit(given).accepted
    assert queue.record(copies["alice"]).verdicts == ()
    [theirs] = queue.claim("bob", case_id=copies["bob"])
    assert theirs.case.id != copies["bob"]
    assert re.fullmatch(r"case-\d{5}", theirs.case.id)
    assert theirs.case.output == held.case.output == "o"
    assert queue.submit(verdict(theirs, "bob", "approve")).case_state == "resolved"
    seats = {name: queue.sit(name, "cal").seats[0] for name in copies}
    assert all(seat.answered for seat in seats.values())

    # The case that has the id now is anybody's.
    [real] = queue.claim("bob", case_id=copies["bob"])
    assert real.case.id == copies["bob"]
    assert [e.partition(" ")[0] for e in events(queue)].count("case.renamed") == 2
    assert queue.verify().differences == ()


def test_a_copy_that_was_judged_gives_way_too_and_can_be_undone(queue: Any) -> None:
    copy = a_quiz(queue, "alice")["alice"]
    [held] = queue.claim("alice", case_id=copy)
    given = verdict(held, "alice", "reject")
    queue.submit(given)
    assert [one.outcome for one in queue.admit([item(copy)])] == ["queued"]
    assert queue.record(copy).state == "pending"
    again = queue.undo("alice", given.id)
    assert again.case.id != copy
    assert queue.submit(verdict(again, "alice", "approve")).accepted
    assert queue.verify().differences == ()


def test_two_copies_give_way_to_each_other_never(queue: Any) -> None:
    copies = a_quiz(queue, "alice", "bob", "carol")
    wanted = sorted(copies.values())
    assert [one.outcome for one in queue.admit([item(one) for one in wanted])] == ["queued"] * 3
    ids = [row.case_id for row in queue.listing(limit=1000).rows]
    assert len(ids) == len(set(ids)) == 106
    assert queue.verify().differences == ()


def test_a_case_stays_in_the_split_it_was_put_into(queue: Queue) -> None:
    fill(queue, "a", "b")
    assert queue.assign_splits("lea", {"a": "train"}) == {"a": "train"}
    assert queue.assign_splits("lea", {"a": "test", "b": "test"}) == {"a": "train", "b": "test"}
    assert [one.split for one in queue.materials()] == ["train", "test"]
    fill(queue, "c", "d")
    [c, d] = queue.materials(unplaced=True)
    assert [(one.record.case.id, one.split) for one in (c, d)] == [("c", None), ("d", None)]
    assert queue.material_page(c.seq, unplaced=True) == [d]
    assert queue.material_page(limit=1, unplaced=True) == [c]
    assert events(queue).count("split.assigned None") == 2
    assert queue.verify().differences == ()


def test_splits_survive_and_are_checked_against_the_trail(make_queue: MakeQueue) -> None:
    first = make_queue()
    fill(first, "a")
    first.assign_splits("lea", {"a": "validation"})
    assert [one.split for one in make_queue().materials()] == ["validation"]


@pytest.mark.parametrize(
    ("splits", "error"), [({"a": "holdout"}, QueueError), ({"none": "train"}, NotFound)]
)
def test_a_bad_assignment_changes_nothing(
    queue: Queue, splits: dict[str, str], error: type[Exception]
) -> None:
    fill(queue, "a")
    with pytest.raises(error):
        queue.assign_splits("lea", {"a": "train", **splits})
    assert [one.split for one in queue.materials()] == [None]


def test_everybody_who_decided_has_a_pseudonym_that_stays(make_queue: MakeQueue) -> None:
    queue = make_queue()
    fill(queue, "a", "b")
    judge(queue, "alice")
    basis = queue.basis()
    assert (basis.cases, set(basis.pseudonyms)) == (2, {"alice"})
    assert "alice" not in basis.pseudonyms["alice"]
    judge(queue, "bob")
    later = make_queue().basis()
    assert later.pseudonyms["alice"] == basis.pseudonyms["alice"] != later.pseudonyms["bob"]
    assert later.events > basis.events


def test_what_left_is_an_event(queue: Queue) -> None:
    fill(queue, "a")
    queue.exported("lea", LEFT)
    assert events(queue)[-1] == "data.exported None"
    assert queue.verify().differences == ()


def test_what_left_is_named_by_whole_digests(queue: Queue) -> None:
    with pytest.raises((Invalid, Forbidden)):
        queue.exported("lea", LEFT._replace(files={"train.jsonl": "abc"}))


def test_many_are_assigned_at_once(queue: Queue) -> None:
    names = [f"c{number}" for number in range(600)]
    queue.admit([item(name) for name in names])
    queue.assign_splits("lea", dict.fromkeys(names, "train"))
    assert {one.split for one in queue.materials()} == {"train"}
