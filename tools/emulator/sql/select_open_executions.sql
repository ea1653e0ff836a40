SELECT
    name, job, uid, template, tasks, parallelism, created, seen_from, started, completed, cancelling, deleting,
    running, succeeded, failed, cancelled, retried, ending, message
FROM executions WHERE completed IS NULL ORDER BY seq
