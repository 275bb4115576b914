-- The queue of background work. A job is written in the transaction of the change that causes it, run afterwards by any replica, and
-- deleted when it is done. It has no payload: it works on the row with the same id in the table of its kind, so that personal
-- data have foreign keys and can be exported and withdrawn. For the kind 'mail' that is the table outbox.
CREATE TABLE jobs (
    id         uuid PRIMARY KEY,
    -- Replicas run the kinds that they know, and leave others to newer replicas.
    kind       text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    -- The time of the next run. While the job runs: the end of its lease, after which another replica may run it.
    run_at     timestamptz NOT NULL,
    -- The number of runs so far. A run that has lost its lease finds another number here, and does not change the row.
    attempts   integer NOT NULL
);

-- Each kind is a queue of its own.
CREATE INDEX jobs_by_run_at ON jobs (kind, run_at, id);

-- Mails that this release writes have the due_at '9999-12-31': replicas of the previous release see that they have not been sent, so that
-- they withdraw and count them, but never send them. Mails that those replicas write have an earlier due_at; the first to find them due
-- sends them, either an old replica, or a new one that makes a job of them.
