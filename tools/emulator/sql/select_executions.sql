SELECT
    seq, name, job, uid, template, tasks, parallelism, created, seen_from, started, completed, cancelling, deleting,
    running, succeeded, failed, cancelled, retried, ending, message
FROM executions WHERE seq < :before AND seen_from <= :now ORDER BY seq DESC LIMIT :limit
