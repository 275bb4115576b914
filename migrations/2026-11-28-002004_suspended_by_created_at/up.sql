CREATE INDEX CONCURRENTLY IF NOT EXISTS users_suspended_by_created_at ON users (created_at, id)
    WHERE status = 'suspended';
