SELECT number, name, sha256 FROM quakes.migrations ORDER BY number
