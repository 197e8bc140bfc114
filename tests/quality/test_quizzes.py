"""Quizzes in the store: everybody's own copies, nobody else's work, on record, and gates that open."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hitl_tui.model.quiz import QuizItem
from hitl_tui.model.work import Route
from hitl_tui.quality.choosing import choose
from hitl_tui.quality.qualification import qualified_by
from hitl_tui.quality.ratings import What, gather
from hitl_tui.quality.sitting import SittingQueue
from hitl_tui.queue.naming import disguised
from hitl_tui.queue.protocol import Conflict, Invalid, NotAvailable, NotFound
from hitl_tui.queue.rules import Qualifying, Rules
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.stats.quizzes import hardest, scores
from tests.quality.quizzing import answer, changed_gold, gold_case, ingest_gold, right, wrong
from tests.queue.world import FakeClock, events, fill, ids, item, judge, verdict


def test_each_taker_gets_copies_of_their_own_in_an_order_of_their_own(queue: SqliteQueue) -> None:
    items = ingest_gold(queue)
    queue.create_quiz("lead", "cal", items)
    first, second = (queue.sit(name, "cal") for name in ("ann", "bob"))
    assert len(first.seats) == len(second.seats) == 12
    assert not {seat.case_id for seat in first.seats} & {seat.case_id for seat in second.seats}
    assert queue.sit("ann", "cal") == first
    places = {
        name: [a.item for a in queue.quiz("cal").answers if a.reviewer == name]
        for name in ("ann", "bob")
    }
    assert sorted(places["ann"]) == sorted(places["bob"]) == list(range(1, 13))


def test_a_copy_says_what_its_source_says_under_an_id_of_the_same_form(queue: SqliteQueue) -> None:
    items = ingest_gold(queue, priority=70, overlap=2, pool="medical")
    queue.create_quiz("lead", "cal", items)
    sources = {item.case.output: item.case for item in items}
    for seat in queue.sit("ann", "cal").seats:
        assert re.fullmatch(r"support-\d{5}", seat.case_id)
        (claim,) = queue.claim("ann", case_id=seat.case_id)
        source = sources[claim.case.output]
        assert claim.case.model_copy(update={"id": source.id}) == source
        route = claim.route
        assert (route.pool, route.priority, route.overlap) == ("medical", 70, 2)


def test_only_its_taker_may_claim_a_copy_before_and_after_the_answer(queue: SqliteQueue) -> None:
    queue.create_quiz("lead", "cal", ingest_gold(queue, 3, overlap=2))
    sitting = queue.sit("ann", "cal")
    mine = sitting.seats[0].case_id
    with pytest.raises(NotAvailable):
        queue.claim("bob", case_id=mine)
    (claim,) = queue.claim("ann", case_id=mine)
    queue.submit(verdict(claim, "ann"))
    with pytest.raises(NotAvailable):
        queue.claim("bob", case_id=mine)
    taken = {claim.case.id for claim in queue.claim("bob", batch=20)}
    assert not taken & {seat.case_id for seat in sitting.seats}


def test_an_escalated_copy_goes_to_nobody(queue: SqliteQueue) -> None:
    queue.create_quiz("lead", "cal", ingest_gold(queue, 1))
    (seat,) = queue.sit("ann", "cal").seats
    (claim,) = queue.claim("ann", case_id=seat.case_id)
    queue.submit(verdict(claim, "ann", "escalate"))
    assert seat.case_id not in ids(queue.claim("carl", batch=9, pools=["lead", "general"]))
    assert queue.sit("ann", "cal").seats[0].answered


def test_an_answer_can_be_taken_back_and_given_anew(queue: SqliteQueue) -> None:
    queue.create_quiz("lead", "cal", ingest_gold(queue, 1))
    (seat,) = queue.sit("ann", "cal").seats
    (claim,) = queue.claim("ann", case_id=seat.case_id)
    given = verdict(claim, "ann", "approve")
    queue.submit(given)
    again = queue.undo("ann", given.id)
    assert not queue.sit("ann", "cal").seats[0].answered
    queue.submit(verdict(again, "ann", "reject"))
    (answered,) = queue.quiz("cal").answers
    assert answered.verdict is not None and answered.verdict.decision == "reject"


def test_copies_are_no_ratings_and_no_records_of_their_own(queue: SqliteQueue) -> None:
    items = ingest_gold(queue, 2)
    queue.create_quiz("lead", "cal", items)
    for name in ("ann", "bob"):
        answer(queue, name, "cal")
    (claim,) = queue.claim("ann", batch=1)
    queue.submit(verdict(claim, "ann"))
    assert len(gather(queue, What()).collector) == 1
    records = list(queue.records())
    assert [record.case.id for record in records] == ["support-00000", "support-00001"]
    assert sum(len(record.verdicts) for record in records) == 1


def test_a_copy_has_a_time_but_no_fallback(queue: SqliteQueue, clock: FakeClock) -> None:
    queue.admit([(gold_case(7), Route(due=clock() + timedelta(hours=1)))])
    queue.create_quiz("lead", "cal", queue.gold_items())
    (seat,) = queue.sit("ann", "cal").seats
    (claim,) = queue.claim("ann", case_id=seat.case_id, lease_s=9999)
    assert claim.route.due == clock() + timedelta(hours=1)
    clock.advance(5000)
    assert queue.submit(verdict(claim, "ann")).case_state == "resolved"
    assert queue.record(seat.case_id).resolution.source == "reviewer"


def test_a_quiz_that_is_closed_gives_its_open_copies_back(queue: SqliteQueue) -> None:
    queue.create_quiz("lead", "cal", ingest_gold(queue, 3))
    seats = queue.sit("ann", "cal").seats
    (claim,) = queue.claim("ann", case_id=seats[0].case_id)
    queue.submit(verdict(claim, "ann"))
    assert queue.close_quiz("lead", "cal") == 2
    assert queue.close_quiz("lead", "cal") == 0
    assert queue.record(seats[1].case_id).state == "withdrawn"
    with pytest.raises(NotAvailable):
        queue.sit("bob", "cal")
    assert len(queue.sit("ann", "cal").seats) == 3


@pytest.mark.parametrize(
    "name", ["march", "7", "März-2026", "medical.v2", "a_b", "x" * 64, "三月", "a..b"]
)
def test_a_quiz_is_named_with_letters_digits_and_few_signs(queue: SqliteQueue, name: str) -> None:
    queue.create_quiz("lead", name, ingest_gold(queue, 1))
    assert queue.quiz(name).quiz.name == name


@pytest.mark.parametrize(
    "name",
    [
        "a b/../c",
        " ",
        "a b",
        "../x",
        ".x",
        "-x",
        "_x",
        "a/b",
        "a\\b",
        "a\n",
        "\u202ea",
        "a\x1b[0m",
        "x" * 65,
    ],
)
def test_any_other_name_is_refused_with_what_it_may_be(queue: SqliteQueue, name: str) -> None:
    with pytest.raises(Invalid, match="no name for a quiz: it has 1 to 64 letters"):
        queue.create_quiz("lead", name, ingest_gold(queue, 1))
    assert queue.quizzes() == []


def test_an_old_queue_with_such_a_name_still_works(tmp_path: Path, clock: FakeClock) -> None:
    path, name = tmp_path / "old.db", "a b/../c"
    first = SqliteQueue(path, clock=clock, create=True)
    first.create_quiz("lead", "cal", ingest_gold(first, 3))
    first.close()
    with closing(sqlite3.connect(path)) as conn, conn:
        (body,) = conn.execute("SELECT body FROM quizzes").fetchone()
        conn.execute(
            "UPDATE quizzes SET name = ?, body = ?", (name, body.replace('"cal"', f'"{name}"'))
        )
        conn.execute("UPDATE quiz_items SET quiz = ?", (name,))
    old = SqliteQueue(path, clock=clock)
    assert [quiz.name for quiz in old.quizzes()] == [name]
    assert len(answer(old, "ann", name).seats) == 3
    assert {one.verdict is not None for one in old.quiz(name).answers} == {True}
    assert old.close_quiz("lead", name) == 0
    old.close()


def test_what_cannot_be_is_refused(queue: SqliteQueue) -> None:
    items = ingest_gold(queue, 1)
    queue.create_quiz("lead", "cal", items)
    with pytest.raises(Conflict):
        queue.create_quiz("lead", "cal", items)
    with pytest.raises(Invalid):
        queue.create_quiz("lead", "none", [])
    for act in (
        lambda: queue.sit("ann", "nowhere"),
        lambda: queue.quiz("nowhere"),
        lambda: queue.settle_item("lead", "cal", 2, gold=changed_gold("reject")),
        lambda: queue.acknowledge("ann", "0" * 12),
    ):
        with pytest.raises(NotFound):
            act()
    for wrong_outcome in ({}, {"gold": changed_gold("reject"), "section": "tone"}):
        with pytest.raises(Invalid):
            queue.settle_item("lead", "cal", 1, **wrong_outcome)  # type: ignore[arg-type]


def test_feedback_is_for_training_and_after_the_verdict(queue: SqliteQueue) -> None:
    items = ingest_gold(queue, 1)
    for name, mode in (("scored", "scored"), ("training", "training")):
        queue.create_quiz("lead", name, items, mode=mode)  # type: ignore[arg-type]
        (seat,) = queue.sit("ann", name).seats
        with pytest.raises(NotFound):
            queue.feedback("ann", name, seat.case_id)
        (claim,) = queue.claim("ann", case_id=seat.case_id)
        queue.submit(verdict(claim, "ann", "approve"))
        with pytest.raises(NotFound):
            queue.feedback("bob", name, seat.case_id)
        if mode == "scored":
            with pytest.raises(NotFound):
                queue.feedback("ann", name, seat.case_id)
        else:
            told = queue.feedback("ann", name, seat.case_id)
            assert (told.gold.decision, told.right) == ("reject", False)


def test_every_step_is_in_the_trail(queue: SqliteQueue) -> None:
    queue.create_quiz("lead", "cal", ingest_gold(queue, 1))
    queue.sit("ann", "cal")
    queue.settle_item("lead", "cal", 1, section="tone", note="say more")
    queue.close_quiz("lead", "cal")
    queue.publish_guideline("lead", "# A {#a}\n")
    queue.acknowledge("ann", queue.guidelines()[0].version)
    queue.acknowledge("ann", queue.guidelines()[0].version)
    kinds = [event.split()[0] for event in events(queue)]
    assert kinds == [
        "case.queued",
        "quiz.created",
        "case.queued",
        "case.assigned",
        "quiz.taken",
        "quiz.settled",
        "quiz.closed",
        "case.withdrawn",
        "guideline.published",
        "guideline.acknowledged",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE quiz_items SET body = replace(body, 'reject', 'approve')", "quiz cal: digest"),
        ("DELETE FROM quiz_outcomes", "quiz cal: outcomes"),
        ("UPDATE quizzes SET closed_at = 1", "quiz cal: closed"),
        (
            "UPDATE quiz_cases SET item = item + 10; UPDATE quiz_cases SET item = 13 - item",
            "quiz cal: sittings",
        ),
        ("UPDATE guidelines SET text = 'other'", "guideline"),
        ("DELETE FROM acknowledgements", "whether ann has read guideline"),
    ],
)
def test_the_audit_notices_a_change_behind_its_back(
    tmp_path: Path, clock: FakeClock, change: str, words: str
) -> None:
    path = tmp_path / "other.db"
    queue = SqliteQueue(path, clock=clock, create=True)
    queue.create_quiz("lead", "cal", ingest_gold(queue, 2))
    queue.sit("ann", "cal")
    queue.settle_item("lead", "cal", 1, gold=changed_gold("approve"))
    queue.publish_guideline("lead", "# A {#a}\n")
    queue.acknowledge("ann", queue.guidelines()[0].version)
    assert queue.verify().differences == ()
    conn = sqlite3.connect(path)
    conn.executescript(change)
    conn.commit()
    conn.close()
    assert any(words in difference for difference in queue.verify().differences)
    queue.close()


def test_a_sitting_goes_on_with_a_copy_that_got_another_id(queue: SqliteQueue) -> None:
    queue.create_quiz("lead", "cal", ingest_gold(queue, 3))
    sitting = SittingQueue(queue, "ann", "cal")
    before = [str(seat.case_id) for seat in sitting.sitting.seats]
    [first] = sitting.claim("ann")
    queue.admit([item(case_id) for case_id in before])
    sitting.submit(verdict(first, "ann"))
    rest = sitting.claim("ann", batch=5)
    assert len(rest) == sitting.left == 2
    assert not {str(claim.case.id) for claim in rest} & set(before)
    for claim in rest:
        sitting.submit(verdict(claim, "ann"))
    assert sitting.left == 0
    assert all(one.verdict is not None for one in queue.quiz("cal").answers)
    assert [queue.record(case_id).verdicts for case_id in before] == [()] * 3


class TestIds:
    def near(self, *used: str) -> Callable[[str, str], list[str]]:
        return lambda before, after: [
            one for one in used if one.startswith(before) and one.endswith(after)
        ]

    def test_a_number_in_a_gap_looks_like_its_neighbours(self) -> None:
        used = [f"c-{n}" for n in range(0, 1000, 7)]
        for _ in range(50):
            found = disguised("c-21", self.near(*used))
            assert found not in used
            assert 0 <= int(found.removeprefix("c-")) < 1000

    def test_without_a_gap_it_is_one_of_the_next(self) -> None:
        used = [f"case/{n:04d}.txt" for n in range(30)]
        found = disguised("case/0003.txt", self.near(*used))
        assert re.fullmatch(r"case/0\d{3}\.txt", found)
        assert 29 < int(found[5:9]) < 100

    @pytest.mark.parametrize(
        ("case_id", "form"),
        [
            ("0193a1b2-0000-7000-8000-0123456789ab", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
            ("trace-9f86d081884c7d65", r"trace-[0-9a-f]{16}"),
            ("nothing", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ],
    )
    def test_other_forms_stay_what_they_are(self, case_id: str, form: str) -> None:
        found = disguised(case_id, self.near(case_id))
        assert found != case_id
        assert re.fullmatch(form, found)


class TestChoosing:
    def items(self, *labels: str) -> list[QuizItem]:
        return [
            QuizItem(
                case=gold_case(n).case(),
                gold={"decision": "reject", "labels": [label]},
                pool="general",
                priority=50,
            )
            for n, label in enumerate(labels)
        ]

    def test_the_same_seed_chooses_the_same_items(self) -> None:
        items = self.items(*"aabbccddee")
        assert choose(items, 4, seed=3) == choose(items, 4, seed=3) != choose(items, 4, seed=4)

    def test_stratified_the_rare_label_is_in_it_as_often_as_it_can_be(self) -> None:
        items = self.items(*"a" * 40, *"b" * 5, "c")
        chosen = [item.gold.labels[0] for item in choose(items, 12, seed=1, stratified=True)]
        assert (chosen.count("c"), chosen.count("b"), chosen.count("a")) == (1, 5, 6)

    def test_there_are_no_more_than_there_are(self) -> None:
        items = self.items(*"abc")
        for stratified in (False, True):
            assert len(choose(items, 9, seed=1, stratified=stratified)) == 3


class TestScores:
    def test_the_score_by_reviewer_label_and_item(self, queue: SqliteQueue) -> None:
        queue.create_quiz("lead", "cal", ingest_gold(queue, 12))
        answer(queue, "ann", "cal", right)
        answer(queue, "bob", "cal", lambda item: "approve")
        answer(queue, "cy", "cal", wrong)
        found = scores(queue.quiz("cal"), mark=0.7)
        ann, bob, cy = found.scores
        assert [one.rate.x for one in found.scores] == [12, 8, 0]
        assert (ann.passed, bob.passed, cy.passed) == (True, False, False)
        assert (bob.by_decision["reject"].x, bob.by_decision["approve"].x) == (0, 8)
        assert (ann.by_label["wrong_number"].x, bob.by_label["wrong_number"].x) == (4, 0)
        assert ann.rate.ci is not None and ann.rate.ci[0] == pytest.approx(0.7575, abs=1e-3)
        hard = hardest(found.items)
        assert {item.gold for item in hard[:4]} == {"reject"}
        assert hard[0].decisions == {"approve": 2, "reject": 1}
        assert found.needed == 12

    def test_an_item_on_which_the_good_fail_is_flagged(self, queue: SqliteQueue) -> None:
        items = ingest_gold(queue, 6)
        queue.create_quiz("lead", "cal", items)
        odd = items[0].case.id

        def flip(item: QuizItem) -> str:
            return wrong(item) if item.case.id == odd else right(item)

        for name in ("ann", "bob"):
            answer(queue, name, "cal", flip)
        answer(queue, "cy", "cal", lambda item: right(item) if item.case.id == odd else wrong(item))
        flagged = [item.item for item in scores(queue.quiz("cal"), 0.8).items if item.flagged]
        assert flagged == [1]

    def test_a_mark_that_so_few_items_cannot_reach_is_said_to_be_one(
        self, queue: SqliteQueue
    ) -> None:
        queue.create_quiz("lead", "cal", ingest_gold(queue, 10))
        answer(queue, "ann", "cal")
        found = scores(queue.quiz("cal"), 0.8)
        assert (found.needed, found.scores[0].passed) == (None, False)
        assert "with 10 items not even all right reach 0.80" in found.notes[0]

    def test_the_outcome_of_a_discussion_changes_the_score(self, queue: SqliteQueue) -> None:
        items = ingest_gold(queue, 3)
        queue.create_quiz("lead", "cal", items)
        answer(queue, "ann", "cal", lambda item: "approve")
        assert scores(queue.quiz("cal"), 0.5).scores[0].rate.x == 2
        queue.settle_item("lead", "cal", 1, gold=changed_gold("approve"), note="we were wrong")
        assert scores(queue.quiz("cal"), 0.5).scores[0].rate.x == 3
        assert queue.gold_items()[0].gold.decision == "approve"


class TestQualification:
    RULES = Rules(qualifying={"medical": Qualifying(("cal",), mark=0.7, valid_s=3600)})

    def prepared(self, open_queue: Callable[..., SqliteQueue]) -> SqliteQueue:
        queue = open_queue(rules=self.RULES)
        queue.publish_guideline("lead", "# One {#one}\n")
        ingest_gold(queue, 12)
        queue.create_quiz("lead", "cal", queue.gold_items())
        fill(queue, "med-1", pool="medical")
        return queue

    def test_who_has_not_passed_gets_no_case_of_the_pool(
        self, open_queue: Callable[..., SqliteQueue]
    ) -> None:
        queue = self.prepared(open_queue)
        assert queue.claim("ann", pools=["medical"]) == []
        with pytest.raises(NotAvailable, match="not qualified"):
            queue.claim("ann", case_id="med-1")
        with pytest.raises(NotAvailable, match="does not serve"):
            queue.assign("lead", "med-1", "ann")
        answer(queue, "bob", "cal", wrong)
        assert queue.claim("bob", pools=["medical"]) == []

    def test_who_has_passed_gets_them_until_it_lapses(
        self, open_queue: Callable[..., SqliteQueue], clock: FakeClock
    ) -> None:
        queue = self.prepared(open_queue)
        answer(queue, "ann", "cal")
        assert ids(queue.claim("ann", pools=["medical"], lease_s=5)) == ["med-1"]
        clock.advance(3599)
        assert ids(queue.claim("ann", pools=["medical"], lease_s=0.5)) == ["med-1"]
        clock.advance(1)
        assert queue.claim("ann", pools=["medical"]) == []

    def test_another_version_of_the_guideline_ends_it(
        self, open_queue: Callable[..., SqliteQueue], clock: FakeClock
    ) -> None:
        queue = self.prepared(open_queue)
        answer(queue, "ann", "cal")
        terms = self.RULES.qualifying
        first = queue.guidelines()[-1].version
        (one,) = qualified_by(queue.quiz("cal"), terms, first, clock())
        assert (one.reviewer, one.pool) == ("ann", "medical")
        second = queue.publish_guideline("lead", "# Two {#two}\n").version
        assert queue.claim("ann", pools=["medical"]) == []
        assert qualified_by(queue.quiz("cal"), terms, second, clock()) == []

    def test_training_qualifies_nobody(self, open_queue: Callable[..., SqliteQueue]) -> None:
        queue = self.prepared(open_queue)
        queue.create_quiz("lead", "easy", queue.gold_items(), mode="training")
        loose = Rules(qualifying={"medical": Qualifying(("easy",), mark=0.5)})
        other = open_queue(rules=loose)
        answer(other, "ann", "easy")
        assert other.claim("ann", pools=["medical"]) == []

    def test_a_quiz_for_a_pool_can_be_taken_before_one_serves_it(
        self, open_queue: Callable[..., SqliteQueue]
    ) -> None:
        queue = open_queue(rules=self.RULES)
        items = ingest_gold(queue, 12, pool="medical")
        queue.create_quiz("lead", "cal", items)
        answer(queue, "ann", "cal")
        assert len(queue.claim("ann", pools=["medical"], batch=3)) == 3


def test_judging_ordinary_cases_is_not_disturbed_by_a_sitting(queue: SqliteQueue) -> None:
    fill(queue, "a", "b")
    ingest_gold(queue, 2)
    queue.create_quiz("lead", "cal", queue.gold_items())
    queue.sit("ann", "cal")
    assert judge(queue, "bob").case_id == "a"
    assert judge(queue, "ann").case_id == "b"
