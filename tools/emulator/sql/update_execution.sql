UPDATE executions
SET started = :started, completed = :completed, cancelling = :cancelling, deleting = :deleting, running = :running,
    succeeded = :succeeded, failed = :failed, cancelled = :cancelled, retried = :retried, ending = :ending,
    message = :message
WHERE name = :name
