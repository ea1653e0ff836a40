DELETE FROM jobs WHERE name = :name
