SELECT name, kind, execution, body, created FROM operations WHERE name = :name
