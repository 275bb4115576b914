-- What the account of a mailed link was allowed when the mail was requested: names of permissions, or `admin` for everything. A
-- link is refused once its account is allowed more. Null is nothing, also in rows of replicas of the previous release.
ALTER TABLE outbox ADD COLUMN rights text[];
ALTER TABLE mailed_tokens ADD COLUMN rights text[];

-- Links that were requested before stay valid for admins.
UPDATE outbox SET rights = '{admin}' FROM users
WHERE users.role = 'admin' AND due_at IS NOT NULL
    AND users.id = coalesce(outbox.user_id, (SELECT id FROM users AS reader WHERE reader.email_key = address_key));
UPDATE mailed_tokens SET rights = '{admin}' FROM users WHERE users.role = 'admin' AND users.id = mailed_tokens.user_id;
