DROP TRIGGER user_counts_on_insert ON users;
DROP TRIGGER user_counts_on_delete ON users;
DROP TRIGGER user_counts_on_update ON users;
DROP TRIGGER user_counts_on_truncate ON users;
DROP FUNCTION user_counts_add, user_counts_subtract, user_counts_move, user_counts_clear, user_counts_shard;
DROP TABLE user_counts;
