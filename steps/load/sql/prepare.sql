CREATE SCHEMA IF NOT EXISTS quakes;
CREATE TABLE IF NOT EXISTS quakes.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL
)
