"""The SQL that every engine understands, named; what an engine has in words of its own is in its dialect."""

# ruff: noqa: S608  (put together from the literals of this file alone)

from __future__ import annotations

NEVER = 2**63 - 1
"""What sorts as the due time of a case that has none."""

POOLS = "SELECT name FROM pools ORDER BY name"
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

NEXT_TO_WAKE = "SELECT min(until) FROM snoozes WHERE reviewer = ? AND until IS NOT NULL"
RIPE = """
  DELETE FROM snoozes WHERE reviewer = ? AND until IS NOT NULL AND until <= ? RETURNING case_seq"""

LEASE = """
  INSERT INTO leases (case_seq, reviewer, state, claimed_at, until) VALUES (?, ?, 0, ?, ?)
  RETURNING token"""
NEXT_NUMBER = "SELECT coalesce(max(token), 0) + 1 FROM leases"
LEASE_NUMBERED = """
  INSERT INTO leases (token, case_seq, reviewer, state, claimed_at, until) VALUES ({}, ?, ?, 0, ?, ?)"""
"""With the dialect's `number` for the token."""
FORGET = "DELETE FROM snoozes WHERE case_seq = ? AND reviewer = ?"
END_LEASE = "UPDATE leases SET state = ? WHERE token = ?"
TAKE_SLOT = "UPDATE cases SET open_slots = open_slots - 1 WHERE seq = ?"
END_ALL = """
  UPDATE leases SET state = 3, reason = ? WHERE case_seq = ? AND state < 2 AND state = 0"""
GIVE_SLOT = "UPDATE cases SET open_slots = open_slots + 1 WHERE seq = ?"
GIVE_SLOTS = "UPDATE cases SET open_slots = open_slots + ? WHERE seq = ?"

CLAIMED = """
  SELECT c.id, b.body, b.route, c.pool, c.priority, c.overlap, c.due
  FROM cases c JOIN bodies b ON b.case_seq = c.seq WHERE c.seq = ?"""
CASE = """
  SELECT seq, id, kind, state, priority, due, pool, home, overlap, open_slots, version, output_length,
         deadline, assigned, producer
  FROM cases WHERE id = ?"""

BALLOTS = """
  SELECT id, decision, body FROM verdicts WHERE case_seq = (SELECT seq FROM cases WHERE id = ?)
    AND counts = 1 AND undone_at IS NULL ORDER BY seq"""
GROUND = """
  SELECT c.seq, c.id, c.kind, c.state, c.priority, c.due, c.pool, c.home, c.overlap, c.open_slots,
         c.version, c.output_length, c.deadline, c.assigned, c.producer,
         b.key, b.body,
         (SELECT coalesce(max(r.version), 0) FROM resolutions r WHERE r.case_seq = c.seq),
         EXISTS (SELECT 1 FROM quiz_cases q WHERE q.case_seq = c.seq),
         (SELECT max(w.seq) FROM webhooks w),
         l.state, v.id
  FROM cases c JOIN bodies b ON b.case_seq = c.seq
  LEFT JOIN leases l ON l.token = ? AND l.reviewer = ? AND l.case_seq = c.seq
  LEFT JOIN verdicts v ON v.token = l.token
  WHERE c.id = ?"""
"""The columns of CASE, those of `resolving.Basis`, the state of a lease and the verdict it was used for."""
KEY = "SELECT key FROM bodies WHERE case_seq = ?"
BODY = "SELECT body FROM bodies WHERE case_seq = ?"
LAST_VERSION = "SELECT coalesce(max(version), 0) FROM resolutions WHERE case_seq = ?"

RECORD = """
  SELECT c.seq, b.body, b.route, c.pool, c.priority, c.overlap, c.due, c.state, c.version, c.queued_at
  FROM cases c JOIN bodies b ON b.case_seq = c.seq"""
ORIGINAL = "c.seq NOT IN (SELECT case_seq FROM quiz_cases)"
"""A case, and no copy of one that a quiz gave to somebody."""
UNPLACED = f"{ORIGINAL} AND NOT EXISTS (SELECT 1 FROM splits s WHERE s.case_seq = c.seq)"
"""Such a case that no export has put into a split."""
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
  SELECT c.id, b.body, b.wishes, coalesce(g.body, ''), c.queued_at, c.producer,
    EXISTS (SELECT 1 FROM quiz_cases q WHERE q.case_seq = c.seq) FROM cases c
  JOIN bodies b ON b.case_seq = c.seq LEFT JOIN gold g ON g.case_seq = c.seq"""
ADMIT_CASE = (
    "seq, id, kind, state, priority, due, pool, home, overlap, open_slots, version, output_length,"
    " queued_at, deadline, producer"
)
ADMIT_BODY = "case_seq, body, wishes, route, key, digest"
ADMIT_RESOLUTION = "case_seq, version, decision, output, source, verdicts, resolved_at"
"""The columns of what an admission fills in."""
RESOLVE = """
  INSERT INTO resolutions (case_seq, version, decision, output, source, verdicts, resolved_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)"""
RECORD_VERDICT = """
  INSERT INTO verdicts (id, case_seq, reviewer, token, decision, counts, late, adopted, accepted_at,
                        state_after, body, resolution)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
          (SELECT id FROM resolutions WHERE case_seq = ? AND version = ?))"""

_TELL = """
  INSERT INTO deliveries (webhook, message, case_seq, kind, body, created_at, attempts, next_at)
  SELECT w.seq, ?, c.seq, ?, ?, ?, 0, ? FROM webhooks w CROSS JOIN cases c
  WHERE c.seq = ? AND w.ended_at IS NULL AND (w.owner IS NULL OR w.owner = c.producer)
    AND NOT EXISTS (SELECT 1 FROM quiz_cases q WHERE q.case_seq = c.seq)"""
TELL = _TELL
TELL_AGAIN = f"""{_TELL}
    AND EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = w.seq AND d.case_seq = c.seq)"""
_DUE = """
  d.webhook = w.seq AND d.done_at IS NULL AND d.next_at <= ?
    AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.webhook = d.webhook
      AND e.case_seq = d.case_seq AND e.done_at IS NULL AND e.seq < d.seq)"""
HOOKS_DUE = f"""
  SELECT w.id FROM webhooks w
  WHERE w.ended_at IS NULL AND EXISTS (SELECT 1 FROM deliveries d WHERE {_DUE})
  ORDER BY w.seq"""
LETTERS_DUE = f"""
  SELECT d.seq, d.message, d.body, d.attempts, w.seq, w.id, w.url, w.secret, w.old_secret, w.old_until,
         w.owner, w.private, w.created_at, w.ended_at, w.why
  FROM webhooks w JOIN deliveries d ON {_DUE}
  WHERE w.id = ? AND w.ended_at IS NULL
  ORDER BY d.next_at, d.seq LIMIT ?"""
