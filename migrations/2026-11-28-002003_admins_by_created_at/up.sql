-- The rare values of the filters in the order of creation: this one, suspended users, and the users of custom roles.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_admins_by_created_at ON users (created_at, id) WHERE role = 'admin';
