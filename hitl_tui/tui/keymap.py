"""The keys: one table of actions, the reviewer's changes to it, and the checks that keep it usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from hitl_tui.model.text import Shown, message

Group = Literal["decide", "read", "write", "go"]


class Action(NamedTuple):
    """One thing a key can do. `verdict` actions are guarded against stray and repeated keys."""

    id: str
    keys: tuple[str, ...]
    label: str
    sentence: str
    group: Group
    verdict: bool = False
    hint: bool = False
    anywhere: bool = False
    """Whether it works without a case at hand."""
    short: str = ""
    """The label where there is little room; without one `label` stands there too."""


ACTIONS: tuple[Action, ...] = (
    Action("approve", ("a",), "approve", "The good answer: approve, harmless, agree.", "decide", True,
           True),
    Action("reject", ("x", "r"), "reject", "The bad answer: reject, harmful, disagree, deny; then a digit.",
           "decide", True, True),
    Action("first", ("1",), "first is better", "Prefer the answer on the left.", "decide", True, True),
    Action("second", ("2",), "second is better", "Prefer the answer on the right.", "decide", True, True),
    Action("tie", ("=",), "tie", "Both answers are equally good.", "decide", True, True),
    Action("neither", ("0",), "neither", "Both answers would be rejected alone.", "decide", True, True),
    Action("unclear", ("o",), "unclear", "Whether the attack worked cannot be said.", "decide", True,
           True),
    Action("edit", ("e",), "edit", "Correct the text, or write it; F2 saves and decides.",
           "decide", False, True),
    Action("escalate", ("!",), "escalate", "Hand the case to a pool that knows more.",
           "decide", True, True),
    Action("skip", ("space",), "skip", "Give the case back for later or for others.",
           "decide", True, True),
    Action("snooze", ("s",), "snooze", "Put the case away until a time, for you; then a digit.",
           "decide", False),
    Action("undo", ("u", "backspace"), "undo", "Take the last decision back; again for the one before.",
           "decide", False, True, True),
    Action("redo", ("ctrl+r",), "redo", "Decide again what was just taken back.", "go", False, False,
           True),
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
    Action("diff", ("d",), "difference", "Show the words that two texts of the case differ in, and back.",
           "read", False, True),
    Action("search", ("/",), "search", "Search in the pane that has the focus.", "read"),
    Action("next-hit", ("n",), "next hit", "To the next place that was found.", "read"),
    Action("previous-hit", ("N",), "previous hit", "To the place before.", "read"),
    Action("reveal", ("v",), "reveal", "Show scores and folded texts; that you looked is recorded.",
           "read"),
    Action("copy", ("y",), "copy", "Send the text of the pane to the terminal's clipboard.", "read"),
    Action("rationale", ("i",), "rationale", "Write down why, in words.", "write", False, True),
    Action("mark", ("m",), "mark", "Mark a stretch of the output, with a reason.", "write"),
    Action("strength", ("+",), "how clear", "How clear the preference is: slightly, clearly, by far.",
           "write"),
    Action("next-case", ("right",), "next case", "To the next case of the batch, without a verdict.",
           "go"),
    Action("previous-case", ("left",), "previous case", "To the case before.", "go"),
    Action("batch", ("b",), "batch", "The cases at hand; Enter goes to one.", "go", False, False, True),
    Action("history", ("H",), "history", "Your latest verdicts; Enter takes one back.", "go", False, False,
           True),
    Action("guideline", ("h",), "guideline", "The guideline, at the section for this case.", "go", False,
           True, True),
    Action("overview", ("O",), "queue", "What waits, who holds what, what comes next and why.", "go",
           False, False, True),
    Action("disputes", ("A",), "disputes", "Cases whose verdicts disagree, for whoever settles them.",
           "go", False, False, True),
    Action("my-day", ("D",), "my day", "Your verdicts, your pace, your time per case.", "go", False, False,
           True),
    Action("palette", ("ctrl+p",), "palette", "Every action by name.", "go", False, False, True),
    Action("help", ("?",), "all keys", "Show every key.", "go", False, True, True, "keys"),
    Action("quit", ("q", "ctrl+c"), "quit", "Give the cases back and leave.", "go", False, False, True),
)  # fmt: skip

ACTION: Mapping[str, Action] = {action.id: action for action in ACTIONS}

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "default": {},
    # prodi.gy/docs: a accept, x reject, space ignore, backspace undo, f flag; h opens the instructions.
    "prodigy": {
        "undo": ("backspace", "delete"),
        "escalate": ("f", "!"),
        "snooze": ("S",),
        "reject": ("x",),
    },
    # vim: u and ctrl+r, j k g G ctrl+d ctrl+u, / n N and y are the defaults already.
    "vim": {
        "reject": ("x", "r", "d"),
        "diff": ("D",),
        "my-day": ("T",),
        "next-case": ("L", "right"),
        "previous-case": ("B", "left"),
        "half-down": ("ctrl+d", "ctrl+f", "pagedown"),
        "quit": ("Q", "q", "ctrl+c"),
        "undo": ("u",),
    },
    # Argilla: enter submits, the arrows go on and back. Its backspace discards; here it takes back.
    "argilla": {
        "approve": ("enter", "a"),
        "evidence": (".",),
        "snooze": ("S",),
    },
}
"""Whose habits the keys follow: preset -> action -> its keys, in place of the default ones."""

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
    "slash": "/",
    "plus": "+",
    "equals_sign": "=",
    "return": "enter",
}

_NAMED = frozenset(
    {"space", "enter", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"}
    | {"up", "down", "left", "right", *(f"f{n}" for n in range(1, 25))}
)
_HELD = ("ctrl+", "alt+", "shift+")
_CONTROLS = frozenset(
    {"ctrl+backslash", "ctrl+right_square_bracket", "ctrl+circumflex_accent", "ctrl+underscore"}
)


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


def build_keymap(
    changes: Mapping[str, Sequence[str]], preset: str = "default"
) -> dict[str, Action]:
    """Key name to action: the preset, after `changes` (action id to its keys) from `[keys]` of hitl.toml.

    Raises KeymapError for an unknown action, a key with two actions, a name that is no key's, a key
    that the terminal or a multiplexer keeps for itself, a verdict that needs ctrl or alt or has no key at all.
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
    wanted = {**PRESETS[preset], **changes}
    for action in ACTIONS:
        keys = [key_name(key) for key in wanted.get(action.id, action.keys)]
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
        if not _is_key(key):
            raise KeymapError(
                message(
                    "[keys] {id} cannot be {key}: no key has this name; a key is one character, or one "
                    "of: {all}, f1 to f24; ctrl+ may stand before it",
                    id=action.id,
                    key=key,
                    all=", ".join(sorted(name for name in _NAMED if not name[-1].isdigit())),
                )
            )
    if action.group == "decide" and not any("+" not in key or key == "+" for key in keys):
        raise KeymapError(
            message(
                "[keys] {id} needs at least one key without ctrl or alt: it is a decision",
                id=action.id,
            )
        )


def _is_key(key: str) -> bool:
    """Whether a terminal can send a key under this name."""
    bare = key
    for held in _HELD:
        bare = bare.removeprefix(held) if len(bare) > len(held) else bare
    return key in _CONTROLS or bare in _NAMED or (len(bare) == 1 and bare.isprintable())


def keys_of(keymap: Mapping[str, Action], action_id: str) -> list[str]:
    """The keys of an action, the preferred one first."""
    return [key for key, action in keymap.items() if action.id == action_id]
