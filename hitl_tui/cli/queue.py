"""`hitl queue`: what waits, who holds what, until when."""

from __future__ import annotations

import dataclasses

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.model.text import Shown, message
from hitl_tui.queue.protocol import Holder, Status

app = commands("What waits, who holds what.")


@app.callback()
def _queue() -> None:
    """What waits, who holds what."""


@app.command()
def status(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """Count the cases by state and say who holds how many until when."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        counts, holders = store.status(), store.holders()
    if as_json:
        say.emit_json(dataclasses.asdict(counts))
        return
    say.say(_waiting(counts))
    say.say(*(_holder(holder) for holder in holders))
    say.say(
        message(
            "{disputed} disputed, {resolved} resolved, {verdicts} verdicts stand",
            disputed=f"{counts.disputed:,}",
            resolved=f"{counts.resolved:,}",
            verdicts=f"{counts.verdicts:,}",
        )
    )


def _waiting(counts: Status) -> Shown:
    if not counts.pending:
        return message("nothing waits")
    age = counts.oldest_pending_s
    return message(
        "{pending} wait, of these {leased} are held and {snoozed} snoozed; the oldest for {age}",
        pending=f"{counts.pending:,}",
        leased=f"{counts.leased:,}",
        snoozed=f"{counts.snoozed:,}",
        age=span(age) if age is not None else "no time",
    )


def _holder(holder: Holder) -> Shown:
    return message(
        "  {who} holds {n} until {until} UTC",
        who=holder.reviewer,
        n=holder.cases,
        until=holder.until.strftime("%Y-%m-%d %H:%M:%S"),
    )


def span(seconds: float) -> str:
    """A length of time for people: its two largest units, such as `3 h 12 min`."""
    whole = max(0, int(seconds))
    parts: list[str] = []
    for name, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, whole = divmod(whole, length)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])
