"""Cells as a terminal draws them: what it was found to do otherwise is laid out for, and asked without harm."""

from __future__ import annotations

import os
import pty
import re
import select
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hitl_tui.model.text import reveal
from hitl_tui.tui import cells, measure
from hitl_tui.tui.cells import COUNTED, Widths, aligned, roomy
from hitl_tui.tui.measure import SAMPLES, Asked
from hitl_tui.tui.wrap import wrap

UNJOINING = Widths(
    joined=False, tinted=False, flag=4, selected=1, emoji=2, mark=0, spacing=1, ambiguous=1
)
BROAD = Widths(ambiguous=2, spacing=0)
SHORT = Widths(flag=1, ligature=1, selected=1, spacing=0)
CONSOLE = Widths(mark=1, spacing=1, joined=False, tinted=False)
KINDS = {"unjoining": UNJOINING, "broad": BROAD, "short": SHORT, "console": CONSOLE}
TEXTS = st.text(
    st.sampled_from(["a", " ", "\n", "中", "👍", "🏽", "\u200d", "👩", "🚀", "🇩", "🇪", "❤", "\ufe0f", "é",
                     "e", "\u0301", "क", "\u093f", "\u0644", "\u0627", "…", "α", "─"]),
    max_size=40,
)  # fmt: skip


@contextmanager
def using(widths: Widths) -> Iterator[None]:
    """Lay out for a terminal with these widths in this block."""
    before = cells.in_use()
    cells.use(widths)
    try:
        yield
    finally:
        cells.use(before)


def drawn(sent: str, widths: Widths) -> tuple[int, int]:
    """Where a terminal of these widths has its cursor after one line, and how far right it ever drew."""
    at = most = 0
    for back, text in re.findall(r"\x1b\[(\d+)D|([^\x1b]+)", sent):
        if back:
            at = max(0, at - int(back))
        else:
            with using(widths):
                for _, _, given_cells in cells._clusters(text):
                    at += given_cells
                    most = max(most, at)
    return at, most


class TestRoom:
    def test_a_terminal_that_draws_as_counted_changes_nothing(self):
        text = "👍🏽 🇩🇪 ❤️ 👨‍👩‍👧 é कि … لا"
        for widths in (COUNTED, Widths(spacing=0)):
            with using(widths):
                assert roomy(text) == text == aligned(text)

    @pytest.mark.parametrize(
        ("widths", "text", "room", "sent"),
        [
            (UNJOINING, "a👍🏽b", "a  👍🏽b", "a  \x1b[2D👍🏽b"),
            (UNJOINING, "🇩🇪", "  🇩🇪", "  \x1b[2D🇩🇪"),
            (UNJOINING, "❤️.", "❤️.", "❤️ ."),
            (UNJOINING, "👨‍👩‍👧", "    👨‍👩‍👧", "    \x1b[4D👨‍👩‍👧"),
            (UNJOINING, "कि", " कि", " \x1b[1Dकि"),
            (SHORT, "🇩🇪لا", "🇩🇪لا", "🇩🇪 لا "),
            (BROAD, "…x", " …x", " \x1b[1D…x"),
        ],
    )
    def test_what_is_drawn_wider_gets_room_and_what_is_drawn_narrower_is_filled_up(
        self, widths, text, room, sent
    ):
        with using(widths):
            assert roomy(text) == room
            assert aligned(room) == sent
            assert cells.room_for(text) == cell_len(room)

    @pytest.mark.parametrize("name", KINDS)
    @given(text=TEXTS)
    def test_every_line_takes_the_cells_that_it_is_counted_as_and_never_more(self, name, text):
        widths = KINDS[name]
        shown = reveal(text).text
        with using(widths):
            lines = wrap(shown, 12)
            for start, end in zip(lines.starts, lines.ends, strict=True):
                line = roomy(shown[start:end])
                at, most = drawn(aligned(line), widths)
                assert at == cell_len(line), line
                widest = max((cells.room_for(one) for one, *_ in cells._clusters(line)), default=0)
                assert most <= max(12, widest)

    def test_sequences_of_the_screen_are_left_alone(self):
        with using(UNJOINING):
            assert aligned("\x1b[1;31mx👍🏽\x1b[0m\x1b[2;3H❤️") == (
                "\x1b[1;31mx\x1b[2D👍🏽\x1b[0m\x1b[2;3H❤️ "
            )

    async def test_a_click_falls_on_the_character_that_is_drawn_there(self, start):
        output = "👍🏽👍🏽 yes."
        with using(UNJOINING):
            async with start([{"id": "c", "input": "?", "output": output}]) as bench:
                pane = bench.review.output
                gutter = bench.review.prepared.gutter
                assert output[pane.offset_at(gutter + 9, 0)] == "y"
                assert pane.offset_at(gutter + 5, 0) == 2


class Fake:
    """The other end of a pseudo-terminal: draws with widths of its own and says where its cursor is."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.main, self.handle = pty.openpty()
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asked = b""
        while asked.count(b"\x1b[6n") < len(SAMPLES):
            if not select.select([self.main], [], [], 10)[0]:
                return
            asked += os.read(self.main, 4096)
        os.write(self.main, self._answer(asked))

    def close(self) -> None:
        self._thread.join(10)
        os.close(self.main)
        os.close(self.handle)


def answers(count: int = len(SAMPLES), wide: int = 0) -> bytes:
    """As many answers: every text one cell wider than it is counted by `wide`."""
    counted = [cell_len(text) for text in SAMPLES.values()][:count]
    return b"".join(f"\x1b[7;{cells_ + wide + 1}R".encode() for cells_ in counted)


@contextmanager
def asked(answer: Callable[[bytes], bytes]) -> Iterator[tuple[Fake, Asked]]:
    fake = Fake(answer)
    before = termios.tcgetattr(fake.handle)
    try:
        one = Asked(fake.handle, fake.handle)
        assert not termios.tcgetattr(fake.handle)[3] & termios.ECHO
        yield fake, one
        assert termios.tcgetattr(fake.handle) == before
    finally:
        fake.close()


class TestAsking:
    def test_a_terminal_that_answers_is_believed_and_what_was_typed_is_kept(self):
        def mixed(_: bytes) -> bytes:
            return b"j" + answers(3) + b"k\x1b[A" + answers()[len(answers(3)) :]

        with asked(mixed) as (_, one):
            found = one.hear()
        assert found is not None
        assert {name: pair[0] for name, pair in found.items()} == {
            name: cell_len(text) for name, text in SAMPLES.items()
        }
        assert all(counted == given for counted, given in found.values())
        assert (one.typed, one.late, one.begun) == (b"jk\x1b[A", 0, b"")
        assert cells.widths_of(found) == Widths(spacing=0)

    def test_a_terminal_that_does_not_answer_is_not_waited_for_and_its_answers_are_still_no_keys(
        self, monkeypatch
    ):
        monkeypatch.setattr(measure, "PATIENCE_S", 0.0)
        with asked(lambda _: b"") as (_, one):
            assert one.hear() is None
        assert (one.typed, one.late) == (b"", len(SAMPLES))

    def test_half_an_answer_is_kept_for_its_other_half(self):
        with asked(lambda _: b"x" + answers(2) + b"\x1b[7;") as (_, one):
            assert one.hear() is None
        assert (one.typed, one.late, one.begun) == (b"x", len(SAMPLES) - 2, b"\x1b[7;")

    def test_an_answer_that_cannot_be_is_none(self):
        with asked(lambda _: answers(wide=60)) as (_, one):
            assert one.hear() is None
        assert one.late == 0

    def test_the_question_is_concealed_and_leaves_nothing_behind(self):
        question = measure._question()
        assert question.startswith(b"\x1b[8m") and question.endswith(b"\r\x1b[2K\x1b[28m")
        assert question.count(b"\x1b[6n") == len(SAMPLES)

    def test_where_there_is_no_terminal_nobody_is_asked(self):
        assert measure.ask() is None
