"""Checks a queue against its trail: the chain itself, then what the tables say beside it."""

from __future__ import annotations

from hitl_tui.audit.calibration import calibration_differences
from hitl_tui.audit.chain import verify
from hitl_tui.audit.facts import Audit, differences, token_differences
from hitl_tui.audit.replay import Replay
from hitl_tui.queue import guidelines, reading, tokens
from hitl_tui.queue.database import Database
from hitl_tui.queue.facts import facts


def audit(conn: Database, head: bytes | None = None) -> Audit:
    """What is wrong with the trail, from `head` on when it is given, and where the tables differ from it.

    With a broken chain the tables are not compared: there is nothing to compare them with.
    """
    replay = Replay()
    chain = verify(reading.trail(conn, 0), head, visit=replay.apply)
    if chain.fault is not None and chain.fault.wrong != "anchor":
        return Audit(chain, ())
    found = [
        *differences(replay.facts(), facts(conn)),
        *token_differences(replay.tokens(), tokens.token_facts(conn)),
        *calibration_differences(replay.calibration, guidelines.calibration_facts(conn)),
    ]
    return Audit(chain, tuple(found))
