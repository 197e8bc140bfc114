"""Ratings in a store: every verdict that counts for agreement as a few narrow columns, streaming."""

# ruff: noqa: S608  (put together from the literals of this file alone)

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from hitl_tui.model.case import Kind
from hitl_tui.queue.database import Database

RatingRow = tuple[int, str, str | None, str, int]
"""The case (a number), the reviewer, the rating, the pool, and when in microseconds."""

_STANDING = "v.late = 0 AND v.undone_at IS NULL AND v.decision <> 'escalate'"


@runtime_checkable
class RatingStore(Protocol):
    """A store that hands out ratings without the verdicts around them."""

    def ratings(
        self,
        on: str = "decision",
        label: str = "",
        *,
        kind: str | None = None,
        placed: bool = False,
    ) -> Iterator[RatingRow]:
        """Standing verdicts before any adjudication, escalations and quizzes not; from one snapshot.

        `on` is decision, severity or label (whether it has `label`: yes or no). `kind` keeps one kind
        of case. Pool and time are given with `placed`, else "" and 0.
        """

    def rated_kinds(self) -> list[Kind]:
        """The kinds of the cases in the store, by name."""


def ratings(
    conn: Database, on: str, label: str, *, kind: str | None, placed: bool
) -> Iterator[RatingRow]:
    """The rows of `RatingStore.ratings`. A plain decision is read without touching the cases."""
    wide = placed or kind is not None
    rated = "v.decision" if on == "decision" else conn.dialect.rated[on]
    place = "c.pool, v.accepted_at" if placed else "'', 0"
    query = (
        f"SELECT v.case_seq, v.reviewer, {rated}, {place} FROM verdicts v"
        + (" JOIN cases c ON c.seq = v.case_seq" if wide else "")
        + f" WHERE {_STANDING} AND v.case_seq NOT IN (SELECT case_seq FROM quiz_cases)"
        + (" AND c.kind = :kind" if kind is not None else "")
        + " ORDER BY v.seq"
    )
    yield from conn.execute(query, {"label": label, "kind": kind})


def rated_kinds(conn: Database) -> list[Kind]:
    """The kinds that occur; each is found by one step through them."""
    return [kind for (kind,) in conn.execute("SELECT DISTINCT kind FROM cases ORDER BY kind")]
