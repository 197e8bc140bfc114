"""The keys: one table of actions, the reviewer's changes to it, and the checks that keep it usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hitl_tui.model.text import Shown, message

Group = Literal["decide", "read", "write", "go"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key can do. `verdict` actions are guarded against stray and repeated keys."""

    id: str
    keys: tuple[str, ...]
    label: str
    sentence: str
    group: Group
    verdict: bool = False
    hint: bool = False


ACTIONS: tuple[Action, ...] = (
    Action("approve", ("a",), "approve", "The output may go out as it is.", "decide", True, True),
    Action("reject", ("x", "r"), "reject", "The output must not go out; then 1-9 for the reason.",
           "decide", True, True),
    Action("edit", ("e",), "edit", "Correct the output; the corrected text goes out.",
           "decide", False, True),
    Action("escalate", ("!",), "escalate", "Hand the case to a pool that knows more.",
           "decide", True, True),
    Action("skip", ("space",), "skip", "Give the case back for later or for others.",
           "decide", True, True),
    Action("undo", ("u", "backspace"), "undo", "Take the last decision back; again for the one before.",
           "decide", False, True),
    Action("next-claim", ("]",), "next claim", "Go to the next marked claim; the sources follow.",
           "read", False, True),
    Action("previous-claim", ("[",), "previous claim", "Go to the marked claim before.", "read"),
    Action("evidence", ("enter",), "evidence", "Put the evidence of the claim in view, then the next one.",
           "read"),
    Action("next-source", ("}",), "next source", "Go to the next source.", "read"),
    Action("previous-source", ("{",), "previous source", "Go to the source before.", "read"),
    Action("down", ("j", "down"), "down", "One line down in the pane that has the focus.", "read"),
    Action("up", ("k", "up"), "up", "One line up.", "read"),
    Action("half-down", ("ctrl+d", "pagedown"), "half page down", "Half a page down.", "read"),
    Action("half-up", ("ctrl+u", "pageup"), "half page up", "Half a page up.", "read"),
    Action("top", ("g", "home"), "top", "To the first line.", "read"),
    Action("bottom", ("G", "end"), "bottom", "To the last line.", "read"),
    Action("pane", ("tab",), "pane", "Move the focus to the next pane.", "read"),
    Action("zoom", ("z",), "zoom", "Give the pane with the focus the whole screen, and back.", "read"),
    Action("widen", ("w",), "widen", "Mark more: from 15 to 25 % of the output, and back.", "read"),
    Action("reveal", ("v",), "reveal", "Show the guardrails' scores; that you looked is recorded.",
           "read"),
    Action("rationale", ("i",), "rationale", "Write down why, in words.", "write", False, True),
    Action("next-case", ("right",), "next case", "To the next case of the batch, without a verdict.",
           "go"),
    Action("previous-case", ("left",), "previous case", "To the case before.", "go"),
    Action("help", ("?",), "all keys", "Show every key.", "go", False, True),
    Action("quit", ("q", "ctrl+c"), "quit", "Give the cases back and leave.", "go"),
)  # fmt: skip

_RESERVED = {
    "ctrl+a": "tmux and screen use it",
    "ctrl+b": "tmux uses it",
    "ctrl+s": "terminals stop their output with it",
    "ctrl+q": "terminals go on with it",
    "ctrl+z": "it suspends the program",
    "escape": "it leaves a field or a panel",
}

# Textual's names for the keys that people write as characters.
_NAMES = {
    " ": "space",
    "exclamation_mark": "!",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "ctrl+h": "backspace",
    "full_stop": ".",
    "return": "enter",
}


class KeymapError(ValueError):
    """A keymap that cannot be used; the sentence says which line to change, and why."""

    def __init__(self, sentence: Shown) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def key_name(key: str, character: str | None = None) -> str:
    """The name under which the table knows a key press: its character when it prints, else its name."""
    if character and character.isprintable() and character != " ":
        return character
    return _NAMES.get(key, key)


def build_keymap(changes: Mapping[str, Sequence[str]]) -> dict[str, Action]:
    """Key name to action, after `changes` (action id to its keys) from `[keys]` of hitl.toml.

    Raises KeymapError for an unknown action, a key with two actions, a key that the terminal or a
    multiplexer keeps for itself, a verdict that needs ctrl or alt or has no key at all.
    """
    known = {action.id for action in ACTIONS}
    for name in changes:
        if name not in known:
            raise KeymapError(
                message(
                    "[keys] {name} is not an action; the actions are: {all}",
                    name=name,
                    all=", ".join(sorted(known)),
                )
            )
    keymap: dict[str, Action] = {}
    for action in ACTIONS:
        keys = [key_name(key) for key in changes.get(action.id, action.keys)]
        _check_keys(action, keys)
        for key in keys:
            if key in keymap:
                raise KeymapError(
                    message(
                        "[keys] {key} is given to both {one} and {two}; change one of them",
                        key=key,
                        one=keymap[key].id,
                        two=action.id,
                    )
                )
            keymap[key] = action
    return keymap


def _check_keys(action: Action, keys: Sequence[str]) -> None:
    for key in keys:
        if reason := _RESERVED.get(key):
            raise KeymapError(
                message("[keys] {id} cannot be {key}: {why}", id=action.id, key=key, why=reason)
            )
    if action.group == "decide" and not any("+" not in key or key == "+" for key in keys):
        raise KeymapError(
            message(
                "[keys] {id} needs at least one key without ctrl or alt: it is a decision",
                id=action.id,
            )
        )


def keys_of(keymap: Mapping[str, Action], action_id: str) -> list[str]:
    """The keys of an action, the preferred one first."""
    return [key for key, action in keymap.items() if action.id == action_id]
