-- The shapes of the statement that lists users, as `statement.rs` emits them. A test keeps this file up to date:
-- `UPDATE=1 cargo test -p usher-persistence statement` writes it.

-- ?role=admin
WITH counted (total) AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint FROM user_counts WHERE true AND role = 'admin'),
reached (sort, key) AS MATERIALIZED (SELECT * FROM (SELECT created_at, id FROM users WHERE true AND role = 'admin' ORDER BY created_at, id LIMIT 101) AS walk LIMIT 1 + $1)
SELECT counted.total, (SELECT count(*) FROM reached), 0::bigint, users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY sort, key LIMIT $2) AS page JOIN users ON users.id = page.key) ON true ORDER BY sort, key;

-- ?role=admin&offset=40
WITH counted (total) AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint FROM user_counts WHERE true AND role = 'admin'),
reached (sort, key) AS MATERIALIZED ((SELECT * FROM (SELECT created_at, id FROM users WHERE true AND role = 'admin' ORDER BY created_at, id LIMIT 101 OFFSET $1) AS walk LIMIT (SELECT CASE WHEN $2 <= total / 2 THEN 1 + $3 ELSE 0 END FROM counted))
    UNION ALL (SELECT * FROM (SELECT created_at, id FROM users WHERE true AND role = 'admin' ORDER BY created_at DESC, id DESC LIMIT 101 OFFSET (SELECT greatest(total - $4 - 1 - $5, 0) FROM counted)) AS walk LIMIT (SELECT CASE WHEN $6 <= total / 2 THEN 0 ELSE greatest(least(1 + $7, total - $8), 0) END FROM counted)))
SELECT counted.total, (SELECT count(*) FROM reached), 0::bigint, users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY sort, key LIMIT $9) AS page JOIN users ON users.id = page.key) ON true ORDER BY sort, key;

-- ?role=admin, the page after a cursor
WITH counted (total) AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint FROM user_counts WHERE true AND role = 'admin'),
reached (sort, key) AS MATERIALIZED (SELECT * FROM (SELECT created_at, id FROM users WHERE true AND role = 'admin' AND (created_at, id) > (coalesce($1, '-infinity'), $2) ORDER BY created_at, id LIMIT 101) AS walk LIMIT 1 + $3)
SELECT counted.total, (SELECT count(*) FROM reached), (SELECT count(*) FROM (SELECT * FROM (SELECT created_at, id FROM users WHERE true AND role = 'admin' AND (created_at, id) <= (coalesce($4, '-infinity'), $5) ORDER BY created_at DESC, id DESC LIMIT 100) AS walk LIMIT $6) AS before), users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY sort, key LIMIT $7) AS page JOIN users ON users.id = page.key) ON true ORDER BY sort, key;

-- ?role=admin&sort=-username, the page before a cursor
WITH counted (total) AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint FROM user_counts WHERE true AND role = 'admin'),
reached (key) AS MATERIALIZED (SELECT * FROM (SELECT username_key FROM users WHERE true AND role = 'admin' AND (username_key) > ($1) ORDER BY username_key LIMIT 200) AS walk LIMIT 2 * $2)
SELECT counted.total, (SELECT count(*) FROM reached), (SELECT count(*) FROM (SELECT * FROM (SELECT username_key FROM users WHERE true AND role = 'admin' AND (username_key) <= ($3) ORDER BY username_key DESC LIMIT 1) AS walk) AS after), users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY key LIMIT $4) AS page JOIN users ON users.username_key = page.key) ON true ORDER BY key DESC;

-- ?role=admin&sort=last_login_at, the page after a cursor
WITH counted (total) AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint FROM user_counts WHERE true AND role = 'admin'),
reached (sort, key) AS MATERIALIZED (SELECT * FROM (SELECT coalesce(last_login_at, '-infinity'), id FROM users WHERE true AND role = 'admin' AND (coalesce(last_login_at, '-infinity'), id) > (coalesce($1, '-infinity'), $2) ORDER BY coalesce(last_login_at, '-infinity'), id LIMIT 101) AS walk LIMIT 1 + $3)
SELECT counted.total, (SELECT count(*) FROM reached), (SELECT count(*) FROM (SELECT * FROM (SELECT coalesce(last_login_at, '-infinity'), id FROM users WHERE true AND role = 'admin' AND (coalesce(last_login_at, '-infinity'), id) <= (coalesce($4, '-infinity'), $5) ORDER BY coalesce(last_login_at, '-infinity') DESC, id DESC LIMIT 100) AS walk LIMIT $6) AS before), users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY sort, key LIMIT $7) AS page JOIN users ON users.id = page.key) ON true ORDER BY sort, key;

-- ?role=admin&q=ada&sort=email
WITH matched (key) AS MATERIALIZED (SELECT email_key FROM users WHERE true AND role = 'admin' AND (username_key LIKE $1 OR email_key LIKE $2)),
counted (total) AS MATERIALIZED (SELECT count(*) FROM matched),
reached (key) AS MATERIALIZED (SELECT * FROM (SELECT key FROM matched WHERE true ORDER BY key LIMIT 101) AS walk LIMIT 1 + $3)
SELECT counted.total, (SELECT count(*) FROM reached), 0::bigint, users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY key LIMIT $4) AS page JOIN users ON users.email_key = page.key) ON true ORDER BY key;

-- ?role=admin&external_id=42
WITH matched (sort, key) AS MATERIALIZED (SELECT created_at, id FROM users WHERE true AND role = 'admin' AND external_id = $1),
counted (total) AS MATERIALIZED (SELECT count(*) FROM matched),
reached (sort, key) AS MATERIALIZED (SELECT * FROM (SELECT sort, key FROM matched WHERE true ORDER BY sort, key LIMIT 101) AS walk LIMIT 1 + $2)
SELECT counted.total, (SELECT count(*) FROM reached), 0::bigint, users.*
FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY sort, key LIMIT $3) AS page JOIN users ON users.id = page.key) ON true ORDER BY sort, key;

