"""`hitl export`: writes one data set from the queue's cases and verdicts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from hitl_tui.cli.exporting import made, told
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.formats.order import Beside, Order
from hitl_tui.formats.outputs import need_parquet
from hitl_tui.formats.pii import POLICIES, Policy
from hitl_tui.formats.samples import ContextUse
from hitl_tui.formats.selection import Selection
from hitl_tui.formats.splits import DEFAULT, BadSplit, shares
from hitl_tui.formats.staging import check_free
from hitl_tui.formats.writers import UnfitWriter, writers
from hitl_tui.formats.writers.contract import Writer

app = commands()


@app.command()
def export(
    ctx: typer.Context,
    format_: Annotated[
        str, typer.Argument(metavar="FORMAT", help="jsonl, sft, dpo, kto, ..., hf.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="A new directory for the files.")
    ] = None,
    queue: QueueOption = None,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="SHARES", help="Train, validation and test: 0.8/0.1/0.1."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Only what was decided then or later."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="LABEL", help="Only cases with this reason; repeatable."),
    ] = None,
    pool: Annotated[
        list[str] | None,
        typer.Option("--pool", metavar="POOL", help="Only cases of this pool; repeatable."),
    ] = None,
    min_agreement: Annotated[
        float | None,
        typer.Option("--min-agreement", metavar="0-1", help="The least share of equal verdicts."),
    ] = None,
    exclude_reviewer: Annotated[
        list[str] | None,
        typer.Option("--exclude-reviewer", metavar="NAME", help="Without these verdicts."),
    ] = None,
    include_gold: Annotated[
        bool, typer.Option("--include-gold", help="Cases whose answer was known before, too.")
    ] = False,
    context: Annotated[
        str,
        typer.Option("--context", metavar="system|omit", help="Whether prompts have the sources."),
    ] = "system",
    standard: Annotated[
        bool, typer.Option("--standard", help="Texts instead of messages.")
    ] = False,
    anonymise: Annotated[
        bool,
        typer.Option("--anonymise", help="Nothing that tells who decided, nor when they work."),
    ] = False,
    pii: Annotated[
        str | None,
        typer.Option("--pii", metavar="fail|redact|allow", help="What personal data does."),
    ] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Parquet files instead of JSON Lines.")
    ] = False,
    license_: Annotated[
        str, typer.Option("--license", metavar="ID", help="For the card of `hf`.")
    ] = "other",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the counts and five rows; write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an export left in DIR.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the cases and what was decided about them to files in DIR."""
    writer = _writer(format_)
    selection = Selection(
        since=None if since is None else _moment(since),
        labels=frozenset(label or ()),
        pools=frozenset(pool or ()),
        min_agreement=_share(min_agreement),
        without=frozenset(exclude_reviewer or ()),
        include_gold=include_gold,
        anonymise=anonymise,
        context=_context(context),
        standard=_standard(standard, format_, writer),
    )
    order = Order(
        format_,
        writer,
        selection,
        _shares(split),
        _policy(pii, writer),
        _parquet(parquet, format_, writer),
        license_,
    )
    if out is None and not dry_run:
        raise Stop("Missing option '--out': it names the directory for the files")
    if out is not None and not dry_run:
        check_free(out, replace=force)
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    with opened(address, config) as store:
        actor = reviewer_at(address, config, None)
        place = None if dry_run else out
        beside = _beside(format_, config)
        done = made(store, order, actor, place, replace=force, beside=beside)
        told(order, done, out, as_json=as_json)


def _writer(name: str) -> Writer:
    """The writer of a format; when there is none, every format with its sentence."""
    try:
        known = writers()
    except UnfitWriter as error:
        raise Stop(
            "an installed package offers a format that cannot be used ({what}): mend or remove it",
            what=error,
        ) from None
    if name not in known:
        listed = "; ".join(f"{one}: {writer.about}" for one, writer in known.items())
        raise Stop("there is no format {name}; there are: {known}", name=name, known=listed)
    return known[name]


def _beside(name: str, config: Configuration) -> Beside | None:
    """What a format of ours has beside its rows: the statistics of `agreement`."""
    if name != "agreement":
        return None
    from hitl_tui.cli.agreeing import Agreeing  # noqa: PLC0415  (numpy)

    return Agreeing(config)


def _moment(text: str) -> datetime:
    """A day or a time with its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Stop("{text} is no time: 2026-11-22, or 2026-11-22T09:00:00Z", text=text) from None
    if moment.tzinfo is None and len(text) > len("2026-11-22"):
        raise Stop("{text} needs its zone: write Z at its end for UTC", text=text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise Stop("--min-agreement is a share of 0 to 1, such as 0.67")
    return value


def _shares(text: str | None) -> tuple[float, float, float]:
    try:
        return DEFAULT if text is None else shares(text)
    except BadSplit as error:
        raise Stop("--split: {why}", why=error) from None


def _context(text: str) -> ContextUse:
    if text not in ("system", "omit"):
        raise Stop("--context is system (the sources go into the prompt) or omit")
    return cast(ContextUse, text)


def _standard(wanted: bool, name: str, writer: Writer) -> bool:
    if wanted and writer.standard is None:
        raise Stop(
            "{name} has no form with texts instead of messages: leave --standard away", name=name
        )
    return wanted


def _policy(text: str | None, writer: Writer) -> Policy:
    """What was asked for; else the gate is shut for data sets and open for the queue's own form."""
    if text is None:
        return "fail" if writer.gated else "allow"
    if text not in POLICIES:
        raise Stop("--pii is one of: {policies}", policies=", ".join(POLICIES))
    return text


def _parquet(wanted: bool, name: str, writer: Writer) -> bool:
    if not wanted:
        return False
    free = any(field.type == "free" for field in writer.fields.values())
    if free or writer.layout != "lines" or writer.sidecar:
        raise Stop("{name} has a form of its own, which is not Parquet", name=name)
    need_parquet()
    return True
