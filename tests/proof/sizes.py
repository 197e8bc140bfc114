"""How large the proofs are: short for every run of the tests, long with HITL_PROOF=long."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The figures of one size. Seconds and counts."""

    clients: int
    kills: int
    acknowledged_between_kills: int
    processes_on_one_file: int
    seconds_on_one_file: float
    racers: int
    races: int


_SIZES = {
    "": Size(8, 2, 150, 8, 2.0, 32, 100),
    "long": Size(32, 5, 1500, 32, 20.0, 32, 1000),
}
SIZE = _SIZES[os.environ.get("HITL_PROOF", "")]
