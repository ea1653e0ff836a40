SELECT seq FROM cursors WHERE run = :run AND subscriber = :subscriber;
