-- Statistics of each day, at a constant cost for any number of users.

-- What has happened on each day (UTC) that is not closed yet. A connection counts in a shard of its own, as in user_counts. There
-- are no triggers, so that a data-only restore counts nothing twice.
CREATE TABLE daily_counts (
    day      date NOT NULL,
    shard    smallint NOT NULL,
    counter  text COLLATE "C" NOT NULL
        CHECK (counter IN ('registrations', 'sign_ins', 'failed_sign_ins', 'active_users')),
    n        bigint NOT NULL,
    PRIMARY KEY (day, shard, counter)
) WITH (fillfactor = 50);

-- Who was active on a day that is not closed yet, so that nobody is counted twice. There is no foreign key: a refresh holds the
-- row of its session when it writes here, and a deletion of the user waits for that row while it holds the user's. A deleted
-- user was active all the same; the id is deleted when the day is closed.
CREATE TABLE active_users (
    day      date NOT NULL,
    user_id  uuid NOT NULL,
    PRIMARY KEY (day, user_id)
);

-- The days that are closed, one row each.
CREATE TABLE daily_statistics (
    day              date PRIMARY KEY,
    registrations    bigint NOT NULL DEFAULT 0,
    sign_ins         bigint NOT NULL DEFAULT 0,
    failed_sign_ins  bigint NOT NULL DEFAULT 0,
    active_users     bigint NOT NULL DEFAULT 0
);
