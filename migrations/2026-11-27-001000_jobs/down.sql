UPDATE outbox SET due_at = jobs.run_at, attempts = jobs.attempts
FROM jobs WHERE jobs.id = outbox.id AND jobs.kind = 'mail' AND outbox.due_at IS NOT NULL;
DROP TABLE jobs;
