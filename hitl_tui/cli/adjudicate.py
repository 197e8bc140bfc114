"""`hitl adjudicate`: lists disputes, shows one with its verdicts blind, and settles it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.sheet import sheet
from hitl_tui.cli.trouble import Stop
from hitl_tui.cli.verdict import text_of
from hitl_tui.config.load import Configuration
from hitl_tui.model.case import Case
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import DECISIONS
from hitl_tui.model.work import Cause, Resolution
from hitl_tui.queue.opinions import Opinion, Opinions, opinions_on
from hitl_tui.queue.protocol import Dispute

app = commands()

CAUSES: dict[Cause, Shown] = {
    "ambiguous": Shown("the case can be read in more than one way"),
    "guideline_gap": Shown("the guideline does not say, or says two things"),
    "error": Shown("one of them overlooked something"),
    "values": Shown("they weigh the same facts differently"),
}
"""What each cause means, as it is asked for."""


@app.command()
def adjudicate(
    ctx: typer.Context,
    case: Annotated[
        str | None, typer.Argument(metavar="CASE", help="The id; without it, what waits.")
    ] = None,
    decision: Annotated[
        str | None, typer.Argument(metavar="DECISION", help="approve, reject, edit, ...")
    ] = None,
    cause: Annotated[
        str | None,
        typer.Option("--cause", metavar="CAUSE", help=f"Why they differ: {', '.join(CAUSES)}."),
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="The reason in words.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="The new text, byte for byte.")
    ] = None,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Without CASE list the disputes; without DECISION show one, its verdicts without names."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    if cause is not None and cause not in CAUSES:
        raise Stop("--cause is one of: {causes}", causes=", ".join(get_args(Cause)))
    written = text_of(output) if output else None
    with opened(address, config) as store:
        if case is None:
            _list(store.disputes(config.settings.reviewer.pools), as_json=as_json)
            return
        version = None
        if decision is None:
            found = opinions_on(store, case)
            _show(found, config, as_json=as_json)
            if as_json or not say.on_terminal():
                return
            decision = _asked("Decision", _decisions(found.case))
            cause = cause or _asked("Cause", CAUSES)
            version = found.version
        if cause is None:
            raise Stop("say why the verdicts differ: --cause {causes}", causes="|".join(CAUSES))
        resolution = store.adjudicate(
            reviewer_at(address, config, reviewer),
            case,
            decision,
            cause=cast(Cause, cause),
            output=written,
            note=note,
            version=version,
        )
    _report(resolution, as_json=as_json)


def _list(disputes: list[Dispute], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "id": one.case_id,
                "version": one.version,
                "pool": one.pool,
                "since": rfc3339(one.since),
            }
            for one in disputes
        ]
        say.emit_json({"disputes": rows})
        return
    for one in disputes:
        since = f"{one.since:%Y-%m-%d %H:%M}"
        say.say(message("{id}  {pool}, since {at} UTC", id=one.case_id, pool=one.pool, at=since))
    if not disputes:
        say.say(message("no case is in dispute"))


def _decisions(case: Case) -> dict[str, Shown]:
    words = dict.fromkeys(DECISIONS[case.kind], Shown(""))
    words.pop("escalate")
    return words


def _show(found: Opinions, config: Configuration, *, as_json: bool) -> None:
    if as_json:
        rows = [one.model_dump(mode="json") for one in found.given]
        say.emit_json(
            {
                "case": found.case.model_dump(mode="json"),
                "version": found.version,
                "verdicts": [{"as": row.pop("name"), **row} for row in rows],
            }
        )
        return
    say.say(*sheet(found.case, say.width(), budget=config.settings.review.mark_budget))
    for one in found.given:
        say.say(Shown(""), *_lines(one))


def _lines(one: Opinion) -> Iterator[Shown]:
    labels = ", ".join(one.labels)
    yield message(
        "{letter}  {decision}  {labels}", letter=one.name, decision=one.decision, labels=labels
    )
    for span in one.spans:
        yield message(
            "   characters {start} to {end}: {label} {note}",
            start=span.start,
            end=span.end,
            label=span.label or "",
            note=span.note or "",
        )
    if one.rationale:
        yield from _text(message("   because"), one.rationale)
    if one.edited_output is not None:
        yield from _text(message("   new text"), one.edited_output)


def _text(heading: Shown, text: str) -> Iterator[Shown]:
    yield heading
    for line in text.split("\n"):
        yield message("   | {line}", line=line)


def _asked(what: str, allowed: dict[str, Shown] | dict[Cause, Shown]) -> str:
    """One of the words that are allowed, from the terminal; an empty line leaves the case as it is."""
    words = dict(allowed.items())
    say.say(Shown(""))
    for word, meaning in words.items():
        say.say(message("  {word}  {meaning}", word=word, meaning=meaning))
    while True:
        say.say(message("{what}? (Enter leaves the case as it is)", what=what))
        say.finish()
        given = sys.stdin.readline().strip()
        if not given:
            raise Stop("nothing was decided")
        if given in words:
            return given


def _report(resolution: Resolution, *, as_json: bool) -> None:
    if as_json:
        say.emit_json(resolution.model_dump(mode="json"))
        return
    say.say(
        message(
            "case {id} is resolved: {decision}", id=resolution.case_id, decision=resolution.decision
        )
    )
