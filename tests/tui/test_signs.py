"""What is told apart without colour: the words of a difference, the reviewer's own marks, what is said."""

from __future__ import annotations

import pytest

from hitl_tui.model.text import Shown
from hitl_tui.tui.diffview import diff_document
from hitl_tui.tui.face import notice_lines
from hitl_tui.tui.screens.chooser import Chooser
from hitl_tui.tui.screens.reader import Reader
from tests.tui.cases import CLEAN, HEADPHONES, HIDDEN
from tests.tui.conftest import QUICK
from tests.tui.kinds import PREFERENCE


def difference(old: str, new: str) -> str:
    return diff_document(Shown(old), Shown(new))[0].text


class TestADifference:
    def test_brackets_part_old_words_from_new_ones(self):
        assert difference("within 60 days", "within 30 days") == "within [-60-]{+30+} days"

    @pytest.mark.parametrize(
        "texts",
        [
            ("a b", "a"),
            ("a", "a b"),
            ("", "a"),
            ("a", ""),
            ("x\ny", "x\nz\ny"),
            ("[-a-]", "b"),
            ("a b", "x y"),
        ],
    )
    def test_both_texts_can_be_read_off_it(self, texts):
        document, first = diff_document(*map(Shown, texts))
        assert first == document.marks[0].start
        read = {"removed": "", "added": ""}
        at = 0
        for mark in document.marks:
            before = document.text[at : mark.start].removesuffix("[-").removesuffix("{+")
            read = {side: words + before for side, words in read.items()}
            read[mark.style] += document.text[mark.start : mark.end]
            at = mark.end + len("-]")
        assert tuple(words + document.text[at:] for words in read.values()) == texts

    def test_words_that_are_replaced_one_after_the_other_are_replaced_together(self):
        old, new = "good against faults in material", "good so you are covered"
        assert difference(old, new) == "good [-against faults in material-]{+so you are covered+}"
        assert difference("a b c", "x b y") == "[-a-]{+x+} b [-c-]{+y+}"
        assert difference("a\nb", "x\ny") == "[-a-]{+x+}\n[-b-]{+y+}"

    def test_the_brackets_are_not_struck_with_the_words(self):
        document, _ = diff_document(Shown("a"), Shown("b"))
        assert document.text == "[-a-]{+b+}"
        looks = [(document.text[m.start : m.end], m.style) for m in document.marks]
        assert looks == [("a", "removed"), ("b", "added")]

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

    def test_what_is_much_too_long_ends_after_three_lines_and_says_so(self):
        lines = notice_lines(Shown("word " * 100), "look", 60)
        texts = ["".join(text for text, _ in one.left) for one in lines]
        assert len(texts) == 3
        assert texts[-1].endswith("word…")
        assert max(map(len, texts)) < 60

    async def test_what_is_hidden_is_named_whole_at_80_columns(self, start):
        async with start([HIDDEN], size=(80, 24)) as bench:
            rows = ["".join(text for text, _ in line.left) for line in bench.review.why._lines]
            assert "it reads: approve" in rows[2]
            assert " ".join(row.strip() for row in rows[2:]).endswith(
                "source 1: invisible TAG character"
            )

    async def test_it_stands_on_the_screen(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.press("slash", *"zebra", "enter")
            assert "! zebra is not in this pane" in bench.says()


async def test_a_claim_with_a_mark_of_the_reviewer_s_says_so_in_the_gutter(start):
    async with start([HEADPHONES]) as bench:
        await bench.press("m", "enter", "1")
        signs = [sign.text for sign in bench.review.output._over(0, 1000)[1]]
        assert "▪2!" in signs
        assert " 1" in signs


class TestTheHitAtHand:
    async def test_has_a_sign_in_the_gutter_of_its_line(self, start):
        async with start([HEADPHONES], size=(80, 24)) as bench:
            await bench.press("tab", "slash", *"days", "enter")
            pane = bench.review.sources
            pointed = [
                y
                for y in range(pane.size.height)
                if "›" in pane.render_line(y).text[: pane._gutter]
            ]
            assert len(pointed) == 1
            assert "60 days" in pane.render_line(pointed[0]).text
            await bench.press("n")
            assert "30 days" in next(
                strip.text for y in range(pane.size.height)
                if "›" in (strip := pane.render_line(y)).text[: pane._gutter]
            )  # fmt: skip
            await bench.press("escape")
            assert not [y for y in range(pane.size.height) if "›" in pane.render_line(y).text]

    async def test_also_in_a_page(self, start):
        async with start([HEADPHONES], size=(80, 24)) as bench:
            await bench.pilot.press("h")
            await bench.until(lambda: isinstance(bench.app.screen, Reader))
            await bench.pilot.press("slash", *"Quote", "enter")
            await bench.pilot.pause()
            pane = bench.app.screen.pane
            texts = [pane.render_line(y).text for y in range(pane.size.height)]
            assert "Quote" in next(text for text in texts if "›" in text[: pane._gutter])


@pytest.mark.parametrize("theme", ["ansi", "hitl-dark"])
async def test_the_entry_with_the_cursor_is_one_bar(start, theme):
    settings = {"review": {**QUICK["review"], "theme": theme}}
    async with start([HEADPHONES, CLEAN], settings=settings) as bench:
        await bench.pilot.press("b")
        await bench.until(lambda: isinstance(bench.app.screen, Chooser))
        await bench.pilot.pause()
        strip = bench.app.screen.listing.render_line(0)
        grounds = {
            (s.style.reverse or False, s.style.color if s.style.reverse else s.style.bgcolor)
            for s in strip
        }
        assert len(grounds) == 1
        assert strip.text.startswith("▌")
