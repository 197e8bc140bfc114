"""What a screen says is said whole: menus, panels and notices at the sizes that people have."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hitl_tui.config.settings import LabelSettings
from hitl_tui.model.text import Shown
from hitl_tui.tui import pages
from hitl_tui.tui.menu import menu_lines, question_menu
from hitl_tui.tui.paint import shortened
from hitl_tui.tui.screens.chooser import Chooser
from hitl_tui.tui.screens.reader import Reader
from tests.tui.cases import CLEAN, HEADPHONES
from tests.tui.kinds import ACTION, CRITIQUE, DEMONSTRATION, PREFERENCE, REDTEAM

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def said(lines) -> list[str]:
    return ["".join(text for text, _ in (*line.left, *line.right)) for line in lines]


class TestMenus:
    @pytest.mark.parametrize("width", [80, 120, 200])
    @pytest.mark.parametrize(
        ("kind", "decision"), [("response", "reject"), ("critique", "disagree"), ("action", "deny")]
    )
    def test_no_shipped_reason_is_cut(self, kind, decision, width):
        lines = said(
            menu_lines(question_menu("reason", LabelSettings(), kind, decision, None), width)
        )
        assert not [line for line in lines if "…" in line or len(line) + 1 > width]

    @pytest.mark.parametrize("width", range(60, 121, 5))
    def test_a_harm_is_cut_behind_a_word_and_no_line_is_too_long(self, width):
        menu = question_menu("harm", LabelSettings(), "redteam", "harmful", None)
        whole = {word for option in menu.options for word in option.text.split(" ")}
        for line in said(menu_lines(menu, width)):
            assert len(line) + 1 <= width
            assert all(part.split(" ")[-1] in whole for part in line.split("…")[:-1])
        assert len(menu_lines(menu, width)) <= 8

    @pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
    def test_where_there_is_room_below_a_harm_stands_whole_on_two_lines(self, width):
        menu = question_menu("harm", LabelSettings(), "redteam", "harmful", None)
        lines = menu_lines(menu, width, 14)
        text = "\n".join(said(lines))
        assert len(lines) <= 14 and "…" not in text
        assert all(len(line) + 1 <= width for line in said(lines))
        assert {word for option in menu.options for word in option.text.split()} <= {*text.split()}

    @pytest.mark.parametrize(("size", "shown"), [((80, 24), "of the lock"), ((60, 15), "Part")])
    async def test_the_question_leaves_room_for_what_is_judged(self, start, size, shown):
        case = {**REDTEAM, "output": "Part of the lock"}
        async with start([case], size=size) as bench:
            await bench.press("x")
            pane = bench.review.output
            assert any(shown in pane.render_line(y).text for y in range(pane.size.height))
            if size == (80, 24):
                assert "…" not in bench.says()


class TestShortening:
    @pytest.mark.parametrize(
        ("text", "cells", "words"),
        [
            ("Claims that the sources do not make", 40, "Claims that the sources do not make"),
            ("Claims that the sources do not make", 28, "Claims that the sources do…"),
            ("Claims that the sources do not make", 27, "Claims that the sources do…"),
            ("Claims that the sources do not make", 26, "Claims that the sources…"),
            ("a-very-long-name-without-a-blank", 12, "a-very-long…"),
            ("in a-very-long-name-without-a-blank", 24, "in a-very-long-name-wit…"),
            ("你好世界你好", 6, "你好…"),
            ("ab", 2, "ab"),
            ("abc", 2, "a…"),
        ],
    )
    def test_ends_behind_a_word_unless_the_word_is_long(self, text, cells, words):
        assert shortened(Shown(text), cells) == words


class TestTimes:
    def test_of_today_are_short_and_of_another_day_have_the_date(self):
        assert pages.when(datetime(2026, 11, 22, 0, 1, tzinfo=UTC), NOON) == "00:01 UTC"
        assert pages.when(datetime(2026, 11, 21, 11, tzinfo=UTC), NOON) == "2026-11-21 11:00 UTC"


async def opened(bench, kind):
    await bench.until(lambda: isinstance(bench.app.screen, kind))
    await bench.pilot.pause()
    return bench.app.screen


class TestPanels:
    async def test_a_page_has_every_line_of_a_small_terminal(self, start):
        async with start([HEADPHONES], size=(80, 24)) as bench:
            await bench.pilot.press("h")
            panel = await opened(bench, Reader)
            assert panel.pane.size.height == 23

    async def test_a_list_is_no_larger_than_what_is_in_it(self, start):
        async with start([HEADPHONES, CLEAN], size=(120, 40)) as bench:
            await bench.pilot.press("b")
            panel = await opened(bench, Chooser)
            assert panel.listing.size.height == 2

    async def test_a_list_that_is_too_long_stops_at_the_terminal(self, start):
        cases = [{**CLEAN, "id": f"c{n}"} for n in range(60)]
        async with start(cases, size=(80, 24), batch=60) as bench:
            await bench.pilot.press("b")
            panel = await opened(bench, Chooser)
            assert panel.listing.size.height == 23
            await bench.pilot.press("G")
            await bench.pilot.pause()
            assert "c59" in panel.listing.render_line(22).text

    async def test_an_empty_list_says_so(self, start):
        async with start([HEADPHONES]) as bench:
            await bench.pilot.press("A")
            panel = await opened(bench, Chooser)
            assert "no case is in dispute" in panel._detail.render_line(0).text

    async def test_a_long_reason_in_the_history_is_read_whole(self, start):
        words = " ".join(f"word{n}" for n in range(40))
        async with start([HEADPHONES, CLEAN], size=(80, 24)) as bench:
            await bench.press("i", *words, "enter", "a")
            await bench.pilot.press("H")
            panel = await opened(bench, Chooser)
            pane = panel._detail
            assert pane.size.height == len(pane.lines) > 1
            rows = [pane.render_line(y).text.strip() for y in range(pane.size.height)]
            assert " ".join(rows) == f"because {words}"

    async def test_an_action_whose_sentence_is_cut_has_it_below(self, start):
        async with start([HEADPHONES], size=(80, 24)) as bench:
            await bench.pilot.press("ctrl+p", *"evidence")
            panel = await opened(bench, Chooser)
            assert panel._detail.document.text.endswith("in view, then the next one.")


async def test_a_dispute_has_the_verdicts_before_the_sources_and_a_stop_at_each(start):
    for reviewer, keys in (("anna", ("a",)), ("bert", ("x", "1"))):
        cases = [{**HEADPHONES, "overlap": 2}] if reviewer == "anna" else None
        async with start(cases, reviewer=reviewer) as bench:
            await bench.press(*keys)
            record = bench.records()["support-1"]
    page, stops = pages.dispute_page(record)
    heads = [page.text[stop:].split("\n", 1)[0] for stop in stops]
    assert heads == [
        "Asked: user", "Output", "Verdict A", "Verdict B", "Source: Returns policy", "Source: Care",
    ]  # fmt: skip


class TestWriting:
    async def test_a_note_says_which_decision_it_gives(self, start):
        async with start([ACTION]) as bench:
            await bench.press("x", "enter")
            assert "deny with this note" in said(bench.review.keys._lines)[0]

    @pytest.mark.parametrize(
        ("case", "keys", "title"),
        [
            (HEADPHONES, ("e",), "Edit output"),
            (PREFERENCE, ("e",), "Edit answer 1"),
            (PREFERENCE, ("tab", "e"), "Edit answer 2"),
            (DEMONSTRATION, ("e",), "Edit your answer"),
            (CRITIQUE, ("e",), "Edit revision"),
            (ACTION, ("e",), "Edit arguments"),
        ],
    )
    async def test_the_editor_says_what_is_written(self, start, case, keys, title):
        async with start([case]) as bench:
            await bench.press(*keys)
            assert said(bench.review.output_title._lines)[0].startswith(f"▌{title}")

    async def test_the_summary_of_a_batch_is_whole_at_80_columns(self, start):
        async with start([HEADPHONES, CLEAN], size=(80, 24)) as bench:
            await bench.press("a", "x", "1")
            await bench.until(lambda: "batch done" in bench.says())
            assert " ".join(said(bench.review.why._lines)).endswith("a case")
            assert max(map(len, said(bench.review.why._lines))) < 80
