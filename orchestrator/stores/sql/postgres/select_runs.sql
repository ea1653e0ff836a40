SELECT run
FROM nightjar.runs
WHERE
    (%(pipeline)s::text IS NULL OR pipeline = %(pipeline)s)
    AND (%(day)s::date IS NULL OR logical_date = %(day)s)
ORDER BY logical_date DESC, generation DESC, pipeline
LIMIT %(limit)s;
