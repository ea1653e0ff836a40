UPDATE tasks SET state = 'cancelled', completed = :now WHERE execution = :execution AND state = 'pending'
