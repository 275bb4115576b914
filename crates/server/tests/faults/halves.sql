-- users whose registration is not in the trail
SELECT id FROM users WHERE NOT EXISTS (SELECT FROM audit_events
    WHERE target_id = users.id AND action IN ('user_registered', 'user_created'));
-- registrations in the trail without a user
SELECT target_id FROM audit_events WHERE action = 'user_registered'
    AND NOT EXISTS (SELECT FROM users WHERE id = target_id);
-- users who are not mailed a link
SELECT id FROM users WHERE NOT email_verified AND NOT EXISTS (SELECT FROM outbox WHERE user_id = users.id);
-- changes that are not in the trail, or in the trail and not made
SELECT id, version FROM users WHERE version <> 1 +
    (SELECT count(*) FROM audit_events WHERE target_id = users.id AND action = 'user_updated');
-- sign-ins that are not in the trail, or in the trail without a session
SELECT users.id FROM users WHERE (SELECT count(*) FROM sessions WHERE user_id = users.id) <>
    (SELECT count(*) FROM audit_events WHERE target_id = users.id AND action = 'signed_in');
-- users who are not counted
SELECT counted, there FROM (SELECT sum(n) AS counted FROM user_counts) AS c,
    (SELECT count(*) AS there FROM users) AS u WHERE coalesce(counted, 0) <> there;
