"""The craft of the screen: putting away, doing again, marking, searching, copying, folding, the panels."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.open import open_queue
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.screens.chooser import Chooser
from hitl_tui.tui.screens.reader import Reader
from hitl_tui.tui.widgets.editor import Editor
from tests.tui.cases import ALL, ALONE, CHAT, CLEAN, HEADPHONES, HIDDEN
from tests.tui.kinds import KINDS, PREFERENCE, REDTEAM

PRIVATE = {
    **CLEAN,
    "id": "private-1",
    "output": "Call Mr Iversen on 0900 555.",
    "signals": [{"name": "pii", "label": "private", "score": 0.9, "spans": [[5, 15]]}],
    "priority": 95,
}


def verdict(bench, case_id):
    return bench.records()[case_id].verdicts[-1].verdict


def painted(pane):
    """The lines that a pane paints, as text."""
    return "\n".join(pane.render_line(y).text for y in range(pane.size.height))


async def opened(bench, kind):
    """The panel that lies over the review, once it is there."""
    await bench.until(lambda: isinstance(bench.app.screen, kind))
    await bench.pilot.pause()
    return bench.app.screen


class TestPuttingAway:
    async def test_a_case_put_away_comes_back_at_its_time_and_not_before(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            before = utc_now()
            await bench.press("s", "2")
            assert bench.case_id == "support-2"
            assert bench.decisions() == {"support-1": [], "support-2": []}
            queue = open_queue(str(bench.path), clock=lambda: before + timedelta(minutes=59))
            assert "support-1" not in {claim.case.id for claim in queue.claim("alice", batch=5)}
            queue.close()
            queue = open_queue(str(bench.path), clock=lambda: before + timedelta(minutes=62))
            assert "support-1" in {claim.case.id for claim in queue.claim("alice", batch=5)}
            queue.close()

    async def test_escape_leaves_the_case_where_it_is(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("s", "escape", "2")
            assert bench.case_id == "support-1"

    async def test_it_is_undone_like_everything_else(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.press("s", "1", "u")
            assert bench.case_id == "support-1"


class TestDoingAgain:
    async def test_redo_gives_the_same_verdict_once_more(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.press("x", "3", "u")
            assert bench.decisions()["support-1"] == []
            await bench.press("ctrl+r")
            judged = verdict(bench, "support-1")
            assert (judged.decision, judged.labels) == ("reject", ("wrong_number",))
            assert bench.case_id == "support-2"
            assert len(bench.records()["support-1"].verdicts) == 2

    async def test_several_undone_are_done_again_in_their_order(self, start):
        async with start(ALL) as bench:
            await bench.press("a", "x", "1", "space", "u", "u", "u")
            assert bench.case_id == "support-1"
            await bench.press("ctrl+r", "ctrl+r", "ctrl+r")
            decisions = bench.decisions()
            assert (decisions["support-1"], decisions["support-2"]) == (["approve"], ["reject"])
            assert decisions["tone-3"] == [] and bench.case_id != "tone-3"

    async def test_a_new_decision_forgets_what_was_undone(self, start):
        async with start([HEADPHONES, CLEAN, ALONE]) as bench:
            await bench.press("a", "u", "x", "1", "ctrl+r")
            assert "nothing to do again" in bench.says()
            assert bench.decisions()["support-1"] == ["reject"]
            assert bench.decisions()["support-2"] == []

    async def test_away_from_the_case_it_is_shown_before_it_is_decided(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.press("a", "u", "right")
            assert bench.case_id == "support-2"
            await bench.press("ctrl+r")
            assert bench.case_id == "support-1"
            assert bench.decisions()["support-1"] == []
            await bench.press("ctrl+r")
            assert bench.decisions()["support-1"] == ["approve"]


class TestMarking:
    async def test_the_current_claim_is_marked_with_a_reason_in_three_keys(self, start):
        async with start([HEADPHONES]) as bench:
            claim = bench.review.prepared.grounding.clauses[bench.review.looking.claim]
            await bench.press("m", "enter", "3")
            assert bench.decisions() == {"support-1": []}
            await bench.press("x", "3")
            (span,) = verdict(bench, "support-1").spans
            words = HEADPHONES["output"][span.start : span.end]
            assert span.label == "wrong_number"
            assert words == HEADPHONES["output"][claim.start : claim.end].strip()

    async def test_the_ends_move_by_words(self, start):
        async with start([ALONE]) as bench:
            await bench.press("m", "l", "l", "o", "l", "m", "8", "a")
            (span,) = verdict(bench, "tone-3").spans
            assert ALONE["output"][span.start : span.end] == "you did"

    async def test_marks_are_offsets_of_the_raw_text_also_over_pictures(self, start):
        text = "One \u202etwo\u202c \u200bthree"
        async with start([{**ALONE, "output": text}]) as bench:
            await bench.press("m", "l", "l", "enter", "1", "a")
            (span,) = verdict(bench, "tone-3").spans
            assert text[span.start : span.end] == text

    async def test_a_stretch_can_be_copied_instead(self, start):
        sent = []
        async with start([ALONE]) as bench:
            bench.app._past_the_gate = sent.append
            bench.app.environ = {"TERM": "xterm"}
            await bench.press("m", "l", "y")
            assert bench.review.item.spans == []
        assert base64.b64encode(b"Because you").decode() in sent[0]

    async def test_a_mark_is_taken_away_and_survives_a_restart_before_that(self, start):
        async with start([ALONE]) as bench:
            await bench.press("m", "enter", "8")
            await bench.leave()
        async with start() as bench:
            assert bench.review.item.spans == [(0, 7, "tone")]
            await bench.press("m", "x", "a")
            assert verdict(bench, "tone-3").spans == ()

    async def test_no_verdict_key_acts_while_a_stretch_is_chosen(self, start):
        async with start([ALONE]) as bench:
            await bench.press("m", "a", "exclamation_mark", "space", "escape")
            assert bench.decisions() == {"tone-3": []}

    async def test_a_preference_has_no_output_to_mark(self, start):
        async with start([PREFERENCE]) as bench:
            await bench.press("m")
            assert "only an output can be marked" in bench.says()


class TestEvidence:
    """A verdict names the places of the sources that stood beside the claims that were looked at."""

    CASE: ClassVar[dict[str, Any]] = {
        "id": "e-1",
        "input": "?",
        "output": "Opened items can be returned within 60 days. The warranty lasts 9 years. "
        "Repairs take 14 days.",
        "context": [
            "Opened items can be returned within 30 days. Repairs take 3 days.",
            "The warranty lasts 2 years.",
        ],
        "priority": 95,
    }

    def said(self, one):
        return [
            self.CASE["context"][place.passage][place.start : place.end] for place in one.evidence
        ]

    async def test_the_claims_that_the_eye_was_on_each_once_in_that_order(self, start):
        async with start([self.CASE, CLEAN]) as bench:
            assert bench.review.looking.claim == 0
            await bench.press("]", "[", "]", "a")
            first, second = self.said(verdict(bench, "e-1"))
            assert "30 days" in first and "2 years" in second

    async def test_a_jump_to_the_next_place_is_named_too(self, start):
        async with start([self.CASE]) as bench:
            await bench.press("enter", "enter", "a")
            whole, value = self.said(verdict(bench, "e-1"))
            assert "returned within 30 days" in whole and value == "30 days"

    async def test_what_nobody_could_see_is_not_named(self, start):
        folded = {**self.CASE, "tags": ["graphic"]}
        async with start([folded, {**CLEAN, "priority": 1}], size=(80, 24)) as bench:
            await bench.press("]", "a")
            assert verdict(bench, "e-1").evidence == ()
        async with start([{**self.CASE, "id": "e-2", "priority": 99}]) as bench:
            bench.review.item.evidence.clear()
            await bench.press("z", "]", "a")
            assert verdict(bench, "e-2").evidence == (), "the sources were not on the screen"

    async def test_it_stays_with_a_verdict_that_is_taken_back_and_given_again(self, start):
        async with start([self.CASE, CLEAN]) as bench:
            await bench.press("]", "a")
            before = verdict(bench, "e-1").evidence
            await bench.press("u", "x", "1")
            again = verdict(bench, "e-1")
            assert (again.decision, again.evidence) == ("reject", before)

    async def test_of_very_many_the_last_hundred_are_named(self, start):
        claims = [f"Item {n} lasts {n + 500} days. " for n in range(130)]
        case = {**self.CASE, "output": "".join(claims)}
        case["context"] = [f"Item {n} lasts {n} days." for n in range(130)]
        async with start([case]) as bench:
            for _ in claims:
                bench.review._do_next_claim()
            await bench.press("a")
            evidence = verdict(bench, "e-1").evidence
            assert len(evidence) == 100


class TestSearching:
    async def test_hits_are_marked_counted_and_gone_through(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("tab", "slash", *"returned", "enter")
            assert "1 of 2" in bench.says()
            assert len([m for m in bench.review.sources._overlay if m.style == "hit"]) == 2
            await bench.press("n")
            assert "2 of 2" in bench.says()
            await bench.press("n", "N")
            assert "2 of 2" in bench.says()
            await bench.press("escape")
            assert bench.review.sources._overlay == ()

    async def test_a_capital_finds_only_itself(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("slash", *"Return", "enter")
            assert "1 of 1" in bench.says()
            await bench.press("slash", *"return", "enter")
            assert "1 of 3" in bench.says()

    async def test_what_is_not_there_is_said(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("slash", *"zebra", "enter", "n")
            assert "nothing was searched" in bench.says()


class TestDifference:
    async def test_the_draft_of_an_edit_is_compared_with_the_output(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("d")
            assert "no two texts" in bench.says()
            await bench.press("e", "ctrl+end", *" Yes.", "escape", "d")
            assert "Yes." in bench.review.sources.document.text
            await bench.press("right_square_bracket")
            assert bench.review.sources.document is bench.review.prepared.right


class TestCopying:
    async def test_the_exact_text_is_sent_and_never_called_copied(self, start):
        sent = []
        async with start([HIDDEN]) as bench:
            bench.app._past_the_gate = sent.append
            bench.app.environ = {"TERM": "xterm-256color"}
            await bench.press("y")
            assert "sent to the terminal" in bench.says() and "copied" not in bench.says()
        (sequence,) = sent
        data = sequence.removeprefix("\x1b]52;c;").removesuffix("\x1b\\")
        assert base64.b64decode(data).decode() == HIDDEN["output"]

    @pytest.mark.parametrize(("term", "size"), [("linux", 10), ("xterm", 80_000)])
    async def test_where_it_cannot_be_sent_it_is_written(self, start, term, size):
        async with start([{**ALONE, "output": "x" * size}]) as bench:
            bench.app.environ = {"TERM": term}
            await bench.press("y")
            assert "written to" in bench.says()
            file = bench.box.directory / "copied.txt"
            assert file.read_text() == "x" * size
            assert file.stat().st_mode & 0o777 == 0o600


class TestFolding:
    async def test_private_text_is_not_painted_before_it_is_revealed_and_that_is_recorded(
        self, start
    ):
        async with start([PRIVATE]) as bench:
            assert "Iversen" not in painted(bench.review.output)
            assert "Call" in painted(bench.review.output)
            await bench.press("v")
            assert "Mr Iversen" in painted(bench.review.output)
            await bench.press("a")
            assert verdict(bench, "private-1").revealed is True

    async def test_folded_text_is_neither_copied_nor_edited_nor_marked(self, start):
        async with start([PRIVATE]) as bench:
            for key in ("y", "e", "m"):
                await bench.press(key)
                assert "folded" in bench.says()
                assert bench.review.mode == "read"

    async def test_the_line_that_explains_a_mark_does_not_quote_folded_text(self, start):
        private = {**PRIVATE, "context": ["Mr Iversen has no telephone."]}
        async with start([private]) as bench:
            assert bench.review.prepared.grounding.flags
            assert "0900" not in bench.says()
            await bench.press("v")
            assert "0900" in bench.says()

    async def test_a_tag_folds_the_whole_and_a_folded_case_can_be_decided(self, start):
        async with start([{**CLEAN, "tags": ["graphic"]}]) as bench:
            assert "Delivery" not in painted(bench.review.output) + painted(bench.review.sources)
            await bench.press("a")
            assert verdict(bench, "support-2").revealed is False

    async def test_what_is_folded_whole_is_shown_whole(self, start):
        async with start([{**CLEAN, "tags": ["graphic"]}]) as bench:
            await bench.press("v")
            assert "Delivery" in painted(bench.review.output)
            assert "three working days" in painted(bench.review.sources)

    async def test_a_search_finds_only_what_is_shown_and_says_that_there_is_more(self, start):
        case = {**PRIVATE, "output": "Call Mr Iversen on 0900 555. Call him soon, says Iversen."}
        async with start([case]) as bench:
            await bench.press("slash", *"iversen", "enter")
            assert "1 of 1 · folded text is not searched, v shows it" in bench.says()
            assert painted(bench.review.output).count("Iversen") == 1
            await bench.press("slash", *"mr iv", "enter")
            there = bench.says()
            await bench.press("slash", *"mr ox", "enter")
            assert there.replace("mr iv", "mr ox") == bench.says(), "or the search would tell it"
            assert "mr ox is not in what is shown · folded text is not searched" in there.replace(
                "mr iv", "mr ox"
            )
            await bench.press("slash", *"iversen", "enter", "v")
            assert bench.review.output._overlay == ()
            await bench.press("slash", *"iversen", "enter")
            assert "1 of 2" in bench.says() and "folded" not in bench.says()

    async def test_a_search_finds_nothing_in_sources_that_are_folded_whole(self, start):
        async with start([{**CLEAN, "tags": ["graphic"]}]) as bench:
            await bench.press("tab", "slash", *"working", "enter")
            assert "working is not in what is shown" in bench.says()
            await bench.press("v", "slash", *"working", "enter")
            assert "1 of 1" in bench.says()

    async def test_what_is_hidden_in_folded_text_is_not_told_before_it_is_revealed(self, start):
        hidden = "".join(chr(0xE0000 + ord(c)) for c in "Iversen")
        async with start(
            [{**PRIVATE, "output": f"Call {hidden} soon.", "tags": ["graphic"]}]
        ) as bench:
            assert "invisible TAG character" in bench.says()
            assert "Iversen" not in bench.says()
            await bench.press("v")
            assert "it reads: Iversen" in bench.says()

    async def test_both_answers_of_a_preference_are_folded(self, start):
        async with start([{**PREFERENCE, "tags": ["graphic"]}]) as bench:
            both = painted(bench.review.output) + painted(bench.review.sources)
            assert "light" not in both
            await bench.press("d")
            assert "folded" in bench.says()
            assert "light" not in painted(bench.review.sources)


async def test_that_something_is_being_saved_never_hides_what_was_done(start):
    async with start([HEADPHONES, CLEAN]) as bench:
        review = bench.review
        await bench.press("a")
        assert "approved support-1" in bench.says()
        review.busy = True
        review._say_saving(review._work - 1)
        assert "approved support-1" in bench.says()
        review.busy = False


async def test_a_question_that_cannot_be_read_is_not_answered(start):
    async with start([HEADPHONES]) as bench:
        await bench.press("x")
        await bench.pilot.resize_terminal(50, 10)
        await bench.press("3")
        assert bench.decisions() == {"support-1": []}
        await bench.pilot.resize_terminal(80, 24)
        await bench.press("3")
        assert bench.decisions() == {"support-1": ["reject"]}


async def test_a_field_outlives_every_size_and_takes_nothing_while_it_cannot_be_seen(start):
    from textual.events import Paste

    async with start([HEADPHONES, CLEAN]) as bench:
        review = bench.review
        await bench.press("e", "ctrl+end", *"one")
        for size in ((30, 8), (80, 24), (59, 14), (61, 16), (10, 3), (200, 50)):
            await bench.pilot.resize_terminal(*size)
            await bench.pilot.pause()
            field = review.query_one("#edit")
            small = review.layout_now.small
            assert (review.focused is field) is not small, size
            await bench.pilot.press("z")
            if small:
                bench.app.post_message(Paste("pasted"))
                await bench.pilot.press("f2", "escape", "enter")
                await bench.pilot.pause()
        assert review.mode == "edit"
        assert field.text == HEADPHONES["output"] + "onezzz"
        assert bench.decisions() == {"support-1": [], "support-2": []}
        await bench.press("f2")
        edited = bench.records()["support-1"].verdicts[0].verdict.edited_output
        assert edited == HEADPHONES["output"] + "onezzz"


@pytest.mark.parametrize("opening", [("slash",), ("i",), ("x", "enter")])
async def test_a_line_to_write_in_is_there_again_when_the_screen_is(start, opening):
    async with start([HEADPHONES]) as bench:
        await bench.press(*opening, *"day")
        for size in ((30, 8), (100, 30)):
            await bench.pilot.resize_terminal(*size)
            await bench.pilot.pause()
            await bench.pilot.press("s")
            await bench.pilot.pause()
        (field,) = bench.review.query(Editor)
        assert (field.text, bench.review.focused is field) == ("days", True)
        assert bench.decisions() == {"support-1": []}


class TestPanels:
    async def test_the_batch_goes_to_a_case(self, start):
        async with start([HEADPHONES, CLEAN, ALONE]) as bench:
            await bench.pilot.press("b")
            panel = await opened(bench, Chooser)
            assert [entry.value for entry in panel.listing.entries] == [
                "support-1", "support-2", "tone-3",
            ]  # fmt: skip
            await bench.pilot.press("j", "j", "enter")
            await bench.until(lambda: bench.case_id == "tone-3")
            assert all(not given for given in bench.decisions().values())

    async def test_the_history_takes_back_any_verdict_not_only_the_last(self, start):
        async with start([HEADPHONES, CLEAN, ALONE]) as bench:
            await bench.press("a", "x", "2")
            await bench.pilot.press("H")
            panel = await opened(bench, Chooser)
            assert len(panel.listing.entries) == 2
            await bench.pilot.press("down", "enter")
            await bench.until(lambda: bench.case_id == "support-1")
            assert bench.decisions() == {"support-1": [], "support-2": ["reject"], "tone-3": []}

    async def test_the_guideline_opens_at_the_section_of_the_case(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.pilot.press("h")
            panel = await opened(bench, Reader)
            await bench.pilot.pause()
            first = painted(panel.pane).splitlines()[0]
            assert "Claims that the sources do not make" in first
            await bench.pilot.press("right_square_bracket")
            assert "Contradictions" in painted(panel.pane).splitlines()[0]
            await bench.pilot.press("h")
            await bench.until(lambda: not isinstance(bench.app.screen, Reader))

    async def test_what_changed_in_the_guideline_is_said_until_it_was_read(self, start):
        async with start([HEADPHONES]) as bench:
            book = bench.review.handbook
            book.read_guideline = lambda: "# One {#one}\nA\n# Two {#two}\nB\n"
            await bench.pilot.press("h")
            await opened(bench, Reader)
            await bench.pilot.press("escape")
            await bench.until(lambda: not isinstance(bench.app.screen, Reader))
            del book.guideline
            book.read_guideline = lambda: "# One {#one}\nA\n# Two {#two}\nC\n"
            assert book.unread() == {"two"}
            await bench.pilot.press("h")
            panel = await opened(bench, Reader)
            assert "two  changed since you last read it" in panel.pane.document.text
            assert book.unread() == frozenset()

    async def test_a_changed_guideline_is_told_after_the_first_case(self, start):
        async with start([HEADPHONES]) as bench:
            bench.review.handbook.note_read()
            await bench.leave()
        async with start() as bench:
            words = "# Tone {#tone}\nOther words.\n"
            bench.review.handbook = Handbook(lambda: words, seen=bench.review.handbook.seen)
            bench.review._tell_of_changes()
            assert "the guideline has changed since you read it, sections: 1" in bench.says()

    async def test_a_guideline_that_cannot_be_read_is_said(self, start):
        def unreadable():
            raise FileNotFoundError(2, "No such file", "guideline.md")

        async with start([HEADPHONES]) as bench:
            bench.review.handbook.read_guideline = unreadable
            await bench.press("h")
            assert "cannot be read" in bench.says()
            await bench.press("x", "1")
            assert verdict(bench, "support-1").guidelines == ()

    async def test_a_reason_cites_the_section_that_explains_it(self, start):
        async with start([HEADPHONES]) as bench:
            version = bench.review.handbook.guideline.version
            await bench.press("x", "3")
            assert verdict(bench, "support-1").guidelines == (f"wrong_number@{version}",)

    async def test_the_queue_says_what_waits_who_holds_it_and_what_comes_next(self, start):
        async with start([*ALL, *KINDS], batch=2) as bench:
            await bench.pilot.press("O")
            panel = await opened(bench, Reader)
            text = panel.pane.document.text
            assert "10  waiting" in text and "alice  you" in text
            assert "What comes next, and why" in text and "crit-1" in text

    async def test_my_day_counts_what_stands(self, start):
        async with start([HEADPHONES, CLEAN, ALONE]) as bench:
            await bench.press("a", "a", "u", "x", "1")
            await bench.pilot.press("D")
            panel = await opened(bench, Reader)
            text = panel.pane.document.text
            assert "2  verdicts" in text and "1  approve" in text and "1  reject" in text
            assert "1  decided otherwise at first" in text

    async def test_the_palette_finds_an_action_by_its_words_and_does_it(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.pilot.press("ctrl+p")
            panel = await opened(bench, Chooser)
            await bench.pilot.press(*"later others")
            assert [entry.value for entry in panel.listing.entries] == ["skip"]
            await bench.pilot.press("enter")
            await bench.until(lambda: bench.case_id == "support-2")
            await bench.ready()

    async def test_typing_in_the_palette_decides_nothing(self, start):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.pilot.press("ctrl+p")
            await opened(bench, Chooser)
            await bench.pilot.press(*"approve", "escape")
            await bench.until(lambda: not isinstance(bench.app.screen, Chooser))
            assert bench.decisions() == {"support-1": [], "support-2": []}

    async def test_the_end_of_a_batch_says_what_it_was(self, start):
        async with start([HEADPHONES, CLEAN, ALONE, CHAT], batch=2) as bench:
            await bench.press("a")
            assert "batch done" not in bench.says()
            await bench.press("x", "1")
            assert "batch done: 1 approve · 1 reject" in bench.says()
            assert bench.case_id == "tone-3"


class TestDisputes:
    async def test_a_dispute_is_settled_blind_by_somebody_who_did_not_judge_it(self, start):
        case = {**HEADPHONES, "overlap": 2}
        async with start([case], reviewer="anna") as bench:
            await bench.press("a")
        async with start(reviewer="bert") as bench:
            await bench.press("x", "1")
            assert bench.records()["support-1"].state == "disputed"
        async with start(reviewer="lead") as bench:
            await bench.pilot.press("A")
            await opened(bench, Chooser)
            await bench.pilot.press("enter")
            panel = await opened(bench, Reader)
            text = panel.pane.document.text
            assert "Verdict A" in text and "Verdict B" in text
            assert "anna" not in text and "bert" not in text
            await bench.pilot.press("enter")
            await opened(bench, Chooser)
            await bench.pilot.press("j", "enter")
            await bench.pilot.pause()
            await bench.until(lambda: "differ" in str(bench.app.screen._title))
            await bench.pilot.press("j", "enter")
            await bench.until(lambda: bench.records()["support-1"].state == "resolved")
            record = bench.records()["support-1"]
            assert (record.resolution.decision, record.ruling.cause) == ("reject", "guideline_gap")

    async def test_who_judged_a_case_is_not_shown_the_others_verdicts(self, start):
        case = {**HEADPHONES, "overlap": 2}
        async with start([case], reviewer="anna") as bench:
            await bench.press("a")
        async with start(reviewer="bert") as bench:
            await bench.press("x", "1")
            await bench.pilot.press("A")
            await opened(bench, Chooser)
            await bench.pilot.press("enter")
            await bench.until(lambda: "one of its verdicts is yours" in bench.says())
            assert not isinstance(bench.app.screen, Reader)


class TestWide:
    async def test_the_batch_and_the_guideline_stand_beside_a_case_on_a_wide_screen(self, start):
        async with start([HEADPHONES, REDTEAM], size=(200, 50)) as bench:
            await bench.until(lambda: len(bench.review.side._batch.entries) == 2)
            assert "unsupported when no source says it" in bench.review.side._guide.document.text
            await bench.press("a")
            await bench.until(lambda: len(bench.review.side._batch.entries) == 1)
            await bench.pilot.resize_terminal(120, 40)
            await bench.pilot.pause()
            assert bench.review.side.display is False

    async def test_a_narrower_screen_never_makes_it(self, start):
        async with start([HEADPHONES], size=(159, 40)) as bench:
            assert bench.review.side is None
