-- The event logs. A run's events are numbered from 1 without gaps; (run, seq) is the identity of an event.
CREATE TABLE events (
    run TEXT NOT NULL REFERENCES runs (run),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- One row a run, written with its first event, so that runs can be listed without reading logs.
CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    pipeline TEXT NOT NULL,
    logical_date TEXT NOT NULL,
    generation INTEGER NOT NULL CHECK (generation >= 1),
    UNIQUE (pipeline, logical_date, generation)
) STRICT;

CREATE INDEX runs_by_date ON runs (logical_date, generation);

-- Who drives a run, until when by this database's clock (seconds since 1970).
CREATE TABLE leases (
    run TEXT PRIMARY KEY,
    driver TEXT NOT NULL,
    beats INTEGER NOT NULL CHECK (beats >= 1),
    expires REAL NOT NULL
) STRICT;
