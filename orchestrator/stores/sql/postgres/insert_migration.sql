INSERT INTO nightjar.migrations (number) VALUES (%(number)s);
