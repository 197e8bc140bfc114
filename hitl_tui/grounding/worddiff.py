"""The word diff between two versions of a text, as operations that concatenate to both of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from hitl_tui.grounding.segment import UNSPACED

Tag = Literal["equal", "insert", "delete", "replace"]


@cache
def _unit() -> re.Pattern[str]:
    return re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class DiffOp:
    """One step from old to new; ranges are half-open code points.

    The old ranges of all steps concatenate to the old text, the new ranges to the new text.
    """

    tag: Tag
    old_start: int
    old_end: int
    new_start: int
    new_end: int


def word_diff(old: str, new: str) -> tuple[DiffOp, ...]:
    """Return the steps that turn `old` into `new`.

    Units are words, runs of white space, single punctuation marks, and single characters of scripts
    written without spaces. The steps are the longest common subsequence of units (Indel distance); a
    deletion beside an insertion is one "replace".
    """
    from rapidfuzz.distance import Indel  # noqa: PLC0415  (10 ms that the first screen need not wait for)

    numbers: dict[str, int] = {}
    old_units, old_ends = _units(old, numbers)
    new_units, new_ends = _units(new, numbers)
    steps: list[DiffOp] = []
    for op in Indel.opcodes(old_units, new_units):
        old_start, new_start = old_ends[op.src_start], new_ends[op.dest_start]
        if op.tag != "equal" and steps and steps[-1].tag != "equal":
            last = steps.pop()
            old_start, new_start = last.old_start, last.new_start
        old_end, new_end = old_ends[op.src_end], new_ends[op.dest_end]
        tag: Tag = "equal" if op.tag == "equal" else _change(old_start, old_end, new_start, new_end)
        steps.append(DiffOp(tag, old_start, old_end, new_start, new_end))
    return tuple(steps)


def _change(old_start: int, old_end: int, new_start: int, new_end: int) -> Tag:
    if old_start < old_end and new_start < new_end:
        return "replace"
    return "delete" if old_start < old_end else "insert"


def _units(text: str, numbers: dict[str, int]) -> tuple[list[int], list[int]]:
    units: list[int] = []
    ends = [0]
    for match in _unit().finditer(text):
        units.append(numbers.setdefault(match.group(), len(numbers)))
        ends.append(match.end())
    return units, ends
