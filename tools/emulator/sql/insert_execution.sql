INSERT INTO executions (
    name, job, uid, template, tasks, parallelism, created, seen_from, started, completed, cancelling, deleting,
    running, succeeded, failed, cancelled, retried, ending, message, deleted
) VALUES (
    :name, :job, :uid, :template, :tasks, :parallelism, :created, :seen_from, :started, :completed, :cancelling,
    :deleting, :running, :succeeded, :failed, :cancelled, :retried, :ending, :message, :deleted
)
