UPDATE tasks
SET state = :state, attempt = :attempt, started = :started, completed = :completed, ending = :ending, code = :code,
    detail = :detail
WHERE execution = :execution AND "index" = :index
