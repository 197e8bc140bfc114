"""The kinds of case: what each shows in the panes, which keys decide it, and what its verdict carries.

A kind is one module with a `KIND`, a `View`. A new one is a file here and a line in `_MODULES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from hitl_tui.model.case import Case, Kind
from hitl_tui.model.text import Shown
from hitl_tui.model.work import Claim

if TYPE_CHECKING:
    from hitl_tui.tui.prepare import Prepared

Question = Literal["reason", "harm", "severity"]
"""What is asked after a decision key, each answered by one further key."""

_MODULES: Mapping[Kind, str] = {
    "response": "response",
    "preference": "preference",
    "demonstration": "demonstration",
    "redteam": "redteam",
    "critique": "critique",
    "action": "action",
}


class Answer(NamedTuple):
    """What one action decides: the `decision` of the verdict, and what is asked before it is given.

    `label` stands in the line of keys, `short` where there is little room, `sentence` in the help. `writes`
    opens the editor instead; what is written into it then decides.
    """

    decision: str
    label: str
    sentence: str
    asks: tuple[Question, ...] = ()
    writes: bool = False
    short: str = ""


class Seat(NamedTuple):
    """Who looks, and at what besides the case: what the layout of a kind may depend on."""

    reviewer: str = ""
    principles: Callable[[], Mapping[str, tuple[str, str]]] = dict
    """Gives the constitution when it is wanted: id of a principle to its title and its text."""
    budget: float = 0.15
    """The share of an output that is marked at first."""


def _as_written(text: str, case: Case) -> Shown | None:
    """Any text will do."""
    return None


class View(NamedTuple):
    """How one kind of case is worked on.

    `lay_out(claim, seat)` makes the panes, off the UI thread; `compare` adds to them what takes long, where
    there is such a thing. `refused(text, case)` says why a written text cannot be taken, None when it can.
    """

    answers: Mapping[str, Answer]
    """Action id to what it decides; `escalate` and `skip` are everybody's."""

    lay_out: Callable[[Claim, Seat], Prepared]
    compare: Callable[[Prepared], Prepared] | None = None
    refused: Callable[[str, Case], Shown | None] = _as_written
    spans: bool = False
    """Whether stretches of the output can be marked: it stands in the left pane."""

    strength: bool = False
    """Whether a verdict carries how clear the preference is."""

    drafts: bool = False
    """Whether what was written so far stands in the left pane: there is no output to stand there."""


ESCALATE = Answer("escalate", "escalate", "Hand the case to a pool that knows more.")


@cache
def view_of(kind: Kind) -> View:
    """The view of a kind; its module is imported the first time it is asked for."""
    view: View = importlib.import_module(f"hitl_tui.tui.kinds.{_MODULES[kind]}").KIND
    return view


def answer_to(kind: Kind, action_id: str) -> Answer | None:
    """What an action decides on a case of this kind; None when it decides nothing there."""
    return ESCALATE if action_id == "escalate" else view_of(kind).answers.get(action_id)
