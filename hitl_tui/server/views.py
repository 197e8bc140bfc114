"""What of a case, a verdict or a count each role sees: pure functions from the store's values to answers."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hitl_tui.model.clock import from_micros, rfc3339
from hitl_tui.model.work import Resolution, Route
from hitl_tui.queue.claims import Leased
from hitl_tui.queue.opinions import opinions
from hitl_tui.queue.protocol import Holder, Receipt, Record, Ruling, Status, StoredVerdict
from hitl_tui.queue.tokens import Identity
from hitl_tui.server import shapes
from hitl_tui.server.auth import BLIND


def claim_text(leased: Leased) -> str:
    """A `ClaimAnswer` as JSON: the stored text of the case is put in as it is, not parsed again.

    Of the route there is only what the screen needs: rule and reasons could tell what was planted.
    """
    route = {
        "pool": leased.case.pool,
        "priority": leased.case.priority,
        "overlap": leased.case.overlap,
        "due": None if leased.case.due is None else rfc3339(from_micros(leased.case.due)),
    }
    until, now = (rfc3339(from_micros(micros)) for micros in (leased.until, leased.now))
    return (
        f'{{"token":{leased.token},"case":{leased.case.body},"lease_until":"{until}",'
        f'"server_time":"{now}","route":{json.dumps(route)}}}'
    )


def claim_route(route: Route) -> shapes.ClaimRoute:
    """The part of a route that a reviewer may see."""
    return shapes.ClaimRoute(
        pool=route.pool, priority=route.priority, overlap=route.overlap, due=route.due
    )


def receipt_answer(receipt: Receipt, who: Identity) -> shapes.ReceiptAnswer:
    """What became of a verdict. To the blind it is the same whether others agreed or not."""
    state, resolution = receipt.case_state, receipt.resolution
    if who.role in BLIND:
        state = "resolved" if state == "disputed" else state
        if resolution is not None and not set(resolution.verdicts) <= {receipt.id}:
            resolution = None
    return shapes.ReceiptAnswer(
        id=receipt.id,
        accepted=receipt.accepted,
        adopted=receipt.adopted,
        case_state=state,
        resolution=resolution,
    )


def case_answer(record: Record, resolution: Resolution | None) -> shapes.CaseAnswer:
    """A case as its producer hears of it; the resolution only when there is one."""
    answer: dict[str, object] = {
        "id": record.case.id,
        "state": record.state if resolution is None else "resolved",
        "route": record.route,
        "version": record.version,
    }
    if resolution is not None:
        answer["resolution"] = resolution
    return shapes.CaseAnswer.model_validate(answer)


def record_for_holder(record: Record) -> shapes.RecordAnswer:
    """A case as the reviewer who holds it sees it: no version, as that counts others' verdicts."""
    return shapes.RecordAnswer(id=record.case.id, route=claim_route(record.route), case=record.case)


def record_for_producer(record: Record) -> shapes.RecordAnswer:
    """A case as its producer sees it: the answer, not who gave it nor how."""
    return shapes.RecordAnswer(
        id=record.case.id,
        route=record.route,
        case=record.case,
        state=record.state,
        version=record.version,
        queued_at=record.queued_at,
        resolution=record.resolution,
    )


def whole_record(record: Record) -> shapes.RecordAnswer:
    """Everything but gold, for leads and auditors."""
    seen = record_for_producer(record)
    verdicts = tuple(stored_answer(stored) for stored in record.verdicts)
    ruling = None if record.ruling is None else ruling_answer(record.ruling)
    fields = {name: getattr(seen, name) for name in seen.model_fields_set}
    return shapes.RecordAnswer(**{**fields, "verdicts": verdicts, "ruling": ruling})


def ruling_answer(ruling: Ruling) -> shapes.RulingAnswer:
    """What a lead decided."""
    return shapes.RulingAnswer(**ruling._asdict())


def stored_answer(stored: StoredVerdict, seq: int | None = None) -> shapes.StoredAnswer:
    """A verdict with what the store knows of it."""
    return shapes.StoredAnswer(
        seq=seq,
        verdict=stored.verdict,
        late=stored.late,
        adopted=stored.adopted,
        undone_at=stored.undone_at,
    )


def dispute_answer(record: Record) -> shapes.DisputeAnswer:
    """A dispute as its adjudicator sees it, without names."""
    found = opinions(record)
    return shapes.DisputeAnswer(
        case_id=record.case.id, version=found.version, case=found.case, verdicts=found.given
    )


def status_answer(
    status: Status, holders: Sequence[Holder] | None, who: Identity
) -> shapes.StatusAnswer:
    """The counts. To the blind a dispute looks like a resolution, and nobody holds anything."""
    counts = status._asdict()
    if who.role in BLIND:
        counts["resolved"] += counts["disputed"]
        counts["disputed"] = 0
    elif holders is not None:
        counts["holders"] = tuple(shapes.HolderAnswer(**holder._asdict()) for holder in holders)
    return shapes.StatusAnswer(**counts)
