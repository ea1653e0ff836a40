-- Loads and migrations of one database go one after the other; the key is "quakes" in ASCII.
SELECT pg_advisory_xact_lock(124879798691187)
