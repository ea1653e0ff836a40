INSERT INTO events (run, seq, body) VALUES (:run, :seq, :body);
