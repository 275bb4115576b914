-- What usher reads of one user, without HTTP.
\set n random(10000000, :last)
SELECT id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
       administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id)
FROM users WHERE id = ('0190' || :n || '70008000000000000000')::uuid;
