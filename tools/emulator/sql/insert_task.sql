INSERT INTO tasks (execution, "index", state, attempt) VALUES (:execution, :index, 'pending', 0)
