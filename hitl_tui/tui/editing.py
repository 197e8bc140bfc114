"""From the text that was edited on the screen back to raw text, leaving what was not touched as it was."""

from __future__ import annotations

from hitl_tui.grounding import word_diff
from hitl_tui.model.case import RawText
from hitl_tui.model.text import RawText as Raw
from hitl_tui.model.text import Revealed, unreveal


def raw_after_edit(original: Revealed, edited: str) -> RawText:
    """The raw text that `edited`, a changed copy of `original.text`, stands for.

    Every region that the edit left alone is copied from the raw text, code point for code point; what
    was typed is read as it stands, and the pictures of special characters in it as those characters.
    """
    if edited == original.text:
        return original.raw
    pieces: list[str] = []
    for op in word_diff(original.text, edited):
        if op.tag == "delete":
            continue
        typed = edited[op.new_start : op.new_end]
        if op.tag != "equal":
            pieces.append(unreveal(typed))
            continue
        start, end = _whole_pictures(original, op.old_start, op.old_end)
        if start >= end:
            pieces.append(unreveal(typed))
            continue
        pieces.append(unreveal(typed[: start - op.old_start]))
        pieces.append(original.raw[original.to_raw(start) : _raw_end(original, end)])
        pieces.append(unreveal(typed[end - op.old_start :]))
    return Raw("".join(pieces))


def _raw_end(original: Revealed, display: int) -> int:
    return len(original.raw) if display >= len(original.text) else original.to_raw(display)


def _whole_pictures(original: Revealed, start: int, end: int) -> tuple[int, int]:
    """The part of a display range that begins and ends between the pictures of two characters."""
    raw = original.to_raw(start)
    if original.to_display(raw) != start:
        start = original.to_display(raw + 1)
    if end < len(original.text):
        end = original.to_display(original.to_raw(end))
    return start, end
