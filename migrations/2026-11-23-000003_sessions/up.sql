CREATE TABLE sessions (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at    timestamptz NOT NULL,
    -- When it last issued an access token.
    last_used_at  timestamptz NOT NULL,
    -- The earlier of the idle and the absolute limit; from then on the session is ignored.
    expires_at    timestamptz NOT NULL,
    user_agent    text,
    address       text
);

CREATE INDEX sessions_of_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
