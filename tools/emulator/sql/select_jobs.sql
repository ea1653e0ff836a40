SELECT name, uid, body, generation, created, updated FROM jobs WHERE name > :after ORDER BY name LIMIT :limit
