-- From the catalogue's tables: to_regclass and its like may answer from a cache that another's commit has not reached.
SELECT
    EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'nightjar') AS schema,
    EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'nightjar' AND tablename = 'migrations') AS migrations;
