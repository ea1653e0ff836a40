SELECT name, uid, body, generation, created, updated FROM jobs WHERE name = :name
