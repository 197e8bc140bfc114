"""The word diff of an edit as a document: what was taken out is struck, what was put in underlined."""

from __future__ import annotations

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Document, Mark

_NO_CHANGE_WORDS = Shown("nothing is changed yet")
NO_CHANGE = Document(_NO_CHANGE_WORDS, (), (Mark(0, len(_NO_CHANGE_WORDS), "faint"),))


def diff_document(old: Shown, new: Shown) -> tuple[Document, int | None]:
    """Both display texts in one, old words before new ones, and where the first change stands."""
    from hitl_tui.grounding import word_diff  # noqa: PLC0415  (not before the first case)

    pieces: list[str] = []
    marks: list[Mark] = []
    at = 0
    for op in word_diff(old, new):
        removed = old[op.old_start : op.old_end] if op.tag != "equal" else ""
        added = new[op.new_start : op.new_end]
        if removed:
            marks.append(Mark(at, at + len(removed), "removed"))
            pieces.append(removed)
            at += len(removed)
        if op.tag != "equal" and added:
            marks.append(Mark(at, at + len(added), "added"))
        pieces.append(added)
        at += len(added)
    document = Document(Shown("".join(pieces)), (), tuple(marks))
    return document, marks[0].start if marks else None
