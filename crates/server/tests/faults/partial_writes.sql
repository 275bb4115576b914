-- users without an audit event for their registration
SELECT id FROM users WHERE NOT EXISTS (SELECT FROM audit_events
    WHERE target_id = users.id AND action IN ('user_registered', 'user_created'));
-- audit events for a registration without a user
SELECT target_id FROM audit_events WHERE action = 'user_registered'
    AND NOT EXISTS (SELECT FROM users WHERE id = target_id);
-- users without a mail
SELECT id FROM users WHERE NOT email_verified AND NOT EXISTS (SELECT FROM outbox WHERE user_id = users.id);
-- changes without an audit event, or audit events without a change
SELECT id, version FROM users WHERE version <> 1 +
    (SELECT count(*) FROM audit_events WHERE target_id = users.id AND action = 'user_updated');
-- sign-ins without an audit event, or audit events without a session
SELECT users.id FROM users WHERE (SELECT count(*) FROM sessions WHERE user_id = users.id) <>
    (SELECT count(*) FROM audit_events WHERE target_id = users.id AND action = 'signed_in');
-- users who are not counted
SELECT counted, there FROM (SELECT sum(n) AS counted FROM user_counts) AS c,
    (SELECT count(*) AS there FROM users) AS u WHERE coalesce(counted, 0) <> there;
