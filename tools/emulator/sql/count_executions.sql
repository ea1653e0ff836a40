SELECT count(*) FROM executions WHERE job = :job
