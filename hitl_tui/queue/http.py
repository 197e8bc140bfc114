"""The queue behind a server: the Queue protocol over HTTP, one request a call, under one token.

The server decides who may do what and routes by its own policy. Shapes and codes are those of its
OpenAPI document. What only the machine of the queue can tell raises NotOffered.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from hitl_tui.audit.facts import Audit
from hitl_tui.model.case import Case, Gold, Submission
from hitl_tui.model.clock import rfc3339, to_micros
from hitl_tui.model.quiz import Feedback, Quiz, QuizRecord, Sitting
from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import CaseState, Cause, Claim, Lease, ReleaseReason, Resolution, Route
from hitl_tui.queue import answers
from hitl_tui.queue.calibration import Published
from hitl_tui.queue.opinions import Opinions
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    LOCAL,
    Admission,
    Basis,
    Connection,
    Dispute,
    Exported,
    Forbidden,
    Holder,
    Invalid,
    LeaseLost,
    Material,
    NotFound,
    NotOffered,
    Page,
    Receipt,
    Record,
    Row,
    Status,
    Stored,
    StoredVerdict,
    TrailEntry,
    Upcoming,
)
from hitl_tui.queue.wire import Wire, segment

A = TypeVar("A", bound=BaseModel)
LARGEST_BATCH = 100
"""Cases that a server leases at once."""
LONGEST_LEASE_S = 86_400
BODY_BYTES = 768 * 1024
"""Bytes of one request of many cases: below the limit that a server has by default."""
PAGE = 1000
PAGE_OF_MATERIALS = 250
"""Cases with long sources make large answers: fewer of them at once."""
SPLITS_AT_ONCE = 250
_WITHDRAWN_TOO = {"withdrawn": "true"}


class HttpQueue:
    """A queue behind a server. Promises and errors of the methods are those of `protocol.Queue`.

    The reviewer, adjudicator or actor of a call is whoever the token stands for; another is Forbidden.
    """

    def __init__(self, wire: Wire, name: str | None = None) -> None:
        """`name` is whom the token stands for, when that is known; else the server is asked."""
        self.wire = wire
        self._name = name

    @property
    def address(self) -> Shown:
        return reveal_line(self.wire.url)

    @property
    def name(self) -> str:
        """Whom the token stands for."""
        if self._name is None:
            self._name = self.whoami().name
        return self._name

    def whoami(self) -> answers.Who:
        """Whom the token stands for, as what, in which pools."""
        return self._get(answers.Who, "/whoami")

    def connection(self) -> Connection:
        return Connection(online=self.wire.online)

    # -- the producer's -----------------------------------------------------------------------------

    def admit(
        self, batch: Sequence[tuple[Submission, Route]], *, producer: str = LOCAL
    ) -> list[Admission]:
        """As the protocol says, but the server routes, and a batch beyond `BODY_BYTES` is several.

        What the server refuses for another reason is a `conflict` too, with that reason.
        """
        found: list[Admission] = []
        for lines in _bodies([submission for submission, _ in batch]):
            answer = self._read(
                answers.Batch, self.wire.call("POST", "/cases:batch", lines=lines).body
            )
            found += [_admission(line) for line in answer.lines]
        return found

    def withdraw(
        self, actor: str, case_id: str, *, note: str = "", version: int | None = None
    ) -> None:
        self._is(actor)
        body = {"note": note} if note else {}
        self.wire.call("DELETE", _case(case_id), body=body, version=version)

    def resolution(self, case_id: str, *, deliver: bool = False) -> Resolution | None:
        """The server notes a delivery by itself when it answers a producer; `deliver` adds nothing."""
        answer = self.wire.call("GET", f"{_case(case_id)}/resolution", query=_WITHDRAWN_TOO)
        return None if answer.status != 200 else self._read(Resolution, answer.body)

    # -- the reviewer's -----------------------------------------------------------------------------

    def claim(
        self,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Claim]:
        self._is(reviewer)
        if batch < 1:
            raise Invalid("a claim is for one case or more, not for {batch}", batch=batch)
        body: dict[str, Any] = {"batch": min(batch, LARGEST_BATCH), "lease_s": _lease(lease_s)}
        if pools:
            body["pools"] = list(pools)
        if case_id is not None:
            body["case_id"] = case_id
        return self._claims(body)

    def resume(
        self,
        reviewer: str,
        *,
        lease_s: float = DEFAULT_LEASE_S,
        claimed_before: datetime | None = None,
    ) -> list[Claim]:
        """As the protocol says; the server takes all of them over, whatever `claimed_before` is."""
        self._is(reviewer)
        return self._claims({"resume": True, "lease_s": _lease(lease_s)})

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], *, lease_s: float = DEFAULT_LEASE_S
    ) -> dict[int, datetime]:
        self._is(reviewer)
        body, prolonged = {"lease_s": _lease(lease_s)}, {}
        for token in (token for token in tokens if 0 < token < 2**53):
            try:
                answer = self.wire.call("POST", f"/claims/{token}:heartbeat", body=body)
            except (LeaseLost, NotFound):
                continue
            prolonged[token] = self._read(answers.Heartbeat, answer.body).lease_until
        return prolonged

    def release(
        self,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        self._is(reviewer)
        self.put_back(token, release_body(reason, note, until))

    def put_back(self, token: int, body: Mapping[str, Any]) -> None:
        """Give a case back, with the body of `release_body`."""
        self.wire.call("POST", f"/claims/{_token(token)}:release", body=body)

    def reveal(self, reviewer: str, token: int) -> None:
        self._is(reviewer)
        self.wire.call("POST", f"/claims/{_token(token)}:reveal", body={})

    def submit(self, verdict: Verdict) -> Receipt:
        self._is(verdict.reviewer)
        if verdict.lease is None:
            raise Invalid("a verdict needs the token of its lease: claim the case first")
        body = verdict.model_dump(
            mode="json", exclude_defaults=True, exclude={"id", "reviewer", "lease", "decided_at"}
        )
        body |= {"token": verdict.lease}
        answer = self.wire.call("PUT", _verdict(verdict.id), body=body)
        return self._read(answers.Receipt, answer.body).receipt()

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        self._is(reviewer)
        query = {"lease_s": _lease(lease_s)}
        answer = self.wire.call("DELETE", _verdict(verdict_id), query=query)
        return self._read(answers.Claim, answer.body).claim()

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        self._is(reviewer)
        body = {"lease_s": _lease(lease_s)}
        answer = self.wire.call("POST", f"{_case(case_id)}:unskip", body=body)
        return self._read(answers.Claim, answer.body).claim()

    def upcoming(
        self, reviewer: str, *, pools: Sequence[str] = (), limit: int = 5
    ) -> list[Upcoming]:
        self._is(reviewer)
        query = {"pool": list(pools), "limit": limit}
        return [row.upcoming() for row in self._get(answers.UpcomingPage, "/upcoming", query).cases]

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        self._is(reviewer)
        query = {"mine": "true", "limit": min(limit, PAGE)}
        return [row.stored() for row in self._get(answers.Verdicts, "/verdicts", query).verdicts]

    # -- the lead's ---------------------------------------------------------------------------------

    def adjudicate(
        self,
        adjudicator: str,
        case_id: str,
        decision: str,
        *,
        cause: Cause,
        output: str | None = None,
        note: str = "",
        version: int | None = None,
    ) -> Resolution:
        self._is(adjudicator)
        body = _given(decision=decision, cause=cause, output=output, note=note or None)
        path = f"{_case(case_id)}/adjudication"
        return self._read(Resolution, self.wire.call("POST", path, body=body, version=version).body)

    def disputes(self, pools: Sequence[str] = ()) -> list[Dispute]:
        found = self._get(answers.Disputes, "/disputes", {"pool": list(pools)})
        return [row.dispute() for row in found.disputes]

    def opinions(self, case_id: str) -> Opinions:
        """The opinions on a disputed case, without names; who has judged it is Forbidden."""
        found = self._get(answers.Opinions, f"{_case(case_id)}/dispute")
        return Opinions(found.case, found.version, found.verdicts)

    def change(
        self,
        actor: str,
        case_id: str,
        *,
        priority: int | None = None,
        due: datetime | None = None,
        pool: str | None = None,
        version: int | None = None,
    ) -> int:
        self._is(actor)
        body = _given(priority=priority, due=rfc3339(due) if due else None, pool=pool)
        answer = self.wire.call("PATCH", _case(case_id), body=body, version=version)
        return self._read(answers.Version, answer.body).version

    def assign(self, actor: str, case_id: str, reviewer: str | None) -> None:
        self._is(actor)
        self.wire.call("POST", f"{_case(case_id)}:assign", body={"reviewer": reviewer})

    def requeue(self, actor: str, case_id: str, *, reviewer: str | None = None) -> None:
        self._is(actor)
        self.wire.call("POST", f"{_case(case_id)}:requeue", body={"reviewer": reviewer})

    def free(self, actor: str, case_id: str, *, reviewer: str | None = None) -> int:
        self._is(actor)
        path = f"{_case(case_id)}:free"
        answer = self.wire.call("POST", path, body={"reviewer": reviewer})
        return self._read(answers.Freed, answer.body).freed

    def listing(
        self,
        *,
        state: CaseState | None = None,
        pool: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
        copies: bool = True,
    ) -> Page:
        query = _given(
            state=state, pool=pool, cursor=cursor, limit=limit, copies=None if copies else "false"
        )
        found = self._get(answers.Page, "/cases", query)
        return Page(tuple(Row(**dict(row)) for row in found.cases), found.cursor)

    # -- reading ------------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case:
        return self._get(answers.Record, _case(case_id), _WITHDRAWN_TOO).case

    def record(self, case_id: str) -> Record:
        """As the protocol says; Forbidden when the token sees a part of the case only."""
        record = self._get(answers.Record, _case(case_id), _WITHDRAWN_TOO).record()
        if record is None:
            raise Forbidden(
                "this token does not see the whole of case {id}: a lead's does", id=case_id
            )
        return record

    def records(self) -> Iterator[Record]:
        """Case by case, so not from one snapshot: what changes meanwhile is seen as it is then."""
        cursor: str | None = None
        while True:
            page = self.listing(cursor=cursor, limit=PAGE, copies=False)
            for row in page.rows:
                yield self.record(row.case_id)
            if page.cursor is None:
                return
            cursor = page.cursor

    def materials(self, after: int = 0, *, unplaced: bool = False) -> Iterator[Material]:
        """As the protocol says, page by page: what changes meanwhile is seen as it is then."""
        while page := self.material_page(after, PAGE_OF_MATERIALS, unplaced=unplaced):
            yield from page
            after = page[-1].seq

    def stored(self, after: int = 0) -> Iterator[Stored]:
        for material in self.materials(after):
            yield as_stored(material)

    def material_page(
        self, after: int = 0, limit: int = PAGE, *, unplaced: bool = False
    ) -> list[Material]:
        query = _given(after=after, limit=limit, unplaced="true" if unplaced else None)
        found = [
            one.material() for one in self._get(answers.Materials, "/materials", query).materials
        ]
        if None in found:
            raise self.wire.misunderstood()
        return [one for one in found if one is not None]

    def basis(self) -> Basis:
        return self._get(answers.Basis, "/basis").basis()

    def assign_splits(self, actor: str, splits: Mapping[str, str]) -> dict[str, str]:
        self._is(actor)
        standing: dict[str, str] = {}
        rest = iter(splits.items())
        while some := list(islice(rest, SPLITS_AT_ONCE)):
            rows = [{"case_id": case_id, "split": split} for case_id, split in some]
            answer = self.wire.call("POST", "/splits", body={"splits": rows})
            found = self._read(answers.Splits, answer.body)
            standing |= {one.case_id: one.split for one in found.splits}
        return standing

    def exported(self, actor: str, exported: Exported) -> None:
        self._is(actor)
        body = {
            "format": exported.format,
            "rows": exported.rows,
            "manifest": exported.manifest,
            "files": [{"name": name, "sha256": d} for name, d in exported.files.items()],
        }
        self.wire.call("POST", "/exports", body=body)

    def status(self, pools: Sequence[str] = ()) -> Status:
        return self._get(answers.Status, "/status", {"pool": list(pools)}).status()

    def holders(self) -> list[Holder]:
        """Who holds cases now; a reviewer is not told, so the list is empty then."""
        found = self._get(answers.Status, "/status").holders or ()
        return [Holder(**dict(holder)) for holder in found]

    def verdict_page(self, after: int = 0, limit: int = PAGE) -> list[tuple[int, StoredVerdict]]:
        found = self._get(answers.Verdicts, "/verdicts", {"after": after, "limit": limit})
        return [(row.seq or 0, row.stored()) for row in found.verdicts]

    def resolution_page(self, after: int = 0, limit: int = PAGE) -> list[tuple[int, Resolution]]:
        found = self._get(answers.Resolutions, "/resolutions", {"after": after, "limit": limit})
        return [(row.seq, row.resolution) for row in found.resolutions]

    def trail(self, after: int = 0) -> Iterator[TrailEntry]:
        while True:
            page = self._get(answers.Trail, "/audit", {"after": after, "limit": PAGE})
            yield from (row.entry_of() for row in page.events)
            if page.after is None:
                return
            after = page.after

    # -- calibration --------------------------------------------------------------------------------

    def sit(self, reviewer: str, quiz: str) -> Sitting:
        self._is(reviewer)
        return self._read(Sitting, self.wire.call("POST", f"{_quiz(quiz)}:sit", body={}).body)

    def feedback(self, reviewer: str, quiz: str, case_id: str) -> Feedback:
        self._is(reviewer)
        return self._get(Feedback, f"{_quiz(quiz)}/feedback/{_id(case_id)}")

    def quizzes(self) -> list[Quiz]:
        return list(self._get(answers.Quizzes, "/quizzes").quizzes)

    def quiz(self, name: str) -> QuizRecord:
        return self._get(QuizRecord, _quiz(name))

    def guideline(self) -> Published | None:
        try:
            found = self._get(answers.Guideline, "/guideline")
        except NotFound:
            return None
        return Published(found.version, found.text, found.by, found.at)

    def acknowledge(self, reviewer: str, version: str) -> None:
        self._is(reviewer)
        self.wire.call("POST", "/guideline:acknowledge", body={"version": version})

    # -- what is not there ----------------------------------------------------------------------------

    def tick(self) -> int:
        """A server looks at its clock by itself: nothing is left to do."""
        return 0

    def owner(self, case_id: str) -> str | None:
        return _not_offered(self.address)

    def gold(self, case_id: str) -> Gold | None:
        return _not_offered(self.address)

    def looked(self, actor: str, case_id: str) -> None:
        raise NotOffered(
            "{address} does not tell this over the network: --reveal needs the queue's file",
            address=self.address,
        )

    def leases(self) -> list[Lease]:
        return _not_offered(self.address)

    def verify(self, head: bytes | None = None) -> Audit:
        return _not_offered(self.address)

    def close(self) -> None:
        self.wire.close()

    # -- our own --------------------------------------------------------------------------------------

    def _is(self, who: str) -> None:
        if who != self.name:
            raise Forbidden(
                "the token is {name}'s, not {who}'s: over a network a name is proven, not claimed",
                name=self.name,
                who=who,
            )

    def _claims(self, body: Mapping[str, Any]) -> list[Claim]:
        answer = self.wire.call("POST", "/claims", body=body)
        if answer.status == 204:
            return []
        return [one.claim() for one in self._read(answers.Claims, answer.body).claims]

    def _get(self, shape: type[A], path: str, query: Mapping[str, Any] | None = None) -> A:
        return self._read(shape, self.wire.call("GET", path, query=query).body)

    def _read(self, shape: type[A], body: bytes) -> A:
        try:
            return shape.model_validate_json(body)
        except ValidationError:
            raise self.wire.misunderstood() from None


def as_stored(material: Material) -> Stored:
    """A record as JSON values, as a store in a file hands it out."""
    record = material.record
    standing = [one for one in record.verdicts if one.undone_at is None]
    times = [one.undone_at or one.verdict.decided_at for one in record.verdicts]
    resolution = record.resolution
    return Stored(
        material.seq,
        record.case.model_dump(mode="json"),
        record.route.model_dump(mode="json"),
        record.state,
        tuple((one.verdict.model_dump(mode="json"), one.late, one.adopted) for one in standing),
        None if resolution is None else resolution.model_dump(mode="json"),
        len(record.verdicts),
        max((to_micros(at) for at in times if at is not None), default=None),
    )


def release_body(reason: ReleaseReason, note: str, until: datetime | None) -> dict[str, Any]:
    """The body of a release; Invalid when reason and time do not fit each other."""
    if reason not in ("skip", "snooze", "quit"):
        raise Invalid("a case is given back to skip, snooze or quit, not to {it}", it=reason)
    if (reason == "snooze") != (until is not None) or (until and until.tzinfo is None):
        raise Invalid("a snooze, and only a snooze, has a time with its zone until which it lasts")
    return _given(reason=reason, note=note or None, until=rfc3339(until) if until else None)


def _lease(lease_s: float) -> int:
    if not (math.isfinite(lease_s) and 0 < lease_s <= LONGEST_LEASE_S):
        raise Invalid(
            "a lease from a server lasts more than 0 and at most {longest} seconds",
            longest=LONGEST_LEASE_S,
        )
    return math.ceil(lease_s)


def _token(token: int) -> int:
    if not 0 < token < 2**53:
        raise LeaseLost("there is no lease {token}", token=token)
    return token


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _case(case_id: str) -> str:
    return f"/cases/{_id(case_id)}"


def _quiz(name: str) -> str:
    return f"/quizzes/{_id(name)}"


def _verdict(verdict_id: str) -> str:
    return f"/verdicts/{_id(verdict_id)}"


def _id(value: str) -> str:
    if not value:
        raise NotFound("an id is empty: cases and verdicts have one")
    try:
        return segment(value)
    except UnicodeEncodeError:
        raise Invalid("half of a surrogate pair is not text: it cannot be stored") from None


def _bodies(submissions: Sequence[Submission]) -> Iterator[bytes]:
    lines: list[bytes] = []
    size = 0
    for submission in submissions:
        try:
            line = json.dumps(submission.model_dump(mode="json", exclude_defaults=True)).encode()
        except UnicodeEncodeError:
            raise Invalid("half of a surrogate pair is not text: it cannot be stored") from None
        if lines and size + len(line) > BODY_BYTES:
            yield b"\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield b"\n".join(lines)


def _admission(line: answers.Line) -> Admission:
    if line.outcome != "refused":
        return Admission(line.outcome)
    return Admission("conflict", reveal_line(line.detail or line.code or "refused"))


def _not_offered(address: Shown) -> NoReturn:
    raise NotOffered(
        "{address} does not tell this over the network: ask on the machine that has the queue's file",
        address=address,
    )
