"""Writes every case with what was decided about it, one ASCII JSON object a line: the queue's own form.

A row has the fields of a native case, then `state`, `route`, `verdicts` (those that stand, with `late`
and `adopted`) and `resolution` (or null). All fields are always there, in one order. Gold is not in it.
"""

from __future__ import annotations

from hitl_tui.formats.columns import Field
from hitl_tui.formats.samples import Sample
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.model.case import Case
from hitl_tui.queue.protocol import Record, StoredVerdict

FIELDS = {
    **{name: Field("free", "as in a native case") for name in Case.model_fields},
    "state": Field("text", "pending, disputed, resolved or withdrawn"),
    "route": Field("free", "where the policy sent it"),
    "verdicts": Field("free", "those that stand"),
    "resolution": Field("free", "the answer, or null"),
}


def rows(sample: Sample) -> tuple[bytes]:
    """The one row of a case."""
    return (row(sample.record),)


def row(record: Record) -> bytes:
    """The row of one record. DEL is escaped too, so that the line is fit for any terminal."""
    verdicts = ",".join(_verdict(v) for v in record.verdicts if v.undone_at is None)
    resolution = (
        record.resolution.model_dump_json(ensure_ascii=True) if record.resolution else "null"
    )
    line = (
        f"{record.case.model_dump_json(ensure_ascii=True)[:-1]}"
        f',"state":"{record.state}"'
        f',"route":{record.route.model_dump_json(ensure_ascii=True)}'
        f',"verdicts":[{verdicts}]'
        f',"resolution":{resolution}}}\n'
    )
    return line.replace("\x7f", "\\u007f").encode("ascii")


def _verdict(stored: StoredVerdict) -> str:
    flags = f'"late":{_boolean(stored.late)},"adopted":{_boolean(stored.adopted)}'
    return f"{stored.verdict.model_dump_json(ensure_ascii=True)[:-1]},{flags}}}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


WRITER = Writer(
    about="every case with its route, verdicts and resolution, one JSON object a line",
    fields=FIELDS,
    rows=rows,
    splits=False,
    file="cases.jsonl",
    gated=False,
    placed=False,
)
