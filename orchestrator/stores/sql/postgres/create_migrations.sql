-- Which migrations were applied, and when.
CREATE TABLE nightjar.migrations (
    number integer PRIMARY KEY CHECK (number >= 1),
    applied timestamptz NOT NULL DEFAULT clock_timestamp()
);
