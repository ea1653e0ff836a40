-- Held until the end of the transaction, so that one process migrates. The number means "nightjar" to nobody else.
SELECT pg_advisory_xact_lock(7956003915054080370);
