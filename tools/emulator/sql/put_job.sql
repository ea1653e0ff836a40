INSERT INTO jobs (name, uid, body, generation, created, updated)
VALUES (:name, :uid, :body, :generation, :created, :updated)
ON CONFLICT (name) DO UPDATE
SET uid = excluded.uid, body = excluded.body, generation = excluded.generation,
    created = excluded.created, updated = excluded.updated
