"""A quiz: gold cases that every reviewer judges on their own, what they answered, what was decided of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from hitl_tui.model.case import Case, CaseId, Gold
from hitl_tui.model.fields import Boolean, Int, Name, Number, Record, Text, Time
from hitl_tui.model.guideline import Section
from hitl_tui.model.text import Shown
from hitl_tui.model.verdict import Verdict

QUIZ_NAME = re.compile(r"[^\W_][\w.-]{0,63}")
"""What a new quiz may be called: it stands in commands, in `hitl.toml`, in addresses and in file names."""
QUIZ_NAME_IS = (
    "1 to 64 letters, digits, dots, hyphens and underscores, a letter or a digit first, "
    "such as march-2026"
)
Mode = Literal["scored", "training"]
"""Training tells the right answer after each verdict and qualifies nobody; scored is the other way."""


class QuizItem(Record):
    """One gold case of a quiz and how a copy of it stands in the queue.

    `source` is the case it was taken from, None for one from a file. `due_s` is how long after its
    start a copy is due, None for never; there is no fallback for a copy.
    """

    case: Case
    gold: Gold
    source: CaseId | None = None
    pool: Name
    priority: Int
    overlap: Annotated[Int, Field(ge=1)] = 1
    due_s: Number | None = None


class Quiz(Record):
    """What a quiz is. `seed` chose its items from those there were."""

    name: Name
    mode: Mode = "scored"
    stratified: Boolean = False
    seed: Int = 0
    created_by: Name
    created_at: Time
    closed_at: Time | None = None


class Seat(Record):
    """One copy in a reviewer's own order; `answered` says whether a verdict of theirs stands on it."""

    case_id: CaseId
    answered: Boolean


class Sitting(Record):
    """One reviewer's way through a quiz."""

    quiz: Name
    mode: Mode
    reviewer: Name
    started_at: Time
    guideline: Text | None = None
    seats: tuple[Seat, ...] = ()


class Answer(Record):
    """What a reviewer made of an item; `verdict` is None until it stands."""

    item: Int
    reviewer: Name
    case_id: CaseId
    verdict: Verdict | None = None


class Outcome(Record):
    """What a discussion of an item came to: another gold answer, or a change that the guideline needs."""

    item: Int
    actor: Name
    at: Time
    gold: Gold | None = None
    section: Text | None = None
    note: Text = ""


class QuizRecord(Record):
    """Everything about a quiz, for leads. Items count from 1."""

    quiz: Quiz
    items: tuple[QuizItem, ...]
    sittings: tuple[Sitting, ...] = ()
    answers: tuple[Answer, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    def gold(self, item: int) -> Gold:
        """The right answer of an item as it is now: the last outcome that set one, else the original."""
        for outcome in reversed(self.outcomes):
            if outcome.item == item and outcome.gold is not None:
                return outcome.gold
        return self.items[item - 1].gold


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is told after a verdict in training: right or not, and the section of the guideline."""

    verdict: Shown
    right: bool
    section: Section | None = None


class Feedback(Record):
    """What a training quiz tells after a verdict."""

    gold: Gold
    right: Boolean
