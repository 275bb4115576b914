-- The data of a dump can be restored into a database that has been migrated (`pg_restore --data-only`). Three tables are not
-- empty there, or are filled by triggers of other tables.

-- The triggers of users count; rows from elsewhere would count the same users twice.
CREATE FUNCTION user_counts_ignore() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE TRIGGER user_counts_come_from_triggers BEFORE INSERT ON user_counts
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION user_counts_ignore();

-- TRUNCATE user_counts counts all users again. It waits for the writers, and they wait for it.
CREATE FUNCTION user_counts_recount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts (shard, role, status, n)
    SELECT 0, role, status, count(*) FROM users GROUP BY role, status;
    RETURN NULL;
END $$;

CREATE TRIGGER user_counts_recount AFTER TRUNCATE ON user_counts
    FOR EACH STATEMENT EXECUTE FUNCTION user_counts_recount();

-- There is one row; its revision never decreases.
CREATE FUNCTION signing_key_set_merge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE signing_key_set SET revision = greatest(revision, NEW.revision);
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER signing_key_set_merge BEFORE INSERT ON signing_key_set
    FOR EACH ROW EXECUTE FUNCTION signing_key_set_merge();

-- A migration that has been run is not recorded twice.
CREATE FUNCTION migrations_skip_known() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM __diesel_schema_migrations WHERE version = NEW.version) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER migrations_skip_known BEFORE INSERT ON __diesel_schema_migrations
    FOR EACH ROW EXECUTE FUNCTION migrations_skip_known();

DO $$
DECLARE
    function regprocedure;
BEGIN
    FOREACH function IN ARRAY ARRAY[
        'user_counts_ignore()', 'user_counts_recount()', 'signing_key_set_merge()', 'migrations_skip_known()'
    ]::regprocedure[] LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = %s, pg_temp', function,
            (SELECT pronamespace::regnamespace FROM pg_proc WHERE oid = function)
        );
    END LOOP;
END $$;
