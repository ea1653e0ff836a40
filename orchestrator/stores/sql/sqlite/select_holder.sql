SELECT driver FROM leases WHERE run = :run AND expires > unixepoch('subsec');
