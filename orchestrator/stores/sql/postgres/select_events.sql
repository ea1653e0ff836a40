SELECT
    seq,
    body::text
FROM nightjar.events
WHERE run = %(run)s AND seq > %(after)s
ORDER BY seq;
