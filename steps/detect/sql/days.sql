-- A day that was loaded and had no event counts as a day; one that was never loaded does not.
SELECT loads.logical_date, count(events.id), max(events.magnitude)
FROM quakes.loads
LEFT JOIN quakes.events USING (logical_date)
WHERE loads.logical_date BETWEEN %(first)s AND %(last)s
GROUP BY loads.logical_date
ORDER BY loads.logical_date
