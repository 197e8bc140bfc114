"""The one widget that shows text: lines off the UI thread, the place kept, cells kept whatever the script."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from hitl_tui.model.text import Revealed, reveal
from hitl_tui.tui import document, face, wrap
from hitl_tui.tui.document import output_document, sources_document
from hitl_tui.tui.layout import Layout
from hitl_tui.tui.prepare import prepare
from hitl_tui.tui.prose import flowing
from hitl_tui.tui.screens.reader import Reader
from tests.tui.cases import ALONE, HEADPHONES
from tests.tui.kinds import claim_of

SCRIPTS = {
    "ideographs": "東京都の天気は晴れです。" * 9,
    "emoji": "ok 😀 👨‍👩‍👧 🇩🇪 ❤️ " * 12,
    "combining": "e\u0301a\u0308o\u0323 " * 30,
    "right to left": "שלום עולם \u05d0\u05d1\u05d2 " * 12,
    "Arabic": "السلام عليكم ورحمة الله " * 8,
    "Devanagari": "नमस्ते दुनिया " * 12,
    "Thai": "สวัสดีชาวโลก " * 12,
    "half width": "ｶﾞｷﾞ ABC " * 12,
    "mixed": "Delivery 配送 takes שלוש ३ days 😀. " * 8,
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_every_line_of_every_script_fills_its_pane_exactly(start, name):
    async with start([{**ALONE, "output": SCRIPTS[name]}], size=(80, 24)) as bench:
        pane = bench.review.output
        shown = []
        for y in range(pane.size.height):
            strip = pane.render_line(y)
            assert sum(cell_len(segment.text) for segment in strip) == pane.size.width
            shown.append(strip.text)
        start_, end = pane.lines.starts[0], pane.lines.ends[0]
        assert pane.document.text[start_:end] in shown[0]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_combining_mark_never_begins_a_line_and_no_character_is_lost(name):
    document = output_document(reveal(SCRIPTS[name]))
    for width in (5, 11, 40):
        lines = document.lines(width)
        pieces = [document.text[a:b] for a, b in zip(lines.starts, lines.ends, strict=True)]
        assert "".join("".join(pieces).split()) == "".join(document.text.split())
        assert not [p for p in pieces if p and unicodedata.category(p[0]) in {"Mn", "Me"}]
        assert max(map(cell_len, pieces)) <= width


async def test_the_text_at_the_top_stays_there_when_the_width_changes(start):
    words = " ".join(f"word{n}" for n in range(4000))
    async with start([{**ALONE, "output": words}], size=(120, 40)) as bench:
        pane = bench.review.output
        pane.show_line(60)
        before = pane.document.text[pane.offset_in_view :][:8]
        for size in ((80, 24), (61, 16), (200, 50), (120, 40)):
            await bench.pilot.resize_terminal(*size)
            await bench.pilot.pause()
            line = pane.lines.line_of(pane._anchor)
            assert pane.top == line
        assert pane.document.text[pane.offset_in_view :][:8] == before


async def test_a_long_text_at_a_new_width_is_broken_by_a_thread_and_shown_meanwhile(
    start, monkeypatch
):
    monkeypatch.setattr(document, "AT_ONCE", 1000)
    words = " ".join(f"word{n}" for n in range(2000))
    async with start([{**ALONE, "output": words}], size=(60, 24)) as bench:
        await bench.until(
            lambda: bench.review.output.document.ready(bench.review.output.text_width)
        )
        pane = bench.review.output
        old = pane.text_width
        await bench.pilot.resize_terminal(90, 24)
        first = pane.render_line(0).text
        assert "word0" in first
        await bench.until(lambda: pane.document.ready(pane.text_width))
        assert pane.text_width != old
        await bench.until(lambda: pane._wrapping == 0)
        assert len(pane.lines) < len(pane.document.lines(old))


def paragraphs(count: int) -> Revealed:
    """Each longer than a pane is wide, so that a sketch has far fewer lines than there will be."""
    return reveal("\n".join(f"paragraph {n} " + "and so on " * 30 for n in range(count)))


def test_in_a_hurry_only_the_beginning_of_a_long_text_is_broken(monkeypatch):
    monkeypatch.setattr(document, "AT_ONCE", 10_000)
    monkeypatch.setattr(wrap, "SKETCHED", 5_000)
    long = {"text": str(paragraphs(100).raw)}
    claim = claim_of({**HEADPHONES, "context": [long]})
    layout = Layout(120, 40)
    hurried = prepare(claim, layout, compare=False, hurry=True)
    width = layout.text_widths(hurried.gutter, True)[2]
    assert hurried.left.lines(width)
    assert not hurried.right.ready(width)
    near, whole = hurried.right.nearest(width), sources_document(
        claim.case.context, hurried.passages
    ).lines(width)  # fmt: skip
    assert not hurried.right.ready(width)
    assert list(near.starts[:40]) == list(whole.starts[:40])
    assert len(near) < len(whole)
    assert prepare(claim, layout, compare=False).right.ready(width)


async def test_who_goes_to_the_end_of_a_text_that_is_not_broken_yet_stays_there(start, monkeypatch):
    monkeypatch.setattr(document, "AT_ONCE", 10_000)
    async with start([HEADPHONES], size=(80, 24)) as bench:
        pane = bench.review.output
        pane.show(output_document(paragraphs(3000)))
        pane.show_line(pane.last_top)
        assert not pane.document.ready(pane.text_width)
        near = pane.top
        await bench.until(lambda: pane._wrapping == 0 and pane.document.ready(pane.text_width))
        assert pane.top == pane.last_top > near


async def test_what_was_found_in_a_text_that_is_not_broken_yet_stays_in_view(start, monkeypatch):
    monkeypatch.setattr(document, "AT_ONCE", 10_000)
    async with start([HEADPHONES], size=(80, 24)) as bench:
        pane = bench.review.output
        pane.show(output_document(paragraphs(3000)))
        at = pane.document.text.index("paragraph 2000")
        pane.bring(at + 250, at + 260)
        assert not pane.document.ready(pane.text_width)
        await bench.until(lambda: pane._wrapping == 0 and pane.document.ready(pane.text_width))
        assert pane.top <= pane.lines.line_of(at + 250) < pane.top + pane.size.height
        assert "\n" not in pane.render_line(0).text


async def test_a_click_moves_the_focus_and_the_eye_and_decides_nothing(start):
    async with start([HEADPHONES]) as bench:
        review = bench.review
        before = review.looking.claim
        last = len(review.prepared.grounding.clauses) - 1
        clause = review.prepared.grounding.clauses[last]
        offset = review.prepared.output.to_display(clause.start)
        line = review.output.lines.line_of(offset)
        await bench.pilot.click("#output", offset=(review.prepared.gutter + 1, line))
        await bench.pilot.pause()
        assert review.looking.claim == last != before
        await bench.pilot.click("#sources", offset=(6, 1))
        await bench.pilot.pause()
        assert review.focus_on == "sources"
        assert bench.decisions() == {"support-1": []}


def calls(work: Callable[[], object]) -> int:
    """How many functions, of Python's own too, are called in the course of a piece of work."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def long_case(claims: int) -> dict[str, object]:
    """A case of so many claims, all of them to be checked, each with evidence of its own."""
    said = (f"Item {n} can be returned within {n + 5000} days. " for n in range(claims))
    sold = (f"Item {n} can be returned within {n + 30} days. " for n in range(claims))
    return {
        "id": f"long-{claims}",
        "input": "?",
        "output": "".join(said),
        "context": ["".join(sold)],
    }


async def test_a_step_costs_the_same_in_a_short_and_in_a_long_output(start):
    """To the next claim, into marking a stretch and out of it: never more work because there is more text."""
    costs = []
    for claims in (100, 1000):
        async with start([long_case(claims)], size=(120, 40)) as bench:
            review = bench.review
            await bench.until(
                lambda review=review: bool(review.prepared and review.prepared.compared)
            )

            def painted(act, review=review):
                act()
                for pane in (review.output, review.sources):
                    for y in range(pane.size.height):
                        pane.render_line(y)

            while review.looking.claim != claims // 2:  # in the middle: there is text on both sides
                review._do_next_claim()
            await bench.pilot.pause()
            assert review.output.top > 0 and len(review.prepared.grounding.clauses) >= claims
            steps = [review._do_next_claim, review._do_mark]
            steps += [lambda key=key, review=review: review._mark_key(key) for key in "lhjk"]
            steps += [review._end_marking]
            costs.append([calls(lambda act=act: painted(act)) for act in steps])
            assert review.mode == "read"
    short, long = costs
    assert [more <= 1.3 * less for less, more in zip(short, long, strict=True)] == [True] * 7, costs


async def test_the_marks_of_a_line_are_those_of_the_whole_text_there(start):
    """Only the lines in view are looked at: what lies over them is what a look at everything gives."""
    cases = [long_case(40), {**HEADPHONES, "id": "h"}]
    async with start(cases, size=(100, 24)) as bench:
        for _ in cases:
            review = bench.review
            await bench.until(
                lambda: bool(bench.review.prepared and bench.review.prepared.compared)
            )
            review._do_reveal()
            for step in range(5):
                review._do_next_claim()
                looking = review.looking
                for marks_of, pane in (
                    (face.output_marks, review.output),
                    (face.source_marks, review.sources),
                ):
                    all_marks, all_signs = marks_of(review.prepared, looking)
                    table = pane.lines
                    for number in range(len(table)):
                        start_ = table.starts[number]
                        end = (*table.starts, len(pane.document.text) + 1)[number + 1]
                        marks, signs = marks_of(review.prepared, looking, start_, end)
                        assert [m for m in marks if m.start < end and m.end > start_] == [
                            m for m in all_marks if m.start < end and m.end > start_
                        ], (step, number)
                        assert [s for s in signs if start_ <= s.offset < end] == [
                            s for s in all_signs if start_ <= s.offset < end
                        ]
            await bench.press("right")


@pytest.mark.parametrize(
    ("text", "flows"),
    [
        ("One\ntwo.\n\nThree\nfour.", "One two.\n\nThree four."),
        ("- a\n  b\n- c", "- a b\n- c"),
        ("1. a\n2. b", "1. a\n2. b"),
        ("```\ncode\nmore\n```\nafter\nit", "```\ncode\nmore\n```\nafter it"),
        ("| a | b |\n| c | d |", "| a | b |\n| c | d |"),
        ("a\r\nb", "a b"),
        ("", ""),
    ],
)
def test_paragraphs_run_on_and_everything_else_keeps_its_lines(text, flows):
    assert flowing(text) == flows


async def test_a_click_on_a_line_that_hangs_hits_the_word_that_is_seen_there(start):
    async with start([HEADPHONES], size=(80, 24)) as bench:
        await bench.pilot.press("h")
        await bench.until(lambda: isinstance(bench.app.screen, Reader))
        await bench.pilot.pause()
        pane = bench.app.screen.pane
        number, indent = next((n, i) for n, i in pane.lines.indents.items() if n >= pane.top)
        words = pane.render_line(number - pane.top).text
        begin, end = pane.lines.starts[number], pane.lines.ends[number]
        assert words[: pane._gutter + indent].isspace()
        assert words[pane._gutter + indent :].startswith(pane.document.text[begin:end])
        assert pane.offset_at(pane._gutter + indent, number - pane.top) == begin
