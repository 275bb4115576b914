-- API keys of users, by the digest of the key. A key allows what its owner may do and its scopes name.
CREATE TABLE api_keys (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    digest        bytea NOT NULL CONSTRAINT api_keys_by_digest UNIQUE,
    name          text NOT NULL,
    -- the first characters of the key
    hint          text NOT NULL,
    -- names of scopes; one that a release does not know counts as none
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL,
    -- from then on the key is refused; it is listed for a while
    expires_at    timestamptz NOT NULL,
    -- the hour of its last use; in no index, so that an update of it is cheap
    last_used_at  timestamptz
);

CREATE INDEX api_keys_of_user ON api_keys (user_id, id);
CREATE INDEX api_keys_by_expiry ON api_keys (expires_at);
