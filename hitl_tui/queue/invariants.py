"""What must hold in every queue file at all times; for tests and for diagnosis, never on a hot path."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hitl_tui.audit.calibration import calibration_differences
from hitl_tui.audit.chain import verify
from hitl_tui.audit.facts import differences, token_differences
from hitl_tui.audit.replay import Replay
from hitl_tui.model.text import Shown, message
from hitl_tui.queue import reading
from hitl_tui.queue.facts import facts
from hitl_tui.queue.guidelines import calibration_facts
from hitl_tui.queue.refusals import translated
from hitl_tui.queue.tokens import token_facts

_RULES = (
    (
        "more verdicts count than the overlap asks for",
        """SELECT c.id FROM cases c WHERE c.overlap < (SELECT count(*) FROM verdicts v
             WHERE v.case_seq = c.seq AND v.counts = 1 AND v.undone_at IS NULL)""",
    ),
    (
        "open_slots is not overlap - counting verdicts - live leases",
        """SELECT c.id FROM cases c WHERE c.open_slots <> c.overlap
             - (SELECT count(*) FROM verdicts v
                WHERE v.case_seq = c.seq AND v.counts = 1 AND v.undone_at IS NULL)
             - (SELECT count(*) FROM leases l WHERE l.case_seq = c.seq AND l.state = 0)""",
    ),
    (
        "a lease is live on a case that is not pending",
        """SELECT c.id FROM cases c JOIN leases l ON l.case_seq = c.seq
           WHERE l.state = 0 AND c.state <> 0""",
    ),
    (
        "a reviewer has two seats",
        """SELECT c.id FROM cases c JOIN leases l ON l.case_seq = c.seq
           WHERE l.state IN (0, 1) GROUP BY l.case_seq, l.reviewer HAVING count(*) > 1""",
    ),
    (
        "a reviewer has two standing verdicts",
        """SELECT c.id FROM cases c JOIN verdicts v ON v.case_seq = c.seq
           WHERE v.late = 0 AND v.undone_at IS NULL
           GROUP BY v.case_seq, v.reviewer HAVING count(*) > 1""",
    ),
    (
        "a used lease has no standing verdict",
        """SELECT c.id FROM cases c JOIN leases l ON l.case_seq = c.seq WHERE l.state = 1
           AND NOT EXISTS (SELECT 1 FROM verdicts v
             WHERE v.token = l.token AND v.late = 0 AND v.undone_at IS NULL)""",
    ),
    (
        "the state does not fit the resolution",
        """SELECT c.id FROM cases c WHERE (c.state = 2) <> EXISTS (SELECT 1 FROM resolutions r
             WHERE r.case_seq = c.seq AND r.revoked_at IS NULL)""",
    ),
    (
        "a pending case has all its verdicts",
        """SELECT c.id FROM cases c WHERE c.state = 0 AND c.overlap = (SELECT count(*) FROM verdicts v
             WHERE v.case_seq = c.seq AND v.counts = 1 AND v.undone_at IS NULL)""",
    ),
    (
        "a missed SLA has more than one fallback, or one that was taken back",
        """SELECT c.id FROM cases c JOIN resolutions r ON r.case_seq = c.seq
           WHERE r.source = 'fallback' GROUP BY c.seq HAVING count(*) > 1 OR max(r.revoked_at) > 0""",
    ),
    (
        "a fallback came before its time",
        """SELECT c.id FROM cases c JOIN resolutions r ON r.case_seq = c.seq
           WHERE r.source = 'fallback' AND (c.deadline IS NULL OR r.resolved_at < c.deadline)""",
    ),
    (
        "a case that missed its SLA was not answered by its fallback",
        """SELECT c.id FROM cases c JOIN resolutions r ON r.case_seq = c.seq
           WHERE r.revoked_at IS NULL AND r.resolved_at >= c.deadline AND r.source <> 'fallback'""",
    ),
    (
        "a verdict counts although the SLA of its case was missed",
        """SELECT c.id FROM cases c JOIN verdicts v ON v.case_seq = c.seq
           WHERE v.late = 0 AND v.undone_at IS NULL AND v.accepted_at >= c.deadline""",
    ),
    (
        "a verdict counts under a lease that had ended, and was not adopted",
        """SELECT c.id FROM cases c JOIN verdicts v ON v.case_seq = c.seq
           JOIN leases l ON l.token = v.token
           WHERE v.late = 0 AND v.adopted = 0 AND v.accepted_at >= l.until""",
    ),
    (
        "a case was adjudicated by one of its reviewers",
        """SELECT c.id FROM cases c JOIN rulings r ON r.case_seq = c.seq
           JOIN verdicts v ON v.case_seq = c.seq AND v.reviewer = r.actor
           WHERE c.state = 2 AND v.accepted_at < r.at""",
    ),
    (
        "a case was judged by its producer",
        """SELECT c.id FROM cases c JOIN verdicts v ON v.case_seq = c.seq
           WHERE v.reviewer = c.producer""",
    ),
    (
        "a case is ready for a reviewer in front of their cursor",
        """SELECT c.id FROM cases c JOIN cursors k ON k.pool = c.pool
           WHERE c.state = 0 AND c.open_slots > 0
             AND ifnull(c.assigned, k.reviewer) = k.reviewer AND c.producer IS NOT k.reviewer
             AND (c.priority > k.priority OR (c.priority = k.priority
               AND (ifnull(c.due, 9223372036854775807) < k.due
                 OR (ifnull(c.due, 9223372036854775807) = k.due AND c.seq <= k.seq))))
             AND NOT EXISTS (SELECT 1 FROM leases l
               WHERE l.case_seq = c.seq AND l.reviewer = k.reviewer AND l.state < 2)
             AND NOT EXISTS (SELECT 1 FROM snoozes s
               WHERE s.case_seq = c.seq AND s.reviewer = k.reviewer)""",
    ),
)


def violations(queue_path: Path) -> list[Shown]:
    """A sentence for each invariant that the file breaks, none when it is whole. Raises Unreachable."""
    with translated(queue_path), closing(sqlite3.connect(queue_path)) as conn:
        conn.execute("BEGIN")
        found = [
            message("{rule}: case {id}", rule=rule, id=case_id)
            for rule, query in _RULES
            for (case_id,) in conn.execute(query)
        ]
        replay = Replay()
        chain = verify(reading.trail(conn, 0), visit=replay.apply)
        if chain.fault is not None:
            found.append(chain.fault.sentence)
        else:
            found += differences(replay.facts(), facts(conn))
            found += token_differences(replay.tokens(), token_facts(conn))
            found += calibration_differences(replay.calibration, calibration_facts(conn))
        for (complaint,) in conn.execute("PRAGMA integrity_check"):
            if complaint != "ok":
                found.append(message("integrity: {complaint}", complaint=complaint))
        return found
