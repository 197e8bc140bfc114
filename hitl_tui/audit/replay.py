"""Replay: what the tables must say if the trail is true, and where they say something else.

The events and what they do, beside `seq`, `at`, `actor` and `case_id` (tokens are strings, digests
64 hex digits; `data` as listed):

| type (actor) | data | effect |
|---|---|---|
| queue.created (hitl) | version | the first entry |
| case.queued (producer) | content, action, rule, priority, due, [1] | the case exists |
| lease.claimed (reviewer) | token | a slot is held |
| lease.resumed (reviewer) | token, previous | the same slot under a new token |
| lease.released (reviewer) | token, reason, until | the slot is open again |
| lease.expired (hitl) | token | the slot is open again |
| verdict.recorded (reviewer) | [2], counts, adopted, [1] | the lease is used up |
| verdict.late (reviewer) | [2] | kept, counts for nothing |
| verdict.undone (reviewer) | verdict, token, pool | pending, the slot held under the new token |
| skip.undone (reviewer) | token | the skip is forgotten, a slot is held |

[1] where the case is now: state, pool, resolution (a digest or null); case.queued also has overlap.
[2] verdict (its id), token (of its lease), decision, digest.

A heartbeat is no event: it moves only the end of a lease, which no other change is judged by after
the fact. The end of a lease that nobody prolonged is the event lease.expired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hitl_tui.audit.chain import Impossible, Verification
from hitl_tui.model.text import Shown, message
from hitl_tui.model.work import Event

Standing = Literal["counts", "stands", "late", "undone"]


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """A verdict as the trail knows it. `stands` without counting is an escalation."""

    reviewer: str
    decision: str
    digest: str
    adopted: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as the trail knows it. `leases` are the live ones, token to reviewer."""

    case_id: str
    content: str
    overlap: int
    state: str
    pool: str
    open_slots: int
    resolution: str | None
    verdicts: Mapping[str, VerdictFacts]
    leases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit of a store found: its chain, and each case of which the tables say otherwise.

    `differences` is empty when the chain is broken, except for a missing anchor: then there is no
    record to compare the tables with.
    """

    chain: Verification
    differences: tuple[Shown, ...]


@dataclass(slots=True)
class _Case:
    content: str
    overlap: int
    state: str
    pool: str
    resolution: str | None
    verdicts: dict[str, VerdictFacts] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)

    def open_slots(self) -> int:
        counting = sum(verdict.standing == "counts" for verdict in self.verdicts.values())
        return self.overlap - counting - len(self.leases)


class Replay:
    """The tables' state rebuilt event by event; feed it in order, then ask for its facts."""

    def __init__(self) -> None:
        self._cases: dict[str, _Case] = {}
        self._created = False

    def apply(self, event: Event) -> None:
        """Take one event in; Impossible when it cannot follow what came before."""
        effect = _EFFECTS.get(event.type)
        try:
            if event.type == "queue.created":
                self._create(event)
            elif event.type == "case.queued":
                self._queue(event)
            elif effect is None:
                raise Impossible(message("{type} is no type of event", type=event.type))
            else:
                self._change(event, effect)
        except (KeyError, TypeError):
            raise Impossible(message("{type} lacks a field", type=event.type)) from None

    def facts(self) -> dict[str, CaseFacts]:
        """Every case by its id, as it must be now."""
        return {
            case_id: CaseFacts(
                case_id,
                case.content,
                case.overlap,
                case.state,
                case.pool,
                case.open_slots(),
                case.resolution,
                case.verdicts,
                case.leases,
            )
            for case_id, case in self._cases.items()
        }

    def _create(self, event: Event) -> None:
        if event.seq != 1 or self._created:
            raise Impossible(Shown("a queue is created once, by its first entry"))
        self._created = True

    def _queue(self, event: Event) -> None:
        if event.case_id is None or event.case_id in self._cases:
            raise Impossible(Shown("the case was queued before"))
        data = event.data
        self._cases[event.case_id] = _Case(
            data["content"], data["overlap"], data["state"], data["pool"], data["resolution"]
        )

    def _change(self, event: Event, effect: Callable[[_Case, Event, dict[str, Any]], None]) -> None:
        case = self._cases.get(event.case_id or "")
        if case is None:
            raise Impossible(Shown("the case was never queued"))
        effect(case, event, event.data)
        if case.open_slots() < 0:
            raise Impossible(message("more than the overlap of {overlap}", overlap=case.overlap))


def differences(expected: Mapping[str, CaseFacts], actual: Iterable[CaseFacts]) -> Iterator[Shown]:
    """A sentence for each case of which the tables say something else than the trail."""
    missing = dict.fromkeys(expected)
    for found in actual:
        missing.pop(found.case_id, None)
        wanted = expected.get(found.case_id)
        if wanted is None:
            yield message("case {id} is in the store, but no entry queued it", id=found.case_id)
        elif wanted != found:
            yield from _unlike(wanted, found)
    for case_id in missing:
        yield message("case {id} was queued, but is not in the store", id=case_id)


def _unlike(wanted: CaseFacts, found: CaseFacts) -> Iterator[Shown]:
    for name in ("content", "resolution"):
        if getattr(wanted, name) != getattr(found, name):
            yield message("case {id}: the {name} was changed", id=wanted.case_id, name=name)
    for name in ("overlap", "state", "pool", "open_slots", "leases"):
        said, is_ = getattr(wanted, name), getattr(found, name)
        if said != is_:
            yield message(
                "case {id}: {name} is {found} in the store and {wanted} by the trail",
                id=wanted.case_id,
                name=name,
                found=is_,
                wanted=said,
            )
    for verdict_id in wanted.verdicts.keys() | found.verdicts.keys():
        said, is_ = wanted.verdicts.get(verdict_id), found.verdicts.get(verdict_id)
        if said != is_:
            yield message(
                "case {id}: verdict {verdict} was {what}",
                id=wanted.case_id,
                verdict=verdict_id,
                what="removed" if is_ is None else "added" if said is None else "changed",
            )


def _claimed(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if case.state != "pending" or event.actor in case.leases.values():
        raise Impossible(Shown("the case was not to be had"))
    case.leases[data["token"]] = event.actor


def _given_back(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if case.leases.pop(data["token"], None) is None:
        raise Impossible(Shown("the lease was not live"))


def _resumed(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if case.leases.pop(data["previous"], None) != event.actor:
        raise Impossible(Shown("the lease was not this reviewer's"))
    case.leases[data["token"]] = event.actor


def _recorded(case: _Case, event: Event, data: dict[str, Any]) -> None:
    holder = case.leases.pop(data["token"], None)
    if holder != (None if data["adopted"] else event.actor):
        raise Impossible(Shown("the lease was not this reviewer's"))
    if data["verdict"] in case.verdicts or _judged(case, event.actor):
        raise Impossible(Shown("the reviewer had judged the case"))
    case.verdicts[data["verdict"]] = VerdictFacts(
        event.actor,
        data["decision"],
        data["digest"],
        data["adopted"],
        "counts" if data["counts"] else "stands",
    )
    case.state, case.pool, case.resolution = data["state"], data["pool"], data["resolution"]


def _late(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if data["verdict"] in case.verdicts:
        raise Impossible(Shown("the verdict was there before"))
    case.verdicts[data["verdict"]] = VerdictFacts(
        event.actor, data["decision"], data["digest"], False, "late"
    )


def _undone(case: _Case, event: Event, data: dict[str, Any]) -> None:
    verdict = case.verdicts.get(data["verdict"])
    if (
        verdict is None
        or verdict.reviewer != event.actor
        or verdict.standing not in ("counts", "stands")
    ):
        raise Impossible(Shown("there is no such verdict to undo"))
    case.verdicts[data["verdict"]] = VerdictFacts(
        verdict.reviewer, verdict.decision, verdict.digest, verdict.adopted, "undone"
    )
    case.state, case.pool, case.resolution = "pending", data["pool"], None
    _claimed(case, event, data)


def _judged(case: _Case, reviewer: str) -> bool:
    return any(
        verdict.reviewer == reviewer and verdict.standing in ("counts", "stands")
        for verdict in case.verdicts.values()
    )


_EFFECTS: Mapping[str, Callable[[_Case, Event, dict[str, Any]], None]] = {
    "lease.claimed": _claimed,
    "lease.resumed": _resumed,
    "lease.released": _given_back,
    "lease.expired": _given_back,
    "verdict.recorded": _recorded,
    "verdict.late": _late,
    "verdict.undone": _undone,
    "skip.undone": _claimed,
}
