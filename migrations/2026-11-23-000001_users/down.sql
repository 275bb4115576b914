DROP TABLE users;
DROP FUNCTION users_keep_an_administrator;
DROP EXTENSION pg_trgm;
