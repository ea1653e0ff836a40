INSERT INTO cursors (run, subscriber, seq)
VALUES (:run, :subscriber, :seq)
ON CONFLICT (run, subscriber) DO UPDATE
SET seq = max(seq, excluded.seq);
