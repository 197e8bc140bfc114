"""Budget: a queue in PostgreSQL - loops, claims among a million, ingest, export, two servers over one."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import uvloop
from http_loops import TOKENS_A_CLIENT, together
from measure import limit, note, print_machine, print_table
from serve import free_port, running
from stock import short_cases

sys.path.insert(0, str(Path(__file__).parents[1]))

from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.postgres.queue import PostgresQueue, violations
from hitl_tui.routing.policy import PoolRule, default_route
from tests.postgres.cluster import DURABLE, Cluster

FEW = 1_000
WORKERS = (1, 8)
BATCH = 500
CLAIMS = 200


def filled(url: str, cases: int) -> float:
    """A new queue with so many short cases; cases a second."""
    queue = PostgresQueue(url, create=True)
    began = perf_counter()
    batch = []
    for case in short_cases(cases):
        submission = Submission.model_validate(case)
        batch.append((submission, default_route(submission, {}, PoolRule(), utc_now())))
        if len(batch) == BATCH:
            queue.admit(batch)
            batch = []
    queue.admit(batch)
    rate = cases / (perf_counter() - began)
    queue.close()
    return rate


def exported(url: str) -> float:
    """Records a second as they stream out."""
    queue = PostgresQueue(url)
    began = perf_counter()
    count = sum(1 for _ in queue.records())
    rate = count / (perf_counter() - began)
    queue.close()
    return rate


def claims(url: str) -> float:
    """The median milliseconds of a claim that is given back."""
    queue, costs = PostgresQueue(url), []
    for _ in range(CLAIMS):
        began = perf_counter()
        (claim,) = queue.claim("alice", pools=["general"])
        costs.append(perf_counter() - began)
        queue.release("alice", claim.token, reason="quit")
    queue.close()
    return median(costs) * 1000


def work(url: str, name: str, ends: float, found: Any) -> None:
    """Claim and approve until it is time; how often a second."""
    queue, loops = PostgresQueue(url), 0
    queue.status()
    began = perf_counter()
    while perf_counter() < ends:
        for claim in queue.claim(name, pools=["general"]):
            queue.submit(
                Verdict(
                    id=new_id(),
                    case_id=claim.case.id,
                    reviewer=name,
                    lease=claim.token,
                    decision="approve",
                )
            )
            loops += 1
    queue.close()
    found.put(loops / (perf_counter() - began))


def direct(url: str, count: int, seconds: float) -> float:
    """Loops a second of so many processes, each with its own connection."""
    fork = multiprocessing.get_context("fork")
    found = fork.SimpleQueue()
    ends = perf_counter() + seconds
    workers = [fork.Process(target=work, args=(url, f"r{n}", ends, found)) for n in range(count)]
    for worker in workers:
        worker.start()
    rate = sum(found.get() for _ in workers)
    for worker in workers:
        worker.join()
    return float(rate)


def served(
    url: str, servers: int, tokens: Sequence[Sequence[str]], seconds: float, home: Path
) -> float:
    """Loops a second of 8 reviewers over HTTP, spread over so many servers."""

    async def all_of_them(ports: Sequence[int]) -> float:
        shares = [tokens[n :: len(ports)] for n in range(len(ports))]
        runs = await asyncio.gather(
            *(together(port, own, seconds) for port, own in zip(ports, shares, strict=True))
        )
        return sum(len(loops) for loops, _ in runs) / max(took for _, took in runs)

    with ExitStack() as stack:
        ports = [free_port() for _ in range(servers)]
        for port in ports:
            command = (
                sys.executable,
                "-m",
                "hitl_tui",
                "serve",
                "--queue",
                url,
                "--port",
                str(port),
            )
            stack.enter_context(running(command, port, home))
        return uvloop.run(all_of_them(ports))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=1_000_000, help="cases in the full queue")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run of loops")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print_machine()
    cluster = Cluster(settings=DURABLE).start()
    try:
        few, many = cluster.create("few"), cluster.create("many")
        filled(few, FEW)
        ingest = filled(many, options.many)
        export = exported(many)
        cost = {"few": [claims(few)], "many": [claims(many)]}
        for _ in range(options.rounds - 1):
            cost["few"].append(claims(few))
            cost["many"].append(claims(many))
        loops = {
            n: max(direct(many, n, options.seconds) for _ in range(options.rounds)) for n in WORKERS
        }
        store = PostgresQueue(many)
        tokens = [
            [store.create_token("reviewer", f"h{c}-{n}")[1] for n in range(TOKENS_A_CLIENT)]
            for c in range(8)
        ]
        store.close()
        with tempfile.TemporaryDirectory(prefix="hitl-bench-") as home:
            http = {
                n: max(
                    served(many, n, tokens, options.seconds, Path(home))
                    for _ in range(options.rounds)
                )
                for n in (1, 2)
            }
        broken = violations(few)
        assert broken == [], broken
    finally:
        cluster.remove()
    ratio = min(cost["many"]) / min(cost["few"])
    print_table(
        f"A queue in PostgreSQL, best of {options.rounds} rounds of {options.seconds:g} s",
        [
            limit("ingest, batches of 500", ingest, "cases/s", 4000, None, ">="),
            limit("export, streaming", export, "rows/s", 10_000, None, ">="),
            note(f"a claim among {FEW:,}", f"{min(cost['few']):.2f} ms"),
            note(f"a claim among {options.many:,}", f"{min(cost['many']):.2f} ms"),
            limit("the second over the first", ratio, "x", 1.5),
            note("claim + verdict, 1 process", f"{loops[1]:,.0f} loops/s"),
            limit("claim + verdict, 8 processes", loops[8], "loops/s", 400, None, ">="),
            limit("claim + verdict, 8 over one server", http[1], "loops/s", 400, None, ">="),
            note("claim + verdict, 8 over two servers", f"{http[2]:,.0f} loops/s"),
            note("two servers over one", f"{http[2] / http[1]:.2f}x"),
        ],
    )


if __name__ == "__main__":
    main()
