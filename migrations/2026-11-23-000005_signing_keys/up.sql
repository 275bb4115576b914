-- The keys that sign access tokens, where every replica sees them. The private half is wrapped by the secret key of the
-- settings: a copy of this table signs nothing.
CREATE TABLE signing_keys (
    kid         text PRIMARY KEY,
    wrapped     bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    -- When it begins to sign. It is published before, so that every reader of the key set knows it by then.
    signs_from  timestamptz NOT NULL
);
