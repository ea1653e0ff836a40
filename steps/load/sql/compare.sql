SELECT
    count(*) FILTER (WHERE known.id IS NULL) AS inserted,
    count(*) FILTER (WHERE known.id IS NOT NULL AND ROW(known.*) IS DISTINCT FROM ROW(incoming.*)) AS updated,
    count(*) FILTER (WHERE known.id IS NOT NULL AND ROW(known.*) IS NOT DISTINCT FROM ROW(incoming.*)) AS unchanged
FROM incoming
LEFT JOIN quakes.events AS known USING (id)
