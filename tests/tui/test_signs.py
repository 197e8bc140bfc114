"""What is told apart without colour: the words of a difference, the reviewer's own marks, what is said."""

from __future__ import annotations

import pytest

from hitl_tui.model.text import Shown
from hitl_tui.tui.diffview import diff_document
from hitl_tui.tui.face import notice_lines
from tests.tui.cases import HEADPHONES
from tests.tui.kinds import PREFERENCE


def difference(old: str, new: str) -> str:
    return diff_document(Shown(old), Shown(new))[0].text


class TestADifference:
    def test_brackets_part_old_words_from_new_ones(self):
        assert difference("within 60 days", "within 30 days") == "within [-60-]{+30+} days"

    @pytest.mark.parametrize(
        "texts",
        [("a b", "a"), ("a", "a b"), ("", "a"), ("a", ""), ("x\ny", "x\nz\ny"), ("[-a-]", "b")],
    )
    def test_both_texts_can_be_read_off_it(self, texts):
        document, first = diff_document(*map(Shown, texts))
        assert first == document.marks[0].start
        read = {"removed": "", "added": ""}
        at = 0
        for mark in document.marks:
            read = {side: words + document.text[at : mark.start] for side, words in read.items()}
            read[mark.style] += document.text[mark.start + 2 : mark.end - 2]
            at = mark.end
        assert tuple(words + document.text[at:] for words in read.values()) == texts

    def test_without_a_change_there_is_no_bracket(self):
        assert diff_document(Shown("a b"), Shown("a b"))[0].marks == ()

    async def test_the_screen_says_what_the_brackets_mean(self, start):
        async with start([PREFERENCE]) as bench:
            await bench.press("d")
            assert "[-gone-] {+new+}" in bench.says()
            assert "{+" in bench.review.sources.document.text


class TestWhatIsSaid:
    def test_a_warning_has_a_sign_and_a_report_has_none(self):
        for style, said in (("dim", "x"), ("look", "! x"), ("error", "! x")):
            [line] = notice_lines(Shown("x"), style, 80)
            assert "".join(text for text, _ in line.left) == said

    def test_what_is_too_long_for_a_line_goes_on_below(self):
        words = Shown("rejected support-2 · u takes it back · batch done: 1 approve · 1 reject")
        lines = ["".join(text for text, _ in one.left) for one in notice_lines(words, "look", 60)]
        assert lines == [
            "! rejected support-2 · u takes it back · batch done: 1",
            "  approve · 1 reject",
        ]

    async def test_it_stands_on_the_screen(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("slash", *"zebra", "enter")
            assert "! zebra is not in this pane" in bench.says()


async def test_a_claim_with_a_mark_of_the_reviewer_s_says_so_in_the_gutter(start):
    async with start([HEADPHONES]) as bench:
        await bench.press("m", "enter", "1")
        signs = [sign.text for sign in bench.review.output._signs]
        assert "▪2!" in signs
        assert " 1" in signs
