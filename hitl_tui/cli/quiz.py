"""`hitl quiz`: calibration on gold cases; made by a lead, taken blind, reported, talked about."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.quizzing import (
    check_section,
    decisions_of,
    file_of,
    gold_of_file,
    gold_of_queue,
    qualified,
    right_answer,
    table_of,
)
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.model.text import Shown, message

app = commands("Calibration: gold cases that everybody judges blind.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The quiz.")]


@app.callback()
def _quiz() -> None:
    """Calibration: gold cases that everybody judges blind."""


@app.command()
def create(
    ctx: typer.Context,
    name: NameArgument,
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="gold|FILE", help="The queue's gold cases, or a file of them."
        ),
    ] = "gold",
    size: Annotated[
        int, typer.Option("--size", metavar="N", min=1, max=1000, help="How many items.")
    ] = 50,
    stratify: Annotated[
        str | None,
        typer.Option("--stratify", metavar="label", help="As many of each label as there are."),
    ] = None,
    training: Annotated[
        bool, typer.Option("--training", help="Tell the right answer after each; qualifies nobody.")
    ] = False,
    pool: Annotated[
        str | None,
        typer.Option(
            "--pool", metavar="POOL", help="Only gold cases of this pool, or put a file's there."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Choose the same items again.")
    ] = None,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a quiz of gold cases; reviewers get copies that look like any other case."""
    from hitl_tui.quality.choosing import choose  # noqa: PLC0415

    if stratify not in (None, "label"):
        raise Stop("--stratify takes label; this is {it}", it=stratify)
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    number = secrets.randbelow(2**31) if seed is None else seed
    actor = reviewer_at(address, config, reviewer)
    with opened(address, config) as queue_:
        store = file_of(queue_)
        found = (
            gold_of_queue(store, pool) if source == "gold" else gold_of_file(source, config, pool)
        )
        items = choose(found, size, seed=number, stratified=stratify is not None)
        if not items:
            raise Stop("there is no gold case with a decision: ingest some, with `gold` in them")
        quiz = store.create_quiz(
            actor,
            name,
            items,
            mode="training" if training else "scored",
            stratified=stratify is not None,
            seed=number,
        )
    if as_json:
        answer = {"quiz": quiz.name, "mode": quiz.mode, "items": len(items), "seed": number}
        say.emit_json({**answer, "available": len(found)})
        return
    say.say(
        message("quiz {name}: {n} items of {all}", name=name, n=len(items), all=len(found)),
        message("Each reviewer takes it with `hitl quiz take {name}`.", name=name),
    )
    if len(items) < size:
        say.note(message("{n} gold cases are all there are", n=len(items)))


@app.command()
def take(
    ctx: typer.Context,
    name: NameArgument,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="Line by line, without a screen.")] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Only begin, and print the ids of your cases, for `hitl verdict`."
        ),
    ] = False,
) -> int:
    """Judge the items of a quiz in the workstation, blind."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    if as_json:
        who = reviewer_at(address, config, reviewer)
        with opened(address, config) as queue_:
            sitting = table_of(queue_).sit(who, name)
        cases = [{"case_id": seat.case_id, "answered": seat.answered} for seat in sitting.seats]
        say.emit_json({"quiz": name, "mode": sitting.mode, "reviewer": who, "cases": cases})
        return 0
    if not plain and not say.on_terminal():
        raise Stop(
            "hitl quiz take needs a terminal; --plain works line by line, and from a script begin with "
            "`hitl quiz take {name} --json` and use `hitl verdict`",
            name=name,
        )
    from hitl_tui.cli.taking import take_quiz  # noqa: PLC0415  (the workstation)

    return take_quiz(config, address, name, reviewer, plain=plain)


@app.command()
def report(
    ctx: typer.Context, name: NameArgument, queue: QueueOption = None, as_json: JsonOption = False
) -> None:
    """Scores with intervals, recall by label, agreement, doubtful items, and who may judge what."""
    from hitl_tui.reports.quiz import QuizReport, lines  # noqa: PLC0415
    from hitl_tui.reports.quiz import as_json as json_of  # noqa: PLC0415
    from hitl_tui.stats.analysis import analyse  # noqa: PLC0415
    from hitl_tui.stats.quizzes import scores  # noqa: PLC0415  (numpy)
    from hitl_tui.stats.ratings import from_rows  # noqa: PLC0415

    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as queue_:
        record = table_of(queue_).quiz(name)
        pools = [
            pool for pool, table in config.settings.pools.items() if name in table.qualified_by
        ]
        let_in = qualified(queue_, config, record, pools)
    found = scores(record, config.settings.quiz.mark)
    agreement = analyse(from_rows(found.ratings, declared=decisions_of(record)), parts=False)
    whole = QuizReport(record, found, agreement, pools, let_in)
    if as_json:
        say.emit_json(json_of(whole))
    else:
        say.say(*lines(whole))


@app.command()
def session(
    ctx: typer.Context,
    name: NameArgument,
    item: Annotated[
        int | None, typer.Argument(metavar="[ITEM]", help="The number of an item; without: all.")
    ] = None,
    gold: Annotated[
        str | None, typer.Option("--gold", metavar="DECISION", help="Record: this is right.")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="LABEL", help="With --gold: a label; repeatable."),
    ] = None,
    section: Annotated[
        str | None,
        typer.Option("--section", metavar="ID", help="Record: this section needs a change."),
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What was said.")] = "",
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everyone's answers to one case side by side; what the discussion came to is recorded."""
    from hitl_tui.reports import session as sheet  # noqa: PLC0415

    config = configuration_of(ctx)
    address = config.queue_address(queue)
    recording = gold is not None or section is not None
    if recording and item is None:
        raise Stop("--gold and --section are about one item: give its number")
    if label and gold is None:
        raise Stop("--label goes with --gold")
    with opened(address, config) as queue_:
        record = table_of(queue_).quiz(name)
        if item is not None and not 1 <= item <= len(record.items):
            raise Stop("the quiz {name} has items 1 to {n}", name=name, n=len(record.items))
        if recording and item is not None:
            right = right_answer(record, item, gold, label or [])
            check_section(config, section)
            actor = reviewer_at(address, config, reviewer)
            file_of(queue_).settle_item(actor, name, item, gold=right, section=section, note=note)
            record = table_of(queue_).quiz(name)
    if item is None:
        if as_json:
            say.emit_json([sheet.as_json(record, n) for n in sheet.order(record)])
        else:
            say.say(*sheet.agenda(record))
    elif as_json:
        say.emit_json(sheet.as_json(record, item))
    else:
        from hitl_tui.cli.sheet import sheet as paper  # noqa: PLC0415

        case = record.items[item - 1].case
        say.say(*paper(case, say.width()), Shown(""), *sheet.lines(record, item))


@app.command()
def close(
    ctx: typer.Context,
    name: NameArgument,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
) -> None:
    """End a quiz: nobody begins it any more, and copies without an answer leave the queue."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    actor = reviewer_at(address, config, reviewer)
    with opened(address, config) as queue_:
        gone = file_of(queue_).close_quiz(actor, name)
    say.say(message("quiz {name} is closed; {n} copies were withdrawn", name=name, n=gone))


@app.command(name="list")
def list_quizzes(
    ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False
) -> None:
    """The quizzes that there are."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as queue_:
        found = table_of(queue_).quizzes()
    if as_json:
        say.emit_json([quiz.model_dump(mode="json") for quiz in found])
        return
    for quiz in found:
        say.say(
            message(
                "{name}  {mode}  made {at} by {who}{closed}",
                name=quiz.name,
                mode=quiz.mode,
                at=f"{quiz.created_at:%Y-%m-%d}",
                who=quiz.created_by,
                closed="  closed" if quiz.closed_at else "",
            )
        )
