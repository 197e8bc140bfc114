"""The words of SQLite: which index to take, and rows read as far as they are needed.

The ready index needs its condition in literals, not parameters, or SQLite does not see that it fits.
"""

# ruff: noqa: S608  (put together from the literals of this file alone)

from __future__ import annotations

from hitl_tui.queue.database import Dialect

_BLOCKED = """
  (ifnull(c.assigned, :reviewer) <> :reviewer OR ifnull(c.producer, '') = :reviewer
   OR EXISTS (SELECT 1 FROM leases l
           WHERE l.case_seq = c.seq AND l.reviewer = :reviewer AND l.state < 2)
   OR EXISTS (SELECT 1 FROM snoozes s WHERE s.case_seq = c.seq AND s.reviewer = :reviewer))"""
_READY = f"""
  SELECT c.seq, c.id, c.priority, ifnull(c.due, 9223372036854775807), {_BLOCKED}
  FROM cases c INDEXED BY ready
  WHERE c.state = 0 AND c.open_slots > 0 AND c.pool = :pool"""
_ORDER = " ORDER BY c.priority DESC, ifnull(c.due, 9223372036854775807), c.seq"

SQLITE = Dialect(
    name="sqlite",
    in_pages=False,
    ready=(_READY + _ORDER,),
    ready_everywhere="",
    # What follows a place in the order, as three ranges of the index: the row-value comparison that
    # would say it in one cannot mix a falling with rising columns. Each is sorted by what it leaves
    # open, as SQLite would sort again by what is fixed.
    ready_after=(
        f"""{_READY} AND c.priority = :priority
        AND ifnull(c.due, 9223372036854775807) = :due AND c.seq > :seq ORDER BY c.seq""",
        f"""{_READY} AND c.priority = :priority AND ifnull(c.due, 9223372036854775807) > :due
        ORDER BY ifnull(c.due, 9223372036854775807), c.seq""",
        f"{_READY} AND c.priority < :priority {_ORDER}",
    ),
    skipped="""
  SELECT c.seq, c.id, c.pool FROM snoozes s JOIN cases c ON c.seq = s.case_seq
  WHERE s.reviewer = ? AND s.until IS NULL AND c.state = 0 AND c.open_slots > 0
    AND ifnull(c.assigned, s.reviewer) = s.reviewer
    AND NOT EXISTS (SELECT 1 FROM leases l
      WHERE l.case_seq = c.seq AND l.reviewer = s.reviewer AND l.state < 2)
  ORDER BY s.at, s.rowid""",
    expired="""
  SELECT l.token, c.id, c.seq FROM leases l INDEXED BY live_until JOIN cases c ON c.seq = l.case_seq
  WHERE l.state = 0 AND l.until <= ? ORDER BY l.until, l.token""",
    overdue="""
  SELECT c.seq, c.id, c.pool, c.home, b.wishes FROM cases c INDEXED BY overdue
  CROSS JOIN bodies b ON b.case_seq = c.seq
  WHERE c.state < 2 AND c.deadline IS NOT NULL AND c.deadline <= ? ORDER BY c.deadline, c.seq""",
    any_overdue="""
  SELECT 1 FROM cases INDEXED BY overdue
  WHERE state < 2 AND deadline IS NOT NULL AND deadline <= ? LIMIT 1""",
    snoozed="""
  SELECT count(DISTINCT s.case_seq) FROM snoozes s INDEXED BY snoozed
  CROSS JOIN cases c ON c.seq = s.case_seq
  WHERE s.until IS NOT NULL AND s.until > :now AND c.state = 0 AND c.pool = :pool""",
    live="""
  SELECT l.token, c.id, l.reviewer, l.claimed_at, l.until FROM leases l INDEXED BY live_until
  CROSS JOIN cases c ON c.seq = l.case_seq
  WHERE l.state = 0 AND l.until > ? ORDER BY l.token""",
    trail="""
  SELECT seq, CAST(entry AS BLOB), CAST(prev AS BLOB), CAST(hash AS BLOB) FROM events
  WHERE seq > ? ORDER BY seq""",
    rated={
        "severity": "CAST(json_extract(v.body, '$.severity') AS TEXT)",
        "label": """CASE WHEN EXISTS (SELECT 1 FROM json_each(v.body, '$.labels')
                    WHERE value = :label) THEN 'yes' ELSE 'no' END""",
    },
    gold_of_item="json_extract(i.body, '$.gold.decision')",
    mode_of_quiz="json_extract(z.body, '$.mode')",
    arrival="rowid",
    number="?",
)
