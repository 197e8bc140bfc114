"""What the queue would say to a batch, without writing: for `--dry-run` and the first pass of `--strict`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from hitl_tui.cli.ledger import Ledger
from hitl_tui.model.case import Submission
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import message
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import Admission, NotFound, Queue

OUTCOMES = {"escalate": "queued", "allow": "allowed", "block": "blocked"}


class Check:
    """Stands in for the queue's `admit`. `queue` is None where there is none yet."""

    def __init__(self, queue: Queue | None) -> None:
        self._queue = queue
        self._seen = Ledger()

    def admit(self, batch: Sequence[tuple[Submission, Route]]) -> list[Admission]:
        """The admissions that `Queue.admit` would give; nothing is written."""
        return [self._one(submission, route) for submission, route in batch]

    def close(self) -> None:
        """Forget what was seen."""
        self._seen.close()

    def _one(self, submission: Submission, route: Route) -> Admission:
        content = hashlib.sha256(submission.model_dump_json().encode()).hexdigest()
        seen = self._seen.find(submission.id)
        if seen is not None:
            return Admission("duplicate" if seen == content else "conflict")
        admission = self._held(submission) or Admission(OUTCOMES[route.action])
        if admission.outcome != "conflict":
            self._seen.note(submission.id, content)
        return admission

    def _held(self, submission: Submission) -> Admission | None:
        """What the queue's own case of this id makes of it; None when there is no such case."""
        if self._queue is None:
            return None
        try:
            record = self._queue.record(submission.id)
        except NotFound:
            return None
        if record.case == submission.case() and self._queue.gold(submission.id) == submission.gold:
            return Admission("duplicate")
        reason = message(
            "the id {id} belongs to a case with other content, queued {at}",
            id=submission.id,
            at=rfc3339(record.queued_at),
        )
        return Admission("conflict", reason)
