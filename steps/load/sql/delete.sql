-- What the service no longer lists for the day: withdrawn, or moved to another day that will load it.
DELETE FROM quakes.events AS known
WHERE known.logical_date = %(logical_date)s
    AND NOT EXISTS (SELECT FROM incoming WHERE incoming.id = known.id)
