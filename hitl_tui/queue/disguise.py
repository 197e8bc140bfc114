"""Ids for copies: of the form of the id they are made from, looking as if they had always been there."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from hitl_tui.model.ids import new_id

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DIGITS = re.compile(r"\d+", re.ASCII)
_HEX = re.compile(r"(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{7,}(?![0-9a-z])", re.IGNORECASE)


def disguised(case_id: str, around: Callable[[str, str], list[str]]) -> str:
    """An unused id of the same form: another UUID or hash, or another number near those in use.

    `around` gives the ids that begin and end like this one. A number that nobody has is taken from
    between the ones in use; where there is none, from those that follow, up to the next power of ten.
    """
    if _UUID.fullmatch(case_id):
        return new_id()
    hexes = [run for run in _HEX.finditer(case_id) if not run[0].isdigit()]
    if hexes:
        start, end = hexes[-1].span()
        return (
            case_id[:start]
            + secrets.token_hex((end - start + 1) // 2)[: end - start]
            + case_id[end:]
        )
    runs = list(_DIGITS.finditer(case_id))
    if not runs:
        return new_id()
    start, end = runs[-1].span()
    before, after = case_id[:start], case_id[end:]
    padded = case_id[start] == "0"
    used = {
        int(middle)
        for other in around(before, after)
        if _DIGITS.fullmatch(middle := other[len(before) : len(other) - len(after)])
        and (not padded or len(middle) == end - start)
    } | {int(case_id[start:end])}
    found = _free(used)
    return f"{before}{found:0{end - start}d}{after}" if padded else f"{before}{found}{after}"


def _free(used: set[int]) -> int:
    """A number that is not among these, looking as if it could be."""
    low, high = min(used), max(used)
    if high - low + 1 - len(used) >= len(used) // 2 + 1:
        while (found := low + secrets.randbelow(high - low)) in used:
            continue
        return found
    above = max(10 ** len(str(high)), 2 * high + 10)
    while (found := high + 1 + secrets.randbelow(above - high)) in used:
        continue
    return found
