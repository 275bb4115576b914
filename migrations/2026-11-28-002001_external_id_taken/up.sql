-- Two users never have one external id.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_external_id_taken ON users (external_id)
    WHERE external_id IS NOT NULL;
