"""The SQL of the SQLite store, named. The ready index needs its condition in literals, not parameters."""

# ruff: noqa: S608  (put together from the literals of this file alone)

from __future__ import annotations

NEVER = 2**63 - 1
"""What sorts as the due time of a case that has none."""

_BLOCKED = """
  (ifnull(c.assigned, :reviewer) <> :reviewer OR ifnull(c.producer, '') = :reviewer
   OR EXISTS (SELECT 1 FROM leases l
           WHERE l.case_seq = c.seq AND l.reviewer = :reviewer AND l.state < 2)
   OR EXISTS (SELECT 1 FROM snoozes s WHERE s.case_seq = c.seq AND s.reviewer = :reviewer))"""
_READY = f"""
  SELECT c.seq, c.priority, ifnull(c.due, 9223372036854775807), {_BLOCKED}
  FROM cases c INDEXED BY ready
  WHERE c.state = 0 AND c.open_slots > 0 AND c.pool = :pool"""
_ORDER = " ORDER BY c.priority DESC, ifnull(c.due, 9223372036854775807), c.seq"

READY_ALL = _READY + _ORDER
# What follows a place in the order, as three ranges of the index: the row-value comparison that would
# say it in one cannot mix a falling with rising columns. Each is sorted by what it leaves open, as
# SQLite would sort again by what is fixed.
READY_AFTER = (
    f"""{_READY} AND c.priority = :priority
    AND ifnull(c.due, 9223372036854775807) = :due AND c.seq > :seq ORDER BY c.seq""",
    f"""{_READY} AND c.priority = :priority AND ifnull(c.due, 9223372036854775807) > :due
    ORDER BY ifnull(c.due, 9223372036854775807), c.seq""",
    f"{_READY} AND c.priority < :priority {_ORDER}",
)

CURSOR = "SELECT priority, due, seq FROM cursors WHERE reviewer = ? AND pool = ?"
SAVE_CURSOR = """
  INSERT INTO cursors (reviewer, pool, priority, due, seq) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (pool, reviewer) DO UPDATE SET
    priority = excluded.priority, due = excluded.due, seq = excluded.seq"""
_BEHIND = """
  UPDATE cursors SET priority = :priority, due = :due, seq = :seq - 1
  WHERE pool = :pool AND (priority < :priority OR (priority = :priority
    AND (due > :due OR (due = :due AND seq >= :seq))))"""
PULL_BACK_ALL = _BEHIND
PULL_BACK = (
    _BEHIND
    + """
    AND NOT EXISTS (SELECT 1 FROM leases l
      WHERE l.case_seq = :seq AND l.reviewer = cursors.reviewer AND l.state < 2)
    AND NOT EXISTS (SELECT 1 FROM snoozes s
      WHERE s.case_seq = :seq AND s.reviewer = cursors.reviewer)"""
)

SKIPPED = """
  SELECT c.seq, c.pool FROM snoozes s JOIN cases c ON c.seq = s.case_seq
  WHERE s.reviewer = ? AND s.until IS NULL AND c.state = 0 AND c.open_slots > 0
    AND ifnull(c.assigned, s.reviewer) = s.reviewer
    AND NOT EXISTS (SELECT 1 FROM leases l
      WHERE l.case_seq = c.seq AND l.reviewer = s.reviewer AND l.state < 2)
  ORDER BY s.at, s.rowid"""
RIPE = """
  DELETE FROM snoozes WHERE reviewer = ? AND until IS NOT NULL AND until <= ? RETURNING case_seq"""

EXPIRED = """
  SELECT l.token, c.id, c.seq FROM leases l INDEXED BY live_until JOIN cases c ON c.seq = l.case_seq
  WHERE l.state = 0 AND l.until <= ? ORDER BY l.until, l.token"""
LEASE = "INSERT INTO leases (case_seq, reviewer, state, claimed_at, until) VALUES (?, ?, 0, ?, ?)"
END_LEASE = "UPDATE leases SET state = ? WHERE token = ?"
TAKE_SLOT = "UPDATE cases SET open_slots = open_slots - 1 WHERE seq = ?"
END_ALL = """
  UPDATE leases SET state = 3, reason = ? WHERE case_seq = ? AND state < 2 AND state = 0"""
OVERDUE = """
  SELECT c.seq, c.id, c.pool, c.home, b.wishes FROM cases c INDEXED BY overdue
  CROSS JOIN bodies b ON b.case_seq = c.seq
  WHERE c.state < 2 AND c.deadline IS NOT NULL AND c.deadline <= ? ORDER BY c.deadline, c.seq"""
ANY_OVERDUE = """
  SELECT 1 FROM cases INDEXED BY overdue
  WHERE state < 2 AND deadline IS NOT NULL AND deadline <= ? LIMIT 1"""
GIVE_SLOT = "UPDATE cases SET open_slots = open_slots + 1 WHERE seq = ?"
GIVE_SLOTS = "UPDATE cases SET open_slots = open_slots + ? WHERE seq = ?"

CLAIMED = """
  SELECT b.body, b.route, c.pool, c.priority, c.overlap, c.due
  FROM cases c JOIN bodies b ON b.case_seq = c.seq WHERE c.seq = ?"""
CASE = """
  SELECT seq, id, kind, state, priority, due, pool, home, overlap, open_slots, version, output_length,
         deadline, assigned, producer
  FROM cases WHERE id = ?"""

RECORD = """
  SELECT c.seq, b.body, b.route, c.pool, c.priority, c.overlap, c.due, c.state, c.version, c.queued_at
  FROM cases c JOIN bodies b ON b.case_seq = c.seq"""
ORIGINAL = "c.seq NOT IN (SELECT case_seq FROM quiz_cases)"
"""A case, and no copy of one that a quiz gave to somebody."""
COUNT = f"SELECT count(*) FROM cases c WHERE {ORIGINAL}"
VERDICT = "SELECT case_seq, body, late, adopted, undone_at FROM verdicts"
RESOLUTION = """
  SELECT r.case_seq, c.id, r.decision, r.output, r.source, r.verdicts, r.resolved_at, r.version
  FROM resolutions r JOIN cases c ON c.seq = r.case_seq"""
PLACED_RESOLUTION = """
  SELECT r.id, c.id, r.decision, r.output, r.source, r.verdicts, r.resolved_at, r.version
  FROM resolutions r JOIN cases c ON c.seq = r.case_seq
  WHERE r.id > ? AND r.revoked_at IS NULL ORDER BY r.id LIMIT ?"""
RULING = "SELECT case_seq, actor, at, body FROM rulings"

CONTENT = """
  SELECT c.id, b.body, b.wishes, ifnull(g.body, ''), c.queued_at, c.producer FROM cases c
  JOIN bodies b ON b.case_seq = c.seq LEFT JOIN gold g ON g.case_seq = c.seq"""
ADMIT_CASE = """
  INSERT INTO cases (seq, id, kind, state, priority, due, pool, home, overlap, open_slots, version,
                     output_length, queued_at, deadline, producer)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)"""
ADMIT_BODY = """
  INSERT INTO bodies (case_seq, body, wishes, route, key, digest) VALUES (?, ?, ?, ?, ?, ?)"""
RESOLVE = """
  INSERT INTO resolutions (case_seq, version, decision, output, source, verdicts, resolved_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)"""
RECORD_VERDICT = """
  INSERT INTO verdicts (id, case_seq, reviewer, token, decision, counts, late, adopted, accepted_at,
                        state_after, resolution, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
