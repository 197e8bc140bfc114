"""Grounding: how far each part of an output is found in its sources, and the word diff of an edit."""

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
