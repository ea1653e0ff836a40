-- The row stays as it is while somebody else's lease runs.
INSERT INTO leases (run, driver, beats, expires)
VALUES (:run, :driver, 1, unixepoch('subsec') + :ttl)
ON CONFLICT (run) DO UPDATE
SET
    beats = CASE WHEN driver = excluded.driver THEN beats + 1 ELSE 1 END,
    driver = excluded.driver,
    expires = excluded.expires
WHERE driver = excluded.driver OR expires <= unixepoch('subsec');
