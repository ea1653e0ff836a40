SELECT
    name, job, uid, template, tasks, parallelism, created, seen_from, started, completed, cancelling, deleting,
    running, succeeded, failed, cancelled, retried, ending, message, deleted
FROM executions WHERE job = :job AND deleted IS NULL ORDER BY seq DESC LIMIT 1
