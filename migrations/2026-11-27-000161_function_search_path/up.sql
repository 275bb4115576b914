-- A function finds its tables with any search_path of its caller: pg_restore sets an empty one. The schema is the one
-- that the function is in, which need not be public.
DO $$
DECLARE
    function regprocedure;
BEGIN
    FOREACH function IN ARRAY ARRAY[
        'users_keep_an_administrator()', 'user_counts_shard()', 'user_counts_add()', 'user_counts_subtract()',
        'user_counts_move()', 'user_counts_clear()', 'audit_events_are_kept()', 'signing_keys_have_changed()'
    ]::regprocedure[] LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = %s, pg_temp', function,
            (SELECT pronamespace::regnamespace FROM pg_proc WHERE oid = function)
        );
    END LOOP;
END $$;
