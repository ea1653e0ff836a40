SELECT
    name, job, uid, template, tasks, parallelism, created, seen_from, started, completed, cancelling, deleting,
    running, succeeded, failed, cancelled, retried, ending, message, deleted
FROM executions WHERE name = :name AND deleted IS NULL
