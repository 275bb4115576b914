ALTER FUNCTION users_keep_an_administrator RESET search_path;
ALTER FUNCTION user_counts_shard RESET search_path;
ALTER FUNCTION user_counts_add RESET search_path;
ALTER FUNCTION user_counts_subtract RESET search_path;
ALTER FUNCTION user_counts_move RESET search_path;
ALTER FUNCTION user_counts_clear RESET search_path;
ALTER FUNCTION audit_events_are_kept RESET search_path;
ALTER FUNCTION signing_keys_have_changed RESET search_path;
