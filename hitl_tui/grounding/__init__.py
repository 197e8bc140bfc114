"""Grounding: how far each part of an output is found in its sources, and the word diff of an edit.

What is listed here is imported when it is first asked for: a case is on the screen before it is compared.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hitl_tui.grounding.cases import index_case
    from hitl_tui.grounding.index import Index, build_index
    from hitl_tui.grounding.mark import ground
    from hitl_tui.grounding.types import Clause, Evidence, Flag, FlagKind, Grade, Grounding
    from hitl_tui.grounding.worddiff import DiffOp, word_diff

__all__ = [
    "Clause",
    "DiffOp",
    "Evidence",
    "Flag",
    "FlagKind",
    "Grade",
    "Grounding",
    "Index",
    "build_index",
    "ground",
    "index_case",
    "word_diff",
]

_HOMES = {
    "cases": ("index_case",),
    "index": ("Index", "build_index"),
    "mark": ("ground",),
    "types": ("Clause", "Evidence", "Flag", "FlagKind", "Grade", "Grounding"),
    "worddiff": ("DiffOp", "word_diff"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
