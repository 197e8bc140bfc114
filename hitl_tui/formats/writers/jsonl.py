"""Writes every case with what was decided about it, one ASCII JSON object a line: the queue's own form.

A row has the fields of a native case, then `state`, `route`, `verdicts` (those that stand, with `late`
and `adopted`) and `resolution` (or null). All fields are always there, in one order. Gold is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from hitl_tui.formats.columns import Field
from hitl_tui.formats.encode import line_of
from hitl_tui.formats.samples import Sample
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.model.case import Action, Attack, Candidate, Case, Passage, Signal
from hitl_tui.model.verdict import EvidenceRef, Span, Verdict
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import Record, Stored

FIELDS = {
    **{name: Field("free", "as in a native case") for name in Case.model_fields},
    "state": Field("text", "pending, disputed, resolved or withdrawn"),
    "route": Field("free", "where the policy sent it"),
    "verdicts": Field("free", "those that stand"),
    "resolution": Field("free", "the answer, or null"),
}
Whole = Callable[[Mapping[str, Any]], dict[str, Any]]


def _whole(model: type[BaseModel], **inner: type[BaseModel]) -> Whole:
    """A function that gives a JSON value of `model` the fields that it lacks, in the model's order.

    `inner` are its fields that hold other models, or lists of them.
    """
    blanks = {
        name: None if field.is_required() else _json(field.get_default(call_default_factory=True))
        for name, field in model.model_fields.items()
    }
    parts = {name: _whole(part) for name, part in inner.items()}

    def whole(value: Mapping[str, Any]) -> dict[str, Any]:
        found = {**blanks, **value}
        for name, part in parts.items():
            here = found[name]
            if here:
                found[name] = [part(one) for one in here] if isinstance(here, list) else part(here)
        return found

    return whole


def _json(default: Any) -> Any:
    return (
        list(default) if isinstance(default, Sequence) and not isinstance(default, str) else default
    )


_case = _whole(
    Case,
    context=Passage,
    signals=Signal,
    candidates=Candidate,
    attack=Attack,
    action=Action,
)
_route = _whole(Route)
_verdict = _whole(Verdict, spans=Span, evidence=EvidenceRef)


def stored_row(stored: Stored) -> bytes:
    """The row of a case as its store keeps it."""
    row = _case(stored.case)
    row["state"] = stored.state
    row["route"] = _route(stored.route)
    row["verdicts"] = [_judged(*judged) for judged in stored.verdicts]
    row["resolution"] = stored.resolution
    return line_of(row)


def _judged(verdict: Mapping[str, Any], late: bool, adopted: bool) -> dict[str, Any]:
    found = _verdict(verdict)
    found["late"], found["adopted"] = late, adopted
    return found


def rows(sample: Sample) -> tuple[bytes]:
    """The one row of a case."""
    return (row(sample.record),)


def row(record: Record) -> bytes:
    """The row of one record."""
    verdicts = [one for one in record.verdicts if one.undone_at is None]
    stored = Stored(
        0,
        record.case.model_dump(mode="json"),
        record.route.model_dump(mode="json"),
        record.state,
        tuple((one.verdict.model_dump(mode="json"), one.late, one.adopted) for one in verdicts),
        record.resolution.model_dump(mode="json") if record.resolution else None,
        len(record.verdicts),
        None,
    )
    return stored_row(stored)


WRITER = Writer(
    about="every case with its route, verdicts and resolution, one JSON object a line",
    fields=FIELDS,
    rows=rows,
    stored_row=stored_row,
    splits=False,
    file="cases.jsonl",
    gated=False,
    placed=False,
)
