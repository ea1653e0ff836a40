DELETE FROM operations WHERE name = :name
