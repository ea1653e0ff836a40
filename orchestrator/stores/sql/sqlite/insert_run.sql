INSERT INTO runs (run, pipeline, logical_date, generation) VALUES (:run, :pipeline, :logical_date, :generation);
