"""The words of PostgreSQL: pages instead of lazy rows, and sub-selects kept from becoming scans.

Without OFFSET 0 the planner turns `EXISTS (own lease)` into a hash of the whole table of leases.
"""

# ruff: noqa: S608  (put together from the literals of this file alone)

from __future__ import annotations

from hitl_tui.queue.database import Dialect

_BLOCKED = """
  (coalesce(c.assigned, :reviewer) <> :reviewer OR coalesce(c.producer, '') = :reviewer
   OR EXISTS (SELECT 1 FROM leases l
           WHERE l.case_seq = c.seq AND l.reviewer = :reviewer AND l.state < 2 OFFSET 0)
   OR EXISTS (SELECT 1 FROM snoozes s
           WHERE s.case_seq = c.seq AND s.reviewer = :reviewer OFFSET 0))"""
_READY = f"""
  SELECT c.seq, c.id, c.priority, coalesce(c.due, 9223372036854775807), {_BLOCKED} AS barred FROM cases c
  WHERE c.state = 0 AND c.open_slots > 0 AND c.pool = :pool"""
_TURN = "(-c.priority, coalesce(c.due, 9223372036854775807), c.seq)"
_CURSOR = """
  SELECT coalesce(max(-k.priority), -2147483648), coalesce(max(k.due), 0), coalesce(max(k.seq), 0)
  FROM cursors k WHERE k.pool = :pool AND k.reviewer = :reviewer"""
_ORDER = " ORDER BY -c.priority, coalesce(c.due, 9223372036854775807), c.seq LIMIT :most"

# The engine's JSON has no U+0000 either: it is put as all text is (`text.kept`). U+0001, which JSON has to
# escape, stands for an escaped backslash meanwhile, or the text of six characters would be taken for it.
_JSON = (
    r"CAST(replace(replace(replace(replace({}.body, '\\', chr(1)), '\u001a', '\u001a1'),"
    r" '\u0000', '\u001a0'), chr(1), '\\') AS jsonb)"
)

POSTGRES = Dialect(
    name="postgresql",
    in_pages=True,
    ready=(f"{_READY} AND {_TURN} > ({_CURSOR}) {_ORDER}",),
    ready_everywhere=f"""
  SELECT p.name, r.* FROM pools p LEFT JOIN LATERAL (
    {_READY} AND {_TURN} > ({_CURSOR}) {_ORDER}) r ON true""".replace(":pool", "p.name"),
    ready_after=(
        f"""{_READY} AND {_TURN}
        > (-CAST(:priority AS integer), CAST(:due AS bigint), CAST(:seq AS bigint)) {_ORDER}""",
    ),
    skipped="""
  SELECT c.seq, c.id, c.pool FROM snoozes s JOIN cases c ON c.seq = s.case_seq
  WHERE s.reviewer = ? AND s.until IS NULL AND c.state = 0 AND c.open_slots > 0
    AND coalesce(c.assigned, s.reviewer) = s.reviewer
    AND NOT EXISTS (SELECT 1 FROM leases l
      WHERE l.case_seq = c.seq AND l.reviewer = s.reviewer AND l.state < 2 OFFSET 0)
  ORDER BY s.at, s.n""",
    expired="""
  SELECT l.token, c.id, c.seq FROM leases l JOIN cases c ON c.seq = l.case_seq
  WHERE l.state = 0 AND l.until <= ? ORDER BY l.until, l.token""",
    overdue="""
  SELECT c.seq, c.id, c.pool, c.home, b.wishes FROM cases c JOIN bodies b ON b.case_seq = c.seq
  WHERE c.state < 2 AND c.deadline IS NOT NULL AND c.deadline <= ? ORDER BY c.deadline, c.seq""",
    any_overdue="""
  SELECT 1 FROM cases WHERE state < 2 AND deadline IS NOT NULL AND deadline <= ? LIMIT 1""",
    snoozed="""
  SELECT count(DISTINCT s.case_seq) FROM snoozes s JOIN cases c ON c.seq = s.case_seq
  WHERE s.until IS NOT NULL AND s.until > :now AND c.state = 0 AND c.pool = :pool""",
    live="""
  SELECT l.token, c.id, l.reviewer, l.claimed_at, l.until FROM leases l
  JOIN cases c ON c.seq = l.case_seq WHERE l.state = 0 AND l.until > ? ORDER BY l.token""",
    trail="SELECT seq, entry, prev, hash FROM events WHERE seq > ? ORDER BY seq",
    rated={
        "severity": f"{_JSON.format('v')} ->> 'severity'",
        "label": f"""CASE WHEN EXISTS (
                       SELECT 1 FROM jsonb_array_elements_text({_JSON.format("v")} -> 'labels') one
                       WHERE one = :label) THEN 'yes' ELSE 'no' END""",
    },
    gold_of_item=f"{_JSON.format('i')} #>> '{{gold,decision}}'",
    mode_of_quiz=f"{_JSON.format('z')} ->> 'mode'",
    arrival="n",
    number="setval('leases_token_seq', ?)",
)

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""Each statement sees what was committed before it: those behind the lock all that came before."""
ADVISORY = "SELECT pg_advisory_xact_lock(1751739500, 1)"
LOCK_HEAD = "SELECT one FROM head FOR UPDATE"
BEGUN = """
  SELECT seq, hash, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint),
         least((SELECT min(until) FROM leases WHERE state = 0),
               (SELECT min(deadline) FROM cases WHERE state < 2 AND deadline IS NOT NULL))
  FROM head"""
"""Once the lock is held: the trail's end, the database's clock in microseconds, and when time does
something next (null: nothing is waited for)."""
LAST_EVENT = """
  WITH event AS (INSERT INTO events (seq, entry, prev, hash) VALUES (?, ?, ?, ?)
                 RETURNING seq, hash)
  UPDATE head SET seq = event.seq, hash = event.hash FROM event"""
"""The last entry of a change, and with it the trail's new end."""
LAST_EVENT_AND_NEWS = f"{LAST_EVENT} RETURNING pg_notify('hitl', ?)"
"""The same, and those who listen hear of it when it is committed."""
OUR_ENTRY = "SELECT 1 FROM events WHERE seq = ? AND hash = ?"
FILLED = (
    "UPDATE head SET (seq, hash) = (SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1)",
    *(
        f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1,"
        f" false) FROM {table}"
        for table, column in (
            ("leases", "token"),
            ("resolutions", "id"),
            ("verdicts", "seq"),
            ("tokens", "seq"),
            ("quiz_outcomes", "seq"),
            ("webhooks", "seq"),
            ("deliveries", "seq"),
        )
    ),
)
"""What counts on after the tables were filled from another queue."""
PLACE = "SET search_path TO hitl"
PLANNER = """
  SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
  SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
  SET plan_cache_mode = force_generic_plan"""
"""For the connections that write: every statement there is a seek, whatever the statistics say today."""
