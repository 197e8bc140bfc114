"""Budget: claim and verdict over HTTP at 1, 8 and 32 reviewers, beside bare Starlette and raw SQLite."""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop
from measure import Cost, Row, Series, limit, note, print_machine, print_table
from serve import BARE, free_port, megabytes, ours, running
from stock import make_queue, short_cases

from hitl_tui.model.clock import utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.sqlite import SqliteQueue

CLIENTS = (1, 8, 32)
TOKENS_A_CLIENT = 16
"""A token has 200 requests a second: a client that is faster than any human takes them in turn."""
SECONDS = 3.0


@dataclass(slots=True)
class Runs:
    """Loops of the same kind: loops a second of each round, and how long every loop took in seconds."""

    rates: list[float] = field(default_factory=list)
    loops: list[float] = field(default_factory=list)

    def add(self, loops: Sequence[float], seconds: float) -> None:
        """One more round."""
        self.rates.append(len(loops) / seconds)
        self.loops += loops

    @property
    def rate(self) -> float:
        """Loops a second, the median of the rounds."""
        return median(self.rates)

    @property
    def p99_ms(self) -> float:
        """The 99th percentile of a loop over all rounds, in milliseconds."""
        return sorted(self.loops)[int(len(self.loops) * 0.99)] * 1000

    @property
    def machine(self) -> Series:
        """The rounds as costs of a loop: they tell whether other work disturbed them."""
        return Series([Cost(1 / rate, 1 / rate) for rate in self.rates])


@dataclass(frozen=True, slots=True)
class Place:
    """Where the servers run, and how long a round lasts in seconds."""

    home: Path
    port: int
    seconds: float


class Line:
    """One kept-alive connection that speaks just enough HTTP to cost the client little."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, method: str, path: str, token: str, body: bytes) -> bytes:
        """The body of a successful answer; AssertionError with any other."""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write((head + kind).encode() + body)
        found = await self._reader.readuntil(b"\r\n\r\n")
        status, _, fields = found.partition(b"\r\n")
        length = next(
            int(line[15:])
            for line in fields.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        answer = await self._reader.readexactly(length)
        assert status.split()[1] in (b"200", b"201"), (status, answer)
        return answer

    def close(self) -> None:
        self._writer.close()


async def work(port: int, tokens: Sequence[str], ends: float) -> list[float]:
    """One reviewer without any thought: claim, approve, again; the seconds of each loop."""
    line = Line(*await asyncio.open_connection("127.0.0.1", port))
    loops = []
    for token in cycle(tokens):
        began = perf_counter()
        if began >= ends:
            break
        claim = json.loads(await line.ask("POST", "/v1/claims", token, b"{}"))["claims"][0]
        verdict = {"token": claim["token"], "case_id": claim["case"]["id"], "decision": "approve"}
        await line.ask("PUT", f"/v1/verdicts/{new_id()}", token, json.dumps(verdict).encode())
        loops.append(perf_counter() - began)
    line.close()
    return loops


async def together(
    port: int, tokens: Sequence[Sequence[str]], seconds: float
) -> tuple[list[float], float]:
    """So many reviewers at once as there are lists of tokens: their loops, and the seconds of all."""
    began = perf_counter()
    loops = await asyncio.gather(*(work(port, own, began + seconds) for own in tokens))
    return [one for own in loops for one in own], perf_counter() - began


def over_http(
    command: Sequence[str], place: Place, tokens: Sequence[Sequence[str]], runs: dict[int, Runs]
) -> float:
    """A round with each number of clients, after a short one to warm up; the server's megabytes then."""
    with running(command, place.port, place.home) as (pid, _):
        uvloop.run(together(place.port, tokens[:1], 0.3))
        for count in CLIENTS:
            runs[count].add(*uvloop.run(together(place.port, tokens[:count], place.seconds)))
        return megabytes(pid)


def raw(path: Path, seconds: float, runs: Runs) -> None:
    """The floor of the disk: a lease and a verdict in one table each, two durable commits a loop."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("CREATE TABLE IF NOT EXISTS leases (token INTEGER PRIMARY KEY, case_id TEXT)")
    conn.execute("CREATE TABLE IF NOT EXISTS verdicts (id TEXT PRIMARY KEY, token, body TEXT)")
    began, loops = perf_counter(), []
    while (start := perf_counter()) < began + seconds:
        conn.execute("BEGIN IMMEDIATE")
        token = conn.execute("INSERT INTO leases (case_id) VALUES ('c')").lastrowid
        conn.execute("COMMIT")
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO verdicts VALUES (?, ?, ?)", (new_id(), token, "x" * 200))
        conn.execute("COMMIT")
        loops.append(perf_counter() - start)
    conn.close()
    runs.add(loops, perf_counter() - began)


def made_tokens(queue: Path) -> list[list[str]]:
    """Tokens of the role `reviewer`, some for each client."""
    store = SqliteQueue(queue, clock=utc_now)
    found = [
        [store.create_token("reviewer", f"r{client}-{n}")[1] for n in range(TOKENS_A_CLIENT)]
        for client in range(max(CLIENTS))
    ]
    store.close()
    return found


def rows(bare: dict[int, Runs], found: dict[int, Runs], disk: Runs) -> list[Row]:
    """The table: the floors, then ours with its bars."""
    table = [note("raw SQLite, one writer (floor)", f"{disk.rate:,.0f} loops/s")]
    for count in CLIENTS:
        floor, ours_now = bare[count], found[count]
        name = f"{count} client{'s' if count > 1 else ''}"
        bar = 600 if count == max(CLIENTS) else None
        table += [
            note(f"{name}, bare Starlette (floor)", f"{floor.rate:,.0f} loops/s"),
            limit(f"{name}, hitl serve", ours_now.rate, "loops/s", bar, None, ">=", floor.machine)
            if bar
            else note(f"{name}, hitl serve", f"{ours_now.rate:,.0f} loops/s"),
            note(f"{name}, over bare Starlette", f"{ours_now.rate / floor.rate:.2f}x"),
            note(f"{name}, over raw SQLite", f"{ours_now.rate / disk.rate:.2f}x"),
            note(f"{name}, bare Starlette, p99 of a loop (floor)", f"{floor.p99_ms:.1f} ms"),
            limit(
                f"{name}, hitl serve, p99 of a loop",
                ours_now.p99_ms,
                "ms",
                150,
                machine=floor.machine,
            ),
        ]
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cases", type=int, default=40_000, help="in the queue")
    options = parser.parse_args()
    print_machine()
    disk, bare, found = Runs(), {n: Runs() for n in CLIENTS}, {n: Runs() for n in CLIENTS}
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        place = Place(Path(directory), free_port(), options.seconds)
        queue = make_queue(place.home / "queue" / "hitl.db", short_cases(options.cases))
        tokens = made_tokens(queue)
        for _ in range(options.rounds):
            raw(place.home / "floor.db", options.seconds, disk)
            over_http((*BARE, str(place.port)), place, tokens, bare)
            held = over_http(ours(queue, place.port), place, tokens, found)
        broken = violations(queue)
        assert broken == [], broken
    title = f"Claim and verdict over HTTP, {options.rounds} rounds of {options.seconds:g} s"
    memory = limit("hitl serve, memory after a round", held, "MB", 120)
    print_table(title, [*rows(bare, found, disk), memory])


if __name__ == "__main__":
    main()
