-- The catalogue: each event once, under the logical date whose run loaded it last.
CREATE TABLE quakes.events (
    id text PRIMARY KEY,
    logical_date date NOT NULL,
    time timestamptz NOT NULL,
    magnitude double precision,
    magnitude_type text,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    depth_km double precision,
    place text,
    region text NOT NULL,
    type text NOT NULL,
    status text,
    network text
);

CREATE INDEX events_by_logical_date ON quakes.events (logical_date);
CREATE INDEX events_by_time ON quakes.events (time);

-- Which generation a logical date was loaded from, so that an attempt of an older one that wakes up late is refused.
CREATE TABLE quakes.loads (
    logical_date date PRIMARY KEY,
    generation integer NOT NULL CHECK (generation > 0),
    events integer NOT NULL CHECK (events >= 0)
);
