"""The courier: one thread that speaks to the server, letters first and in order, then what is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim
from hitl_tui.queue.http import HttpQueue
from hitl_tui.queue.letters import (
    AT_HAND,
    DEAD,
    FETCHED,
    TRIED,
    UNSENT,
    Letter,
    Letters,
    Seat,
)
from hitl_tui.queue.protocol import (
    DEFAULT_LEASE_S,
    LeaseLost,
    NotAvailable,
    NotFound,
    QueueError,
    Receipt,
    UndoRefused,
    Unreachable,
)
from hitl_tui.queue.turn import Turn
from hitl_tui.queue.wire import Unanswered

T = TypeVar("T")
SLOW_S = 3.0
"""A request that is out for longer than this counts as a connection that is gone."""
CLOSING_S = 1.0
"""How long the end waits for a request that is out; its letter stays in the file and is sent again."""
LOOK_AGAIN_S = 5.0
"""How often the file is looked at for letters of another workstation of the same reviewer."""
_UNDONE: tuple[type[QueueError], ...] = (UndoRefused, NotAvailable)


def back_off(failures: int) -> float:
    """Seconds until a letter is tried again after so many failures: 0.25, 0.5, 1, ... at most 5."""
    return min(5.0, 0.25 * 2.0 ** min(failures - 1, 8))


class Slow(Unreachable):
    """The server has not answered yet; what was asked for goes on in the background."""


class Courier:
    """Delivers one reviewer's letters. Among several processes on one file only one delivers."""

    def __init__(
        self, letters: Letters, server: HttpQueue, pause: Callable[[int], float] = back_off
    ) -> None:
        self.note = Shown("")
        self.unsent, self.parked = letters.counts()
        self._letters = letters
        self._server = server
        self._pause = pause
        self._bell = threading.Condition()
        self._closing = False
        self._failures = 0
        self._not_before = 0.0
        self._out_since: float | None = None
        self._answers: dict[int, Future[Any]] = {}
        self._errands: dict[str, tuple[Callable[[], Any], Future[Any]]] = {}
        self._turn = Turn(_turn_path(letters.path, letters.reviewer))
        self._thread = threading.Thread(target=self._run, name="hitl-courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    @property
    def online(self) -> bool:
        """Whether the server answers."""
        out = self._out_since
        slow = out is not None and monotonic() - out > SLOW_S
        return self._server.wire.online and not slow

    @contextmanager
    def posting(self) -> Iterator[None]:
        """A block in which letters are written; they go out, in this order, once it ends."""
        with self._bell:
            with self._letters.changing():
                yield
            self.unsent, self.parked = self._letters.counts()
            self._bell.notify_all()

    def answer(self, seq: int) -> Future[Any]:
        """The answer to a letter that was written in this `posting`: Receipt, Claim or None."""
        return self._answers.setdefault(seq, Future())

    def answered(self, future: Future[T], patience_s: float) -> T:
        """Wait for an answer; Slow when it has not come in time, and then nobody waits for it."""
        try:
            return future.result(patience_s if self._turn.mine and self.online else 0.0)
        except TimeoutError:
            if future.cancel():
                raise _slow(self._server) from None
            return future.result()

    def ask(self, name: str, work: Callable[[], T], patience_s: float) -> T:
        """Let the courier do something and wait for it; Slow when it is still under way then.

        The same `name` again joins what is under way instead of asking twice.
        """
        with self._bell:
            known = self._errands.get(name)
            future: Future[T] = known[1] if known else Future()
            if known is None:
                self._errands[name] = work, future
                self._bell.notify_all()
        try:
            return future.result(patience_s)
        except TimeoutError:
            raise _slow(self._server) from None

    def flush(self, patience_s: float) -> bool:
        """Deliver what waits, for at most so long; whether nothing is left to be sent."""
        deadline = monotonic() + patience_s
        with self._bell:
            self._failures, self._not_before = 0, 0.0
            self._bell.notify_all()
            while self._letters.next() is not None and not self._failures:
                left = deadline - monotonic()
                if left <= 0 or not self._turn.take():
                    break
                self._bell.wait(left)
        return self._letters.next() is None

    def close(self) -> None:
        """Stop; what was not delivered stays in the file."""
        with self._bell:
            self._closing = True
            self._bell.notify_all()
        self._thread.join(timeout=CLOSING_S)
        self._server.close()
        self._turn.give_up()

    # -- in the courier's thread --------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            try:
                if not self._step():
                    return
            except QueueError as trouble:
                # The file itself cannot be used: said, and tried again as a server would be.
                self.note = trouble.sentence
                self._failed()

    def _step(self) -> bool:
        """Deliver one letter, run one errand, or wait for either; False at the end."""
        with self._bell:
            if self._closing:
                self._cancel_errands()
                return False
            letter = self._due()
            errand = None if letter else next(iter(self._errands.items()), None)
            if letter is None and errand is None:
                self._bell.wait(self._rest())
                return True
        self._out_since = monotonic()
        try:
            if letter is not None:
                self._deliver(letter)
            elif errand is not None:
                self._do(errand[0], *errand[1])
        finally:
            self._out_since = None
        with self._bell:
            self._bell.notify_all()
        return True

    def _due(self) -> Letter | None:
        if monotonic() < self._not_before or not self._turn.take():
            return None
        return self._letters.next()

    def _rest(self) -> float:
        wait = self._not_before - monotonic()
        return min(wait, LOOK_AGAIN_S) if wait > 0 else LOOK_AGAIN_S

    def _do(self, name: str, work: Callable[[], Any], future: Future[Any]) -> None:
        try:
            result = work()
        except QueueError as error:
            self._end(name, future, error=error)
        else:
            self._reached()
            self._end(name, future, result)

    def _end(
        self, name: str, future: Future[Any], result: Any = None, error: QueueError | None = None
    ) -> None:
        with self._bell:
            self._errands.pop(name, None)
        if not future.set_running_or_notify_cancel():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    def _cancel_errands(self) -> None:
        for _, future in self._errands.values():
            future.set_exception(_slow(self._server))
        self._errands.clear()

    def _failed(self) -> None:
        self._failures += 1
        self._not_before = monotonic() + self._pause(self._failures)

    def _reached(self) -> None:
        self._failures, self._not_before = 0, 0.0

    def _deliver(self, letter: Letter) -> None:
        seat = self._letters.seat_of(letter.seat)
        if seat is None or not self._letters.tried(letter):
            return
        try:
            outcome = self._send(letter, seat)
        except Unreachable as silence:
            if letter.state == UNSENT and not isinstance(silence, Unanswered):
                self._letters.untried(letter)
            self._failed()
            return
        except QueueError as refusal:
            self._reached()
            self._refused(letter, seat, refusal)
            return
        self._reached()
        self._taken(letter, seat, outcome)

    def reclaim(self, lease_s: float) -> list[Claim]:
        """The server's leases under new tokens, put into the file.

        The old tokens are void from the moment the server is asked: should its answer be lost, nothing
        is delivered under them until it was asked again.
        """
        before = self._letters.doubtful
        self._letters.doubt(True)
        try:
            claims = self._server.resume(self._letters.reviewer, lease_s=lease_s)
        except Unanswered:
            raise
        except QueueError:
            self._letters.doubt(before)
            raise
        with self._letters.changing():
            settle_claims(self._letters, claims)
            self._letters.doubt(False)
        return claims

    def _send(self, letter: Letter, seat: Seat) -> Receipt | Claim | None:
        body = letter.body
        if self._letters.doubtful:
            self.reclaim(DEFAULT_LEASE_S)
            seat = self._letters.seat_of(seat.number) or seat
        if letter.kind in ("verdict", "release", "reveal"):
            if seat.token is None:
                raise LeaseLost(
                    "what was to give case {id} back to you was refused", id=seat.case_id
                )
            if letter.kind == "verdict":
                return self._server.submit(Verdict.model_validate({**body, "lease": seat.token}))
            if letter.kind == "reveal":
                self._server.reveal(self._letters.reviewer, seat.token)
                return None
            self._server.put_back(seat.token, body)
            return None
        try:
            if letter.kind == "undo":
                return self._server.undo(
                    self._letters.reviewer, body["verdict"], lease_s=body["lease_s"]
                )
            return self._server.unskip(
                self._letters.reviewer, seat.case_id, lease_s=body["lease_s"]
            )
        except _UNDONE:
            # The first try may have been done although its answer was lost: then the case is ours.
            found = self._held_again(seat, body["lease_s"]) if letter.state == TRIED else None
            if found is None:
                raise
            return found
        except NotFound:
            if not self._never_arrived(letter, seat):
                raise
            return None

    def _held_again(self, seat: Seat, lease_s: float) -> Claim | None:
        claims = self.reclaim(lease_s)
        return next((claim for claim in claims if claim.case.id == seat.case_id), None)

    def _never_arrived(self, letter: Letter, seat: Seat) -> bool:
        """Whether the verdict to be undone was refused itself: then its lease is still good."""
        for parked, _ in self._letters.parked():
            if parked.kind == "verdict" and parked.body["id"] == letter.body.get("verdict"):
                with self._letters.changing():
                    self._letters.borrow(seat.number, parked.seat)
                    self._letters.done(parked)
                return True
        return False

    def _taken(self, letter: Letter, seat: Seat, outcome: Receipt | Claim | None) -> None:
        with self._letters.changing():
            if isinstance(outcome, Claim):
                self._letters.lease(seat.number, outcome)
            self._letters.done(letter)
        self.unsent, self.parked = self._letters.counts()
        if isinstance(outcome, Receipt) and outcome.adopted:
            self.note = message(
                "{id}: the lease had run out, the verdict was taken all the same",
                id=reveal_line(seat.case_id, 40),
            )
        waiting = self._waiting(letter)
        if waiting is not None:
            waiting.set_result(outcome)

    def _refused(self, letter: Letter, seat: Seat, refusal: QueueError) -> None:
        waiting = self._waiting(letter)
        kept = isinstance(refusal, LeaseLost) and refusal.kept
        lost = isinstance(refusal, LeaseLost)
        with self._letters.changing():
            if letter.kind == "verdict" and not kept and waiting is None:
                self._letters.park(letter, refusal.code, refusal.sentence)
            else:
                self._letters.done(letter)
            if letter.kind == "verdict" and not kept and waiting is not None:
                self._letters.update(seat.number, DEAD if lost else AT_HAND)
            elif letter.kind in ("undo", "unskip"):
                self._letters.update(seat.number, DEAD)
        self.unsent, self.parked = self._letters.counts()
        if waiting is not None:
            waiting.set_exception(refusal)
        elif letter.kind not in ("release", "reveal") or not lost:
            self.note = message(
                "{id}: {why}", id=reveal_line(seat.case_id, 40), why=refusal.sentence
            )

    def _waiting(self, letter: Letter) -> Future[Any] | None:
        """The one who still waits for the answer to a letter, who will be told for certain."""
        with self._bell:
            future = self._answers.pop(letter.seq, None)
        if future is None or not future.set_running_or_notify_cancel():
            return None
        return future


def settle_claims(letters: Letters, claims: Sequence[Claim]) -> None:
    """Put claims into the file: a case that has a seat keeps it under its new token.

    The server's lease is the one that the oldest letter about the case needs, if there is one.
    """
    with letters.changing():
        for claim in claims:
            letter = letters.first_about(claim.case.id)
            seat = letters.seat_of_case(claim.case.id, FETCHED, AT_HAND)
            if letter is not None:
                letters.lease(letter.seat, claim)
            elif seat is not None:
                letters.lease(seat.number, claim)
            else:
                letters.seat(claim, FETCHED)


def _slow(server: HttpQueue) -> Slow:
    return Slow("{address} has not answered yet", address=server.address)


def _turn_path(path: Path, reviewer: str) -> Path:
    return path.with_suffix(f".{sha256(reviewer.encode()).hexdigest()[:12]}.lock")
