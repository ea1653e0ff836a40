INSERT INTO nightjar.cursors AS kept (run, subscriber, seq)
VALUES (%(run)s, %(subscriber)s, %(seq)s)
ON CONFLICT (run, subscriber) DO UPDATE
SET seq = greatest(kept.seq, excluded.seq);
