"""`hitl show`: prints one case as its reviewer would see it."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.sheet import sheet, texts
from hitl_tui.model.case import Gold
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import Shown, message, reveal
from hitl_tui.queue.protocol import Record, Ruling, StoredVerdict
from hitl_tui.tui.grounded import grounded

app = commands()
_FOUND = ("score", "threshold", "label", "spans")


@app.command()
def show(
    ctx: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="The id of the case.")],
    queue: QueueOption = None,
    reveal_all: Annotated[
        bool, typer.Option("--reveal", help="Also show scores, gold and verdicts.")
    ] = False,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a case: question, output and sources side by side, what to check, hidden characters.

    What --reveal shows is noted in the audit trail, with your name.
    """
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    with opened(address, config) as store:
        if reveal_all:
            store.looked(reviewer_at(address, config, reviewer), case)
        record = store.record(case)
        gold = store.gold(case) if reveal_all else None
    if as_json:
        say.emit_json(_as_json(record, gold, everything=reveal_all))
        return
    budget = config.settings.review.mark_budget
    say.say(*sheet(record.case, say.width(), budget=budget, scores=reveal_all))
    say.say(Shown(""), _why_here(record))
    if reveal_all:
        say.say(*_decided(record, gold))


def _why_here(record: Record) -> Shown:
    route = record.route
    return message(
        "Why here: {rule} ({reasons}); {pool}, priority {priority}, overlap {overlap}, {due}",
        rule=route.rule,
        reasons=", ".join(route.reasons),
        pool=route.pool,
        priority=route.priority,
        overlap=route.overlap,
        due=f"due {rfc3339(route.due)}" if route.due else "no clock",
    )


def _decided(record: Record, gold: Gold | None) -> list[Shown]:
    lines = [message("State: {state}", state=record.state)]
    lines += [_verdict(stored) for stored in record.verdicts]
    if record.resolution:
        lines.append(
            message(
                "Resolution: {decision}, from {source}",
                decision=record.resolution.decision,
                source=record.resolution.source,
            )
        )
    if record.ruling:
        lines.append(_ruling(record.ruling))
    if gold:
        lines.append(
            message(
                "Gold: {decision} {labels}; {n} spans",
                decision=gold.decision or "no decision",
                labels=", ".join(gold.labels),
                n=len(gold.spans),
            )
        )
    return lines


def _ruling(ruling: Ruling) -> Shown:
    if ruling.decision is None:
        return message("Withdrawn by {actor} {note}", actor=ruling.actor, note=ruling.note)
    return message(
        "Adjudicated: {decision} by {actor}, cause {cause} {note}",
        decision=ruling.decision,
        actor=ruling.actor,
        cause=ruling.cause,
        note=ruling.note,
    )


def _verdict(stored: StoredVerdict) -> Shown:
    verdict = stored.verdict
    marks = [name for name in ("late", "adopted") if getattr(stored, name)]
    marks += ["undone"] if stored.undone_at else []
    return message(
        "Verdict: {decision} by {reviewer} {labels} {marks} {rationale}",
        decision=verdict.decision,
        reviewer=verdict.reviewer,
        labels=", ".join(verdict.labels),
        marks=" ".join(f"({mark})" for mark in marks),
        rationale=verdict.rationale or "",
    )


def _as_json(record: Record, gold: Gold | None, *, everything: bool) -> dict[str, Any]:
    case = record.case.model_dump(mode="json")
    value: dict[str, Any] = {
        "case": case,
        "state": record.state,
        "route": record.route.model_dump(mode="json"),
        "grounding": dataclasses.asdict(grounded(record.case)),
        "alarms": [
            {"where": where, "kind": alarm.kind, "start": alarm.start, "end": alarm.end}
            for where, text in texts(record.case)
            for alarm in reveal(text).alarms
        ],
    }
    if not everything:
        case["signals"] = [
            {name: item for name, item in signal.items() if name not in _FOUND}
            for signal in case["signals"]
        ]
        return value
    value["verdicts"] = [
        {
            **stored.verdict.model_dump(mode="json"),
            "late": stored.late,
            "adopted": stored.adopted,
            "undone_at": rfc3339(stored.undone_at) if stored.undone_at else None,
        }
        for stored in record.verdicts
    ]
    value["resolution"] = record.resolution.model_dump(mode="json") if record.resolution else None
    value["ruling"] = (
        {**record.ruling._asdict(), "at": rfc3339(record.ruling.at)} if record.ruling else None
    )
    value["gold"] = gold.model_dump(mode="json") if gold else None
    return value
