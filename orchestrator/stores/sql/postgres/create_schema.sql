CREATE SCHEMA nightjar;
