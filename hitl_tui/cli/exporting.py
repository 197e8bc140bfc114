"""Making an export and telling what became of it: files, counts, what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from hitl_tui.cli import say
from hitl_tui.cli.scratch import Scratch
from hitl_tui.cli.trouble import Stop
from hitl_tui.formats.export import Exporter
from hitl_tui.formats.files import Written
from hitl_tui.formats.order import Beside, Done, Order, PersonalData, Raced
from hitl_tui.formats.pii import Gate
from hitl_tui.formats.selection import LEFT_OUT
from hitl_tui.formats.staging import MANIFEST, staged
from hitl_tui.model.text import message
from hitl_tui.queue.protocol import Queue

GATE_SHUT = 1
_MUCH = 0.5
"""A group of cases that belong together and are more than this share of all leaves little to test on."""
_FEW = 10
_PERSONAL: Mapping[str, str] = {
    "email": "e-mail addresses",
    "phone": "phone numbers",
    "card": "card numbers",
    "national": "national numbers",
}


def made(
    store: Queue,
    order: Order,
    actor: str,
    out: Path | None,
    *,
    replace: bool,
    beside: Beside | None = None,
) -> Done:
    """Make the export in `out`, or only count it without one.

    Raises QueueError, FileTrouble, Stop when there is nothing to export; exits with 1 when the gate
    is shut.
    """
    exporter = Exporter(store, order, actor)
    if not exporter.basis.cases:
        raise Stop(
            "{queue} holds no cases, so there is nothing to export; `hitl ingest FILE` brings some",
            queue=store.address,
        )
    for name in sorted(order.selection.without - exporter.basis.pseudonyms.keys()):
        say.note(
            message(
                "nobody named {name} has decided anything here: that --exclude-reviewer leaves nothing out",
                name=name,
            )
        )
    with say.progress(exporter.reads) as progress:
        exporter.report = progress
        scratch = Scratch()
        try:
            plan = exporter.plan(scratch)
        finally:
            scratch.close()
        if out is None:
            return _some(exporter.preview(plan), order)
        try:
            with staged(out, replace=replace) as stage:
                done = _some(exporter.write(plan, stage, beside), order)
                exporter.assign(plan)
        except PersonalData as shut:
            raise _shut(shut.gate) from None
        except Raced:
            raise Stop("another export ran at the same time: run this one again") from None
    exporter.note(done)
    return done


def told(order: Order, done: Done, out: Path | None, *, as_json: bool) -> None:
    """Print what an export did, or would do."""
    if as_json:
        say.emit_json(_as_json(order, done, dry=out is None or not done.files))
        return
    if not done.files:
        for split, count in sorted(done.tally.rows.items()):
            say.say(message("{rows} in {split}", rows=_rows(count), split=split or "all"))
        for row in done.shown:
            say.emit_json(row)
    for file in done.files:
        path = (out or Path()) / file.name
        words = "{rows} in {path}" if file.rows else "{path}"
        say.say(message(words, rows=_rows(file.rows), path=path))
        say.say(message("sha256 {digest}", digest=file.sha256))
    for why, count in done.tally.left_out.most_common():
        say.note(message("left out: {count}: {why}", count=_cases(count), why=LEFT_OUT[why]))
    _warn(done)


def _warn(done: Done) -> None:
    """What whoever trains with it should know."""
    largest, wanted = done.plan.largest_group
    if wanted >= _FEW and largest > wanted * _MUCH:
        say.note(
            message(
                "{largest} of {wanted} cases share conversations, sources or wordings and stay in one "
                "split, so the shares are not what was asked for",
                largest=f"{largest:,}",
                wanted=f"{wanted:,}",
            )
        )
    if done.gate.policy != "allow" and done.gate.found:
        said = "masked" if done.gate.policy == "redact" else "found"
        say.note(message("{said}: {what}", said=said, what=_found(done.gate)))


def _some(done: Done, order: Order) -> Done:
    """The same, or Stop when there is no row in it."""
    if done.tally.rows.total():
        return done
    reasons = "; ".join(
        f"{_cases(count)}: {LEFT_OUT[why]}" for why, count in done.tally.left_out.most_common()
    )
    raise Stop(
        "there is nothing to export as {format}: {reasons}", format=order.format, reasons=reasons
    )


def _shut(gate: Gate) -> typer.Exit:
    """Say what the gate found and where; the exit that follows."""
    say.note(
        message(
            "nothing was written: {rows} rows hold personal data ({what}); `--pii redact` masks it, "
            "`--pii allow` lets it out",
            rows=f"{gate.rows:,}",
            what=_found(gate),
        )
    )
    for kind, field, case_id in gate.where:
        say.detail(
            message("  case {case}: {kind} in {field}", case=case_id, kind=kind, field=field)
        )
    return typer.Exit(GATE_SHUT)


def _found(gate: Gate) -> str:
    return ", ".join(f"{count:,} {_PERSONAL[kind]}" for kind, count in gate.found.most_common())


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count:,} cases"


def _as_json(order: Order, done: Done, *, dry: bool) -> dict[str, object]:
    """The object of `--json`: names as in the manifest."""
    found: dict[str, object] = {"format": order.format, "files": [_file(one) for one in done.files]}
    found |= {
        "rows": done.tally.rows.total(),
        "splits": {split: count for split, count in sorted(done.tally.rows.items()) if split},
        "left_out": dict(sorted(done.tally.left_out.items())),
        "pii": dict(sorted(done.gate.found.items())),
    }
    if dry:
        return {**found, "dry_run": True, "first": list(done.shown)}
    return {**found, "manifest": {"name": MANIFEST, "sha256": done.manifest}}


def _file(one: Written) -> dict[str, object]:
    return {"name": one.name, "rows": one.rows, "sha256": one.sha256}
