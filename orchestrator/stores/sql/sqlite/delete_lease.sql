DELETE FROM leases WHERE run = :run AND driver = :driver;
