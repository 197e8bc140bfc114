"""The outbox: a server's queue as a workstation uses it, which goes on when the network does not.

What the reviewer decides is committed to a file on this machine before the screen moves on, and is
delivered in order, each verdict exactly once. While the server answers, a call waits a moment for what
it says; when it does not, the reviewer is told that the verdict is on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hitl_tui.model.clock import Clock, to_micros
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.verdict import Verdict, misfit
from hitl_tui.model.work import Claim, ReleaseReason
from hitl_tui.queue.courier import Courier, Slow, back_off, settle_claims
from hitl_tui.queue.http import HttpQueue, release_body
from hitl_tui.queue.letters import (
    AT_HAND,
    DEAD,
    FETCHED,
    KEPT_FOR_UNDO,
    LEFT,
    PARKED,
    UNSENT,
    Letter,
    Letters,
    Seat,
)
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    Connection,
    Holder,
    Invalid,
    LeaseLost,
    Receipt,
    Status,
    StoredVerdict,
    Unreachable,
)
from hitl_tui.queue.wire import Unanswered, Wire

T = TypeVar("T")
PATIENCE_S = 0.5
"""How long a decision waits for the server's answer while the server is there."""
OPENING_S = 10.0
"""How long the first cases are waited for."""
FAREWELL_S = 3.0
"""How long leaving waits for what is still to be delivered."""
REFUSED_FOR_THE_TOKEN = ("unauthenticated", "forbidden")


class OutboxQueue(HttpQueue):
    """The queue of one reviewer behind a server. The tokens of its claims are seats of its own file."""

    def __init__(
        self,
        wire: Wire,
        letters: Letters,
        *,
        clock: Clock,
        patience_s: float = PATIENCE_S,
        pause: Callable[[int], float] = back_off,
    ) -> None:
        """Take the file over and begin to deliver. Letters refused for their token get another try."""
        super().__init__(wire, letters.reviewer)
        letters.unpark(REFUSED_FOR_THE_TOKEN)
        letters.forget(keep=KEPT_FOR_UNDO)
        self._letters = letters
        self._clock = clock
        self._patience_s = patience_s
        self._server = HttpQueue(wire, letters.reviewer)
        self._courier = Courier(letters, self._server, pause)
        self._opened = False
        self._closed = False
        self._claim_unanswered = False
        self._status: Status | None = None
        self.farewell: list[Shown] = []
        self._courier.start()

    def connection(self) -> Connection:
        courier = self._courier
        return Connection(courier.online, courier.unsent, courier.parked, courier.note)

    def flush(self, patience_s: float) -> bool:
        """Deliver what waits, for at most so long; whether nothing is left to be sent."""
        return self._courier.flush(patience_s)

    # -- cases --------------------------------------------------------------------------------------

    def claim(
        self,
        reviewer: str,
        *,
        pools: Sequence[str] = (),
        batch: int = 1,
        lease_s: float = DEFAULT_LEASE_S,
        case_id: str | None = None,
    ) -> list[Claim]:
        """As the protocol says; no cases while the server is out of reach.

        Raises Unreachable only when it was never reached since this was opened.
        """
        self._is(reviewer)

        def fetch() -> None:
            self._fetch(pools, batch, lease_s, case_id)

        found = self._letters.sit() if case_id is None else []
        if not found:
            self._ask(f"claim {case_id}", fetch)
            found = self._letters.sit()
        return [self._claim_of(seat) for seat in found]

    def resume(
        self,
        reviewer: str,
        *,
        lease_s: float = DEFAULT_LEASE_S,
        claimed_before: datetime | None = None,
    ) -> list[Claim]:
        """The cases at hand: as the server has them, else as they were when it was last reached.

        The file is this program's alone, so `claimed_before` has nothing to keep apart.
        """
        self._is(reviewer)
        self._courier.flush(OPENING_S)
        self._ask("resume", lambda: self._reclaim(lease_s), OPENING_S, quiet=True)
        self._letters.sit()
        held = self._letters.seats(AT_HAND)
        self._opened = self._opened or bool(held)
        return [self._claim_of(seat) for seat in held]

    def heartbeat(
        self, reviewer: str, tokens: Sequence[int], *, lease_s: float = DEFAULT_LEASE_S
    ) -> dict[int, datetime]:
        self._is(reviewer)
        wanted = set(tokens)
        numbers = {
            seat.token: seat.number
            for seat in self._letters.seats(AT_HAND)
            if seat.number in wanted and seat.token is not None
        }
        prolonged = self._ask(
            "heartbeat",
            lambda: self._server.heartbeat(reviewer, list(numbers), lease_s=lease_s),
        )
        return {numbers[token]: end for token, end in (prolonged or {}).items() if token in numbers}

    # -- decisions ----------------------------------------------------------------------------------

    def submit(self, verdict: Verdict) -> Receipt:
        """As the protocol says; a receipt without `sent` while the server has not answered."""
        self._is(verdict.reviewer)
        seat = self._letters.seat_of(verdict.lease or 0)
        if seat is None or seat.case_id != verdict.case_id:
            raise LeaseLost("case {id} is not at hand: claim it again", id=verdict.case_id)
        reason = misfit(verdict, seat.claim.case.kind, len(seat.claim.case.output or ""))
        if reason is not None:
            raise Invalid("the verdict does not fit: {reason}", reason=reason)
        verdict = verdict.model_copy(update={"client_decided_at": self._clock()})
        body = verdict.model_dump(mode="json", exclude_defaults=True, exclude={"lease"})
        with self._courier.posting():
            self._forget_refused(seat.case_id)
            answer = self._courier.answer(self._letters.write("verdict", seat.number, body))
            self._letters.update(seat.number, LEFT, verdict=verdict.id)
        try:
            receipt: Receipt = self._courier.answered(answer, self._patience_s)
        except Slow:
            return Receipt(verdict.id, True, False, False, "pending", None, sent=False)
        return receipt

    def release(
        self,
        reviewer: str,
        token: int,
        *,
        reason: ReleaseReason,
        note: str = "",
        until: datetime | None = None,
    ) -> None:
        """As the protocol says. On leaving, cases stay here when the server is out of reach."""
        self._is(reviewer)
        body = release_body(reason, note, until)
        seat = self._letters.seat_of(token)
        if seat is None:
            raise LeaseLost("no case is at hand under the number {token}", token=token)
        if reason == "quit":
            self._leave(seat, body)
            return
        with self._courier.posting():
            answer = self._courier.answer(self._letters.write("release", seat.number, body))
            self._letters.update(seat.number, LEFT)
        try:
            self._courier.answered(answer, self._patience_s)
        except Slow:
            return

    def reveal(self, reviewer: str, token: int) -> None:
        """As the protocol says. It goes out before what is decided next; nobody waits for it."""
        self._is(reviewer)
        seat = self._letters.seat_of(token)
        if seat is None:
            raise LeaseLost("no case is at hand under the number {token}", token=token)
        with self._courier.posting():
            self._letters.write("reveal", seat.number, {})

    def undo(self, reviewer: str, verdict_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        """As the protocol says; what was not sent yet is taken back here, without the server."""
        self._is(reviewer)
        seat = self._letters.seat_of_verdict(verdict_id)
        if seat is None:
            return self._undo_there(reviewer, verdict_id, lease_s)
        return self._take_back(seat, "undo", {"verdict": verdict_id, "lease_s": lease_s})

    def unskip(self, reviewer: str, case_id: str, *, lease_s: float = DEFAULT_LEASE_S) -> Claim:
        self._is(reviewer)
        seat = self._letters.seat_of_case(case_id, LEFT)
        if seat is None:
            raise Unreachable("case {id} is not kept on this machine any more", id=case_id)
        return self._take_back(seat, "unskip", {"lease_s": lease_s})

    # -- reading ------------------------------------------------------------------------------------

    def status(self, pools: Sequence[str] = ()) -> Status:
        """The counts as the server last told them; Unreachable when it never did."""

        found = self._ask("status", lambda: self._server.status(pools), quiet=True)
        self._status = found or self._status
        if self._status is None:
            raise Slow("{address} has not answered yet", address=self.address)
        return self._status

    def holders(self) -> list[Holder]:
        return self._ask("holders", self._server.holders, quiet=True) or []

    def history(self, reviewer: str, limit: int = 50) -> list[StoredVerdict]:
        """What waits here to be sent, newest first, then what the server has."""
        self._is(reviewer)
        waiting = [
            Verdict.model_validate({**letter.body, "lease": letter.seat})
            for letter in reversed(self._letters.waiting("verdict"))
        ]
        name = f"history {limit}"
        found = self._ask(name, lambda: self._server.history(reviewer, limit)) or []
        known = {verdict.id for verdict in waiting}
        here = [StoredVerdict(verdict, False, False, None) for verdict in waiting]
        return [*here, *(one for one in found if one.verdict.id not in known)][:limit]

    def close(self) -> None:
        """Deliver what can be delivered in a moment, and leave the rest in the file.

        `farewell` then has what the reviewer should know: what waits here, what was refused.
        """
        if self._closed:
            return
        self._closed = True
        if self._courier.online:
            self._courier.flush(FAREWELL_S)
        for seat in self._letters.seats(FETCHED):
            self._leave(seat, release_body("quit", "", None))
        self._courier.close()
        self.farewell = _farewell(self._letters)
        self._letters.forget(keep=0)
        self._letters.close()

    # -- in the courier's thread ----------------------------------------------------------------------

    def _fetch(self, pools: Sequence[str], batch: int, lease_s: float, case_id: str | None) -> None:
        if self._claim_unanswered and case_id is None:
            self._reclaim(lease_s)
            if self._letters.seats(FETCHED):
                return
        try:
            claims = self._server.claim(
                self.name, pools=pools, batch=batch, lease_s=lease_s, case_id=case_id
            )
        except Unanswered:
            # The cases may be leased to us already: the next time they are asked for by that.
            self._claim_unanswered = True
            raise
        settle_claims(self._letters, claims)

    def _reclaim(self, lease_s: float) -> None:
        claims = self._courier.reclaim(lease_s)
        self._claim_unanswered = False
        held = {claim.case.id for claim in claims}
        with self._letters.changing():
            for seat in self._letters.seats(FETCHED, AT_HAND):
                if seat.case_id not in held and seat.token is not None and not self._opened:
                    self._letters.update(seat.number, DEAD)

    # -- our own --------------------------------------------------------------------------------------

    def _ask(
        self,
        name: str,
        work: Callable[[], T],
        patience_s: float | None = None,
        *,
        quiet: bool = False,
    ) -> T | None:
        """What the server says; None while it is silent, which is an error only at the beginning."""
        wait = self._patience_s if patience_s is None else patience_s
        if not (self._opened or quiet):
            wait = max(wait, OPENING_S)
        try:
            found = self._courier.ask(name, work, wait)
        except Unreachable:
            if not (self._opened or quiet):
                raise
            return None
        self._opened = True
        return found

    def _claim_of(self, seat: Seat) -> Claim:
        """A seat's claim under the seat's number, its clock moved on to now."""
        passed = timedelta(microseconds=max(0, to_micros(self._clock()) - seat.at))
        told = seat.claim.server_time + passed
        return seat.claim.model_copy(update={"token": seat.number, "server_time": told})

    def _leave(self, seat: Seat, body: dict[str, Any]) -> None:
        token = seat.token
        if not self._courier.online or token is None or seat.state not in (FETCHED, AT_HAND):
            return

        def put_back() -> None:
            self._server.put_back(token, body)
            self._letters.update(seat.number, DEAD)

        try:
            self._courier.ask(f"leave {seat.number}", put_back, self._patience_s)
        except Unreachable:
            return

    def _forget_refused(self, case_id: str) -> None:
        """Let go of an earlier verdict on a case that was refused: the reviewer gives a new one."""
        for letter, about in self._letters.parked():
            if about == case_id:
                self._letters.done(letter)

    def _take_back(self, seat: Seat, kind: Any, body: dict[str, Any]) -> Claim:
        with self._courier.posting():
            letter = self._letters.about(seat.number)
            if letter is not None and _never_sent(letter):
                self._letters.done(letter)
                self._letters.update(seat.number, AT_HAND)
                return self._claim_of(seat)
            again = self._letters.seat(seat.claim, AT_HAND, known=False)
            answer = self._courier.answer(self._letters.write(kind, again.number, body))
        try:
            self._courier.answered(answer, self._patience_s)
        except Slow:
            return self._claim_of(again)
        return self._claim_of(self._letters.seat_of(again.number) or again)

    def _undo_there(self, reviewer: str, verdict_id: str, lease_s: float) -> Claim:
        """Undo a verdict whose case is not kept here: only the server can give it back."""
        taken: list[Seat] = []

        def undo() -> None:
            claim = self._server.undo(reviewer, verdict_id, lease_s=lease_s)
            taken.append(self._letters.seat(claim, AT_HAND))

        self._courier.ask(f"undo {verdict_id}", undo, OPENING_S)
        return self._claim_of(taken[0])


def _never_sent(letter: Letter) -> bool:
    """Whether a decision can be taken back without the server: it has never seen it, or refused it."""
    return letter.kind in ("verdict", "release") and letter.state in (UNSENT, PARKED)


def _farewell(letters: Letters) -> list[Shown]:
    unsent, _ = letters.counts()
    lines = []
    if unsent:
        count = _count(unsent, "decision")
        lines.append(
            message("{n} not sent yet: kept here, the next `hitl review` sends them", n=count)
        )
    for letter, case_id in letters.parked():
        lines.append(
            message(
                "the verdict on case {id} was refused and is kept here: {why}",
                id=reveal_line(case_id, 60),
                why=letter.why or letter.code,
            )
        )
    return lines


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
