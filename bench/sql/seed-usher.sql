-- So many users, :n, a tenth of them with a custom role, and one more with that role, beside those that are there. The ids are
-- UUIDv7 whose time is created_at and whose digits are all decimal, so that pgbench can name one by its number. They share the
-- password of the first admin.
SET synchronous_commit = off;
INSERT INTO roles (name, description, permissions, reserved, version, created_at, updated_at)
VALUES ('support', '', '{users.read,users.lift-throttle,users.send-password-reset,sessions.read,sessions.revoke}', false, 1,
        now(), now());
INSERT INTO users (id, username, username_key, email, email_key, email_verified, password_hash, role, status, version,
                   created_at, updated_at, last_login_at)
SELECT id, name, name, name || '@example.com', name || '@example.com', true, hash,
       CASE WHEN n % 10 = 9 THEN 'support' ELSE 'user' END, 'active', 1, made,
       made, CASE WHEN n % 3 = 0 THEN NULL ELSE made + interval '1 day' END
FROM (SELECT n, ('0190' || n || '70008000000000000000')::uuid AS id, 'u' || n AS name,
             to_timestamp(('x0190' || n)::bit(48)::bigint / 1000.0) AS made
      FROM generate_series(10000000, 10000000 + :n - 1) AS n) AS numbered,
     (SELECT password_hash AS hash FROM users WHERE role = 'admin' LIMIT 1) AS admin;
INSERT INTO users (id, username, username_key, email, email_key, email_verified, password_hash, role, status, version,
                   created_at, updated_at)
SELECT gen_random_uuid(), name, name, name || '@example.com', name || '@example.com', true, password_hash, 'support', 'active', 1,
       now(), now()
FROM (SELECT 'benchmark-support' AS name, password_hash FROM users WHERE role = 'admin' LIMIT 1) AS admin;
INSERT INTO daily_statistics (day, registrations, sign_ins, failed_sign_ins, active_users)
SELECT current_date - days, 100 + days % 7, 2000 + days % 50, 60 + days % 9, 1500 + days % 40
FROM generate_series(1, 400) AS days;
