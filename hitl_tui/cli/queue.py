"""`hitl queue`: what waits, who holds what until when, what comes next, and a lead's hand on all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from hitl_tui.cli import say
from hitl_tui.cli.move import move
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.text import Shown, message
from hitl_tui.model.work import CaseState
from hitl_tui.queue.protocol import Holder, Page, Row, Status, Upcoming

app = commands("What waits, who holds what, what comes next.")

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="The id of the case.")]


@app.callback()
def _queue() -> None:
    """What waits, who holds what, what comes next."""


@app.command()
def status(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """Count the cases by state and say who holds how many until when."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as store:
        counts, holders = store.status(), store.holders()
    if as_json:
        say.emit_json(counts._asdict())
        return
    say.say(_waiting(counts))
    say.say(*(_holder(holder) for holder in holders))
    if counts.disputed:
        say.say(message("{n} in dispute: `hitl adjudicate` lists them", n=f"{counts.disputed:,}"))
    say.say(
        message(
            "{resolved} resolved, {verdicts} verdicts stand",
            resolved=f"{counts.resolved:,}",
            verdicts=f"{counts.verdicts:,}",
        )
    )


@app.command(name="list")
def list_cases(
    ctx: typer.Context,
    queue: QueueOption = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state", metavar="STATE", help="pending, disputed, resolved or withdrawn; else all."
        ),
    ] = None,
    pool: Annotated[
        str | None, typer.Option("--pool", metavar="POOL", help="Only this pool.")
    ] = None,
    coming: Annotated[
        bool, typer.Option("--next", help="Instead: what you would get next, and why.")
    ] = False,
    reviewer: ReviewerOption = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many, up to 1000.")] = 100,
    cursor: Annotated[
        str | None,
        typer.Option("--cursor", metavar="CURSOR", help="Go on where the last page ended."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List cases in order of arrival, or those that come next."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    if coming:
        name = reviewer_at(address, config, reviewer)
        pools = (pool,) if pool else config.settings.reviewer.pools
        with opened(address, config) as store:
            found = store.upcoming(name, pools=pools, limit=limit)
            holders = store.holders()
        _print_next(found, holders, name, as_json=as_json)
        return
    with opened(address, config) as store:
        page = store.listing(state=_state(state), pool=pool, cursor=cursor, limit=limit)
    _print_page(page, as_json=as_json)


@app.command()
def release(
    ctx: typer.Context,
    case: CaseArgument,
    queue: QueueOption = None,
    holder: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help="Only this reviewer's lease.")
    ] = None,
    reviewer: ReviewerOption = None,
) -> None:
    """End the leases on CASE, so that others can have it."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    with opened(address, config) as store:
        ended = store.free(reviewer_at(address, config, reviewer), case, reviewer=holder)
    if ended:
        say.say(message("case {id} can be claimed; leases ended: {n}", id=case, n=ended))
    else:
        say.say(message("case {id}: nobody held it", id=case))


@app.command()
def requeue(
    ctx: typer.Context,
    case: CaseArgument,
    queue: QueueOption = None,
    whose: Annotated[
        str | None, typer.Option("--for", metavar="NAME", help="For this reviewer, not for you.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For everybody.")] = False,
    reviewer: ReviewerOption = None,
) -> None:
    """Forget that CASE was skipped or snoozed: it is back in its place."""
    if everybody and whose is not None:
        raise Stop("it is back for NAME with --for, or for everybody with --all: not both")
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    name = reviewer_at(address, config, reviewer)
    target = None if everybody else whose or name
    with opened(address, config) as store:
        store.requeue(name, case, reviewer=target)
    say.say(message("case {id} is back in its place for {who}", id=case, who=target or "everybody"))


@app.command()
def assign(
    ctx: typer.Context,
    case: CaseArgument,
    to: Annotated[str | None, typer.Argument(metavar="NAME", help="Who is to judge it.")] = None,
    queue: QueueOption = None,
    anybody: Annotated[bool, typer.Option("--anybody", help="Nobody in particular.")] = False,
    reviewer: ReviewerOption = None,
) -> None:
    """Keep CASE for one reviewer, or open it to anybody again."""
    if anybody == (to is not None):
        raise Stop("say who is to judge the case, or --anybody")
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    with opened(address, config) as store:
        store.assign(reviewer_at(address, config, reviewer), case, to)
    if to is None:
        say.say(message("case {id} is for anybody", id=case))
    else:
        say.say(message("case {id} is kept for {who}", id=case, who=to))


@app.command()
def withdraw(
    ctx: typer.Context,
    case: CaseArgument,
    queue: QueueOption = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why.")] = "",
    reviewer: ReviewerOption = None,
) -> None:
    """Take CASE out of the queue: nobody is asked any more."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    with opened(address, config) as store:
        store.withdraw(reviewer_at(address, config, reviewer), case, note=note)
    say.say(message("case {id} is withdrawn", id=case))


app.command(name="move")(move)


def _state(given: str | None) -> CaseState | None:
    match given:
        case None | "pending" | "disputed" | "resolved" | "withdrawn":
            return given
    raise Stop("--state is pending, disputed, resolved or withdrawn, not {it}", it=given)


def _waiting(counts: Status) -> Shown:
    if not counts.pending:
        return message("nothing waits for a reviewer")
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


def _print_next(found: list[Upcoming], holders: list[Holder], name: str, *, as_json: bool) -> None:
    if as_json:
        rows = [{**_named(one._asdict()), "due": _time(one.due)} for one in found]
        say.emit_json({"reviewer": name, "next": rows})
        return
    for place, one in enumerate(found, 1):
        say.say(
            message(
                "{place}  {id}  {pool}: {why}",
                place=f"{place:>3}",
                id=one.case_id,
                pool=one.pool,
                why=one.why,
            )
        )
    if not found:
        say.say(message("nothing is ready for {who} now", who=name))
        say.say(*(_holder(holder) for holder in holders))


def _print_page(page: Page, *, as_json: bool) -> None:
    if as_json:
        rows = [_row_json(row) for row in page.rows]
        say.emit_json({"cases": rows, "cursor": page.cursor})
        return
    say.say(*(_row(row) for row in page.rows))
    if not page.rows:
        say.say(message("no such case"))
    if page.cursor is not None:
        say.say(message("there are more: --cursor {cursor}", cursor=page.cursor))


def _row(row: Row) -> Shown:
    due = f"due {row.due:%Y-%m-%d %H:%M} UTC" if row.due else "no due time"
    held = f", held by {', '.join(row.holders)}" if row.holders else ""
    return message(
        "{id}  {state}  {pool}  priority {priority}, {due}, {open} of {overlap} open{held}",
        id=row.case_id,
        state=row.state,
        pool=row.pool,
        priority=row.priority,
        due=due,
        open=row.open_slots,
        overlap=row.overlap,
        held=held,
    )


def _row_json(row: Row) -> dict[str, Any]:
    return {
        **_named(row._asdict()),
        "due": _time(row.due),
        "queued_at": rfc3339(row.queued_at),
    }


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return {"id": fields.pop("case_id"), **fields}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def span(seconds: float) -> str:
    """A length of time for people: its two largest units, such as `3 h 12 min`."""
    whole = max(0, int(seconds))
    parts: list[str] = []
    for name, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, whole = divmod(whole, length)
        if count or (name == "s" and not parts):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2])
