SELECT coalesce(max(seq), 0) FROM events WHERE run = :run;
