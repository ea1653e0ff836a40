SELECT driver
FROM nightjar.leases
WHERE run = %(run)s AND expires > clock_timestamp();
