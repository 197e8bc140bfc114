"""`hitl audit`: prints the trail, and verifies that nobody changed, removed or reordered it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hitl_tui.audit.chain import Unreadable, decode_entry
from hitl_tui.audit.facts import Audit
from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.protocol import TrailEntry

app = commands("Print or verify the record of everything that happened.")

VALID, TAMPERED, UNANCHORED = 0, 1, 4
HASH_BYTES = 32
SHOWN = 20


@app.callback()
def _audit() -> None:
    """Print or verify the record of everything that happened."""


@app.command()
def log(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """Print every event in order, one a line."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        for entry in store.trail():
            if as_json:
                say.emit_json(_event(entry))
            else:
                say.say(_line(entry))


@app.command(name="verify")
def verify_trail(
    ctx: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            "--head", metavar="HASH", help="The last hash, as noted outside at an earlier time."
        ),
    ] = None,
    queue: QueueOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check the whole trail and compare the queue with it.

    Exits 0 when it is valid and holds --head, 1 when something was tampered with, 3 when the queue
    cannot be read, 4 when it is consistent but no head was given.
    """
    noted = _hash(head) if head is not None else None
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        found = store.verify(noted)
    code = _code(found)
    if as_json:
        say.emit_json(_as_json(found))
    elif code == TAMPERED:
        say.say(*_faults(found))
    else:
        say.say(*_sound(found))
    return code


def _hash(text: str) -> bytes:
    try:
        noted = bytes.fromhex(text)
    except ValueError:
        noted = b""
    if len(noted) != HASH_BYTES:
        raise Stop("--head takes the 64 hexadecimal digits that `hitl audit verify` printed")
    return noted


def _code(found: Audit) -> int:
    if found.chain.fault is not None or found.differences:
        return TAMPERED
    return VALID if found.chain.anchored else UNANCHORED


def _sound(found: Audit) -> list[Shown]:
    chain = found.chain
    lines = [
        message("{n} entries, none changed; the queue says what they say", n=f"{chain.entries:,}"),
        message("head {hash}", hash=chain.head.hex()),
    ]
    if chain.anchored:
        lines.append(message("anchored; {n} entries came after the noted head", n=chain.tail or 0))
    else:
        lines.append(
            message(
                "not anchored: a trail that was cut short looks the same. Keep this head outside "
                "the queue and give it next time: `hitl audit verify --head HASH`"
            )
        )
    return lines


def _faults(found: Audit) -> list[Shown]:
    fault = found.chain.fault
    lines = [fault.sentence] if fault else []
    lines += found.differences[:SHOWN]
    if len(found.differences) > SHOWN:
        lines.append(message("and {n} more", n=len(found.differences) - SHOWN))
    return [message("TAMPERED"), *lines]


def _as_json(found: Audit) -> dict[str, Any]:
    chain = found.chain
    fault = chain.fault
    return {
        "valid": fault is None and not found.differences,
        "anchored": chain.anchored,
        "entries": chain.entries,
        "head": chain.head.hex(),
        "tail": chain.tail,
        "fault": {"seq": fault.seq, "wrong": fault.wrong, "sentence": fault.sentence}
        if fault
        else None,
        "differences": list(found.differences),
    }


def _event(entry: TrailEntry) -> dict[str, Any]:
    try:
        event = decode_entry(entry.entry)
    except Unreadable as unreadable:
        return {"seq": entry.seq, "unreadable": unreadable.reason, "hash": entry.hash.hex()}
    return {
        "seq": entry.seq,
        "at": rfc3339(event.at),
        "type": event.type,
        "actor": event.actor,
        "case_id": event.case_id,
        "data": event.data,
        "hash": entry.hash.hex(),
    }


def _line(entry: TrailEntry) -> Shown:
    try:
        event = decode_entry(entry.entry)
    except Unreadable as unreadable:
        return Shown(message("{seq} cannot be read: ", seq=entry.seq) + unreadable.reason)
    shown = {
        name: value
        for name, value in event.data.items()
        if value is not None and name not in ("content", "digest")
    }
    return message(
        "{seq} {at} {type} {actor} {case} {data}",
        seq=entry.seq,
        at=rfc3339(event.at),
        type=event.type,
        actor=event.actor,
        case=event.case_id or "-",
        data=" ".join(f"{name}={value}" for name, value in shown.items()),
    )
