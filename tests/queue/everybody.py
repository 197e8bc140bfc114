"""A queue behind a server as the tests of every store use it: each name has a client of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hitl_tui.audit.chain import decode_entry
from hitl_tui.audit.facts import Audit
from hitl_tui.model.case import Case, Gold, Submission
from hitl_tui.model.quiz import Quiz, QuizItem, Sitting
from hitl_tui.model.text import Shown
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import CaseState, Claim, Lease, Resolution, Route
from hitl_tui.queue.http import HttpQueue
from hitl_tui.queue.protocol import (
    LOCAL,
    Admission,
    Basis,
    Connection,
    Dispute,
    Exported,
    Holder,
    Material,
    Page,
    Receipt,
    Record,
    Status,
    Stored,
    StoredVerdict,
    TrailEntry,
    Upcoming,
)
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.serving import Served

LEAD = "the-lead"


class Everybody:
    """The Queue protocol over `Served`: whoever a call names makes it, with a token of their role.

    What a server does not offer, and cases whose route is given from outside, go to the file beside
    it, as `hitl ingest` and `hitl audit` on the machine of the queue do.
    """

    def __init__(self, served: Served, names: Sequence[str] = ()) -> None:
        self._served = served
        self._store = served.store
        self._clients: dict[tuple[str, str], HttpQueue] = {}
        self._as(LEAD, "lead")
        for name in names:
            self._as(name)

    def _as(self, name: str, role: str = "reviewer") -> HttpQueue:
        if (name, role) not in self._clients:
            self._clients[name, role] = self._served.client(name, role)
        return self._clients[name, role]

    @property
    def _lead(self) -> HttpQueue:
        return self._as(LEAD, "lead")

    @property
    def address(self) -> Shown:
        return self._lead.address

    def connection(self) -> Connection:
        return self._lead.connection()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._served.close()

    @property
    def beside(self) -> SqliteQueue:
        """The file behind the server, as the operator has it."""
        return self._store

    # -- beside the server ----------------------------------------------------------------------------

    def admit(
        self, batch: Sequence[tuple[Submission, Route]], *, producer: str = LOCAL
    ) -> list[Admission]:
        return self._store.admit(batch, producer=producer)

    def tick(self) -> int:
        return self._store.tick()

    def gold(self, case_id: str) -> Gold | None:
        return self._store.gold(case_id)

    def owner(self, case_id: str) -> str | None:
        return self._store.owner(case_id)

    def looked(self, actor: str, case_id: str) -> None:
        self._store.looked(actor, case_id)

    def leases(self) -> list[Lease]:
        return self._store.leases()

    def verify(self, head: bytes | None = None) -> Audit:
        return self._store.verify(head)

    def resolution(self, case_id: str, *, deliver: bool = False) -> Resolution | None:
        if deliver:
            return self._store.resolution(case_id, deliver=True)
        return self._lead.resolution(case_id)

    # -- reviewers ------------------------------------------------------------------------------------

    def claim(self, reviewer: str, **options: Any) -> list[Claim]:
        return self._as(reviewer).claim(reviewer, **options)

    def upcoming(self, reviewer: str, **options: Any) -> list[Upcoming]:
        return self._as(reviewer).upcoming(reviewer, **options)

    def resume(self, reviewer: str, **options: Any) -> list[Claim]:
        return self._as(reviewer).resume(reviewer, **options)

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], **options: Any
    ) -> dict[int, datetime]:
        return self._as(reviewer).heartbeat(reviewer, tokens, **options)

    def release(self, reviewer: str, token: int, **options: Any) -> None:
        self._as(reviewer).release(reviewer, token, **options)

    def reveal(self, reviewer: str, token: int) -> None:
        self._as(reviewer).reveal(reviewer, token)

    def submit(self, verdict: Verdict) -> Receipt:
        return self._as(verdict.reviewer).submit(verdict)

    def undo(self, reviewer: str, verdict_id: str, **options: Any) -> Claim:
        return self._as(reviewer).undo(reviewer, verdict_id, **options)

    def unskip(self, reviewer: str, case_id: str, **options: Any) -> Claim:
        return self._as(reviewer).unskip(reviewer, case_id, **options)

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        return self._as(reviewer).history(reviewer, limit)

    # -- leads ----------------------------------------------------------------------------------------

    def adjudicate(self, adjudicator: str, *arguments: Any, **options: Any) -> Resolution:
        return self._as(adjudicator, "lead").adjudicate(adjudicator, *arguments, **options)

    def disputes(self, pools: Sequence[str] = ()) -> list[Dispute]:
        return self._lead.disputes(pools)

    def withdraw(self, actor: str, case_id: str, **options: Any) -> None:
        self._as(actor, "lead").withdraw(actor, case_id, **options)

    def change(self, actor: str, case_id: str, **options: Any) -> int:
        return self._as(actor, "lead").change(actor, case_id, **options)

    def assign(self, actor: str, case_id: str, reviewer: str | None) -> None:
        self._as(actor, "lead").assign(actor, case_id, reviewer)

    def requeue(self, actor: str, case_id: str, *, reviewer: str | None = None) -> None:
        self._as(actor, "lead").requeue(actor, case_id, reviewer=reviewer)

    def free(self, actor: str, case_id: str, *, reviewer: str | None = None) -> int:
        return self._as(actor, "lead").free(actor, case_id, reviewer=reviewer)

    # -- quizzes --------------------------------------------------------------------------------------

    def gold_items(self) -> list[QuizItem]:
        return self._store.gold_items()

    def create_quiz(self, actor: str, name: str, items: Sequence[QuizItem], **how: Any) -> Quiz:
        return self._store.create_quiz(actor, name, items, **how)

    def sit(self, reviewer: str, quiz: str) -> Sitting:
        return self._as(reviewer).sit(reviewer, quiz)

    # -- reading --------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case:
        return self._lead.case(case_id)

    def listing(
        self,
        *,
        state: CaseState | None = None,
        pool: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
        copies: bool = True,
    ) -> Page:
        return self._lead.listing(state=state, pool=pool, cursor=cursor, limit=limit, copies=copies)

    def verdict_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, StoredVerdict]]:
        return self._lead.verdict_page(after, limit)

    def resolution_page(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Resolution]]:
        return self._lead.resolution_page(after, limit)

    def record(self, case_id: str) -> Record:
        return self._lead.record(case_id)

    def status(self, pools: Sequence[str] = ()) -> Status:
        return self._lead.status(pools)

    def holders(self) -> list[Holder]:
        return self._lead.holders()

    def records(self) -> Iterator[Record]:
        return self._lead.records()

    def materials(self, after: int = 0, *, unplaced: bool = False) -> Iterator[Material]:
        return self._lead.materials(after, unplaced=unplaced)

    def stored(self, after: int = 0) -> Iterator[Stored]:
        return self._lead.stored(after)

    def material_page(
        self, after: int = 0, limit: int = 1000, *, unplaced: bool = False
    ) -> list[Material]:
        return self._lead.material_page(after, limit, unplaced=unplaced)

    def basis(self) -> Basis:
        return self._lead.basis()

    def assign_splits(self, actor: str, splits: Mapping[str, str]) -> dict[str, str]:
        return self._as(actor, "lead").assign_splits(actor, splits)

    def exported(self, actor: str, exported: Exported) -> None:
        self._as(actor, "lead").exported(actor, exported)

    def trail(self, after: int = 0) -> Iterator[TrailEntry]:
        """The trail without the tokens that only a server needs."""
        for row in self._lead.trail(after):
            if not decode_entry(row.entry).type.startswith("token."):
                yield row
