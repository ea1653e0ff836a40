SELECT generation FROM quakes.loads WHERE logical_date = %(logical_date)s
