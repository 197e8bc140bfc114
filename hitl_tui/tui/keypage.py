"""The page of all keys, from the keys that are in force and in the words of the case at hand."""

from __future__ import annotations

from collections.abc import Mapping

from hitl_tui.model.case import Kind
from hitl_tui.model.text import reveal_line
from hitl_tui.tui.document import Document
from hitl_tui.tui.keymap import ACTIONS, Action, keys_of
from hitl_tui.tui.kinds import answer_to
from hitl_tui.tui.page import Page

GROUPS = (("decide", "Decide"), ("read", "Read"), ("write", "Write"), ("go", "Go"))
FIXED = (
    ("1-9 …", "In a list of reasons: the reason. Enter writes a note, . repeats the last one."),
    ("F2", "In a text: save it (ctrl+enter too, where the terminal sends it)."),
    ("escape", "In a text: leave it, the draft is kept. Anywhere: back."),
    ("ctrl+z", "Suspend the program; fg brings it back."),
)
"""Keys that cannot be changed."""
_KEYS = 19
"""Cells of the column of keys."""
ALWAYS = frozenset({"skip", "snooze", "undo"})
"""Actions of the group `decide` that every kind of case has."""


def sentence_of(action: Action, kind: Kind | None) -> str | None:
    """What an action does on a case of this kind; None when it decides nothing there."""
    if kind is None or action.group != "decide" or action.id in ALWAYS:
        return action.sentence
    answer = answer_to(kind, action.id)
    return answer.sentence if answer else None


def key_document(keymap: Mapping[str, Action], kind: Kind | None = None) -> Document:
    """The key table; for a `kind` only the decisions that it has."""
    page = Page()
    for group, heading in GROUPS:
        page.head(f"{heading}: {kind}" if group == "decide" and kind else heading)
        for action in ACTIONS:
            sentence = sentence_of(action, kind)
            if action.group != group or sentence is None:
                continue
            keys = "  ".join(reveal_line(key) for key in keys_of(keymap, action.id))
            page.hang(_KEYS).add(f"{keys:<{_KEYS - 1}} ", "key").line(sentence)
        if group == "go":
            for keys, sentence in FIXED:
                page.hang(_KEYS).add(f"{keys:<{_KEYS - 1}} ", "key").line(sentence)
    return page.document()
