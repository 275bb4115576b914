-- A write asks here whether the key that signed its caller's token is still in use. It asks after it has locked its rows, so a
-- revocation waits only for writes that have passed every check. They share a lock until they end, which costs less than a lock
-- on the key's row: each of many writes at once would leave a version of that row behind.
CREATE FUNCTION signing_key_is_held(kid text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('usher.signing_keys'));
    -- A statement of its own: it sees what was committed while the lock was waited for.
    RETURN EXISTS (SELECT FROM signing_keys AS key WHERE key.kid = signing_key_is_held.kid);
END $$;

-- Removing a key waits for the writes that found it in use.
CREATE FUNCTION signing_keys_wait_for_writes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('usher.signing_keys'));
    RETURN OLD;
END $$;

CREATE TRIGGER signing_keys_wait_for_writes BEFORE DELETE ON signing_keys
    FOR EACH ROW EXECUTE FUNCTION signing_keys_wait_for_writes();

-- As for all functions: they find their tables with any search_path of their caller.
DO $$
DECLARE
    function regprocedure;
BEGIN
    FOREACH function IN ARRAY ARRAY['signing_key_is_held(text)', 'signing_keys_wait_for_writes()']::regprocedure[] LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = %s, pg_temp', function,
            (SELECT pronamespace::regnamespace FROM pg_proc WHERE oid = function)
        );
    END LOOP;
END $$;
