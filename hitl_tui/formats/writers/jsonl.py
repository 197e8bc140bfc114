"""Writes every case with what was decided about it, one ASCII JSON object a line.

A row has the fields of a native case, then `state`, `route`, `verdicts` (those that stand, with `late`
and `adopted`) and `resolution` (or null). All fields are always there, in one order. Gold is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hitl_tui.queue.protocol import Record, StoredVerdict


def lines(records: Iterable[Record]) -> Iterator[bytes]:
    """One line a record, in their order, each with its line end."""
    for record in records:
        yield row(record)


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
