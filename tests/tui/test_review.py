"""What a reviewer does with the keys is what stands in the queue, and nothing else."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from hitl_tui.queue.open import open_queue
from hitl_tui.tui import desk, prepare
from hitl_tui.tui.screens.reader import Reader
from tests.tui.cases import ALL, ALONE, CHAT, CLEAN, HEADPHONES, HIDDEN
from tests.tui.conftest import QUICK


async def test_one_key_approves_and_the_next_case_is_there(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        assert bench.case_id == "support-1"
        await bench.press("a")
        assert bench.case_id == "support-2"
        assert bench.decisions() == {"support-1": ["approve"], "support-2": []}
        assert bench.records()["support-1"].state == "resolved"


async def test_two_keys_reject_with_a_reason(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        await bench.press("x", "3")
        verdict = bench.records()["support-1"].verdicts[0].verdict
        assert (verdict.decision, verdict.labels) == ("reject", ("wrong_number",))
        assert verdict.reviewer == "alice"
        assert verdict.opened_at is not None and verdict.decided_at is not None
        await bench.press("r", ".")
        assert bench.records()["support-2"].verdicts[0].verdict.labels == ("wrong_number",)


async def test_escape_leaves_the_reasons_without_a_verdict(start):
    async with start([HEADPHONES]) as bench:
        await bench.press("x", "escape", "3")
        assert bench.decisions() == {"support-1": []}


async def test_a_note_goes_out_with_the_rejection(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        await bench.press("x", "enter", *"sixty", "enter")
        verdict = bench.records()["support-1"].verdicts[0].verdict
        assert (verdict.decision, verdict.rationale, verdict.labels) == ("reject", "sixty", ())


async def test_letters_in_a_field_are_text_and_never_verdicts(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        await bench.press("i", *"axe", "space", *"u!", "enter")
        assert bench.case_id == "support-1"
        await bench.press("a")
        verdict = bench.records()["support-1"].verdicts[0].verdict
        assert (verdict.decision, verdict.rationale) == ("approve", "axe u!")
        assert bench.decisions()["support-2"] == []


async def test_an_edit_keeps_every_untouched_code_point(start):
    tricky = {**HIDDEN, "output": "One\r\ntwo\tthree\u200b four ‹x› \x1b[31mfive\u2028six é"}
    async with start([tricky]) as bench:
        await bench.press("e", "ctrl+end", *" end", "f2")
        verdict = bench.records()["hidden-5"].verdicts[0].verdict
        assert verdict.decision == "edit"
        assert verdict.edited_output == tricky["output"] + " end"


async def test_the_difference_is_shown_while_typing(start):
    async with start([CLEAN]) as bench:
        await bench.press("e", "ctrl+end", *"!!")
        diff = bench.review.query_one("#diff")
        assert "!!" in diff.document.text
        assert {mark.style for mark in diff.document.marks} >= {"added"}


async def test_an_edit_that_changes_nothing_is_no_verdict(start):
    async with start([CLEAN]) as bench:
        await bench.press("e", "f2")
        assert bench.decisions() == {"support-2": []}
        assert "nothing was changed" in bench.says()


async def test_leaving_an_edit_keeps_the_draft_on_disk(start):
    async with start([CLEAN]) as bench:
        await bench.press("e", "ctrl+end", *" Yes", "escape")
        assert bench.decisions() == {"support-2": []}
        assert bench.box.load("support-2").edited == CLEAN["output"] + " Yes"
    async with start(resume=True) as bench:
        await bench.press("e", "f2")
        assert (
            bench.records()["support-2"].verdicts[0].verdict.edited_output
            == CLEAN["output"] + " Yes"
        )
        assert bench.box.load("support-2") is None


async def test_undo_goes_back_several_steps_and_the_record_keeps_them(start):
    async with start(ALL) as bench:
        await bench.press("a", "x", "1", "escape", "!", "space")
        assert bench.case_id == "hidden-5"
        await bench.press("u")
        assert bench.case_id == "chat-4"
        await bench.press("u")
        assert bench.case_id == "tone-3"
        assert bench.decisions()["tone-3"] == []
        await bench.press("backspace")
        assert bench.case_id == "support-2"
        await bench.press("a")
        decisions = bench.decisions()
        assert decisions["support-1"] == ["approve"]
        assert decisions["support-2"] == ["approve"]
        verdict = bench.records()["support-2"].verdicts[-1].verdict
        assert verdict.first_decision == "reject"


async def test_undo_reaches_back_before_the_program_was_started(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        await bench.press("a")
        await bench.leave()
    async with start() as bench:
        await bench.press("u")
        assert bench.case_id == "support-1"
        assert bench.decisions()["support-1"] == []


async def test_escalating_hands_the_case_on_with_the_rationale(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        await bench.press("i", *"law", "enter", "!")
        record = bench.records()["support-1"]
        assert record.state == "pending"
        assert record.route.pool == "lead"
        assert record.verdicts[0].verdict.rationale == "law"


async def test_skipping_is_no_verdict_and_the_case_comes_back_last(start):
    async with start([HEADPHONES, CLEAN], batch=1) as bench:
        await bench.press("space")
        assert bench.case_id == "support-2"
        await bench.press("a")
        assert bench.case_id == "support-1"
        assert bench.decisions() == {"support-1": [], "support-2": ["approve"]}


async def test_leaving_gives_the_leases_back(start):
    async with start(ALL) as bench:
        await bench.press("a")
        await bench.leave()
        queue = open_queue(str(bench.path))
        assert queue.leases() == []
        queue.close()


async def test_two_workstations_never_have_the_same_case(start, tmp_path):
    async with start(ALL, batch=2) as alice, start(reviewer="bob", batch=2) as bob:
        held = {item.case_id for item in alice.review.desk.items}
        assert held.isdisjoint(item.case_id for item in bob.review.desk.items)
        await alice.press("a")
        await bob.press("a")
        assert sum(len(given) for given in alice.decisions().values()) == 2


async def test_an_empty_queue_says_who_holds_what_and_wakes_up(start, tmp_path):
    async with start([CLEAN]) as _, start(reviewer="bob") as bob:
        assert "alice holds 1 case until" in bob.review.output.document.text
        from tests.tui.conftest import fill  # the fixture's own way to add cases

        fill(bob.path, [HEADPHONES])
        await bob.until(lambda: bob.case_id == "support-1")


async def test_scores_are_hidden_until_asked_for_and_that_is_recorded(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        assert "0.41" not in bench.says() and "score hidden" in bench.says()
        await bench.press("v")
        assert "0.41 of 0.6" in bench.says()
        await bench.press("a")
        assert bench.records()["support-1"].verdicts[0].verdict.revealed is True


async def test_a_long_output_can_be_decided_before_it_has_been_compared(start, monkeypatch):
    monkeypatch.setattr(prepare, "LARGE_OUTPUT", 10)
    long = {**HEADPHONES, "id": "long-1"}
    async with start([long, CLEAN]) as bench:
        await bench.until(lambda: bench.review.prepared.compared)
        assert bench.review.item.preparing is bench.review.item.comparing
        assert bench.review.looking.claim is not None
        await bench.press("a")
        assert bench.decisions()["long-1"] == ["approve"]


@pytest.fixture
def held(monkeypatch):
    """Comparisons wait for this event."""
    go, real = threading.Event(), desk.completed

    def later(*given):
        assert go.wait(10)
        return real(*given)

    monkeypatch.setattr(desk, "completed", later)
    yield go
    go.set()


class TestTheFirstCaseIsShownBeforeItIsCompared:
    async def test_it_can_be_decided(self, start, held):
        async with start([HEADPHONES], ready=False) as bench:
            await bench.until(lambda: bench.case_id == "support-1" and not bench.review.busy)
            assert "being compared" in bench.says() and not bench.review.prepared.compared
            await bench.pilot.press("a")
            await bench.until(lambda: bench.decisions()["support-1"] == ["approve"])
            held.set()

    async def test_marks_come_over_an_open_question_and_leave_it_open(self, start, held):
        async with start([HEADPHONES], ready=False) as bench:
            await bench.until(lambda: bench.case_id == "support-1" and not bench.review.busy)
            await bench.pilot.press("x")
            held.set()
            await bench.until(lambda: bench.review.prepared.compared)
            assert bench.review.mode == "menu" and bench.review.looking.claim is not None
            await bench.press("1")
            assert bench.decisions() == {"support-1": ["reject"]}

    async def test_marks_come_under_an_open_editor_and_are_checked_in_it(self, start, held):
        async with start([HEADPHONES], ready=False) as bench:
            await bench.until(lambda: bench.case_id == "support-1" and not bench.review.busy)
            await bench.pilot.press("e", "Z")
            held.set()
            await bench.until(lambda: bench.review.checked is not None)
            assert bench.review.query_one("#edit").text.startswith("Z")
            assert bench.review.checked[1].flags

    async def test_what_was_scrolled_to_stays_in_view(self, start, held):
        long = {
            **HEADPHONES,
            "context": [{"text": "An opened item. " * 900}, *HEADPHONES["context"]],
        }
        async with start([long], ready=False) as bench:
            await bench.until(lambda: bench.case_id == "support-1" and not bench.review.busy)
            await bench.pilot.press("tab", "ctrl+d", "ctrl+d")
            seen = bench.review.sources.offset_in_view
            assert seen > 0
            held.set()
            await bench.until(lambda: bench.review.prepared.compared)
            await bench.ready()
            assert bench.review.sources.offset_in_view == seen


async def test_who_no_longer_waits_for_a_comparison_does_not_end_it_for_others():
    go = threading.Event()
    work = desk._beside(lambda: go.wait(10) and "compared")
    assert work.cancel() is False
    assert [one.daemon for one in threading.enumerate() if one.name == "hitl-compare"] == [True]
    go.set()
    assert await asyncio.wrap_future(work) == "compared"
    with pytest.raises(ZeroDivisionError):
        await asyncio.wrap_future(desk._beside(lambda: 1 / 0))


async def test_an_empty_output_is_said_to_be_empty(start):
    async with start([{**CLEAN, "output": ""}]) as bench:
        assert "the output is empty" in bench.says()


async def test_that_scores_were_shown_is_in_the_trail_even_when_the_case_is_skipped(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        await bench.press("v", "v", "space", "a")
        await bench.leave()
        queue = open_queue(str(bench.path))
        try:
            trail = [json.loads(entry.entry) for entry in queue.trail()]
        finally:
            queue.close()
        looks = [(one["actor"], one["case_id"]) for one in trail if one["type"] == "case.revealed"]
        assert looks == [("alice", "support-1")]


async def test_every_score_can_be_read_however_many_guardrails_there_are(start):
    signals = [{"name": f"guardrail-{n}", "score": n / 10, "threshold": 0.5} for n in range(5)]
    async with start([{**HEADPHONES, "signals": signals}]) as bench:
        assert "and 2 more" in bench.says()
        await bench.press("v")
        assert all(f"guardrail-{n} {n / 10:g} of 0.5" in bench.says() for n in range(5))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_more_scores_than_a_line_holds_open_a_list_of_them(start, size):
    signals = [
        {"name": f"guardrail-{n}-of-many", "score": n / 20, "threshold": 0.5, "label": f"found-{n}"}
        for n in range(18)
    ]
    async with start([{**HEADPHONES, "signals": signals}], size=size) as bench:
        await bench.pilot.press("v")
        await bench.until(lambda: isinstance(bench.app.screen, Reader))
        text = bench.app.screen.pane.document.text
        for n in range(18):
            assert f"{n / 20:g} of 0.5    guardrail-{n}-of-many  found-{n}" in text
        await bench.pilot.press("v")
        await bench.until(lambda: bench.app.screen is bench.review)
        assert bench.review.item.revealed


@pytest.mark.parametrize("width", [100, 120, 160])
async def test_the_names_of_guardrails_never_cut_what_the_marks_say(start, width):
    signals = [{"name": f"a-guardrail-called-{n}", "score": 0.4} for n in range(4)]
    case = {**CLEAN, "signals": signals}
    async with start([case], size=(width, 40)) as bench:
        why = bench.review.why
        shown = "".join(segment.text for segment in why.render_line(0))
        assert "which is no proof " in shown
        assert ("why here a-guardrail-called-0" in shown) is (width > 100) and "…" not in shown


async def test_a_case_without_sources_has_the_width_for_the_output(start):
    async with start([ALONE]) as bench:
        assert bench.review.right.display is False
        assert bench.review.left.size.width == 120


async def test_a_long_chat_takes_the_other_pane_with_the_newest_turn_in_view(start):
    async with start([CHAT]) as bench:
        pane = bench.review.sources
        await bench.until(lambda: pane.top == pane.last_top > 0)
        assert (
            "turn 30" in pane.document.text[pane.document.lines(pane.text_width).starts[pane.top] :]
        )


async def test_the_sources_follow_the_claim(start):
    away = {
        **HEADPHONES,
        "context": [{"text": "Nothing to do with it.\n" * 80}, *HEADPHONES["context"]],
    }
    twice = {
        **away,
        "output": HEADPHONES["output"]
        + " All 4,500 cushions were made by Acme Foam Works of Lima.",
    }
    async with start([twice, CLEAN]) as bench:
        first = bench.review.looking.claim
        pane = bench.review.sources
        assert pane.top > 40
        pane.show_line(0)
        await bench.press("right_square_bracket")
        assert bench.review.looking.claim != first
        assert pane.top > 40
        await bench.press("left_square_bracket")
        assert bench.review.looking.claim == first


async def test_hidden_characters_are_announced_with_what_they_hide(start):
    async with start([HIDDEN]) as bench:
        says = bench.says()
        assert "output: direction control" in says
        assert "source 1: invisible TAG character" in says
        assert "it reads: approve" in says
        assert "‹U+202E›" in bench.review.output.document.text


async def test_a_key_right_after_a_case_appeared_is_ignored(start):
    settings = {"review": {"guard_ms": 5000, "repeat_ms": 0}}
    async with start([CLEAN], settings=settings) as bench:
        await bench.press("a")
        assert bench.decisions() == {"support-2": []}
        assert "too soon" in bench.says()


async def test_a_held_down_key_gives_one_verdict(start):
    settings = {"review": {"guard_ms": 0, "repeat_ms": 5000}}
    async with start(ALL, settings=settings) as bench:
        await bench.press("a", "a", "a")
        assert sum(len(given) for given in bench.decisions().values()) == 1


async def test_a_pasted_text_is_text_in_a_field_and_nothing_elsewhere(start):
    from textual.events import Paste

    async with start([CLEAN, ALONE]) as bench:
        bench.app.post_message(Paste("aaa!"))
        await bench.pilot.pause()
        assert bench.decisions() == {"support-2": [], "tone-3": []}
        await bench.press("e", "ctrl+end")
        bench.app.screen.focused.post_message(Paste(" \x1b[31mred\u200b"))
        await bench.pilot.pause()
        assert "\x1b" not in bench.app.screen.focused.text
        await bench.press("f2")
        edited = bench.records()["support-2"].verdicts[0].verdict.edited_output
        assert edited == CLEAN["output"] + " \x1b[31mred\u200b"


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (200, 50), (60, 15), (59, 15), (60, 14), (10, 3)]
)
async def test_every_size_is_usable_or_says_what_it_needs(start, size):
    async with start(ALL, size=size) as bench:
        small = size[0] < 60 or size[1] < 15
        assert bench.review.small.display is small
        if not small:
            assert bench.review.output.size.height >= 2
            await bench.press("a")
            assert bench.case_id == "support-2"


async def test_resizing_at_any_moment_keeps_the_case_and_the_text(start):
    async with start(ALL) as bench:
        await bench.press("e", *"abc")
        for size in ((80, 24), (40, 10), (200, 50), (100, 30), (61, 16)):
            await bench.pilot.resize_terminal(*size)
            await bench.pilot.pause()
        await bench.press(*"def", "f2")
        assert "abcdef" in bench.records()["support-1"].verdicts[0].verdict.edited_output


async def test_help_lists_every_action_with_its_live_key(start):
    settings = {**{"review": {"guard_ms": 0}}, "keys": {"approve": "c"}}
    async with start([CLEAN], settings=settings) as bench:
        await bench.pilot.press("question_mark")
        await bench.pilot.pause()
        text = bench.app.screen.query_one("#reader-text").document.text
        assert "c " in text and "The output may go out as it is." in text
        await bench.pilot.press("escape")
        await bench.press("c")
        assert bench.decisions() == {"support-2": ["approve"]}


async def test_a_lost_lease_says_so_and_keeps_the_verdict(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        other = open_queue(str(bench.path))
        other.resume("alice")
        token = next(lease.token for lease in other.leases() if lease.case_id == "support-1")
        other.release("alice", token, reason="quit")
        (claim,) = other.claim("bob", case_id="support-1")
        await bench.press("a")
        assert bench.case_id == "support-2"
        stored = bench.records()["support-1"].verdicts
        assert [one.late for one in stored] == [True]
        assert claim.token
        other.close()


async def test_a_huge_case_is_there_at_once_and_its_marks_follow(start):
    filler = [{"text": f"Paragraph {n} says nothing of the matter. " * 40} for n in range(800)]
    huge = {**HEADPHONES, "context": [*filler, *HEADPHONES["context"]]}
    async with start([huge]) as bench:
        await bench.until(lambda: bench.review.prepared.compared)
        await bench.until(lambda: "number differs" in bench.says())
        await bench.press("a")
        assert bench.decisions() == {"support-1": ["approve"]}


async def test_no_key_decides_a_case_that_the_terminal_is_too_small_to_show(start):
    async with start(ALL, size=(50, 12)) as bench:
        await bench.press("a", "space", "x", "1", "u", "e")
        assert not any(bench.decisions().values())
        await bench.pilot.resize_terminal(80, 24)
        await bench.press("a")
        assert bench.decisions()["support-1"] == ["approve"]


async def test_a_skip_that_cannot_be_undone_does_not_bar_the_steps_before_it(start):
    async with start(ALL) as bench:
        await bench.press("a", "space")
        other = open_queue(str(bench.path))
        other.claim("bob", case_id="support-2")
        await bench.press("u")
        assert bench.decisions()["support-1"] == ["approve"]
        await bench.press("u")
        assert bench.decisions()["support-1"] == []
        other.close()


async def test_leaving_gives_back_what_was_claimed_ahead_too(start):
    async with start(ALL, batch=2) as bench:
        await bench.press("a")
        await bench.until(lambda: bool(bench.review.desk.ahead))
        await bench.leave()
        queue = open_queue(str(bench.path))
        assert queue.leases() == []
        queue.close()


async def test_an_unsent_edit_comes_back_with_the_undo(start):
    async with start([CLEAN, ALONE]) as bench:
        await bench.press("e", "ctrl+end", *" so", "escape", "a", "u", "e", "f2")
        edited = bench.records()["support-2"].verdicts[-1].verdict.edited_output
        assert edited == CLEAN["output"] + " so"


async def test_an_edited_output_is_compared_again_while_typing(start):
    async with start([CLEAN]) as bench:
        await bench.press("e", "ctrl+end", *" It costs 48 dollars.")
        title = bench.review.output_title

        def shown() -> str:
            return "".join(text for line in title._lines for text, _ in line.left)

        await bench.until(lambda: "to check" in shown())
        assert "number not in the sources" in shown()
        assert "48 dollars" in shown()
        await bench.press("escape")
        assert bench.review.checked is None


async def test_the_claim_keys_go_by_severity_when_the_house_wants_it(start):
    settings = {"review": {**QUICK["review"], "claim_order": "severity", "mark_budget": 1.0}}
    async with start([HEADPHONES], settings=settings) as bench:
        seen = [bench.review.looking.claim]
        prepared = bench.review.prepared
        for _ in prepared.grounding.marked(1.0):
            await bench.press("]")
            seen.append(bench.review.looking.claim)
        clauses = prepared.grounding.clauses
        worst_first = sorted(
            prepared.grounding.marked(1.0),
            key=lambda i: (i not in prepared.flags, -clauses[i].score),
        )
        assert seen == [*worst_first, worst_first[0]]
        assert len(worst_first) > 1
