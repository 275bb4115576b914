-- What usher does when an admin renames one of the newer half of the users, without HTTP: look caller and target up; lock
-- and judge both, write, keep an audit event, in one transaction.
\set n random(:half, :last)
\set name random(1, 9000000000000000000)
SELECT sessions.id, users.id, role,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END
FROM sessions JOIN users ON users.id = user_id
WHERE sessions.id = :session::uuid AND expires_at > now() AND status = 'active';
SELECT id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
       administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id)
FROM users WHERE id = ('0190' || :n || '70008000000000000000')::uuid;
BEGIN;
SELECT id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
       administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id)
FROM users WHERE id = ('0190' || :n || '70008000000000000000')::uuid FOR NO KEY UPDATE;
SELECT id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
       administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id)
FROM users WHERE id = :admin::uuid FOR SHARE;
SELECT id FROM sessions WHERE id = :session::uuid AND user_id = :admin::uuid AND expires_at > now() FOR KEY SHARE;
SELECT signing_key_is_held(:kid::text);
UPDATE users SET username = 'p' || :name, username_key = 'p' || :name, version = version + 1, updated_at = now()
WHERE id = ('0190' || :n || '70008000000000000000')::uuid
RETURNING id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
          administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id);
INSERT INTO audit_events (id, at, action, outcome, actor_id, actor_username, actor_is_admin, target_id, changes, address,
                          request_id)
VALUES (gen_random_uuid(), now(), 'user_updated', 'success', :admin::uuid, 'benchmark', true,
        ('0190' || :n || '70008000000000000000')::uuid, '[{"field":"username"}]', '127.0.0.1', gen_random_uuid());
COMMIT;
