"""The outbox's file: what a reviewer decided and the server has not confirmed yet, and the cases at hand.

A letter is one thing to be said to the server: a verdict, a case given back, one of these taken back,
or that scores or folded text were shown. It is committed (`synchronous=FULL`) before the screen moves on,
and goes out in order. A seat is a case on the reviewer's desk; its number stands for the server's token
there, which may change or may not be known yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hitl_tui.model.clock import Clock, to_micros
from hitl_tui.model.work import Claim
from hitl_tui.queue.protocol import Unreachable
from hitl_tui.queue.refusals import stored, translated

Kind = Literal["verdict", "release", "undo", "unskip", "reveal"]

UNSENT, TRIED, PARKED = range(3)
"""A letter's state. TRIED: it was sent at least once and its answer never came."""
FETCHED, AT_HAND, LEFT, DEAD = range(4)
"""A seat's state. FETCHED: leased, not on the desk yet. LEFT: judged or given back, kept for an undo.
DEAD: what its lease hung on was refused."""
KEPT_FOR_UNDO = 50
"""Cases that stay here behind their delivery, so that an undo works without the server."""
SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE doubts (reviewer TEXT PRIMARY KEY);
CREATE TABLE names (token TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE seats (
  number INTEGER PRIMARY KEY AUTOINCREMENT, reviewer TEXT NOT NULL, case_id TEXT NOT NULL,
  token INTEGER, claim TEXT NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL, verdict TEXT);
CREATE INDEX seats_by_case ON seats (reviewer, case_id, state);
CREATE TABLE letters (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, reviewer TEXT NOT NULL, kind TEXT NOT NULL,
  seat INTEGER NOT NULL REFERENCES seats (number), body TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, code TEXT, why TEXT);
CREATE INDEX letters_by_reviewer ON letters (reviewer, state, seq);
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: `body` is its JSON, `seat` the number it is about, `why` why it was parked."""

    seq: int
    kind: Kind
    seat: int
    body: dict[str, Any]
    state: int
    code: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Seat:
    """One case of the desk. `token` is the server's, None while it is not known.

    `at` is when the claim came, by this machine's clock in microseconds.
    """

    number: int
    case_id: str
    token: int | None
    claim: Claim
    at: int
    state: int


class Letters:
    """The file of one server; the rows of one reviewer. Threads take turns, processes may share it."""

    def __init__(self, path: Path, reviewer: str, clock: Clock) -> None:
        """Open or make the file, 0600 in a directory 0700. Raises Unreachable."""
        self.path = path
        self.clock = clock
        self.reviewer = reviewer
        self._mutex = threading.RLock()
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Only a new file is opened here: closing one that is in use would drop SQLite's locks.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self._conn = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._conn.close()
                raise

    def _prepare(self) -> None:
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.execute("PRAGMA secure_delete = ON")
        with self.changing() as conn:
            version = conn.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise Unreachable(
                    "{path} was written by a newer hitl: upgrade hitl, verdicts wait in it",
                    path=self.path,
                )
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    conn.execute(statement)
                conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on disk when the block ends."""
        with self._mutex, translated(self.path):
            if self._conn.in_transaction:
                yield self._conn
                return
            self._conn.execute("BEGIN IMMEDIATE")
            try:
                yield self._conn
                self._conn.execute("COMMIT")
            except BaseException:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file and leave nothing of its log behind."""
        with self._mutex, translated(self.path):
            self._conn.close()

    # -- letters ----------------------------------------------------------------------------------

    def write(self, kind: Kind, seat: int, body: dict[str, Any]) -> int:
        """Add a letter behind all others; its number."""
        with self.changing() as conn:
            row = conn.execute(
                "INSERT INTO letters (reviewer, kind, seat, body) VALUES (?, ?, ?, ?)",
                (self.reviewer, kind, seat, json.dumps(body)),
            )
            return int(row.lastrowid or 0)

    def next(self) -> Letter | None:
        """The oldest letter that is not parked."""
        return self._one("state <> ? ORDER BY seq LIMIT 1", PARKED)

    def waiting(self, kind: Kind) -> list[Letter]:
        """The letters of a kind that are not parked, oldest first."""
        with self._mutex, translated(self.path):
            rows = self._conn.execute(
                "SELECT seq, kind, seat, body, state, code, why FROM letters"
                " WHERE reviewer = ? AND kind = ? AND state <> ? ORDER BY seq",
                (self.reviewer, kind, PARKED),
            ).fetchall()
        return [_letter(row) for row in rows]

    def about(self, seat: int) -> Letter | None:
        """The last letter about a seat, parked ones too."""
        return self._one("seat = ? ORDER BY seq DESC LIMIT 1", seat)

    def parked(self) -> list[tuple[Letter, str]]:
        """What was refused and is kept here, with the case's id."""
        with self._mutex, translated(self.path):
            rows = self._conn.execute(
                "SELECT l.seq, l.kind, l.seat, l.body, l.state, l.code, l.why, s.case_id"
                " FROM letters l JOIN seats s ON s.number = l.seat"
                " WHERE l.reviewer = ? AND l.state = ? ORDER BY l.seq",
                (self.reviewer, PARKED),
            ).fetchall()
        return [(_letter(row[:7]), row[7]) for row in rows]

    def first_about(self, case_id: str) -> Letter | None:
        """The oldest letter about a case that is still to be delivered."""
        return self._one(
            "state <> 2 AND seat IN (SELECT number FROM seats WHERE case_id = ?)"
            " ORDER BY seq LIMIT 1",
            case_id,
        )

    def counts(self) -> tuple[int, int]:
        """How many decisions wait to be sent, and how many are parked; what was looked at is none."""
        with self._mutex, translated(self.path):
            row = self._conn.execute(
                "SELECT count(*) FILTER (WHERE state <> ?1), count(*) FILTER (WHERE state = ?1)"
                " FROM letters WHERE reviewer = ?2 AND kind <> 'reveal'",
                (PARKED, self.reviewer),
            ).fetchone()
        return int(row[0]), int(row[1])

    def tried(self, letter: Letter) -> bool:
        """Note that a letter is about to be sent; False when it was taken back in the meantime."""
        with self.changing() as conn:
            row = conn.execute(
                "UPDATE letters SET state = ? WHERE seq = ? AND state <> ?",
                (TRIED, letter.seq, PARKED),
            )
            return row.rowcount == 1

    def untried(self, letter: Letter) -> None:
        """Note that the server cannot have seen a letter, although it was about to be sent."""
        with self.changing() as conn:
            conn.execute(
                "UPDATE letters SET state = ? WHERE seq = ? AND state = ?",
                (UNSENT, letter.seq, TRIED),
            )

    def done(self, letter: Letter) -> None:
        """Forget a letter that the server has answered for good."""
        with self.changing() as conn:
            conn.execute("DELETE FROM letters WHERE seq = ?", (letter.seq,))

    def park(self, letter: Letter, code: str, why: str) -> None:
        """Keep a letter that the server refused, with its reason, out of the way of the others."""
        with self.changing() as conn:
            conn.execute(
                "UPDATE letters SET state = ?, code = ?, why = ? WHERE seq = ?",
                (PARKED, code, why, letter.seq),
            )

    def unpark(self, codes: tuple[str, ...]) -> None:
        """Let letters that were refused for these reasons be sent once more."""
        with self.changing() as conn:
            conn.executemany(
                "UPDATE letters SET state = ? WHERE reviewer = ? AND state = ? AND code = ?",
                [(TRIED, self.reviewer, PARKED, code) for code in codes],
            )

    def _one(self, where: str, value: object) -> Letter | None:
        with self._mutex, translated(self.path):
            row = self._conn.execute(
                "SELECT seq, kind, seat, body, state, code, why FROM letters"  # noqa: S608
                f" WHERE reviewer = ? AND {where}",
                (self.reviewer, value),
            ).fetchone()
        return None if row is None else _letter(row)

    # -- seats ------------------------------------------------------------------------------------

    def seat(self, claim: Claim, state: int, *, known: bool = True) -> Seat:
        """A new seat for a claimed case; without `known` the server's token is still to come."""
        token, at = claim.token if known else None, to_micros(self.clock())
        row = (self.reviewer, claim.case.id, token, claim.model_dump_json(), at, state)
        with self.changing() as conn:
            number = conn.execute(
                "INSERT INTO seats (reviewer, case_id, token, claim, at, state)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                row,
            ).lastrowid
        return Seat(int(number or 0), claim.case.id, token, claim, at, state)

    def sit(self) -> list[Seat]:
        """Put what was fetched onto the desk, once."""
        with self.changing() as conn:
            fetched = self.seats(FETCHED)
            conn.executemany(
                "UPDATE seats SET state = ? WHERE number = ?",
                [(AT_HAND, seat.number) for seat in fetched],
            )
            return fetched

    def seats(self, *states: int) -> list[Seat]:
        """The seats in these states, in the order they were made."""
        marks = ", ".join(str(int(state)) for state in states)
        return self._seats(f"state IN ({marks}) ORDER BY number", ())

    def seat_of(self, number: int) -> Seat | None:
        """One seat by its number."""
        return next(iter(self._seats("number = ?", (number,))), None)

    def seat_of_case(self, case_id: str, *states: int) -> Seat | None:
        """The newest seat of a case in one of these states."""
        marks = ", ".join(str(int(state)) for state in states)
        found = self._seats(f"case_id = ? AND state IN ({marks}) ORDER BY number DESC", (case_id,))
        return found[0] if found else None

    def seat_of_verdict(self, verdict_id: str) -> Seat | None:
        """The seat that a verdict was given at."""
        return next(iter(self._seats("verdict = ?", (verdict_id,))), None)

    def update(self, number: int, state: int, *, verdict: str | None = None) -> None:
        """Change a seat's state, and the verdict given at it."""
        with self.changing() as conn:
            conn.execute(
                "UPDATE seats SET state = ?, verdict = ifnull(?, verdict) WHERE number = ?",
                (state, verdict, number),
            )

    def lease(self, number: int, claim: Claim) -> None:
        """Give a seat the server's present token and lease."""
        with self.changing() as conn:
            conn.execute(
                "UPDATE seats SET token = ?, claim = ?, at = ? WHERE number = ?",
                (claim.token, claim.model_dump_json(), to_micros(self.clock()), number),
            )

    def borrow(self, number: int, other: int) -> None:
        """Give a seat the token of another: what was to replace that one never happened."""
        with self.changing() as conn:
            conn.execute(
                "UPDATE seats SET token = (SELECT token FROM seats WHERE number = ?)"
                " WHERE number = ?",
                (other, number),
            )

    def forget(self, *, keep: int) -> None:
        """Drop the cases that are done with, but for the newest `keep`, and those a letter needs."""
        with self.changing() as conn:
            conn.execute(
                "DELETE FROM seats WHERE reviewer = ? AND state >= ?"
                " AND number NOT IN (SELECT seat FROM letters)"
                " AND number NOT IN (SELECT number FROM seats WHERE reviewer = ? AND state >= ?"
                "                    ORDER BY number DESC LIMIT ?)",
                (self.reviewer, LEFT, self.reviewer, LEFT, keep),
            )

    def _seats(self, where: str, values: tuple[object, ...]) -> list[Seat]:
        with self._mutex, translated(self.path):
            rows = self._conn.execute(
                "SELECT number, case_id, token, claim, at, state FROM seats"  # noqa: S608
                f" WHERE reviewer = ? AND {where}",
                (self.reviewer, *values),
            ).fetchall()
            return [_seat(row) for row in rows]

    @property
    def doubtful(self) -> bool:
        """Whether the tokens here may be void: the server was asked for new ones and did not answer."""
        with self._mutex, translated(self.path):
            return (
                self._conn.execute(
                    "SELECT 1 FROM doubts WHERE reviewer = ?", (self.reviewer,)
                ).fetchone()
                is not None
            )

    def doubt(self, doubtful: bool) -> None:
        """Note whether the tokens here may be void."""
        change = "INSERT OR IGNORE INTO doubts VALUES (?)"
        with self.changing() as conn:
            conn.execute(
                change if doubtful else "DELETE FROM doubts WHERE reviewer = ?", (self.reviewer,)
            )

    # -- names ------------------------------------------------------------------------------------

    def name_of(self, token: str) -> str | None:
        """Whom a token stood for when the server was last asked; only its SHA-256 is kept."""
        with self._mutex, translated(self.path):
            row = self._conn.execute(
                "SELECT name FROM names WHERE token = ?", (_digest(token),)
            ).fetchone()
        return None if row is None else str(row[0])

    def note_name(self, token: str, name: str) -> None:
        """Note whom a token stands for, so that work can begin without the server."""
        with self.changing() as conn:
            conn.execute("INSERT OR REPLACE INTO names VALUES (?, ?)", (_digest(token), name))


def name_behind(path: Path, token: str, ask: Callable[[], str], clock: Clock) -> str:
    """Whom a token stands for: as noted in the file, else as `ask` says, which is then noted."""
    letters = Letters(path, "", clock)
    try:
        name = letters.name_of(token)
        if name is None:
            name = ask()
            letters.note_name(token, name)
        return name
    finally:
        letters.close()


def outbox_path(state: Path, url: str) -> Path:
    """The outbox of a server below the user's state directory."""
    return state / "outbox" / f"{_digest(url)[:24]}.db"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@stored
def _seat(row: tuple[Any, ...]) -> Seat:
    number, case_id, token, claim, at, state = row
    return Seat(number, case_id, token, Claim.model_validate_json(claim), at, state)


@stored
def _letter(row: tuple[Any, ...]) -> Letter:
    seq, kind, seat, body, state, code, why = row
    return Letter(seq, kind, seat, json.loads(body), state, code, why)
