-- The order of creation. Like the indexes of the other orders, it contains the columns of the filters.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_by_created_at ON users (created_at, id) INCLUDE (role, status);
