-- As append.sql does for a run that is there.
WITH opened AS (
    INSERT INTO nightjar.runs (run, pipeline, logical_date, generation, length)
    VALUES (%(run)s, %(pipeline)s, %(logical_date)s, %(generation)s, cardinality(%(bodies)s::text []))
    ON CONFLICT DO NOTHING
    RETURNING run
)

INSERT INTO nightjar.events (run, seq, body, batch)
SELECT
    opened.run,
    added.position,
    added.body::json,
    %(batch)s
FROM opened, unnest(%(bodies)s::text []) WITH ORDINALITY AS added (body, position);
