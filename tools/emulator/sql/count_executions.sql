SELECT count(*) FROM executions WHERE job = :job AND deleted IS NULL
