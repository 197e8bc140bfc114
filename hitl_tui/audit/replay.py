"""Replay: what the tables must say if the trail is true.

The events and what they do, beside `seq`, `at`, `actor` and `case_id` (tokens of leases are strings,
digests 64 hex digits; `data` as listed):

| type (actor) | data | effect |
|---|---|---|
| queue.created (hitl) | version | the first entry |
| queue.upgraded (hitl) | version | the tables have a newer form |
| case.queued (producer) | content, action, rule, overlap, [1] | the case exists |
| case.changed (lead) | priority, due, pool | as it says |
| case.assigned (lead) | reviewer or null | only this reviewer may claim it |
| case.renamed (hitl) | id, content, resolution | a quiz copy has another id; the trail goes on under that |
| case.requeued (lead) | reviewer or null | skips and snoozes are forgotten |
| case.fallback (hitl) | resolution | resolved as its time has passed, its leases end |
| case.adjudicated (adjudicator) | ruling, decision, cause, resolution | a dispute is resolved |
| case.withdrawn (who) | ruling | withdrawn, its leases end |
| case.revealed (who) | | scores, gold and verdicts were shown; nothing changes |
| lease.claimed (reviewer) | token | a slot is held |
| lease.resumed (reviewer) | token, previous | the same slot under a new token |
| lease.released (reviewer) | token, reason, until | the slot is open again |
| lease.expired (hitl) | token | the slot is open again |
| lease.freed (lead) | token, reviewer | the slot is open again |
| verdict.recorded (reviewer) | [2], counts, adopted, [3] | the lease and an assignment are used up |
| verdict.late (reviewer) | [2] | kept, counts for nothing |
| verdict.undone (reviewer) | verdict, token, pool | pending, the slot held under the new token |
| skip.undone (reviewer) | token | the skip is forgotten, a slot is held |
| resolution.delivered (producer) | version | from now on it is not taken back in silence |
| resolution.amended (reviewer) | version | it was delivered, and the undo that follows takes it back |
| quiz.created (lead) | quiz, mode, items, digest | the quiz exists |
| quiz.taken (reviewer) | quiz, guideline, digest | begun, with the reviewer's own copies |
| quiz.closed (lead) | quiz | nobody begins it any more |
| quiz.settled (lead) | quiz, item, what, digest | a discussion came to something |
| guideline.published (lead) | version, digest | the version is known |
| guideline.acknowledged (reviewer) | version | the reviewer has read it |
| token.created (who) | token, name, role, pools, digest, expires | it opens the door |
| token.revoked (who) | token | it does not any more |
| webhook.created (who) | webhook, host, url (SHA-256) | it is told of what is decided |
| webhook.rotated (who) | webhook | it has a new secret |
| webhook.removed (who) | webhook | it is told nothing any more |
| webhook.disabled (hitl) | webhook, attempts | it did not answer to the last |
| split.assigned (who) | train, validation, test: ids of cases | they are in that split for good |
| data.exported (who) | format, rows, manifest, files | data left the queue; nothing changes |

[1] priority, due and [3].
[2] verdict (its id), token (of its lease), decision, digest.
[3] where the case is now: state, pool, resolution (a digest or null).

A heartbeat is no event: it moves only the end of a lease, which no other change is judged by after
the fact. The end of a lease that nobody prolonged is the event lease.expired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hitl_tui.audit.calibration import EFFECTS as CALIBRATION
from hitl_tui.audit.calibration import CalibrationFacts
from hitl_tui.audit.chain import Impossible
from hitl_tui.audit.facts import CaseFacts, TokenFacts, VerdictFacts
from hitl_tui.model.text import Shown, message
from hitl_tui.model.work import Event


@dataclass(slots=True)
class _Case:
    content: str
    overlap: int
    state: str
    pool: str
    priority: int
    due: str | None
    resolution: str | None
    assigned: str | None = None
    delivered: bool = False
    ruling: str | None = None
    final: bool = False
    verdicts: dict[str, VerdictFacts] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)
    split: str | None = None

    def open_slots(self) -> int:
        counting = sum(verdict.standing == "counts" for verdict in self.verdicts.values())
        return self.overlap - counting - len(self.leases)


class Replay:
    """The tables' state rebuilt event by event; feed it in order, then ask for its facts."""

    def __init__(self) -> None:
        self._cases: dict[str, _Case] = {}
        self._tokens: dict[str, TokenFacts] = {}
        self._hooks: set[str] = set()
        self._created = False
        self.calibration = CalibrationFacts()

    def apply(self, event: Event) -> None:
        """Take one event in; Impossible when it cannot follow what came before."""
        effect = _EFFECTS.get(event.type)
        try:
            if event.type in ("queue.created", "queue.upgraded"):
                self._create(event)
            elif event.type == "case.queued":
                self._queue(event)
            elif event.type == "case.renamed":
                self._rename(event)
            elif event.type == "split.assigned":
                self._split(event)
            elif event.type == "data.exported":
                _left(event.data)
            elif event.type == "token.created":
                self._grant(event)
            elif event.type == "token.revoked":
                self._revoke(event)
            elif event.type.startswith("webhook."):
                self._connect(event)
            elif event.type in CALIBRATION:
                self.calibration.apply(event)
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
                case.priority,
                case.due,
                case.assigned,
                case.open_slots(),
                case.resolution,
                case.delivered,
                case.ruling,
                case.verdicts,
                case.leases,
                case.split,
            )
            for case_id, case in self._cases.items()
        }

    def tokens(self) -> Mapping[str, TokenFacts]:
        """Every token by its id, as it must be now."""
        return self._tokens

    def _create(self, event: Event) -> None:
        if (event.type == "queue.created") != (event.seq == 1 and not self._created):
            raise Impossible(Shown("a queue is created once, by its first entry"))
        self._created = True

    def _queue(self, event: Event) -> None:
        if event.case_id is None or event.case_id in self._cases:
            raise Impossible(Shown("the case was queued before"))
        data = event.data
        where = (data["state"], data["pool"], data["priority"], data["due"], data["resolution"])
        self._cases[event.case_id] = _Case(data["content"], data["overlap"], *where)

    def _rename(self, event: Event) -> None:
        case, other = self._cases.pop(event.case_id or "", None), event.data["id"]
        if case is None or other in self._cases:
            raise Impossible(Shown("the case was never queued, or its new id was taken"))
        case.content, case.resolution = event.data["content"], event.data["resolution"]
        self._cases[other] = case

    def _split(self, event: Event) -> None:
        for split, case_ids in event.data.items():
            for case_id in case_ids:
                case = self._cases.get(case_id)
                if case is None or case.split is not None:
                    raise Impossible(Shown("the case was never queued, or is in a split already"))
                case.split = split

    def _grant(self, event: Event) -> None:
        data = event.data
        if data["token"] in self._tokens:
            raise Impossible(Shown("the token was made before"))
        self._tokens[data["token"]] = TokenFacts(
            data["token"],
            data["name"],
            data["role"],
            tuple(data["pools"]),
            data["digest"],
            data["expires"],
            revoked=False,
        )

    def _revoke(self, event: Event) -> None:
        token = self._tokens.get(event.data["token"])
        if token is None or token.revoked:
            raise Impossible(Shown("there is no such token to revoke"))
        self._tokens[token.token_id] = replace(token, revoked=True)

    def _connect(self, event: Event) -> None:
        hook = event.data["webhook"]
        if event.type == "webhook.created":
            if hook in self._hooks:
                raise Impossible(Shown("the webhook was made before"))
            self._hooks.add(hook)
        elif event.type not in _HOOK_EVENTS:
            raise Impossible(message("{type} is no type of event", type=event.type))
        elif hook not in self._hooks:
            raise Impossible(Shown("there is no such webhook"))
        elif event.type != "webhook.rotated":
            self._hooks.remove(hook)

    def _change(self, event: Event, effect: Callable[[_Case, Event, dict[str, Any]], None]) -> None:
        case = self._cases.get(event.case_id or "")
        if case is None:
            raise Impossible(Shown("the case was never queued"))
        effect(case, event, event.data)
        if case.open_slots() < 0:
            raise Impossible(message("more than the overlap of {overlap}", overlap=case.overlap))


def _left(data: dict[str, Any]) -> None:
    """What left must be named: its format, its rows and the digests of its files."""
    for name in ("format", "rows", "manifest", "files"):
        data[name]


def _changed(case: _Case, event: Event, data: dict[str, Any]) -> None:
    _must_be_open(case)
    case.priority, case.due, case.pool = data["priority"], data["due"], data["pool"]


def _assigned(case: _Case, event: Event, data: dict[str, Any]) -> None:
    _must_be_open(case)
    case.assigned = data["reviewer"]


def _noted(case: _Case, event: Event, data: dict[str, Any]) -> None:
    """Nothing that the facts hold."""


def _fallback(case: _Case, event: Event, data: dict[str, Any]) -> None:
    _must_be_open(case)
    case.state, case.resolution, case.final = "resolved", data["resolution"], True
    case.leases.clear()


def _adjudicated(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if case.state != "disputed":
        raise Impossible(Shown("the case was not disputed"))
    if any(verdict.reviewer == event.actor for verdict in case.verdicts.values()):
        raise Impossible(Shown("the adjudicator had judged the case"))
    case.state, case.resolution, case.final = "resolved", data["resolution"], True
    case.ruling = data["ruling"]


def _withdrawn(case: _Case, event: Event, data: dict[str, Any]) -> None:
    _must_be_open(case)
    case.state, case.ruling, case.final = "withdrawn", data["ruling"], True
    case.leases.clear()


def _claimed(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if case.assigned not in (None, event.actor):
        raise Impossible(Shown("the case was assigned to another"))
    _seated(case, event, data)


def _seated(case: _Case, event: Event, data: dict[str, Any]) -> None:
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
    if case.state != "pending" or holder != (None if data["adopted"] else event.actor):
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
    if case.assigned == event.actor:
        case.assigned = None


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
    if case.final:
        raise Impossible(Shown("the case was settled for good"))
    if case.delivered:
        raise Impossible(
            Shown("its resolution was delivered, and nothing says that it was amended")
        )
    case.verdicts[data["verdict"]] = replace(verdict, standing="undone")
    case.state, case.pool, case.resolution = "pending", data["pool"], None
    _seated(case, event, data)


def _delivered(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if case.resolution is None or case.delivered:
        raise Impossible(Shown("there was nothing to deliver"))
    case.delivered = True


def _amended(case: _Case, event: Event, data: dict[str, Any]) -> None:
    if not case.delivered:
        raise Impossible(Shown("nobody had received the resolution"))
    case.delivered = False


def _must_be_open(case: _Case) -> None:
    if case.state not in ("pending", "disputed"):
        raise Impossible(Shown("the case was settled"))


def _judged(case: _Case, reviewer: str) -> bool:
    return any(
        verdict.reviewer == reviewer and verdict.standing in ("counts", "stands")
        for verdict in case.verdicts.values()
    )


_HOOK_EVENTS = ("webhook.rotated", "webhook.removed", "webhook.disabled")
_EFFECTS: Mapping[str, Callable[[_Case, Event, dict[str, Any]], None]] = {
    "case.changed": _changed,
    "case.assigned": _assigned,
    "case.requeued": _noted,
    "case.fallback": _fallback,
    "case.adjudicated": _adjudicated,
    "case.withdrawn": _withdrawn,
    "case.revealed": _noted,
    "lease.claimed": _claimed,
    "lease.resumed": _resumed,
    "lease.released": _given_back,
    "lease.expired": _given_back,
    "lease.freed": _given_back,
    "verdict.recorded": _recorded,
    "verdict.late": _late,
    "verdict.undone": _undone,
    "skip.undone": _claimed,
    "resolution.delivered": _delivered,
    "resolution.amended": _amended,
}
