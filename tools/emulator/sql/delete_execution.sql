DELETE FROM executions WHERE name = :name
