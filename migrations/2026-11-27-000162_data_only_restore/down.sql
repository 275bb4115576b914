DROP TRIGGER migrations_skip_known ON __diesel_schema_migrations;
DROP TRIGGER signing_key_set_merge ON signing_key_set;
DROP TRIGGER user_counts_recount ON user_counts;
DROP TRIGGER user_counts_come_from_triggers ON user_counts;
DROP FUNCTION migrations_skip_known, signing_key_set_merge, user_counts_recount, user_counts_ignore;
