DELETE FROM nightjar.leases
WHERE run = %(run)s AND driver = %(driver)s;
