SELECT seq, name, kind, execution, body, created FROM operations WHERE seq < :before ORDER BY seq DESC LIMIT :limit
