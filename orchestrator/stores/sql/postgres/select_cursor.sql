SELECT seq
FROM nightjar.cursors
WHERE run = %(run)s AND subscriber = %(subscriber)s;
