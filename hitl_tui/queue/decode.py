"""Rows of the queue file into the model's types, and the bytes that their digests are made over."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import rfc8785
from pydantic_core import from_json

from hitl_tui.model.case import Case, Gold
from hitl_tui.model.clock import from_micros
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import CaseState, Resolution, Route
from hitl_tui.queue.protocol import Ruling, StoredVerdict
from hitl_tui.queue.refusals import stored

STATES: tuple[CaseState, ...] = ("pending", "disputed", "resolved", "withdrawn")
PENDING, DISPUTED, RESOLVED, WITHDRAWN = range(4)


@stored
def moment_of(micros: int) -> datetime:
    """A stored moment."""
    return from_micros(micros)


@stored
def state_of(number: int) -> CaseState:
    """A stored state of a case."""
    return STATES[number]


@stored
def case_of(body: str) -> Case:
    """The case of a stored body."""
    return Case.model_validate_json(body)


@stored
def gold_of(body: str) -> Gold:
    """The gold answer of a stored body."""
    return Gold.model_validate_json(body)


@stored
def verdict_of(body: str) -> Verdict:
    """The verdict of a stored body."""
    return Verdict.model_validate_json(body)


@stored
def json_of(text: str) -> Any:
    """A stored piece of JSON."""
    return from_json(text)


# Cases of one rule and pool have the same route, unless each has a due time of its own.
@stored
@lru_cache(maxsize=256)
def route_of(route: str, pool: str, priority: int, overlap: int, due: int | None) -> Route:
    """The route, with the pool that the case is in now."""
    return Route(
        **from_json(route),
        pool=pool,
        priority=priority,
        overlap=overlap,
        due=None if due is None else from_micros(due),
    )


@stored
def stored_verdict(body: str, late: int, adopted: int, undone_at: int | None) -> StoredVerdict:
    """A verdict with what the store knows of it."""
    return StoredVerdict(
        Verdict.model_validate_json(body),
        bool(late),
        bool(adopted),
        None if undone_at is None else from_micros(undone_at),
    )


@stored
def resolution_of(row: tuple[Any, ...]) -> Resolution:
    """A resolution from the columns of `statements.RESOLUTION` behind the first."""
    case_id, decision, output, source, verdicts, resolved_at, version = row
    return Resolution(
        case_id=case_id,
        decision=decision,
        output=output,
        source=source,
        verdicts=tuple(from_json(verdicts)),
        resolved_at=from_micros(resolved_at),
        version=version,
    )


@stored
def ruling_of(actor: str, at: int, body: str) -> Ruling:
    """A ruling from its row; the JSON has only the fields that are not empty."""
    return Ruling(actor, from_micros(at), **from_json(body))


def verdict_body(verdict: Verdict) -> str:
    """The canonical JSON (RFC 8785) of a verdict, without the fields that have their defaults."""
    return rfc8785.dumps(verdict.model_dump(mode="json", exclude_defaults=True)).decode()


def resolution_bytes(resolution: Resolution) -> bytes:
    """What the digest of a resolution is made over."""
    return rfc8785.dumps(resolution.model_dump(mode="json"))


def content_bytes(body: str, wishes: str, gold: str) -> bytes:
    """What the digest of a submission is made over; NUL cannot occur inside JSON."""
    return b"\0".join(part.encode() for part in (body, wishes, gold))
