"""The word diff of an edit as a document: what went is struck, what came underlined, both in brackets."""

from __future__ import annotations

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Document, Mark

_NO_CHANGE_WORDS = Shown("nothing is changed yet")
NO_CHANGE = Document(_NO_CHANGE_WORDS, (), (Mark(0, len(_NO_CHANGE_WORDS), "faint"),))

# As `git diff --word-diff=plain` has them: old and new words adjoin, and not every terminal strikes through.
_BRACKETS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}
LEGEND = Shown("[-gone-] {+new+}")


def diff_document(old: Shown, new: Shown) -> tuple[Document, int | None]:
    """Both display texts in one, old words before new ones, and where the first change stands."""
    from hitl_tui.grounding import word_diff  # noqa: PLC0415  (not before the first case)

    pieces: list[str] = []
    marks: list[Mark] = []
    at = 0
    for op in word_diff(old, new):
        removed, added = old[op.old_start : op.old_end], new[op.new_start : op.new_end]
        if op.tag == "equal":
            pieces.append(added)
            at += len(added)
            continue
        for words, style in ((removed, "removed"), (added, "added")):
            if words:
                for text, look in zip(
                    (_BRACKETS[style][0], words, _BRACKETS[style][1]),
                    ("dim", style, "dim"),
                    strict=True,
                ):
                    pieces.append(text)
                    marks.append(Mark(at, at + len(text), look))
                    at += len(text)
    document = Document(Shown("".join(pieces)), (), tuple(marks))
    return document, marks[0].start if marks else None
