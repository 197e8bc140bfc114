"""The word diff of an edit as a document: what went is struck, what came underlined, both in brackets."""

from __future__ import annotations

from typing import NamedTuple

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Document, Mark

_NO_CHANGE_WORDS = Shown("nothing is changed yet")
NO_CHANGE = Document(_NO_CHANGE_WORDS, (), (Mark(0, len(_NO_CHANGE_WORDS), "faint"),))

# As `git diff --word-diff=plain` has them: old and new words adjoin, and not every terminal strikes through.
_BRACKETS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}
LEGEND = Shown("[-gone-] {+new+}")


class _Step(NamedTuple):
    """What stands in the old text and in the new one; the same where nothing is `changed`."""

    changed: bool
    old: str
    new: str


def diff_document(old: Shown, new: Shown) -> tuple[Document, int | None]:
    """Both display texts in one, old words before new ones, and where the first change stands."""
    pieces: list[str] = []
    marks: list[Mark] = []
    at = 0
    for step in _steps(old, new):
        if not step.changed:
            pieces.append(step.new)
            at += len(step.new)
            continue
        for words, style in ((step.old, "removed"), (step.new, "added")):
            if words:
                before, after = _BRACKETS[style]
                pieces += (before, words, after)
                start = at + len(before)
                marks.append(Mark(start, start + len(words), style))
                at = start + len(words) + len(after)
    document = Document(Shown("".join(pieces)), (), tuple(marks))
    return document, marks[0].start if marks else None


def _steps(old: str, new: str) -> list[_Step]:
    """The word diff; words that are replaced one after the other are replaced together, with their blanks."""
    from hitl_tui.grounding import word_diff  # noqa: PLC0415  (not before the first case)

    steps: list[_Step] = []
    for op in word_diff(old, new):
        step = _Step(
            op.tag != "equal", old[op.old_start : op.old_end], new[op.new_start : op.new_end]
        )
        if len(steps) > 1 and _replaces(step) and _replaces(steps[-2]) and _is_blank(steps[-1]):
            before, between = steps[-2:]
            step = _Step(
                True, before.old + between.old + step.old, before.new + between.new + step.new
            )
            del steps[-2:]
        steps.append(step)
    return steps


def _replaces(step: _Step) -> bool:
    return step.changed and bool(step.old and step.new)


def _is_blank(step: _Step) -> bool:
    return not step.changed and step.new.isspace() and "\n" not in step.new
