DROP TRIGGER signing_keys_wait_for_writes ON signing_keys;
DROP FUNCTION signing_keys_wait_for_writes();
DROP FUNCTION signing_key_is_held(text);
