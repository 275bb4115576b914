-- What usher does when an admin creates a user without a password, without HTTP: look the caller up; lock and judge, add the
-- user, keep an audit event, a mail and its job, in one transaction.
\set name random(1, 9000000000000000000)
SELECT sessions.id, users.id, role,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END
FROM sessions JOIN users ON users.id = user_id
WHERE sessions.id = :session::uuid AND expires_at > now() AND status = 'active';
BEGIN;
SELECT id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
       administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id)
FROM users WHERE id = :admin::uuid FOR SHARE;
SELECT id FROM sessions WHERE id = :session::uuid AND user_id = :admin::uuid AND expires_at > now() FOR KEY SHARE;
SELECT signing_key_is_held(:kid::text);
INSERT INTO users (id, username, username_key, email, email_key, email_verified, role, status, version, created_at, updated_at)
VALUES (gen_random_uuid(), 'p' || :name, 'p' || :name, 'p' || :name || '@example.org', 'p' || :name || '@example.org', false,
        'user', 'active', 1, now(), now())
RETURNING id, username, email, email_verified, pending_email, role, status, version, created_at, updated_at, last_login_at,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT permissions FROM roles WHERE name = users.role) END,
       CASE WHEN role <> 'admin' AND role <> 'user' THEN (SELECT reserved FROM roles WHERE name = users.role) END,
          administers AND NOT EXISTS (SELECT FROM users AS others WHERE others.administers AND others.id <> users.id);
INSERT INTO audit_events (id, at, action, outcome, actor_id, actor_username, actor_is_admin, target_id, changes, address,
                          request_id)
VALUES (gen_random_uuid(), now(), 'user_created', 'success', :admin::uuid, 'benchmark', true, gen_random_uuid(), '[]',
        '127.0.0.1', gen_random_uuid());
INSERT INTO outbox (id, kind, user_id, address, address_key, created_at, due_at, attempts, origin, request_id, rights)
VALUES (gen_random_uuid(), 'invitation', NULL, 'p' || :name || '@example.org', 'p' || :name || '@example.org', now(),
        NULL, 0, '127.0.0.1', gen_random_uuid(),
        (SELECT CASE users.role WHEN 'admin' THEN '{admin}' ELSE roles.permissions END
         FROM users LEFT JOIN roles ON roles.name = users.role
         WHERE users.id = coalesce(NULL::uuid, (SELECT id FROM users WHERE email_key = 'p' || :name || '@example.org'))));
INSERT INTO jobs (id, kind, created_at, run_at, attempts)
VALUES (gen_random_uuid(), 'mail', now(), now(), 0);
COMMIT;
