"""`hitl verdict`: one decision on one named case, from a script or without the workstation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from hitl_tui import __version__
from hitl_tui.cli import say
from hitl_tui.cli.options import JsonOption, QueueOption, ReviewerOption, commands
from hitl_tui.cli.rulebook import citations
from hitl_tui.cli.session import configuration_of, opened, reviewer_at
from hitl_tui.cli.trouble import Stop
from hitl_tui.config.settings import LabelSettings
from hitl_tui.model.arguments import unfit_arguments
from hitl_tui.model.case import Case
from hitl_tui.model.clock import parse_duration
from hitl_tui.model.ids import new_id
from hitl_tui.model.load import explain
from hitl_tui.model.text import Shown, message
from hitl_tui.model.verdict import WRITES_TEXT, EvidenceRef, Verdict, misfit
from hitl_tui.queue.protocol import LeaseLost, NotAvailable, NotOffered, Queue, Receipt

app = commands()
_PLACE = re.compile(r"(?P<passage>[0-9]{1,9}):(?P<start>[0-9]{1,9}):(?P<end>[0-9]{1,9})")


@app.command()
def verdict(
    ctx: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="The id of the case.")],
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="approve, reject, edit, escalate, ...")
    ],
    queue: QueueOption = None,
    reviewer: ReviewerOption = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="LABEL", help="A reason; repeatable.")
    ] = None,
    rationale: Annotated[
        str | None, typer.Option("--rationale", metavar="TEXT", help="The reason in words.")
    ] = None,
    edited: Annotated[
        Path | None, typer.Option("--edited", metavar="FILE", help="The new text, byte for byte.")
    ] = None,
    span: Annotated[
        list[str] | None,
        typer.Option("--span", metavar="START:END:LABEL", help="A marked stretch; repeatable."),
    ] = None,
    confidence: Annotated[
        int | None, typer.Option("--confidence", metavar="1-5", help="How sure you are.")
    ] = None,
    strength: Annotated[
        int | None, typer.Option("--strength", metavar="1-3", help="How clear a preference is.")
    ] = None,
    harm: Annotated[
        str | None, typer.Option("--harm", metavar="ID", help="The category of harm.")
    ] = None,
    severity: Annotated[
        int | None, typer.Option("--severity", metavar="0-4", help="How grave the harm is.")
    ] = None,
    cite: Annotated[
        list[str] | None,
        typer.Option("--cite", metavar="SECTION", help="A section of the guideline; repeatable."),
    ] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(
            "--evidence",
            metavar="PASSAGE:START:END",
            help="A place in the sources, passages counted from 0; repeatable.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Decide CASE: it is claimed, judged and given back in one go."""
    config = configuration_of(ctx)
    address = config.queue_address(queue)
    name = reviewer_at(address, config, reviewer)
    draft = {
        "id": new_id(),
        "case_id": case,
        "reviewer": name,
        "decision": decision,
        "labels": tuple(label or ()),
        "spans": [_span(text) for text in span or ()],
        "edited_output": text_of(edited) if edited else None,
        "rationale": rationale,
        "confidence": confidence,
        "strength": strength,
        "harm": harm,
        "severity": severity,
        "guidelines": citations(config, cite or ()),
        "evidence": [_place(text) for text in evidence or ()],
        "client": f"hitl/{__version__}",
    }
    with opened(address, config) as store:
        lease_s = parse_duration(config.settings.queue.lease).total_seconds()
        with _leased(store, name, case, lease_s) as (token, found):
            judged = _checked(draft, found, config.settings.labels)
            receipt = store.submit(judged.model_copy(update={"lease": token}))
    _report(receipt, case, as_json=as_json)


def _checked(draft: dict[str, Any], case: Case, schema: LabelSettings) -> Verdict:
    """The verdict, or Stop when it could never fit."""
    try:
        judged = Verdict.model_validate(draft)
    except ValidationError as error:
        raise Stop.saying(explain(error)) from None
    why = misfit(judged, case.kind, len(case.output or ""))
    if why:
        unwritten = judged.decision in WRITES_TEXT and judged.edited_output is None
        hint = ": --edited FILE gives it" if unwritten else ""
        raise Stop("{why}{hint}", why=why, hint=hint)
    for place in judged.evidence:
        _within(place, case)
    if case.action is not None and judged.edited_output is not None:
        unfit = unfit_arguments(judged.edited_output, case.action)
        if unfit is not None:
            raise Stop.saying(unfit)
    labels = (*judged.labels, *(span.label for span in judged.spans if span.label))
    outside = schema.outside(tuple(dict.fromkeys(labels)), case.kind, judged.decision)
    if outside:
        _outside(outside, schema)
    return judged


def _outside(labels: Sequence[str], schema: LabelSettings) -> None:
    shown = ", ".join(labels)
    known = ", ".join(reason.id for reason in schema.reason)
    if schema.closed:
        raise Stop(
            "{labels}: not in the label schema; there are: {known}", labels=shown, known=known
        )
    say.note(
        message(
            "{labels}: not in the label schema (taken all the same); there are: {known}",
            labels=shown,
            known=known,
        )
    )


@contextmanager
def _leased(
    store: Queue, reviewer: str, case_id: str, lease_s: float
) -> Iterator[tuple[int, Case]]:
    """A lease on the case, its token and the case: a new one, or the one this reviewer has.

    A new lease is given back when the block fails; one that was there before is left alone, since a
    workstation may be sitting on it.
    """
    try:
        claim = store.claim(reviewer, case_id=case_id, lease_s=lease_s)[0]
    except NotAvailable as refusal:
        yield _held(store, reviewer, case_id, refusal), store.case(case_id)
        return
    try:
        yield claim.token, claim.case
    except BaseException:
        _give_back(store, reviewer, claim.token)
        raise


def _held(store: Queue, reviewer: str, case_id: str, refusal: NotAvailable) -> int:
    """The token of the lease that this reviewer has; `refusal` when there is none, or none is told."""
    try:
        leases = store.leases()
    except NotOffered:
        raise refusal from None
    held = [one.token for one in leases if (one.case_id, one.reviewer) == (case_id, reviewer)]
    if not held:
        raise refusal
    return held[0]


def _give_back(store: Queue, reviewer: str, token: int) -> None:
    try:
        store.release(reviewer, token, reason="quit")
    except LeaseLost:
        return  # the verdict used it up, or its time is over: there is nothing to give back


def _span(text: str) -> dict[str, Any]:
    start, _, rest = text.partition(":")
    end, _, label = rest.partition(":")
    if not (start.isascii() and start.isdigit() and end.isascii() and end.isdigit()):
        raise Stop(
            "--span takes START:END:LABEL, such as 5:31:unsupported; this is {text}", text=text
        )
    return {"start": int(start), "end": int(end), "label": label or None}


def _place(text: str) -> dict[str, int]:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise Stop(
            "--evidence takes PASSAGE:START:END, such as 0:57:64, the first passage is 0; this is {text}",
            text=text,
        )
    return {name: int(number) for name, number in found.groupdict().items()}


def _within(place: EvidenceRef, case: Case) -> None:
    count = len(case.context)
    if place.passage >= count:
        raise Stop(
            "there is no passage {n}: the case has {count}, counted from 0",
            n=place.passage,
            count=count,
        )
    size = len(case.context[place.passage].text)
    if place.end > size:
        raise Stop(
            "evidence ends outside the {size} characters of passage {n}", size=size, n=place.passage
        )


def text_of(path: Path) -> str:
    """The file's text, code point for code point: no newline is translated, a byte order mark stays."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Stop("{path} is not UTF-8 at byte {n}", path=path, n=error.start + 1) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Stop("{path} cannot be read: {why}", path=path, why=why) from None


def _report(receipt: Receipt, case_id: str, *, as_json: bool) -> None:
    resolution = receipt.resolution
    if as_json:
        say.emit_json(
            {
                "id": receipt.id,
                "accepted": receipt.accepted,
                "adopted": receipt.adopted,
                "case_state": receipt.case_state,
                "resolution": resolution.model_dump(mode="json") if resolution else None,
            }
        )
        return
    say.say(message("accepted: verdict {id}", id=receipt.id))
    say.say(_state(receipt, case_id))


def _state(receipt: Receipt, case_id: str) -> Shown:
    if receipt.resolution:
        return message(
            "case {id} is resolved: {decision}", id=case_id, decision=receipt.resolution.decision
        )
    return message("case {id} is {state}", id=case_id, state=receipt.case_state)
