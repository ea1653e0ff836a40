SELECT
    events.region,
    count(*) FILTER (WHERE events.logical_date = %(last)s) AS today,
    count(*) FILTER (WHERE events.logical_date < %(last)s) AS before
FROM quakes.events
INNER JOIN quakes.loads USING (logical_date)
WHERE events.logical_date BETWEEN %(first)s AND %(last)s
GROUP BY events.region
HAVING count(*) FILTER (WHERE events.logical_date = %(last)s) > 0
ORDER BY events.region COLLATE "C"
