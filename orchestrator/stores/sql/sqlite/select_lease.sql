SELECT driver, beats FROM leases WHERE run = :run;
