"""What a store keeps for calibration: quizzes, sittings, outcomes, guideline versions, who read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from hitl_tui.model.case import Gold
from hitl_tui.model.quiz import Feedback, Mode, Outcome, Quiz, QuizItem, QuizRecord, Sitting


@dataclass(frozen=True, slots=True)
class Published:
    """A version of the guideline that a lead made known. `text` is the document."""

    version: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A reviewer has read a version."""

    version: str
    reviewer: str
    at: datetime


@runtime_checkable
class Sittings(Protocol):
    """Quizzes as they are taken and read, in a file or behind a server."""

    def sit(self, reviewer: str, quiz: str) -> Sitting:
        """Begin, or go on: the first call puts the reviewer's own copies into the queue.

        They are ordinary cases that only this reviewer may claim. NotFound, NotAvailable (closed).
        """

    def feedback(self, reviewer: str, quiz: str, case_id: str) -> Feedback:
        """The right answer to a copy that the reviewer has judged, in training; else NotFound."""

    def quizzes(self) -> list[Quiz]:
        """All of them in the order they were made, for leads and auditors."""

    def quiz(self, name: str) -> QuizRecord:
        """Everything about a quiz, for leads and auditors; NotFound."""

    def guideline(self) -> Published | None:
        """The version that was published last, None when there is none."""

    def acknowledge(self, reviewer: str, version: str) -> None:
        """Note that a reviewer has read a version; a repeat is a no-op. NotFound."""


@runtime_checkable
class CalibrationStore(Sittings, Protocol):
    """All of it."""

    def gold_items(self) -> list[QuizItem]:
        """Every gold case with a decision that is not itself a copy of a quiz."""

    def create_quiz(
        self,
        actor: str,
        name: str,
        items: Sequence[QuizItem],
        *,
        mode: Mode = "scored",
        stratified: bool = False,
        seed: int = 0,
    ) -> Quiz:
        """A new quiz. Conflict when the name is taken, Invalid without items or for another name than
        `model.quiz.QUIZ_NAME`; stores may hold older quizzes with such names.
        """

    def seated(self, reviewer: str, case_id: str) -> bool:
        """Whether a case is this reviewer's copy in some quiz."""

    def close_quiz(self, actor: str, name: str) -> int:
        """End a quiz: copies that are still pending are withdrawn; how many. A repeat is a no-op."""

    def settle_item(
        self,
        actor: str,
        name: str,
        item: int,
        *,
        gold: Gold | None = None,
        section: str | None = None,
        note: str = "",
    ) -> Outcome:
        """Record what a discussion came to: exactly one of `gold` and `section`. NotFound, Invalid."""

    def publish_guideline(self, actor: str, text: str) -> Published:
        """Make a version known; the same text again is a no-op. Its version is `guideline.version_of`."""

    def guidelines(self) -> list[Published]:
        """Every version, the latest last."""

    def acknowledgements(self) -> list[Acknowledged]:
        """Who has read what, in order of time."""
