-- The refresh tokens of each session, by their digests: the valid one, and the spent ones, so that reuse of one
-- is detected. Each is derived from the one before it. Of those spent long ago only every 64th is
-- kept: from any other, at most 64 derivations lead to a token that is stored.
CREATE TABLE refresh_tokens (
    digest      bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    -- How many came before it in its session.
    generation  bigint NOT NULL,
    spent_at    timestamptz,
    CONSTRAINT refresh_tokens_of_session UNIQUE (session_id, generation)
);
