"""Keys say the truth: the ones named are the reviewer's own, and one that can do nothing says why."""

from __future__ import annotations

import pytest

from hitl_tui.tui.keymap import ACTIONS, build_keymap
from hitl_tui.tui.keypage import key_document
from hitl_tui.tui.screens.chooser import Chooser
from hitl_tui.tui.screens.reader import Reader
from tests.tui.cases import ALONE, CLEAN, HEADPHONES
from tests.tui.conftest import QUICK
from tests.tui.kinds import CRITIQUE, PREFERENCE

MINE = {**QUICK, "keys": {"reveal": ["V"], "diff": ["%"], "batch": ["B"], "guideline": ["£"]}}


def words(rows) -> str:
    return "\n".join("".join(text for text, _ in (*line.left, *line.right)) for line in rows._lines)


class TestRemappedKeysAreNamedByTheirNewName:
    async def test_where_the_scores_are_hidden(self, start):
        async with start([HEADPHONES], settings=MINE) as bench:
            assert "score hidden, V shows it" in bench.says()

    async def test_where_a_text_is_folded(self, start):
        async with start([{**HEADPHONES, "tags": ["graphic"]}], settings=MINE) as bench:
            assert "folded: V shows the text" in bench.says()
            assert "folded · V shows it" in words(bench.review.output_title)

    @pytest.mark.parametrize("case", [PREFERENCE, CRITIQUE], ids=lambda case: case["kind"])
    async def test_where_two_texts_differ(self, start, case):
        async with start([case], settings=MINE) as bench:
            assert "% shows " in bench.says()
            await bench.press("%")
            assert "% back" in words(bench.review.right_title)

    async def test_in_the_column_of_a_wide_screen(self, start):
        async with start([HEADPHONES], settings=MINE, size=(200, 50)) as bench:
            await bench.until(lambda: bench.review.side._guide_title._lines != ())
            assert "B" in words(bench.review.side._batch_title)
            assert "£" in words(bench.review.side._guide_title)


class TestAKeyThatCanDoNothingSaysWhy:
    @pytest.mark.parametrize("key", ["w", "enter", "]"])
    async def test_without_sources_there_is_nothing_to_go_to(self, start, key):
        async with start([ALONE]) as bench:
            await bench.press(key)
            assert "nothing is marked: no sources" in bench.says()

    async def test_without_a_marked_claim_there_is_no_evidence(self, start):
        async with start([CLEAN]) as bench:
            await bench.press("enter")
            assert "no claim is marked; w marks more" in bench.says()

    async def test_there_is_no_fact_check_and_no_key_pretends_to_one(self, start):
        assert not [action for action in ACTIONS if "fact" in f"{action.id} {action.sentence}"]
        assert "fact" not in key_document(build_keymap({})).text
        async with start([HEADPHONES]) as bench:
            await bench.press("f")
            assert "f does nothing here · ? shows all keys" in bench.says()
            assert bench.decisions()["support-1"] == []

    @pytest.mark.parametrize(
        ("opens", "kind"), [("?", Reader), ("D", Reader), ("b", Chooser), ("H", Chooser)]
    )
    async def test_in_a_panel_too_until_the_next_key_that_does_something(self, start, opens, kind):
        async with start([HEADPHONES, CLEAN]) as bench:
            await bench.press("a")
            await bench.pilot.press(opens)
            await bench.until(lambda: isinstance(bench.app.screen, kind))
            panel = bench.app.screen
            await bench.pilot.press("x")
            assert "x does nothing here" in words(panel._head)
            await bench.pilot.press("j")
            assert "does nothing" not in words(panel._head)
            await bench.pilot.press("escape")
            assert bench.decisions() == {"support-1": ["approve"], "support-2": []}
