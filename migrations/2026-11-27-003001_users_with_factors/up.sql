-- Each request asks whether its caller has factors. Most callers have none, and then this is answered without their rows.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_with_factors ON users (id) INCLUDE (has_passkeys) WHERE has_factors;
