"""A queue that gives out one quiz and nothing else: what the workstation sits at while it is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol, cast

from hitl_tui.model.case import CaseId
from hitl_tui.model.guideline import Guideline
from hitl_tui.model.quiz import Feedback, Lesson
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim, ReleaseReason
from hitl_tui.queue.calibration import Sittings
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    Connection,
    NotAvailable,
    Queue,
    QueueError,
    Receipt,
    Status,
)

FEEDBACK_WAIT_S = 3.0
"""How long a verdict may take to a server before its feedback is asked for."""


class QuizTable(Queue, Sittings, Protocol):
    """A queue that has quizzes."""


class SittingQueue:
    """The queue under a quiz. Claims come in the sitting's own order; all else is the queue's.

    In training there is a lesson after each verdict, for whoever asks for it.
    """

    def __init__(
        self,
        queue: QuizTable,
        reviewer: str,
        quiz: str,
        guideline: Callable[[], Guideline | None] = lambda: None,
    ) -> None:
        """Begin the sitting or go on with it. Raises NotFound, NotAvailable, Unreachable."""
        self._queue = queue
        self._reviewer = reviewer
        self._guideline = guideline
        self.sitting = queue.sit(reviewer, quiz)
        self._open = [seat.case_id for seat in self.sitting.seats if not seat.answered]
        self._mine = {str(seat.case_id) for seat in self.sitting.seats}
        self._note = Shown("")
        self._lesson: Lesson | None = None
        self._held: dict[int, CaseId] = {}
        """The items at hand, by the tokens of their leases."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    @property
    def left(self) -> int:
        """How many items have no answer yet."""
        return len(self._open)

    def claim(
        self,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Claim]:
        """The next items of the quiz, each by its id: to the server they are claims like any other."""
        if case_id is not None:
            return self._taken(self._queue.claim(reviewer, case_id=case_id, lease_s=lease_s))
        found: list[Claim] = []
        held = set(self._held.values())
        for wanted in [one for one in self._open if one not in held]:
            if len(found) == batch:
                break
            with suppress(NotAvailable):
                (claim,) = self._queue.claim(reviewer, case_id=wanted, lease_s=lease_s)
                self._renamed(wanted, claim.case.id)
                found.append(claim)
        return self._taken(found)

    def resume(
        self,
        reviewer: str,
        *,
        lease_s: float = DEFAULT_LEASE_S,
        claimed_before: datetime | None = None,
    ) -> list[Claim]:
        """The items of the quiz that are held; other cases that come with them are given back."""
        found = self._queue.resume(reviewer, lease_s=lease_s, claimed_before=claimed_before)
        for claim in found:
            if claim.case.id not in self._mine:
                self._queue.release(reviewer, claim.token, reason="quit")
        return self._taken([claim for claim in found if claim.case.id in self._mine])

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], *, lease_s: float = DEFAULT_LEASE_S
    ) -> dict[int, datetime]:
        live = self._queue.heartbeat(reviewer, tokens, lease_s=lease_s)
        for token in set(tokens) - set(live):
            self._held.pop(token, None)
        return live

    def release(
        self,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        """As the queue does; an item that was put off comes again when the others have been."""
        case_id = self._held.pop(token, None)
        if case_id in self._open and reason != "quit":
            self._open.remove(case_id)
            self._open.append(case_id)
        self._queue.release(reviewer, token, reason=reason, note=note, until=until)

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        (claim,) = self._taken([self._queue.unskip(reviewer, case_id, lease_s=lease_s)])
        return claim

    def submit(self, verdict: Verdict) -> Receipt:
        if verdict.lease is not None:
            self._held.pop(verdict.lease, None)
        receipt = self._queue.submit(verdict)
        if verdict.case_id in self._open:
            self._open.remove(verdict.case_id)
        if self.sitting.mode == "training":
            self._teach(verdict)
        if not self._open:
            self._note = message(
                "that was the last of {n}: the quiz {name} is done, q leaves",
                n=len(self.sitting.seats),
                name=self.sitting.quiz,
            )
        return receipt

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        (claim,) = self._taken([self._queue.undo(reviewer, verdict_id, lease_s=lease_s)])
        if claim.case.id in self._mine and claim.case.id not in self._open:
            self._open.insert(0, claim.case.id)
        return claim

    def _renamed(self, known: CaseId, now: CaseId) -> None:
        """Go on under the id that an item has now: it gives way to a producer's case that wants its own."""
        if known != now:
            self._open[self._open.index(known)] = now
            self._mine.add(now)

    def _taken(self, claims: list[Claim]) -> list[Claim]:
        """Note which item each lease is on: what is held is not asked for again."""
        self._held.update((claim.token, claim.case.id) for claim in claims)
        return claims

    def status(self, pools: Sequence[str] = ()) -> Status:
        """The quiz's own counts: what waits is what has no answer."""
        whole = self._queue.status(pools)
        done = len(self.sitting.seats) - self.left
        return whole._replace(
            pending=self.left, leased=0, snoozed=0, disputed=0, resolved=done, verdicts=done
        )

    def connection(self) -> Connection:
        found = self._queue.connection()
        return found._replace(note=self._note) if self._note and not found.note else found

    def take_lesson(self) -> Lesson | None:
        """What training has to say of the last verdict, once."""
        lesson, self._lesson = self._lesson, None
        return lesson

    def _teach(self, verdict: Verdict) -> None:
        flush = getattr(self._queue, "flush", None)
        if flush is not None:
            flush(FEEDBACK_WAIT_S)
        try:
            feedback = self._queue.feedback(self._reviewer, self.sitting.quiz, verdict.case_id)
        except QueueError as error:
            self._note = message("no feedback: {why}", why=error.sentence)
            return
        self._lesson = lesson_of(feedback, self._guideline(), verdict.decision)


def as_queue(sitting: SittingQueue) -> Queue:
    """The sitting where a queue is asked for: what it does not say itself, the queue behind it does."""
    return cast(Queue, sitting)


def lesson_of(feedback: Feedback, guideline: Guideline | None, decision: str) -> Lesson:
    """Whether this decision was right, the right answer, and the section of the guideline about its label."""
    gold = feedback.gold
    answer = message(
        "{decision}{labels}",
        decision=gold.decision,
        labels=f" ({', '.join(gold.labels)})" if gold.labels else "",
    )
    if feedback.right:
        words = message("Right: {answer}", answer=answer)
    else:
        words = message("Not so: {answer}, and you said {it}", answer=answer, it=decision)
    section = None
    if guideline is not None:
        section = next(filter(None, map(guideline.section, gold.labels)), None)
    return Lesson(words, feedback.right, section)
