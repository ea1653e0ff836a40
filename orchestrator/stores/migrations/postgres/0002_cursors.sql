-- How far each subscriber has been told of a run's events.
CREATE TABLE nightjar.cursors (
    run text NOT NULL,
    subscriber text NOT NULL,
    seq integer NOT NULL CHECK (seq >= 1),
    PRIMARY KEY (run, subscriber)
);
