"""The index of a case: its passages, with its question and the titles of its sources as known words."""

from __future__ import annotations

from hitl_tui.grounding.index import Index, build_index
from hitl_tui.model.case import Case


def index_case(case: Case) -> Index:
    """The index that the output of `case` is grounded in.

    Evidence is sought in the passages alone. What the question and the titles say needs no evidence:
    "the Deposits Act 2017" is no unknown number when a source is called that.
    """
    asked = [turn.content for turn in case.input if turn.role == "user"]
    question = asked[-1] if asked else _question_beside(case)
    titles = [passage.title for passage in case.context if passage.title]
    return build_index([passage.text for passage in case.context], "\n".join([question, *titles]))


def _question_beside(case: Case) -> str:
    """The question that a file of another shape has under a name of its own, kept in the metadata."""
    found = (case.metadata.get(name) for name in ("query", "question"))
    return next((value for value in found if isinstance(value, str)), "")
