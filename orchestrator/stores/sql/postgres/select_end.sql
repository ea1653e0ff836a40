-- Where the log stands, and which append brought the event at a place.
SELECT
    coalesce((SELECT length FROM nightjar.runs WHERE run = %(run)s), 0) AS length,
    (SELECT batch FROM nightjar.events WHERE run = %(run)s AND seq = %(seq)s) AS batch;
