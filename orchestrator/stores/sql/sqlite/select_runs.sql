SELECT run
FROM runs
WHERE (:pipeline IS NULL OR pipeline = :pipeline) AND (:day IS NULL OR logical_date = :day)
ORDER BY logical_date DESC, generation DESC, pipeline
LIMIT :limit;
