CREATE INDEX CONCURRENTLY IF NOT EXISTS users_of_custom_roles_by_created_at ON users (role, created_at, id)
    WHERE role NOT IN ('admin', 'user');
