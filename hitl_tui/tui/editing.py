"""From the text that was edited on the screen back to raw text, leaving what was not touched as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hitl_tui.model.case import RawText
from hitl_tui.model.text import RawText as Raw
from hitl_tui.model.text import Revealed, unreveal

_TAB = "\u2409"
# A tab's picture keeps the spaces behind it: how many of them are its own depends on the column.
_PIECE = re.compile(rf"{_TAB} *|‹U\+[0-9A-F]+›|\w+|.", re.DOTALL)


def raw_after_edit(original: Revealed, edited: str) -> RawText:
    """The raw text that `edited`, a changed copy of `original.text`, stands for.

    Every piece that the edit left alone is copied from the raw text, code point for code point; what
    was typed is read as it stands, and the pictures of special characters in it as those characters.
    """
    from rapidfuzz.distance import Indel  # noqa: PLC0415  (only an edit needs it)

    old, new = _PIECE.findall(original.text), _PIECE.findall(edited)
    starts = _offsets(old)
    parts: list[str] = []
    for op in Indel.opcodes(old, new):
        if op.tag == "equal":
            first = original.to_raw(starts[op.src_start])
            parts.append(original.raw[first : _raw_end(original, starts[op.src_end])])
        else:
            replaced = range(op.src_start, op.src_end)
            widths = iter([_own_spaces(original, starts[i]) for i in replaced if old[i][0] == _TAB])
            parts.append("".join(_meant(new[op.dest_start : op.dest_end], widths)))
    return Raw("".join(parts))


def _meant(pieces: list[str], widths: Iterator[int]) -> Iterator[str]:
    for piece in pieces:
        if piece[0] != _TAB:
            yield unreveal(piece)
            continue
        # A tab that stood there keeps the spaces that were its own; a pasted one has all it came with.
        yield "\t" + piece[1 + next(widths, len(piece)) :]


def _own_spaces(original: Revealed, start: int) -> int:
    tab = original.to_raw(start)
    return original.to_display(tab + 1) - start - 1


def _offsets(pieces: list[str]) -> list[int]:
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    return offsets


def _raw_end(original: Revealed, display: int) -> int:
    return len(original.raw) if display >= len(original.text) else original.to_raw(display)
