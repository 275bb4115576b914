DROP TRIGGER signing_keys_have_changed ON signing_keys;
DROP FUNCTION signing_keys_have_changed;
DROP TABLE signing_key_set;
