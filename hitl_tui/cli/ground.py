"""`hitl ground`: says of every case in a file how far its output is found in its sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any

import typer

from hitl_tui.cli import say
from hitl_tui.cli.explanation import explanation
from hitl_tui.cli.options import JsonOption, commands
from hitl_tui.cli.rejects import Rejects
from hitl_tui.cli.session import configuration_of
from hitl_tui.cli.sheet import sheet
from hitl_tui.cli.sources import Source, sources
from hitl_tui.cli.trouble import Stop
from hitl_tui.formats.readers import Reject, read_cases
from hitl_tui.grounding import Clause, ground, index_case
from hitl_tui.grounding.second import with_opinions
from hitl_tui.model.case import Case
from hitl_tui.model.text import Shown, message
from hitl_tui.routing.detectors import Detection, detect
from hitl_tui.tui.grounded import opinions

app = commands()


@app.command(name="ground")
def ground_file(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON Lines; - is stdin.")],
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="CASE", help="Say in words why this case is marked so."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print how far each output in FILE is found in its sources; nothing is queued.

    With --json one line a case: risk, clauses with score, grade, reasons and evidence, and flags.
    """
    budget = configuration_of(ctx).settings.review.mark_budget
    (source,) = sources([file])
    done = 0
    with closing(Rejects()) as rejects:
        for case in _cases(source, rejects):
            if explain is not None and case.id != explain:
                continue
            if done and not as_json:
                say.say(message("{line}", line="─" * say.width()), Shown(""))
            done += 1
            if as_json:
                say.emit_json(as_value(case))
            elif explain is not None:
                say.say(*explanation(case, say.width()))
            else:
                say.say(*sheet(case, say.width(), budget=budget), Shown(""))
        _report(rejects)
        if not done:
            raise _nothing(source, explain, rejects)


def as_value(case: Case) -> dict[str, Any]:
    """What `--json` prints of one case. Offsets of clauses and flags are code points of its output.

    `note` stands there when nothing was compared, `detectors` when others had said something of the case.
    """
    said, failed = detect(case)
    grounding = with_opinions(ground(case.output or "", index_case(case)), opinions(said))
    value: dict[str, Any] = {
        "id": case.id,
        "risk": grounding.risk,
        "risk_without_style": grounding.risk_without_style,
        "clauses": [_clause(clause) for clause in grounding.clauses],
        "flags": [
            {"start": flag.start, "end": flag.end, "kind": flag.kind, "note": flag.note}
            for flag in grounding.flags
        ],
    }
    if grounding.note:
        value["note"] = grounding.note
    if said or failed:
        value["detectors"] = [*map(_detection, said), *map(dataclasses.asdict, failed)]
    return value


def _detection(said: Detection) -> dict[str, Any]:
    return dataclasses.asdict(said)


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "start": clause.start,
        "end": clause.end,
        "score": clause.score,
        "score_without_style": clause.score_without_style,
        "grade": clause.grade,
        "reasons": list(clause.reasons),
        "evidence": [
            {
                "passage": place.passage,
                "start": place.start,
                "end": place.end,
                "score": round(place.score, 6),
            }
            for place in clause.evidence
        ],
    }


def _cases(source: Source, rejects: Rejects) -> Iterator[Case]:
    with source.open() as stream:
        for line in read_cases(stream):
            if isinstance(line, Reject):
                rejects.add(source.name, line.line, line.reason, line.raw)
            else:
                yield line.read.submission


def _report(rejects: Rejects) -> None:
    if not rejects.count:
        return
    lines = "1 line was" if rejects.count == 1 else f"{rejects.count:,} lines were"
    say.note(message("{lines} not taken", lines=lines))
    for line in rejects.first:
        say.detail(line)
    if rejects.count > len(rejects.first):
        say.detail(message("and {n} more", n=f"{rejects.count - len(rejects.first):,}"))


def _nothing(source: Source, explain: str | None, rejects: Rejects) -> Stop:
    if explain is not None:
        return Stop("{file} has no case {id}", file=source.name, id=explain)
    if rejects.count:
        return Stop("no line of {file} is a case; mend them and try again", file=source.name)
    return Stop("{file} holds no case: nothing to ground", file=source.name)
