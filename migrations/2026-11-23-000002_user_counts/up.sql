-- How many users there are of each kind, so that a total costs the same at a million users as at ten. A connection adds
-- to a shard of its own, so that writers do not wait for each other; a reader sums the shards.
CREATE TABLE user_counts (
    shard   smallint NOT NULL,
    role    text NOT NULL,
    status  text NOT NULL,
    n       bigint NOT NULL,
    PRIMARY KEY (shard, role, status)
) WITH (fillfactor = 50);

CREATE FUNCTION user_counts_shard() RETURNS smallint LANGUAGE sql STABLE
    RETURN (pg_backend_pid() % 32)::smallint;

CREATE FUNCTION user_counts_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS c (shard, role, status, n)
    SELECT user_counts_shard(), role, status, count(*) FROM changed GROUP BY role, status ORDER BY role, status
    ON CONFLICT (shard, role, status) DO UPDATE SET n = c.n + EXCLUDED.n;
    RETURN NULL;
END $$;

CREATE FUNCTION user_counts_subtract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS c (shard, role, status, n)
    SELECT user_counts_shard(), role, status, -count(*) FROM changed GROUP BY role, status ORDER BY role, status
    ON CONFLICT (shard, role, status) DO UPDATE SET n = c.n + EXCLUDED.n;
    RETURN NULL;
END $$;

CREATE FUNCTION user_counts_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS c (shard, role, status, n)
    SELECT user_counts_shard(), role, status, n
    FROM (VALUES (OLD.role, OLD.status, -1), (NEW.role, NEW.status, 1)) AS moved (role, status, n)
    ORDER BY role, status
    ON CONFLICT (shard, role, status) DO UPDATE SET n = c.n + EXCLUDED.n;
    RETURN NULL;
END $$;

CREATE FUNCTION user_counts_clear() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM user_counts;
    RETURN NULL;
END $$;

CREATE TRIGGER user_counts_on_insert AFTER INSERT ON users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION user_counts_add();
CREATE TRIGGER user_counts_on_delete AFTER DELETE ON users
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION user_counts_subtract();
CREATE TRIGGER user_counts_on_update AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.role, OLD.status) IS DISTINCT FROM (NEW.role, NEW.status))
    EXECUTE FUNCTION user_counts_move();
CREATE TRIGGER user_counts_on_truncate AFTER TRUNCATE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION user_counts_clear();
