-- The split of each case for good, and the secret under which exports name people.

CREATE TABLE splits (
  case_seq bigint PRIMARY KEY,
  split text NOT NULL CHECK (split IN ('train', 'validation', 'test'))
);

CREATE TABLE secrets (name text PRIMARY KEY, value bytea NOT NULL);
-- Made here and never again: two random UUIDs, hashed.
INSERT INTO secrets (name, value)
  VALUES ('pseudonyms', sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
