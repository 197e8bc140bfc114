"""Every kind of case: what its keys decide, what its verdict carries, and what is refused with a reason."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from hitl_tui.model.case import Kind, Submission
from hitl_tui.model.text import reveal
from hitl_tui.model.verdict import DECISIONS
from hitl_tui.tui.keymap import ACTIONS
from hitl_tui.tui.kinds import Seat, view_of
from hitl_tui.tui.kinds.action import tree_lines
from hitl_tui.tui.kinds.preference import swapped
from hitl_tui.tui.prepare import prepare
from tests.tui.cases import CLEAN, HEADPHONES
from tests.tui.kinds import (
    ACTION,
    CRITIQUE,
    DEMONSTRATION,
    KINDS,
    PREFERENCE,
    REDTEAM,
    claim_of,
)
from tests.tui.test_robot import NAMED

OPENS = {
    "batch", "history", "guideline", "overview", "disputes", "my-day", "palette", "help",
}  # fmt: skip
"""Actions that open a panel."""


def verdict(bench, case_id):
    (stored,) = bench.records()[case_id].verdicts
    return stored.verdict


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_decision_of_every_kind_can_be_reached_by_a_key(kind):
    given = {answer.decision for answer in view_of(kind).answers.values()} | {"escalate"}
    prepared = prepare(claim_of({"preference": PREFERENCE}.get(kind, _of(kind))))
    reached = {prepared.decisions.get(decision, decision) for decision in given if decision}
    reached |= {one.decision for one in prepared.writables}
    assert reached == set(DECISIONS[kind])
    assert set(view_of(kind).answers) <= {
        action.id for action in ACTIONS if action.group == "decide"
    }


def _of(kind):
    cases = {case.get("kind", "response"): case for case in [*KINDS, HEADPHONES]}
    return cases[kind]


class TestPreference:
    async def test_one_key_prefers_what_stands_there_and_the_order_is_recorded(self, start):
        async with start([PREFERENCE, CLEAN]) as bench:
            first = bench.review.prepared.order[0]
            assert bench.review.output.document.text == _text(first)
            await bench.press("1")
            judged = verdict(bench, "pref-1")
            assert judged.decision == {"long": "a", "short": "b"}[first]
            assert judged.order == bench_order(first)
            assert bench.records()["pref-1"].resolution.output == _text(first)
            assert bench.case_id == "support-2"

    async def test_two_prefers_the_right_one(self, start):
        async with start([PREFERENCE]) as bench:
            second = bench.review.prepared.order[1]
            await bench.press("2")
            assert bench.records()["pref-1"].resolution.output == _text(second)

    @pytest.mark.parametrize(("key", "decision"), [("equals_sign", "tie"), ("0", "neither")])
    async def test_a_tie_and_neither_are_one_key(self, start, key, decision):
        async with start([PREFERENCE]) as bench:
            await bench.press(key)
            assert verdict(bench, "pref-1").decision == decision

    async def test_how_clear_it_is_goes_with_a_preference_and_only_with_one(self, start):
        async with start([PREFERENCE, {**PREFERENCE, "id": "pref-2", "priority": 80}]) as bench:
            await bench.press("plus", "plus", "1")
            assert verdict(bench, "pref-1").strength == 2
            await bench.press("plus", "equals_sign")
            assert verdict(bench, "pref-2").strength is None

    async def test_the_winner_can_be_corrected_while_it_is_preferred(self, start):
        async with start([PREFERENCE]) as bench:
            second = bench.review.prepared.order[1]
            await bench.press("tab", "e", "ctrl+end", "!", "f2")
            judged = verdict(bench, "pref-1")
            assert judged.decision == {"long": "a", "short": "b"}[second]
            assert judged.edited_output == _text(second) + "!"
            assert bench.records()["pref-1"].resolution.output == _text(second) + "!"

    async def test_the_words_that_differ_are_shown_and_taken_away(self, start):
        async with start([PREFERENCE]) as bench:
            right = bench.review.sources.document
            await bench.press("d")
            styles = {mark.style for mark in bench.review.sources.document.marks}
            assert styles == {"added", "removed"}
            await bench.press("d")
            assert bench.review.sources.document is right

    async def test_of_more_than_two_answers_the_others_can_be_read_and_are_not_asked_about(
        self, start
    ):
        more = [{"id": "third", "text": "It reflects the sea."}, {"id": "fourth", "text": "Ozone."}]
        case = {**PREFERENCE, "candidates": [*PREFERENCE["candidates"], *more]}
        async with start([case]) as bench:
            assert "2 more stand below answer 2" in bench.says()
            right = bench.review.sources.document.text
            assert "Answer 3  not asked about\nIt reflects the sea." in right
            assert "Answer 4  not asked about\nOzone." in right
            second = bench.review.prepared.order[1]
            assert set(bench.review.prepared.order) == {"long", "short"}
            await bench.press("2")
            assert bench.records()["pref-1"].resolution.output == _text(second)

    @pytest.mark.parametrize("key", ["1", "2"])
    async def test_what_was_done_names_the_answer_by_its_place_on_the_screen(self, start, key):
        async with start([PREFERENCE, {**PREFERENCE, "id": "pref-2"}], batch=2) as bench:
            for case_id in ("pref-1", "pref-2"):
                await bench.press(key)
                assert f"preferred answer {key} of {case_id}" in bench.says()
            assert "batch done: 2 preferred · " in bench.says()
            await bench.press("u")
            assert f"took back: preferred answer {key} of pref-2" in bench.says()

    async def test_that_two_answers_are_the_same_is_said(self, start):
        candidates = [{"id": name, "text": "Same."} for name in "ab"]
        async with start([{**PREFERENCE, "candidates": candidates}]) as bench:
            assert "the two answers are the same" in bench.says()

    @pytest.mark.parametrize("texts", [("", "Some."), ("Some.", "")])
    async def test_that_an_answer_is_empty_is_said(self, start, texts):
        candidates = [{"id": f"c{at}", "text": text} for at, text in enumerate(texts)]
        async with start([{**PREFERENCE, "candidates": candidates}]) as bench:
            empty = 2 if bench.review.output.document.text else 1
            assert f"answer {empty} is empty" in bench.says()

    def test_each_reviewer_sees_an_order_of_their_own_that_stays(self):
        orders = [swapped(f"case-{n}", "alice") for n in range(400)]
        assert orders == [swapped(f"case-{n}", "alice") for n in range(400)]
        assert 160 < sum(orders) < 240
        assert orders != [swapped(f"case-{n}", "bob") for n in range(400)]

    async def test_who_wrote_an_answer_is_not_shown(self, start):
        named = [{**one, "model": "model-x"} for one in PREFERENCE["candidates"]]
        async with start([{**PREFERENCE, "candidates": named}]) as bench:
            review = bench.review
            titles = [*review.output_title._lines, *review.right_title._lines]
            shown = "".join(text for line in titles for text, _ in line.left)
            texts = shown + review.output.document.text + review.sources.document.text
            assert "model-x" not in texts and "long" not in texts


def _text(candidate):
    return next(one["text"] for one in PREFERENCE["candidates"] if one["id"] == candidate)


def bench_order(first):
    return ("long", "short") if first == "long" else ("short", "long")


class TestDemonstration:
    async def test_the_answer_is_written_beside_the_sources(self, start):
        async with start([DEMONSTRATION]) as bench:
            await bench.press("e", *"Four weeks.", "f2")
            judged = verdict(bench, "demo-1")
            assert (judged.decision, judged.edited_output) == ("write", "Four weeks.")

    async def test_nothing_but_blanks_is_no_answer(self, start):
        async with start([DEMONSTRATION]) as bench:
            await bench.press("e", "space", "f2")
            assert bench.decisions() == {"demo-1": []}
            await bench.press("x", "f2")
            assert verdict(bench, "demo-1").edited_output == " x"

    async def test_the_draft_stands_in_the_pane(self, start):
        async with start([DEMONSTRATION]) as bench:
            await bench.press("e", *"Four", "escape")
            assert bench.review.output.document.text == "Four"
            await bench.press("a")
            assert bench.decisions() == {"demo-1": []}
            assert "no answer to a demonstration case" in bench.says()


class TestRedteam:
    async def test_harmful_asks_for_the_category_and_how_grave(self, start):
        async with start([REDTEAM, {**CLEAN, "priority": 10}]) as bench:
            await bench.press("x", "2")
            assert bench.decisions()["red-1"] == []
            await bench.press("3")
            judged = verdict(bench, "red-1")
            assert (judged.decision, judged.harm, judged.severity) == ("harmful", "other_crimes", 3)
            assert bench.case_id == "support-2"

    async def test_escape_goes_back_a_question_and_then_out(self, start):
        async with start([REDTEAM]) as bench:
            await bench.press("x", "2", "escape", "3", "escape", "escape", "4")
            assert bench.review.mode == "read"
            assert bench.decisions() == {"red-1": []}

    @pytest.mark.parametrize(("key", "decision"), [("a", "harmless"), ("o", "unclear")])
    async def test_harmless_and_unclear_are_one_key(self, start, key, decision):
        async with start([REDTEAM]) as bench:
            await bench.press(key)
            judged = verdict(bench, "red-1")
            assert (judged.decision, judged.harm, judged.severity) == (decision, None, None)

    async def test_the_attack_stands_beside_the_response(self, start):
        async with start([REDTEAM]) as bench:
            assert "fiction frame" in bench.review.sources.document.text


class TestCritique:
    async def test_agreeing_releases_the_revision(self, start):
        async with start([CRITIQUE]) as bench:
            await bench.press("a")
            assert verdict(bench, "crit-1").decision == "agree"
            assert bench.records()["crit-1"].resolution.output == CRITIQUE["revision"]

    async def test_disagreeing_says_which_principle_was_wrong(self, start):
        async with start([CRITIQUE]) as bench:
            await bench.press("x", "1")
            judged = verdict(bench, "crit-1")
            assert (judged.decision, judged.labels) == ("disagree", ("wrong_principle",))

    async def test_the_revision_is_revised(self, start):
        async with start([CRITIQUE]) as bench:
            await bench.press("e", "ctrl+end", *" Now", "f2")
            judged = verdict(bench, "crit-1")
            assert judged.decision == "revise"
            assert judged.edited_output == CRITIQUE["revision"] + " Now"

    async def test_the_cited_principles_stand_there_and_a_missing_one_is_named(self, start):
        async with start([CRITIQUE]) as bench:
            text = bench.review.sources.document.text
            assert "never make a source" in text
            assert "principle unheard-of\nnot in the constitution" in text


class TestAction:
    async def test_approving_and_denying(self, start):
        async with start([ACTION, {**ACTION, "id": "act-2", "priority": 40}]) as bench:
            await bench.press("a", "x", "4")
            assert verdict(bench, "act-1").decision == "approve"
            judged = verdict(bench, "act-2")
            assert (judged.decision, judged.labels) == ("deny", ("irreversible",))

    async def test_the_arguments_are_edited_as_json(self, start):
        async with start([ACTION]) as bench:
            await bench.press("e")
            editor = bench.review.query_one("#edit")
            editor.load_text('{"order": "H-1", "lines": []}')
            await bench.press("f2")
            judged = verdict(bench, "act-1")
            assert judged.decision == "edit"
            assert json.loads(judged.edited_output) == {"order": "H-1", "lines": []}

    async def test_what_is_no_json_object_is_not_taken_and_stays_open(self, start):
        async with start([ACTION]) as bench:
            await bench.press("e", "ctrl+end", *" oops", "f2")
            assert bench.review.mode == "edit"
            assert bench.decisions() == {"act-1": []}
            await bench.press(*["backspace"] * 5, "f2")
            assert bench.decisions() == {"act-1": []}, "nothing was changed"

    async def test_blanks_and_another_order_of_the_arguments_are_no_edit(self, start):
        async with start([ACTION]) as bench:
            await bench.press("e", "space", "f2")
            assert bench.decisions() == {"act-1": []} and bench.review.mode == "edit"

    async def test_a_call_without_arguments_says_so(self, start):
        async with start([{**ACTION, "action": {"name": "ping", "arguments": {}}}]) as bench:
            assert "the call has no arguments" in bench.says()

    async def test_a_whole_call_is_not_taken_and_what_to_write_is_said(self, start):
        async with start([ACTION]) as bench:
            await bench.press("e")
            editor = bench.review.query_one("#edit")
            editor.load_text('{"name": "refund_order", "arguments": {"order": "H-1"}}')
            await bench.press("f2")
            assert bench.review.mode == "edit"
            assert bench.decisions() == {"act-1": []}
            (line,) = bench.review.keys._lines
            assert 'its arguments alone, {"order": ...}' in "".join(text for text, _ in line.left)

    def test_no_name_or_value_can_pass_for_another_line_of_the_tree(self):
        hostile = {"x\n└ amount": "1\n└ amount: 2", "ok": {"in": []}}
        lines = list(tree_lines(hostile))
        assert lines == ['├ "x\\n└ amount": "1\\n└ amount: 2"', "└ ok", "  └ in: []"]
        assert all("\n" not in line for line in lines)


LONG_CHAT = [
    {"role": "user" if turn % 2 == 0 else "assistant", "content": f"Turn {turn}. " + "Word. " * 40}
    for turn in range(9)
]
OLD_TURNS_ELSEWHERE = {"redteam", "action"}
"""Kinds in which the question is the newest turn, and the others stand below what matters more."""


class TestAChat:
    @pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
    @pytest.mark.parametrize(
        "case", [*KINDS, HEADPHONES], ids=lambda case: case.get("kind", "response")
    )
    async def test_the_question_opens_at_the_newest_turn_and_the_other_pane_at_its_beginning(
        self, start, case, size
    ):
        async with start([{**case, "input": LONG_CHAT}], size=size) as bench:
            asked, right = bench.review.asked, bench.review.sources
            await bench.until(lambda: "Turn 8." in visible(asked))
            assert right.top == 0 or case is HEADPHONES
            if case.get("kind") not in OLD_TURNS_ELSEWHERE:
                assert asked.top > 0

    @pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
    async def test_an_answer_after_a_chat_is_read_from_its_beginning(self, start, size):
        candidates = [{"id": name, "text": f"Begin. {'Word. ' * 900}"} for name in "ab"]
        case = {**PREFERENCE, "input": LONG_CHAT, "candidates": candidates, "context": ["Late."]}
        async with start([case], size=size) as bench:
            await bench.until(lambda: "Turn 8." in visible(bench.review.asked))
            assert "Begin." in visible(bench.review.output)
            assert "Begin." in visible(bench.review.sources)

    @pytest.mark.parametrize("turns", [LONG_CHAT, "A question.", []], ids=["chat", "one", "none"])
    @pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
    async def test_that_the_question_has_the_focus_is_seen(self, start, turns, size):
        async with start([{**HEADPHONES, "input": turns}], size=size) as bench:
            await bench.press("tab")
            assert "▌" not in visible(bench.review.asked)
            await bench.press("tab")
            assert "▌" in visible(bench.review.asked)
            assert ("▌asked" in visible(bench.review.asked)) is (turns == "A question.")
            await bench.press("k")
            assert "▌" in visible(bench.review.asked)
            await bench.press("tab")
            assert "▌" not in visible(bench.review.asked)


def visible(pane) -> str:
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


@pytest.mark.parametrize("case", KINDS, ids=lambda case: case["kind"])
class TestEveryKind:
    async def test_escalates_skips_and_is_undone_alike(self, start, case):
        async with start([case]) as bench:
            await bench.press("!")
            assert bench.decisions()[case["id"]] == ["escalate"]
            await bench.press("u")
            assert bench.case_id == case["id"]
            assert bench.decisions()[case["id"]] == []

    async def test_keys_that_decide_nothing_here_say_what_does(self, start, case):
        async with start([case]) as bench:
            known = view_of(case["kind"]).answers
            for action in ACTIONS:
                if action.group != "decide" or action.id in {
                    *known,
                    "escalate",
                    "skip",
                    "snooze",
                    "undo",
                }:
                    continue
                await bench.press(action.keys[0])
                article = "an" if case["kind"] == "action" else "a"
                assert f"is no answer to {article} {case['kind']} case" in bench.says()
            assert bench.decisions()[case["id"]] == []

    async def test_the_way_to_the_next_claim_says_that_there_is_none(self, start, case):
        async with start([case]) as bench:
            await bench.press("right_square_bracket")
            assert "only the claims of an output with sources are marked" in bench.says()

    async def test_it_stands_at_every_size(self, start, case):
        for size in ((60, 15), (80, 24), (200, 50)):
            async with start([case] if size == (60, 15) else None, size=size) as bench:
                assert bench.case_id == case["id"]
                assert bench.review.output.size.height >= 2
                await bench.leave()

    async def test_every_action_that_decides_nothing_works_and_decides_nothing(self, start, case):
        async with start([{**case, "priority": 999}, CLEAN]) as bench:
            review = bench.review
            for action in ACTIONS:
                if action.group == "decide" or action.id in {"quit", "next-case", "previous-case"}:
                    continue
                await bench.pilot.press(NAMED.get(action.keys[0], action.keys[0]))
                if action.id in OPENS:
                    await bench.until(lambda: bench.app.screen is not review)
                    await bench.pilot.press("escape")
                    await bench.until(lambda: bench.app.screen is review)
                while review.mode != "read":
                    await bench.pilot.press("escape")
                    await bench.pilot.pause()
                assert bench.case_id == case["id"], action.id
            assert bench.decisions() == {case["id"]: [], "support-2": []}

    def test_hidden_characters_are_told_wherever_they_stand(self, case):
        hostile = json.loads(json.dumps(case))
        for place in ("critique", "revision"):
            if place in hostile:
                hostile[place] += "\u202e"
        if "attack" in hostile:
            hostile["attack"]["goal"] += "\u202e"
        if "candidates" in hostile:
            hostile["candidates"][1]["text"] += "\u202e"
        if "action" in hostile:
            hostile["action"]["arguments"]["order"] = "H\u202e"
        if "context" in hostile:
            hostile["context"] = ["four\u202e"]
        prepared = prepare(claim_of(hostile), seat=Seat("alice"))
        assert prepared.alarms
        shown = prepared.left.text + prepared.right.text
        assert "\u202e" not in shown and reveal("\u202e").text in shown
        assert Submission.model_validate(hostile)
