UPDATE executions SET deleted = :now WHERE name = :name
