-- The row stays as it is while somebody else's lease runs; then that one is told. Nothing is told when another driver's
-- claim is committed in the same moment: what is seen here then is no lease yet, or one that has run out.
WITH claimed AS (
    INSERT INTO nightjar.leases AS held (run, driver, beats, expires)
    VALUES (%(run)s, %(driver)s, 1, clock_timestamp() + %(ttl)s)
    ON CONFLICT (run) DO UPDATE
    SET
        beats = CASE WHEN held.driver = excluded.driver THEN held.beats + 1 ELSE 1 END,
        driver = excluded.driver,
        expires = excluded.expires
    WHERE held.driver = excluded.driver OR held.expires <= clock_timestamp()
    RETURNING driver, beats
)

SELECT
    driver,
    beats
FROM claimed
UNION ALL
SELECT
    driver,
    beats
FROM nightjar.leases
WHERE run = %(run)s AND expires > clock_timestamp() AND NOT EXISTS (SELECT 1 FROM claimed);
