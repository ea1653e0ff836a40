-- One row a run. `length` is the number of its events: an append is right only if it finds the length that it expects.
CREATE TABLE nightjar.runs (
    run text PRIMARY KEY,
    pipeline text NOT NULL,
    logical_date date NOT NULL,
    generation integer NOT NULL CHECK (generation >= 1),
    length integer NOT NULL CHECK (length >= 1),
    UNIQUE (pipeline, logical_date, generation)
);

CREATE INDEX runs_by_date ON nightjar.runs (logical_date DESC, generation DESC, pipeline);

-- The event logs. A run's events are numbered from 1 without gaps; (run, seq) is the identity of an event. `body` is
-- json, not jsonb, because the order of keys means something. `batch` names the append that brought the event, so
-- that a writer whose connection was cut can tell its own append from another's.
CREATE TABLE nightjar.events (
    run text NOT NULL REFERENCES nightjar.runs (run),
    seq integer NOT NULL CHECK (seq >= 1),
    body json NOT NULL,
    batch text NOT NULL,
    PRIMARY KEY (run, seq)
);

-- Who drives a run, until when by this database's clock.
CREATE TABLE nightjar.leases (
    run text PRIMARY KEY,
    driver text NOT NULL,
    beats integer NOT NULL CHECK (beats >= 1),
    expires timestamptz NOT NULL
);
