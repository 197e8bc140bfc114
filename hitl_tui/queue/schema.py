"""The tables of a queue file, as migrations; sqlite-utils applies them and notes them in the file.

Times are microseconds since 1970 in UTC. `cases.state`: 0 pending, 1 disputed, 2 resolved,
3 withdrawn. `leases.state`: 0 live, 1 done (a verdict came), 2 released, 3 ended by time, by a lead
or with its case, 4 replaced by a newer token. Bodies stand apart so that the table which claims search
stays narrow. `cases.deadline` is when the fallback is due: `due`, until the case has been answered.
"""

from __future__ import annotations

import os

from sqlite_utils import Database, Migrations

migrations = Migrations("hitl")

_TABLES = """
CREATE TABLE pools (name TEXT PRIMARY KEY);

CREATE TABLE cases (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
  priority INTEGER NOT NULL,
  due INTEGER,
  pool TEXT NOT NULL REFERENCES pools(name),
  home TEXT NOT NULL REFERENCES pools(name),
  overlap INTEGER NOT NULL CHECK (overlap >= 1),
  open_slots INTEGER NOT NULL CHECK (open_slots BETWEEN 0 AND overlap),
  version INTEGER NOT NULL,
  output_length INTEGER NOT NULL,
  queued_at INTEGER NOT NULL
);
CREATE INDEX ready ON cases (pool, priority DESC, ifnull(due, 9223372036854775807), seq)
  WHERE state = 0 AND open_slots > 0;
CREATE INDEX waiting ON cases (pool, queued_at) WHERE state = 0;
CREATE INDEX settled ON cases (state, pool) WHERE state > 0;

CREATE TABLE bodies (
  case_seq INTEGER PRIMARY KEY REFERENCES cases(seq),
  body TEXT NOT NULL,
  wishes TEXT NOT NULL,
  route TEXT NOT NULL,
  key BLOB NOT NULL,
  digest TEXT NOT NULL
);

CREATE TABLE gold (case_seq INTEGER PRIMARY KEY REFERENCES cases(seq), body TEXT NOT NULL);

CREATE TABLE leases (
  token INTEGER PRIMARY KEY AUTOINCREMENT,
  case_seq INTEGER NOT NULL REFERENCES cases(seq),
  reviewer TEXT NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
  claimed_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  reason TEXT,
  note TEXT
);
CREATE UNIQUE INDEX one_seat ON leases (case_seq, reviewer) WHERE state < 2;
CREATE INDEX live_until ON leases (until) WHERE state = 0;
CREATE INDEX live_reviewer ON leases (reviewer) WHERE state = 0;

CREATE TABLE resolutions (
  id INTEGER PRIMARY KEY,
  case_seq INTEGER NOT NULL REFERENCES cases(seq),
  version INTEGER NOT NULL,
  decision TEXT NOT NULL,
  output TEXT,
  source TEXT NOT NULL,
  verdicts TEXT NOT NULL,
  resolved_at INTEGER NOT NULL,
  revoked_at INTEGER,
  UNIQUE (case_seq, version)
);
CREATE UNIQUE INDEX one_resolution ON resolutions (case_seq) WHERE revoked_at IS NULL;

CREATE TABLE verdicts (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  case_seq INTEGER NOT NULL REFERENCES cases(seq),
  reviewer TEXT NOT NULL,
  token INTEGER NOT NULL UNIQUE REFERENCES leases(token),
  decision TEXT NOT NULL,
  counts INTEGER NOT NULL CHECK (counts IN (0, 1)),
  late INTEGER NOT NULL CHECK (late IN (0, 1)),
  adopted INTEGER NOT NULL CHECK (adopted IN (0, 1)),
  accepted_at INTEGER NOT NULL,
  undone_at INTEGER,
  state_after INTEGER NOT NULL,
  resolution INTEGER REFERENCES resolutions(id),
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX one_standing ON verdicts (case_seq, reviewer)
  WHERE late = 0 AND undone_at IS NULL;
CREATE INDEX verdicts_by_case ON verdicts (case_seq, seq);
CREATE INDEX verdicts_by_reviewer ON verdicts (reviewer, seq);

CREATE TABLE snoozes (
  case_seq INTEGER NOT NULL REFERENCES cases(seq),
  reviewer TEXT NOT NULL,
  at INTEGER NOT NULL,
  until INTEGER,
  PRIMARY KEY (case_seq, reviewer)
);
CREATE INDEX skipped ON snoozes (reviewer, at) WHERE until IS NULL;
CREATE INDEX snoozed ON snoozes (reviewer, until) WHERE until IS NOT NULL;

CREATE TABLE cursors (
  reviewer TEXT NOT NULL,
  pool TEXT NOT NULL REFERENCES pools(name),
  priority INTEGER NOT NULL,
  due INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (pool, reviewer)
);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  entry BLOB NOT NULL,
  prev BLOB NOT NULL,
  hash BLOB NOT NULL
)
"""

# REPLACE deletes without firing delete triggers in a program that has recursive_triggers off: the
# insert trigger, which fires first, is what stops it there.
_TRIGGERS = (
    """CREATE TRIGGER events_no_update BEFORE UPDATE ON events
       BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    """CREATE TRIGGER events_no_delete BEFORE DELETE ON events
       BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    """CREATE TRIGGER events_in_order BEFORE INSERT ON events
       WHEN NEW.seq IS NOT (SELECT ifnull(max(seq), 0) + 1 FROM events)
       BEGIN SELECT RAISE(ABORT, 'the audit trail has no gaps'); END""",
)


_STEERING = """
ALTER TABLE cases ADD COLUMN deadline INTEGER;
ALTER TABLE cases ADD COLUMN assigned TEXT;
ALTER TABLE cases ADD COLUMN producer TEXT;
ALTER TABLE resolutions ADD COLUMN delivered_at INTEGER;
UPDATE cases SET deadline = due WHERE state < 2;
CREATE INDEX overdue ON cases (deadline) WHERE state < 2 AND deadline IS NOT NULL;

CREATE TABLE rulings (
  case_seq INTEGER PRIMARY KEY REFERENCES cases(seq),
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE tokens (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  pools TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
)
"""


_EXPORTS = """
CREATE TABLE splits (
  case_seq INTEGER PRIMARY KEY REFERENCES cases(seq),
  split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test'))
);

CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL)
"""

_CALIBRATION = """
CREATE TABLE guidelines (
  version TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
);

CREATE TABLE acknowledgements (
  version TEXT NOT NULL REFERENCES guidelines(version),
  reviewer TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (version, reviewer)
);

CREATE TABLE quizzes (
  name TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  key BLOB NOT NULL,
  closed_at INTEGER
);

CREATE TABLE quiz_items (
  quiz TEXT NOT NULL REFERENCES quizzes(name),
  item INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (quiz, item)
);

CREATE TABLE sittings (
  quiz TEXT NOT NULL REFERENCES quizzes(name),
  reviewer TEXT NOT NULL,
  at INTEGER NOT NULL,
  guideline TEXT,
  PRIMARY KEY (quiz, reviewer)
);

CREATE TABLE quiz_cases (
  case_seq INTEGER PRIMARY KEY REFERENCES cases(seq),
  quiz TEXT NOT NULL,
  item INTEGER NOT NULL,
  reviewer TEXT NOT NULL,
  place INTEGER NOT NULL,
  UNIQUE (quiz, reviewer, item),
  FOREIGN KEY (quiz, item) REFERENCES quiz_items(quiz, item),
  FOREIGN KEY (quiz, reviewer) REFERENCES sittings(quiz, reviewer)
);

CREATE TABLE quiz_outcomes (
  seq INTEGER PRIMARY KEY,
  quiz TEXT NOT NULL REFERENCES quizzes(name),
  body TEXT NOT NULL
)
"""


@migrations(name="0001_queue")
def _queue(db: Database) -> None:
    for statement in (*_TABLES.split(";\n"), *_TRIGGERS):
        db.conn.execute(statement)


@migrations(name="0002_steering")
def _steering(db: Database) -> None:
    for statement in _STEERING.split(";\n"):
        db.conn.execute(statement)


@migrations(name="0003_exports")
def _exports(db: Database) -> None:
    for statement in _EXPORTS.split(";\n"):
        db.conn.execute(statement)
    # Made here and never again: a pseudonym is the same in every export of this queue, and in no other.
    secret = os.urandom(32)
    db.conn.execute("INSERT INTO secrets (name, value) VALUES ('pseudonyms', ?)", (secret,))


@migrations(name="0004_calibration")
def _calibration(db: Database) -> None:
    for statement in _CALIBRATION.split(";\n"):
        db.conn.execute(statement)


_WEBHOOKS = """
CREATE TABLE webhooks (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_until INTEGER,
  owner TEXT,
  private INTEGER NOT NULL CHECK (private IN (0, 1)),
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  why TEXT
);

CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook INTEGER NOT NULL REFERENCES webhooks(seq),
  message TEXT NOT NULL,
  case_seq INTEGER NOT NULL REFERENCES cases(seq),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  done_at INTEGER,
  why TEXT
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE done_at IS NULL;
CREATE INDEX deliveries_of_case ON deliveries (webhook, case_seq, seq)
"""


@migrations(name="0005_webhooks")
def _webhooks(db: Database) -> None:
    for statement in _WEBHOOKS.split(";\n"):
        db.conn.execute(statement)


@migrations(name="0006_naming")
def _naming(db: Database) -> None:
    # The first id of a quiz copy that gave way to a producer's case.
    db.conn.execute("ALTER TABLE quiz_cases ADD COLUMN former TEXT")
    db.conn.execute("CREATE INDEX former_ids ON quiz_cases (former) WHERE former IS NOT NULL")


@migrations(name="0007_letters_of_a_hook")
def _letters_of_a_hook(db: Database) -> None:
    # Each webhook's messages are taken by themselves: those of one that hangs are not in the way.
    db.conn.execute(
        "CREATE INDEX deliveries_of_hook ON deliveries (webhook, next_at) WHERE done_at IS NULL"
    )
    db.conn.execute("DROP INDEX deliveries_due")
