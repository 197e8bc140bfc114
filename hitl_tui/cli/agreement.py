"""`hitl agreement`: how far reviewers agree, from a queue or from a file, with intervals and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened
from hitl_tui.cli.sources import sources
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import DECISIONS

if TYPE_CHECKING:
    from hitl_tui.model.case import Kind
    from hitl_tui.quality.ratings import Group, What
    from hitl_tui.reports.agreement import Report
    from hitl_tui.stats.analysis import Analysis
    from hitl_tui.stats.ratings import Level, Ratings

app = commands()

_LEVELS = ("nominal", "ordinal", "interval", "ratio")
_BY = ("label", "pair", "reviewer", "pool", "week")


@app.command()
def agreement(
    ctx: typer.Context,
    queue: QueueOption = None,
    ratings: Annotated[
        str | None,
        typer.Option(
            "--ratings",
            metavar="FILE",
            help="Instead of a queue: CSV or JSON Lines with item, reviewer, label; - is stdin.",
        ),
    ] = None,
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", help="nominal, ordinal, interval or ratio.")
    ] = "nominal",
    labels: Annotated[
        str | None,
        typer.Option("--labels", metavar="A,B,C", help="The labels there are, in their order."),
    ] = None,
    on: Annotated[
        str,
        typer.Option("--on", metavar="WHAT", help="Of a queue: decision, label:NAME or severity."),
    ] = "decision",
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="WHAT", help="Also by label, pair, reviewer, pool or week."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Of a queue: only cases of this kind."),
    ] = None,
    as_json: JsonOption = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Write tables and a report to DIR."),
    ] = None,
) -> None:
    """Say how far reviewers agree, with intervals, and in words why a figure is low or undefined."""
    _check("--level", level, _LEVELS)
    _check("--by", by, _BY)
    _check("--kind", kind, tuple(DECISIONS))
    declared = _labels(labels)
    config = configuration_of(ctx)
    scale = cast("Level", level)
    if ratings is not None:
        if by in ("pool", "week") or on != "decision" or kind is not None or queue is not None:
            raise Stop(
                "a ratings file has items, reviewers and labels only: --queue, --on, --kind, "
                "--by pool and --by week are for queues"
            )
        report = _of_file(ratings, declared, scale, config)
    else:
        report = _of_queue(config, queue, _what(on), by, cast("Kind | None", kind), declared, scale)
    if export is not None:
        _export(report, export)
    if as_json:
        from hitl_tui.reports.agreement import as_json as json_of  # noqa: PLC0415

        say.emit_json(json_of(report))
    elif export is None:
        from hitl_tui.reports.agreement_lines import lines  # noqa: PLC0415

        say.say(*lines(report, by))


def _of_file(name: str, declared: Sequence[str], level: Level, config: Configuration) -> Report:
    from hitl_tui.formats.ratings import load_ratings  # noqa: PLC0415  (numpy)

    (source,) = sources([name])
    with source.open() as stream:
        loaded = load_ratings(stream, source.name, declared=declared, level=level)
    extra = []
    if loaded.repeated:
        extra = [message("{n} lines repeat another and count once", n=loaded.repeated)]
    return report_of(loaded.ratings, level, config, extra)


def _of_queue(
    config: Configuration,
    queue: str | None,
    what: What,
    by: str | None,
    kind: Kind | None,
    declared: Sequence[str],
    level: Level,
) -> Report:
    from hitl_tui.quality.ratings import declared_labels, gather  # noqa: PLC0415
    from hitl_tui.stats.analysis import analyse  # noqa: PLC0415

    group = cast("Group | None", by if by in ("pool", "week") else None)
    with opened(config.queue_address(queue), config) as store:
        gathered = gather(store, what, by=group, kind=kind)
    chosen = declared or declared_labels(what, gathered, kind)
    extra = []
    if len(gathered.kinds) > 1 and kind is None and what.on == "decision":
        kinds = ", ".join(gathered.kinds)
        extra = [
            message(
                "cases of several kinds ({kinds}) are taken together: --kind looks at one",
                kinds=kinds,
            )
        ]
    groups = {
        name: analyse(part, level, replicates=0, parts=False)
        for name, part in (gathered.by_group(chosen, level) if group else ())
    }
    return report_of(gathered.ratings(chosen, level), level, config, extra, groups)


def report_of(
    ratings: Ratings,
    level: Level,
    config: Configuration,
    extra: Sequence[Shown],
    groups: Mapping[str, Analysis] | None = None,
) -> Report:
    """The report on these ratings, with its notes behind the `extra` ones."""
    from hitl_tui.reports.agreement import WORDS, Report  # noqa: PLC0415
    from hitl_tui.stats.analysis import analyse  # noqa: PLC0415
    from hitl_tui.stats.notes import notes  # noqa: PLC0415

    analysis = analyse(ratings, level)
    words = config.settings.agreement.words or WORDS
    found = [*extra, *notes(ratings, analysis)]
    return Report(ratings, analysis, found, groups or {}, words)


def _export(report: Report, directory: Path) -> None:
    from hitl_tui.formats.files import make_directory, write_whole  # noqa: PLC0415
    from hitl_tui.formats.tables import csv_lines, markdown, parquet  # noqa: PLC0415
    from hitl_tui.reports.agreement import tables  # noqa: PLC0415
    from hitl_tui.reports.agreement_lines import lines  # noqa: PLC0415

    make_directory(directory)
    written = []
    for name, (header, rows) in tables(report).items():
        written.append(write_whole(directory, f"{name}.csv", csv_lines(header, rows), replace=True))
        column = parquet(header, rows)
        if column is not None:
            written.append(write_whole(directory, f"{name}.parquet", [column], replace=True))
    text = markdown(message("Agreement"), lines(report, "label"))
    written.append(write_whole(directory, "report.md", text, replace=True))
    for one in written:
        say.note(message("{path}", path=directory / one.name))


def _what(on: str) -> What:
    from hitl_tui.quality.ratings import What  # noqa: PLC0415

    name, _colon, label = on.partition(":")
    if name == "label" and label:
        return What("label", label)
    if on == "severity":
        return What("severity")
    if on == "decision":
        return What()
    raise Stop("--on takes decision, label:NAME or severity; this is {it}", it=on)


def _labels(given: str | None) -> tuple[str, ...]:
    if given is None:
        return ()
    found = [label.strip() for label in given.split(",")]
    if "" in found or len(set(found)) < len(found):
        raise Stop("--labels takes different labels with commas between them, such as ok,violation")
    return tuple(found)


def _check(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise Stop(
            "{option} takes {allowed}; this is {it}",
            option=option,
            allowed=", ".join(allowed),
            it=value,
        )
