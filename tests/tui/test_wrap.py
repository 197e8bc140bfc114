"""Breaking lines loses nothing, never overfills a line, and breaks where a reader would."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from hitl_tui.model.text import reveal
from hitl_tui.tui import wrap as wrapping
from hitl_tui.tui.document import output_document
from hitl_tui.tui.prose import list_entries
from hitl_tui.tui.wrap import _ONE_CELL, sketch, wrap

TEXTS = st.text(alphabet="ab c\n-é你、好。日本👍\u0301ไทยकाि‹U+›\u200d\ufe0f", max_size=60)


def shown(text: str, width: int, breaks: tuple[int, ...] = ()) -> list[str]:
    lines = wrap(text, width, breaks)
    return [text[start:end] for start, end in zip(lines.starts, lines.ends, strict=True)]


@given(TEXTS, st.integers(2, 20), st.integers(1, 5))
def test_looking_for_odd_characters_in_steps_changes_nothing(text, width, step):
    whole = wrap(text, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wrapping, "_STEP", step)
        assert wrap(text, width) == whole


@settings(max_examples=1500)
@given(TEXTS, st.integers(2, 20), st.integers(1, 30), st.integers(1, 8))
def test_a_sketch_begins_as_the_lines_will_be_and_loses_nothing(text, width, size, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wrapping, "SKETCHED", size)
        patch.setattr(wrapping, "_PARAGRAPH", most)
        near = sketch(text, width)
    whole = wrap(text, width)
    newline = text.rfind("\n", 0, size)
    sure = [start for start in whole.starts if start <= newline]
    assert list(near.starts[: len(sure)]) == sure
    at = 0
    for start, end in zip(near.starts, near.ends, strict=True):
        assert text[at:start].strip(" \n") == ""
        assert at <= start <= end
        assert "\n" not in text[start:end]
        at = end
    assert text[at:].strip(" \n") == ""
    assert len(set(near.starts)) == len(near) >= 1


@settings(max_examples=1500)
@given(TEXTS, st.integers(2, 20), st.sets(st.integers(0, 60), max_size=4))
def test_every_character_is_on_one_line_but_for_the_white_space_at_breaks(text, width, cuts):
    breaks = tuple(sorted(cut for cut in cuts if cut <= len(text)))
    lines = wrap(text, width, breaks)
    at = 0
    for start, end in zip(lines.starts, lines.ends, strict=True):
        assert text[at:start].strip(" \n") == ""
        assert at <= start <= end
        assert "\n" not in text[start:end]
        at = end
    assert text[at:].strip(" \n") == ""
    assert len(lines) >= 1


@settings(max_examples=1500)
@given(TEXTS, st.integers(2, 20))
def test_no_line_is_wider_than_the_pane(text, width):
    for line in shown(text, width):
        # One grapheme can be wider than a very narrow pane; it then has the line to itself.
        assert cell_len(line) <= width or cell_len(line[1:]) < width


@settings(max_examples=500)
@given(TEXTS, st.integers(2, 20))
def test_a_newline_always_ends_a_line_and_an_offset_finds_its_line(text, width):
    lines = wrap(text, width)
    assert len(lines) >= text.count("\n") + 1
    for number, (start, end) in enumerate(zip(lines.starts, lines.ends, strict=True)):
        if start < end:
            assert lines.line_of(start) == lines.line_of(end - 1) == number


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("a\n", 10, ["a", ""]),
        ("a\n\nb", 10, ["a", "", "b"]),
        ("hello world foo", 5, ["hello", "world", "foo"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("你好世界", 5, ["你好", "世界"]),
        ("你好世，界", 6, ["你好", "世，界"]),
        ("ab‹U+200B›‹U+200B›", 12, ["ab‹U+200B›", "‹U+200B›"]),
    ],
)
def test_lines_break_where_a_reader_would(text, width, lines):
    assert shown(text, width) == lines


@pytest.mark.parametrize(
    "text",
    [
        "One is here.\nTwo.\n\nThree.",
        "- one\n  - two\n\t- three",
        "One. Two.\r\nThree. Four.",
        "\nOne.",
    ],
)
def test_a_clause_that_begins_a_line_of_the_output_adds_none(text):
    output = reveal(text)
    starts = [found.start() for found in re.finditer(r"\w+\W?", text)]
    starts += [found.start() for found in re.finditer(r"- ", text)]
    document = output_document(output, starts)
    lines = document.lines(40)
    empty = [line for line in lines_of(document.text, lines) if not line.strip(" ␉")]
    assert len(empty) == len([line for line in output.text.split("\n") if not line.strip(" ␉")])


def lines_of(text, lines) -> list[str]:
    return [text[a:b] for a, b in zip(lines.starts, lines.ends, strict=True)]


def test_a_forced_break_begins_a_line():
    assert shown("Yes. It is so.", 40, (5,)) == ["Yes. ", "It is so."]


def laid_out(text: str, width: int) -> list[str]:
    lines = wrap(text, width, (), list_entries(text))
    pieces = zip(lines.starts, lines.ends, strict=True)
    return [" " * lines.indents.get(n, 0) + text[a:b] for n, (a, b) in enumerate(pieces)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- one two three", ["- one two", "  three"]),
        ("10. one two three", ["10. one", "    two", "    three"]),
        ("  * one two", ["  * one", "    two"]),
        (
            "a b c d e f\n- one two x\n- y\n\nz",
            ["a b c d e", "f", "- one two", "  x", "- y", "", "z"],
        ),
        ("- one two x\n", ["- one two", "  x", ""]),
        ("- 你好世界你好", ["- 你好世", "  界你好"]),
        ("-one two three", ["-one two", "three"]),
    ],
)
def test_an_entry_of_a_list_goes_on_under_its_first_word(text, lines):
    assert laid_out(text, 9) == lines


LISTS = st.lists(st.sampled_from(["- ", "12. ", "a ", "bcd ", "你好 ", "\n", "\n\n"]), max_size=30)


@settings(max_examples=800)
@given(LISTS, st.integers(2, 20))
def test_hanging_loses_nothing_and_overfills_nothing(parts, width):
    text = "".join(parts)
    lines = wrap(text, width, (), list_entries(text))
    at = 0
    for number, (start, end) in enumerate(zip(lines.starts, lines.ends, strict=True)):
        assert text[at:start].strip(" \n") == ""
        assert cell_len(text[start:end]) + lines.indents.get(number, 0) <= max(width, 4)
        assert lines.line_of(start) == number or start == end
        at = end
    assert text[at:].strip(" \n") == ""


def test_vowel_signs_that_some_terminals_give_a_cell_count_as_one():
    # Otherwise a line of Hindi runs under the next pane there, and its end is hidden.
    assert all(len(line.replace("\u093f", "")) <= 6 for line in shown("\u0915\u093e " * 8, 6))
    assert max(len(line) for line in shown("\u0915\u093e " * 8, 6)) <= 6


def test_the_fast_path_knows_only_characters_of_one_cell():
    import re

    known = re.compile(rf"[{_ONE_CELL}]")
    wrong = [
        hex(c)
        for c in range(0x3000)
        if known.match(chr(c)) and get_character_cell_size(chr(c)) != 1
    ]
    assert wrong == []
