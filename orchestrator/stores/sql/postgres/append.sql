-- All or none in one statement: the run's row is locked, and nothing is inserted when its length is another one.
WITH grown AS (
    UPDATE nightjar.runs
    SET length = length + cardinality(%(bodies)s::text [])
    WHERE run = %(run)s AND length = %(expected)s
    RETURNING run
)

INSERT INTO nightjar.events (run, seq, body, batch)
SELECT
    grown.run,
    %(expected)s + added.position,
    added.body::json,
    %(batch)s
FROM grown, unnest(%(bodies)s::text []) WITH ORDINALITY AS added (body, position);
