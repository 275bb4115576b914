-- The users of a role that is not built in; few have one.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_of_custom_roles ON users (role, id)
    WHERE role NOT IN ('admin', 'user');
