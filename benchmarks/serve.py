"""Budget: `hitl serve` listens within 2 s and holds 120 MB at 100,000 cases, beside a bare Starlette."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from measure import limit, note, print_machine, print_table
from stock import lines_of_1_kb, make_queue

from hitl_tui.model.load import read_lines

CASES = 100_000
PATIENCE_S = 60.0
BARE = (sys.executable, str(Path(__file__).with_name("bare_server.py")))
_LOOK_EVERY_S = 0.005


def ours(queue: Path, port: int) -> tuple[str, ...]:
    """The command that serves a queue."""
    command = (sys.executable, "-m", "hitl_tui", "serve", "--queue", str(queue))
    return (*command, "--port", str(port))


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def running(command: Sequence[str], port: int, home: Path) -> Iterator[tuple[int, float]]:
    """A server on `port`: its process and the seconds until it said that it is ready. Ends it after."""
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with (home / "server.log").open("ab") as log:
        began = perf_counter()
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    try:
        while not _ready(port):
            assert process.poll() is None, (home / "server.log").read_text("utf-8")
            assert perf_counter() - began < PATIENCE_S, "the server does not get ready"
            sleep(_LOOK_EVERY_S)
        yield process.pid, perf_counter() - began
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def megabytes(pid: int) -> float:
    """The resident memory of a process now."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    (kilobytes,) = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return int(kilobytes) / 1024


def ask(port: int, path: str) -> bytes:
    """The answer to a GET on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def _ready(port: int) -> bool:
    with suppress(OSError):
        return b" 200 " in ask(port, "/readyz").partition(b"\r\n")[0]
    return False


def start(command: Sequence[str], port: int, home: Path) -> tuple[float, float]:
    """Seconds to readiness, and megabytes after a few requests."""
    with running(command, port, home) as (pid, seconds):
        for _ in range(50):
            ask(port, "/readyz")
        return seconds, megabytes(pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    count: int = options.cases
    print_machine()
    with tempfile.TemporaryDirectory(prefix="hitl-bench-") as directory:
        home, port = Path(directory), free_port()
        with lines_of_1_kb(home / "cases.jsonl", count).open("rb") as file:
            queue = make_queue(
                home / "queue" / "hitl.db", (line.value for line in read_lines(file))
            )
        floors, costs = [], []
        for _ in range(options.rounds):
            floors.append(start((*BARE, str(port)), port, home))
            costs.append(start(ours(queue, port), port, home))
    floor_s, floor_mb = (median(column) for column in zip(*floors, strict=True))
    seconds, megabytes_held = (median(column) for column in zip(*costs, strict=True))
    print_table(
        f"Start of a server over {count:,} cases of 1 KB, {options.rounds} rounds",
        [
            note("bare Starlette and uvicorn to the first answer (floor)", f"{floor_s:.2f} s"),
            limit("hitl serve to the first answer", seconds, "s", 2.0),
            note("bare Starlette and uvicorn, memory (floor)", f"{floor_mb:.0f} MB"),
            limit("hitl serve, memory", megabytes_held, "MB", 120),
        ],
    )


if __name__ == "__main__":
    main()
