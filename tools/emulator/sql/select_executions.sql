SELECT
    seq, name, job, uid, template, tasks, parallelism, created, seen_from, started, completed, cancelling, deleting,
    running, succeeded, failed, cancelled, retried, ending, message, deleted
FROM executions WHERE seq < :before AND seen_from <= :now AND (deleted IS NULL OR :deleted)
ORDER BY seq DESC LIMIT :limit
