"""`hitl ingest`: reads cases from files and queues them; names every line it does not take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from hitl_tui.cli import say
from hitl_tui.cli.check import Check
from hitl_tui.cli.intake import FIELD_NAMES, Admit, Intake, Tally
from hitl_tui.cli.options import JsonOption, QueueOption, commands
from hitl_tui.cli.rejects import Rejects
from hitl_tui.cli.routes import router
from hitl_tui.cli.session import configuration_of, open_at
from hitl_tui.cli.sources import Source, rereadable, sources, total
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.load import Configuration
from hitl_tui.formats.readers import READERS
from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.model.text import message
from hitl_tui.model.work import Route
from hitl_tui.queue.open import is_database, is_server, queue_path
from hitl_tui.queue.protocol import Admission, NoQueue, Queue

app = commands()
REFUSED = 1


@app.command()
def ingest(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="JSON Lines; - is stdin.")],
    queue: QueueOption = None,
    format_: Annotated[
        str,
        typer.Option("--format", metavar="NAME", help="auto, or: " + ", ".join(sorted(READERS))),
    ] = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would happen.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Load nothing at all when one line is bad.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Read cases from FILEs and queue them; bad lines are named and kept in a rejects file."""
    config = configuration_of(ctx)
    name = _format(format_)
    address = config.queue_address(queue)
    place = _beside(address)
    inputs = sources(files)
    with closing(Rejects()) as rejects:
        with ExitStack() as held:
            if strict:
                inputs = held.enter_context(rereadable(inputs))
            if strict or dry_run:
                tally = _look(inputs, name, address, config, rejects)
            loaded = not dry_run and not (strict and rejects.count)
            if loaded:
                tally = _load(inputs, name, address, config, rejects)
        _refuse_what_holds_nothing(tally, inputs, rejects)
        kept_in = None
        if rejects.count and not dry_run:
            kept_in = rejects.write(place, [Path(f) for f in files if f != "-"])
    _report_rejects(rejects, kept_in)
    if as_json:
        say.emit_json(_summary(tally, rejects, kept_in, loaded=loaded or dry_run))
    else:
        _report(tally, rejects, loaded=loaded, dry_run=dry_run)
    return REFUSED if strict and rejects.count else 0


def _refuse_what_holds_nothing(tally: Tally, inputs: Sequence[Source], rejects: Rejects) -> None:
    names = ", ".join(source.name for source in inputs)
    if tally.read == 0:
        raise Stop("{files} holds no case: nothing to ingest", files=names)
    if tally.json_lines == 0:
        _show_first(rejects)
        raise Stop(
            "no line of {files} is JSON; a file of cases is JSON Lines, one case a line",
            files=names,
        )


def _format(name: str) -> str | None:
    if name == "auto":
        return None
    if name not in READERS:
        known = "; ".join(f"{key}: {reader.about}" for key, reader in READERS.items())
        raise Stop(
            "there is no format {name}; auto decides by content, or {known}", name=name, known=known
        )
    return name


def _look(
    inputs: Sequence[Source],
    name: str | None,
    address: str,
    config: Configuration,
    rejects: Rejects,
) -> Tally:
    with ExitStack() as held:
        queue = _there(address, config)
        if queue is not None:
            held.callback(queue.close)
        check = held.enter_context(closing(Check(queue)))
        return _run(inputs, name, config, check.admit, rejects)


def _there(address: str, config: Configuration) -> Queue | None:
    """The queue to look into, None when there is none yet; a server does not say what it holds."""
    if is_database(address):
        with suppress(NoQueue):
            return open_at(address, config)
        return None
    if is_server(address) or not queue_path(address).exists():
        return None
    return open_at(address, config)


def _load(
    inputs: Sequence[Source],
    name: str | None,
    address: str,
    config: Configuration,
    rejects: Rejects,
) -> Tally:
    with _queue_when_needed(address, config) as admit:
        return _run(inputs, name, config, admit, rejects)


@contextmanager
def _queue_when_needed(address: str, config: Configuration) -> Iterator[Admit]:
    """An `admit` that opens the queue at its first batch: a file without a case makes no queue."""
    opened: list[Queue] = []

    def admit(batch: Sequence[tuple[Submission, Route]]) -> list[Admission]:
        if not opened:
            opened.append(open_at(address, config, create=True))
        return opened[0].admit(batch)

    try:
        yield admit
    finally:
        for queue in opened:
            queue.close()


def _run(
    inputs: Sequence[Source],
    name: str | None,
    config: Configuration,
    admit: Admit,
    rejects: Rejects,
) -> Tally:
    with say.progress(total(inputs)) as progress:
        intake = Intake(inputs, router(config.settings, utc_now), admit, rejects)
        return intake.run(name, progress)


def _beside(address: str) -> Path:
    """Where the rejects file goes: beside the queue's file, else the working directory."""
    elsewhere = is_server(address) or is_database(address)
    parent = Path.cwd() if elsewhere else queue_path(address).parent
    return parent if parent.is_dir() else Path()


def _summary(
    tally: Tally, rejects: Rejects, kept_in: Path | None, *, loaded: bool
) -> dict[str, object]:
    counts = tally.outcomes if loaded else Counter[str]()
    return {
        "read": tally.read,
        "queued": counts["queued"],
        "allowed": counts["allowed"],
        "blocked": counts["blocked"],
        "duplicates": counts["duplicate"],
        "rejected": rejects.count,
        "rejects_file": str(kept_in) if kept_in else None,
    }


def _report(tally: Tally, rejects: Rejects, *, loaded: bool, dry_run: bool) -> None:
    read, refused = f"{tally.read:,}", f"{rejects.count:,}"
    if not loaded and not dry_run:
        template = (
            "{read} read, {refused} of them bad: nothing was loaded, --strict takes all or none"
        )
        say.say(message(template, read=read, refused=refused))
        return
    counts = tally.outcomes
    words = {
        "queued": counts["queued"],
        "allowed": counts["allowed"],
        "blocked": counts["blocked"],
        "there already": counts["duplicate"],
        "rejected": rejects.count,
    }
    shown = [f"{n:,} {word}" for word, n in words.items() if n or word in ("queued", "rejected")]
    if dry_run:
        say.say(message("A dry run, nothing was written. What would happen:"))
    say.say(message("{read} read: {what}", read=read, what=", ".join(shown)))
    _report_fields("kept under `metadata`", tally.kept)
    _report_fields("left out, as others' verdicts must not reach a reviewer", tally.dropped)
    if tally.new_ids:
        say.say(
            message(
                "{n} without an id got a new one; reading them again would queue them again",
                n=f"{tally.new_ids:,}",
            )
        )


def _report_fields(what: str, names: Counter[str]) -> None:
    if not names:
        return
    shown = ", ".join(f"{name[:40]} ({n:,})" for name, n in names.most_common(10))
    more = len(names) - 10
    if more > 0:
        shown += f" and {more}{'+' if len(names) == FIELD_NAMES else ''} more"
    say.say(message("Unknown fields, {what}: {names}", what=what, names=shown))


def _show_first(rejects: Rejects) -> None:
    for line in rejects.first:
        say.detail(line)
    if rejects.count > len(rejects.first):
        say.detail(message("and {n} more", n=f"{rejects.count - len(rejects.first):,}"))


def _report_rejects(rejects: Rejects, kept_in: Path | None) -> None:
    if not rejects.count:
        return
    lines = "1 line was" if rejects.count == 1 else f"{rejects.count:,} lines were"
    if kept_in:
        kept = "it is" if rejects.count == 1 else "they are"
        say.note(
            message(
                "{lines} not taken; {kept} in {file}, with reasons",
                lines=lines,
                kept=kept,
                file=kept_in,
            )
        )
    else:
        say.note(message("{lines} not taken", lines=lines))
    _show_first(rejects)
