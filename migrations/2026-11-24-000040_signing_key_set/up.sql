-- The revision of the signing keys in use: how often they have changed. It is read with every caller, so that every
-- replica notices any change to the keys at its next request.
CREATE TABLE signing_key_set (
    id        boolean PRIMARY KEY DEFAULT true CHECK (id),
    revision  bigint NOT NULL
);

INSERT INTO signing_key_set (revision) VALUES (0);

CREATE FUNCTION signing_keys_have_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE signing_key_set SET revision = revision + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER signing_keys_have_changed AFTER INSERT OR UPDATE OR DELETE ON signing_keys
    FOR EACH ROW EXECUTE FUNCTION signing_keys_have_changed();
