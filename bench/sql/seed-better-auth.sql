-- So many users, :n, with the same names as in seed-usher.sql. The one who is there becomes the admin; those who sign in have
-- the same password.
SET synchronous_commit = off;
UPDATE "user" SET role = 'admin';
INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", role)
SELECT ('0190' || n || '70008000000000000000')::uuid::text, 'u' || n, 'u' || n || '@example.com', true,
       to_timestamp(('x0190' || n)::bit(48)::bigint / 1000.0), now(), 'user'
FROM generate_series(10000000, 10000000 + :n - 1) AS n;
INSERT INTO account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
SELECT "user".id, "user".id, 'credential', "user".id, admin.password, now(), now()
FROM "user", (SELECT password FROM account WHERE password IS NOT NULL LIMIT 1) AS admin
WHERE "user".role = 'user' AND "user".email < 'u10001';
