-- How far each subscriber has been told of a run's events.
CREATE TABLE cursors (
    run TEXT NOT NULL,
    subscriber TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (run, subscriber)
) STRICT, WITHOUT ROWID;
