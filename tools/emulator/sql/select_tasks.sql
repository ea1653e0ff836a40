SELECT execution, "index", state, attempt, started, completed, ending, code, detail
FROM tasks WHERE execution = :execution AND "index" > :after ORDER BY "index" LIMIT :limit
