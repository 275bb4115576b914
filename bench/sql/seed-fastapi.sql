-- So many users, :n, and an admin, with the same names as in seed-usher.sql.
SET synchronous_commit = off;
CREATE TABLE users (
    id uuid PRIMARY KEY,
    username varchar NOT NULL UNIQUE,
    email varchar NOT NULL UNIQUE,
    password_hash varchar NOT NULL,
    role varchar NOT NULL,
    created_at timestamp NOT NULL
);
CREATE INDEX ix_users_created_at ON users (created_at);
INSERT INTO users
SELECT ('0190' || n || '70008000000000000000')::uuid, 'u' || n, 'u' || n || '@example.com', ':hash', 'user',
       to_timestamp(('x0190' || n)::bit(48)::bigint / 1000.0)
FROM generate_series(10000000, 10000000 + :n - 1) AS n;
INSERT INTO users VALUES (gen_random_uuid(), 'benchmark', 'benchmark@example.com', ':hash', 'admin', now());
