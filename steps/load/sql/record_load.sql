INSERT INTO quakes.loads (logical_date, generation, events)
VALUES (%(logical_date)s, %(generation)s, %(events)s)
ON CONFLICT (logical_date) DO UPDATE SET generation = excluded.generation, events = excluded.events
