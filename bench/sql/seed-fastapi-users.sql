-- So many users, :n, and an admin, with the same names as in seed-usher.sql.
SET synchronous_commit = off;
CREATE TABLE "user" (
    id uuid PRIMARY KEY,
    email varchar(320) NOT NULL,
    hashed_password varchar(1024) NOT NULL,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    is_verified boolean NOT NULL
);
CREATE UNIQUE INDEX ix_user_email ON "user" (email);
INSERT INTO "user"
SELECT ('0190' || n || '70008000000000000000')::uuid, 'u' || n || '@example.com', ':hash', true, false, true
FROM generate_series(10000000, 10000000 + :n - 1) AS n;
INSERT INTO "user" VALUES (gen_random_uuid(), 'benchmark@example.com', ':hash', true, true, true);
-- What it looks an address up by: lower(email).
CREATE INDEX ix_user_lower_email ON "user" (lower(email));
