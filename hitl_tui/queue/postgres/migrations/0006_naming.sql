-- The first id of a quiz copy that gave way to a producer's case.
ALTER TABLE quiz_cases ADD COLUMN former text COLLATE "C";
CREATE INDEX former_ids ON quiz_cases (former) WHERE former IS NOT NULL;
