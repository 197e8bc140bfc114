"""A dispute as its adjudicator sees it: the verdicts that disagree, without whose they are or when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Protocol, runtime_checkable

from hitl_tui.model.case import Case, RawText
from hitl_tui.model.fields import Int, Name, Record
from hitl_tui.model.verdict import EvidenceRef, Span, Verdict
from hitl_tui.queue import protocol


class Opinion(Record):
    """A verdict without its author: `name` is A, B, C."""

    name: Name
    decision: Name
    labels: tuple[Name, ...]
    spans: tuple[Span, ...]
    edited_output: RawText | None
    rationale: RawText | None
    guidelines: tuple[Name, ...]
    evidence: tuple[EvidenceRef, ...] = ()
    confidence: Int | None
    strength: Int | None
    severity: Int | None
    harm: Name | None


@dataclass(frozen=True, slots=True)
class Opinions:
    """A disputed case, its version, and what was thought of it."""

    case: Case
    version: int
    given: tuple[Opinion, ...]


@runtime_checkable
class TellsOpinions(Protocol):
    """A store that does not give its record to every adjudicator, but tells what they may know."""

    def opinions(self, case_id: str) -> Opinions:
        """The opinions on a disputed case; NotFound, NotAvailable, Forbidden for who has judged it."""


def opinions_on(store: protocol.Queue, case_id: str) -> Opinions:
    """The opinions on a case; NotFound, NotAvailable when it is not disputed."""
    if isinstance(store, TellsOpinions):
        return store.opinions(case_id)
    record = store.record(case_id)
    if record.state != "disputed":
        raise protocol.NotAvailable(
            "case {id} is {state}, not disputed", id=case_id, state=record.state
        )
    return opinions(record)


def opinions(record: protocol.Record) -> Opinions:
    """The verdicts of a dispute that count, in an order that tells neither who nor when."""
    counting = [
        stored.verdict
        for stored in record.verdicts
        if not stored.late and stored.undone_at is None and stored.verdict.decision != "escalate"
    ]
    counting.sort(key=lambda verdict: hashlib.sha256(verdict.id.encode()).digest())
    given = tuple(_opinion(place, verdict) for place, verdict in enumerate(counting))
    return Opinions(record.case, record.version, given)


def _opinion(place: int, verdict: Verdict) -> Opinion:
    told = {name: getattr(verdict, name) for name in Opinion.model_fields if name != "name"}
    return Opinion(name=_letter(place), **told)


def _letter(place: int) -> str:
    row, column = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[column] + (str(row + 1) if row else "")
