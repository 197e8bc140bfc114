"""How large the proofs are: the asked figures in every run of the tests, longer with HITL_PROOF=long."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The figures of one size. Seconds and counts."""

    kill_s: float
    """How long working processes are killed at random."""
    least_kills: int
    """How many of them have to die in that time, or longer if it takes longer."""
    kills_a_point: int
    """How often a process is killed at each named point."""
    clients: int
    server_kills: int
    acknowledged_between_kills: int
    racers: int
    races: int
    processes_on_one_file: int
    seconds_on_one_file: float
    worst_claim_s: float
    """The longest that anybody may wait for a case."""
    backups: int
    soak_loops: int
    """Cases handed over and judged while a server's memory is watched."""
    damages: int
    """How many damaged copies of a file are opened, for each kind of damage."""


_SIZES = {
    "": Size(20.0, 100, 50, 32, 5, 100, 32, 1000, 32, 5.0, 1.0, 5, 1500, 40),
    "long": Size(300.0, 1500, 500, 32, 25, 1500, 32, 10_000, 32, 60.0, 1.0, 50, 100_000, 1000),
}
LONG = os.environ.get("HITL_PROOF", "") == "long"
SIZE = _SIZES[os.environ.get("HITL_PROOF", "")]
