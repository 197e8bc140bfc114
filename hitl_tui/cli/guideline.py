"""`hitl guideline`: the document's sections and versions, what changed, who has read it, what is cited."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.documents import path_of
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.rulebook import (
    NAME,
    guideline_of,
    guideline_text,
    read_document,
    sections_of,
)
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.guideline import Change, Guideline
from hitl_tui.model.guideline import diff as changes_between
from hitl_tui.model.text import Shown, message, reveal
from hitl_tui.queue.calibration import CalibrationStore, Sittings
from hitl_tui.queue.protocol import Queue

app = commands("The guideline: its versions, who has read them, what is cited.")


@app.callback()
def _guideline() -> None:
    """The guideline: its versions, who has read them, what is cited."""


@app.command()
def show(
    ctx: typer.Context,
    section: Annotated[
        str | None, typer.Argument(metavar="[SECTION]", help="One section's text; else all titles.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The version and the sections of the document, or one section."""
    guideline = guideline_of(configuration_of(ctx))
    if as_json:
        rows = [
            {"id": one.id, "title": one.title, "level": one.level, "text": one.text}
            for one in guideline.sections
            if section in (None, one.id)
        ]
        say.emit_json({"version": guideline.version, "sections": rows})
        return
    if section is None:
        from hitl_tui.reports.table import table  # noqa: PLC0415

        say.say(message("guideline, version {version}", version=guideline.version))
        say.say(
            *table(["id", "title"], [[one.id, one.title] for one in guideline.sections], left=2)
        )
        return
    found = guideline.section(section)
    if found is None:
        raise Stop("the guideline has no section {id}", id=section)
    say.say(message("{title}", title=found.title), reveal(found.text.strip("\r\n")).text)


@app.command()
def publish(ctx: typer.Context, queue: QueueOption = None, reviewer: ReviewerOption = None) -> None:
    """Make the document's version the one that holds: reviewers are asked to read it."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    text = guideline_text(config)
    guideline = sections_of(text, path_of(config, NAME))
    actor = reviewer_at(address, config, reviewer)
    with opened(address, config) as queue_:
        store = _store(queue_)
        before = {one.version for one in store.guidelines()}
        store.publish_guideline(actor, text)
    if guideline.version in before:
        say.say(message("version {version} was published before", version=guideline.version))
    else:
        say.say(message("version {version} is published", version=guideline.version))


@app.command()
def acknowledge(
    ctx: typer.Context,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="What you have read; the latest.")
    ] = None,
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
) -> None:
    """Say that you have read the version that holds."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    name = reviewer_at(address, config, reviewer)
    with opened(address, config) as queue_:
        desk = _sittings(queue_)
        latest = desk.guideline()
        if latest is None:
            raise Stop("no guideline was published; a lead does it with `hitl guideline publish`")
        read = version or latest.version
        desk.acknowledge(name, read)
    say.say(message("{who} has read version {version}", who=name, version=read))


@app.command()
def status(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """The published versions and who has read the latest."""
    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as queue_:
        store = _store(queue_)
        versions, read = store.guidelines(), store.acknowledgements()
    here = guideline_of(config).version
    if as_json:
        say.emit_json(
            {
                "file": here,
                "versions": [
                    {"version": one.version, "by": one.by, "at": rfc3339(one.at)}
                    for one in versions
                ],
                "acknowledged": [
                    {"version": one.version, "reviewer": one.reviewer, "at": rfc3339(one.at)}
                    for one in read
                ],
            }
        )
        return
    for one in versions:
        names = sorted(ack.reviewer for ack in read if ack.version == one.version)
        say.say(
            message(
                "{version}  {at}  by {by}  read by {names}",
                version=one.version,
                at=f"{one.at:%Y-%m-%d}",
                by=one.by,
                names=", ".join(names) or "nobody yet",
            )
        )
    if not versions or versions[-1].version != here:
        say.say(
            message(
                "the file is version {version}, not published: `hitl guideline publish`",
                version=here,
            )
        )


@app.command()
def diff(
    ctx: typer.Context,
    old: Annotated[
        str | None,
        typer.Argument(
            metavar="[OLD]", help="A file or a published version; the latest published."
        ),
    ] = None,
    new: Annotated[
        str | None, typer.Argument(metavar="[NEW]", help="The same; the document as it is.")
    ] = None,
    queue: QueueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Section by section, what is new, gone or said in other words."""
    config = configuration_of(ctx)
    before = _document(config, queue, old) if old else _latest(config, queue)
    after = _document(config, queue, new) if new else guideline_of(config)
    found = changes_between(before, after)
    if as_json:
        say.emit_json(
            {
                "old": before.version,
                "new": after.version,
                "changes": [
                    {
                        "id": one.id,
                        "what": one.what,
                        "old": one.old and {"title": one.old.title, "text": one.old.text},
                        "new": one.new and {"title": one.new.title, "text": one.new.text},
                    }
                    for one in found
                ],
            }
        )
        return
    say.say(message("{old} to {new}", old=before.version, new=after.version))
    if not found:
        say.say(Shown("no section is different"))
    for change in found:
        say.say(*_change(change))


@app.command()
def citations(ctx: typer.Context, queue: QueueOption = None, as_json: JsonOption = False) -> None:
    """How often verdicts cite each section, and how many of these cases were disputed."""
    from hitl_tui.quality.citations import citations as count  # noqa: PLC0415

    config = configuration_of(ctx)
    with opened(config.queue_address(queue), config) as queue_:
        found = count(queue_.records())
    if as_json:
        say.emit_json(
            [
                {
                    "section": one.section,
                    "verdicts": one.verdicts,
                    "cases": one.cases,
                    "disputed": one.disputed,
                    "gaps": one.gaps,
                    "versions": one.versions,
                }
                for one in found
            ]
        )
        return
    if not found:
        say.say(Shown("no verdict cites a section yet"))
        return
    from hitl_tui.reports.table import percent, table  # noqa: PLC0415

    known = {one.id: one.title for one in guideline_of(config).sections}
    rows = [
        [
            one.section,
            known.get(one.section),
            one.verdicts,
            one.cases,
            one.disputed,
            one.gaps,
            percent(one.dispute_rate),
        ]
        for one in found
    ]
    header = ["section", "title", "verdicts", "cases", "disputed", "gaps", "dispute rate"]
    say.say(*table(header, rows, left=2))


def _latest(config: Configuration, queue: str | None) -> Guideline:
    with opened(config.queue_address(queue), config) as queue_:
        latest = _sittings(queue_).guideline()
    if latest is None:
        raise Stop("no guideline was published yet: name the older file")
    return sections_of(latest.text, latest.version)


def _document(config: Configuration, queue: str | None, name: str) -> Guideline:
    path = Path(name)
    if path.exists():
        return sections_of(read_document(path), name)
    with opened(config.queue_address(queue), config) as queue_:
        versions = _store(queue_).guidelines()
    found = [one for one in versions if one.version.startswith(name)]
    if len(found) != 1:
        raise Stop("{name} is neither a file nor a published version", name=name)
    return sections_of(found[0].text, found[0].version)


def _change(change: Change) -> Iterator[Shown]:
    section = change.new or change.old
    title = section.title if section else ""
    yield Shown("")
    yield message("{what}: {id}  {title}", what=change.what, id=change.id, title=title)
    if change.what == "retitled" and change.old is not None:
        yield message("  was: {title}", title=change.old.title)
    old = change.old.text.splitlines() if change.old else []
    new = change.new.text.splitlines() if change.new else []
    if change.what == "retitled":
        return
    for line in list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]:
        if not line.startswith("@@"):
            yield message("  {line}", line=line)


def _store(queue: Queue) -> CalibrationStore:
    if isinstance(queue, CalibrationStore):
        return queue
    raise Stop(
        "{address} does not take this over the network: run it where the queue's file is",
        address=queue.address,
    )


def _sittings(queue: Queue) -> Sittings:
    if isinstance(queue, Sittings):
        return queue
    raise Stop("{address} keeps no guideline", address=queue.address)
