DELETE FROM tasks WHERE execution = :name
