INSERT INTO operations (name, kind, execution, body, created) VALUES (:name, :kind, :execution, :body, :created)
