SELECT count(*) FROM quakes.events WHERE logical_date = %(logical_date)s
